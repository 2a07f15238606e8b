/// \file
/// TCP Fast Open (RFC 7413) where it concerns more than one connection: what is remembered of
/// servers, and how many clients a listener hears before their handshakes are over.

#include <algorithm>

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

/// RFC 7413 5.1: so long a reset takes up room: as Linux.
constexpr Duration kResetCounts = std::chrono::seconds{60};

}  // namespace

tcp::ListenPath::FastOpen Stack::State::fast_open_of(SocketRecord& listener, Instant now) const {
  const std::size_t most = listener.tcp_options.fast_open_queue;
  if (most == 0 || !config.tcp.fast_open_server()) return tcp::ListenPath::FastOpen::off;
  Acceptor& acceptor = *listener.acceptor;
  auto& resets = acceptor.early_resets;
  while (!resets.empty() && resets.front() <= now) resets.pop_front();
  return acceptor.early + resets.size() < most ? tcp::ListenPath::FastOpen::ready
                                               : tcp::ListenPath::FastOpen::full;
}

/// Its handshake is over, one way or the other.
void Stack::State::leave_early(SocketRecord& record, Instant now) {
  const tcp::Connection& connection = *record.connection;
  if (connection.state() == tcp::State::syn_received) return;
  record.early = false;
  SocketRecord* parent = sockets.find(record.parent);
  if (parent == nullptr || !parent->acceptor) return;
  Acceptor& acceptor = *parent->acceptor;
  if (acceptor.early > 0) --acceptor.early;  // it may have begun anew
  if (connection.error() == SockError::connection_reset) {
    acceptor.early_resets.push_back(now + kResetCounts);
  }
}

void Stack::State::learn_fast_open(const SocketRecord& record, Instant now) {
  const tcp::Connection& connection = *record.connection;
  if (connection.passive()) return;
  const wire::IpAddress& server = record.flow.remote.address;
  if (connection.fast_open()->fell_back) {
    ++counters.tcp_fast_open_black_holes;
    fast_open.note_black_hole(server, now);
  } else {
    fast_open.learn(server, connection.fast_open()->given, connection.peer_mss());
  }
}

}  // namespace zsock
