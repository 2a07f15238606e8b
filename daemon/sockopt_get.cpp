/// \file
/// Socket options as getsockopt() tells them.

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "daemon/congestion_names.h"
#include "daemon/sockopt_table.h"
#include "daemon/tcp_info.h"
#include "libzsock/ipc/errors.h"

namespace zsock::host {
namespace {

using Kind = OptionKind;

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

}  // namespace

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
    case Kind::stored_flag:
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
