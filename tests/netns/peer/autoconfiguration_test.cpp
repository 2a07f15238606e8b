// zsockd takes its IPv6 address from a router that the kernel's side plays.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "tests/netns/peer/testbed.h"
#include "zsock/zsock.h"

namespace zsock::testing {
namespace {

struct Advertisement {
  nd_router_advert router{};
  nd_opt_prefix_info prefix{};
};

/// One Router Advertisement for 2001:db8:5::/64 from the kernel's link-local address.
void advertise() {
  const int fd = ::socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
  ASSERT_GE(fd, 0) << strerror(errno);
  const int hops = 255;
  const int interface = static_cast<int>(::if_nametoindex("zs0"));
  ::setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
  ::setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface, sizeof interface);
  Advertisement said;
  said.router.nd_ra_type = ND_ROUTER_ADVERT;
  said.router.nd_ra_router_lifetime = htons(1800);
  said.prefix.nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION;
  said.prefix.nd_opt_pi_len = 4;
  said.prefix.nd_opt_pi_prefix_len = 64;
  said.prefix.nd_opt_pi_flags_reserved = ND_OPT_PI_FLAG_ONLINK | ND_OPT_PI_FLAG_AUTO;
  said.prefix.nd_opt_pi_valid_time = htonl(7200);
  said.prefix.nd_opt_pi_preferred_time = htonl(7200);
  ::inet_pton(AF_INET6, "2001:db8:5::", &said.prefix.nd_opt_pi_prefix);
  sockaddr_in6 all{};
  all.sin6_family = AF_INET6;
  ::inet_pton(AF_INET6, "ff02::1", &all.sin6_addr);
  all.sin6_scope_id = static_cast<std::uint32_t>(interface);
  static_cast<void>(
      ::sendto(fd, &said, sizeof said, 0, reinterpret_cast<const sockaddr*>(&all), sizeof all));
  ::close(fd);
}

/// The address zsockd would speak from to 2001:db8:5::2; empty: none.
std::string source() {
  const int fd = zs_socket(AF_INET6, SOCK_DGRAM, 0);
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(9);
  ::inet_pton(AF_INET6, "2001:db8:5::2", &address.sin6_addr);
  std::string text;
  socklen_t length = sizeof address;
  if (zs_connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      zs_getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    char buffer[INET6_ADDRSTRLEN] = "";
    text = ::inet_ntop(AF_INET6, &address.sin6_addr, buffer, sizeof buffer);
  }
  zs_close(fd);
  return text;
}

// req: SLA-1, ND-5
TEST(Autoconfiguration, FollowsTheRouter) {
  if (!Testbed::possible()) GTEST_SKIP() << "needs a network namespace: scripts/lib/in_namespace";
  const Testbed testbed({"--address", "auto"});
  ASSERT_EQ(shell("ip addr add 2001:db8:5::2/64 dev zs0 nodad"), 0);
  std::string address;
  for (int i = 0; i < 40 && address.rfind("2001:db8:5:", 0) != 0; ++i) {
    advertise();
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    address = source();
  }
  ASSERT_EQ(address.rfind("2001:db8:5:", 0), 0U) << address;
  EXPECT_EQ(shell("ping -6 -c1 -W5 " + address + " >/dev/null"), 0);
}

}  // namespace
}  // namespace zsock::testing
