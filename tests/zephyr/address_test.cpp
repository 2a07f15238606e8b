#include "libzsock/zephyr/address.h"

#include <gtest/gtest.h>

#include <cstring>

namespace zsock::zephyr {
namespace {

const net_sockaddr* generic(const void* address) {
  return static_cast<const net_sockaddr*>(address);
}

net_sockaddr_in6 ipv6(const char* text, std::uint16_t port) {
  net_sockaddr_in6 address;
  std::memset(&address, 0x5a, sizeof address);  // firmware does not clear what it does not use
  address.sin6_family = NET_AF_INET6;
  address.sin6_port = htons(port);
  EXPECT_EQ(zsock_inet_pton(NET_AF_INET6, text, &address.sin6_addr), 1);
  return address;
}

TEST(ZephyrAddress, Ipv4GoesThereAndBack) {
  net_sockaddr_in address{};
  address.sin_family = NET_AF_INET;
  address.sin_port = htons(4242);
  ASSERT_EQ(zsock_inet_pton(NET_AF_INET, "192.0.2.7", &address.sin_addr), 1);

  const auto native = to_native(generic(&address), sizeof address);
  ASSERT_TRUE(native);
  EXPECT_EQ(native->size, sizeof(sockaddr_in));
  sockaddr_in host;
  std::memcpy(&host, &native->storage, sizeof host);
  EXPECT_EQ(host.sin_family, AF_INET);
  EXPECT_EQ(ntohs(host.sin_port), 4242);
  EXPECT_EQ(ntohl(host.sin_addr.s_addr), 0xc0000207U);

  const net_sockaddr_storage back = from_native(*native);
  EXPECT_EQ(std::memcmp(&back, &address, sizeof address), 0);
}

TEST(ZephyrAddress, Ipv6GoesThereAndBack) {
  const net_sockaddr_in6 address = ipv6("fe80::1:2", 80);
  const auto native = to_native(generic(&address), sizeof address);
  ASSERT_TRUE(native);
  sockaddr_in6 host;
  std::memcpy(&host, &native->storage, sizeof host);
  EXPECT_EQ(host.sin6_family, AF_INET6);
  EXPECT_EQ(host.sin6_flowinfo, 0U);
  EXPECT_EQ(host.sin6_scope_id, 0x5aU);

  const net_sockaddr_storage back = from_native(*native);
  EXPECT_EQ(net_sin6(net_sad(&back))->sin6_scope_id, 0x5a);
  EXPECT_TRUE(net_ipv6_addr_cmp(&net_sin6(net_sad(&back))->sin6_addr, &address.sin6_addr));
  EXPECT_EQ(net_sin6(net_sad(&back))->sin6_port, htons(80));
}

TEST(ZephyrAddress, AScopeThatWasNeverSetDoesNotCountForGlobalAddresses) {
  const net_sockaddr_in6 address = ipv6("2001:db8::1", 80);
  const auto native = to_native(generic(&address), sizeof address);
  ASSERT_TRUE(native);
  sockaddr_in6 host;
  std::memcpy(&host, &native->storage, sizeof host);
  EXPECT_EQ(host.sin6_scope_id, 0U);
}

TEST(ZephyrAddress, LengthMayBeLargerButNotSmaller) {
  net_sockaddr_storage address{};
  address.ss_family = NET_AF_INET;
  EXPECT_TRUE(to_native(net_sad(&address), sizeof address));
  EXPECT_TRUE(to_native(net_sad(&address), 8));
  EXPECT_EQ(to_native(net_sad(&address), 7).error(), EINVAL);
  EXPECT_EQ(to_native(net_sad(&address), 1).error(), EINVAL);
  EXPECT_EQ(to_native(nullptr, 8).error(), EINVAL);
  address.ss_family = NET_AF_INET6;
  EXPECT_EQ(to_native(net_sad(&address), 23).error(), EINVAL);
}

// The host's AF_INET6 and AF_UNIX are other families' numbers here.
TEST(ZephyrAddress, TheHostsFamilyNumbersAreNotTaken) {
  net_sockaddr_storage address{};
  address.ss_family = AF_INET6;
  EXPECT_EQ(to_native(net_sad(&address), sizeof address).error(), EAFNOSUPPORT);
  EXPECT_EQ(native_family(NET_AF_INET), AF_INET);
  EXPECT_EQ(native_family(NET_AF_INET6), AF_INET6);
  EXPECT_EQ(native_family(NET_AF_PACKET), -1);
  EXPECT_EQ(zephyr_family(AF_INET), NET_AF_INET);
  EXPECT_EQ(zephyr_family(AF_UNIX), NET_AF_UNSPEC);
}

TEST(ZephyrAddress, CopyOutTellsTheWholeSizeAndKeepsToTheRoom) {
  net_sockaddr_storage from{};
  from.ss_family = NET_AF_INET6;
  net_sockaddr_storage to;
  std::memset(&to, 0x77, sizeof to);
  net_socklen_t size = 4;
  copy_out(from, net_sad(&to), &size);
  EXPECT_EQ(size, 24U);
  EXPECT_EQ(to.ss_family, NET_AF_INET6);
  EXPECT_EQ(to.data[2], 0x77);
}

TEST(ZephyrAddress, WhatIsNoInternetAddressIsUnspecified) {
  NativeAddress native;
  native.storage.ss_family = AF_UNIX;
  EXPECT_EQ(from_native(native).ss_family, NET_AF_UNSPEC);
  native.storage.ss_family = AF_INET6;
  native.size = sizeof(sockaddr_in);
  EXPECT_EQ(from_native(native).ss_family, NET_AF_UNSPEC);
}

}  // namespace
}  // namespace zsock::zephyr
