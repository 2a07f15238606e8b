/// \file
/// What a Stack has to do because others have the same addresses.

#include "daemon/stack/stack_state.h"

namespace zsock {

/// A port that was not chosen for the flow: its frames are to come here all the same.
bool Stack::State::claim(const wire::Flow& flow, const net::Path& path) const {
  return peers == nullptr || path.interface == kLoopbackInterface || peers->claim(flow);
}

/// A connection and its TIME-WAIT are over.
void Stack::State::drop_flow(const wire::Flow& flow) {
  ports.drop(flow);
  if (peers != nullptr) peers->give_up(flow);
}

// --- Listeners: each stack has one for those of its peers ---------------------------------------

Result<ListenerImage, SockError> Stack::listener_image(SocketId id) const {
  const SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr || !record->acceptor) return Err{SockError::invalid};
  return ListenerImage{
      .settings = *record, .local = record->local, .backlog = record->acceptor->listener.backlog()};
}

Result<SocketId, SockError> Stack::listen_as(const ListenerImage& image, Owner owner) {
  State& s = *state_;
  SocketRecord* record = s.sockets.add(s.config.socket_limit);
  if (record == nullptr) return Err{SockError::too_many_files};
  record->owner = owner;
  record->local = image.local;
  record->acceptor = std::make_unique<Acceptor>(
      Acceptor{.listener = {s.config.tcp, s.counters, s.isn, image.backlog}});
  s.listeners[record->local.port].push_back(record->id);
  update_listener(record->id, image);
  s.notify_acceptable(*record);
  return record->id;
}

void Stack::update_listener(SocketId id, const ListenerImage& image) {
  SocketRecord* record = state_->sockets.find(id);
  ZSOCK_CHECK(record != nullptr && record->acceptor);
  record->acceptor->listener.set_backlog(image.backlog);
  record->inherit(image.settings);
}

}  // namespace zsock
