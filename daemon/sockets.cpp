#include "daemon/sockets.h"

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "daemon/stack/base/check.h"

namespace zsock::host {
namespace {

constexpr std::size_t kKeptDetached = 64;
constexpr std::size_t kKeptUnread = 4;

}  // namespace

// --- Made --------------------------------------------------------------------------------------

Result<Sockets::Opened, SockError> Sockets::open(Client& client, SocketKind kind,
                                                 wire::Family family, Carries carries) {
  const auto made = make(client, kind, family);
  if (!made) return Err{made.error()};
  Socket& socket = **made;
  socket.carries = carries;
  auto application = give_end(client, socket);
  if (!application) {
    free(client, socket);
    return Err{application.error()};
  }
  const auto id =
      context_.stack.open(kind, family, client.credentials.user, client.owner(socket.slot));
  if (!id) {
    leave(client, socket);
    free(client, socket);
    return Err{id.error()};
  }
  socket.id = *id;
  socket.in_stack = true;
  if (kind != SocketKind::tcp) socket.shown.flags = ipc::status_flag::kDatagram;
  client.arena.status(socket.slot).flags.publish(socket.shown.flags);
  return Opened{&socket, std::move(*application)};
}

Result<Socket*, SockError> Sockets::prepare_child(Client& client, const Socket& listener) {
  const auto made = make(client, SocketKind::tcp, listener.family);
  if (!made) return Err{made.error()};
  Socket& child = **made;
  child.carries = listener.carries;
  child.receive_size = listener.receive_size;
  child.transmit_size = listener.transmit_size;
  const auto outcome = give_rings(client, child, RingUse::keep);
  if (!outcome) {
    free(client, child);
    return Err{outcome.error()};
  }
  return &child;
}

Result<Socket*, SockError> Sockets::open_mirror(Client& client, const ListenerMail& mail,
                                                SocketEnd end) {
  const auto made = make(client, SocketKind::tcp, mail.image.settings.family);
  if (!made) return made;
  Socket& socket = **made;
  const Owner owner = client.owner(socket.slot);
  const auto id = context_.watch.add_end(end.fd(), owner)
                      ? context_.stack.listen_as(mail.image, owner)
                      : Err{SockError::too_many_files};
  if (!id) {
    free(client, socket);
    return Err{id.error()};
  }
  socket.id = *id;
  socket.in_stack = true;
  socket.end = std::move(end);
  socket.copied = true;
  socket.mirrors = mail.original;
  socket.carries = mail.carries;
  socket.phase = Phase::open;
  ++client.holding;
  socket.listening = std::make_unique<Listening>();
  return &socket;
}

Result<ipc::Fd, SockError> Sockets::give_end(Client& client, Socket& socket) {
  auto application = make_end(client, socket);
  if (!application) return application;
  socket.phase = Phase::open;
  ++client.holding;
  return application;
}

void Sockets::mark_bound(Client& client, Socket& socket) {
  socket.shown.flags |= ipc::status_flag::kBound;
  client.arena.status(socket.slot).flags.publish(socket.shown.flags);
}

Result<ipc::Fd, SockError> Sockets::make_end(Client& client, Socket& socket) {
  auto pair = SocketEnd::create(socket.kind, socket.carries);
  if (!pair) return Err{SockError::too_many_files};
  struct stat facts {};
  if (::fstat(pair->application.get(), &facts) != 0 ||
      !holders_.add(pair->application.get(), client.owner(socket.slot)) ||
      !context_.watch.add_end(pair->host.fd(), client.owner(socket.slot))) {
    return Err{SockError::too_many_files};
  }
  end_copies(socket);
  by_inode_.erase(socket.inode);
  socket.inode = facts.st_ino;
  by_inode_[socket.inode] = client.owner(socket.slot);
  socket.end = std::move(pair->host);
  return std::move(pair->application);
}

Result<ipc::Fd, SockError> Sockets::renew_end(Client& client, Socket& socket) {
  ZSOCK_CHECK(socket.is_known());
  auto application = make_end(client, socket);
  if (!application) return application;
  if (socket.phase == Phase::detached) {
    std::erase(client.detached, socket.slot);
    socket.phase = Phase::open;
    ++client.holding;
  }
  socket.streaming.reset();
  socket.plug = 0;
  socket.shown.flags &= ~(ipc::status_flag::kStreaming | ipc::status_flag::kDetached);
  client.arena.status(socket.slot).flags.publish(socket.shown.flags);
  ipc::AppSlot& app = client.arena.app(socket.slot);
  app.token.publish_ordered(0);
  app.want_token.publish_ordered(0);
  app.want_room.publish_ordered(0);
  return application;
}

std::optional<Owner> Sockets::find_by_inode(ino_t inode) const {
  const auto found = by_inode_.find(inode);
  return found == by_inode_.end() ? std::nullopt : std::optional(found->second);
}

Result<Socket*, SockError> Sockets::make(Client& client, SocketKind kind, wire::Family family) {
  const uid_t user = client.credentials.user;
  if (!context_.quota.charge(user, Resource::sockets, 1)) {
    make_way(client);
    if (!context_.quota.charge(user, Resource::sockets, 1)) return Err{SockError::too_many_files};
  }
  auto slot = client.arena.take_slot();
  if (!slot) {
    make_way(client);
    slot = client.arena.take_slot();
  }
  if (!slot) {
    context_.quota.give_back(user, Resource::sockets, 1);
    return Err{SockError::too_many_files};
  }
  if (client.sockets.size() <= *slot) client.sockets.resize(*slot + std::size_t{1});
  auto socket = std::make_unique<Socket>();
  socket->slot = *slot;
  socket->kind = kind;
  socket->family = family;
  ++client.socket_count;
  client.sockets[*slot] = std::move(socket);
  return client.sockets[*slot].get();
}

// --- Ends --------------------------------------------------------------------------------------

void Sockets::detach(Client& client, Socket& socket, EndAction how, Instant now) {
  ZSOCK_CHECK(socket.phase == Phase::open);
  if (how == EndAction::close_clean) {
    socket.end.close_clean();
  } else {
    socket.end.close_reset();
  }
  by_inode_.erase(socket.inode);
  socket.shown.flags |= ipc::status_flag::kDetached;
  client.arena.status(socket.slot).flags.publish(socket.shown.flags);
  socket.phase = Phase::detached;
  --client.holding;
  client.detached.push_back(socket.slot);
  // Nobody gives these back; the newest may still be asked how they ended.
  const bool foreign = socket.carries == Carries::octets || socket.streaming;
  if (foreign && client.detached.size() > kKeptDetached) {
    let_go(client, *client.find(client.detached.front()), now);
  }
}

Status<SockError> Sockets::release(Client& client, Socket& socket, Instant now) {
  if (socket.phase != Phase::detached) return Err{SockError::invalid};
  let_go(client, socket, now);
  return {};
}

void Sockets::reap(Client& client, const std::unordered_set<Owner>& held, Instant now) {
  const std::deque<std::uint32_t> slots = client.detached;
  for (const std::uint32_t slot : slots) {
    if (!held.contains(client.owner(slot))) let_go(client, *client.find(slot), now);
  }
}

bool Sockets::is_held(const Client& client, const Socket& socket) const {
  return holders_.held().contains(client.owner(socket.slot));
}

/// Nobody holds a detached socket any more.
void Sockets::let_go(Client& client, Socket& socket, Instant now) {
  std::erase(client.detached, socket.slot);
  socket.phase = Phase::gone;
  context_.stack.close(socket.id, now);
}

void Sockets::hang_up(Client& client, Socket& socket, Instant now) {
  if (socket.phase != Phase::open) return;
  const bool never_accepted =
      socket.unaccepted && client.arena.app(socket.slot).taken.snapshot() == 0;
  const bool unread_in_end = socket.streaming && socket.end.left_unread();
  const bool unread_in_ring =
      socket.rings && !socket.streaming &&
      client.arena.app(socket.slot).receive_head.snapshot() != socket.shown.receive_tail;
  leave(client, socket);
  if (unread_in_ring && !never_accepted) keep_unread(client, socket);
  if (never_accepted || unread_in_end) {
    context_.stack.abort(socket.id, now);
  } else {
    context_.stack.close(socket.id, now);
  }
}

/// Closes our end; the application has no hold on the socket from now on.
void Sockets::leave(Client& client, Socket& socket) {
  if (socket.phase == Phase::open) {
    --client.holding;
    by_inode_.erase(socket.inode);
  }
  end_copies(socket);
  socket.end.close_reset();
  socket.phase = Phase::gone;
  if (socket.listening) stop_listening(client, socket);
}

/// An end that other shards have copies of is about to be closed here. While it is open elsewhere
/// the kernel would go on watching it.
void Sockets::end_copies(Socket& socket) const {
  if (!std::exchange(socket.copied, false)) return;
  context_.watch.remove(socket.end.fd());
  socket.end.hang_up();
}

void Sockets::stop_listening(Client& client, Socket& socket) {
  if (socket.mirrors == 0)
    context_.quota.give_back(client.credentials.user, Resource::listeners, 1);
  socket.late_accepts += socket.listening->delivered - socket.listening->accepted;
  const auto spare = socket.listening->spare;
  socket.listening.reset();
  if (!spare) return;
  Socket* child = client.find(*spare);
  ZSOCK_CHECK(child != nullptr);
  free(client, *child);
}

void Sockets::released(Client& client, Socket& socket) {
  socket.in_stack = false;
  if (socket.phase == Phase::spare) {
    free(client, socket);
  } else {
    free_if_done(client, socket);
  }
}

void Sockets::abandon_all(Client& client, Instant now) {
  for (std::size_t slot = 0; slot < client.sockets.size(); ++slot) {
    Socket* socket = client.sockets[slot].get();
    if (socket == nullptr || socket->phase == Phase::spare) continue;
    if (socket->is_known()) leave(client, *socket);
    if (socket->in_stack) {
      context_.stack.abort(socket->id, now);
    } else {
      free(client, *socket);
    }
  }
  client.detached.clear();
  client.unread.clear();
}

void Sockets::sweep(Client& client, Instant now) {
  if (client.sessions != 0 || client.holding != 0) return;
  while (!client.detached.empty()) let_go(client, *client.find(client.detached.front()), now);
  while (!client.unread.empty()) reclaim_oldest_unread(client);
}

void Sockets::keep_unread(Client& client, Socket& socket) {
  client.unread.push_back(socket.slot);
  if (client.unread.size() > kKeptUnread) reclaim_oldest_unread(client);
}

void Sockets::reclaim_oldest_unread(Client& client) {
  Socket* socket = client.find(client.unread.front());
  client.unread.pop_front();
  ZSOCK_CHECK(socket != nullptr);
  free_if_done(client, *socket);
}

/// Memory that nobody holds any more, or hardly anybody.
void Sockets::make_way(Client& client) {
  if (!client.unread.empty()) return reclaim_oldest_unread(client);
  for (const std::uint32_t slot : client.detached) {
    Socket& socket = *client.find(slot);
    if (!context_.stack.discard(socket.id)) continue;
    std::erase(client.detached, slot);
    socket.in_stack = false;
    free(client, socket);
    return;
  }
}

void Sockets::free_if_done(Client& client, Socket& socket) {
  const bool kept = std::ranges::find(client.unread, socket.slot) != client.unread.end();
  if (socket.phase == Phase::gone && !socket.in_stack && !kept) free(client, socket);
}

void Sockets::free(Client& client, Socket& socket) {
  ZSOCK_CHECK(!socket.in_stack);
  if (socket.rings) {
    client.rings.give_back(socket.rings->first, socket.shown.receive_tail);
    client.rings.give_back(socket.rings->second, socket.transmit_tail);
  }
  const std::uint32_t slot = socket.slot;
  context_.quota.give_back(client.credentials.user, Resource::sockets, 1);
  client.arena.free_slot(slot);
  --client.socket_count;
  client.sockets[slot].reset();
}

}  // namespace zsock::host
