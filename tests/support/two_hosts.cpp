#include "tests/support/two_hosts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{std::chrono::hours{1}};
constexpr std::uint64_t kBusyLoop = 100000;  ///< events at one instant

/// A failed invariant ends the process: say which seed it was first.
const TwoHosts* current = nullptr;

void on_abort(int) {
  if (current != nullptr) std::fprintf(stderr, "frames: %s\n", current->write_trace().c_str());
}

std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

HostOptions quick_host() {
  HostOptions options;
  options.stack.net.dad_transmits = 0;
  options.stack.ports.increments = 256;
  return options;
}

// --- Host ----------------------------------------------------------------------------------------

Host::Host(Side side, const HostOptions& options, std::uint64_t seed, const Instant& now)
    : side_(side), now_(&now), options_(options), rng_(seed), stack_(options.stack, rng_) {
  const std::uint8_t number = side == Side::left ? 1 : 2;
  interface_ = stack_.add_interface({.mac = {{0x02, 0, 0x5e, 0, 0x53, number}},
                                     .mtu = options.mtu,
                                     .max_segmentation = options.max_segmentation,
                                     .datagram_segmentation = options.datagram_segmentation},
                                    now);
  ZSOCK_CHECK(stack_.add_address(interface_, {address(wire::Family::ipv4), 24}, now).has_value());
  if (options.mtu < 1280) return;
  ZSOCK_CHECK(stack_.add_address(interface_, {address(wire::Family::ipv6), 64}, now).has_value());
}

wire::IpAddress Host::address(wire::Family family) const {
  const std::uint8_t number = side_ == Side::left ? 1 : 2;
  if (family == wire::Family::ipv4) return wire::IpAddress::v4(192, 0, 2, number);
  return wire::IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number});
}

TcpApp& Host::add_app(const RingSizes& sizes) {
  auto& app = tcp_[++last_owner_];
  app = std::make_unique<TcpApp>(World{&stack_, now_}, sizes);
  return *app;
}

TcpApp& Host::open_tcp(wire::Family family) {
  TcpApp& app = add_app(options_.rings);
  app.id = *stack_.open(SocketKind::tcp, family, 0, last_owner_);
  return app;
}

TcpApp& Host::connect(const wire::Endpoint& remote) {
  TcpApp& app = open_tcp(remote.address.family());
  const auto status = app.connect(remote);
  EXPECT_TRUE(!status && status.error() == SockError::in_progress);
  return app;
}

UdpApp& Host::open_datagram(SocketKind kind, wire::Family family) {
  auto& app = udp_[++last_owner_];
  app = std::make_unique<UdpApp>(World{&stack_, now_}, options_.rings);
  app->id = *stack_.open(kind, family, 0, last_owner_);
  ZSOCK_CHECK(stack_.attach(app->id, app->rings()).has_value());
  return *app;
}

ListenerApp& Host::listen(const wire::Endpoint& local, std::size_t backlog) {
  auto& listener = listeners_[++last_owner_];
  listener = std::make_unique<ListenerApp>(ListenerApp{.rings = options_.rings});
  listener->id = *stack_.open(SocketKind::tcp, local.address.family(), 0, last_owner_);
  EXPECT_TRUE(stack_.bind(listener->id, local));
  EXPECT_TRUE(stack_.listen(listener->id, backlog, *now_));
  serve(*listener);
  return *listener;
}

void Host::close(ListenerApp& listener) {
  stack_.close(listener.id, *now_);
}

void Host::serve(ListenerApp& listener) {
  while (listener.accepting) {
    const auto accepted = stack_.accept(listener.id);
    if (!accepted) break;
    TcpApp& child = *tcp_.at(accepted->owner);
    child.id = accepted->socket;
    child.flow = accepted->flow;
    listener.children.push_back(&child);
  }
  // The spare of last time may have been taken or not; offer() knows.
  const Owner owner = last_owner_ + 1;
  TcpApp& fresh = add_app(listener.rings);
  if (stack_.offer(listener.id, fresh.rings(), owner)) {
    listener.spare = &fresh;
  } else {
    tcp_.erase(owner);
  }
}

std::size_t Host::handle_events() {
  std::size_t count = 0;
  while (const auto event = stack_.poll_event()) {
    handle(*event);
    ++count;
  }
  return count;
}

void Host::handle(const SocketEvent& event) {
  EXPECT_FALSE(event.violation);
  if (event.released) {
    if (const auto app = tcp_.find(event.owner); app != tcp_.end()) app->second->released = true;
    if (const auto app = udp_.find(event.owner); app != udp_.end()) app->second->released = true;
    listeners_.erase(event.owner);
    return;
  }
  if (options_.tells_reading) {
    if (const auto app = tcp_.find(event.owner); app != tcp_.end()) app->second->tell_read();
  }
  const auto listener = listeners_.find(event.owner);
  if (listener != listeners_.end() && event.acceptable) serve(*listener->second);
}

bool Host::at_rest() const {
  return stack_.sockets().empty() && listeners_.empty() &&
         std::ranges::all_of(tcp_, [](const auto& app) { return app.second->released; }) &&
         std::ranges::all_of(udp_, [](const auto& app) { return app.second->released; });
}

// --- TwoHosts ------------------------------------------------------------------------------------

TwoHosts::TwoHosts(const TwoHostsOptions& options)
    : options_(options),
      failed_before_(testing::Test::HasFailure()),
      now_(kStart),
      link_(options.link, options.seed),
      left_(Side::left, options.left, options.seed * 2, now_),
      right_(Side::right, options.right, options.seed * 2 + 1, now_) {
  current = this;
  std::signal(SIGABRT, on_abort);
}

TwoHosts::~TwoHosts() {
  current = nullptr;
  if (testing::Test::HasFailure() && !failed_before_)
    std::printf("frames: %s\n", write_trace().c_str());
}

std::string TwoHosts::write_trace() const {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string name =
      test == nullptr ? "none" : test->test_suite_name() + std::string{"."} + test->name();
  std::string path =
      testing::TempDir() + "zsock-" + name + "-seed-" + std::to_string(options_.seed) + ".txt";
  std::ranges::replace(path.begin() + static_cast<std::ptrdiff_t>(testing::TempDir().size()),
                       path.end(), '/', '-');
  std::ofstream{path} << link_.text();
  return path;
}

void TwoHosts::at(Instant when, std::function<void()> action) {
  actions_.emplace(when, std::move(action));
}

bool TwoHosts::pump(Host& host, Side side) {
  bool any = host.handle_events() != 0;
  TxFrame frame;
  while (host.stack().poll_transmit(host.interface(), frame, now_)) {
    link_.send(side, frame, now_);
    any = true;
  }
  return any;
}

void TwoHosts::settle() {
  while (pump(left_, Side::left) || pump(right_, Side::right)) {
  }
}

std::optional<Instant> TwoHosts::next_event() const {
  std::optional<Instant> next = link_.next_due();
  next = earlier(next, left_.stack().next_deadline());
  next = earlier(next, right_.stack().next_deadline());
  if (!actions_.empty()) next = earlier(next, actions_.begin()->first);
  return next;
}

void TwoHosts::run_events() {
  for (Host* host : {&left_, &right_}) {
    const auto deadline = host->stack().next_deadline();
    if (deadline && *deadline <= now_) host->stack().on_deadline(now_);
  }
  if (const auto arrival = link_.receive(Side::left, now_)) {
    left_.stack().receive(left_.interface(), arrival->frame(), now_);
  }
  if (const auto arrival = link_.receive(Side::right, now_)) {
    right_.stack().receive(right_.interface(), arrival->frame(), now_);
  }
  while (!actions_.empty() && actions_.begin()->first <= now_) {
    const auto action = std::move(actions_.begin()->second);
    actions_.erase(actions_.begin());
    action();
  }
  ++events_;
}

void TwoHosts::check() {
  if (events_ % options_.check_every != 0) return;
  left_.stack().check_invariants();
  right_.stack().check_invariants();
}

bool TwoHosts::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant end = now_ + limit;
  while (true) {
    settle();
    for (const auto& agent : agents_) agent();
    settle();
    check();
    if (done()) return true;
    settle();
    const auto next = next_event();
    if (!next || *next > end) {
      now_ = end;
      return done();
    }
    events_at_now_ = *next > now_ ? 0 : events_at_now_ + 1;
    if (events_at_now_ > kBusyLoop) {
      ADD_FAILURE() << "a deadline that never passes";
      return false;
    }
    now_ = std::max(now_, *next);
    run_events();
  }
}

void TwoHosts::run_for(Duration time) {
  run_until([] { return false; }, time);
}

}  // namespace zsock::test
