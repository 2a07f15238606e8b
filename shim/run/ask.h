#pragma once
/// \file
/// Ask: a system call that the supervisor is asked about, with what its handler needs; Outcome:
/// what the handler has to say.

#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdint>

#include "libzsock/ipc/channel.h"
#include "shim/run/listener.h"

namespace zsock::run {

struct Ask {
  Call call{};
  ipc::Fd fd{};               ///< a copy of the program's descriptor, its first argument
  ino_t inode = 0;            ///< of fd
  bool hung_up = false;       ///< fd has shown an end while the call was waiting
  std::size_t progress = 0;   ///< messages or octets that are done, of a call with several
  std::int64_t deadline = 0;  ///< ns; 0: none
};

struct Outcome {
  enum class Kind : std::uint8_t {
    answer,  ///< value: what the call returns, or a negative errno
    kernel,  ///< the kernel goes on with it
    wait,  ///< try again, when fd shows one of the events or its socket has changed; value: what to
           ///< answer when the time is up
    again,  ///< at once, with the descriptor that the program has there now
    over,   ///< it has been answered, by value, or nobody waits any more
  };
  Kind kind = Kind::answer;
  std::int64_t value = 0;
  std::uint32_t events = 0;  ///< of epoll
  int limit = 0;             ///< SO_RCVTIMEO or SO_SNDTIMEO, which says how long

  static Outcome answer(std::int64_t value) { return {.kind = Kind::answer, .value = value}; }
  static Outcome kernel() { return {.kind = Kind::kernel}; }
  static Outcome again() { return {.kind = Kind::again}; }
  static Outcome over(std::int64_t value) { return {.kind = Kind::over, .value = value}; }
  static Outcome wait(std::uint32_t events, int limit, int error = EAGAIN) {
    return {.kind = Kind::wait, .value = -error, .events = events, .limit = limit};
  }
};

/// O_NONBLOCK is not set.
bool may_wait(int fd);
/// SO_RCVTIMEO or SO_SNDTIMEO from now on, ns; 0: none.
std::int64_t deadline_of(int fd, int option);
/// 0: fd is no open descriptor.
ino_t inode_of(int fd);

}  // namespace zsock::run
