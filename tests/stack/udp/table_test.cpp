// Which socket gets a datagram.

#include "daemon/stack/udp/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace zsock::udp {
namespace {

using testing::ElementsAre;
using wire::IpAddress;

IpAddress ip(std::string_view text) {
  return *IpAddress::parse(text);
}

wire::Endpoint at(std::string_view address, std::uint16_t port) {
  return {ip(address), port, 0};
}

SocketId id(std::uint32_t index) {
  return {index, 1};
}

Socket bound_to(const wire::Endpoint& local) {
  Socket socket;
  socket.local = local;
  return socket;
}

Socket connected(const wire::Endpoint& local, const wire::Endpoint& remote) {
  Socket socket = bound_to(local);
  socket.remote = remote;
  return socket;
}

const wire::Flow kFlow{at("192.0.2.1", 53), at("192.0.2.2", 1000)};

// req: UDP-4
TEST(UdpTableFind, PrefersTheMostSpecificSocket) {
  const Socket dual = bound_to(at("::", 53));
  const Socket wildcard = bound_to(at("0.0.0.0", 53));
  const Socket bound = bound_to(at("192.0.2.1", 53));
  const Socket half = connected(at("0.0.0.0", 53), at("192.0.2.2", 1000));
  const Socket full = connected(at("192.0.2.1", 53), at("192.0.2.2", 1000));
  Table table;
  EXPECT_FALSE(table.find(kFlow, 0));
  table.insert(id(1), dual);
  EXPECT_EQ(table.find(kFlow, 0), id(1));
  table.insert(id(2), wildcard);
  EXPECT_EQ(table.find(kFlow, 0), id(2));
  table.insert(id(3), bound);
  EXPECT_EQ(table.find(kFlow, 0), id(3));
  table.insert(id(4), half);
  EXPECT_EQ(table.find(kFlow, 0), id(4));
  table.insert(id(5), full);
  EXPECT_EQ(table.find(kFlow, 0), id(5));
  table.erase(id(5), full);
  table.erase(id(4), half);
  EXPECT_EQ(table.find(kFlow, 0), id(3));
}

// req: UDP-4
TEST(UdpTableFind, NeverMatchesAStranger) {
  const Socket elsewhere = bound_to(at("192.0.2.9", 53));
  const Socket other_peer = connected(at("192.0.2.1", 53), at("192.0.2.3", 1000));
  const Socket other_port = connected(at("192.0.2.1", 53), at("192.0.2.2", 1001));
  Socket v6_only = bound_to(at("::", 53));
  v6_only.v6_only = true;
  const Socket other_local_port = bound_to(at("192.0.2.1", 54));
  Table table;
  table.insert(id(1), elsewhere);
  table.insert(id(2), other_peer);
  table.insert(id(3), other_port);
  table.insert(id(4), v6_only);
  table.insert(id(5), other_local_port);
  EXPECT_FALSE(table.find(kFlow, 0));
  EXPECT_THAT(table.find_all(kFlow, 64), ElementsAre());
}

TEST(UdpTableFind, KeepsIpv4WildcardsOutOfIpv6) {
  const Socket wildcard = bound_to(at("0.0.0.0", 53));
  Table table;
  table.insert(id(1), wildcard);
  EXPECT_FALSE(table.find({at("2001:db8::1", 53), at("2001:db8::2", 1)}, 0));
}

TEST(UdpTableFind, TellsLinkLocalPeersOfDifferentLinksApart) {
  Socket socket = connected(at("fe80::1", 53), at("fe80::2", 1000));
  socket.remote->scope = 1;
  Table table;
  table.insert(id(1), socket);
  wire::Flow flow{at("fe80::1", 53), at("fe80::2", 1000)};
  flow.remote.scope = 1;
  EXPECT_EQ(table.find(flow, 0), id(1));
  flow.remote.scope = 2;
  EXPECT_FALSE(table.find(flow, 0));
}

// SO_REUSEPORT
TEST(UdpTableFind, SpreadsOverEqualsByHash) {
  std::array<Socket, 4> sockets;
  Table table;
  for (std::uint32_t i = 0; i < 4; ++i) {
    sockets.at(i) = bound_to(at("0.0.0.0", 53));
    sockets.at(i).reuse_port = true;
    table.insert(id(i), sockets.at(i));
  }
  std::set<SocketId> seen;
  for (std::uint64_t hash = 0; hash < 4; ++hash) {
    seen.insert(*table.find(kFlow, hash));
    EXPECT_EQ(table.find(kFlow, hash), table.find(kFlow, hash));
  }
  EXPECT_EQ(seen.size(), 4U);
}

// SO_REUSEADDR alone
TEST(UdpTableFind, LastOfEqualsGets) {
  std::array<Socket, 3> sockets;
  Table table;
  for (std::uint32_t i = 0; i < 3; ++i) {
    sockets.at(i) = bound_to(at("0.0.0.0", 53));
    table.insert(id(i), sockets.at(i));
  }
  for (std::uint64_t hash = 0; hash < 3; ++hash) EXPECT_EQ(table.find(kFlow, hash), id(2));
}

// req: UDP-4
TEST(UdpTableFindAll, YieldsEveryMatchUpToTheLimit) {
  std::array<Socket, 80> sockets;
  Table table;
  for (std::uint32_t i = 0; i < 80; ++i) {
    sockets.at(i) = bound_to(at("0.0.0.0", 5353));
    table.insert(id(i), sockets.at(i));
  }
  const wire::Flow flow{at("224.0.0.251", 5353), at("192.0.2.2", 5353)};
  EXPECT_EQ(table.find_all(flow, 100).size(), 80U);
  EXPECT_EQ(table.find_all(flow, 64).size(), 64U);
}

}  // namespace
}  // namespace zsock::udp
