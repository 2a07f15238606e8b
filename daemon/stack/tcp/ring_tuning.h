#pragma once
/// \file
/// How large should the receive ring be? It begins small and grows with what the application reads
/// in a round trip ("dynamic right-sizing"): a peer that sends fast to an application that does not
/// read gets nothing for it. What the transmit ring needs is Sender::wanted_ring().

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/rtt.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::tcp {

class ReceiveTuning {
 public:
  /// Text came. \param echoed  since what it echoes was sent, by timestamps (RFC 7323 4): a round
  /// trip, or longer where the peer had nothing to say
  void on_text(std::chrono::milliseconds echoed);
  /// Round trip as the echoes of text tell it; zero: they do not.
  [[nodiscard]] Duration echoed() const {
    const std::uint32_t least = std::min(last_, least_);
    return least == kNone ? Duration::zero() : Duration{std::chrono::milliseconds{least}};
  }
  /// The application has read up to here. \param other  round trips of our own text and of the
  /// handshake: where there are no timestamps, and as the least that is believed
  /// \param octets  read since it was told last. \param capacity  of the ring
  /// \return octets that the ring should have more than; 0: no new opinion
  std::size_t on_read(std::uint64_t octets, std::size_t capacity, const Rtt& other, Instant now);

 private:
  [[nodiscard]] Duration round_trip(const Rtt& other) const;
  /// What was read in this round, made what a round trip has of it.
  [[nodiscard]] std::uint32_t per_round_trip(Duration elapsed, Duration round_trip) const;

  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  Instant since_{};              ///< when this round began; the epoch: none yet
  std::uint64_t octets_ = 0;     ///< read in this round
  std::uint32_t most_ = 0;       ///< read in a round trip, ever
  std::uint32_t last_ = kNone;   ///< least echo of the last round, ms
  std::uint32_t least_ = kNone;  ///< and of this one
  bool gulped_ = false;          ///< more than half a ring was read at a time in this round
};

/// What waits in the rings makes round trips longer, and longer ones would ask for larger rings:
/// the shortest tells what the path itself holds. Beyond that a ring only fails to stay in a cache.
/// \param least  round trip; zero: not known
[[nodiscard]] std::size_t largest_useful_ring(Duration least);

/// The shortest handshake with each of some hosts lately. Where many connections begin together all
/// round trips of a late one may be spent in queues.
class RoundTrips {
 public:
  void learn(const wire::IpAddress& host, Duration round_trip, Instant now);
  /// Zero: none is known.
  [[nodiscard]] Duration least(const wire::IpAddress& host) const;

 private:
  static constexpr std::size_t kHosts = 256;
  static constexpr Duration kLifetime = std::chrono::minutes{10};  ///< paths change

  struct Entry {
    wire::IpAddress host{};
    Duration least{};
    Instant until{};
  };
  /// Hosts that share a place displace each other.
  static std::size_t place_of(const wire::IpAddress& host);

  std::array<Entry, kHosts> entries_{};
};

}  // namespace zsock::tcp
