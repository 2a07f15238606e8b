#pragma once
/// \file
/// Which transmissions are too old to be still under way (RFC 8985 6), and when to probe the tail
/// of a flight (RFC 8985 7).

#include <cstdint>
#include <optional>

#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/scoreboard.h"

namespace zsock::tcp {

/// Counts in the sender's offsets.
class Rack {
 public:
  /// RFC 8985 6.2 steps 1 to 3. \param echoed  when the peer's echo was sent, rounded down to the
  ///                                           timestamp clock's millisecond
  void on_delivered(const Scoreboard::Delivery& delivery, Instant now,
                    std::optional<Instant> echoed);
  /// RFC 8985 6.2 step 4: the peer reports a duplicate; the window widens once per round trip.
  void on_duplicate_report(std::uint64_t una, std::uint64_t next);
  /// A recovery was needless: what seemed lost was late, and answers were taken for those to
  /// retransmissions.
  void on_spurious();
  void on_recovered();  ///< what duplicates have widened narrows again after sixteen recoveries

  enum class Patience : std::uint8_t {
    full,
    none,  ///< in recovery, or three segments are sacked: unless the path reorders, no waiting
  };
  /// RFC 8985 6.2 step 4. \param smoothed  SRTT
  [[nodiscard]] Duration window(Patience patience, Duration smoothed) const;
  /// RFC 8985 6.2 step 5: was the record sent before what was delivered of the latest?
  [[nodiscard]] bool sent_before(const Scoreboard::Record& record) const;
  /// From then on the record counts as lost.
  [[nodiscard]] Instant lost_at(const Scoreboard::Record& record, Duration window) const {
    return record.sent + rtt_ + window;
  }
  [[nodiscard]] Instant latest() const { return sent_; }  ///< transmission delivered
  [[nodiscard]] bool reordering_seen() const { return reorderings_ != 0; }
  [[nodiscard]] std::uint32_t reorderings() const { return reorderings_; }

 private:
  Instant sent_{};                 ///< RACK.xmit_ts
  std::uint64_t end_ = 0;          ///< RACK.end_seq
  Duration rtt_{};                 ///< RACK.rtt
  Duration least_rtt_{};           ///< RACK.min_RTT; zero: not known
  Instant least_rtt_at_{};         ///< when it was measured
  std::uint64_t foremost_ = 0;     ///< RACK.fack
  std::uint64_t round_end_ = 0;    ///< RACK.dsack_round; zero: none
  std::uint32_t reorderings_ = 0;  ///< segments that came after later ones
  std::uint8_t multiplier_ = 1;    ///< RACK.reo_wnd_mult
  std::uint8_t persist_ = 0;       ///< RACK.reo_wnd_persist
};

/// RFC 8985 7: one probe per tail; the caller knows when the connection allows it.
class TailProbe {
 public:
  enum class Flight : std::uint8_t { one_segment, more };
  /// RFC 8985 7.2: the PTO, from the last transmission or acknowledgment on.
  [[nodiscard]] static Duration timeout(Duration smoothed, Flight flight);

  enum class Content : std::uint8_t { new_text, retransmission };
  /// RFC 8985 7.3. \param end  SND.NXT afterwards
  void sent(std::uint64_t end, Content content);
  [[nodiscard]] bool waits() const { return end_ != 0; }  ///< for the answer to a probe
  void forget() { end_ = 0; }

  struct Answer {
    std::uint64_t una = 0;
    bool duplicate_report = false;  ///< DSACK
    bool blocks = false;            ///< any SACK block at all
    bool progress = false;          ///< UNA has moved
  };
  enum class Verdict : std::uint8_t {
    none,
    repaired,  ///< the probe has replaced a lost segment: congestion
  };
  /// RFC 8985 7.4.2
  Verdict on_ack(const Answer& answer);

 private:
  std::uint64_t end_ = 0;  ///< TLP.end_seq; zero: no probe is out
  Content content_ = Content::new_text;
};

}  // namespace zsock::tcp
