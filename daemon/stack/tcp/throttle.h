#pragma once
/// \file
/// How often one connection answers what it did not ask for (RFC 5961 7). Kept per connection: a
/// shared budget would tell third parties about the connection.

#include <cstdint>
#include <optional>

#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/config.h"

namespace zsock::tcp {

class AckThrottle {
 public:
  /// \param config  outlives the throttle
  explicit AckThrottle(const Config& config) : config_(&config) {}

  /// May a challenge ACK go out?
  [[nodiscard]] bool allows_challenge(Instant now) {
    if (!second_ || now - *second_ >= std::chrono::seconds{1}) {
      second_ = now;
      challenges_ = 0;
    }
    if (challenges_ >= config_->challenge_acks_per_second) return false;
    ++challenges_;
    return true;
  }
  /// May an unacceptable segment without text be answered?
  [[nodiscard]] bool allows_answer(Instant now) {
    if (answered_ && now - *answered_ < config_->invalid_ack_interval) return false;
    answered_ = now;
    return true;
  }

 private:
  const Config* config_;
  std::optional<Instant> second_{};    ///< start of the current second
  std::optional<Instant> answered_{};  ///< last answer to an unacceptable segment
  std::uint32_t challenges_ = 0;       ///< in the current second
};

}  // namespace zsock::tcp
