#pragma once
/// \file
/// sockaddr_in and sockaddr_in6 at the edge, ipc::Address within.

#include <sys/socket.h>

#include "libzsock/ipc/messages.h"
#include "libzsock/socket.h"

namespace zsock::lib {

/// Which foreign families an address may have.
enum class FamilyRule {
  own,              ///< the socket's only
  ipv4_on_ipv6,     ///< also AF_INET on an IPv6 socket: becomes an IPv4-mapped address
  wildcard_unspec,  ///< also AF_UNSPEC with the wildcard address on an IPv4 socket (bind)
};

struct ParsedAddress {
  int error = 0;  ///< EFAULT, EINVAL (length), EAFNOSUPPORT, 0
  ipc::Address address{};
};

/// Reads the caller's address for this socket.
ParsedAddress parse_address(const Socket& socket, const sockaddr* address, socklen_t length,
                            FamilyRule rule);

/// Writes an address in the socket's own family (IPv4 on an IPv6 socket: mapped), cut to *length;
/// *length becomes the full size. Either pointer may be NULL: nothing is written.
/// \return 0 or EINVAL (negative length)
int store_address(const Socket& socket, const ipc::Address& from, sockaddr* to, socklen_t* length);

/// The octets 0…0:ffff:a.b.c.d of an IPv4 address.
std::array<std::uint8_t, 16> mapped(const std::array<std::uint8_t, 16>& ipv4);

}  // namespace zsock::lib
