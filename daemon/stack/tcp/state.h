#pragma once
/// \file
/// The states of RFC 9293 3.3.2. LISTEN lives in Listener, not in Connection.

#include <cstdint>

namespace zsock::tcp {

enum class State : std::uint8_t {
  closed,
  syn_sent,
  syn_received,
  established,
  fin_wait_1,
  fin_wait_2,
  close_wait,
  closing,
  last_ack,
  time_wait,
};

/// RFC 9293 name: "SYN-SENT".
[[nodiscard]] const char* name(State state);

}  // namespace zsock::tcp
