#pragma once
/// \file
/// Was what we sent again needless? Three witnesses: the echoed timestamp (Eifel, RFC 3522), a
/// duplicate report for everything sent again (RFC 3708), and originals that arrive after a timeout
/// (F-RTO, RFC 5682 3). And where all of it arrived before any was sent again, nothing was lost.

#include <cstdint>
#include <optional>

#include "daemon/stack/base/range_set.h"
#include "daemon/stack/base/time.h"

namespace zsock::tcp {

/// One episode: a fast recovery or a timeout, from the first retransmission until a round trip
/// after its end. Counts in the sender's offsets.
class Spurious {
 public:
  enum class Cause : std::uint8_t { none, recovery, timeout };
  /// An episode begins, and ends another. \param recover  SND.NXT
  void begin(Cause cause, std::uint64_t una, std::uint64_t recover);
  /// The timer has expired once more, for the same octet.
  void timed_out_again();
  /// There is nothing to be restored any more.
  void abandon() { *this = Spurious{}; }
  void sent_again(Range range, std::uint64_t una, Instant now);
  /// Everything outstanding at the beginning has been acknowledged. \param next  SND.NXT
  void over(std::uint64_t next) { expires_at_ = next; }

  struct Answer {
    std::uint64_t una = 0;
    std::optional<Instant> echoed{};   ///< when the segment it answers was sent, to the millisecond
    std::optional<Range> duplicate{};  ///< reported to have arrived twice
    bool progress = false;             ///< UNA has moved
    bool missing = false;              ///< something is taken for lost and not yet sent again
    bool originals = false;  ///< delivers what was sent before the episode and never sent again
    bool new_text = false;   ///< there is text to send, and the peer has room for it
  };
  /// The episode that this acknowledgment proves to be needless; it is over then.
  Cause on_ack(const Answer& answer);
  /// RFC 5682 3, step 2 b: new text goes out instead of retransmissions, to find out.
  [[nodiscard]] bool holds_back() const { return test_ == Test::probing; }

 private:
  enum class Test : std::uint8_t { none, waiting, probing };

  [[nodiscard]] bool reported() const { return again_ > 0 && reported_ >= again_; }
  [[nodiscard]] bool all_arrived(const Answer& answer) const {
    return cause_ == Cause::recovery && again_ == 0 && !answer.missing;
  }
  bool echo_is_older(const Answer& answer);
  bool originals_arrive(const Answer& answer);

  std::uint64_t begin_ = 0;
  std::uint64_t recover_ = 0;
  std::uint64_t again_ = 0;     ///< octets sent again
  std::uint64_t reported_ = 0;  ///< of them, as duplicates
  std::uint64_t expires_at_ = ~std::uint64_t{0};
  std::optional<Instant> stamp_{};  ///< of the first retransmission, while it is to be judged
  Cause cause_ = Cause::none;
  Test test_ = Test::none;
};

}  // namespace zsock::tcp
