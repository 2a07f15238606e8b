#include "daemon/sockopt.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <span>

#include "daemon/congestion_names.h"
#include "daemon/outcome.h"
#include "daemon/tcp_info.h"
#include "libzsock/ipc/errors.h"

namespace zsock::host {
namespace {

constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kIntMin = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kSecond = 1'000'000;  // microseconds
constexpr std::int64_t kMs = 1000;
constexpr std::uint32_t kMinReceive = 2304;  // conformance 1.10
constexpr std::uint32_t kMinSend = 4608;
constexpr std::size_t kInterface = 4;        // the address in ip_mreq, where the index is in none
constexpr std::size_t kCongestionSize = 16;  // TCP_CA_NAME_MAX

enum class Kind : std::uint8_t {
  stack,      ///< an integer of the stack's, times a unit
  boolean,    ///< nonzero is on
  stored,     ///< kept for the library
  read_only,  ///< a fact
  receive_size,
  send_size,
  rate,  ///< octets per second: 32 or 64 bits, all ones: none
  linger,
  membership,
  multicast_interface,  ///< by index or address
  congestion,
  tcp_info,
};

enum class For : std::uint8_t { any, tcp, udp, ipv6 };

/// A value of type T at the start of hostile bytes.
template <class T>
std::optional<T> load(ByteView bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value{};
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

template <class T>
OptionValue value_of(const T& value) {
  static_assert(sizeof(T) <= ipc::kMaxValue);
  OptionValue out;
  out.size = sizeof(T);
  std::memcpy(out.octets.data(), &value, sizeof(T));
  return out;
}

OptionValue failure(int error) {
  OptionValue out;
  out.error = error;
  return out;
}

std::uint32_t clamp32(std::int64_t value) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 0, kIntMax));
}

}  // namespace

struct SocketOptionTable::Entry {
  int level;
  int name;
  For whom;
  Kind kind;
  Option option;      ///< of the stack, for kinds stack and boolean
  std::int64_t unit;  ///< stack's value per one of Linux's
  std::int64_t min;
  std::int64_t max;
};

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
    {SOL_SOCKET, SO_TIMESTAMP, For::udp, Kind::stored, {}, 1, kIntMin, kIntMax},
    {SOL_SOCKET, SO_TIMESTAMPNS, For::udp, Kind::stored, {}, 1, kIntMin, kIntMax},
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
    {IPPROTO_IP, IP_MTU, For::any, Kind::read_only, {}, 1, 0, 0},
    {IPPROTO_IP, IP_MTU_DISCOVER, For::udp, Kind::stack, Option::mtu_discovery, 1, 0, 5},
    {IPPROTO_IP, IP_MULTICAST_IF, For::udp, Kind::multicast_interface, Option::multicast_interface,
     1, 0, kIntMax},
    {IPPROTO_IP, IP_MULTICAST_ALL, For::udp, Kind::boolean, Option::multicast_all, 1, 0, 0},
    {IPPROTO_IP, IP_ADD_MEMBERSHIP, For::udp, Kind::membership, {}, 1, 0, 0},
    {IPPROTO_IP, IP_DROP_MEMBERSHIP, For::udp, Kind::membership, {}, 1, 0, 0},
    {IPPROTO_IP, IP_PKTINFO, For::udp, Kind::stored, {}, 1, kIntMin, kIntMax},
    {IPPROTO_IP, IP_RECVTTL, For::udp, Kind::stored, {}, 1, kIntMin, kIntMax},
    {IPPROTO_IP, IP_RECVTOS, For::udp, Kind::stored, {}, 1, kIntMin, kIntMax},

    {IPPROTO_UDP, UDP_CORK, For::udp, Kind::stored, {}, 1, kIntMin, kIntMax},
    {IPPROTO_UDP, UDP_SEGMENT, For::udp, Kind::stored, {}, 1, 0, UINT16_MAX},

    {IPPROTO_IPV6, IPV6_V6ONLY, For::ipv6, Kind::boolean, Option::v6_only, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, For::ipv6, Kind::stack, Option::hop_limit, 1, -1, 255},
    {IPPROTO_IPV6, IPV6_TCLASS, For::ipv6, Kind::stack, Option::traffic_class, 1, -1, 255},
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS, For::ipv6, Kind::stack, Option::multicast_hop_limit, 1, -1,
     255},
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, For::ipv6, Kind::boolean, Option::multicast_loop, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_RECVERR, For::ipv6, Kind::boolean, Option::receive_error_v6, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_MTU, For::ipv6, Kind::read_only, {}, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_MTU_DISCOVER, For::ipv6, Kind::stack, Option::mtu_discovery_v6, 1, 0, 5},
    {IPPROTO_IPV6, IPV6_MULTICAST_IF, For::ipv6, Kind::stack, Option::multicast_interface_v6, 1, 0,
     kIntMax},
    {IPPROTO_IPV6, IPV6_MULTICAST_ALL, For::ipv6, Kind::boolean, Option::multicast_all_v6, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_JOIN_GROUP, For::ipv6, Kind::membership, {}, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_LEAVE_GROUP, For::ipv6, Kind::membership, {}, 1, 0, 0},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO, For::ipv6, Kind::stored, {}, 1, kIntMin, kIntMax},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, For::ipv6, Kind::stored, {}, 1, kIntMin, kIntMax},
    {IPPROTO_IPV6, IPV6_RECVTCLASS, For::ipv6, Kind::stored, {}, 1, kIntMin, kIntMax},
};

int SocketOptionTable::find(const Socket& socket, OptionName option, const Entry*& entry) {
  const auto known_level = [&](const Entry& e) { return e.level == option.level; };
  if (std::ranges::none_of(kTable, known_level)) return EOPNOTSUPP;
  const auto* found = std::ranges::find_if(
      kTable, [&](const Entry& e) { return e.level == option.level && e.name == option.name; });
  if (found == std::end(kTable)) return ENOPROTOOPT;
  if (option.level == IPPROTO_UDP && socket.kind != SocketKind::udp) return ENOPROTOOPT;
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
  if (const int error = find(socket, option, entry); error != 0) {
    return error == EOPNOTSUPP ? ENOPROTOOPT : error;  // Linux has two answers to an unknown level
  }
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
  // Linux takes one octet for the options of IPv4 (ip(7)).
  const auto octet = load<std::uint8_t>(value);
  if (!octet || entry->level != IPPROTO_IP) return EINVAL;
  return set_number(socket, *entry, *octet, now);
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
  if (const int refused = check_fast_open(socket, entry.option); refused != 0) return refused;
  if (entry.kind == Kind::stack) {
    return to_errno(context_.stack.set_option(socket.id, entry.option, number * entry.unit, now));
  }
  const auto index = static_cast<std::uint16_t>(&entry - kTable);
  std::erase_if(socket.stored, [index](const auto& pair) { return pair.first == index; });
  if (number != 0) exclude(socket, entry);
  socket.stored.emplace_back(index, static_cast<std::int32_t>(number));
  return 0;
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

// --- get ---------------------------------------------------------------------------------------

OptionValue SocketOptionTable::get(Client& client, Socket& socket, OptionName option, Instant now) {
  const Entry* entry = nullptr;
  if (const int error = find(socket, option, entry); error != 0) return failure(error);
  switch (entry->kind) {
    case Kind::linger:
      return get_linger(socket);
    case Kind::tcp_info:
      return get_tcp_info(socket, now);
    case Kind::congestion:
      return get_congestion(socket);
    case Kind::rate: {
      const auto rate = context_.stack.get_option(socket.id, entry->option);
      return rate ? value_of(*rate) : failure(ipc::to_errno(rate.error()));
    }
    case Kind::membership:
      return failure(ENOPROTOOPT);
    case Kind::multicast_interface:
      return get_multicast_interface(socket);
    default:
      return get_number(client, socket, *entry, now);
  }
}

OptionValue SocketOptionTable::get_number(Client& client, Socket& socket, const Entry& entry,
                                          Instant now) {
  Result<std::int64_t, SockError> number{0};
  switch (entry.kind) {
    case Kind::stack:
    case Kind::boolean:
      number = from_stack(socket, entry);
      break;
    case Kind::receive_size:
    case Kind::send_size:
      number = buffer_size(socket, entry);
      break;
    case Kind::stored:
      number = stored(socket, entry);
      break;
    default:
      if (entry.level == SOL_SOCKET) {
        number = fact(client, socket, entry);
      } else {  // IP_MTU, IPV6_MTU
        const auto mtu = context_.stack.path_mtu(socket.id, now);
        if (!mtu) return failure(ipc::to_errno(mtu.error()));
        number = *mtu;
      }
  }
  if (!number) return failure(ipc::to_errno(number.error()));
  return value_of(static_cast<std::int32_t>(std::clamp(*number, kIntMin, kIntMax)));
}

Result<std::int64_t, SockError> SocketOptionTable::from_stack(const Socket& socket,
                                                              const Entry& entry) const {
  const auto value = context_.stack.get_option(socket.id, entry.option);
  if (!value) return value;
  if (entry.option == Option::hop_limit && *value <= 0) {
    return context_.config.stack.net.default_ttl;
  }
  return *value < 0 ? *value : *value / entry.unit;
}

std::int64_t SocketOptionTable::buffer_size(const Socket& socket, const Entry& entry) const {
  const bool tcp = socket.kind == SocketKind::tcp;
  const StackConfig& config = context_.config.stack;
  if (entry.kind == Kind::receive_size) {
    if (socket.receive_size != 0) return socket.receive_size;
    if (socket.rings) return static_cast<std::int64_t>(socket.rings->first.memory.size());
    return static_cast<std::int64_t>(tcp ? config.tcp.receive_buffer : config.udp.receive_buffer);
  }
  if (socket.transmit_size != 0) return socket.transmit_size;
  if (socket.rings) return static_cast<std::int64_t>(socket.rings->second.memory.size());
  return static_cast<std::int64_t>(tcp ? config.tcp.send_buffer : config.udp.send_buffer);
}

std::int64_t SocketOptionTable::stored(const Socket& socket, const Entry& entry) {
  const auto index = static_cast<std::uint16_t>(&entry - kTable);
  for (const auto& [stored_index, value] : socket.stored) {
    if (stored_index == index) return value;
  }
  return 0;
}

std::int64_t SocketOptionTable::fact(Client& client, const Socket& socket,
                                     const Entry& entry) const {
  const bool tcp = socket.kind == SocketKind::tcp;
  switch (entry.name) {
    case SO_TYPE:
      return tcp ? SOCK_STREAM : SOCK_DGRAM;
    case SO_DOMAIN:
      return socket.family == wire::Family::ipv4 ? AF_INET : AF_INET6;
    case SO_PROTOCOL:
      if (socket.kind != SocketKind::ping) return tcp ? IPPROTO_TCP : IPPROTO_UDP;
      return socket.family == wire::Family::ipv4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
    case SO_ACCEPTCONN:
      return socket.listening ? 1 : 0;
    default:
      return pending_error(client, socket);
  }
}

/// The library marks errors as told by itself, all but soft ones.
std::int64_t SocketOptionTable::pending_error(Client& client, const Socket& socket) const {
  const bool told = client.arena.app(socket.slot).error_seen.snapshot() == socket.errors;
  return ipc::to_errno(told ? context_.stack.take_soft_error(socket.id) : socket.last_error);
}

OptionValue SocketOptionTable::get_linger(const Socket& socket) const {
  const auto time = context_.stack.get_option(socket.id, Option::linger);
  if (!time) return failure(ipc::to_errno(time.error()));
  linger setting{};
  setting.l_onoff = *time < 0 ? 0 : 1;
  setting.l_linger = *time < 0 ? 0 : static_cast<int>(std::min(*time / kSecond, kIntMax));
  return value_of(setting);
}

OptionValue SocketOptionTable::get_congestion(const Socket& socket) const {
  const auto control = context_.stack.get_option(socket.id, Option::congestion);
  if (!control) return failure(ipc::to_errno(control.error()));
  std::array<char, kCongestionSize> name{};
  const auto text = congestion_name(static_cast<tcp::CongestionControl>(*control));
  std::ranges::copy(text, name.begin());
  return value_of(name);
}

OptionValue SocketOptionTable::get_tcp_info(const Socket& socket, Instant now) const {
  const auto info = context_.stack.info(socket.id);
  if (!info) {
    return value_of(
        linux_tcp_info(socket.listening ? Unconnected::listening : Unconnected::closed));
  }
  const auto mtu = context_.stack.path_mtu(socket.id, now);
  return value_of(linux_tcp_info(*info, mtu ? *mtu : std::uint16_t{0}, now));
}

}  // namespace zsock::host
