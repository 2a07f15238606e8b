#pragma once
/// \file
/// Explicit congestion notification (RFC 3168 6.1): what each half of a connection remembers of it.
/// RFC 8311 4 changes nothing here: marks answer as losses do, ECT(1) counts as ECT(0).

#include <cstdint>

#include "daemon/stack/wire/tcp.h"

namespace zsock::tcp {

/// RFC 3168 6.1.1: does a SYN without ACK offer ECN?
[[nodiscard]] constexpr bool offers_ecn(std::uint8_t flags) {
  return (flags & wire::tcp_flag::kEce) != 0 && (flags & wire::tcp_flag::kCwr) != 0;
}
/// Does a SYN-ACK agree to it? With both flags a broken host has copied them from our SYN.
[[nodiscard]] constexpr bool agrees_to_ecn(std::uint8_t flags) {
  return (flags & wire::tcp_flag::kEce) != 0 && (flags & wire::tcp_flag::kCwr) == 0;
}

/// The receiver's half: a mark is echoed until the sender says that it has slowed down.
class EcnEcho {
 public:
  void enable() { enabled_ = true; }
  enum class Mark : std::uint8_t { none, congestion_experienced };
  /// RFC 3168 6.1.3: text in the window. True: the echo begins or ends, the peer should know now.
  [[nodiscard]] bool on_text(Mark mark, std::uint8_t flags);
  [[nodiscard]] bool active() const { return active_; }  ///< ECE in what we send

 private:
  bool enabled_ = false;
  bool active_ = false;
};

/// The sender's half: the window shrinks at most once for each window of data, and the peer is
/// told. Counts in the sender's offsets.
class EcnResponse {
 public:
  void enable() { enabled_ = true; }
  [[nodiscard]] bool enabled() const { return enabled_; }
  /// RFC 3168 6.1.2: an acknowledgment up to `una` with ECE. True: the window has to shrink.
  [[nodiscard]] bool on_echo(std::uint64_t una) const { return enabled_ && una > reduced_at_; }
  /// The window has shrunk, whatever for. \param next  SND.NXT
  void note_reduction(std::uint64_t next);
  /// RFC 3168 6.1.2: the next new text says so.
  [[nodiscard]] bool cwr_due() const { return cwr_due_; }
  void cwr_sent() { cwr_due_ = false; }

 private:
  std::uint64_t reduced_at_ = 0;
  bool enabled_ = false;
  bool cwr_due_ = false;
};

}  // namespace zsock::tcp
