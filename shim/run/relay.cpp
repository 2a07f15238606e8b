#include "shim/run/relay.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "zsock/zsock.h"

namespace zsock::run {
namespace {

/// The kernel doubles it, takes 32 octets off, and that is the longest datagram that the program
/// can write: the longest there is.
constexpr int kProgramBuffer = 32770;
constexpr int kRelayBuffer = 1 << 20;  // the kernel's own limit cuts it
constexpr std::size_t kMostControl = 1024;
constexpr int kAtOneGo = 64;  // datagrams each way, before others have their turn

bool has_hung_up(int fd) {
  pollfd entry{.fd = fd, .events = 0, .revents = 0};
  return ::poll(&entry, 1, 0) > 0 && (entry.revents & POLLHUP) != 0;
}

bool set(int fd, int name, int value) {
  return ::setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value)) == 0;
}

}  // namespace

std::pair<ipc::Fd, ipc::Fd> Relay::make_pair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) != 0) return {};
  std::pair<ipc::Fd, ipc::Fd> pair{ipc::Fd(fds[0]), ipc::Fd(fds[1])};
  // Credentials come with each datagram, an empty one too, and with the end of all there are none.
  const bool done = set(fds[0], SO_PASSCRED, 1) && set(fds[0], SO_SNDBUF, kRelayBuffer) &&
                    set(fds[1], SO_SNDBUF, kProgramBuffer);
  return done ? std::move(pair) : std::pair<ipc::Fd, ipc::Fd>{};
}

Relay::~Relay() {
  ::zs_close(socket_);
}

void Relay::pump() {
  carry_from_program();
  carry_to_program();
}

void Relay::carry_from_program() {
  more_out_ = false;
  for (int i = 0; i < kAtOneGo; ++i) {
    if (!forward()) return;
  }
  more_out_ = true;
}

void Relay::carry_to_program() {
  more_in_ = false;
  int errors = 0;
  for (int i = 0; i < kAtOneGo; ++i) {
    const Step step = deliver();
    // One error may come before the next datagram, not two.
    if (step == Step::nothing || (step == Step::error && ++errors > 1)) return;
  }
  more_in_ = true;
}

// --- From the program --------------------------------------------------------------------------

/// The next datagram that it has written, into stuck_. False: there is none.
bool Relay::read_end() {
  std::vector<std::byte> octets(kMostOctets);
  std::array<std::byte, 256> control;  // NOLINT: only written
  iovec piece{octets.data(), octets.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (closed_) return false;
  const ssize_t size = ::recvmsg(end_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < 0) {
    closed_ = errno != EAGAIN && errno != EINTR;
    return false;
  }
  if (size == 0 && message.msg_controllen == 0) {
    closed_ = has_hung_up(end_.get());  // else it was shutdown()
    return false;
  }
  octets.resize(static_cast<std::size_t>(size));
  stuck_ = std::move(octets);
  return true;
}

/// One datagram to zsockd. False: there is none, or no room.
bool Relay::forward() {
  if (!stuck_ && !read_end()) return false;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const ssize_t sent =
        ::zs_send(socket_, stuck_->data(), stuck_->size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) break;
    if (errno == EAGAIN) return false;
    // The socket's own error comes first, and then the datagram goes. One that cannot go is lost,
    // as on the wire: its writer has been told that it went.
    if (errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != ENETUNREACH) break;
    if (attempt == 0) note(errno);
  }
  stuck_.reset();
  return true;
}

std::int64_t Relay::send(const msghdr& message, int flags) {
  carry_from_program();
  if (more_out_ || stuck_) return -EAGAIN;
  if (error_ != 0) return -std::exchange(error_, 0);
  const ssize_t sent = ::zs_sendmsg(socket_, &message, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 ? -errno : sent;
}

// --- To the program ----------------------------------------------------------------------------

/// recvmsg() without waiting. \return 0 or a positive errno
int Relay::take(Datagram& datagram, int flags) const {
  std::array<std::byte, kMostControl> control;  // NOLINT: only written
  datagram.octets.resize(kMostOctets);
  iovec piece{datagram.octets.data(), datagram.octets.size()};
  msghdr message{};
  message.msg_name = datagram.origin.name.room();
  message.msg_namelen = datagram.origin.name.length;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::zs_recvmsg(socket_, &message, flags | MSG_DONTWAIT);
  if (size < 0) return errno;
  datagram.octets.resize(static_cast<std::size_t>(size));
  datagram.origin.name.length = message.msg_namelen;
  const auto used = std::span(control).first(std::min(control.size(), message.msg_controllen));
  datagram.origin.control.assign(used.begin(), used.end());
  datagram.flags = message.msg_flags;
  return 0;
}

/// The next datagram of zsockd's, into next_.
Relay::Step Relay::fetch() {
  if (lost_ || reads_no_more_) return Step::nothing;
  Datagram datagram;
  const int error = take(datagram, 0);
  if (error != 0) {
    if (error == EAGAIN || error == EINTR) return Step::nothing;
    lost_ = error == ENETDOWN || error == EBADF;
    if (lost_) {
      end_.reset();  // who reads the program's end hears of it
      closed_ = true;
      stuck_.reset();
    } else {
      note(error);
    }
    return Step::error;
  }
  next_ = std::move(datagram);
  return Step::done;
}

bool Relay::queue_is_empty() const {
  int octets = 0;
  return ::ioctl(end_.get(), SIOCOUTQ, &octets) != 0 || octets == 0;
}

/// One datagram into the pair. Those that lie there together have one origin, so nobody need know
/// how many the program has read. Nothing: there is none, or it has to wait.
Relay::Step Relay::deliver() {
  if (!next_) {
    const Step fetched = fetch();
    if (fetched != Step::done) return fetched;
  }
  const bool alone = queue_is_empty();
  if (!alone && (marker_ || !(next_->origin == queued_))) return Step::nothing;
  const ssize_t sent =
      ::send(end_.get(), next_->octets.data(), next_->octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) return Step::nothing;
  if (alone) {
    queued_ = std::move(next_->origin);
    marker_ = false;
  }
  next_.reset();
  return Step::done;
}

int Relay::receive(int program, int flags, Datagram& datagram) {
  pump();
  if (error_ != 0) return -take_error(program);
  if (marker_ && drop_marker(program) == 0) pump();
  if (lost_) return -ENETDOWN;
  datagram.octets.resize(kMostOctets);
  const ssize_t size = ::recv(program, datagram.octets.data(), datagram.octets.size(),
                              MSG_DONTWAIT | (flags & MSG_PEEK));
  if (size < 0) return -errno;
  datagram.octets.resize(static_cast<std::size_t>(size));
  datagram.origin = queued_;
  pump();
  return 0;
}

int Relay::receive_error(Datagram& datagram) const {
  return -take(datagram, MSG_ERRQUEUE);
}

// --- Errors ------------------------------------------------------------------------------------

/// The next call tells it. Who waits in poll() is woken by an empty datagram.
void Relay::note(int error) {
  error_ = error;
  if (!queue_is_empty()) return;
  marker_ = ::send(end_.get(), nullptr, 0, MSG_DONTWAIT | MSG_NOSIGNAL) == 0;
  queued_ = {};
}

/// \return 0: it was there still
int Relay::drop_marker(int program) {
  std::byte none{};
  marker_ = false;
  return ::recv(program, &none, 1, MSG_DONTWAIT) == 0 ? 0 : -EAGAIN;
}

int Relay::take_error(int program) {
  const int error = std::exchange(error_, 0);
  if (marker_) static_cast<void>(drop_marker(program));
  if (error != 0 || lost_) return error;
  int own = 0;
  socklen_t length = sizeof(own);
  return ::zs_getsockopt(socket_, SOL_SOCKET, SO_ERROR, &own, &length) == 0 ? own : 0;
}

int Relay::shut(int program, int how) {
  const int result = ::zs_shutdown(socket_, how) == 0 ? 0 : -errno;
  const bool reads = how == SHUT_RD || how == SHUT_RDWR;
  const bool writes = how == SHUT_WR || how == SHUT_RDWR;
  if (reads) {
    reads_no_more_ = true;
    ::shutdown(end_.get(), SHUT_WR);
  }
  if (writes) {
    pump();
    ::shutdown(program, SHUT_WR);
  }
  return result;
}

}  // namespace zsock::run
