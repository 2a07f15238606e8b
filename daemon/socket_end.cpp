#include "daemon/socket_end.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

namespace zsock::host {
namespace {

#ifdef SO_PASSRIGHTS
constexpr int kPassRights = SO_PASSRIGHTS;
#else
constexpr int kPassRights = 83;  // Linux 6.16
#endif
constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
/// What a client stuffs into its end beyond seed and plug is its own trouble: a bounded effort.
constexpr int kMaxReads = 16;
/// Send buffer of an end that carries octets from the start; the kernel doubles it. A quarter of
/// that, which plugs it, must be more than one buffer of the kernel's can hold (sendfile() makes
/// them as large as 17 pages): the octet that stays here keeps the last one. And not more than
/// take_plug() can take at one go.
constexpr int kPlainBuffer = 208 << 10;

int octets_waiting(int fd) {
  int waiting = 0;
  return ::ioctl(fd, SIOCINQ, &waiting) == 0 ? waiting : 0;
}

/// Receives until at most `leave` octets lie there.
void receive_down_to(int fd, int leave) {
  std::array<std::byte, 16384> junk;  // NOLINT: only written
  for (int i = 0; i < kMaxReads; ++i) {
    const int waiting = octets_waiting(fd);
    if (waiting <= leave) return;
    const auto size = std::min(junk.size(), static_cast<std::size_t>(waiting - leave));
    const ssize_t taken = ::recv(fd, junk.data(), size, MSG_DONTWAIT);
    if (taken < 0 || taken == waiting - leave) return;
  }
}

/// The place of the n-th octet. REQUIRES: there are more than n.
void* octet_at(std::span<const iovec> pieces, std::size_t n) {
  std::size_t i = 0;
  while (n >= pieces[i].iov_len) n -= pieces[i++].iov_len;
  return static_cast<std::byte*>(pieces[i].iov_base) + n;
}

}  // namespace

Result<SocketEnd::Pair, std::error_code> SocketEnd::create(SocketKind kind, Carries carries) {
  std::array<int, 2> fds{};
  const int type = kind == SocketKind::tcp ? SOCK_STREAM : SOCK_SEQPACKET;
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return Err{std::error_code(errno, std::generic_category())};
  }
  Pair pair{SocketEnd(ipc::Fd(fds[0])), ipc::Fd(fds[1])};
  // Nobody passes descriptors to zsockd here: closing them might wait (SO_LINGER). An older kernel
  // does not know the option.
  const int off = 0;
  static_cast<void>(::setsockopt(fds[0], SOL_SOCKET, kPassRights, &off, sizeof(off)));
  const int buffer = carries == Carries::octets ? kPlainBuffer : 0;  // raised to the minimum
  if (::setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer)) != 0 ||
      ::send(fds[1], "s", 1, kFlags) != 1) {
    return Err{std::error_code(errno, std::generic_category())};
  }
  return pair;
}

void SocketEnd::send_token() const {
  if (is_open()) static_cast<void>(::send(fd_.get(), "t", 1, kFlags));
}

void SocketEnd::take_plug() const {
  if (is_open()) receive_down_to(fd_.get(), 1);
}

void SocketEnd::shut_down_writing() const {
  if (is_open()) ::shutdown(fd_.get(), SHUT_WR);
}

void SocketEnd::close_clean() {
  if (is_open()) receive_down_to(fd_.get(), 0);
  fd_.reset();
}

void SocketEnd::hang_up() const {
  if (is_open()) ::shutdown(fd_.get(), SHUT_RDWR);
}

ipc::Fd SocketEnd::copy() const {
  return ipc::Fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
}

void SocketEnd::close_reset() {
  fd_.reset();
}

// --- Stream mode -------------------------------------------------------------------------------

void SocketEnd::discard_tokens(int application) {
  std::array<std::byte, 256> tokens;  // NOLINT: only written
  for (int i = 0; i < kMaxReads; ++i) {
    if (::recv(application, tokens.data(), tokens.size(), MSG_DONTWAIT) <= 0) break;
  }
}

void SocketEnd::prepare_stream(int application) {
  discard_tokens(application);
  const int roomy = 1 << 20;  // the kernel's own limit cuts it
  ::setsockopt(application, SOL_SOCKET, SO_SNDBUF, &roomy, sizeof(roomy));
}

std::size_t SocketEnd::waiting() const {
  return is_open() ? static_cast<std::size_t>(octets_waiting(fd_.get())) : 0;
}

void SocketEnd::discard(std::size_t octets) const {
  std::array<std::byte, 16384> junk;  // NOLINT: only written
  while (is_open() && octets > 1) {
    const ssize_t taken =
        ::recv(fd_.get(), junk.data(), std::min(junk.size(), octets - 1), MSG_DONTWAIT);
    if (taken <= 0) return;
    octets -= static_cast<std::size_t>(taken);
  }
}

std::size_t SocketEnd::send_pieces(std::span<const iovec> pieces) const {
  msghdr message{};
  // sendmsg() only reads the pieces.
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  const ssize_t sent = is_open() ? ::sendmsg(fd_.get(), &message, kFlags) : -1;
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

std::size_t SocketEnd::receive_pieces(std::span<const iovec> pieces) const {
  std::size_t room = 0;
  for (const iovec& piece : pieces) room += piece.iov_len;
  const int waiting = is_open() ? octets_waiting(fd_.get()) : 0;
  if (waiting <= 1 || room == 0) return 0;
  // The seed goes, everything new but the last octet comes; the last is looked at and stays.
  const std::size_t fresh = std::min(static_cast<std::size_t>(waiting) - 1, room);
  std::byte seed{};
  std::array<iovec, 3> places{iovec{&seed, 1}};
  std::size_t left = fresh - 1;
  std::size_t count = 1;
  for (const iovec& piece : pieces.first(std::min<std::size_t>(pieces.size(), 2))) {
    const std::size_t taken = std::min(left, piece.iov_len);
    if (taken != 0) places.at(count++) = {piece.iov_base, taken};
    left -= taken;
  }
  msghdr message{};
  message.msg_iov = places.data();
  message.msg_iovlen = count;
  const ssize_t received = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT);
  if (received <= 0) return 0;
  const auto moved = static_cast<std::size_t>(received);
  static_cast<void>(::recv(fd_.get(), octet_at(pieces, moved - 1), 1, MSG_PEEK | MSG_DONTWAIT));
  return moved;
}

bool SocketEnd::is_drained() const {
  return !is_open() || octets_waiting(fd_.get()) <= 1;
}

bool SocketEnd::left_unread() const {
  int error = 0;
  socklen_t size = sizeof(error);
  return is_open() && ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
         error == ECONNRESET;
}

SocketEnd::Delivery SocketEnd::deliver(const ipc::AcceptMessage& message, int connection) const {
  if (!is_open()) return Delivery::failed;
  const std::array<int, 1> fds{connection};
  const int error =
      ipc::send_message(fd_.get(), std::as_bytes(std::span(&message, 1)), fds, MSG_DONTWAIT);
  if (error == 0) return Delivery::sent;
  const bool later = error == EAGAIN || error == ETOOMANYREFS || error == ENOBUFS;
  return later ? Delivery::full : Delivery::failed;
}

}  // namespace zsock::host
