#include "daemon/acceptor.h"

#include <algorithm>
#include <utility>

#include "daemon/report.h"
#include "daemon/shards.h"
#include "daemon/stack/base/check.h"
#include "libzsock/ipc/errors.h"

namespace zsock::host {

ipc::Address to_message(const wire::Endpoint& endpoint, wire::Family family) {
  const wire::IpAddress address =
      family == wire::Family::ipv6 ? endpoint.address.mapped() : endpoint.address;
  ipc::Address out;
  out.family = static_cast<std::uint8_t>(address.family());
  out.port = endpoint.port;
  out.scope = endpoint.scope;
  out.octets = address.octets();
  return out;
}

Status<SockError> Acceptor::listen(Client& client, Socket& socket, std::size_t backlog,
                                   Instant now) {
  const uid_t user = client.credentials.user;
  const bool first = socket.listening == nullptr;
  if (first && !context_.quota.charge(user, Resource::listeners, 1)) {
    return Err{SockError::too_many_files};
  }
  const auto outcome = context_.stack.listen(socket.id, backlog, now);
  if (!outcome) {
    if (first) context_.quota.give_back(user, Resource::listeners, 1);
    return outcome;
  }
  if (first) {
    const std::uint32_t accepted = client.arena.app(socket.slot).accepted.snapshot();
    socket.listening = std::make_unique<Listening>();
    socket.listening->delivered = socket.listening->accepted = accepted;
  }
  offer_all(client, socket);
  show_others(client, socket, Occasion::begun);
  return {};
}

void Acceptor::show_others(const Client& client, Socket& listener, Occasion occasion) {
  if (context_.shard == nullptr) return;
  const auto image = context_.stack.listener_image(listener.id);
  if (!image) return;
  const bool begun = occasion == Occasion::begun;
  if (begun) listener.copied = true;
  for (unsigned other = 0; other < context_.shard->count(); ++other) {
    if (other == context_.shard->number()) continue;
    ipc::Fd end = begun ? listener.end.copy() : ipc::Fd{};
    if (begun && !end.valid()) log_warn("no descriptor left for a listener in another shard");
    context_.shard->post(other, ListenerMail{.ticket = client.arena.ticket(),
                                             .who = client.credentials,
                                             .image = *image,
                                             .carries = listener.carries,
                                             .receive_size = listener.receive_size,
                                             .transmit_size = listener.transmit_size,
                                             .original = listener.inode,
                                             .end = std::move(end)});
  }
}

bool Acceptor::mirror(Client& client, ListenerMail& mail) {
  Socket* copy = nullptr;
  for (const auto& socket : client.sockets) {
    if (socket && socket->listening && socket->mirrors == mail.original) copy = socket.get();
  }
  if (copy != nullptr) {
    context_.stack.update_listener(copy->id, mail.image);
  } else if (mail.end.valid()) {
    const auto made = sockets_->open_mirror(client, mail, SocketEnd::of(std::move(mail.end)));
    if (!made) return false;
    copy = *made;
  }
  if (copy == nullptr) return true;  // it has ended meanwhile
  copy->receive_size = mail.receive_size;
  copy->transmit_size = mail.transmit_size;
  offer_all(client, *copy);
  return true;
}

Verdict Acceptor::serve(Client& client, Socket& listener, Instant now) {
  if (!listener.listening || listener.phase != Phase::open) return Verdict::good;
  if (!take_count(client, listener)) return Verdict::violation;
  deliver_all(client, listener, now);
  context_.stack.set_unaccepted(listener.id, waiting(*listener.listening));
  offer_all(client, listener);
  return Verdict::good;
}

/// False: more were accepted than delivered.
bool Acceptor::take_count(Client& client, Socket& listener) {
  Listening& listening = *listener.listening;
  const std::uint32_t accepted = client.arena.app(listener.slot).accepted.snapshot();
  const std::uint32_t taken = accepted - listening.accepted;
  const std::uint32_t there = listening.delivered - listening.accepted;
  if (taken > there) {
    if (taken - there > listener.late_accepts) return false;
    listener.late_accepts -= taken - there;
    listening.delivered = accepted;
  }
  listening.accepted = accepted;
  return true;
}

std::size_t Acceptor::waiting(const Listening& listening) {
  return (listening.delivered - listening.accepted) + listening.undelivered.size();
}

/// One descriptor is for all shards.
std::size_t Acceptor::queue_limit() const {
  const std::size_t shards = context_.shard == nullptr ? 1 : context_.shard->count();
  return std::max<std::size_t>(context_.config.host.accept_queue / shards, 1);
}

void Acceptor::deliver_all(Client& client, Socket& listener, Instant now) {
  Listening& listening = *listener.listening;
  while (!listening.undelivered.empty()) {
    const Listening::Undelivered& first = listening.undelivered.front();
    if (!deliver(listener, first.message, first.application.get())) return;
    listening.undelivered.pop_front();
  }
  while (waiting(listening) < queue_limit() && listening.undelivered.empty()) {
    const auto accepted = context_.stack.accept(listener.id);
    if (!accepted) return;
    adopt(client, listener, *accepted, now);
  }
}

/// False: there is no room now.
bool Acceptor::deliver(Socket& listener, const ipc::AcceptMessage& message, int application) {
  // A listener that takes nothing any more is about to hang up, and its connections with it.
  if (listener.end.deliver(message, application) == SocketEnd::Delivery::full) return false;
  ++listener.listening->delivered;
  return true;
}

/// Makes a socket of the application's out of a connection that had the listener's spare rings.
void Acceptor::adopt(Client& client, Socket& listener, const Accepted& accepted, Instant now) {
  Socket* child = client.find(slot_of(accepted.owner));
  ZSOCK_CHECK(child != nullptr && child->phase == Phase::spare);
  child->id = accepted.socket;
  child->unaccepted = true;
  auto application = sockets_->give_end(client, *child);
  if (!application) {  // no descriptors left: the peer is told so
    child->phase = Phase::gone;
    context_.stack.abort(child->id, now);
    return;
  }
  child->shown.flags = ipc::status_flag::kBound;
  Listening::Undelivered next;
  next.message.header.op = static_cast<std::uint16_t>(ipc::Op::listen);
  next.message.shard = context_.shard == nullptr ? 0 : context_.shard->number();
  next.message.listener = listener.slot;
  next.message.slot = child->slot;
  next.message.generation = client.arena.generation(child->slot);
  next.message.local = to_message(accepted.flow.local, listener.family);
  next.message.remote = to_message(accepted.flow.remote, listener.family);
  next.application = std::move(*application);
  flow_->publish(client, *child, now);
  if (!deliver(listener, next.message, next.application.get())) {
    listener.listening->undelivered.push_back(std::move(next));
  }
}

void Acceptor::offer_all(Client& client, Socket& listener) {
  while (offer(client, listener)) {
  }
}

/// False: the stack has enough, or there is nothing to offer.
bool Acceptor::offer(Client& client, Socket& listener) {
  Listening& listening = *listener.listening;
  if (!listening.spare) {
    const auto child = sockets_->prepare_child(client, listener);
    if (!child) {
      client.starved_listener = true;
      return false;
    }
    listening.spare = (*child)->slot;
  }
  Socket& child = *client.find(*listening.spare);
  // One more than the stack wants: it waits.
  if (!context_.stack.offer(listener.id, Sockets::rings_of(child), client.owner(child.slot))) {
    return false;
  }
  child.in_stack = true;
  listening.spare.reset();
  return true;
}

ipc::QueuedError to_message(const zsock::QueuedError& entry, wire::Family family) {
  ipc::QueuedError told{.number = ipc::to_errno(entry.error),
                        .origin = static_cast<std::uint8_t>(entry.origin),
                        .type = entry.type,
                        .code = entry.code,
                        .info = entry.info};
  if (entry.is_icmp()) told.offender = to_message(entry.offender, family);
  return told;
}

}  // namespace zsock::host
