#include "libzsock/descriptors.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libzsock/client.h"
#include "libzsock/lifecycle.h"
#include "libzsock/socket.h"
#include "libzsock/stream_mode.h"

namespace zsock::lib {
namespace {

/// Descriptors of this process that name the socket.
std::uint32_t copies_of(SocketKey key) {
  std::uint32_t count = 0;
  Client::instance().fds().each(
      [&](int, SocketKey each, ino_t) { count += each == key ? 1U : 0U; });
  return count;
}

/// The same as open_to_others(), with care for those who hold the socket and know nothing of the
/// new image: an end that would have to be replaced stays as it is.
void open_for_image(int fd, SocketKey key, Image image) {
  if (!is_known(fd)) return;
  const Socket socket = find_socket(fd).socket;
  const bool others = image == Image::beside || socket.app().holders.snapshot() > copies_of(key);
  static_cast<void>(begin_streaming(socket, others ? OldEnd::stays : OldEnd::may_go));
}

/// Might it be a zsock socket? Those are ends of unnamed pairs.
bool is_unnamed_pair_end(int fd) {
  int domain = 0;
  socklen_t length = sizeof(domain);
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0 || domain != AF_UNIX) {
    return false;
  }
  sockaddr_un peer{};
  length = sizeof(peer);
  auto* generic = static_cast<sockaddr*>(static_cast<void*>(&peer));
  return ::getpeername(fd, generic, &length) == 0 && length == sizeof(sa_family_t);
}

}  // namespace

bool is_known(int fd) {
  const SocketKey key = Client::instance().fds().find(fd);
  if (key.arena == 0) return false;
  const Arena* arena = Client::instance().arena(key.arena);
  return arena != nullptr && arena->status(key.slot).generation.snapshot() == key.generation;
}

bool is_datagram(int fd) {
  return is_known(fd) && find_socket(fd).socket.is_datagram();
}

bool is_bound(int fd) {
  const Lookup found = find_socket(fd);
  return found.error == 0 && (found.socket.flags() & ipc::status_flag::kBound) != 0;
}

bool is_in_stream_mode(int fd) {
  return is_known(fd) && is_streaming(find_socket(fd).socket);
}

bool is_own(int fd) {
  return Client::instance().owns(fd);
}

bool in_borrowed_memory() {
  Client::instance().notice_fork();
  return ::getpid() != Client::instance().process();
}

int remember_copy(int fd, int copy) {
  const Lookup found = find_socket(fd);
  if (found.error != 0) return found.error;
  Socket second = found.socket;
  second.fd = copy;
  return register_socket(second);
}

void forget(int fd) {
  if (is_known(fd)) forget_descriptor(find_socket(fd).socket);
}

void open_to_others(int fd) {
  if (is_known(fd)) static_cast<void>(begin_streaming(find_socket(fd).socket, OldEnd::may_go));
}

void open_inherited_to_others(Image image) {
  Client::instance().fds().each([image](int fd, SocketKey key, ino_t inode) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0) return;
    // In a child of vfork() the number may have become something else.
    struct stat facts {};
    if (::fstat(fd, &facts) == 0 && facts.st_ino == inode) open_for_image(fd, key, image);
  });
}

void set_socket_path(std::string_view path) {
  Client::instance().set_socket_path(path);
}

void before_fork() {
  Client::before_fork();
}

void after_fork_in_parent() {
  Client::after_fork_in_parent();
}

void after_fork_in_child() {
  Client::after_fork_in_child();
}

bool adopt(int fd) {
  if (is_known(fd)) return true;
  if (!is_unnamed_pair_end(fd)) return false;
  const Answer answer = Client::instance().adopt(fd);
  if (answer.error != 0 || answer.reply.slot >= ipc::kSlots) return false;
  return register_socket({.fd = fd,
                          .arena = answer.arena,
                          .slot = answer.reply.slot,
                          .generation = answer.reply.generation}) == 0;
}

int next_own(int first) {
  return Client::instance().next_own(first);
}

int next_known(int first) {
  int lowest = -1;
  Client::instance().fds().each([&](int fd, SocketKey, ino_t) {
    if (fd >= first && (lowest < 0 || fd < lowest)) lowest = fd;
  });
  return lowest;
}

}  // namespace zsock::lib
