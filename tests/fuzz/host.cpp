#include "tests/fuzz/host.h"

#include <algorithm>

#include "daemon/stack/base/check.h"
#include "drivers/offload.h"

namespace zsock::fuzz {
namespace {

StackConfig quick() {
  StackConfig config;
  config.net.dad_transmits = 0;
  config.ports.increments = 256;
  return config;
}

}  // namespace

Host::Host(std::uint8_t number, std::uint64_t seed)
    : number_(number), rng_(seed), config_(quick()), stack_(config_, rng_) {
  interface_ = stack_.add_interface({.mac = mac()}, now_);
  ZSOCK_CHECK(stack_.add_address(interface_, {address(wire::Family::ipv4), 24}, now_));
  ZSOCK_CHECK(stack_.add_address(interface_, {address(wire::Family::ipv6), 64}, now_));
}

wire::IpAddress Host::address(wire::Family family) const {
  if (family == wire::Family::ipv4) return wire::IpAddress::v4(192, 0, 2, number_);
  return wire::IpAddress::v6({0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number_});
}

App& Host::open(SocketKind kind, wire::Family family) {
  App& app = apps_.emplace_back();
  app.id = *stack_.open(kind, family, 0, apps_.size());
  if (kind != SocketKind::tcp) ZSOCK_CHECK(stack_.attach(app.id, app.rings()));
  return app;
}

void Host::listen(std::uint16_t port, wire::Family family) {
  listener_ = stack_.open(SocketKind::tcp, family, 0, 0).value();
  ZSOCK_CHECK(stack_.bind(*listener_, {wire::IpAddress::any(family), port, 0}));
  ZSOCK_CHECK(stack_.listen(*listener_, 4, now_));
  spare_ = &apps_.emplace_back();
  ZSOCK_CHECK(stack_.offer(*listener_, spare_->rings(), apps_.size()));
}

void Host::connect(App& app, const wire::Endpoint& remote) {
  static_cast<void>(stack_.connect(app.id, remote, app.rings(), now_));
  check();
}

App* Host::accepted() {
  take_events();
  return accepted_;
}

void Host::take_events() {
  while (stack_.poll_event()) {
  }
  if (!listener_ || accepted_ != nullptr) return;
  const auto child = stack_.accept(*listener_);
  if (!child) return;
  accepted_ = spare_;
  accepted_->id = child->socket;
}

void Host::write(App& app, std::size_t octets) {
  const auto status = stack_.status(app.id);
  if (!status || status->transmit_closed || !status->connected) return;
  const std::uint64_t room = status->transmit_head + App::kRing - app.written;
  for (std::uint64_t n = std::min<std::uint64_t>(room, octets); n > 0; --n, ++app.written) {
    app.transmit[app.written & (App::kRing - 1)] = octet(app.written);
  }
  ZSOCK_CHECK(stack_.written(app.id, app.written, now_));
  check();
}

void Host::read(App& app, std::size_t octets) {
  const auto status = stack_.status(app.id);
  if (!status) return;
  std::uint64_t ready = status->receive_tail - app.consumed;
  ZSOCK_CHECK(ready <= App::kRing);
  for (ready = std::min<std::uint64_t>(ready, octets); ready > 0; --ready, ++app.consumed) {
    ZSOCK_CHECK(app.receive[app.consumed & (App::kRing - 1)] == octet(app.consumed));
  }
  ZSOCK_CHECK(stack_.consumed(app.id, app.consumed, now_));
  check();
}

void Host::receive(ByteView frame) {
  stack_.receive(interface_, {.bytes = frame}, now_);
  check();
}

std::vector<Octets> Host::drain() {
  std::vector<Octets> frames;
  TxFrame frame;
  while (stack_.poll_transmit(interface_, frame, now_)) {
    ZSOCK_CHECK(frames.size() < 4096);
    drivers::Segmenter cut{frame};
    while (cut.frames_left() > 0) {
      const ByteView bytes = cut.next(buffer_);
      frames.emplace_back(bytes.begin(), bytes.end());
    }
    check();
  }
  return frames;
}

void Host::pass(Duration duration) {
  const Instant end = now_ + duration;
  for (int i = 0; i < 10000; ++i) {
    const auto due = stack_.next_deadline();
    if (!due || *due > end) break;
    now_ = std::max(now_, *due);
    stack_.on_deadline(now_);
    check();
  }
  now_ = std::max(now_, end);
}

void Host::check() {
  stack_.check_invariants();
  take_events();
}

}  // namespace zsock::fuzz
