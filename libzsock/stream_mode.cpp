#include "libzsock/stream_mode.h"

#include <sys/socket.h>

#include <cerrno>

#include "libzsock/shared_lock.h"

namespace zsock::lib {
namespace {

/// The kernel knows of a reset only; the status page may know better.
int better_error(const Socket& socket, int error) {
  if (error != ECONNRESET && error != EPIPE) return error;
  const int told = socket.take_error(socket.condition());
  return told != 0 ? told : error;
}

/// Calls move(piece, flags) piece by piece until one gives less than was asked.
template <class Move>
ssize_t piece_by_piece(const Socket& socket, Cursor data, int flags, Move move) {
  ssize_t total = 0;
  do {
    const std::span<std::byte> piece = data.take(data.remaining());
    const ssize_t moved = move(piece, flags);
    if (moved < 0 && total == 0) return -better_error(socket, errno);
    if (moved <= 0) return total;
    total += moved;
    if (static_cast<std::size_t>(moved) < piece.size()) return total;
  } while (data.remaining() > 0);
  return total;
}

}  // namespace

bool is_streaming(const Socket& socket) {
  return (socket.flags() & ipc::status_flag::kStreaming) != 0;
}

int begin_streaming(const Socket& socket, OldEnd old_end) {
  if (socket.is_datagram()) return -ENOTCONN;
  if (is_streaming(socket)) return 0;
  const SharedLock reader(socket.app().reader_lock);
  const SharedLock writer(socket.app().writer_lock);
  if (!reader.held() || !writer.held()) return -EAGAIN;
  ipc::Request request;
  request.a = old_end == OldEnd::stays ? ipc::kKeepEnd : 0;
  Answer answer = socket.ask_with_descriptor(request, ipc::Op::stream);
  return answer.error != 0 ? -answer.error : -replace_descriptor(socket, answer);
}

ssize_t streaming_send(const Socket& socket, Cursor data, int flags) {
  constexpr int kKnown = MSG_DONTWAIT | MSG_OOB;
  return piece_by_piece(socket, data, (flags & kKnown) | MSG_NOSIGNAL,
                        [&](std::span<std::byte> piece, int how) {
                          return ::send(socket.fd, piece.data(), piece.size(), how);
                        });
}

ssize_t streaming_receive(const Socket& socket, Cursor data, int flags) {
  const bool all = (flags & MSG_WAITALL) != 0;
  bool first = true;
  return piece_by_piece(socket, data, flags, [&](std::span<std::byte> piece, int how) {
    const int wait = first || all ? how : how | MSG_DONTWAIT;
    first = false;
    return ::recv(socket.fd, piece.data(), piece.size(), wait);
  });
}

int streaming_shut(const Socket& socket) {
  return ::shutdown(socket.fd, SHUT_WR) == 0 ? 0 : -errno;
}

}  // namespace zsock::lib
