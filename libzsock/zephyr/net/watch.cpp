#include "libzsock/zephyr/net/watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zsock/interface.h>

#include <array>
#include <utility>

namespace zsock::zephyr {
namespace {

constexpr int kTryAgainMs = 200;

void empty(int fd) {
  std::array<char, 64> tokens{};
  while (::recv(fd, tokens.data(), tokens.size(), MSG_DONTWAIT) > 0) {
  }
}

}  // namespace

Watch::Watch() : called_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Watch::~Watch() {
  end();
  ::close(called_);
}

void Watch::call() const {
  ::eventfd_write(called_, 1);
}

void Watch::begin() {
  wanted_ = true;
  if (!watching()) changes_ = zs_watch_interface();
}

void Watch::end() {
  wanted_ = false;
  if (watching()) ::close(std::exchange(changes_, -1));
}

void Watch::rest() {
  std::array<pollfd, 2> awaited{pollfd{.fd = called_, .events = POLLIN, .revents = 0},
                                pollfd{.fd = changes_, .events = POLLIN, .revents = 0}};
  const int limit = wanted_ && !watching() ? kTryAgainMs : -1;
  if (::poll(awaited.data(), awaited.size(), limit) <= 0) return;
  eventfd_t calls = 0;
  ::eventfd_read(called_, &calls);
  if ((awaited[1].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
    ::close(std::exchange(changes_, -1));
  } else if (awaited[1].revents != 0) {
    empty(changes_);
  }
}

}  // namespace zsock::zephyr
