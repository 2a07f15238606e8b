#include "daemon/stream_mode.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace zsock::host {
namespace {

/// A stretch of a ring as at most two pieces of memory.
std::array<iovec, 2> pieces_of(MutableBytes ring, std::uint64_t position, std::size_t octets) {
  const std::size_t start = static_cast<std::size_t>(position) & (ring.size() - 1);
  const std::size_t first = std::min(octets, ring.size() - start);
  return {iovec{ring.data() + start, first}, iovec{ring.data(), octets - first}};
}

}  // namespace

std::optional<ino_t> inode_of_socket(int fd) {
  int type = 0;
  socklen_t size = sizeof(type);
  // fstat() of a file might wait for whoever serves the file system.
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return std::nullopt;
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return std::nullopt;
  return facts.st_ino;
}

Status<SockError> StreamMode::check(const Socket& socket, int application) const {
  if (inode_of_socket(application) != socket.inode) return Err{SockError::invalid};
  const bool stream = socket.kind == SocketKind::tcp && socket.rings && !socket.listening;
  const auto status = context_.stack.status(socket.id);
  const bool connected = status && (status->connected || status->receive_closed);
  if (!stream || !connected || socket.phase != Phase::open) return Err{SockError::not_connected};
  return {};
}

bool StreamMode::ends_too_early(const Socket& socket) {
  return (socket.shown.flags & ipc::status_flag::kReceiveClosed) != 0 &&
         socket.receive_head != socket.shown.receive_tail;
}

Status<SockError> StreamMode::begin(Client& client, Socket& socket, int application) {
  const auto started = start(client, socket);
  if (!started) return started;
  socket.end.take_plug();
  SocketEnd::prepare_stream(application);
  return {};
}

Status<SockError> StreamMode::begin_plain(Client& client, Socket& socket) {
  const auto started = start(client, socket);
  // What was written behind the plug is the stream's.
  if (started) socket.end.discard(std::exchange(socket.plug, 0));
  return started;
}

Status<SockError> StreamMode::start(Client& client, Socket& socket) {
  if (!context_.watch.watch_data(socket.end.fd(), client.owner(socket.slot))) {
    return Err{SockError::too_many_files};
  }
  socket.streaming.emplace();
  socket.shown.flags |= ipc::status_flag::kStreaming;
  client.arena.status(socket.slot).flags.publish(socket.shown.flags);
  return {};
}

void StreamMode::note(const Client& client, Socket& socket, WatchSet::Signal signal) const {
  Streaming& streaming = *socket.streaming;
  const bool closed = signal == WatchSet::Signal::closed;
  // Where the peer has ended the stream as well, shutdown() looks like the last close.
  if (closed && !(streaming.told_end && sockets_->is_held(client, socket))) {
    streaming.closed = true;
  } else if (closed || signal == WatchSet::Signal::half_closed) {
    streaming.half_closed = true;
  }
}

void StreamMode::serve(Client& client, Socket& socket, EndAction plan, Instant now) {
  take_offers(client, socket, now);
  push(socket, now);
  const bool all_pulled = pull(socket, now);
  conclude_theirs(client, socket, plan, now);
  const bool failed = (socket.shown.flags & ipc::status_flag::kFailed) != 0;
  if (socket.phase == Phase::open && (all_pulled || failed)) conclude_ours(client, socket, now);
}

/// Nobody else is at the rings.
void StreamMode::take_offers(Client& client, Socket& socket, Instant now) {
  if ((socket.shown.flags & ipc::status_flag::kGrowReceive) != 0) {
    static_cast<void>(sockets_->grow_ring(client, socket, tcp::RingSide::receive, now));
  }
  if ((socket.shown.flags & ipc::status_flag::kGrowTransmit) != 0) {
    static_cast<void>(sockets_->grow_ring(client, socket, tcp::RingSide::transmit, now));
  }
}

/// Receive ring to descriptor.
void StreamMode::push(Socket& socket, Instant now) {
  const std::uint64_t unread = socket.shown.receive_tail - socket.receive_head;
  if (unread == 0) return;
  const auto pieces =
      pieces_of(socket.rings->first.memory, socket.receive_head, static_cast<std::size_t>(unread));
  const std::size_t moved = socket.end.send_pieces(pieces);
  if (moved == 0) return;
  socket.receive_head += moved;
  static_cast<void>(context_.stack.consumed(socket.id, socket.receive_head, now));
}

/// Descriptor to transmit ring. False: something is left there for which there is no room.
bool StreamMode::pull(Socket& socket, Instant now) {
  const MutableBytes ring = socket.rings->second.memory;
  const std::size_t used =
      static_cast<std::size_t>(socket.transmit_tail - socket.shown.transmit_head);
  std::size_t room = ring.size() - used;
  if (socket.shown.unsent_limit != 0) {
    const std::uint64_t unsent = socket.transmit_tail - socket.shown.transmit_next;
    room = std::min<std::size_t>(room, ipc::room_below(socket.shown.unsent_limit, unsent));
  }
  const auto pieces = pieces_of(ring, socket.transmit_tail, room);
  const std::size_t moved = socket.end.receive_pieces(pieces);
  if (moved != 0) {
    socket.transmit_tail += moved;
    static_cast<void>(context_.stack.written(socket.id, socket.transmit_tail, now));
  }
  return socket.end.is_drained();
}

/// What the peer's side has come to, once the application can have read all that came before.
void StreamMode::conclude_theirs(Client& client, Socket& socket, EndAction plan, Instant now) {
  if (socket.receive_head != socket.shown.receive_tail) return;
  if ((socket.shown.flags & ipc::status_flag::kFailed) != 0) plan = EndAction::close_reset;
  if (plan == EndAction::close_clean || plan == EndAction::close_reset) {
    sockets_->detach(client, socket, plan, now);
    return;
  }
  const bool ended = (socket.shown.flags & ipc::status_flag::kReceiveClosed) != 0;
  if (ended && !std::exchange(socket.streaming->told_end, true)) socket.end.shut_down_writing();
}

/// What the application has done, once all that it wrote before is in the ring.
void StreamMode::conclude_ours(Client& client, Socket& socket, Instant now) {
  Streaming& streaming = *socket.streaming;
  if (streaming.closed) {
    sockets_->hang_up(client, socket, now);
  } else if (std::exchange(streaming.half_closed, false)) {
    static_cast<void>(context_.stack.shutdown(socket.id, Stack::Shutdown::transmit, now));
  }
}

}  // namespace zsock::host
