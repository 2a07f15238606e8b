/// \file
/// zs_getnameinfo(): addresses to text, as glibc's getnameinfo() does it (RFC 3493 6.2).

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>

#include <cstdio>
#include <cstring>

#include "libzsock/resolve.h"
#include "zsock/zsock.h"

namespace zsock::lib {
namespace {

constexpr int kKnownFlags = NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN | NI_NAMEREQD | NI_DGRAM;

struct Name {
  resolver::Address address{};
  in_port_t port = 0;  ///< network order
};

/// \return 0 or EAI_FAMILY
int read_name(const sockaddr* from, socklen_t length, Name& name) {
  if (from == nullptr || length < sizeof(sa_family_t)) return EAI_FAMILY;
  name.address.family = from->sa_family;
  if (from->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, from, sizeof ipv4);
    std::memcpy(name.address.octets.data(), &ipv4.sin_addr, sizeof ipv4.sin_addr);
    name.port = ipv4.sin_port;
    return 0;
  }
  if (from->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, from, sizeof ipv6);
    std::memcpy(name.address.octets.data(), &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
    name.address.scope = ipv6.sin6_scope_id;
    name.port = ipv6.sin6_port;
    return 0;
  }
  return EAI_FAMILY;
}

/// \return 0 or EAI_OVERFLOW
int give(const char* text, char* to, socklen_t size) {
  if (std::strlen(text) >= size) return EAI_OVERFLOW;
  std::strcpy(to, text);
  return 0;
}

int give_numeric_host(const resolver::Address& address, char* host, socklen_t size) {
  std::array<char, INET6_ADDRSTRLEN + 16> text{};
  ::inet_ntop(address.family, address.octets.data(), text.data(), INET6_ADDRSTRLEN);
  if (address.scope != 0) {
    const std::size_t used = std::strlen(text.data());
    std::snprintf(text.data() + used, text.size() - used, "%%%u", address.scope);
  }
  return give(text.data(), host, size);
}

int give_host(const resolver::Address& address, char* host, socklen_t size, int flags) {
  if ((flags & NI_NUMERICHOST) != 0) {
    return (flags & NI_NAMEREQD) != 0 ? EAI_NONAME : give_numeric_host(address, host, size);
  }
  std::array<char, resolver::kMaxName> name{};
  const int error = find_name(address, name);
  if (error == EAI_MEMORY) return error;
  if (error != 0) {
    return (flags & NI_NAMEREQD) != 0 ? EAI_NONAME : give_numeric_host(address, host, size);
  }
  if ((flags & NI_NOFQDN) != 0) {
    if (char* dot = std::strchr(name.data(), '.')) *dot = '\0';
  }
  return give(name.data(), host, size);
}

int give_service(in_port_t port, char* service, socklen_t size, int flags) {
  servent entry{};
  servent* found = nullptr;
  std::array<char, 1024> buffer{};
  if ((flags & NI_NUMERICSERV) == 0) {
    const char* protocol = (flags & NI_DGRAM) != 0 ? "udp" : "tcp";
    ::getservbyport_r(port, protocol, &entry, buffer.data(), buffer.size(), &found);
  }
  if (found != nullptr) return give(found->s_name, service, size);
  std::array<char, 8> number{};
  std::snprintf(number.data(), number.size(), "%u", static_cast<unsigned>(ntohs(port)));
  return give(number.data(), service, size);
}

}  // namespace
}  // namespace zsock::lib

int zs_getnameinfo(const sockaddr* address, socklen_t length, char* host, socklen_t host_size,
                   char* service, socklen_t service_size, int flags) {
  using namespace zsock::lib;
  if ((flags & ~kKnownFlags) != 0) return EAI_BADFLAGS;
  Name name;
  const int error = read_name(address, length, name);
  if (error != 0) return error;
  const bool wants_host = host != nullptr && host_size > 0;
  const bool wants_service = service != nullptr && service_size > 0;
  if (!wants_host && !wants_service) return EAI_NONAME;
  const int host_error = wants_host ? give_host(name.address, host, host_size, flags) : 0;
  if (host_error != 0) return host_error;
  return wants_service ? give_service(name.port, service, service_size, flags) : 0;
}

const char* zs_gai_strerror(int code) {
  return ::gai_strerror(code);
}
