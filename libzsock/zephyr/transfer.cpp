/// \file
/// Zephyr's calls that move data.

#include <array>

#include "libzsock/zephyr/address.h"
#include "libzsock/zephyr/control.h"
#include "libzsock/zephyr/limits.h"
#include "libzsock/zephyr/pair.h"
#include "libzsock/zephyr/tls_calls.h"
#include "libzsock/zephyr/waiting.h"

namespace zsock::zephyr {
namespace {

constexpr std::size_t kControlRoom = 512;  ///< octets: more than all that a message can bring

static_assert(ZSOCK_MSG_PEEK == MSG_PEEK && ZSOCK_MSG_TRUNC == MSG_TRUNC &&
              ZSOCK_MSG_DONTWAIT == MSG_DONTWAIT && ZSOCK_MSG_WAITALL == MSG_WAITALL);
static_assert(sizeof(net_iovec) == sizeof(iovec) &&
              offsetof(net_iovec, iov_len) == offsetof(iovec, iov_len));

int send_flags(int flags) {
  return (flags & ZSOCK_MSG_DONTWAIT) | MSG_NOSIGNAL;
}
int receive_flags(int flags) {
  return flags & (ZSOCK_MSG_PEEK | ZSOCK_MSG_TRUNC | ZSOCK_MSG_DONTWAIT | ZSOCK_MSG_WAITALL);
}

iovec* native_pieces(net_iovec* pieces) {
  return static_cast<iovec*>(static_cast<void*>(pieces));
}

// The host tells EPIPE of a stream without a connection, too, where Zephyr tells ENOTCONN.
ssize_t sent(int sock, ssize_t native, int flags) {
  if (native < 0 && errno == EAGAIN && waited_too_long(sock, flags)) errno = ENOBUFS;
  if (native < 0 && errno == EPIPE) {
    NativeAddress peer;
    if (zs_getpeername(sock, peer.get(), &peer.size) == 0) errno = EPIPE;
  }
  return result(native);
}

// A source that has no room is an error, and the datagram is gone. A stream has no source.
bool give_source(const NativeAddress& peer, void* to, net_socklen_t* size) {
  const net_sockaddr_storage source = from_native(peer);
  const std::size_t whole = net_family2size(source.ss_family);
  if (whole == 0) return true;
  if (*size < whole) return false;
  copy_out(source, static_cast<net_sockaddr*>(to), size);
  return true;
}

ssize_t receive_from(int sock, iovec piece, int flags, net_sockaddr* src, net_socklen_t* addrlen) {
  NativeAddress peer;
  const ssize_t got =
      zs_recvfrom(sock, piece.iov_base, piece.iov_len, flags, peer.get(), &peer.size);
  return got < 0 || give_source(peer, src, addrlen) ? got : fail(EINVAL);
}

ssize_t receive_message(int sock, net_msghdr& message, int flags) {
  NativeAddress peer;
  alignas(cmsghdr) std::array<unsigned char, kControlRoom> control;
  msghdr native{};
  native.msg_name = peer.get();
  native.msg_namelen = peer.size;
  native.msg_iov = native_pieces(message.msg_iov);
  native.msg_iovlen = message.msg_iovlen;
  native.msg_control = control.data();
  native.msg_controllen = control.size();
  const ssize_t got =
      is_pair(sock) ? ::recvmsg(sock, &native, flags) : zs_recvmsg(sock, &native, flags);
  if (got < 0) return got;

  peer.size = native.msg_namelen;
  if (message.msg_name != nullptr && !give_source(peer, message.msg_name, &message.msg_namelen)) {
    return fail(EINVAL);
  }
  message.msg_flags = native.msg_flags & (ZSOCK_MSG_TRUNC | ZSOCK_MSG_CTRUNC);
  control_from_native(native, message);
  return got;
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

ssize_t zsock_sendto(int sock, const void* buf, size_t len, int flags,
                     const net_sockaddr* dest_addr, net_socklen_t addrlen) {
  const Waiting waiting(sock);
  if (is_pair(sock)) return ::send(sock, buf, len, send_flags(flags));
  if (const auto tls = find_tls(sock))
    return tls_sendto(*tls, {const_cast<void*>(buf), len}, flags, dest_addr, addrlen);
  if (dest_addr == nullptr) return sent(sock, zs_send(sock, buf, len, send_flags(flags)), flags);
  if (zs_is_socket(sock) == 0) return fail(EBADF);
  const auto address = to_native(dest_addr, addrlen);
  if (!address) return fail(address.error());
  return sent(sock, zs_sendto(sock, buf, len, send_flags(flags), address->get(), address->size),
              flags);
}

ssize_t zsock_sendmsg(int sock, const net_msghdr* msg, int flags) {
  if (msg == nullptr) return fail(EINVAL);
  const Waiting waiting(sock);
  if (const auto tls = find_tls(sock)) return tls_sendmsg(*tls, *msg, flags);
  msghdr native{};
  native.msg_iov = native_pieces(msg->msg_iov);
  native.msg_iovlen = msg->msg_iovlen;
  if (is_pair(sock)) return ::sendmsg(sock, &native, send_flags(flags));
  alignas(cmsghdr) std::array<unsigned char, kControlRoom> control;
  native.msg_control = control.data();
  native.msg_controllen = control.size();
  if (const int error = control_to_native(*msg, native)) return fail(error);
  if (msg->msg_name == nullptr)
    return sent(sock, zs_sendmsg(sock, &native, send_flags(flags)), flags);
  auto address = to_native(static_cast<const net_sockaddr*>(msg->msg_name), msg->msg_namelen);
  if (!address) return fail(zs_is_socket(sock) == 0 ? EBADF : address.error());
  native.msg_name = address->get();
  native.msg_namelen = address->size;
  return sent(sock, zs_sendmsg(sock, &native, send_flags(flags)), flags);
}

ssize_t zsock_recvfrom(int sock, void* buf, size_t max_len, int flags, net_sockaddr* src_addr,
                       net_socklen_t* addrlen) {
  if (max_len == 0) return is_ours(sock) ? 0 : fail(EBADF);
  const Waiting waiting(sock);
  if (is_pair(sock)) return ::recv(sock, buf, max_len, receive_flags(flags));
  if (const auto tls = find_tls(sock)) {
    return tls_recvfrom(*tls, {buf, max_len}, flags, src_addr, addrlen);
  }
  if (src_addr == nullptr) return result(zs_recv(sock, buf, max_len, receive_flags(flags)));
  if (addrlen == nullptr) return fail(EINVAL);
  return result(receive_from(sock, {buf, max_len}, receive_flags(flags), src_addr, addrlen));
}

ssize_t zsock_recvmsg(int sock, net_msghdr* msg, int flags) {
  if (msg == nullptr) return fail(EINVAL);
  if (msg->msg_iov == nullptr || msg->msg_iovlen < 1) return fail(ENOMEM);
  const Waiting waiting(sock);
  if (const auto tls = find_tls(sock)) return tls_recvmsg(*tls, *msg, flags);
  return result(receive_message(sock, *msg, receive_flags(flags)));
}
