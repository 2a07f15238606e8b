#pragma once
/// \file
/// SYN cookies (RFC 4987 3.6): what a half-open connection must remember travels in the SYN-ACK and
/// comes back with the ACK. 29 bits of the sequence number are a keyed hash, 3 tell the peer's MSS;
/// scale, SACK and ECN lie in the low bits of the timestamp that the peer echoes.

#include <optional>

#include "daemon/stack/base/siphash.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/seq.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::tcp {

class SynCookies {
 public:
  /// A cookie is good in the epoch it was made in and in the next one.
  static constexpr Duration kEpoch = std::chrono::seconds{64};
  static constexpr Duration kLifetime = 2 * kEpoch;

  explicit SynCookies(Rng& rng) : key_(SipKey::draw(rng)) {}

  /// The ISS that answers a SYN. \param irs  its sequence number \param peer_mss  cut to the next
  /// smaller one that a cookie can tell
  [[nodiscard]] Seq make(const wire::Flow& flow, Seq irs, std::uint16_t peer_mss,
                         Instant now) const;
  /// The peer's MSS; nothing when we have not made this ISS lately for this SYN.
  [[nodiscard]] std::optional<std::uint16_t> check(const wire::Flow& flow, Seq irs, Seq iss,
                                                   Instant now) const;

  /// What only a peer with timestamps can tell us again.
  struct Extras {
    std::optional<std::uint8_t> window_scale{};  ///< at most 14
    bool sack = false;
    bool ecn = false;
  };
  /// A TSval not later than `timestamp` that carries them; at most 127 ms older.
  [[nodiscard]] static std::uint32_t mark(std::uint32_t timestamp, const Extras& extras);
  [[nodiscard]] static Extras read_mark(std::uint32_t echo);

 private:
  [[nodiscard]] std::uint32_t cookie(const wire::Flow& flow, Seq irs, std::int64_t epoch,
                                     std::uint32_t mss_index) const;

  SipKey key_;
};

}  // namespace zsock::tcp
