#pragma once
/// \file
/// How often one connection answers what it did not ask for (RFC 5961 7). Kept per connection: a
/// shared budget would tell third parties about the connection.

#include <cstdint>

#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/config.h"

namespace zsock::tcp {

class AckThrottle {
 public:
  /// \param config  outlives the throttle
  explicit AckThrottle(const Config& config) : config_(&config) {}

  /// May a challenge ACK go out?
  [[nodiscard]] bool allows_challenge(Instant now) {
    if (now >= second_end_) {
      second_end_ = now + std::chrono::seconds{1};
      challenges_ = 0;
    }
    if (challenges_ >= config_->challenge_acks_per_second) return false;
    ++challenges_;
    return true;
  }
  /// May an unacceptable segment without text be answered?
  [[nodiscard]] bool allows_answer(Instant now) {
    if (now < next_answer_) return false;
    next_answer_ = now + config_->invalid_ack_interval;
    return true;
  }

 private:
  const Config* config_;
  Instant second_end_{};          ///< of the current second
  Instant next_answer_{};         ///< to an unacceptable segment, not before
  std::uint32_t challenges_ = 0;  ///< in the current second
};

}  // namespace zsock::tcp
