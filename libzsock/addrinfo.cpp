/// \file
/// zs_getaddrinfo(): names and services as glibc's getaddrinfo() takes them (RFC 3493 6.1).

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>

#include "libzsock/address.h"
#include "libzsock/address_order.h"
#include "libzsock/resolve.h"
#include "zsock/zsock.h"

namespace zsock::lib {
namespace {

using resolver::Findings;

/// Names are taken as they are: AI_IDN and AI_CANONIDN change nothing for those of ASCII.
constexpr int kKnownFlags = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_V4MAPPED | AI_ALL |
                            AI_ADDRCONFIG | AI_NUMERICSERV | AI_IDN | AI_CANONIDN;

/// What one address is told as: once per kind of socket that was asked for.
struct Kind {
  int socktype;
  int protocol;
  const char* name;  ///< in /etc/services; nullptr: has no services
  int port = -1;     ///< network order; -1: not this kind
};
using Kinds = std::array<Kind, 3>;

constexpr Kinds kKinds{{{SOCK_STREAM, IPPROTO_TCP, "tcp"},
                        {SOCK_DGRAM, IPPROTO_UDP, "udp"},
                        {SOCK_RAW, IPPROTO_IP, nullptr}}};

/// \return 0 or an EAI_* code
int check_hints(const char* node, const char* service, const addrinfo& hints) {
  if (node == nullptr && service == nullptr) return EAI_NONAME;
  if ((hints.ai_flags & ~kKnownFlags) != 0) return EAI_BADFLAGS;
  if ((hints.ai_flags & AI_CANONNAME) != 0 && node == nullptr) return EAI_BADFLAGS;
  const int family = hints.ai_family;
  return family == AF_UNSPEC || family == AF_INET || family == AF_INET6 ? 0 : EAI_FAMILY;
}

bool asked_for(const Kind& kind, const addrinfo& hints) {
  const bool type = hints.ai_socktype == 0 || hints.ai_socktype == kind.socktype;
  const bool any_protocol = hints.ai_protocol == 0 || kind.socktype == SOCK_RAW;
  return type && (any_protocol || hints.ai_protocol == kind.protocol);
}

std::optional<std::uint16_t> read_port(const char* service) {
  std::uint16_t port = 0;
  const char* end = service + std::strlen(service);
  const auto [rest, error] = std::from_chars(service, end, port);
  if (error != std::errc{} || rest != end || service == end) return std::nullopt;
  return port;
}

int port_of_service(const char* service, const Kind& kind) {
  if (kind.name == nullptr) return -1;
  servent entry{};
  servent* found = nullptr;
  std::array<char, 1024> buffer{};
  ::getservbyname_r(service, kind.name, &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? -1 : found->s_port;
}

/// Which kinds are told, on which port. \return 0 or an EAI_* code
int choose_kinds(const char* service, const addrinfo& hints, Kinds& kinds) {
  kinds = kKinds;
  const auto number = service == nullptr ? std::optional<std::uint16_t>(0) : read_port(service);
  if (!number && (hints.ai_flags & AI_NUMERICSERV) != 0) return EAI_NONAME;
  bool any_kind = false;
  bool any_port = false;
  for (Kind& kind : kinds) {
    if (!asked_for(kind, hints)) continue;
    any_kind = true;
    kind.port = number ? htons(*number) : port_of_service(service, kind);
    any_port = any_port || kind.port >= 0;
  }
  if (!any_kind) return hints.ai_socktype != 0 ? EAI_SOCKTYPE : EAI_SERVICE;
  return any_port ? 0 : EAI_SERVICE;
}

void add(Findings& findings, int family, const void* octets) {
  resolver::Address& address = findings.addresses[findings.count++];
  address.family = family;
  std::memcpy(address.octets.data(), octets, family == AF_INET ? 4 : 16);
}

void own_addresses(const addrinfo& hints, Findings& findings) {
  const bool passive = (hints.ai_flags & AI_PASSIVE) != 0;
  const in_addr_t ipv4 = htonl(passive ? INADDR_ANY : INADDR_LOOPBACK);
  const in6_addr& ipv6 = passive ? in6addr_any : in6addr_loopback;
  // A wildcard listener of IPv6 takes IPv4 too, so IPv4 comes first there (as glibc has it).
  if (passive && hints.ai_family != AF_INET6) add(findings, AF_INET, &ipv4);
  if (hints.ai_family != AF_INET) add(findings, AF_INET6, &ipv6);
  if (!passive && hints.ai_family != AF_INET6) add(findings, AF_INET, &ipv4);
}

/// "fe80::1%1": the scope is a number, the interfaces' names are the host's.
bool read_ipv6(const char* node, resolver::Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* end = std::strchr(node, '%');
  const std::size_t length =
      end == nullptr ? std::strlen(node) : static_cast<std::size_t>(end - node);
  if (length >= text.size()) return false;
  std::memcpy(text.data(), node, length);
  if (::inet_pton(AF_INET6, text.data(), address.octets.data()) != 1) return false;
  address.family = AF_INET6;
  if (end == nullptr) return true;
  const char* last = end + std::strlen(end);
  const auto [rest, error] = std::from_chars(end + 1, last, address.scope);
  return error == std::errc{} && rest == last;
}

/// \return 0, an EAI_* code, or nothing: not an address
std::optional<int> numeric_host(const char* node, const addrinfo& hints, Findings& findings) {
  in_addr ipv4{};
  // inet_aton() ignores what follows a space.
  if (std::strpbrk(node, " \t\n") == nullptr && ::inet_aton(node, &ipv4) != 0) {
    const bool to_map = hints.ai_family == AF_INET6;
    if (to_map && (hints.ai_flags & AI_V4MAPPED) == 0) return EAI_ADDRFAMILY;
    add(findings, AF_INET, &ipv4);
    return 0;
  }
  resolver::Address ipv6;
  if (!read_ipv6(node, ipv6)) return std::nullopt;
  if (hints.ai_family == AF_INET) return EAI_ADDRFAMILY;
  findings.addresses[findings.count++] = ipv6;
  return 0;
}

/// Which family to ask the servers for; nothing: there is no point in asking.
std::optional<int> family_to_ask(const addrinfo& hints) {
  const bool maps = hints.ai_family == AF_INET6 && (hints.ai_flags & AI_V4MAPPED) != 0;
  const int family = maps ? AF_UNSPEC : hints.ai_family;
  if ((hints.ai_flags & AI_ADDRCONFIG) == 0) return family;
  const Families have = configured_families();
  if (family == AF_UNSPEC && have.ipv4 != have.ipv6) return have.ipv4 ? AF_INET : AF_INET6;
  const bool useful = family == AF_INET    ? have.ipv4
                      : family == AF_INET6 ? have.ipv6
                                           : have.ipv4 || have.ipv6;
  return useful ? std::optional(family) : std::nullopt;
}

/// IPv6 was asked for: IPv4 addresses go, or stay as mapped ones (RFC 3493 6.1).
void map_ipv4(const addrinfo& hints, Findings& findings) {
  if (hints.ai_family != AF_INET6) return;
  const auto begin = findings.addresses.begin();
  auto end = begin + static_cast<std::ptrdiff_t>(findings.count);
  const auto is_ipv6 = [](const resolver::Address& found) { return found.family == AF_INET6; };
  const bool keep = (hints.ai_flags & AI_ALL) != 0 || std::none_of(begin, end, is_ipv6);
  if (!keep) end = std::remove_if(begin, end, std::not_fn(is_ipv6));
  std::for_each(begin, end, [&](resolver::Address& found) {
    if (found.family == AF_INET) found = {.family = AF_INET6, .octets = mapped(found.octets)};
  });
  findings.count = static_cast<std::size_t>(end - begin);
}

int look_up(const char* node, const addrinfo& hints, int limit_ms, Findings& findings) {
  if ((hints.ai_flags & AI_NUMERICHOST) != 0) return EAI_NONAME;
  const auto family = family_to_ask(hints);
  if (!family) return EAI_NONAME;
  const int error = find_addresses(node, *family, limit_ms, findings);
  if (error != 0) return error;
  order_addresses(std::span(findings.addresses).first(findings.count));
  return 0;
}

int find_hosts(const char* node, const addrinfo& hints, int limit_ms, Findings& findings) {
  if (node == nullptr) {
    own_addresses(hints, findings);
    return 0;
  }
  const auto numeric = numeric_host(node, hints, findings);
  const int error = numeric ? *numeric : look_up(node, hints, limit_ms, findings);
  map_ipv4(hints, findings);
  return error;
}

/// An entry and its address in one piece of memory, as free() of glibc's freeaddrinfo() expects.
struct Entry {
  addrinfo info;
  union {
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
  };
};

addrinfo* make_entry(const resolver::Address& address, const Kind& kind) {
  auto* entry = static_cast<Entry*>(std::calloc(1, sizeof(Entry)));
  if (entry == nullptr) return nullptr;
  const auto port = static_cast<in_port_t>(kind.port);
  entry->info.ai_family = address.family;
  entry->info.ai_socktype = kind.socktype;
  entry->info.ai_protocol = kind.protocol;
  entry->info.ai_addr = static_cast<sockaddr*>(static_cast<void*>(&entry->ipv4));
  if (address.family == AF_INET) {
    entry->info.ai_addrlen = sizeof(sockaddr_in);
    entry->ipv4.sin_family = AF_INET;
    entry->ipv4.sin_port = port;
    std::memcpy(&entry->ipv4.sin_addr, address.octets.data(), sizeof(in_addr));
  } else {
    entry->info.ai_addrlen = sizeof(sockaddr_in6);
    entry->ipv6.sin6_family = AF_INET6;
    entry->ipv6.sin6_port = port;
    entry->ipv6.sin6_scope_id = address.scope;
    std::memcpy(&entry->ipv6.sin6_addr, address.octets.data(), sizeof(in6_addr));
  }
  return &entry->info;
}

/// \return 0 or EAI_MEMORY
int make_list(const Findings& findings, const Kinds& kinds, const addrinfo& hints,
              addrinfo** list) {
  addrinfo** end = list;
  for (const resolver::Address& address : std::span(findings.addresses).first(findings.count)) {
    for (const Kind& kind : kinds) {
      if (kind.port < 0) continue;
      *end = make_entry(address, kind);
      if (*end == nullptr) return EAI_MEMORY;
      (*end)->ai_flags = hints.ai_flags;
      const bool raw = kind.socktype == SOCK_RAW;
      if (raw) (*end)->ai_protocol = hints.ai_protocol;
      end = &(*end)->ai_next;
    }
  }
  return 0;
}

int get_addresses(const char* node, const char* service, const addrinfo& hints, int limit_ms,
                  addrinfo** list) {
  int error = check_hints(node, service, hints);
  if (error != 0) return error;
  Kinds kinds;
  error = choose_kinds(service, hints, kinds);
  if (error != 0) return error;
  Findings findings;
  error = find_hosts(node, hints, limit_ms, findings);
  if (error != 0) return error;
  error = make_list(findings, kinds, hints, list);
  if (error == 0 && (hints.ai_flags & AI_CANONNAME) != 0) {
    const bool renamed = findings.canonical[0] != '\0';
    (*list)->ai_canonname = ::strdup(renamed ? findings.canonical.data() : node);
    if ((*list)->ai_canonname == nullptr) error = EAI_MEMORY;
  }
  return error;
}

constexpr addrinfo kNoHints{.ai_flags = AI_V4MAPPED | AI_ADDRCONFIG,
                            .ai_family = AF_UNSPEC,
                            .ai_socktype = 0,
                            .ai_protocol = 0,
                            .ai_addrlen = 0,
                            .ai_addr = nullptr,
                            .ai_canonname = nullptr,
                            .ai_next = nullptr};

}  // namespace
}  // namespace zsock::lib

int zs_getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                   addrinfo** result) {
  return zs_getaddrinfo_within(node, service, hints, -1, result);
}

int zs_getaddrinfo_within(const char* node, const char* service, const addrinfo* hints,
                          int limit_ms, addrinfo** result) {
  using namespace zsock::lib;
  *result = nullptr;
  const int error =
      get_addresses(node, service, hints != nullptr ? *hints : kNoHints, limit_ms, result);
  if (error == 0) return 0;
  const int saved = errno;
  zs_freeaddrinfo(*result);
  *result = nullptr;
  errno = saved;
  return error;
}

void zs_freeaddrinfo(addrinfo* list) {
  while (list != nullptr) {
    addrinfo* next = list->ai_next;
    std::free(list->ai_canonname);
    std::free(list);
    list = next;
  }
}
