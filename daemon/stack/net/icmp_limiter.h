#pragma once
/// \file
/// How much ICMP we emit (RFC 1812 4.3.2.8, RFC 4443 2.4(f)). The destination's own allowance is
/// asked before the common one, which is refilled unevenly: whoever counts our answers to his
/// probes learns nothing about answers to others (CVE-2020-25705).

#include <vector>

#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/net/address_hash.h"
#include "daemon/stack/net/config.h"

namespace zsock::net {

class IcmpLimiter {
 public:
  IcmpLimiter(const Config& config, Rng& rng);
  /// May an error go to `destination` now? Takes the credit when it may.
  bool allow_error(const wire::IpAddress& destination, Instant now);
  /// May an echo reply go out now? A bucket of its own: pings tell nothing about errors.
  bool allow_reply(Instant now);

 private:
  /// Holds at most icmp_burst credits.
  struct Bucket {
    std::uint32_t credit = 0;
    Instant refilled{};
    bool started = false;
  };
  /// The last error to one destination. A newcomer with the same hash takes the slot.
  struct Slot {
    wire::IpAddress destination{};
    Instant last{};
    bool used = false;
  };
  bool take(Bucket& bucket, Instant now);

  Duration interval_;
  std::uint32_t per_second_;
  std::uint32_t burst_;
  Rng* rng_;
  AddressHash hash_;
  std::vector<Slot> slots_;
  Bucket errors_;
  Bucket replies_;
};

}  // namespace zsock::net
