#include "libzsock/descriptors.h"

#include <unistd.h>

#include "libzsock/client.h"
#include "libzsock/lifecycle.h"
#include "libzsock/socket.h"

namespace zsock::lib {

bool is_known(int fd) {
  const SocketKey key = Client::instance().fds().find(fd);
  if (key.arena == 0) return false;
  const Arena* arena = Client::instance().arena(key.arena);
  return arena != nullptr && arena->status(key.slot).generation.snapshot() == key.generation;
}

bool is_bound(int fd) {
  const Lookup found = find_socket(fd);
  return found.error == 0 && (found.socket.flags() & ipc::status_flag::kBound) != 0;
}

bool is_own(int fd) {
  return Client::instance().owns(fd);
}

bool in_borrowed_memory() {
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
