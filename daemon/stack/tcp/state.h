#pragma once
/// \file
/// The states of RFC 9293 3.3.2 and the edges between them. LISTEN lives in Listener, not in
/// Connection.

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

/// Has figure 5 of RFC 9293 3.3.2 an edge between the two? An abort, a reset or a timeout leads
/// from every state to CLOSED.
[[nodiscard]] bool has_edge(State from, State to);

/// Both sides have agreed on sequence numbers: ESTABLISHED and everything after it but CLOSED.
[[nodiscard]] constexpr bool is_synchronized(State state) {
  return state != State::closed && state != State::syn_sent && state != State::syn_received;
}

/// May the peer still send text? It may until its FIN has been taken.
[[nodiscard]] constexpr bool may_receive(State state) {
  return state == State::established || state == State::fin_wait_1 || state == State::fin_wait_2;
}

}  // namespace zsock::tcp
