#include "libzsock/zephyr/options.h"

#include <algorithm>
#include <iterator>

namespace zsock::zephyr {
namespace {

// Numbers that <netinet/in.h> of this system does not have.
constexpr int kIpLocalPortRange = 51;

constexpr Option kOptions[] = {
    // level, name, the host's level and name, form, access
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_DEBUG, SOL_SOCKET, SO_DEBUG, Form::ignored, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_REUSEADDR, SOL_SOCKET, SO_REUSEADDR, Form::boolean, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_TYPE, SOL_SOCKET, SO_TYPE, Form::integer, Access::get},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_ERROR, SOL_SOCKET, SO_ERROR, Form::integer, Access::get},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_DONTROUTE, SOL_SOCKET, SO_DONTROUTE, Form::ignored, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_BROADCAST, SOL_SOCKET, SO_BROADCAST, Form::boolean, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_SNDBUF, SOL_SOCKET, SO_SNDBUF, Form::octets, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_RCVBUF, SOL_SOCKET, SO_RCVBUF, Form::octets, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE, Form::boolean, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_OOBINLINE, SOL_SOCKET, SO_OOBINLINE, Form::boolean, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_PRIORITY, SOL_SOCKET, SO_PRIORITY, Form::hint, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_LINGER, SOL_SOCKET, SO_LINGER, Form::linger, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_REUSEPORT, SOL_SOCKET, SO_REUSEPORT, Form::boolean, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_RCVLOWAT, SOL_SOCKET, SO_RCVLOWAT, Form::ignored, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_SNDLOWAT, SOL_SOCKET, SO_SNDLOWAT, Form::ignored, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_RCVTIMEO, SOL_SOCKET, SO_RCVTIMEO, Form::time, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_SNDTIMEO, SOL_SOCKET, SO_SNDTIMEO, Form::time, Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_BINDTODEVICE, SOL_SOCKET, SO_BINDTODEVICE, Form::device,
     Access::set},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_ACCEPTCONN, SOL_SOCKET, SO_ACCEPTCONN, Form::boolean, Access::get},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_TIMESTAMPING, SOL_SOCKET, SO_TIMESTAMPNS, Form::timestamps,
     Access::both},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_PROTOCOL, SOL_SOCKET, SO_PROTOCOL, Form::integer, Access::get},
    {ZSOCK_SOL_SOCKET, ZSOCK_SO_DOMAIN, SOL_SOCKET, SO_DOMAIN, Form::family, Access::get},

    {NET_IPPROTO_TCP, ZSOCK_TCP_NODELAY, IPPROTO_TCP, TCP_NODELAY, Form::boolean, Access::both},
    {NET_IPPROTO_TCP, ZSOCK_TCP_KEEPIDLE, IPPROTO_TCP, TCP_KEEPIDLE, Form::integer, Access::both},
    {NET_IPPROTO_TCP, ZSOCK_TCP_KEEPINTVL, IPPROTO_TCP, TCP_KEEPINTVL, Form::integer, Access::both},
    {NET_IPPROTO_TCP, ZSOCK_TCP_KEEPCNT, IPPROTO_TCP, TCP_KEEPCNT, Form::integer, Access::both},

    {NET_IPPROTO_IP, ZSOCK_IP_TOS, IPPROTO_IP, IP_TOS, Form::hint, Access::both},
    {NET_IPPROTO_IP, ZSOCK_IP_TTL, IPPROTO_IP, IP_TTL, Form::integer, Access::both},
    {NET_IPPROTO_IP, ZSOCK_IP_PKTINFO, IPPROTO_IP, IP_PKTINFO, Form::boolean, Access::both},
    {NET_IPPROTO_IP, ZSOCK_IP_RECVTTL, IPPROTO_IP, IP_RECVTTL, Form::boolean, Access::both},
    {NET_IPPROTO_IP, ZSOCK_IP_MTU, IPPROTO_IP, IP_MTU, Form::integer, Access::get},
    {NET_IPPROTO_IP, ZSOCK_IP_DONTFRAG, IPPROTO_IP, IP_MTU_DISCOVER, Form::dontfrag, Access::both},
    {NET_IPPROTO_IP, ZSOCK_IP_MULTICAST_IF, IPPROTO_IP, IP_MULTICAST_IF, Form::interface4,
     Access::both},
    {NET_IPPROTO_IP, ZSOCK_IP_MULTICAST_TTL, IPPROTO_IP, IP_MULTICAST_TTL, Form::integer,
     Access::both},
    {NET_IPPROTO_IP, ZSOCK_IP_MULTICAST_LOOP, IPPROTO_IP, IP_MULTICAST_LOOP, Form::boolean,
     Access::both},
    {NET_IPPROTO_IP, ZSOCK_IP_ADD_MEMBERSHIP, IPPROTO_IP, IP_ADD_MEMBERSHIP, Form::membership,
     Access::set},
    {NET_IPPROTO_IP, ZSOCK_IP_DROP_MEMBERSHIP, IPPROTO_IP, IP_DROP_MEMBERSHIP, Form::membership,
     Access::set},
    {NET_IPPROTO_IP, ZSOCK_IP_LOCAL_PORT_RANGE, IPPROTO_IP, kIpLocalPortRange, Form::integer,
     Access::both},

    {NET_IPPROTO_IPV6, ZSOCK_IPV6_UNICAST_HOPS, IPPROTO_IPV6, IPV6_UNICAST_HOPS, Form::integer,
     Access::both},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_MULTICAST_IF, IPPROTO_IPV6, IPV6_MULTICAST_IF, Form::integer,
     Access::both},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_MULTICAST_HOPS, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, Form::integer,
     Access::both},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_MULTICAST_LOOP, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, Form::boolean,
     Access::both},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_ADD_MEMBERSHIP, IPPROTO_IPV6, IPV6_JOIN_GROUP, Form::membership6,
     Access::set},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_DROP_MEMBERSHIP, IPPROTO_IPV6, IPV6_LEAVE_GROUP,
     Form::membership6, Access::set},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_MTU, IPPROTO_IPV6, IPV6_MTU, Form::integer, Access::both},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_DONTFRAG, IPPROTO_IPV6, IPV6_MTU_DISCOVER, Form::dontfrag,
     Access::both},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_V6ONLY, IPPROTO_IPV6, IPV6_V6ONLY, Form::boolean, Access::both},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_RECVPKTINFO, IPPROTO_IPV6, IPV6_RECVPKTINFO, Form::boolean,
     Access::both},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_RECVHOPLIMIT, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, Form::boolean,
     Access::both},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_TCLASS, IPPROTO_IPV6, IPV6_TCLASS, Form::hint, Access::both},
    {NET_IPPROTO_IPV6, ZSOCK_IPV6_ADDR_PREFERENCES, IPPROTO_IPV6, IPV6_ADDR_PREFERENCES, Form::hint,
     Access::both},
};

}  // namespace

const Option* find_option(int level, int name) {
  const auto* const found = std::ranges::find_if(
      kOptions, [&](const Option& option) { return option.level == level && option.name == name; });
  return found == std::end(kOptions) ? nullptr : found;
}

}  // namespace zsock::zephyr
