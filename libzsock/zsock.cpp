#include "zsock/zsock.h"

#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>

#include "libzsock/address.h"
#include "libzsock/connection.h"
#include "libzsock/datagram.h"
#include "libzsock/error_queue.h"
#include "libzsock/lifecycle.h"
#include "libzsock/options.h"
#include "libzsock/readiness.h"
#include "libzsock/socket.h"
#include "libzsock/stream.h"

// The extern "C" edge: negative errno becomes -1 and errno. Nothing below throws; the functions are
// not noexcept because cancelling a thread unwinds through them.

namespace zsock::lib {
namespace {

constexpr int kMaxPieces = UIO_MAXIOV;
constexpr std::size_t kMaxOctets = 0x7ffff000;  // Linux' limit for one call

template <class T>
T answer(T result) {
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

/// Calls use(socket) for fd's socket, or fails.
template <class Use>
auto with_socket(int fd, Use use) -> decltype(use(Socket{})) {
  const Lookup found = find_socket(fd);
  if (found.error != 0) {
    errno = found.error;
    return -1;
  }
  return answer(use(found.socket));
}

ssize_t with_signal(ssize_t result, int flags, const Socket& socket) {
  if (result == -EPIPE && (flags & MSG_NOSIGNAL) == 0 && !socket.is_datagram()) ::raise(SIGPIPE);
  return result;
}

/// The octets are a stream's, in their order: no addresses, no messages.
bool plain_stream(const Socket& socket, int flags) {
  return !socket.is_datagram() && (flags & (MSG_OOB | MSG_ERRQUEUE)) == 0;
}

ssize_t send_pieces(const Socket& socket, std::span<const iovec> pieces, int flags,
                    const Destination& to) {
  const Cursor data(pieces);
  if (socket.is_datagram()) return datagram_send(socket, data, flags, to);
  return with_signal(stream_send(socket, data, flags), flags, socket);
}

/// MSG_FASTOPEN (RFC 7413): connects first, so that what is sent may go along.
/// \return 0: go on; else the answer
int open_fast(const Socket& socket, const sockaddr* address, socklen_t length, int flags) {
  if ((flags & MSG_FASTOPEN) == 0 || socket.is_datagram()) return 0;
  if (address == nullptr)
    return (socket.flags() & ipc::status_flag::kConnected) != 0 ? -EISCONN : -EINVAL;
  if (length >= sizeof(sa_family_t) && address->sa_family == AF_UNSPEC) return -EOPNOTSUPP;
  return connect_socket(socket, address, length, flags, Opening::with_text);
}

/// The two pieces of a stream's ring for the caller.
template <class Find>
ssize_t give_pieces(int fd, iovec* pieces, Find find) {
  return with_socket(fd, [&](const Socket& socket) -> ssize_t {
    if (pieces == nullptr) return -EFAULT;
    if (socket.is_datagram()) return -EOPNOTSUPP;
    Pieces found{};
    const ssize_t octets = find(socket, found);
    if (octets > 0) std::ranges::copy(found, pieces);
    return octets;
  });
}

template <class Move>
int move_on(int fd, Move move) {
  return static_cast<int>(with_socket(fd, [&](const Socket& socket) -> ssize_t {
    return socket.is_datagram() ? -EOPNOTSUPP : move(socket);
  }));
}

/// Reads the address of a datagram's destination; a stream has none.
ParsedAddress destination(const Socket& socket, const void* address, socklen_t length) {
  if (address == nullptr || !socket.is_datagram()) return {};
  const bool ping = socket.is_ping();
  ParsedAddress parsed = parse_address(socket, static_cast<const sockaddr*>(address), length,
                                       ping ? FamilyRule::own : FamilyRule::ipv4_on_ipv6);
  if (ping) parsed.address.port = 1;  // ICMP has none; 0 would mean the connected peer
  return parsed;
}

ipc::Address source(const DatagramHeader& header) {
  ipc::Address from;
  from.family = header.family;
  from.port = header.remote_port;
  from.scope = header.scope;
  from.octets = header.remote;
  return from;
}

Received receive_pieces(const Socket& socket, std::span<const iovec> pieces, int flags) {
  const Cursor data(pieces);
  if (socket.is_datagram()) return datagram_receive(socket, data, flags);
  const bool urgent = (flags & MSG_OOB) != 0;
  return {.result = urgent ? stream_receive_urgent(socket, data, flags)
                           : stream_receive(socket, data, flags)};
}

ssize_t receive_into(const Socket& socket, iovec piece, int flags, sockaddr* address,
                     socklen_t* length) {
  const bool discards = (flags & MSG_TRUNC) != 0 && !socket.is_datagram();
  if (piece.iov_base == nullptr && piece.iov_len > 0 && !discards) return -EFAULT;
  if ((flags & MSG_ERRQUEUE) != 0) {
    const ToldError told = take_queued_error(socket, Cursor(std::span(&piece, 1)));
    if (told.result < 0) return told.result;
    const int error = store_address(socket, told.destination, address, length);
    return error != 0 ? -error : told.result;
  }
  const Received received = receive_pieces(socket, std::span(&piece, 1), flags);
  if (received.result < 0 || address == nullptr) return received.result;
  if (length == nullptr) return -EFAULT;
  // A stream, and the end of a datagram socket that was shut, have no source.
  if (received.header.family == 0) {
    *length = socket.is_datagram() ? 0 : *length;
    return received.result;
  }
  const int error = store_address(socket, source(received.header), address, length);
  return error != 0 ? -error : received.result;
}

/// \return 0 or the negative errno
int check_message(const msghdr* message) {
  if (message == nullptr) return -EFAULT;
  if (message->msg_iovlen > kMaxPieces) return -EMSGSIZE;
  return message->msg_iov == nullptr && message->msg_iovlen > 0 ? -EFAULT : 0;
}

ssize_t receive_error_into(const Socket& socket, msghdr& message) {
  const ToldError told =
      take_queued_error(socket, Cursor(std::span(message.msg_iov, message.msg_iovlen)));
  if (told.result < 0) return told.result;
  message.msg_flags = told.flags | store_queued_error(socket, told.error, message);
  const int error = store_address(socket, told.destination,
                                  static_cast<sockaddr*>(message.msg_name), &message.msg_namelen);
  return error != 0 ? -error : told.result;
}

ssize_t receive_message_into(const Socket& socket, msghdr& message, int flags) {
  if ((flags & MSG_ERRQUEUE) != 0) return receive_error_into(socket, message);
  const Received received =
      receive_pieces(socket, std::span(message.msg_iov, message.msg_iovlen), flags);
  if (received.result < 0) return received.result;
  message.msg_flags = received.flags;
  if (received.header.family == 0) {
    message.msg_controllen = 0;
    if (socket.is_datagram()) message.msg_namelen = 0;
    return received.result;
  }
  message.msg_flags |= store_ancillary(socket, received.header, message);
  const int error = store_address(socket, source(received.header),
                                  static_cast<sockaddr*>(message.msg_name), &message.msg_namelen);
  return error != 0 ? -error : received.result;
}

/// A piece that only is read from; sending never writes to it.
iovec readable_piece(const void* data, std::size_t size) {
  return {const_cast<void*>(data), std::min(size, kMaxOctets)};
}

}  // namespace
}  // namespace zsock::lib

using namespace zsock::lib;  // NOLINT: this file is the edge

int zs_socket(int domain, int type, int protocol) {
  return answer(open_socket(domain, type, protocol));
}

int zs_close(int fd) {
  const Lookup found = find_socket(fd);
  if (found.error == 0) return answer(close_socket(found.socket));
  if (Client::instance().owns(fd)) return answer(-EBADF);
  return ::close(fd);
}

int zs_shutdown(int fd, int how) {
  return with_socket(fd, [&](const Socket& socket) { return shut_socket(socket, how); });
}

int zs_bind(int fd, const sockaddr* address, socklen_t length) {
  return with_socket(fd,
                     [&](const Socket& socket) { return bind_socket(socket, address, length); });
}

int zs_listen(int fd, int backlog) {
  return with_socket(fd, [&](const Socket& socket) { return listen_socket(socket, backlog); });
}

int zs_accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  return with_socket(
      fd, [&](const Socket& socket) { return accept_connection(socket, address, length, flags); });
}

int zs_connect(int fd, const sockaddr* address, socklen_t length) {
  return with_socket(fd,
                     [&](const Socket& socket) { return connect_socket(socket, address, length); });
}

ssize_t zs_send(int fd, const void* data, size_t size, int flags) {
  return zs_sendto(fd, data, size, flags, nullptr, 0);
}

ssize_t zs_recv(int fd, void* data, size_t size, int flags) {
  return zs_recvfrom(fd, data, size, flags, nullptr, nullptr);
}

ssize_t zs_send_reserve(int fd, iovec* pieces, int flags) {
  return give_pieces(fd, pieces, [flags](const Socket& socket, Pieces& found) {
    return stream_reserve(socket, found, flags);
  });
}

int zs_send_commit(int fd, size_t size) {
  return move_on(fd, [size](const Socket& s) { return stream_commit(s, size); });
}

ssize_t zs_recv_peek(int fd, iovec* pieces, int flags) {
  return give_pieces(fd, pieces, [flags](const Socket& socket, Pieces& found) {
    return stream_peek(socket, found, flags);
  });
}

int zs_recv_consume(int fd, size_t size) {
  return move_on(fd, [size](const Socket& s) { return stream_consume(s, size); });
}

ssize_t zs_sendto(int fd, const void* data, size_t size, int flags, const sockaddr* address,
                  socklen_t length) {
  return with_socket(fd, [&](const Socket& socket) -> ssize_t {
    if (data == nullptr && size > 0) return -EFAULT;
    const iovec piece = readable_piece(data, size);
    if (!socket.is_datagram()) {
      const int opened = open_fast(socket, address, length, flags);
      if (opened != 0) return opened;
      const Cursor octets(std::span(&piece, 1));
      return with_signal(stream_send(socket, octets, flags), flags, socket);
    }
    const ParsedAddress to = destination(socket, address, length);
    if (to.error != 0) return -to.error;
    return send_pieces(socket, std::span(&piece, 1), flags, {.address = to.address});
  });
}

ssize_t zs_recvfrom(int fd, void* data, size_t size, int flags, sockaddr* address,
                    socklen_t* length) {
  return with_socket(fd, [&](const Socket& socket) -> ssize_t {
    const iovec piece{data, std::min(size, kMaxOctets)};
    if (data != nullptr && address == nullptr && plain_stream(socket, flags)) {
      return stream_receive(socket, Cursor(std::span(&piece, 1)), flags);
    }
    return receive_into(socket, piece, flags, address, length);
  });
}

ssize_t zs_sendmsg(int fd, const msghdr* message, int flags) {
  return with_socket(fd, [&](const Socket& socket) -> ssize_t {
    const int wrong = check_message(message);
    if (wrong != 0) return wrong;
    const ParsedAddress to = destination(socket, message->msg_name, message->msg_namelen);
    if (to.error != 0) return -to.error;
    const int opened = open_fast(socket, static_cast<const sockaddr*>(message->msg_name),
                                 message->msg_namelen, flags);
    if (opened != 0) return opened;
    const SendChoice choice = socket.is_datagram() ? parse_control(socket, *message) : SendChoice{};
    if (choice.error != 0) return -choice.error;
    return send_pieces(socket, std::span(message->msg_iov, message->msg_iovlen), flags,
                       {.address = to.address, .choice = choice});
  });
}

ssize_t zs_recvmsg(int fd, msghdr* message, int flags) {
  return with_socket(fd, [&](const Socket& socket) -> ssize_t {
    const int wrong = check_message(message);
    return wrong != 0 ? wrong : receive_message_into(socket, *message, flags);
  });
}

ssize_t zs_read(int fd, void* data, size_t size) {
  return zs_recv(fd, data, size, 0);
}

ssize_t zs_write(int fd, const void* data, size_t size) {
  return zs_send(fd, data, size, 0);
}

ssize_t zs_readv(int fd, const iovec* pieces, int count) {
  return with_socket(fd, [&](const Socket& socket) -> ssize_t {
    if (count < 0 || count > kMaxPieces) return -EINVAL;
    return receive_pieces(socket, std::span(pieces, static_cast<std::size_t>(count)), 0).result;
  });
}

ssize_t zs_writev(int fd, const iovec* pieces, int count) {
  return with_socket(fd, [&](const Socket& socket) -> ssize_t {
    if (count < 0 || count > kMaxPieces) return -EINVAL;
    return send_pieces(socket, std::span(pieces, static_cast<std::size_t>(count)), 0, {});
  });
}

int zs_poll(pollfd* fds, nfds_t count, int timeout_ms) {
  if (fds == nullptr && count > 0) return answer(-EFAULT);
  return answer(poll_sockets(std::span(fds, count), timeout_ms));
}

int zs_select(int count, fd_set* readable, fd_set* writable, fd_set* exceptional,
              timeval* timeout) {
  return answer(select_sockets(count, {readable, writable, exceptional}, timeout));
}

int zs_fcntl(int fd, int command, long argument) {
  return with_socket(
      fd, [&](const Socket& socket) { return control_descriptor(socket, command, argument); });
}

int zs_ioctl(int fd, unsigned long request, void* argument) {
  return with_socket(fd,
                     [&](const Socket& socket) { return control_io(socket, request, argument); });
}

int zs_getsockopt(int fd, int level, int name, void* value, socklen_t* length) {
  return with_socket(
      fd, [&](const Socket& socket) { return get_option(socket, level, name, value, length); });
}

int zs_setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  return with_socket(
      fd, [&](const Socket& socket) { return set_option(socket, level, name, value, length); });
}

int zs_getsockname(int fd, sockaddr* address, socklen_t* length) {
  return with_socket(fd, [&](const Socket& socket) {
    return name_of(socket, zsock::ipc::Op::local_name, address, length);
  });
}

int zs_getpeername(int fd, sockaddr* address, socklen_t* length) {
  return with_socket(fd, [&](const Socket& socket) {
    return name_of(socket, zsock::ipc::Op::peer_name, address, length);
  });
}

int zs_is_socket(int fd) {
  const int saved = errno;
  const bool known = find_socket(fd).error == 0;
  errno = saved;
  return known ? 1 : 0;
}
