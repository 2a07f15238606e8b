/// \file
/// What the application has put into its rings and taken from them, and the rings themselves.

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

constexpr auto kUnknown = SockError::bad_descriptor;

}  // namespace

Status<SockError> Stack::written(SocketId id, std::uint64_t tail, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (record->udp) {
    if (!record->udp->written(tail)) return Err{SockError::protocol_error};
    if (record->udp->transmit_ring().size() != 0) s.mark_ready(*record);
    return {};
  }
  if (!record->connection) return tail == 0 ? Status<SockError>{} : Err{SockError::protocol_error};
  if (!record->connection->written(tail, now)) return Err{SockError::protocol_error};
  s.settle(*record, now);
  return {};
}

Status<SockError> Stack::consumed(SocketId id, std::uint64_t head, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (record->udp) {
    if (!record->udp->consumed(head)) return Err{SockError::protocol_error};
    return {};
  }
  if (!record->connection) return head == 0 ? Status<SockError>{} : Err{SockError::protocol_error};
  if (!record->connection->consumed(head, now)) return Err{SockError::protocol_error};
  s.settle(*record, now);
  return {};
}

Status<SockError> Stack::send_urgent(SocketId id, std::uint64_t position, Instant now) {
  SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (!record->connection) return Err{SockError::not_connected};
  if (position == 0) return Err{SockError::invalid};
  record->connection->send_urgent(position - 1);
  state_->settle(*record, now);
  return {};
}

Status<SockError> Stack::grow_ring(SocketId id, tcp::RingSide side, MutableBytes memory,
                                   Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (!record->connection) return Err{SockError::not_connected};
  if (!record->connection->move_ring(side, memory, now)) return Err{SockError::invalid};
  s.settle(*record, now);
  return {};
}

}  // namespace zsock
