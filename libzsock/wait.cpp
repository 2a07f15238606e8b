#include "libzsock/wait.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "libzsock/no_cancel.h"
#include "libzsock/shared_lock.h"

namespace zsock::lib {
namespace {

using namespace ipc::status_flag;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMillisecond = 1'000'000;
/// Signals of a fault: no thread that waits gets them.
bool tells_a_fault(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
         number == SIGTRAP || number == SIGABRT || number == SIGSYS;
}

/// poll() returns EINTR after any handler, where the kernel's own sockets go on if the handler was
/// installed with SA_RESTART. Which handler ran is unknown: go on only if every one has the flag.
bool every_handler_restarts() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (tells_a_fault(number) || ::sigaction(number, nullptr, &action) != 0) continue;
    const bool handled = (action.sa_flags & SA_SIGINFO) != 0 ||
                         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
    if (handled && (action.sa_flags & SA_RESTART) == 0) return false;
  }
  return true;
}

/// The descriptor's SO_RCVTIMEO or SO_SNDTIMEO, ns; 0: none.
std::int64_t time_limit(int fd, int option) {
  timeval limit{};
  socklen_t length = sizeof(limit);
  if (::getsockopt(fd, SOL_SOCKET, option, &limit, &length) != 0) return 0;
  return std::int64_t{limit.tv_sec} * kSecond + std::int64_t{limit.tv_usec} * 1000;
}

int milliseconds_until(std::int64_t deadline) {
  if (deadline == 0) return -1;
  const std::int64_t left = deadline - now_ns();
  constexpr std::int64_t kMost = 1'000'000'000;
  return left <= 0 ? 0
                   : static_cast<int>(std::min((left + kMillisecond - 1) / kMillisecond, kMost));
}

/// Sends until the descriptor is not writable any more.
void fill(int fd) {
  constexpr std::array<char, 16384> kNothing{};
  pollfd entry{.fd = fd, .events = POLLOUT, .revents = 0};
  while (::poll(&entry, 1, 0) > 0 && entry.revents == POLLOUT) {
    const ssize_t sent = ::send(fd, kNothing.data(), kNothing.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) return;
  }
}

bool non_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

}  // namespace

bool Waiter::may_wait() const {
  if ((flags_ & MSG_DONTWAIT) == 0 && !blocking_) blocking_ = !non_blocking(socket_.fd);
  return (flags_ & MSG_DONTWAIT) == 0 && *blocking_;
}

int Waiter::readable(std::uint64_t head) {
  const bool wait = (flags_ & MSG_DONTWAIT) == 0;
  if (look_for_data(head)) return 0;
  const std::int64_t start = wait ? now_ns() : 0;
  const bool again = start_ != 0;
  if (!again) start_ = start;
  const int result = again ? poll_until(POLLIN, SO_RCVTIMEO) : wait_read();
  if (wait && result == 0) {
    learn_wait(Awaited::data, *socket_.arena, now_ns() - start, ipc::SpinBudget::How::slept);
  }
  return result;
}

/// While it looks, zsockd need not send a token.
bool Waiter::look_for_data(std::uint64_t head) const {
  if (looking_time(Awaited::data, *socket_.arena) == 0 || !may_wait()) return false;
  const auto ready = [this, head] { return worth_reading(socket_, head) || socket_.ended(); };
  ipc::AppSlot& app = socket_.app();
  app.watching.add(1);
  look_for(Awaited::data, *socket_.arena, ready);
  app.watching.add(static_cast<std::uint32_t>(-1));
  return ready();
}

int Waiter::wait_read() {
  // One call asks for everything: O_NONBLOCK, SO_RCVTIMEO, restart after signals.
  char octet = 0;
  const ssize_t result = ::recv(socket_.fd, &octet, 1, MSG_PEEK | (flags_ & MSG_DONTWAIT));
  if (result > 0) {
    woken_ = true;
    return socket_.is_there() ? 0 : socket_.explain_hangup();
  }
  if (result < 0) {
    const int error = errno;
    if (error == EAGAIN || error == EINTR || error == EBADF || error == ENOTSOCK) return -error;
  }
  return socket_.explain_hangup();
}

int Waiter::writable(Awaited what) {
  if ((flags_ & MSG_DONTWAIT) != 0) return -EAGAIN;
  const std::int64_t start = now_ns();
  if (start_ == 0) start_ = start;
  const int result = poll_until(POLLOUT, SO_SNDTIMEO);
  if (result == 0) {
    learn_wait(what, *socket_.arena, now_ns() - start, ipc::SpinBudget::How::slept);
  }
  return result;
}

int Waiter::poll_until(short events, int option) {
  if (!may_wait()) return -EAGAIN;
  const bool limited = (socket_.app().attributes.snapshot() & attribute::kTimeouts) != 0;
  const std::int64_t limit = limited ? time_limit(socket_.fd, option) : 0;
  const std::int64_t deadline = limit == 0 ? 0 : start_ + limit;
  for (;;) {
    pollfd entry{.fd = socket_.fd, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, milliseconds_until(deadline));
    if (ready < 0 && errno == EINTR) {
      if (deadline == 0 && every_handler_restarts()) continue;
      return -EINTR;
    }
    if (ready < 0) return -errno;
    if (ready == 0) return -EAGAIN;
    if ((entry.revents & POLLNVAL) != 0) return -EBADF;
    woken_ = true;
    const bool hung_up = (entry.revents & (POLLHUP | POLLERR)) != 0;
    return hung_up || !socket_.is_there() ? socket_.explain_hangup() : 0;
  }
}

bool worth_reading(const Socket& socket, std::uint64_t head, Worth what) {
  const ipc::StatusSlot& status = socket.status();
  const std::uint32_t order = status.receive.order();
  return ipc::worth_a_token(status.receive_tail.snapshot() - head,
                            socket.app().least_read.snapshot(),
                            std::uint64_t{1} << (order & 31U)) ||
         (what == Worth::anything &&
          status.error_count.snapshot() != socket.app().error_seen.snapshot());
}

void take_token(const Socket& socket, std::uint64_t head) {
  const NoCancel no_cancel;
  const int saved = errno;
  std::array<char, 64> tokens{};
  // What else this may tell, end or error, stands in the status page as well.
  static_cast<void>(::recv(socket.fd, tokens.data(), tokens.size(), MSG_DONTWAIT));
  errno = saved;
  ipc::AppSlot& app = socket.app();
  app.token.publish_ordered(0);
  if (worth_reading(socket, head)) {
    app.want_token.publish_ordered(1);
    socket.notify();
  }
}

bool is_idle_stream(const Socket& socket) {
  const Condition condition = socket.condition();
  if (condition.lost || condition.any(kDatagram | kListening | kConnecting)) return false;
  const auto told = static_cast<ConnectState>(socket.app().connect_state.snapshot());
  return condition.any(kFailed) ? told == ConnectState::unconnected : !condition.any(kConnected);
}

void clear_token(const Socket& socket) {
  ipc::AppSlot& app = socket.app();
  const std::uint32_t flags = socket.flags();
  const bool others_may_read =
      (flags & kStreaming) != 0 ||
      ((flags & (kListening | kReceiveClosed | kFailed | kDetached)) != 0 &&
       !is_idle_stream(socket));
  if (app.token.snapshot() == 0 || others_may_read) return;
  const SharedLock lock(app.reader_lock);
  const std::uint64_t head = app.receive_head.snapshot();
  if (lock.held() && !worth_reading(socket, head)) take_token(socket, head);
}

void plug(const Socket& socket) {
  const NoCancel no_cancel;
  const int saved = errno;
  const char octet = 0;
  if ((socket.app().attributes.snapshot() & attribute::kPlain) != 0) {
    fill(socket.fd);
  } else {
    static_cast<void>(::send(socket.fd, &octet, 1, MSG_DONTWAIT | MSG_NOSIGNAL));
  }
  errno = saved;
}

void request_room(const Socket& socket) {
  ipc::AppSlot& app = socket.app();
  bool plugged = app.want_room.snapshot_ordered() != 0;
  if (plugged) {
    // zsockd may have taken this plug together with the one before.
    const NoCancel no_cancel;
    pollfd entry{.fd = socket.fd, .events = POLLOUT, .revents = 0};
    plugged = ::poll(&entry, 1, 0) == 0;
  }
  if (!plugged) plug(socket);
  app.want_room.publish_ordered(1);
  socket.notify();
}

}  // namespace zsock::lib
