/// \file
/// Which interface datagrams to groups leave by: IP_MULTICAST_IF (ip(7)).

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "daemon/sockopt.h"

namespace zsock::host {
namespace {

constexpr std::size_t kInterface = 4;  // the address in ip_mreq, where no index is

}  // namespace

/// The interface that has an address; none is meant by the wildcard. Nothing: nobody has it.
std::optional<InterfaceId> SocketOptionTable::interface_of(const wire::IpAddress& address) const {
  if (address.is_unspecified()) return InterfaceId{};
  for (const net::Ip::AddressInfo& info : context_.stack.addresses()) {
    if (info.address.address == address) return info.interface;
  }
  return std::nullopt;
}

/// in_addr, ip_mreq or ip_mreqn (ip(7)).
int SocketOptionTable::set_multicast_interface(Socket& socket, ByteView value, Instant now) {
  if (value.size() < sizeof(in_addr)) return EINVAL;
  InterfaceId interface;
  if (value.size() >= sizeof(ip_mreqn)) {
    ip_mreqn request{};
    std::memcpy(&request, value.data(), sizeof request);
    interface.value = static_cast<std::uint32_t>(std::max(request.imr_ifindex, 0));
  }
  if (interface.value == 0) {
    const std::size_t place = value.size() < sizeof(ip_mreq) ? 0 : kInterface;
    const auto named = interface_of(wire::IpAddress::load(wire::Family::ipv4, value, place));
    if (!named) return EADDRNOTAVAIL;
    interface = *named;
  }
  const auto set =
      context_.stack.set_option(socket.id, Option::multicast_interface, interface.value, now);
  return set ? 0 : EADDRNOTAVAIL;
}

/// The address of the interface, as Linux tells it.
OptionValue SocketOptionTable::get_multicast_interface(const Socket& socket) const {
  const auto index = context_.stack.get_option(socket.id, Option::multicast_interface);
  OptionValue value{.size = sizeof(in_addr)};
  if (!index || *index == 0) return value;
  for (const net::Ip::AddressInfo& info : context_.stack.addresses()) {
    if (info.interface.value != *index || !info.address.address.is_v4()) continue;
    std::memcpy(value.octets.data(), info.address.address.octets().data(), sizeof(in_addr));
    break;
  }
  return value;
}

}  // namespace zsock::host
