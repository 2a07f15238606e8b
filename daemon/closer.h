#pragma once
/// \file
/// Closer: closes what clients have sent, in a thread of its own.

#include <memory>

#include "libzsock/ipc/channel.h"

namespace zsock::host {

/// A client may pass a descriptor whose last close() waits: a kernel's TCP socket with SO_LINGER
/// and octets unsent, or a unix socket with such a one in its queue. That is to hold up nobody but
/// this thread. One that waits for long keeps what comes after it open; SO_LINGER of a socket
/// itself is therefore taken off first.
class Closer {
 public:
  Closer();
  /// Does not wait for the thread, which closes what it still has and ends.
  ~Closer();
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;

  /// Returns at once; an invalid one is ignored. The first begins the thread, which has no more
  /// privileges than its caller then. Where there is no thread to be had, closes by itself.
  void close(ipc::Fd fd);

 private:
  bool start();
  struct State;
  std::shared_ptr<State> state_;
  bool started_ = false;
};

}  // namespace zsock::host
