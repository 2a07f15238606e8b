/// \file
/// Groups of the interface: the members are two sockets of the library's, one for each family.

#include <cstring>
#include <mutex>

#include "libzsock/zephyr/native.h"

#include <zephyr/net/igmp.h>
#include <zephyr/net/mld.h>

namespace zsock::zephyr {
namespace {

class Member {
 public:
  Member(int family, int level) : family_(family), level_(level) {}

  /// \param refusal  what the host says of a group that is joined already, or that is not
  int change(int option, const void* group, socklen_t size, int refusal, int said) {
    const std::lock_guard lock(mutex_);
    int error = set(option, group, size);
    if (error == ENETDOWN && socket_ >= 0) {  // zsockd went away: with it all groups
      zs_close(socket_);
      socket_ = -1;
      error = set(option, group, size);
    }
    return error == refusal ? -said : -error;
  }

 private:
  int set(int option, const void* group, socklen_t size) {
    if (socket_ < 0) socket_ = zs_socket(family_, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return socket_ >= 0 && zs_setsockopt(socket_, level_, option, group, size) == 0 ? 0 : errno;
  }

  std::mutex mutex_;
  int family_;
  int level_;
  int socket_ = -1;
};

Member& member4() {
  static Member& instance = *new Member(AF_INET, IPPROTO_IP);
  return instance;
}
Member& member6() {
  static Member& instance = *new Member(AF_INET6, IPPROTO_IPV6);
  return instance;
}

ip_mreqn request(const net_in_addr& group) {
  ip_mreqn request{};
  request.imr_multiaddr.s_addr = group.s_addr;
  return request;
}

ipv6_mreq request(const net_in6_addr& group) {
  ipv6_mreq request{};
  std::memcpy(&request.ipv6mr_multiaddr, &group, sizeof request.ipv6mr_multiaddr);
  return request;
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int net_ipv6_mld_join(net_if*, const net_in6_addr* addr) {
  const ipv6_mreq group = request(*addr);
  return member6().change(IPV6_JOIN_GROUP, &group, sizeof group, EADDRINUSE, EALREADY);
}

int net_ipv6_mld_leave(net_if*, const net_in6_addr* addr) {
  const ipv6_mreq group = request(*addr);
  return member6().change(IPV6_LEAVE_GROUP, &group, sizeof group, EADDRNOTAVAIL, EINVAL);
}

int(net_ipv4_igmp_join)(net_if*, const net_in_addr* addr, const igmp_param*) {
  const ip_mreqn group = request(*addr);
  return member4().change(IP_ADD_MEMBERSHIP, &group, sizeof group, EADDRINUSE, EALREADY);
}

int net_ipv4_igmp_leave(net_if*, const net_in_addr* addr) {
  const ip_mreqn group = request(*addr);
  return member4().change(IP_DROP_MEMBERSHIP, &group, sizeof group, EADDRNOTAVAIL, EINVAL);
}
