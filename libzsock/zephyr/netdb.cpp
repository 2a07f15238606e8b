/// \file
/// zsock_getaddrinfo() and its kin: Zephyr's rules around the native resolver.

#include <netdb.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "libzsock/zephyr/address.h"

extern "C" {
// Zephyr's CONFIG_NET_SOCKETS_DNS_TIMEOUT. A program that defines it has a stronger one.
extern int zsock_dns_timeout_ms;
__attribute__((weak, visibility("default"))) int zsock_dns_timeout_ms = 2000;
}

namespace zsock::zephyr {
namespace {

static_assert(DNS_EAI_NONAME == EAI_NONAME && DNS_EAI_AGAIN == EAI_AGAIN &&
              DNS_EAI_FAIL == EAI_FAIL && DNS_EAI_NODATA == EAI_NODATA &&
              DNS_EAI_MEMORY == EAI_MEMORY && DNS_EAI_SYSTEM == EAI_SYSTEM);

/// What is asked for, checked.
struct Wanted {
  int flags = 0;
  int family = NET_AF_UNSPEC;
  int socktype = NET_SOCK_STREAM;
  int protocol = NET_IPPROTO_TCP;
  std::uint16_t port = 0;  ///< network order

  [[nodiscard]] bool allows(int other) const { return family == NET_AF_UNSPEC || family == other; }
};

/// Decimal, 1 to 65535.
std::optional<std::uint16_t> read_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && rest == text.data() + text.size();
  return whole && port != 0 ? std::optional(port) : std::nullopt;
}

int read_kind(const zsock_addrinfo& hints, Wanted& wanted) {
  const bool datagram = hints.ai_socktype == NET_SOCK_DGRAM ||
                        (hints.ai_socktype == 0 && hints.ai_protocol == NET_IPPROTO_UDP);
  if (hints.ai_socktype != 0 && hints.ai_socktype != NET_SOCK_STREAM && !datagram) {
    return DNS_EAI_SOCKTYPE;
  }
  wanted.socktype = datagram ? NET_SOCK_DGRAM : NET_SOCK_STREAM;
  wanted.protocol = datagram ? NET_IPPROTO_UDP : NET_IPPROTO_TCP;
  if (hints.ai_protocol != 0) wanted.protocol = hints.ai_protocol;  // TLS, too
  return 0;
}

int read_hints(const zsock_addrinfo* hints, Wanted& wanted) {
  if (hints == nullptr) return 0;
  wanted.flags = hints->ai_flags;
  wanted.family = hints->ai_family;
  if (native_family(wanted.family) < 0) return DNS_EAI_ADDRFAMILY;
  return read_kind(*hints, wanted);
}

/// A list is one piece of memory.
class List {
 public:
  explicit List(const Wanted& wanted) : wanted_(wanted) {}
  ~List() { std::free(entries_); }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool reserve(std::size_t count) {
    entries_ = static_cast<zsock_addrinfo*>(std::calloc(count, sizeof(zsock_addrinfo)));
    return entries_ != nullptr;
  }
  void add(const net_sockaddr_storage& address, std::string_view name);
  zsock_addrinfo* release() { return std::exchange(entries_, nullptr); }

 private:
  Wanted wanted_;
  zsock_addrinfo* entries_ = nullptr;
  std::size_t count_ = 0;
};

void List::add(const net_sockaddr_storage& address, std::string_view name) {
  zsock_addrinfo& entry = entries_[count_];
  if (count_ > 0) entries_[count_ - 1].ai_next = &entry;
  ++count_;
  entry.ai_flags = wanted_.flags;
  entry.ai_family = address.ss_family;
  entry.ai_socktype = wanted_.socktype;
  entry.ai_protocol = wanted_.protocol;
  entry.ai_addr = &entry._ai_addr;
  entry.ai_addrlen = sizeof entry._ai_addr;
  copy_out(address, entry.ai_addr, &entry.ai_addrlen);
  if (wanted_.port != 0) net_sin(entry.ai_addr)->sin_port = wanted_.port;
  entry.ai_canonname = static_cast<char*>(entry._ai_canonname);
  name.copy(entry.ai_canonname, DNS_MAX_NAME_SIZE);
}

int wildcard(const Wanted& wanted, List& list) {
  if ((wanted.flags & ZSOCK_AI_PASSIVE) == 0) return DNS_EAI_FAIL;
  if (!list.reserve(1)) return DNS_EAI_MEMORY;
  net_sockaddr_storage any{};
  any.ss_family = wanted.family == NET_AF_INET6 ? NET_AF_INET6 : NET_AF_INET;
  list.add(any, "");
  return 0;
}

/// \return 0, an error, or nothing: it is a name
std::optional<int> numeric(const char* host, const Wanted& wanted, List& list) {
  net_sockaddr_storage address{};
  if (!net_ipaddr_parse(host, std::strlen(host), net_sad(&address))) return std::nullopt;
  if (!wanted.allows(address.ss_family)) return DNS_EAI_ADDRFAMILY;
  if (!list.reserve(1)) return DNS_EAI_MEMORY;
  list.add(address, host);
  return 0;
}

struct NativeList {
  addrinfo* first = nullptr;
  ~NativeList() { zs_freeaddrinfo(first); }
};

int look_up(const char* host, const Wanted& wanted, List& list) {
  if ((wanted.flags & ZSOCK_AI_NUMERICHOST) != 0) return DNS_EAI_FAIL;
  addrinfo hints{};
  hints.ai_family = native_family(wanted.family);
  hints.ai_socktype = SOCK_STREAM;  // one entry per address
  hints.ai_flags = AI_CANONNAME;
  NativeList found;
  const int error =
      zs_getaddrinfo_within(host, nullptr, &hints, std::max(zsock_dns_timeout_ms, 0), &found.first);
  if (error != 0) return error;
  std::size_t count = 0;
  for (const addrinfo* entry = found.first; entry != nullptr; entry = entry->ai_next) ++count;
  if (!list.reserve(count)) return DNS_EAI_MEMORY;
  for (const addrinfo* entry = found.first; entry != nullptr; entry = entry->ai_next) {
    NativeAddress address;
    address.size = entry->ai_addrlen;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    list.add(from_native(address), found.first->ai_canonname);
  }
  return 0;
}

int find(const char* host, const char* service, const zsock_addrinfo* hints, zsock_addrinfo** res) {
  if (host == nullptr && service == nullptr) {
    errno = EINVAL;
    return DNS_EAI_SYSTEM;
  }
  Wanted wanted;
  const int wrong = read_hints(hints, wanted);
  if (wrong != 0) return wrong;
  if (service != nullptr) {
    const auto port = read_port(service);
    if (!port) return DNS_EAI_NONAME;
    wanted.port = net_htons(*port);
  }
  List list(wanted);
  int error = 0;
  if (host == nullptr) {
    error = wildcard(wanted, list);
  } else {
    const auto known = numeric(host, wanted, list);
    error = known ? *known : look_up(host, wanted, list);
  }
  if (error == 0) *res = list.release();
  return error;
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int zsock_getaddrinfo(const char* host, const char* service, const zsock_addrinfo* hints,
                      zsock_addrinfo** res) {
  *res = nullptr;
  return find(host, service, hints, res);
}

void zsock_freeaddrinfo(zsock_addrinfo* ai) {
  std::free(ai);
}

const char* zsock_gai_strerror(int errcode) {
  switch (errcode) {
#define NAME_OF(code) \
  case DNS_##code:    \
    return #code
    NAME_OF(EAI_BADFLAGS);
    NAME_OF(EAI_NONAME);
    NAME_OF(EAI_AGAIN);
    NAME_OF(EAI_FAIL);
    NAME_OF(EAI_NODATA);
    NAME_OF(EAI_FAMILY);
    NAME_OF(EAI_SOCKTYPE);
    NAME_OF(EAI_SERVICE);
    NAME_OF(EAI_ADDRFAMILY);
    NAME_OF(EAI_MEMORY);
    NAME_OF(EAI_SYSTEM);
    NAME_OF(EAI_OVERFLOW);
    NAME_OF(EAI_INPROGRESS);
    NAME_OF(EAI_CANCELED);
    NAME_OF(EAI_NOTCANCELED);
    NAME_OF(EAI_ALLDONE);
    NAME_OF(EAI_IDN_ENCODE);
#undef NAME_OF
    default:
      return "EAI_UNKNOWN";
  }
}

int zsock_getnameinfo(const net_sockaddr* addr, net_socklen_t addrlen, char* host,
                      net_socklen_t hostlen, char* serv, net_socklen_t servlen, int) {
  const auto native = to_native(addr, addrlen);
  if (!native || native->get()->sa_family == AF_UNSPEC) {
    errno = native ? EAFNOSUPPORT : native.error();
    return DNS_EAI_SYSTEM;
  }
  if (host != nullptr) {
    // The address lies at the same place in both families.
    const void* const octets = &net_sin(addr)->sin_addr;
    if (net_addr_ntop(addr->sa_family, octets, host, hostlen) == nullptr) return DNS_EAI_SYSTEM;
  }
  if (serv == nullptr) return 0;
  const auto [end, error] = std::to_chars(serv, serv + servlen, net_ntohs(net_sin(addr)->sin_port));
  if (error != std::errc{} || end == serv + servlen) {
    errno = ENOSPC;
    return DNS_EAI_SYSTEM;
  }
  *end = '\0';
  return 0;
}
