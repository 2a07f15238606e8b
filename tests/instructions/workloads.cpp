/// \file
/// Fixed work in memory whose instructions scripts/check-instructions counts: two stacks, a loop
/// that carries frames at once, no clock. Prints how many units of work were done.
///
///   instructions WORKLOAD

#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/stack/base/check.h"
#include "tests/support/apps.h"
#include "tests/support/two_hosts.h"

// What is counted: the sender's (client's) part, or the receiver's (server's).
extern "C" {
[[gnu::noipa]] void measured_left(void (*work)(void*), void* context) {
  work(context);
}
[[gnu::noipa]] void measured_right(void (*work)(void*), void* context) {
  work(context);
}
}

namespace zsock::test {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

class Loop {
 public:
  explicit Loop(std::uint32_t max_segmentation)
      : options_(options(max_segmentation)),
        left_(Side::left, options_, 1, now_),
        right_(Side::right, options_, 2, now_),
        listener_(&right_.listen({right_.address(wire::Family::ipv4), 80, 0}, 64)) {}

  struct Connection {
    TcpApp* client = nullptr;
    TcpApp* server = nullptr;
  };

  /// From now on work is counted.
  void count() { counting_ = true; }

  Connection connect() {
    const std::size_t before = listener_->children.size();
    Connection made;
    on(left_, [&] { made.client = &left_.connect({right_.address(wire::Family::ipv4), 80, 0}); });
    for (int i = 0; i < 10 && listener_->children.size() == before; ++i) turn();
    ZSOCK_CHECK(listener_->children.size() == before + 1);
    made.server = listener_->children.back();
    return made;
  }
  void disconnect(const Connection& connection) {
    on(left_, [&] { connection.client->close(); });
    turn();
    on(right_, [&] { connection.server->close(); });
    turn();
    ZSOCK_CHECK(connection.client->released && connection.server->released);
  }
  /// Octets from the client to the server.
  void stream(const Connection& connection, std::uint64_t octets) {
    for (std::uint64_t read = 0; read < octets;) {
      on(left_, [&] { connection.client->write(chunk_); });
      turn();
      on(right_, [&] {
        while (const std::size_t size = connection.server->read(buffer_)) read += size;
      });
    }
  }
  /// One octet there and, if wanted, one back.
  void say(const Connection& connection, bool answer) {
    on(left_, [&] { connection.client->write(ByteView{chunk_}.first(1)); });
    turn();
    on(right_, [&] { ZSOCK_CHECK(connection.server->read(buffer_) == 1); });
    if (!answer) return;
    on(right_, [&] { connection.server->write(ByteView{chunk_}.first(1)); });
    turn();
    on(left_, [&] { ZSOCK_CHECK(connection.client->read(buffer_) == 1); });
  }
  void turn() {
    now_ += 100us;
    for (Host* host : {&left_, &right_}) {
      on(*host, [&] {
        const auto due = host->stack().next_deadline();
        if (due && *due <= now_) host->stack().on_deadline(now_);
      });
    }
    for (int i = 0; i < 3; ++i) {
      carry(left_, right_);
      carry(right_, left_);
    }
  }

 private:
  static HostOptions options(std::uint32_t max_segmentation) {
    HostOptions result = quick_host();
    result.max_segmentation = max_segmentation;
    result.rings = {.receive = 1U << 18U, .transmit = 1U << 18U};
    return result;
  }
  template <class Work>
  void on(const Host& host, Work work) {
    const auto call = [](void* context) { (*static_cast<Work*>(context))(); };
    if (!counting_) {
      work();
    } else if (&host == &left_) {
      measured_left(call, &work);
    } else {
      measured_right(call, &work);
    }
  }
  void carry(Host& from, Host& to) {
    TxFrame frame;
    for (;;) {
      bool some = false;
      on(from, [&] { some = from.stack().poll_transmit(from.interface(), frame, now_); });
      if (!some) break;
      const std::size_t size = flatten(frame);
      on(to, [&] {
        to.stack().receive(to.interface(),
                           {.bytes = ByteView{packet_}.first(size), .checksum_verified = true},
                           now_);
        to.handle_events();
      });
    }
    on(from, [&] { from.handle_events(); });
  }
  std::size_t flatten(const TxFrame& frame) {
    copy_bytes(packet_, frame.header_bytes());
    std::size_t size = frame.header_size;
    for (std::size_t part = 0; part < frame.payload_parts; ++part) {
      copy_bytes(MutableBytes{packet_}.subspan(size), frame.payload.at(part));
      size += frame.payload.at(part).size();
    }
    return size;
  }

  Instant now_{std::chrono::hours{1}};
  HostOptions options_;
  Host left_;
  Host right_;
  ListenerApp* listener_;
  std::vector<std::byte> packet_ = std::vector<std::byte>(70000);
  std::vector<std::byte> chunk_ = std::vector<std::byte>(1U << 17U);
  std::vector<std::byte> buffer_ = std::vector<std::byte>(1U << 17U);
  bool counting_ = false;
};

std::size_t bulk(std::uint32_t max_segmentation, std::size_t unit) {
  constexpr std::size_t kOctets = 4U << 20U;
  Loop loop(max_segmentation);
  const Loop::Connection connection = loop.connect();
  loop.stream(connection, kOctets);
  loop.count();
  loop.stream(connection, kOctets);
  return kOctets / unit;
}

std::size_t request_response() {
  constexpr std::size_t kTimes = 1000;
  Loop loop(0);
  const Loop::Connection connection = loop.connect();
  for (std::size_t i = 0; i < 100; ++i) loop.say(connection, true);
  loop.count();
  for (std::size_t i = 0; i < kTimes; ++i) loop.say(connection, true);
  return kTimes;
}

std::size_t connect_close() {
  constexpr std::size_t kTimes = 200;
  Loop loop(0);
  for (std::size_t i = 0; i < 20; ++i) loop.disconnect(loop.connect());
  loop.count();
  for (std::size_t i = 0; i < kTimes; ++i) loop.disconnect(loop.connect());
  return kTimes;
}

std::size_t demultiplex() {
  constexpr std::size_t kConnections = 200;
  Loop loop(0);
  std::vector<Loop::Connection> connections;
  for (std::size_t i = 0; i < kConnections; ++i) connections.push_back(loop.connect());
  loop.count();
  for (const Loop::Connection& connection : connections) loop.say(connection, false);
  return kConnections;
}

const std::map<std::string_view, std::function<std::size_t()>>& workloads() {
  static const std::map<std::string_view, std::function<std::size_t()>> all{
      {"bulk_segment", [] { return bulk(0, 1448); }},
      {"bulk_64k", [] { return bulk(65000, 65536); }},
      {"request_response", request_response},
      {"connect_close", connect_close},
      {"demultiplex", demultiplex}};
  return all;
}

}  // namespace
}  // namespace zsock::test

int main(int argc, char** argv) {
  const auto& all = zsock::test::workloads();
  const auto found = argc == 2 ? all.find(argv[1]) : all.end();
  if (found == all.end()) {
    for (const auto& [name, run] : all) std::printf("%s\n", std::string(name).c_str());
    return 2;
  }
  std::printf("%zu\n", found->second());
  return 0;
}
