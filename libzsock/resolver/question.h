#pragma once
/// \file
/// What libzsock asks of its resolver, a library of its own (libzsock-resolver.so, with c-ares)
/// that is loaded when the first name is looked up. It reaches the network only through the calls
/// that come with the question, so it serves whatever object libzsock is a part of.

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace zsock::resolver {

inline constexpr std::size_t kMaxAddresses = 64;  ///< of one name; more are left out
inline constexpr std::size_t kMaxName = 256;      ///< RFC 1035 2.3.4, with a NUL

/// The socket calls, as in zsock/zsock.h.
struct Calls {
  int (*socket)(int domain, int type, int protocol);
  int (*close)(int fd);
  int (*connect)(int fd, const sockaddr* address, socklen_t length);
  ssize_t (*recvfrom)(int fd, void* data, std::size_t size, int flags, sockaddr* address,
                      socklen_t* length);
  ssize_t (*writev)(int fd, const iovec* pieces, int count);
  int (*poll)(pollfd* fds, nfds_t count, int timeout_ms);
};

/// Whom to ask, and for how long.
struct Manner {
  const char* servers = "";  ///< "192.0.2.53,[2001:db8::53]:5353"; "": only /etc/hosts
  const char* search = "";   ///< "example.org,example.net"
  int try_ms = 5000;         ///< until a server is asked again (RFC 7766, conformance DNS-3)
  int tries = 2;             ///< per server
  int limit_ms = -1;         ///< for everything; -1: none
};

struct Address {
  int family = AF_UNSPEC;  ///< AF_INET, AF_INET6
  std::uint32_t scope = 0;
  std::array<std::uint8_t, 16> octets{};  ///< network order; IPv4 in the first four
};

struct Findings {
  std::size_t count = 0;
  std::array<Address, kMaxAddresses> addresses{};
  std::array<char, kMaxName> canonical{};
};

extern "C" {
/// The addresses of a name. \param family  AF_UNSPEC: both
/// \return 0 or EAI_NONAME, EAI_NODATA, EAI_AGAIN, EAI_FAIL, EAI_MEMORY
using FindAddresses = int(const Calls* calls, const Manner* manner, const char* name, int family,
                          Findings* findings);
FindAddresses zsock_resolver_addresses;
/// The name of an address. \return as above
using FindName = int(const Calls* calls, const Manner* manner, const Address* address,
                     std::array<char, kMaxName>* name);
FindName zsock_resolver_name;
}

}  // namespace zsock::resolver
