#include "daemon/stack/tcp/rack.h"

#include <algorithm>

namespace zsock::tcp {

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

constexpr Duration kLeastRttLifetime = 300s;  ///< RFC 8985 6.2 step 1: "windowed"
constexpr Duration kTick = 1ms;               ///< of timestamps
constexpr std::uint8_t kPersist = 16;         ///< RFC 8985 6.2 step 4
constexpr Duration kFirstProbe = 1s;          ///< RFC 8985 7.2, without an RTT sample
constexpr Duration kLeastProbe = 10ms;        ///< our own timers are no better under load
constexpr Duration kWorstDelayedAck = 200ms;  ///< RFC 8985 7.2: TLP.max_ack_delay

}  // namespace

void Rack::on_delivered(const Scoreboard::Delivery& delivery, Instant now,
                        std::optional<Instant> echoed) {
  if (delivery.end > foremost_) {
    foremost_ = delivery.end;
  } else if (delivery.end < foremost_ && !delivery.again) {
    ++reorderings_;
  }
  const Duration rtt = now - delivery.sent;
  if (delivery.again) {
    // Which of its transmissions was it? An earlier one, if the echo is older than the last one, or
    // the answer came sooner than answers do.
    if (echoed && *echoed + kTick <= delivery.sent) return;
    if (rtt < least_rtt_) return;
  } else if (least_rtt_ == Duration::zero() || rtt <= least_rtt_ ||
             now - least_rtt_at_ > kLeastRttLifetime) {
    least_rtt_ = rtt;
    least_rtt_at_ = now;
  }
  const bool later = delivery.sent > sent_ || (delivery.sent == sent_ && delivery.end > end_);
  if (!later) return;
  rtt_ = rtt;
  sent_ = delivery.sent;
  end_ = delivery.end;
}

void Rack::on_duplicate_report(std::uint64_t una, std::uint64_t next) {
  if (round_end_ != 0 && una < round_end_) return;
  round_end_ = next;
  if (multiplier_ < 255) ++multiplier_;
  persist_ = kPersist;
}

void Rack::on_spurious() {
  reorderings_ = std::max(reorderings_, 1U);  // on_delivered has counted what came late
  sent_ = Instant{};
  end_ = 0;
}

void Rack::on_recovered() {
  if (persist_ > 0 && --persist_ == 0) multiplier_ = 1;
}

Duration Rack::window(Patience patience, Duration smoothed) const {
  if (!reordering_seen() && patience == Patience::none) return {};
  return std::min(multiplier_ * least_rtt_ / 4, smoothed);
}

bool Rack::sent_before(const Scoreboard::Record& record) const {
  return record.sent < sent_ || (record.sent == sent_ && record.end < end_);
}

Duration TailProbe::timeout(Duration smoothed, Flight flight) {
  if (smoothed == Duration::zero()) return kFirstProbe;
  const Duration wait = std::max(2 * smoothed, kLeastProbe);
  return wait + (flight == Flight::one_segment ? kWorstDelayedAck : Duration::zero());
}

void TailProbe::sent(std::uint64_t end, Content content) {
  end_ = end;
  content_ = content;
}

TailProbe::Verdict TailProbe::on_ack(const Answer& answer) {
  if (!waits() || answer.una < end_) return Verdict::none;
  const bool both_arrived = answer.duplicate_report || (!answer.progress && !answer.blocks);
  if (content_ == Content::new_text || both_arrived) {
    forget();
    return Verdict::none;
  }
  if (answer.una == end_) return Verdict::none;  // the duplicate report may follow
  forget();
  return Verdict::repaired;
}

}  // namespace zsock::tcp
