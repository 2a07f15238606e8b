#pragma once
/// \file
/// What a congestion control is told about an acknowledgment.

#include <cstdint>
#include <optional>

#include "daemon/stack/base/time.h"

namespace zsock::tcp {

struct AckSample {
  enum class Flight : std::uint8_t {
    filled,   ///< it filled the congestion window: the window limits
    limited,  ///< the application or the peer's window limits: nothing is learnt (RFC 7661)
  };

  std::uint32_t acked = 0;        ///< octets newly acknowledged
  std::uint64_t una = 0;          ///< SND.UNA with it, as an offset
  std::uint64_t next = 0;         ///< SND.NXT, as an offset
  std::optional<Duration> rtt{};  ///< measured by this acknowledgment
  Duration smoothed_rtt{};
  Flight flight = Flight::filled;
  Instant now{};
};

}  // namespace zsock::tcp
