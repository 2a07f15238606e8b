#pragma once
/// \file
/// What TCP_INFO tells of sending as a whole: how fast text arrives, and what it has waited for.

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/stack/base/time.h"

namespace zsock::tcp {

class SendMeter {
 public:
  /// What sending waits for.
  enum class Wait : std::uint8_t {
    text,    ///< everything written is acknowledged
    path,    ///< acknowledgments and the congestion window, as it should be
    peer,    ///< the peer's window alone
    buffer,  ///< everything written is sent, and nearly all of the ring waits for acknowledgments
  };
  /// The time since the last call was spent in this state.
  void passed(Wait wait, Instant now);
  /// What sending waits for now; for a copy that is to be asked.
  void set_wait(Wait wait) { wait_ = wait; }
  /// Time spent in this state so far. REQUIRES: set_wait() has been called.
  [[nodiscard]] Duration spent(Wait wait, Instant now) const;

  /// Text goes out after a pause. \param delivered  octets that have arrived so far
  void start_round(std::uint64_t delivered, Instant now);
  /// An acknowledgment. \param least  the shortest round trip; a round takes at least this long
  /// \param idle  everything written has been sent
  void on_delivered(std::uint64_t delivered, bool idle, Duration least, Instant now);
  /// Octets per second of the last round that was not short of text, or of a faster one that was;
  /// 0: not known.
  [[nodiscard]] std::uint64_t rate() const { return rate_; }
  [[nodiscard]] bool short_of_text() const { return rate_is_short_; }

 private:
  std::array<Duration, 4> spent_{};
  Instant since_{};
  std::uint64_t round_from_ = 0;
  Instant round_at_{};
  std::uint64_t rate_ = 0;
  Wait wait_ = Wait::text;
  bool round_is_short_ = false;
  bool rate_is_short_ = false;
};

}  // namespace zsock::tcp
