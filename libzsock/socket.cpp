#include "libzsock/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "libzsock/no_cancel.h"

namespace zsock::lib {
namespace {

using namespace ipc::status_flag;

/// The arena of a key that is still good, or nullptr.
Arena* arena_of(SocketKey key) {
  if (key.arena == 0) return nullptr;
  Arena* arena = Client::instance().arena(key.arena);
  if (arena == nullptr || arena->status(key.slot).generation.snapshot() != key.generation) {
    return nullptr;
  }
  return arena;
}

Socket socket_of(int fd, SocketKey key, Arena* arena) {
  return {.fd = fd, .arena = arena, .slot = key.slot, .generation = key.generation};
}

int enter_in_table(const Socket& socket) {
  struct stat facts {};
  if (::fstat(socket.fd, &facts) != 0) return errno;
  const SocketKey key{.generation = socket.generation,
                      .arena = socket.arena->number(),
                      .slot = static_cast<std::uint16_t>(socket.slot)};
  return Client::instance().fds().set(socket.fd, key, facts.st_ino) ? 0 : EMFILE;
}

}  // namespace

Lookup discover_socket(int fd) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return {.error = EBADF};
  if (!S_ISSOCK(facts.st_mode)) return {.error = ENOTSOCK};
  FdTable& table = Client::instance().fds();
  const SocketKey key = table.find_inode(
      facts.st_ino, [](SocketKey candidate) { return arena_of(candidate) != nullptr; });
  Arena* arena = arena_of(key);
  if (arena == nullptr) return {.error = ENOTSOCK};
  if (table.set(fd, key, facts.st_ino)) arena->app(key.slot).holders.add(1);
  return {.socket = socket_of(fd, key, arena)};
}

int register_socket(const Socket& socket) {
  const int error = enter_in_table(socket);
  if (error == 0) socket.app().holders.add(1);
  return error;
}

void copy_time_limits(int from, int to) {
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    timeval limit{};
    socklen_t length = sizeof(limit);
    if (::getsockopt(from, SOL_SOCKET, option, &limit, &length) == 0) {
      ::setsockopt(to, SOL_SOCKET, option, &limit, sizeof(limit));
    }
  }
}

int replace_descriptor(const Socket& socket, Answer& answer) {
  if (answer.fd_count == 0) return 0;
  const ipc::Fd fresh = std::move(answer.fds[0]);
  const int modes = ::fcntl(socket.fd, F_GETFL);
  const int kept = ::fcntl(socket.fd, F_GETFD);
  if (modes < 0 || kept < 0 || ::fcntl(fresh.get(), F_SETFL, modes) != 0) return errno;
  copy_time_limits(socket.fd, fresh.get());
  if (::dup3(fresh.get(), socket.fd, (kept & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0) < 0) return errno;
  return enter_in_table(socket);
}

int Socket::take_error(const Condition& condition) const {
  const std::uint32_t seen = app().error_seen.snapshot();
  if (condition.error_count == seen) return lost_error(condition);
  const int gone = lost_error(condition);
  if (gone != 0) return gone;
  // Of several calls at once, one tells it.
  if (!app().error_seen.replace(seen, condition.error_count)) return 0;
  if (condition.lost) return ECONNRESET;
  constexpr std::uint32_t kLargest = 4095;  // of the kernel's
  const std::uint32_t error = status().error.snapshot();
  return error != 0 && error <= kLargest ? static_cast<int>(error) : EPROTO;
}

std::span<std::byte> Socket::map_segment(std::uint32_t number) const {
  ipc::Request request;
  request.a = static_cast<std::int32_t>(number);
  Answer answer = ask(request, ipc::Op::map_segment);
  if (answer.error != 0 || answer.fd_count != 1) return {};
  arena->add_segment(number, answer.fds[0]);
  return arena->segment(number);
}

Answer Socket::ask(ipc::Request request, ipc::Op op) const {
  request.header.op = static_cast<std::uint16_t>(op);
  request.slot = slot;
  request.generation = generation;
  return Client::instance().request(request, *arena);
}

Answer Socket::ask_with_descriptor(ipc::Request request, ipc::Op op) const {
  request.header.op = static_cast<std::uint16_t>(op);
  request.slot = slot;
  request.generation = generation;
  return Client::instance().request(request, *arena, fd);
}

void Socket::check() const {
  const NoCancel no_cancel;
  pollfd entry{.fd = fd, .events = 0, .revents = 0};
  if (::poll(&entry, 1, 0) > 0 && (status().flags.snapshot() & kDetached) == 0) {
    Client::instance().alive(*arena);
  }
}

int Socket::explain_hangup() const {
  if (arena->lost()) return 0;
  if (!is_there()) return -EBADF;
  if ((flags() & (kReceiveClosed | kDetached | kFailed)) != 0) return 0;
  if (!Client::instance().alive(*arena)) return 0;
  return is_datagram() ? -ENETDOWN : -ECONNRESET;
}

}  // namespace zsock::lib
