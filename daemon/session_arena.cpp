/// \file
/// How a session comes to its arena: by hello a new one, by attach its parent's, by adopt that of a
/// socket which it holds.

#include <cerrno>
#include <cstring>

#include "daemon/session.h"
#include "daemon/stream_mode.h"
#include "libzsock/ipc/errors.h"

namespace zsock::host {

using ipc::Op;

namespace {

std::optional<ipc::ArenaTicket> ticket_in(const ipc::Request& request) {
  ipc::ArenaTicket ticket;
  if (request.value_size != sizeof(ticket)) return std::nullopt;
  std::memcpy(&ticket, request.value.data(), sizeof(ticket));
  return ticket;
}

}  // namespace

void Session::begin(const ipc::Request& request, Answer& answer) {
  switch (static_cast<Op>(request.header.op)) {
    case Op::hello:
      hello(request, answer);
      return;
    case Op::attach:
      attach(request, answer);
      return;
    case Op::adopt:
      adopt(answer);
      return;
    default:
      answer.reply.error = EINVAL;
  }
}

/// With a ticket: of the process's arena in another shard. There may be one here already, for a
/// listener's sake.
void Session::hello(const ipc::Request& request, Answer& answer) {
  const auto ticket = ticket_in(request);
  if (!ticket && request.value_size != 0) {
    answer.reply.error = EINVAL;
    return;
  }
  auto made = ticket ? service_->join(*ticket, who_) : Err{SockError::access_denied};
  if (!made) made = service_->make_client(who_, ticket);
  if (!made) {
    answer.reply.error = ipc::to_errno(made.error());
    return;
  }
  client_ = *made;
  show_arena(service_->find(*made)->arena, answer);
}

void Session::show_arena(const Arena& arena, Answer& answer) {
  answer.fds = {arena.status_fd(), arena.data_fd(), arena.doorbell_fd()};
  answer.fd_count = 3;
  const ipc::ArenaTicket& ticket = arena.ticket();
  std::memcpy(answer.reply.value.data(), &ticket, sizeof(ticket));
  answer.reply.value_size = sizeof(ticket);
}

/// Whoever holds the descriptor, and is the same user, has a right to the socket, and to be of its
/// arena.
void Session::adopt(Answer& answer) {
  const Shard* shard = service_->shard();
  answer.reply.a = shard == nullptr ? 1 : static_cast<std::int32_t>(shard->count());
  const auto inode = inode_of_socket(passed_);
  const auto owner = inode ? service_->sockets().find_by_inode(*inode) : std::nullopt;
  Client* client = owner ? service_->find(client_of(*owner)) : nullptr;
  if (client == nullptr) {
    answer.reply.error = ENOENT;
    return;
  }
  const bool joins = !client_ && client->credentials.user == who_.user;
  if (!joins && client_ != client->id) {
    answer.reply.error = EACCES;
    return;
  }
  if (joins) {
    client_ = service_->join(*client);
    show_arena(client->arena, answer);
  }
  answer.reply.slot = slot_of(*owner);
  answer.reply.generation = client->arena.generation(slot_of(*owner));
}

void Session::attach(const ipc::Request& request, Answer& answer) {
  const auto ticket = ticket_in(request);
  if (!ticket) {
    answer.reply.error = EINVAL;
    return;
  }
  const auto joined = service_->join(*ticket, who_);
  if (joined) {
    client_ = *joined;
  } else {
    answer.reply.error = ipc::to_errno(joined.error());
  }
}

}  // namespace zsock::host
