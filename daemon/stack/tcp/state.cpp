#include "daemon/stack/tcp/state.h"

namespace zsock::tcp {

const char* name(State state) {
  switch (state) {
    case State::closed:
      return "CLOSED";
    case State::syn_sent:
      return "SYN-SENT";
    case State::syn_received:
      return "SYN-RECEIVED";
    case State::established:
      return "ESTABLISHED";
    case State::fin_wait_1:
      return "FIN-WAIT-1";
    case State::fin_wait_2:
      return "FIN-WAIT-2";
    case State::close_wait:
      return "CLOSE-WAIT";
    case State::closing:
      return "CLOSING";
    case State::last_ack:
      return "LAST-ACK";
    case State::time_wait:
      return "TIME-WAIT";
  }
  return "";
}

bool has_edge(State from, State to) {
  if (to == State::closed) return from != State::closed;
  switch (from) {
    case State::closed:
      return to == State::syn_sent || to == State::syn_received;
    case State::syn_sent:
      return to == State::syn_received || to == State::established;
    case State::syn_received:
      return to == State::established || to == State::fin_wait_1;
    case State::established:
      return to == State::fin_wait_1 || to == State::close_wait;
    case State::fin_wait_1:
      return to == State::fin_wait_2 || to == State::closing || to == State::time_wait;
    case State::fin_wait_2:
    case State::closing:
      return to == State::time_wait;
    case State::close_wait:
      return to == State::last_ack;
    case State::last_ack:
    case State::time_wait:
      return false;
  }
  return false;
}

}  // namespace zsock::tcp
