/// \file
/// gethostbyname(), gethostbyaddr() and their kind, over getaddrinfo() and getnameinfo() of the
/// stack.

#include <netdb.h>
#include <netinet/in.h>
#include <strings.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "shim/next.h"
#include "shim/policy.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge

namespace {

/// The caller's memory, handed out from the front.
class Memory {
 public:
  Memory(char* data, std::size_t size) : data_(data), size_(size) {}

  /// Room for pointers. \return null: there is not enough
  char** pointers(std::size_t count) {
    const std::size_t past = reinterpret_cast<std::uintptr_t>(data_) % alignof(char*);
    if (past != 0 && take(alignof(char*) - past) == nullptr) return nullptr;
    return static_cast<char**>(static_cast<void*>(take(count * sizeof(char*))));
  }
  char* copy(const void* octets, std::size_t count) {
    char* const place = take(count);
    if (place != nullptr) std::memcpy(place, octets, count);
    return place;
  }

 private:
  char* take(std::size_t count) {
    if (data_ == nullptr || count > size_) return nullptr;
    char* const place = data_;
    data_ += count;
    size_ -= count;
    return place;
  }

  char* data_;
  std::size_t size_;
};

/// What is to be told of a host.
struct Found {
  int family = AF_INET;
  const char* name = nullptr;
  const char* alias = nullptr;     ///< what it was asked for by, if that is another name
  const addrinfo* list = nullptr;  ///< or
  const void* address = nullptr;   ///< one
};

std::size_t size_of(int family) {
  return family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
}

/// The address itself, in the socket address.
const void* octets_of(const addrinfo& entry) {
  const auto* name = static_cast<const void*>(entry.ai_addr);
  return entry.ai_family == AF_INET
             ? static_cast<const void*>(&static_cast<const sockaddr_in*>(name)->sin_addr)
             : &static_cast<const sockaddr_in6*>(name)->sin6_addr;
}

/// \return 0 or ERANGE
int fill(const Found& found, Memory memory, hostent& host) {
  std::size_t count = found.list == nullptr ? 1 : 0;
  for (const addrinfo* each = found.list; each != nullptr; each = each->ai_next) ++count;
  char** const addresses = memory.pointers(count + 1);
  char** const aliases = memory.pointers(2);
  if (addresses == nullptr || aliases == nullptr) return ERANGE;
  const std::size_t size = size_of(found.family);
  const addrinfo* each = found.list;
  for (std::size_t i = 0; i < count; ++i) {
    addresses[i] = memory.copy(each == nullptr ? found.address : octets_of(*each), size);
    if (addresses[i] == nullptr) return ERANGE;
    if (each != nullptr) each = each->ai_next;
  }
  char* const name = memory.copy(found.name, std::strlen(found.name) + 1);
  if (name == nullptr) return ERANGE;
  addresses[count] = nullptr;
  aliases[0] = aliases[1] = nullptr;
  if (found.alias != nullptr) {
    aliases[0] = memory.copy(found.alias, std::strlen(found.alias) + 1);
    if (aliases[0] == nullptr) return ERANGE;
  }
  host = {.h_name = name,
          .h_aliases = aliases,
          .h_addrtype = found.family,
          .h_length = static_cast<int>(size),
          .h_addr_list = addresses};
  return 0;
}

/// getaddrinfo()'s error as h_errno.
int as_host_error(int outcome) {
  switch (outcome) {
    case EAI_NONAME:
    case EAI_ADDRFAMILY:
      return HOST_NOT_FOUND;
    case EAI_NODATA:
      return NO_DATA;
    case EAI_AGAIN:
      return TRY_AGAIN;
    case EAI_MEMORY:
    case EAI_SYSTEM:
      return NETDB_INTERNAL;
    default:
      return NO_RECOVERY;
  }
}

/// What the C library's functions return for it.
int as_result(int outcome) {
  switch (as_host_error(outcome)) {
    case HOST_NOT_FOUND:
    case NO_DATA:
      return 0;
    case TRY_AGAIN:
      return EAGAIN;
    case NETDB_INTERNAL:
      return outcome == EAI_MEMORY ? ENOMEM : errno;
    default:
      return EBADMSG;
  }
}

/// The two kinds of questions, with what both need.
struct Answer {
  hostent* host;
  Memory memory;
  hostent** result;
  int* host_error;

  int fail(int outcome) const {
    *result = nullptr;
    *host_error = as_host_error(outcome);
    return as_result(outcome);
  }
  int succeed(const Found& found) const {
    const int error = fill(found, memory, *host);
    *result = error == 0 ? host : nullptr;
    *host_error = error == 0 ? NETDB_SUCCESS : NETDB_INTERNAL;
    if (error != 0) errno = error;
    return error;
  }
};

/// The static memory of the functions without _r.
struct Static {
  hostent host{};
  std::array<char, 8192> memory{};
};
constinit Static static_answer;

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int gethostbyname2_r(const char* name, int family, hostent* host, char* buffer, size_t size,
                     hostent** result, int* host_error) {
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int outcome = zs_getaddrinfo(name, nullptr, &hints, &list);
  if (kernel_resolves(outcome)) {
    return next.gethostbyname2_r(name, family, host, buffer, size, result, host_error);
  }
  const Answer answer{host, {buffer, size}, result, host_error};
  int status = 0;
  if (outcome != 0) {
    status = answer.fail(outcome);
  } else {
    const char* canonical = list->ai_canonname;
    const char* alias = ::strcasecmp(canonical, name) == 0 ? nullptr : name;
    status = answer.succeed({.family = family, .name = canonical, .alias = alias, .list = list});
  }
  zs_freeaddrinfo(list);
  return traced("gethostbyname", -1, status);
}

int gethostbyname_r(const char* name, hostent* host, char* buffer, size_t size, hostent** result,
                    int* host_error) {
  return gethostbyname2_r(name, AF_INET, host, buffer, size, result, host_error);
}

int gethostbyaddr_r(const void* address, socklen_t length, int family, hostent* host, char* buffer,
                    size_t size, hostent** result, int* host_error) {
  const Answer answer{host, {buffer, size}, result, host_error};
  if ((family != AF_INET && family != AF_INET6) || length != size_of(family)) {
    errno = EINVAL;
    return answer.fail(EAI_SYSTEM);
  }
  sockaddr_storage asked{};
  asked.ss_family = static_cast<sa_family_t>(family);
  const std::size_t place =
      family == AF_INET ? offsetof(sockaddr_in, sin_addr) : offsetof(sockaddr_in6, sin6_addr);
  std::memcpy(static_cast<char*>(static_cast<void*>(&asked)) + place, address, length);
  std::array<char, NI_MAXHOST> name{};
  const int outcome = zs_getnameinfo(static_cast<const sockaddr*>(static_cast<const void*>(&asked)),
                                     family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6),
                                     name.data(), name.size(), nullptr, 0, NI_NAMEREQD);
  // Without zsockd there is no name either, and no other word of it.
  char probe = 0;
  if (outcome != 0 && falls_back_to_kernel() && zs_interface(&probe, 1) < 0) {
    return next.gethostbyaddr_r(address, length, family, host, buffer, size, result, host_error);
  }
  const int status =
      outcome != 0 ? answer.fail(outcome)
                   : answer.succeed({.family = family, .name = name.data(), .address = address});
  return traced("gethostbyaddr", -1, status);
}

hostent* gethostbyname2(const char* name, int family) {
  hostent* result = nullptr;
  gethostbyname2_r(name, family, &static_answer.host, static_answer.memory.data(),
                   static_answer.memory.size(), &result, &h_errno);
  return result;
}

hostent* gethostbyname(const char* name) {
  return gethostbyname2(name, AF_INET);
}

hostent* gethostbyaddr(const void* address, socklen_t length, int family) {
  hostent* result = nullptr;
  gethostbyaddr_r(address, length, family, &static_answer.host, static_answer.memory.data(),
                  static_answer.memory.size(), &result, &h_errno);
  return result;
}

}  // extern "C"
#pragma GCC visibility pop
