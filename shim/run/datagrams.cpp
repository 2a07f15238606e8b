#include "shim/run/datagrams.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "shim/policy.h"
#include "zsock/zsock.h"

namespace zsock::run {
namespace {

constexpr std::size_t kLongestOption = 4096;
constexpr std::size_t kMostControl = 4096;
constexpr std::size_t kMostMessages = UIO_MAXIOV;

/// The kernel keeps these with the descriptor that the program waits on.
bool kept_by_kernel(int level, int name) {
  return level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

int option(int socket, int name) {
  int value = 0;
  socklen_t length = sizeof(value);
  return ::zs_getsockopt(socket, SOL_SOCKET, name, &value, &length) == 0 ? value : 0;
}

bool is_bound(int socket) {
  Name name;
  const bool known = ::zs_getsockname(socket, name.room(), &name.length) == 0;
  sockaddr_in6 own{};
  std::memcpy(&own, &name.storage, sizeof(own));  // the port has the same place in both families
  return known && own.sin6_port != 0;
}

/// No message to send is longer.
constexpr std::size_t kTooLong = Relay::kMostOctets + 1;

/// A message of the program's as one of ours.
struct Outgoing {
  std::vector<std::byte> octets{};
  std::vector<std::byte> control{};
  Name to{};
  iovec piece{};

  msghdr message() {
    piece = {octets.data(), octets.size()};
    msghdr header{};
    if (to.length != 0) {
      header.msg_name = &to.storage;
      header.msg_namelen = to.length;
    }
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control.empty() ? nullptr : control.data();
    header.msg_controllen = control.size();
    return header;
  }
};

std::uint64_t number_of(const void* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);  // NOLINT: the program's, never followed
}

/// What a msghdr of the program's is to send. \return 0 or a negative errno
int read_outgoing(pid_t thread, std::uint64_t from, Outgoing& outgoing) {
  Message message;
  int wrong = read_message(thread, from, message);
  if (wrong == 0 && message.octets >= kTooLong) wrong = -EMSGSIZE;
  const msghdr& header = message.header;
  if (wrong == 0 && header.msg_controllen > kMostControl) wrong = -ENOBUFS;
  if (wrong == 0 && header.msg_name != nullptr) {
    wrong = read_name(thread, number_of(header.msg_name), header.msg_namelen, outgoing.to);
  }
  if (wrong != 0) return wrong;
  outgoing.octets.resize(message.octets);
  outgoing.control.resize(header.msg_control != nullptr ? header.msg_controllen : 0);
  const bool read = gather(thread, message.pieces, outgoing.octets) &&
                    read_memory(thread, number_of(header.msg_control), outgoing.control);
  return read ? 0 : -EFAULT;
}

/// Control data of which there is room for less: the message that goes beyond is cut, as in Linux.
void cut(std::vector<std::byte>& control, std::size_t room) {
  std::size_t at = 0;
  while (room - at >= sizeof(cmsghdr)) {
    cmsghdr header{};
    std::memcpy(&header, &control[at], sizeof(header));
    const std::size_t next = at + CMSG_ALIGN(header.cmsg_len);
    if (next >= room) {
      header.cmsg_len = std::min(header.cmsg_len, room - at);
      std::memcpy(&control[at], &header, sizeof(header));
      at = room;
    } else {
      at = next;
    }
  }
  control.resize(at);
}

/// Gives a datagram to the msghdr at this place. \return octets or a negative errno
std::int64_t write_incoming(pid_t thread, std::uint64_t place, const Datagram& datagram,
                            int flags) {
  Message message;
  const int wrong = read_message(thread, place, message);
  if (wrong != 0) return wrong;
  msghdr header = message.header;
  if (!scatter(thread, message.pieces, datagram.octets)) return -EFAULT;
  const Origin& origin = datagram.origin;
  if (header.msg_name != nullptr) {
    const auto name = std::as_bytes(std::span(&origin.name.storage, 1)).first(origin.name.length);
    const auto some = name.first(std::min<std::size_t>(name.size(), header.msg_namelen));
    if (!write_memory(thread, number_of(header.msg_name), some)) return -EFAULT;
    header.msg_namelen = origin.name.length;
  }
  header.msg_flags = datagram.flags;
  if (datagram.octets.size() > message.octets) header.msg_flags |= MSG_TRUNC;
  std::vector<std::byte> control = origin.control;
  const std::size_t room = header.msg_control != nullptr ? header.msg_controllen : 0;
  if (control.size() > room) {
    header.msg_flags |= MSG_CTRUNC;
    cut(control, room);
  }
  header.msg_controllen = control.size();
  if (!write_memory(thread, number_of(header.msg_control), control)) return -EFAULT;
  if (!store(thread, place, header)) return -EFAULT;
  const std::size_t given = std::min(datagram.octets.size(), message.octets);
  return static_cast<std::int64_t>((flags & MSG_TRUNC) != 0 ? datagram.octets.size() : given);
}

bool waits(const Ask& ask, int flags) {
  return (flags & MSG_DONTWAIT) == 0 && may_wait(ask.fd.get());
}

}  // namespace

// --- Beginning and end -------------------------------------------------------------------------

Outcome Datagrams::open(const Call& call, const Kind& kind) {
  const int socket = ::zs_socket(kind.domain, kind.type | SOCK_CLOEXEC, kind.protocol);
  if (socket < 0) return Outcome::answer(-errno);
  auto [end, program] = Relay::make_pair();
  const int broken = end.valid() ? 0 : errno;
  auto relay = std::make_unique<Relay>(socket, std::move(end));
  if (broken != 0) return Outcome::answer(-broken);
  if ((kind.type & SOCK_NONBLOCK) != 0) ::fcntl(program.get(), F_SETFL, O_NONBLOCK);
  const ino_t inode = inode_of(program.get());
  if (!watch(*relay, inode)) return Outcome::answer(-ENOBUFS);
  const bool close_on_exec = (kind.type & SOCK_CLOEXEC) != 0;
  const std::int64_t number = listener_->answer_with(call, program.get(), close_on_exec);
  if (number < 0) return Outcome::answer(number);
  relays_[inode] = std::move(relay);
  return Outcome::over(number);
}

bool Datagrams::watch(const Relay& relay, ino_t inode) const {
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLOUT | EPOLLET;
  interest.data.u64 = inode;
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, relay.socket(), &interest) == 0 &&
         ::epoll_ctl(epoll_, EPOLL_CTL_ADD, relay.end(), &interest) == 0;
}

void Datagrams::pump(ino_t inode) {
  const auto found = relays_.find(inode);
  if (found == relays_.end()) return;
  found->second->pump();
  if (found->second->has_more()) busy_.push_back(inode);
  if (found->second->finished()) relays_.erase(found);
}

bool Datagrams::settle() {
  for (auto& [inode, relay] : relays_) relay->pump();
  std::erase_if(relays_, [](const auto& entry) { return entry.second->finished(); });
  return relays_.empty();
}

// --- Calls -------------------------------------------------------------------------------------

Outcome Datagrams::serve(Ask& ask) {
  Relay& relay = *relays_.at(ask.inode);
  const Outcome outcome = serve(ask, relay);
  if (relay.has_more()) busy_.push_back(ask.inode);
  return outcome;
}

Outcome Datagrams::serve(Ask& ask, Relay& relay) const {
  const int socket = relay.socket();
  switch (ask.call.number) {
    case SYS_bind:
    case SYS_connect:
      return connect_or_bind(ask, relay);
    case SYS_listen:
    case SYS_accept:
    case SYS_accept4:
      return Outcome::answer(-EOPNOTSUPP);
    case SYS_shutdown:
      return Outcome::answer(relay.shut(ask.fd.get(), ask.call.integer(1)));
    case SYS_getsockname:
    case SYS_getpeername:
      return name(ask, socket);
    case SYS_setsockopt:
      return set_option(ask, socket);
    case SYS_getsockopt:
      return get_option(ask, relay);
    case SYS_sendto:
    case SYS_sendmsg:
      return send_one(ask, relay);
    case SYS_sendmmsg:
      return send_messages(ask, relay);
    case SYS_recvfrom:
    case SYS_recvmsg:
      return receive_one(ask, relay);
    case SYS_recvmmsg:
      return receive_messages(ask, relay);
    default:
      return Outcome::kernel();
  }
}

bool Datagrams::goes_to_kernel(const Ask& ask, const Relay& relay, const Name& to) const {
  const int socket = relay.socket();
  if (!is_kernels(to) || is_bound(socket)) return false;
  const Kind kind{.domain = option(socket, SO_DOMAIN),
                  .type = option(socket, SO_TYPE),
                  .protocol = option(socket, SO_PROTOCOL)};
  return hand_to_kernel(*listener_, ask, kind,
                        [socket](int level, int name, void* value, socklen_t* length) {
                          return ::zs_getsockopt(socket, level, name, value, length);
                        });
}

Outcome Datagrams::connect_or_bind(const Ask& ask, Relay& relay) const {
  const Call& call = ask.call;
  Name to;
  const int wrong =
      read_name(call.thread, call.arguments[1], static_cast<socklen_t>(call.arguments[2]), to);
  if (wrong != 0) return Outcome::answer(wrong);
  if (goes_to_kernel(ask, relay, to)) return Outcome::kernel();
  relay.pump();  // what was written before goes where it was meant to go
  const auto function = call.number == SYS_bind ? &::zs_bind : &::zs_connect;
  return Outcome::answer(function(relay.socket(), to.address(), to.length) == 0 ? 0 : -errno);
}

Outcome Datagrams::name(const Ask& ask, int socket) {
  const Call& call = ask.call;
  const auto function = call.number == SYS_getsockname ? &::zs_getsockname : &::zs_getpeername;
  Name found;
  if (function(socket, found.room(), &found.length) != 0) return Outcome::answer(-errno);
  if (call.arguments[1] == 0) return Outcome::answer(-EFAULT);
  return Outcome::answer(write_name(call.thread, found, call.arguments[1], call.arguments[2]));
}

Outcome Datagrams::set_option(const Ask& ask, int socket) {
  const Call& call = ask.call;
  if (kept_by_kernel(call.integer(1), call.integer(2))) return Outcome::kernel();
  if (call.integer(4) < 0) return Outcome::answer(-EINVAL);
  alignas(8) std::array<std::byte, kLongestOption> value{};
  const std::size_t size = std::min(value.size(), static_cast<std::size_t>(call.integer(4)));
  if (!read_memory(call.thread, call.arguments[3], std::span(value).first(size))) {
    return Outcome::answer(-EFAULT);
  }
  const int result = ::zs_setsockopt(socket, call.integer(1), call.integer(2), value.data(),
                                     static_cast<socklen_t>(size));
  return Outcome::answer(result == 0 ? 0 : -errno);
}

Outcome Datagrams::get_option(const Ask& ask, Relay& relay) {
  const Call& call = ask.call;
  const int level = call.integer(1);
  const int option = call.integer(2);
  if (kept_by_kernel(level, option)) return Outcome::kernel();
  const auto room = load<int>(call.thread, call.arguments[4]);
  if (!room) return Outcome::answer(-EFAULT);
  if (*room < 0) return Outcome::answer(-EINVAL);
  alignas(8) std::array<std::byte, kLongestOption> value{};
  auto length = static_cast<socklen_t>(std::min(value.size(), static_cast<std::size_t>(*room)));
  if (level == SOL_SOCKET && option == SO_ERROR) {
    const int error = relay.take_error(ask.fd.get());
    std::memcpy(value.data(), &error, sizeof(error));
    length = std::min<socklen_t>(length, sizeof(error));
  } else if (::zs_getsockopt(relay.socket(), level, option, value.data(), &length) != 0) {
    return Outcome::answer(-errno);
  }
  const bool told = write_memory(call.thread, call.arguments[3], std::span(value).first(length)) &&
                    store(call.thread, call.arguments[4], length);
  return Outcome::answer(told ? 0 : -EFAULT);
}

// --- Sending -----------------------------------------------------------------------------------

Outcome Datagrams::send_one(const Ask& ask, Relay& relay) const {
  const Call& call = ask.call;
  Outgoing outgoing;
  const bool bare = call.number == SYS_sendto;
  const int flags = call.integer(bare ? 3 : 2);
  int wrong = 0;
  if (bare) {
    const std::uint64_t size = call.arguments[2];
    if (size >= kTooLong) return Outcome::answer(-EMSGSIZE);
    outgoing.octets.resize(size);
    if (!read_memory(call.thread, call.arguments[1], outgoing.octets)) wrong = -EFAULT;
    if (wrong == 0 && call.arguments[4] != 0) {
      wrong = read_name(call.thread, call.arguments[4], static_cast<socklen_t>(call.arguments[5]),
                        outgoing.to);
    }
  } else {
    wrong = read_outgoing(call.thread, call.arguments[1], outgoing);
  }
  if (wrong != 0) return Outcome::answer(wrong);
  if (outgoing.to.length != 0 && goes_to_kernel(ask, relay, outgoing.to)) return Outcome::kernel();
  const std::int64_t sent = relay.send(outgoing.message(), flags);
  if (sent == -EAGAIN && waits(ask, flags)) return Outcome::wait(0, SO_SNDTIMEO);
  return Outcome::answer(sent);
}

Outcome Datagrams::send_messages(Ask& ask, Relay& relay) {
  const Call& call = ask.call;
  const std::size_t count = std::min<std::size_t>(call.arguments[2] & 0xffffffffU, kMostMessages);
  const int flags = call.integer(3);
  std::int64_t sent = 0;
  while (ask.progress < count) {
    const std::uint64_t place = call.arguments[1] + ask.progress * sizeof(mmsghdr);
    Outgoing outgoing;
    sent = read_outgoing(call.thread, place, outgoing);
    if (sent == 0) sent = relay.send(outgoing.message(), flags);
    if (sent == -EAGAIN && waits(ask, flags)) return Outcome::wait(0, SO_SNDTIMEO);
    if (sent < 0) break;
    const auto length = static_cast<std::uint32_t>(sent);
    if (!store(call.thread, place + offsetof(mmsghdr, msg_len), length)) {
      sent = -EFAULT;
      break;
    }
    ++ask.progress;
  }
  const auto done = static_cast<std::int64_t>(ask.progress);
  return Outcome::answer(done == 0 && sent < 0 ? sent : done);
}

// --- Receiving ---------------------------------------------------------------------------------

Outcome Datagrams::receive_one(const Ask& ask, Relay& relay) {
  const Call& call = ask.call;
  const bool bare = call.number == SYS_recvfrom;
  const int flags = call.integer(bare ? 3 : 2);
  Datagram datagram;
  const bool errors = (flags & MSG_ERRQUEUE) != 0;
  const int error =
      errors ? relay.receive_error(datagram) : relay.receive(ask.fd.get(), flags, datagram);
  if (error == -EAGAIN && !errors && waits(ask, flags)) return Outcome::wait(0, SO_RCVTIMEO);
  if (error != 0) return Outcome::answer(error);
  if (!bare) {
    return Outcome::answer(write_incoming(call.thread, call.arguments[1], datagram, flags));
  }
  const std::size_t given = std::min<std::size_t>(datagram.octets.size(), call.arguments[2]);
  if (!write_memory(call.thread, call.arguments[1], std::span(datagram.octets).first(given))) {
    return Outcome::answer(-EFAULT);
  }
  const int told =
      write_name(call.thread, datagram.origin.name, call.arguments[4], call.arguments[5]);
  if (told != 0) return Outcome::answer(told);
  const bool whole = (flags & MSG_TRUNC) != 0;
  return Outcome::answer(static_cast<std::int64_t>(whole ? datagram.octets.size() : given));
}

Outcome Datagrams::receive_messages(Ask& ask, Relay& relay) {
  const Call& call = ask.call;
  const std::size_t count = std::min<std::size_t>(call.arguments[2] & 0xffffffffU, kMostMessages);
  const int flags = call.integer(3);
  std::int64_t got = 0;
  while (ask.progress < count) {
    const std::uint64_t place = call.arguments[1] + ask.progress * sizeof(mmsghdr);
    Datagram datagram;
    got = relay.receive(ask.fd.get(), flags, datagram);
    if (got == -EAGAIN) {
      const bool enough = ask.progress > 0 && (flags & MSG_WAITFORONE) != 0;
      if (enough || !waits(ask, flags)) break;
      return Outcome::wait(0, SO_RCVTIMEO);
    }
    if (got == 0) got = write_incoming(call.thread, place, datagram, flags);
    if (got < 0) break;
    const auto length = static_cast<std::uint32_t>(got);
    if (!store(call.thread, place + offsetof(mmsghdr, msg_len), length)) {
      got = -EFAULT;
      break;
    }
    ++ask.progress;
  }
  const auto done = static_cast<std::int64_t>(ask.progress);
  return Outcome::answer(done == 0 && got < 0 ? got : done);
}

}  // namespace zsock::run
