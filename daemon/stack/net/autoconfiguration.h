#pragma once
/// \file
/// Addresses that we give ourselves from the prefixes routers advertise (RFC 4862 5.5), with stable
/// identifiers that tell nothing (RFC 7217).

#include <vector>

#include "daemon/stack/net/dad.h"
#include "daemon/stack/wire/router.h"

namespace zsock::net {

/// RFC 7217 5: the address of an interface in a prefix of 64 bits. \param attempts  duplicates so
/// far
wire::IpAddress stable_address(const wire::IpAddress& prefix, const wire::MacAddr& interface,
                               std::uint32_t attempts, const SipKey& secret);

class Autoconfiguration {
 public:
  Autoconfiguration(Core& core, Dad& dad) : core_(core), dad_(dad) {}

  /// A prefix for autonomous configuration has been advertised.
  void on_prefix(InterfaceId in, const wire::PrefixInformation& prefix, Instant now);

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  /// Addresses grow old; duplicates are tried again under another identifier.
  void on_deadline(Instant now);
  void check_invariants() const;

 private:
  struct Configured {
    InterfaceId interface {};
    wire::IpAddress prefix{};
    wire::IpAddress address{};
    Instant preferred_until{};
    Instant valid_until{};
    std::uint32_t attempts = 0;  ///< duplicates so far
  };

  void configure(InterfaceId in, const wire::PrefixInformation& prefix, Instant now);
  static void prolong(Configured& configured, const wire::PrefixInformation& prefix, Instant now);
  /// RFC 7217 6: another address, unless that has been tried often enough.
  void try_another(Configured& configured, Instant now);
  void follow_lifetimes(const Configured& configured, Instant now);

  Core& core_;
  Dad& dad_;
  std::vector<Configured> configured_{};
};

}  // namespace zsock::net
