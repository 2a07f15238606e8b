/// \file
/// Names: the C library's resolver would ask through the kernel's sockets, by calls that cannot be
/// intercepted. freeaddrinfo() stays the C library's: the lists have its form.

#include <netdb.h>

#include <cerrno>

#include "shim/next.h"
#include "shim/policy.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge

namespace {

/// Without zsockd, where that is allowed, the C library answers.
bool ask_kernel(int outcome) {
  return outcome == EAI_SYSTEM && errno == ENETDOWN && falls_back_to_kernel();
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  const int outcome = zs_getaddrinfo(node, service, hints, result);
  if (ask_kernel(outcome)) return next.getaddrinfo(node, service, hints, result);
  return traced("getaddrinfo", -1, outcome);
}

int getnameinfo(const sockaddr* address, socklen_t length, char* host, socklen_t host_size,
                char* service, socklen_t service_size, int flags) {
  const bool known = address != nullptr && length >= sizeof(sa_family_t) &&
                     (address->sa_family == AF_INET || address->sa_family == AF_INET6);
  if (!known) {
    return next.getnameinfo(address, length, host, host_size, service, service_size, flags);
  }
  return traced("getnameinfo", -1,
                zs_getnameinfo(address, length, host, host_size, service, service_size, flags));
}

}  // extern "C"
#pragma GCC visibility pop
