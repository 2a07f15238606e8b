#pragma once
/// \file
/// Which addresses go through zsockd and which stay with the kernel (SHIM-1), and what becomes of a
/// socket when zsockd cannot be reached (SHIM-2). Read from the environment once, before main.
///
/// ZSOCK_ONLY and ZSOCK_EXCEPT are lists of rules, separated by commas:
///   192.0.2.0/24   2001:db8::/32   an address or network
///   :53   :8000-8099               a port or a range of ports
///   192.0.2.0/24:53   [2001:db8::/32]:53
/// With ZSOCK_ONLY, only what one of its rules matches goes through zsockd; without, everything
/// does. What a rule of ZSOCK_EXCEPT matches never does.

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "shim/shim.h"

namespace zsock::shim {

/// Reads the environment. A rule that cannot be read is told on standard error and ends the
/// program: it was meant to keep something out.
void read_policy(const Environment& environment);

/// True when some address might be the kernel's.
bool has_rules();

/// True: the kernel's socket is to be used for this address. Wildcards, and families other than
/// AF_INET and AF_INET6, match no rule with an address.
bool kernel_serves(const sockaddr* address, socklen_t length);

/// ZSOCK_FALLBACK=kernel.
bool falls_back_to_kernel();

/// An option that programs set before they bind or connect.
struct EarlyOption {
  int level;
  int name;
};
inline constexpr std::array kEarlyOptions{
    EarlyOption{SOL_SOCKET, SO_REUSEADDR},  EarlyOption{SOL_SOCKET, SO_REUSEPORT},
    EarlyOption{SOL_SOCKET, SO_KEEPALIVE},  EarlyOption{SOL_SOCKET, SO_BROADCAST},
    EarlyOption{SOL_SOCKET, SO_LINGER},     EarlyOption{SOL_SOCKET, SO_RCVTIMEO},
    EarlyOption{SOL_SOCKET, SO_SNDTIMEO},   EarlyOption{IPPROTO_TCP, TCP_NODELAY},
    EarlyOption{IPPROTO_IPV6, IPV6_V6ONLY},
};

/// The socket that takes another's place gets what has been set on that one.
/// \param get  getsockopt() of the one that is replaced, without the descriptor: 0 when it could be
/// read. \param set  setsockopt() of the new one, likewise
template <class Get, class Set>
void carry_options(const Get& get, const Set& set) {
  for (const EarlyOption& option : kEarlyOptions) {
    alignas(8) std::array<std::byte, 32> value{};
    socklen_t length = value.size();
    if (get(option.level, option.name, value.data(), &length) == 0) {
      set(option.level, option.name, value.data(), length);
    }
  }
}

/// What a question about a name came to: does the C library answer instead?
inline bool kernel_resolves(int outcome) {
  return outcome == EAI_SYSTEM && errno == ENETDOWN && falls_back_to_kernel();
}

}  // namespace zsock::shim
