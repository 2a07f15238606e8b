/// \file
/// Names: the C library's resolver would ask through the kernel's sockets, by calls that cannot be
/// intercepted. freeaddrinfo() stays the C library's: the lists have its form.

#include <netdb.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "shim/interfaces.h"
#include "shim/next.h"
#include "shim/policy.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge

namespace {

/// "fe80::1%zs0" with the interface's number, which is what the library takes.
class Scoped {
 public:
  explicit Scoped(const char* node) : node_(node) {
    const char* const sign = node == nullptr ? nullptr : std::strchr(node, '%');
    if (sign == nullptr || static_cast<std::size_t>(sign - node) >= INET6_ADDRSTRLEN) return;
    Interfaces interfaces;
    if (read_interfaces(interfaces) != 0) return;
    const Interface* const interface = interfaces.named(sign + 1);
    if (interface == nullptr) return;
    std::snprintf(text_.data(), text_.size(), "%.*s%%%u", static_cast<int>(sign - node), node,
                  interface->index);
    node_ = text_.data();
  }
  Scoped(const Scoped&) = delete;
  Scoped& operator=(const Scoped&) = delete;
  [[nodiscard]] const char* node() const { return node_; }

 private:
  const char* node_;
  std::array<char, INET6_ADDRSTRLEN + 16> text_{};
};

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  const int outcome = zs_getaddrinfo(Scoped(node).node(), service, hints, result);
  if (kernel_resolves(outcome)) return next.getaddrinfo(node, service, hints, result);
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
