#include "daemon/socket_end.h"

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

constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
/// What a client stuffs into its end beyond seed and plug is its own trouble: a bounded effort.
constexpr int kMaxReads = 16;

int octets_waiting(int fd) {
  int waiting = 0;
  return ::ioctl(fd, SIOCINQ, &waiting) == 0 ? waiting : 0;
}

/// Receives until at most `leave` octets lie there.
void receive_down_to(int fd, int leave) {
  std::array<std::byte, 4096> junk;  // NOLINT: only written
  for (int i = 0; i < kMaxReads; ++i) {
    const int waiting = octets_waiting(fd);
    if (waiting <= leave) return;
    const auto size = std::min(junk.size(), static_cast<std::size_t>(waiting - leave));
    if (::recv(fd, junk.data(), size, MSG_DONTWAIT) < 0) return;
  }
}

}  // namespace

Result<SocketEnd::Pair, std::error_code> SocketEnd::create(SocketKind kind) {
  std::array<int, 2> fds{};
  const int type = kind == SocketKind::tcp ? SOCK_STREAM : SOCK_SEQPACKET;
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    return Err{std::error_code(errno, std::generic_category())};
  }
  Pair pair{SocketEnd(ipc::Fd(fds[0])), ipc::Fd(fds[1])};
  const int smallest = 0;  // the kernel raises it to its minimum
  if (::setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &smallest, sizeof(smallest)) != 0 ||
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

void SocketEnd::close_reset() {
  fd_.reset();
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
