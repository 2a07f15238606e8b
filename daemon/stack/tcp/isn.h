#pragma once
/// \file
/// Initial sequence numbers and timestamp offsets (RFC 6528 3, RFC 9293 3.4.1, RFC 7323 5.4).

#include "daemon/stack/base/siphash.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/fast_open.h"
#include "daemon/stack/tcp/seq.h"
#include "daemon/stack/tcp/syn_cookies.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::tcp {

class IsnGenerator {
 public:
  explicit IsnGenerator(Rng& rng);
  /// ISN = M + F(flow, key), M a 4-microsecond clock.
  [[nodiscard]] Seq initial_sequence(const wire::Flow& flow, Instant now) const;
  /// Keyed per-connection offset of the timestamp clock.
  [[nodiscard]] std::uint32_t timestamp_offset(const wire::Flow& flow) const;
  /// Sequence numbers for SYNs that nobody can remember.
  [[nodiscard]] const SynCookies& cookies() const { return cookies_; }
  /// What a client shows to be heard before its handshake is over.
  [[nodiscard]] const FastOpenKey& fast_open() const { return fast_open_; }

 private:
  SipKey sequence_key_;
  SipKey timestamp_key_;
  SynCookies cookies_;
  FastOpenKey fast_open_;
};

/// The timestamp clock of one connection: milliseconds plus its offset (RFC 7323 5.4).
[[nodiscard]] constexpr std::uint32_t timestamp_value(Instant now, std::uint32_t offset) {
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return static_cast<std::uint32_t>(milliseconds.count()) + offset;
}

}  // namespace zsock::tcp
