#pragma once
/// \file
/// TCP Fast Open (RFC 7413): the cookies that a server gives and knows again.

#include "daemon/stack/base/siphash.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/tcp.h"

namespace zsock::tcp {

/// What a client shows to a server.
struct FastOpenOffer {
  wire::FastOpenCookie cookie{};  ///< without octets: a request
  std::uint16_t peer_mss = 536;   ///< what the server said last
};

/// RFC 7413 4.1.2: a cookie is a keyed hash of the client's address, ours beside it. The time is
/// hashed too: so a cookie is good for twelve hours at least, and a day at most.
class FastOpenKey {
 public:
  static constexpr Duration kEpoch = std::chrono::hours{12};

  /// \param secret  of which this key is derived
  explicit FastOpenKey(const SipKey& secret);

  [[nodiscard]] wire::FastOpenCookie make(const wire::Flow& flow, Instant now) const;
  enum class Verdict : std::uint8_t {
    not_asked,  ///< there was no option at all; check() does not say so
    none,       ///< a request, or not ours
    old,        ///< of the last epoch: good, but time for a new one
    fresh,
  };
  [[nodiscard]] Verdict check(const wire::Flow& flow, const wire::FastOpenCookie& cookie,
                              Instant now) const;

 private:
  [[nodiscard]] wire::FastOpenCookie cookie(const wire::Flow& flow, std::int64_t epoch) const;

  SipKey key_{};
};

}  // namespace zsock::tcp
