#pragma once
/// \file
/// poll() and select(): the kernel's, corrected from the status page where a socketpair cannot show
/// what a TCP or UDP socket would. Both return the count or the negative errno.

#include <poll.h>
#include <sys/select.h>

#include <span>

namespace zsock::lib {

int poll_sockets(std::span<pollfd> entries, int timeout_ms);

struct SelectSets {
  fd_set* readable;
  fd_set* writable;
  fd_set* exceptional;
};
int select_sockets(int count, SelectSets sets, timeval* timeout);

}  // namespace zsock::lib
