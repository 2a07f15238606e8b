#include "daemon/stack/tcp/spurious.h"

#include <utility>

namespace zsock::tcp {

void Spurious::begin(Cause cause, std::uint64_t una, std::uint64_t recover) {
  *this = Spurious{};
  cause_ = cause;
  begin_ = una;
  recover_ = recover;
  if (cause == Cause::timeout) test_ = Test::waiting;
}

void Spurious::timed_out_again() {
  if (cause_ != Cause::timeout) return abandon();
  test_ = Test::waiting;  // RFC 5682 3, step 2
}

void Spurious::sent_again(Range range, std::uint64_t una, Instant now) {
  if (cause_ == Cause::none || range.begin < begin_ || range.begin >= recover_) return;
  // The echo tells of a segment that moves the left edge (RFC 7323 4.3): of others it says nothing.
  if (again_ == 0 && range.begin == una) {
    stamp_ = std::chrono::floor<std::chrono::milliseconds>(now);
  }
  again_ += range.length();
}

Spurious::Cause Spurious::on_ack(const Answer& answer) {
  if (cause_ == Cause::none) return Cause::none;
  if (answer.duplicate && answer.duplicate->begin >= begin_ && answer.duplicate->end <= recover_) {
    reported_ += answer.duplicate->length();
  }
  const bool needless =
      echo_is_older(answer) || reported() || originals_arrive(answer) || all_arrived(answer);
  const Cause cause = needless ? cause_ : Cause::none;
  if (needless || answer.una >= expires_at_) abandon();
  return cause;
}

/// RFC 3522 3.2: the first acknowledgment of what was sent again answers its first transmission.
bool Spurious::echo_is_older(const Answer& answer) {
  if (!stamp_ || !answer.echoed || answer.una <= begin_) return false;
  test_ = Test::none;  // nothing is left to find out
  return *answer.echoed < *std::exchange(stamp_, std::nullopt);
}

/// RFC 5682 3
bool Spurious::originals_arrive(const Answer& answer) {
  if (test_ == Test::probing) {
    test_ = Test::none;
    return answer.originals;
  }
  if (test_ == Test::waiting && answer.progress) {
    test_ = answer.una < recover_ && answer.new_text ? Test::probing : Test::none;
  }
  return false;
}

}  // namespace zsock::tcp
