#include "shim/run/streams.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>
#include <vector>

#include "libzsock/address.h"
#include "libzsock/connection.h"
#include "libzsock/lifecycle.h"
#include "libzsock/options.h"
#include "shim/policy.h"

namespace zsock::run {
namespace {

using namespace ipc::status_flag;

constexpr std::size_t kLongestOption = 4096;
constexpr std::size_t kPiece = 65536;

/// The program's socket for the library's functions: they use the copy of the descriptor.
lib::Socket socket_of(const Ask& ask, lib::SocketKey key) {
  return {.fd = ask.fd.get(),
          .arena = lib::Client::instance().arena(key.arena),
          .slot = key.slot,
          .generation = key.generation};
}

lib::SocketKey key_of(const lib::Socket& socket) {
  return {.generation = socket.generation,
          .arena = socket.arena->number(),
          .slot = static_cast<std::uint16_t>(socket.slot)};
}

/// The slot is this socket's still.
bool is_current(lib::SocketKey key) {
  const lib::Arena* arena = lib::Client::instance().arena(key.arena);
  return arena != nullptr && arena->status(key.slot).generation.snapshot() == key.generation;
}

/// The kernel's own error of the descriptor, which goes with the one that was told.
int take_kernels_error(int fd) {
  int error = 0;
  socklen_t length = sizeof(error);
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : 0;
}

/// What sendto() and sendmsg() are to send.
struct Sending {
  std::vector<iovec> pieces{};
  std::size_t octets = 0;
  int flags = 0;
};

/// Skips what has been sent.
void skip(Sending& sending, std::size_t octets) {
  for (iovec& piece : sending.pieces) {
    const std::size_t part = std::min(piece.iov_len, octets);
    piece.iov_base = static_cast<char*>(piece.iov_base) + part;
    piece.iov_len -= part;
    octets -= part;
    sending.octets -= part;
  }
}

}  // namespace

Outcome Streams::open(const Call& call, const Kind& kind) {
  lib::Opened opened = lib::open_plain_stream(kind.domain, kind.type, kind.protocol);
  if (opened.error != 0) return Outcome::answer(-opened.error);
  const ino_t inode = inode_of(opened.fd.get());
  const bool close_on_exec = (kind.type & SOCK_CLOEXEC) != 0;
  const std::int64_t number = listener_->answer_with(call, opened.fd.get(), close_on_exec);
  if (number < 0) return Outcome::answer(number);
  remember(inode, {.key = key_of(opened.socket), .domain = kind.domain});
  return Outcome::over(number);
}

Outcome Streams::serve(Ask& ask) {
  const Entry entry = known_.at(ask.inode);
  switch (ask.call.number) {
    case SYS_sendto:
    case SYS_sendmsg:
      return send(ask, entry);
    case SYS_recvfrom:
    case SYS_recvmsg:
      return receive(ask, entry);
    case SYS_sendmmsg:
    case SYS_recvmmsg:
      return Outcome::kernel();
    default:
      break;
  }
  if (!is_current(entry.key)) return ended(ask, entry);
  switch (ask.call.number) {
    case SYS_bind:
      return bind(ask, entry);
    case SYS_listen:
      return listen(ask, entry);
    case SYS_accept:
    case SYS_accept4:
      return accept(ask, entry);
    case SYS_connect:
      return connect(ask, entry);
    case SYS_shutdown:
      return shutdown(ask, entry);
    case SYS_getsockname:
    case SYS_getpeername:
      return name(ask, entry);
    case SYS_setsockopt:
      return set_option(ask, entry);
    case SYS_getsockopt:
      return get_option(ask, entry);
    default:
      return Outcome::kernel();
  }
}

// --- Names and connections ---------------------------------------------------------------------

Outcome Streams::bind(const Ask& ask, const Entry& entry) {
  const Call& call = ask.call;
  Name to;
  const int wrong =
      read_name(call.thread, call.arguments[1], static_cast<socklen_t>(call.arguments[2]), to);
  if (wrong != 0) return Outcome::answer(wrong);
  const lib::Socket socket = socket_of(ask, entry.key);
  if (is_kernels(to) && (socket.flags() & kBound) == 0) return give_to_kernel(ask, entry);
  return Outcome::answer(lib::bind_socket(socket, to.address(), to.length));
}

Outcome Streams::listen(const Ask& ask, const Entry& entry) {
  return Outcome::answer(lib::listen_socket(socket_of(ask, entry.key), ask.call.integer(1)));
}

Outcome Streams::accept(const Ask& ask, const Entry& entry) {
  const Call& call = ask.call;
  const int flags = call.number == SYS_accept4 ? call.integer(3) : 0;
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return Outcome::answer(-EINVAL);
  const lib::Socket socket = socket_of(ask, entry.key);
  if (ask.hung_up) static_cast<void>(lib::Client::instance().alive(*socket.arena));
  const lib::Offered offered = lib::look_at_offered(socket);
  if (offered.error == EAGAIN && may_wait(ask.fd.get())) {
    return Outcome::wait(EPOLLIN, SO_RCVTIMEO);
  }
  if (offered.error != 0) return Outcome::answer(-offered.error);
  Name peer;
  lib::store_address(socket, offered.remote, peer.room(), &peer.length);
  const int written = write_name(call.thread, peer, call.arguments[1], call.arguments[2]);
  if (written != 0) return Outcome::answer(written);
  ::fcntl(offered.fd.get(), F_SETFL, (flags & SOCK_NONBLOCK) != 0 ? O_NONBLOCK : 0);
  // Before it is the program's, which may close it at once.
  lib::count_as_taken(socket, offered);
  const std::int64_t number =
      listener_->answer_with(call, offered.fd.get(), (flags & SOCK_CLOEXEC) != 0);
  if (number < 0) {
    lib::count_as_left(offered);
    return Outcome::answer(number);
  }
  lib::drop_offered(socket);
  remember(inode_of(offered.fd.get()), {.key = key_of(offered.connection), .domain = entry.domain});
  return Outcome::over(number);
}

Outcome Streams::connect(const Ask& ask, const Entry& entry) {
  const Call& call = ask.call;
  Name to;
  const int wrong =
      read_name(call.thread, call.arguments[1], static_cast<socklen_t>(call.arguments[2]), to);
  if (wrong != 0) return Outcome::answer(wrong);
  const lib::Socket socket = socket_of(ask, entry.key);
  if (is_kernels(to) && (socket.flags() & kBound) == 0) return give_to_kernel(ask, entry);
  if (ask.hung_up) static_cast<void>(lib::Client::instance().alive(*socket.arena));
  const bool untried = socket.app().connect_state.snapshot() ==
                       static_cast<std::uint32_t>(lib::ConnectState::unconnected);
  if (untried && (socket.flags() & kDetached) != 0) return begin_anew(ask, entry, to);
  int result = lib::connect_socket(socket, to.address(), to.length, MSG_DONTWAIT);
  const bool pending = result == -EINPROGRESS || result == -EALREADY;
  if (pending && may_wait(ask.fd.get())) {
    const int gone = ask.hung_up ? socket.explain_hangup() : 0;
    if (gone == 0) return Outcome::wait(EPOLLOUT, SO_SNDTIMEO, -result);
    result = gone;
  }
  return with_new_end(ask, entry, result);
}

Outcome Streams::shutdown(const Ask& ask, const Entry& entry) {
  return with_new_end(ask, entry, lib::shut_socket(socket_of(ask, entry.key), ask.call.integer(1)));
}

Outcome Streams::name(const Ask& ask, const Entry& entry) {
  const Call& call = ask.call;
  const auto op = call.number == SYS_getsockname ? ipc::Op::local_name : ipc::Op::peer_name;
  Name found;
  const int error = lib::name_of(socket_of(ask, entry.key), op, found.room(), &found.length);
  if (error != 0) return Outcome::answer(error);
  if (call.arguments[1] == 0) return Outcome::answer(-EFAULT);
  return Outcome::answer(write_name(call.thread, found, call.arguments[1], call.arguments[2]));
}

// --- Options -----------------------------------------------------------------------------------

Outcome Streams::set_option(const Ask& ask, const Entry& entry) {
  const Call& call = ask.call;
  if (call.integer(4) < 0) return Outcome::answer(-EINVAL);
  if (call.integer(1) == IPPROTO_TCP && call.integer(2) == TCP_FASTOPEN_CONNECT) {
    return Outcome::answer(-EOPNOTSUPP);
  }
  alignas(8) std::array<std::byte, kLongestOption> value{};
  const std::size_t size = std::min(value.size(), static_cast<std::size_t>(call.integer(4)));
  if (!read_memory(call.thread, call.arguments[3], std::span(value).first(size))) {
    return Outcome::answer(-EFAULT);
  }
  return Outcome::answer(lib::set_option(socket_of(ask, entry.key), call.integer(1),
                                         call.integer(2), value.data(),
                                         static_cast<socklen_t>(size)));
}

Outcome Streams::get_option(const Ask& ask, const Entry& entry) {
  const Call& call = ask.call;
  const auto room = load<int>(call.thread, call.arguments[4]);
  if (!room) return Outcome::answer(-EFAULT);
  if (*room < 0) return Outcome::answer(-EINVAL);
  alignas(8) std::array<std::byte, kLongestOption> value{};
  auto length =
      static_cast<socklen_t>(std::min<std::size_t>(value.size(), static_cast<std::size_t>(*room)));
  const lib::Socket socket = socket_of(ask, entry.key);
  int error = lib::get_option(socket, call.integer(1), call.integer(2), value.data(), &length);
  if (error == 0 && call.integer(1) == SOL_SOCKET && call.integer(2) == SO_ERROR) {
    static_cast<void>(take_kernels_error(socket.fd));
  }
  const auto octets = std::span(value).first(length);
  if (error == 0 && (!write_memory(call.thread, call.arguments[3], octets) ||
                     !store(call.thread, call.arguments[4], length))) {
    error = -EFAULT;
  }
  return Outcome::answer(error);
}

// --- What a pair of unix(7) would take differently ---------------------------------------------

/// Neither has nor had a connection: the pair is open all the same.
bool Streams::is_unconnected(const Ask& ask, const Entry& entry) {
  constexpr std::uint32_t kDecided =
      kConnecting | kConnected | kReceiveClosed | kTransmitClosed | kFailed | kDetached;
  return is_current(entry.key) && (socket_of(ask, entry.key).flags() & kDecided) == 0;
}

Outcome Streams::broken_pipe(const Call& call, int flags) {
  if ((flags & MSG_NOSIGNAL) == 0) ::kill(call.thread, SIGPIPE);
  return Outcome::answer(-EPIPE);
}

/// With an address, which TCP ignores.
Outcome Streams::send(Ask& ask, const Entry& entry) {
  const Call& call = ask.call;
  Sending sending;
  if (call.number == SYS_sendto) {
    sending.pieces = {{reinterpret_cast<void*>(call.arguments[1]), call.arguments[2]}};  // NOLINT
    sending.octets = call.arguments[2];
    sending.flags = call.integer(3);
  } else {
    Message message;
    const int wrong = read_message(call.thread, call.arguments[1], message);
    if (wrong != 0) return Outcome::answer(wrong);
    sending = {std::move(message.pieces), message.octets, call.integer(2)};
    if (message.header.msg_name == nullptr && !is_unconnected(ask, entry)) return Outcome::kernel();
  }
  // Text before the handshake has no way through the descriptor.
  if ((sending.flags & MSG_FASTOPEN) != 0) return Outcome::answer(-EOPNOTSUPP);
  if (is_unconnected(ask, entry)) return broken_pipe(call, sending.flags);
  skip(sending, ask.progress);
  std::vector<std::byte> piece;
  const bool wait = may_wait(ask.fd.get()) && (sending.flags & MSG_DONTWAIT) == 0;
  while (sending.octets > 0) {
    piece.resize(std::min(kPiece, sending.octets));
    if (!gather(call.thread, sending.pieces, piece)) return Outcome::answer(-EFAULT);
    const ssize_t sent =
        ::send(ask.fd.get(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    const int error = sent < 0 ? errno : 0;
    if (sent > 0) {
      ask.progress += static_cast<std::size_t>(sent);
      skip(sending, static_cast<std::size_t>(sent));
    } else if (error == EAGAIN && wait) {
      return Outcome::wait(EPOLLOUT, SO_SNDTIMEO);
    } else if (ask.progress > 0) {
      break;
    } else {
      return error == EPIPE ? broken_pipe(call, sending.flags) : Outcome::answer(-error);
    }
  }
  return Outcome::answer(static_cast<std::int64_t>(ask.progress));
}

/// A stream has no queue of errors.
Outcome Streams::receive(const Ask& ask, const Entry& entry) {
  const int flags = ask.call.integer(ask.call.number == SYS_recvfrom ? 3 : 2);
  if ((flags & MSG_ERRQUEUE) != 0) return Outcome::answer(-EAGAIN);
  return is_unconnected(ask, entry) ? Outcome::answer(-ENOTCONN) : Outcome::kernel();
}

// --- Beginnings and ends -----------------------------------------------------------------------

/// zsockd has given the slot to another socket: the connection is over, and only its holder is
/// left.
Outcome Streams::ended(const Ask& ask, const Entry& entry) {
  const Call& call = ask.call;
  Name name;
  switch (call.number) {
    case SYS_getsockname:
      name.storage.ss_family = static_cast<sa_family_t>(entry.domain);
      name.length = entry.domain == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
      return Outcome::answer(write_name(call.thread, name, call.arguments[1], call.arguments[2]));
    case SYS_getsockopt:
      return call.integer(1) == SOL_SOCKET && call.integer(2) == SO_ERROR
                 ? Outcome::kernel()
                 : Outcome::answer(-EINVAL);
    case SYS_connect: {
      const int wrong = read_name(call.thread, call.arguments[1],
                                  static_cast<socklen_t>(call.arguments[2]), name);
      return wrong != 0 ? Outcome::answer(wrong) : begin_anew(ask, entry, name);
    }
    case SYS_getpeername:
    case SYS_shutdown:
      return Outcome::answer(-ENOTCONN);
    default:
      return Outcome::answer(-EINVAL);
  }
}

/// After an attempt that has failed: another socket under the same number.
Outcome Streams::begin_anew(const Ask& ask, const Entry& entry, const Name& to) {
  const int mode = may_wait(ask.fd.get()) ? 0 : SOCK_NONBLOCK;
  lib::Opened fresh = lib::open_plain_stream(entry.domain, SOCK_STREAM | SOCK_CLOEXEC | mode, 0);
  if (fresh.error != 0) return Outcome::answer(-fresh.error);
  const lib::Socket before = socket_of(ask, entry.key);
  if (is_current(entry.key)) {
    shim::carry_options(
        [&](int level, int name, void* value, socklen_t* length) {
          return lib::get_option(before, level, name, value, length);
        },
        [&](int level, int name, const void* value, socklen_t length) {
          lib::set_option(fresh.socket, level, name, value, length);
        });
  }
  const Place place = Processes::place(ask.call.thread, ask.call.integer(0));
  const int error = listener_->put(ask.call, fresh.fd.get(), place);
  if (error != 0) return Outcome::answer(-error);
  remember(inode_of(fresh.fd.get()), {.key = key_of(fresh.socket), .domain = entry.domain});
  const int result = lib::connect_socket(fresh.socket, to.address(), to.length, MSG_DONTWAIT);
  // Who waits is asked for again, with the descriptor that it has now.
  return result == -EINPROGRESS && mode == 0 ? Outcome::again() : Outcome::answer(result);
}

Outcome Streams::give_to_kernel(const Ask& ask, const Entry& entry) {
  const lib::Socket socket = socket_of(ask, entry.key);
  const Kind kind{.domain = entry.domain, .type = SOCK_STREAM, .protocol = IPPROTO_TCP};
  const bool given = hand_to_kernel(*listener_, ask, kind,
                                    [&](int level, int name, void* value, socklen_t* length) {
                                      return lib::get_option(socket, level, name, value, length);
                                    });
  return given ? Outcome::kernel() : Outcome::answer(-ENETDOWN);
}

/// The call may have put another end in the place of our copy: the program gets it as well.
Outcome Streams::with_new_end(const Ask& ask, const Entry& entry, int result) {
  const ino_t inode = inode_of(ask.fd.get());
  if (inode == ask.inode) return Outcome::answer(result);
  lib::Client::instance().fds().clear(ask.fd.get());
  const Place place = Processes::place(ask.call.thread, ask.call.integer(0));
  const int error = listener_->put(ask.call, ask.fd.get(), place);
  remember(inode, entry);
  return Outcome::answer(error != 0 ? -error : result);
}

void Streams::remember(ino_t inode, const Entry& entry) {
  if (known_.size() >= sweep_at_) {
    std::erase_if(known_, [](const auto& known) { return !is_current(known.second.key); });
    sweep_at_ = std::max<std::size_t>(1024, known_.size() * 2);
  }
  known_[inode] = entry;
}

}  // namespace zsock::run
