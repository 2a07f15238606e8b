#include "daemon/sockopt.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "daemon/congestion_names.h"
#include "daemon/outcome.h"
#include "daemon/sockopt_table.h"

namespace zsock::host {
namespace {

using For = OptionOf;
using Kind = OptionKind;

constexpr std::int64_t kMs = 1000;
constexpr std::uint32_t kMinReceive = 2304;  // conformance 1.10
constexpr std::uint32_t kMinSend = 4608;
constexpr std::size_t kInterface = 4;  // the address in ip_mreq, where the index is in none

/// A value of type T at the start of hostile bytes.
template <class T>
std::optional<T> load(ByteView bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value{};
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

std::uint32_t clamp32(std::int64_t value) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, kIntMax));
}

}  // namespace

const SocketOptionTable::Entry SocketOptionTable::kTable[] = {
    {SOL_SOCKET, SO_REUSEADDR, For::any, Kind::boolean, Option::reuse_address, 1, 0, 0},
    {SOL_SOCKET, SO_REUSEPORT, For::any, Kind::boolean, Option::reuse_port, 1, 0, 0},
    {SOL_SOCKET, SO_BROADCAST, For::any, Kind::boolean, Option::broadcast, 1, 0, 0},
    {SOL_SOCKET, SO_KEEPALIVE, For::any, Kind::boolean, Option::keep_alive, 1, 0, 0},
    {SOL_SOCKET, SO_OOBINLINE, For::any, Kind::boolean, Option::oob_inline, 1, 0, 0},
    {SOL_SOCKET, SO_LINGER, For::any, Kind::linger, Option::linger, 1, 0, 0},
    {SOL_SOCKET, SO_RCVBUF, For::any, Kind::receive_size, {}, 1, 0, 0},
    {SOL_SOCKET, SO_SNDBUF, For::any, Kind::send_size, {}, 1, 0, 0},
    {SOL_SOCKET, SO_MAX_PACING_RATE, For::any, Kind::rate, Option::pacing_limit, 1, 0, 0},
    {SOL_SOCKET, SO_PRIORITY, For::any, Kind::stored, {}, 1, 0, 6},
    {SOL_SOCKET, SO_BUSY_POLL, For::any, Kind::stored, {}, 1, 0, kIntMax},
    {SOL_SOCKET, SO_TIMESTAMP, For::udp, Kind::stored_flag, {}, 1, kIntMin, kIntMax},
    {SOL_SOCKET, SO_TIMESTAMPNS, For::udp, Kind::stored_flag, {}, 1, kIntMin, kIntMax},
    {SOL_SOCKET, SO_TYPE, For::any, Kind::read_only, {}, 1, 0, 0},
    {SOL_SOCKET, SO_DOMAIN, For::any, Kind::read_only, {}, 1, 0, 0},
    {SOL_SOCKET, SO_PROTOCOL, For::any, Kind::read_only, {}, 1, 0, 0},
    {SOL_SOCKET, SO_ACCEPTCONN, For::any, Kind::read_only, {}, 1, 0, 0},
    {SOL_SOCKET, SO_ERROR, For::any, Kind::read_only, {}, 1, 0, 0},

    {IPPROTO_TCP, TCP_NODELAY, For::tcp, Kind::boolean, Option::no_delay, 1, 0, 0},
    {IPPROTO_TCP, TCP_CORK, For::tcp, Kind::boolean, Option::cork, 1, 0, 0},
    {IPPROTO_TCP, TCP_MAXSEG, For::tcp, Kind::stack, Option::max_segment, 1, 0, 32767},
    {IPPROTO_TCP, TCP_KEEPIDLE, For::tcp, Kind::stack, Option::keepalive_idle, kSecond, 1, 32767},
    {IPPROTO_TCP, TCP_KEEPINTVL, For::tcp, Kind::stack, Option::keepalive_interval, kSecond, 1,
     32767},
    {IPPROTO_TCP, TCP_KEEPCNT, For::tcp, Kind::stack, Option::keepalive_probes, 1, 1, 127},
    {IPPROTO_TCP, TCP_SYNCNT, For::tcp, Kind::stack, Option::syn_retries, 1, 1, 127},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, For::tcp, Kind::stack, Option::user_timeout, kMs, 0, kIntMax},
    {IPPROTO_TCP, TCP_LINGER2, For::tcp, Kind::stack, Option::fin_wait_2, kSecond, kIntMin,
     kIntMax},
    {IPPROTO_TCP, TCP_QUICKACK, For::tcp, Kind::boolean, Option::quick_ack, 1, 0, 0},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, For::tcp, Kind::stack, Option::defer_accept, kSecond, kIntMin,
     kIntMax},
    {IPPROTO_TCP, TCP_FASTOPEN, For::tcp, Kind::stack, Option::fast_open_queue, 1, 0, kIntMax},
    {IPPROTO_TCP, TCP_FASTOPEN_CONNECT, For::tcp, Kind::stack, Option::fast_open_connect, 1, 0, 1},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT, For::tcp, Kind::stack, Option::unsent_limit, 1, kIntMin,
     kIntMax},
    {IPPROTO_TCP, TCP_CONGESTION, For::tcp, Kind::congestion, Option::congestion, 1, 0, 0},
    {IPPROTO_TCP, TCP_INFO, For::tcp, Kind::tcp_info, {}, 1, 0, 0},

    {IPPROTO_IP, IP_TTL, For::any, Kind::stack, Option::hop_limit, 1, -1, 255},
    {IPPROTO_IP, IP_TOS, For::any, Kind::stack, Option::traffic_class, 1, 0, 255},
    {IPPROTO_IP, IP_MULTICAST_TTL, For::udp, Kind::stack, Option::multicast_hop_limit, 1, -1, 255},
    {IPPROTO_IP, IP_MULTICAST_LOOP, For::udp, Kind::boolean, Option::multicast_loop, 1, 0, 0},
    {IPPROTO_IP, IP_RECVERR, For::any, Kind::boolean, Option::receive_error, 1, 0, 0},
    {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, For::any, Kind::stored_flag, {}, 1, kIntMin, kIntMax},
    {IPPROTO_IP, IP_MTU, For::any, Kind::read_only, {}, 1, 0, 0},
    {IPPROTO_IP, IP_MTU_DISCOVER, For::udp, Kind::stack, Option::mtu_discovery, 1, 0, 5},
    {IPPROTO_IP, IP_MULTICAST_IF, For::udp, Kind::multicast_interface, Option::multicast_interface,
     1, 0, kIntMax},
    {IPPROTO_IP, IP_MULTICAST_ALL, For::udp, Kind::stack, Option::multicast_all, 1, 0, 1},
    {IPPROTO_IP, IP_ADD_MEMBERSHIP, For::udp, Kind::membership, {}, 1, 0, 0},
    {IPPROTO_IP, IP_DROP_MEMBERSHIP, For::udp, Kind::membership, {}, 1, 0, 0},
    {IPPROTO_IP, IP_PKTINFO, For::udp, Kind::stored_flag, {}, 1, kIntMin, kIntMax},
    {IPPROTO_IP, IP_RECVTTL, For::udp, Kind::stored_flag, {}, 1, kIntMin, kIntMax},
    {IPPROTO_IP, IP_RECVTOS, For::udp, Kind::stored_flag, {}, 1, kIntMin, kIntMax},

    {IPPROTO_UDP, UDP_CORK, For::udp, Kind::stored_flag, {}, 1, kIntMin, kIntMax},
    {IPPROTO_UDP, UDP_GRO, For::udp, Kind::stored_flag, {}, 1, kIntMin, kIntMax},
    {IPPROTO_UDP, UDP_SEGMENT, For::udp, Kind::stored, {}, 1, 0, UINT16_MAX},

    {IPPROTO_IPV6, IPV6_V6ONLY, For::ipv6, Kind::boolean, Option::v6_only, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, For::ipv6, Kind::stack, Option::hop_limit, 1, -1, 255},
    {IPPROTO_IPV6, IPV6_TCLASS, For::ipv6, Kind::stack, Option::traffic_class, 1, -1, 255},
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS, For::ipv6, Kind::stack, Option::multicast_hop_limit, 1, -1,
     255},
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, For::ipv6, Kind::stack, Option::multicast_loop, 1, 0, 1},
    {IPPROTO_IPV6, IPV6_RECVERR, For::ipv6, Kind::boolean, Option::receive_error_v6, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_MTU, For::ipv6, Kind::read_only, {}, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_MTU_DISCOVER, For::ipv6, Kind::stack, Option::mtu_discovery_v6, 1, 0, 5},
    {IPPROTO_IPV6, IPV6_DONTFRAG, For::ipv6, Kind::boolean, Option::dont_fragment_v6, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_MULTICAST_IF, For::ipv6, Kind::stack, Option::multicast_interface_v6, 1, 0,
     kIntMax},
    {IPPROTO_IPV6, IPV6_MULTICAST_ALL, For::ipv6, Kind::boolean, Option::multicast_all_v6, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_JOIN_GROUP, For::ipv6, Kind::membership, {}, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_LEAVE_GROUP, For::ipv6, Kind::membership, {}, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, For::ipv6, Kind::stored_flag, {}, 1, kIntMin, kIntMax},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, For::ipv6, Kind::stored_flag, {}, 1, kIntMin, kIntMax},
    {IPPROTO_IPV6, IPV6_RECVTCLASS, For::ipv6, Kind::stored_flag, {}, 1, kIntMin, kIntMax},
};

/// Is there any option of this level for the socket?
bool SocketOptionTable::knows_level(const Socket& socket, int level) {
  switch (level) {
    case SOL_SOCKET:
    case IPPROTO_IP:
      return true;
    case IPPROTO_IPV6:
      return socket.family == wire::Family::ipv6;
    case IPPROTO_TCP:
      return socket.kind == SocketKind::tcp;
    case IPPROTO_UDP:
      return socket.kind == SocketKind::udp;
    default:
      return false;
  }
}

int SocketOptionTable::find(const Socket& socket, OptionName option, const Entry*& entry) {
  if (!knows_level(socket, option.level)) {
    return socket.family == wire::Family::ipv4 ? EOPNOTSUPP : ENOPROTOOPT;
  }
  const auto* found = std::ranges::find_if(
      kTable, [&](const Entry& e) { return e.level == option.level && e.name == option.name; });
  if (found == std::end(kTable)) return ENOPROTOOPT;
  const bool fits = found->whom == For::any ||
                    (found->whom == For::tcp && socket.kind == SocketKind::tcp) ||
                    (found->whom == For::udp && socket.kind != SocketKind::tcp) ||
                    (found->whom == For::ipv6 && socket.family == wire::Family::ipv6);
  entry = found;
  return fits ? 0 : ENOPROTOOPT;
}

// --- set ---------------------------------------------------------------------------------------

int SocketOptionTable::set(Socket& socket, OptionName option, ByteView value, Instant now) {
  const Entry* entry = nullptr;
  const int unknown = find(socket, option, entry);
  if (unknown == EOPNOTSUPP) return ENOPROTOOPT;  // Linux has two answers to an unknown level
  if (is_too_short(socket, option, value)) return EINVAL;
  if (unknown != 0) return unknown;
  switch (entry->kind) {
    case Kind::read_only:
    case Kind::tcp_info:
      return ENOPROTOOPT;
    case Kind::linger:
      return set_linger(socket, value, now);
    case Kind::rate:
      return set_rate(socket, value, now);
    case Kind::membership:
      return set_membership(socket, *entry, value, now);
    case Kind::multicast_interface:
      return set_multicast_interface(socket, value, now);
    case Kind::congestion:
      return set_congestion(socket, value, now);
    default:
      break;
  }
  if (const auto number = load<std::int32_t>(value)) {
    return set_number(socket, *entry, *number, now);
  }
  // Linux takes one octet for the options of IPv4 (ip(7)), and most times none for 0.
  if (entry->level != IPPROTO_IP) return EINVAL;
  const auto octet = load<std::uint8_t>(value);
  if (!octet && entry->name >= IP_MULTICAST_IF) return EINVAL;
  return set_number(socket, *entry, octet.value_or(0), now);
}

/// Where Linux looks at the size before it looks at the name.
bool SocketOptionTable::is_too_short(const Socket& socket, OptionName option, ByteView value) {
  const bool sized =
      option.level == SOL_SOCKET || option.level == IPPROTO_TCP || option.level == IPPROTO_UDP;
  const bool text = option.level == IPPROTO_TCP && option.name == TCP_CONGESTION;
  return sized && !text && knows_level(socket, option.level) && value.size() < sizeof(std::int32_t);
}

int SocketOptionTable::set_number(Socket& socket, const Entry& entry, std::int64_t number,
                                  Instant now) {
  const auto size = [number](std::uint32_t smallest, std::size_t largest) {
    const auto asked = static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0)) * 2;
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(asked, smallest, largest));
  };
  switch (entry.kind) {
    case Kind::receive_size:
      socket.receive_size = size(kMinReceive, context_.config.stack.tcp.max_receive_buffer);
      return 0;
    case Kind::send_size:
      socket.transmit_size = size(kMinSend, context_.config.stack.tcp.max_send_buffer);
      return 0;
    case Kind::boolean:
      return to_errno(context_.stack.set_option(socket.id, entry.option, number != 0 ? 1 : 0, now));
    default:
      break;
  }
  if (number < entry.min || number > entry.max) return EINVAL;
  if (socket.kind == SocketKind::tcp) {
    if (is_of_groups(entry)) return ENOPROTOOPT;
    // The ECN bits are TCP's own.
    if (entry.option == Option::traffic_class && number > 0) number &= ~std::int64_t{3};
  }
  if (const int refused = check_fast_open(socket, entry.option); refused != 0) return refused;
  if (entry.kind == Kind::stack) {
    return to_errno(context_.stack.set_option(socket.id, entry.option, number * entry.unit, now));
  }
  const auto index = static_cast<std::uint16_t>(&entry - kTable);
  if (entry.kind == Kind::stored_flag) number = number != 0 ? 1 : 0;
  std::erase_if(socket.stored, [index](const auto& pair) { return pair.first == index; });
  if (number != 0) exclude(socket, entry);
  socket.stored.emplace_back(index, static_cast<std::int32_t>(number));
  return 0;
}

/// Streams tell these and do not take them.
bool SocketOptionTable::is_of_groups(const Entry& entry) {
  return entry.level == IPPROTO_IPV6 &&
         (entry.name == IPV6_MULTICAST_IF || entry.name == IPV6_MULTICAST_HOPS);
}

/// SO_TIMESTAMP and SO_TIMESTAMPNS: one ends the other.
void SocketOptionTable::exclude(Socket& socket, const Entry& entry) {
  if (entry.level != SOL_SOCKET) return;
  if (entry.name != SO_TIMESTAMP && entry.name != SO_TIMESTAMPNS) return;
  std::erase_if(socket.stored, [](const auto& pair) {
    const Entry& other = kTable[pair.first];
    return other.level == SOL_SOCKET &&
           (other.name == SO_TIMESTAMP || other.name == SO_TIMESTAMPNS);
  });
}

int SocketOptionTable::set_linger(Socket& socket, ByteView value, Instant now) {
  const auto setting = load<linger>(value);
  if (!setting) return EINVAL;
  const std::int64_t time =
      setting->l_onoff == 0 ? -1 : std::max<std::int64_t>(setting->l_linger, 0) * kSecond;
  return to_errno(context_.stack.set_option(socket.id, Option::linger, time, now));
}

int SocketOptionTable::set_congestion(Socket& socket, ByteView value, Instant now) {
  if (value.empty()) return EINVAL;
  std::array<char, kCongestionSize> name{};  // Linux cuts, and needs no final zero
  std::memcpy(name.data(), value.data(), std::min(value.size(), name.size() - 1));
  const auto control = congestion_control(name.data());
  if (!control) return ENOENT;
  return to_errno(context_.stack.set_option(socket.id, Option::congestion,
                                            static_cast<std::int64_t>(*control), now));
}

int SocketOptionTable::set_membership(Socket& socket, const Entry& entry, ByteView value,
                                      Instant now) {
  wire::IpAddress group;
  InterfaceId interface;
  if (entry.level == IPPROTO_IPV6) {
    const auto request = load<ipv6_mreq>(value);
    if (!request) return EINVAL;
    group = wire::IpAddress::load(wire::Family::ipv6, value, 0);
    interface.value = request->ipv6mr_interface;
  } else {
    if (value.size() < sizeof(ip_mreq)) return EINVAL;
    group = wire::IpAddress::load(wire::Family::ipv4, value, 0);
    if (const auto request = load<ip_mreqn>(value)) {
      interface.value = clamp32(request->imr_ifindex);
    }
  }
  if (interface.value == 0 && entry.level == IPPROTO_IP) {
    const auto named = interface_of(wire::IpAddress::load(wire::Family::ipv4, value, kInterface));
    if (!named) return ENODEV;
    interface = *named;
  }
  const bool join =
      entry.name == (entry.level == IPPROTO_IPV6 ? IPV6_JOIN_GROUP : IP_ADD_MEMBERSHIP);
  return to_errno(join ? context_.stack.join(socket.id, group, interface, now)
                       : context_.stack.leave(socket.id, group, interface, now));
}

}  // namespace zsock::host
