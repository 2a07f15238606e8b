#pragma once
/// \file
/// Names to addresses and back: which servers zsockd's configuration names, and the resolver.

#include "libzsock/resolver/question.h"

namespace zsock::lib {

/// Which families the stack has addresses of, beside loopback ones (AI_ADDRCONFIG).
struct Families {
  bool ipv4 = true;
  bool ipv6 = true;
};
Families configured_families();

/// \param family    AF_INET, AF_INET6, AF_UNSPEC: both
/// \param limit_ms  for everything; -1: as long as the tries take
/// \return 0 or EAI_NONAME, EAI_NODATA, EAI_AGAIN, EAI_FAIL, EAI_MEMORY; EAI_SYSTEM with errno
/// ENETDOWN (no zsockd), ELIBACC (the resolver's library is missing)
int find_addresses(const char* name, int family, int limit_ms, resolver::Findings& findings);

/// \return as find_addresses
int find_name(const resolver::Address& address, std::array<char, resolver::kMaxName>& name);

}  // namespace zsock::lib
