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

void Session::begin(const ipc::Request& request, Answer& answer) {
  switch (static_cast<Op>(request.header.op)) {
    case Op::hello:
      hello(answer);
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

void Session::hello(Answer& answer) {
  const auto made = service_->make_client(who_);
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
  ipc::ArenaTicket ticket;
  if (request.value_size != sizeof(ticket)) {
    answer.reply.error = EINVAL;
    return;
  }
  std::memcpy(&ticket, request.value.data(), sizeof(ticket));
  const auto joined = service_->join(ticket, who_);
  if (joined) {
    client_ = *joined;
  } else {
    answer.reply.error = ipc::to_errno(joined.error());
  }
}

}  // namespace zsock::host
