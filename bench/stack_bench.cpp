// What established connections that say nothing cost in one stack, in virtual time
// (docs/performance.md): memory, a segment of one among them, their keepalive timers.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <map>
#include <memory>
#include <vector>

#include "daemon/stack/base/rng.h"
#include "daemon/stack/stack.h"

namespace zsock {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRing = 4096;
constexpr std::size_t kPerListener = 10000;  // each port of a listener has all ephemeral ports

std::size_t heap() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Pairs of connections over the loopback. What lies in rings does not matter here: all have the
/// same.
class Crowd {
 public:
  explicit Crowd(std::size_t connections) {
    interface_ = stack_.add_interface({.mac = {{2, 0, 0, 0, 0, 1}}, .mtu = 1500}, now_);
    pass(10s);
    const std::size_t before = heap();
    while (pairs_.size() < connections / 2) {
      if (pairs_.size() % kPerListener == 0) listen();
      add_pair();
    }
    octets_each_ = static_cast<double>(heap() - before) / static_cast<double>(connections);
    pass(2s);  // handshakes have no timers left
  }

  /// One octet and its acknowledgment.
  void say_something(std::size_t number) {
    now_ += 10us;
    Pair& pair = pairs_[number % pairs_.size()];
    if (!stack_.written(pair.client, ++pair.written, now_)) std::abort();
    run();
    if (!stack_.consumed(pair.server, pair.written, now_)) std::abort();
  }
  /// Until each client's keepalive has come up once.
  void pass_keepalive() { pass(7201s); }
  [[nodiscard]] double octets_each() const { return octets_each_; }
  [[nodiscard]] std::size_t pairs() const { return pairs_.size(); }

 private:
  struct Pair {
    SocketId client{};
    SocketId server{};
    std::uint64_t written = 0;
  };

  tcp::Rings rings() { return {receive_, transmit_}; }
  void listen() {
    listener_ = *stack_.open(SocketKind::tcp, wire::Family::ipv4, 0, 0);
    const bool good = stack_.bind(listener_, {wire::IpAddress::v4(127, 0, 0, 1), ++port_}) &&
                      stack_.listen(listener_, 16, now_);
    if (!good) std::abort();
  }
  void add_pair() {
    now_ += 1us;
    const SocketId client = *stack_.open(SocketKind::tcp, wire::Family::ipv4, 0, 0);
    static_cast<void>(stack_.set_option(client, Option::no_delay, 1, now_));
    static_cast<void>(stack_.set_option(client, Option::keep_alive, 1, now_));
    static_cast<void>(stack_.offer(listener_, rings(), 0));
    static_cast<void>(
        stack_.connect(client, {wire::IpAddress::v4(127, 0, 0, 1), port_}, rings(), now_));
    run();
    const auto accepted = stack_.accept(listener_);
    if (!accepted || !stack_.status(client)->connected) std::abort();
    pairs_.push_back({client, accepted->socket});
  }
  void run() {
    TxFrame frame;  // NOLINT: nothing leaves
    for (bool busy = true; busy;) {
      busy = stack_.poll_transmit(interface_, frame, now_);
      while (stack_.poll_event()) busy = true;
      const auto due = stack_.next_deadline();
      if (!due || *due > now_) continue;
      stack_.on_deadline(now_);
      busy = true;
    }
  }
  void pass(Duration time) {
    const Instant end = now_ + time;
    for (auto due = stack_.next_deadline(); due && *due <= end; due = stack_.next_deadline()) {
      now_ = std::max(now_, *due);
      run();
    }
    now_ = end;
  }

  Instant now_{1h};
  SeededRng rng_{1};
  Stack stack_{StackConfig{}, rng_};
  InterfaceId interface_{};
  std::vector<std::byte> receive_ = std::vector<std::byte>(kRing);
  std::vector<std::byte> transmit_ = std::vector<std::byte>(kRing);
  SocketId listener_{};
  std::uint16_t port_ = 1000;
  std::vector<Pair> pairs_{};
  double octets_each_ = 0;
};

Crowd& crowd_of(std::int64_t connections) {
  static std::map<std::int64_t, std::unique_ptr<Crowd>> crowds;
  auto& crowd = crowds[connections];
  if (!crowd) crowd = std::make_unique<Crowd>(static_cast<std::size_t>(connections));
  return *crowd;
}

/// Of so many connections, so many say something, in no order.
void segment_among(benchmark::State& state) {
  Crowd& crowd = crowd_of(state.range(0));
  SeededRng rng{1};
  for ([[maybe_unused]] auto _ : state) {
    crowd.say_something(rng.below(static_cast<std::uint32_t>(state.range(1)) / 2));
  }
  state.counters["octets_each"] = crowd.octets_each();
}
BENCHMARK(segment_among)
    ->Args({10, 10})
    ->Args({1000, 10})
    ->Args({100000, 10})
    ->Args({100000, 1000})
    ->Args({100000, 100000});

/// Each probe, its answer and the next deadline.
void keepalive_among(benchmark::State& state) {
  Crowd& crowd = crowd_of(state.range(0));
  for ([[maybe_unused]] auto _ : state) crowd.pass_keepalive();
  state.counters["one"] = benchmark::Counter(
      static_cast<double>(crowd.pairs()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(keepalive_among)->Arg(10)->Arg(1000)->Arg(100000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace zsock

BENCHMARK_MAIN();
