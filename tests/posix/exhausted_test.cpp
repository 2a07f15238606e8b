/// \file
/// No ephemeral port is left (conformance 2.1). The run's range has eight: 40000 to 40007.

#include <gtest/gtest.h>

#include <vector>

#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

constexpr std::uint16_t kFirst = 40000;
constexpr int kPorts = 8;

/// Sockets on all ports of the range.
std::vector<Fd> taking_all(int type) {
  std::vector<Fd> all;
  for (int i = 0; i < kPorts; ++i) {
    all.push_back(bound(type, "0.0.0.0", static_cast<std::uint16_t>(kFirst + i)));
  }
  return all;
}

TEST(Exhausted, BindAny) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const std::vector<Fd> all = taking_all(type);
    const Fd fd = type == SOCK_STREAM ? tcp() : udp();
    EXPECT_EQ(bind_outcome(fd, {"0.0.0.0", 0}), "EADDRINUSE");
    EXPECT_EQ(bind_outcome(fd, {"127.0.0.1", 0}), "EADDRINUSE");
  }
}

TEST(Exhausted, ListenUnbound) {
  const std::vector<Fd> all = taking_all(SOCK_STREAM);
  EXPECT_EQ(outcome(::listen(tcp(), 1)), "EADDRINUSE");
}

TEST(Exhausted, ConnectOfTcp) {
  const Fd listener = bound(SOCK_STREAM, "127.0.0.1", 30000);
  ASSERT_EQ(outcome(::listen(listener, 16)), "0");
  std::vector<Fd> clients;
  for (int i = 0; i < kPorts; ++i) {
    clients.push_back(tcp());
    EXPECT_EQ(connect_outcome(clients.back(), Name::local(listener)), "EINPROGRESS") << i;
  }
  EXPECT_EQ(connect_outcome(tcp(), Name::local(listener)), "EADDRNOTAVAIL");
  // To another destination every port is free.
  const Fd other = bound(SOCK_STREAM, "127.0.0.1", 30001);
  ASSERT_EQ(outcome(::listen(other, 16)), "0");
  EXPECT_EQ(connect_outcome(tcp(), Name::local(other)), "EINPROGRESS");
  for (Fd& client : clients) reset_connection(client);
}

TEST(Exhausted, SendOfUdp) {
  const std::vector<Fd> all = taking_all(SOCK_DGRAM);
  EXPECT_EQ(send_to_outcome(udp(), "x", {"127.0.0.1", 9}), "EAGAIN");
  EXPECT_EQ(connect_outcome(udp(), {"127.0.0.1", 9}), "EAGAIN");
}

TEST(Exhausted, BindAnySharesWithOtherAddressesOnly) {
  std::vector<Fd> all;
  for (int i = 0; i < kPorts; ++i) {
    Fd fd = tcp();
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    ASSERT_EQ(bind_outcome(fd, {"127.0.0.1", static_cast<std::uint16_t>(kFirst + i)}), "0");
    all.push_back(std::move(fd));
  }
  const Fd fd = tcp();
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  EXPECT_EQ(bind_outcome(fd, {"127.0.0.1", 0}), "EADDRINUSE");
  EXPECT_EQ(bind_outcome(fd, {"127.0.0.2", 0}), "0");
}

}  // namespace
}  // namespace zsock::posix
