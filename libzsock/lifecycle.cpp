#include "libzsock/lifecycle.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "libzsock/address.h"
#include "libzsock/shared_lock.h"
#include "libzsock/stream_mode.h"
#include "libzsock/wait.h"

namespace zsock::lib {
namespace {

using namespace ipc::status_flag;

constexpr int kTypeFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr int kMptcp = 262;

int check_stream_protocol(int protocol) {
  return protocol == 0 || protocol == IPPROTO_TCP ? 0 : EPROTONOSUPPORT;
}

bool is_ping(int domain, int protocol) {
  return protocol == (domain == AF_INET ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6});
}

int check_datagram_protocol(int domain, int protocol) {
  const bool known = protocol == 0 || protocol == IPPROTO_UDP || is_ping(domain, protocol);
  return known ? 0 : EPROTONOSUPPORT;
}

/// In Linux' order: type's range, family, type, protocol.
int check_kind(int domain, int type, int protocol) {
  const int kind = type & ~kTypeFlags;
  if (kind < 0 || kind > SOCK_PACKET) return EINVAL;
  if (domain == AF_PACKET) return EPERM;
  if (domain != AF_INET && domain != AF_INET6) return EAFNOSUPPORT;
  if (protocol < 0 || (protocol > 255 && protocol != kMptcp)) return EINVAL;
  switch (kind) {
    case SOCK_STREAM:
      return check_stream_protocol(protocol);
    case SOCK_DGRAM:
      return check_datagram_protocol(domain, protocol);
    case SOCK_RAW:
      return EPERM;
    default:
      return ESOCKTNOSUPPORT;
  }
}

/// Waits until everything sent is acknowledged, or the time is up. No descriptor tells this moment,
/// so it looks from time to time.
int linger(const Socket& socket, std::int64_t seconds) {
  const std::int64_t end = now_ns() + seconds * 1'000'000'000;
  timespec pause{.tv_sec = 0, .tv_nsec = 200'000};
  constexpr long kLongestPause = 10'000'000;
  while (now_ns() < end && !socket.arena->lost()) {
    const bool done =
        socket.app().transmit_tail.snapshot() == socket.status().transmit_head.snapshot();
    if (done || (socket.flags() & (kFailed | kDetached)) != 0) return 0;
    if (::nanosleep(&pause, nullptr) != 0) return -EINTR;
    pause.tv_nsec = std::min(pause.tv_nsec * 2, kLongestPause);
  }
  return 0;
}

/// The descriptor names the socket no more. \return true: it was the last that did
bool take_out(const Socket& socket) {
  Client::instance().fds().clear(socket.fd);
  Client::instance().take_in_prepared();
  return socket.app().holders.add(static_cast<std::uint32_t>(-1)) <= 1;
}

/// Only memory is left of a detached socket; nobody else will give it back.
void give_back(const Socket& socket) {
  if (socket.is_there() && (socket.flags() & kDetached) != 0 && !socket.arena->lost()) {
    static_cast<void>(socket.ask(ipc::Op::release));
  }
}

}  // namespace

int apply_type_flags(int fd, int type) {
  if ((type & SOCK_CLOEXEC) == 0 && ::fcntl(fd, F_SETFD, 0) != 0) return errno;
  if ((type & SOCK_NONBLOCK) == 0) return 0;
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : errno;
}

namespace {

/// \param kind  of Op::socket
Opened open_kind(int domain, int type, std::int32_t kind) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::socket);
  request.a = domain == AF_INET6 ? 6 : 4;
  request.b = kind;
  Answer answer = Client::instance().open(request);
  if (answer.error != 0) return {.error = answer.error};
  // An answer without a descriptor: this process has no number left for it.
  if (answer.fd_count == 0) return {.error = EMFILE};
  if (answer.reply.slot >= ipc::kSlots || answer.reply.generation == 0) return {.error = ENETDOWN};
  Opened opened{.socket = {.fd = answer.fds[0].get(),
                           .arena = answer.arena,
                           .slot = answer.reply.slot,
                           .generation = answer.reply.generation},
                .fd = std::move(answer.fds[0])};
  opened.error = apply_type_flags(opened.socket.fd, type);
  if (opened.error != 0) return opened;
  make_locks(opened.socket.app());
  if (domain == AF_INET6) opened.socket.app().attributes.set_bits(attribute::kIpv6);
  return opened;
}

}  // namespace

int open_socket(int domain, int type, int protocol) {
  const int wrong = check_kind(domain, type, protocol);
  if (wrong != 0) return -wrong;
  const std::int32_t plain = type & ~kTypeFlags;
  const bool ping = plain == SOCK_DGRAM && is_ping(domain, protocol);
  Opened opened = open_kind(domain, type, ping ? ipc::kPingSocket : plain);
  if (opened.error != 0) return -opened.error;
  if (ping) opened.socket.app().attributes.set_bits(attribute::kPing);
  const int registered = register_socket(opened.socket);
  if (registered != 0) return -registered;
  return opened.fd.release();
}

Opened open_plain_stream(int domain, int type, int protocol) {
  const int wrong = check_kind(domain, type, protocol);
  if (wrong != 0) return {.error = wrong};
  Opened opened = open_kind(domain, type, ipc::kPlainStream);
  if (opened.error == 0) opened.socket.app().attributes.set_bits(attribute::kPlain);
  return opened;
}

int bind_socket(const Socket& socket, const sockaddr* address, socklen_t length) {
  const ParsedAddress parsed = parse_address(socket, address, length, FamilyRule::wildcard_unspec);
  if (parsed.error != 0) return -parsed.error;
  ipc::Request request;
  request.address = parsed.address;
  return -socket.ask(request, ipc::Op::bind).error;
}

int listen_socket(const Socket& socket, int backlog) {
  if (socket.is_datagram()) return -EOPNOTSUPP;
  ipc::Request request;
  request.a = backlog;
  // Never writable; refused, zsockd takes the plug.
  if ((socket.flags() & (kListening | kConnected | kConnecting)) == 0) plug(socket);
  return -socket.ask(request, ipc::Op::listen).error;
}

int shut_socket(const Socket& socket, int how) {
  if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return -EINVAL;
  if ((socket.flags() & kDetached) != 0) return -ENOTCONN;
  ipc::Request request;
  request.a = how;
  if (is_streaming(socket)) {
    const int shut = how == SHUT_RD ? 0 : streaming_shut(socket);
    if (shut != 0 || how == SHUT_WR) return shut;
    request.a = SHUT_RD;
  }
  Answer answer = socket.ask(request, ipc::Op::shutdown);
  return answer.error != 0 ? -answer.error : -replace_descriptor(socket, answer);
}

int name_of(const Socket& socket, ipc::Op op, sockaddr* address, socklen_t* length) {
  if (address == nullptr || length == nullptr) return -EFAULT;
  const Answer answer = socket.ask(op);
  if (answer.error != 0) return -answer.error;
  return -store_address(socket, answer.reply.address, address, length);
}

int duplicate(const Socket& socket, int command, long lowest) {
  ipc::Fd copy(::fcntl(socket.fd, command, lowest));
  if (!copy.valid()) return -errno;
  Socket second = socket;
  second.fd = copy.get();
  const int error = register_socket(second);
  return error != 0 ? -error : copy.release();
}

int close_socket(const Socket& socket) {
  const std::uint32_t setting = socket.app().linger.snapshot();
  const bool waits = setting > 1 && socket.app().holders.snapshot() <= 1 && !is_streaming(socket);
  const int lingered = waits ? linger(socket, setting - 1) : 0;
  const bool last = take_out(socket);
  const int closed = ::close(socket.fd) == 0 ? 0 : -errno;
  if (last) give_back(socket);
  return closed != 0 ? closed : lingered;
}

void forget_descriptor(const Socket& socket) {
  if (take_out(socket)) give_back(socket);
}

}  // namespace zsock::lib
