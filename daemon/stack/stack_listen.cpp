/// \file
/// Listeners of a Stack: which one a segment is for, and how one ends.

#include "daemon/stack/stack_state.h"

namespace zsock {

SocketRecord* Stack::State::find_listener(const wire::Flow& flow) {
  const auto found = listeners.find(flow.local.port);
  if (found == listeners.end()) return nullptr;
  std::vector<SocketRecord*> best;
  int best_score = 0;
  for (const SocketId id : found->second) {
    SocketRecord* record = sockets.find(id);
    const wire::IpAddress& bound = record->local.address;
    int score = 0;
    if (bound == flow.local.address) {
      score = 3;
    } else if (bound.is_unspecified() && bound.family() == flow.local.address.family()) {
      score = 2;
    } else if (bound.is_unspecified() && bound.is_v6() && !record->v6_only) {
      score = 1;
    }
    if (score == 0 || score < best_score) continue;
    if (score > best_score) best.clear();
    best_score = score;
    best.push_back(record);
  }
  return best.empty() ? nullptr : best[spread(flow) % best.size()];
}

void Stack::State::acceptor_close(SocketRecord& record, Instant now) {
  auto& members = listeners[record.local.port];
  std::erase(members, record.id);
  if (members.empty()) listeners.erase(record.local.port);
  // Conformance 2.1: children that nobody has accepted are reset.
  const std::unique_ptr<Acceptor> acceptor = std::move(record.acceptor);
  half_open_total -= acceptor->listener.half_open();
  for (const Acceptor::Spare& spare : acceptor->spares) {
    events.push_back({.owner = spare.owner, .released = true});
  }
  for (const SocketId id : acceptor->established) {
    SocketRecord* child = sockets.find(id);
    if (child == nullptr) continue;
    child->orphan = true;
    ++orphans;
    child->connection->abort(now);
    settle(*child, now);
  }
}

}  // namespace zsock
