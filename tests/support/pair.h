#pragma once
/// \file
/// The usual start of a scenario: a server on the right, a client of it on the left, connected.

#include <gtest/gtest.h>

#include "tests/support/stream_peer.h"

namespace zsock::test {

class ConnectedPair : public testing::Test {
 protected:
  static constexpr std::uint16_t kPort = 80;

  /// A clean link with 10 ms of delay; small hosts.
  static TwoHostsOptions plain_options() {
    TwoHostsOptions options{.left = quick_host(), .right = quick_host()};
    options.link.faults.delay = std::chrono::milliseconds(10);
    return options;
  }

  void start(const TwoHostsOptions& options = plain_options()) {
    hosts_ = std::make_unique<TwoHosts>(options);
    listener_ = &hosts_->right().listen(endpoint(), 5);
    client_ = &hosts_->left().connect(endpoint());
    ASSERT_TRUE(hosts_->run_until([this] { return !listener_->children.empty(); },
                                  std::chrono::seconds(10)));
    server_ = listener_->children[0];
  }
  [[nodiscard]] wire::Endpoint endpoint() const {
    return hosts_->right_endpoint(wire::Family::ipv4, kPort);
  }
  bool run_until(const std::function<bool()>& done, Duration limit) {
    return hosts_->run_until(done, limit);
  }
  /// Writes `octets` of stream `seed`; true when there was room for all.
  static bool write(TcpApp& app, std::uint64_t seed, std::size_t octets) {
    std::vector<std::byte> bytes(octets);
    for (std::size_t i = 0; i < octets; ++i) bytes[i] = stream_octet(seed, i);
    return app.write(bytes) == octets;
  }
  /// Reads what is there; true when it is exactly the first `octets` of stream `seed`.
  static bool reads(TcpApp& app, std::uint64_t seed, std::size_t octets) {
    std::vector<std::byte> bytes(octets + 1);
    if (app.read(bytes) != octets) return false;
    for (std::size_t i = 0; i < octets; ++i) {
      if (bytes[i] != stream_octet(seed, i)) return false;
    }
    return true;
  }
  /// PR-10: all sockets closed and forgotten, all rings given back.
  bool comes_to_rest(Duration limit) {
    hosts_->right().close(*listener_);
    return run_until([this] { return hosts_->left().at_rest() && hosts_->right().at_rest(); },
                     limit);
  }

  std::unique_ptr<TwoHosts> hosts_;
  ListenerApp* listener_ = nullptr;
  TcpApp* client_ = nullptr;
  TcpApp* server_ = nullptr;
};

}  // namespace zsock::test
