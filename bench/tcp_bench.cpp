// What the hot spots of TCP cost under attack and at size (docs/performance.md): one segment with
// as many gaps as a receiver keeps, one ACK with as many SACK blocks as a sender keeps, finding one
// of 100,000 connections.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "daemon/stack/base/rng.h"
#include "daemon/stack/tcp/connection.h"
#include "daemon/stack/tcp/table.h"

namespace zsock::tcp {
namespace {

using namespace wire::tcp_flag;  // NOLINT(google-build-using-namespace): flag names only

constexpr Seq kIss{1000};
constexpr Seq kIrs{2000};
constexpr std::uint32_t kWindow = 1U << 20U;

/// An established connection with SACK, whose peer offers 64 MiB.
class Bench {
 public:
  Bench() {
    const HalfOpen half_open{.iss = kIss,
                             .irs = kIrs,
                             .peer_mss = 1460,
                             .local_mss = 1460,
                             .peer_window = 65535,
                             .peer_scale = 10,
                             .local_scale = 6,
                             .window_scaling = true,
                             .sack = true,
                             .syn_ack_sent = now_};
    connection_ =
        std::make_unique<Connection>(config_, counters_, half_open, 1460,
                                     SocketOptions{.no_delay = true}, Rings{receive_, transmit_});
    acknowledge(kIss + 1, {});
    drain();
  }

  void pass(Duration duration) { now_ += duration; }
  void acknowledge(Seq ack, std::span<const wire::TcpSackBlock> blocks) {
    Segment segment{.seq = kIrs + 1, .ack = ack, .flags = kAck, .window = 65535};
    for (const wire::TcpSackBlock& block : blocks) {
      segment.options.sack[segment.options.sack_count++] = block;
    }
    connection_->on_segment(segment, now_);
  }
  void take(std::uint32_t offset, ByteView text) {
    connection_->on_segment(
        {.seq = kIrs + 1 + offset, .ack = kIss + 1, .flags = kAck, .window = 65535, .text = text},
        now_);
  }
  std::size_t drain() {
    std::size_t count = 0;
    SegmentOut segment;
    while (connection_->poll_segment(segment, 0, now_)) ++count;
    return count;
  }
  /// Lets the congestion window grow until so much is in flight.
  void fill_flight(std::uint32_t octets) {
    for (;;) {
      written_ += 1U << 19U;
      if (!connection_->written(written_, now_)) std::abort();
      drain();
      if (connection_->info().in_flight >= octets) return;
      now_ += std::chrono::milliseconds(1);
      acknowledge(kIss + 1 + static_cast<std::uint32_t>(connection_->transmit_head()) +
                      connection_->info().in_flight,
                  {});
    }
  }
  [[nodiscard]] Seq una() const {
    return kIss + 1 + static_cast<std::uint32_t>(connection_->transmit_head());
  }

 private:
  Config config_{};
  Counters counters_{};
  Instant now_{std::chrono::hours(1)};
  std::vector<std::byte> receive_ = std::vector<std::byte>(kWindow);
  std::vector<std::byte> transmit_ = std::vector<std::byte>(std::size_t{8} << 20U);
  std::unique_ptr<Connection> connection_{};
  std::uint64_t written_ = 0;
};

/// Segments of one octet, every other one missing: 64k gaps are sent, the receiver bounds what it
/// remembers.
void out_of_order(benchmark::State& state) {
  Bench bench;
  const std::vector<std::byte> text(1);
  constexpr std::uint32_t kGaps = 65536;
  for (std::uint32_t i = 0; i < kGaps; ++i) bench.take(1 + 2 * i, text);
  bench.drain();
  SeededRng rng{1};
  for ([[maybe_unused]] auto _ : state) {
    bench.take(1 + 2 * rng.below(kGaps), text);
    benchmark::DoNotOptimize(bench.drain());
  }
}
BENCHMARK(out_of_order);

constexpr std::uint32_t kBlocks = 4096;

wire::TcpSackBlock block_at(const Bench& bench, std::uint32_t offset) {
  const std::uint32_t begin = (bench.una() + offset).value();
  return {begin, begin + 1};
}

/// 16 KiB in flight, of which every other octet is acknowledged selectively.
void riddle(Bench& bench) {
  bench.fill_flight(4 * kBlocks);
  bench.pass(std::chrono::milliseconds(10));
  for (std::uint32_t i = 0; i < kBlocks; i += 4) {
    const std::array blocks{block_at(bench, 1 + 2 * i), block_at(bench, 3 + 2 * i),
                            block_at(bench, 5 + 2 * i), block_at(bench, 7 + 2 * i)};
    bench.acknowledge(bench.una(), blocks);
  }
  bench.drain();
}

/// ACKs with four blocks of one octet each, anywhere among 4,096 that have been told before.
void selective_acks(benchmark::State& state) {
  Bench bench;
  riddle(bench);
  SeededRng rng{1};
  const auto any = [&] { return block_at(bench, 1 + 2 * rng.below(kBlocks)); };
  for ([[maybe_unused]] auto _ : state) {
    const std::array blocks{any(), any(), any(), any()};
    bench.pass(std::chrono::microseconds(10));
    bench.acknowledge(bench.una(), blocks);
    benchmark::DoNotOptimize(bench.drain());
  }
}
BENCHMARK(selective_acks);

/// ACKs that fill the holes one by one, from the left: what was sent again in one instant.
void selective_acks_of_repairs(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    Bench bench;
    riddle(bench);
    bench.pass(std::chrono::milliseconds(10));
    state.ResumeTiming();
    for (std::uint32_t i = 1; i <= 1000; ++i) {
      const std::array blocks{block_at(bench, 2 * i)};
      bench.pass(std::chrono::microseconds(1));
      bench.acknowledge(bench.una(), blocks);
      benchmark::DoNotOptimize(bench.drain());
    }
  }
  state.counters["one"] = benchmark::Counter(
      1000, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(selective_acks_of_repairs);

wire::Flow flow_of(std::uint32_t number) {
  const auto octet = [number](unsigned shift) {
    return static_cast<std::uint8_t>((number >> shift) & 0xffU);
  };
  return {{wire::IpAddress::v4(192, 0, 2, 1), 80, 0},
          {wire::IpAddress::v4(198, 51, 100, octet(0)),
           static_cast<std::uint16_t>(1024 + (number >> 8U)), 0}};
}

void demultiplexing(benchmark::State& state) {
  constexpr std::uint32_t kConnections = 100000;
  SeededRng rng{1};
  Table table{SipKey::draw(rng)};
  for (std::uint32_t i = 0; i < kConnections; ++i) {
    if (!table.insert(flow_of(i), i)) std::abort();
  }
  std::vector<wire::Flow> flows;
  for (std::uint32_t i = 0; i < kConnections; ++i) {
    flows.push_back(flow_of(rng.below(kConnections)));
  }
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(table.find(flows[next++ % flows.size()]));
  }
}
BENCHMARK(demultiplexing);

}  // namespace
}  // namespace zsock::tcp

BENCHMARK_MAIN();
