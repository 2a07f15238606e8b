#include "libzsock/ipc/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace zsock::ipc {
namespace {

// So that none goes unseen.
constexpr std::size_t kControlSize = CMSG_SPACE(kScmMaxFds * sizeof(int));

void give_up(Fd fd, Incoming& incoming, std::span<Fd> excess) {
  if (incoming.excess_count < excess.size()) excess[incoming.excess_count++] = std::move(fd);
}

/// Takes the descriptors of one control message; those beyond kMaxFds are in excess.
void take_fds(const cmsghdr& control, Incoming& incoming, std::span<Fd> excess) {
  const std::size_t octets = control.cmsg_len - CMSG_LEN(0);
  for (std::size_t at = 0; at + sizeof(int) <= octets; at += sizeof(int)) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(&control) + at, sizeof(fd));
    if (incoming.fd_count < kMaxFds) {
      incoming.fds[incoming.fd_count++].reset(fd);
    } else {
      give_up(Fd(fd), incoming, excess);
      incoming.delivery = Delivery::truncated;
    }
  }
}

}  // namespace

void Fd::reset(int fd) {
  if (fd_ >= 0 && fd_ != fd) {
    const int saved = errno;
    ::close(fd_);
    errno = saved;
  }
  fd_ = fd;
}

int send_message(int socket, std::span<const std::byte> message, std::span<const int> fds,
                 int flags) {
  if (fds.size() > kMaxFds) return EINVAL;
  // sendmsg only reads what iov_base points to.
  iovec piece{const_cast<std::byte*>(message.data()), message.size()};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(kMaxFds * sizeof(int))> space{};
  if (!fds.empty()) {
    header.msg_control = space.data();
    header.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(control), fds.data(), fds.size_bytes());
  }
  const ssize_t sent = ::sendmsg(socket, &header, flags | MSG_NOSIGNAL);
  if (sent < 0) return errno;
  return static_cast<std::size_t>(sent) == message.size() ? 0 : EMSGSIZE;
}

Incoming receive_message(int socket, std::span<std::byte> buffer, int flags, std::span<Fd> excess) {
  Incoming incoming;
  iovec piece{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<std::byte, kControlSize> space;
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = space.data();
  header.msg_controllen = space.size();
  const ssize_t received = ::recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
  if (received < 0) {
    incoming.error = errno;
    return incoming;
  }
  incoming.octets = static_cast<std::size_t>(received);
  incoming.delivery = received == 0 ? Delivery::closed : Delivery::complete;
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS) {
      take_fds(*control, incoming, excess);
    }
  }
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) incoming.delivery = Delivery::truncated;
  if (incoming.delivery == Delivery::truncated) {
    const auto taken = std::span(incoming.fds).first(std::exchange(incoming.fd_count, 0));
    for (Fd& fd : taken) give_up(std::move(fd), incoming, excess);
  }
  return incoming;
}

}  // namespace zsock::ipc
