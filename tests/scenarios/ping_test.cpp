// Ping sockets: ICMP echo for applications.

#include <gtest/gtest.h>

#include "daemon/stack/base/bytes.h"
#include "tests/support/two_hosts.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

using Octets = std::vector<std::byte>;

class Ping : public testing::TestWithParam<wire::Family> {
 protected:
  Ping() : hosts_({.left = quick_host(), .right = quick_host()}) {}

  static bool v4() { return GetParam() == wire::Family::ipv4; }
  UdpApp& open() { return hosts_.left().open_datagram(SocketKind::ping, GetParam()); }
  wire::Endpoint peer() { return hosts_.right_endpoint(GetParam(), 1); }
  /// An echo request with an identifier that must not matter, and a wrong checksum.
  static Octets request(std::uint16_t sequence, std::size_t data = 56) {
    Octets message(8 + data);
    store_u8(message, 0, v4() ? 8 : 128);
    store_be16(message, 2, 0xdead);
    store_be16(message, 4, 0xbeef);
    store_be16(message, 6, sequence);
    for (std::size_t i = 0; i < data; ++i) message[8 + i] = static_cast<std::byte>(i);
    return message;
  }
  std::uint16_t identifier(const UdpApp& app) {
    return hosts_.left().stack().local_name(app.id)->port;
  }
  static void expect_reply(const std::optional<UdpApp::Received>& got, const wire::IpAddress& from,
                           std::uint16_t identifier, const Octets& request) {
    ASSERT_TRUE(got);
    EXPECT_EQ(got->from.address, from);
    EXPECT_EQ(got->from.port, 0);
    ASSERT_EQ(got->payload.size(), request.size());
    EXPECT_EQ(load_u8(got->payload, 0), v4() ? 0 : 129);
    EXPECT_EQ(load_be16(got->payload, 4), identifier);
    EXPECT_TRUE(std::equal(request.begin() + 6, request.end(), got->payload.begin() + 6));
  }

  TwoHosts hosts_;
};

// req: PING-1
TEST_P(Ping, IsAnswered) {
  UdpApp& app = open();
  ASSERT_TRUE(app.send(request(1), peer()));
  hosts_.run_for(1s);
  expect_reply(app.receive(), peer().address, identifier(app), request(1));
  EXPECT_FALSE(app.receive());
}

// req: PING-1
TEST_P(Ping, CarriesMoreThanAPacket) {
  UdpApp& app = open();
  ASSERT_TRUE(app.send(request(7, 8000), peer()));
  hosts_.run_for(1s);
  expect_reply(app.receive(), peer().address, identifier(app), request(7, 8000));
}

// req: PING-1
TEST_P(Ping, EachSocketGetsItsOwnReplies) {
  UdpApp& one = open();
  UdpApp& two = open();
  ASSERT_TRUE(one.send(request(1), peer()));
  ASSERT_TRUE(two.send(request(2), peer()));
  hosts_.run_for(1s);
  EXPECT_NE(identifier(one), identifier(two));
  expect_reply(one.receive(), peer().address, identifier(one), request(1));
  expect_reply(two.receive(), peer().address, identifier(two), request(2));
  EXPECT_FALSE(one.receive());
  EXPECT_FALSE(two.receive());
}

// req: PING-1
TEST_P(Ping, TheIdentifierMayBeChosen) {
  UdpApp& app = open();
  Stack& stack = hosts_.left().stack();
  ASSERT_TRUE(stack.bind(app.id, {hosts_.left().address(GetParam()), 4711, 0}));
  ASSERT_TRUE(app.send(request(1), peer()));
  hosts_.run_for(1s);
  expect_reply(app.receive(), peer().address, 4711, request(1));
  UdpApp& other = open();
  EXPECT_EQ(stack.bind(other.id, {wire::IpAddress::any(GetParam()), 4711, 0}).error(),
            SockError::address_in_use);
  app.close();
  hosts_.run_for(1s);
  EXPECT_TRUE(stack.bind(other.id, {wire::IpAddress::any(GetParam()), 4711, 0}));
}

// req: PING-1
TEST_P(Ping, ConnectedHearsItsPeerOnly) {
  UdpApp& app = open();
  Stack& stack = hosts_.left().stack();
  ASSERT_TRUE(stack.connect(app.id, {peer().address, 0, 0}, {}, hosts_.now()));
  ASSERT_TRUE(app.send(request(1), std::nullopt));
  ASSERT_TRUE(app.send(request(2), wire::Endpoint{hosts_.left().address(GetParam()), 1, 0}));
  hosts_.run_for(1s);
  expect_reply(app.receive(), peer().address, identifier(app), request(1));
  EXPECT_FALSE(app.receive());
}

// req: PING-1
TEST_P(Ping, ReachesTheHostItself) {
  UdpApp& app = open();
  ASSERT_TRUE(app.send(request(3), wire::Endpoint{wire::IpAddress::loopback(GetParam()), 1, 0}));
  hosts_.run_for(1s);
  expect_reply(app.receive(), wire::IpAddress::loopback(GetParam()), identifier(app), request(3));
}

// req: PING-1, RAW-1
TEST_P(Ping, SendsNothingButEchoRequests) {
  UdpApp& app = open();
  Stack& stack = hosts_.left().stack();
  hosts_.run_for(5s);
  const std::uint64_t before = stack.counters().icmp_out;
  for (unsigned type = 0; type < 256; ++type) {
    Octets message = request(1);
    if (type == load_u8(message, 0)) continue;
    store_u8(message, 0, static_cast<std::uint8_t>(type));
    ASSERT_TRUE(app.send(message, peer()));
    hosts_.run_for(1ms);
    EXPECT_EQ(stack.take_error(app.id), SockError::invalid) << type;
  }
  Octets code = request(1);
  store_u8(code, 1, 1);
  ASSERT_TRUE(app.send(code, peer()));
  ASSERT_TRUE(app.send(Octets(7), peer()));
  hosts_.run_for(1s);
  EXPECT_EQ(stack.take_error(app.id), SockError::invalid);
  EXPECT_FALSE(app.receive());
  EXPECT_EQ(stack.counters().icmp_out, before);
}

// req: PING-1
TEST_P(Ping, RepliesToNobodyAreCounted) {
  UdpApp& app = open();
  ASSERT_TRUE(app.send(request(1), peer()));
  app.close();  // what was written is still sent
  hosts_.run_for(1s);
  EXPECT_EQ(hosts_.left().stack().counters().drop_icmp_no_match, 1U);
}

INSTANTIATE_TEST_SUITE_P(Families, Ping, testing::Values(wire::Family::ipv4, wire::Family::ipv6),
                         [](const auto& test) {
                           return test.param == wire::Family::ipv4 ? "IPv4" : "IPv6";
                         });

// IPv6 has an ICMP of its own, so mapped addresses lead nowhere.
TEST(PingFamilies, AreApart) {
  TwoHosts hosts{{.left = quick_host(), .right = quick_host()}};
  UdpApp& app = hosts.left().open_datagram(SocketKind::ping, wire::Family::ipv6);
  const auto mapped = hosts.right().address(wire::Family::ipv4).mapped();
  Octets message(8);
  store_u8(message, 0, 128);
  ASSERT_TRUE(app.send(message, wire::Endpoint{mapped, 1, 0}));
  hosts.run_for(1s);
  EXPECT_EQ(hosts.left().stack().take_error(app.id), SockError::network_unreachable);
}

}  // namespace
}  // namespace zsock::test
