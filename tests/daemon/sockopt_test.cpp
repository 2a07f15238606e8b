// Socket options of TCP through the control socket (conformance 2.5).
#include "daemon/sockopt.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/daemon/bench.h"

namespace zsock::host::test {
namespace {

ipc::Request option(ipc::Op op, const RawSocket& socket, int name) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(op);
  request.slot = socket.slot;
  request.generation = socket.generation;
  request.a = IPPROTO_TCP;
  request.b = name;
  return request;
}

int set_name(RawClient& client, const RawSocket& socket, std::string_view name) {
  ipc::Request request = option(ipc::Op::set_option, socket, TCP_CONGESTION);
  request.value_size = static_cast<std::uint32_t>(name.size());
  std::memcpy(request.value.data(), name.data(), name.size());
  return client.ask(request).error;
}

std::string get_name(RawClient& client, const RawSocket& socket) {
  const ipc::Reply reply = client.ask(option(ipc::Op::get_option, socket, TCP_CONGESTION));
  EXPECT_EQ(reply.error, 0);
  EXPECT_EQ(reply.value_size, 16U);
  std::array<char, 17> text{};
  std::memcpy(text.data(), reply.value.data(), 16);
  return text.data();
}

TEST(SockoptCongestion, IsCubicUnlessSaidOtherwise) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  EXPECT_EQ(get_name(client, socket), "cubic");
  EXPECT_EQ(set_name(client, socket, "reno"), 0);
  EXPECT_EQ(get_name(client, socket), "reno");
  using namespace std::string_view_literals;
  EXPECT_EQ(set_name(client, socket, "cubic\0garbage"sv), 0);
  EXPECT_EQ(get_name(client, socket), "cubic");
  EXPECT_EQ(set_name(client, socket, "newreno"), 0);
  EXPECT_EQ(get_name(client, socket), "reno");
}

// Conformance 2.5: unknown ENOENT.
TEST(SockoptCongestion, UnknownNamesAreRefused) {
  Bench bench;
  RawClient client = bench.client();
  const RawSocket socket = client.open();
  for (const char* name : {"bbr", "cubi", "cubicc", "CUBIC", "a name that is longer than 16"}) {
    EXPECT_EQ(set_name(client, socket, name), ENOENT) << name;
  }
  EXPECT_EQ(set_name(client, socket, ""), EINVAL);
  EXPECT_EQ(get_name(client, socket), "cubic");
}

TEST(SockoptCongestion, ComesFromTheConfiguration) {
  Config config = plain_config();
  set_from_text(config, "test", "tcp.congestion", "newreno");
  Bench bench{config};
  RawClient client = bench.client();
  EXPECT_EQ(get_name(client, client.open()), "reno");
}

// Conformance 2.1: accepted sockets inherit.
TEST(SockoptCongestion, IsInheritedByAcceptedSockets) {
  Bench bench;
  RawClient server = bench.client();
  RawClient client = bench.client();
  const RawSocket listener = server.open();
  ASSERT_EQ(set_name(server, listener, "reno"), 0);
  ASSERT_EQ(server.bind(listener, loopback(7000)), 0);
  ASSERT_EQ(server.listen(listener, 5), 0);
  const RawSocket near = client.open();
  ASSERT_EQ(client.connect(near, loopback(7000)), EINPROGRESS);
  bench.settle();
  const RawSocket far = server.accept(listener);
  EXPECT_EQ(get_name(server, far), "reno");
  EXPECT_EQ(get_name(client, near), "cubic");
}

}  // namespace
}  // namespace zsock::host::test
