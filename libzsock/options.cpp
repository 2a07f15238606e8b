#include "libzsock/options.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>

#include "libzsock/datagram.h"
#include "libzsock/lifecycle.h"
#include "libzsock/stream.h"
#include "libzsock/wait.h"

namespace zsock::lib {
namespace {

using namespace ipc::status_flag;

bool kept_by_kernel(int level, int name) {
  return level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

/// zsockd dies with all that it holds, one descriptor after the other: a socket's own end may tell
/// it first. \return an errno, or 0
int error_of_death(const Socket& socket, const Condition& condition) {
  pollfd entry{.fd = socket.fd, .events = 0, .revents = 0};
  if (condition.lost || ::poll(&entry, 1, 0) <= 0) return 0;
  const int why = socket.explain_hangup();
  return why != 0 ? -why : socket.take_error(socket.condition());
}

/// Options that the library knows by itself.
std::optional<int> own_value(const Socket& socket, int name) {
  const Condition condition = socket.condition();
  switch (name) {
    case SO_ERROR: {
      // What ends nothing is told by zsockd, when there is nothing else.
      const int taken = socket.take_error(condition);
      const int error = taken != 0 ? taken : error_of_death(socket, condition);
      if (error != 0 && !condition.any(kQueuedError)) clear_token(socket);
      const bool soft = condition.any(kSoftError) && !condition.lost;
      return error == 0 && soft ? std::nullopt : std::optional<int>(error);
    }
    case SO_TYPE:
      return condition.any(kDatagram) ? SOCK_DGRAM : SOCK_STREAM;
    case SO_DOMAIN:
      return socket.is_ipv6() ? AF_INET6 : AF_INET;
    case SO_PROTOCOL:
      if (socket.is_ping()) return socket.is_ipv6() ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP};
      return condition.any(kDatagram) ? IPPROTO_UDP : IPPROTO_TCP;
    case SO_ACCEPTCONN:
      return condition.any(kListening) ? 1 : 0;
    case SO_SNDLOWAT:
      return 1;
    case SO_RCVLOWAT:
      return static_cast<int>(std::max(socket.app().least_read.snapshot(), 1U));
    default:
      return std::nullopt;
  }
}

bool read_only(int name) {
  return name == SO_ERROR || name == SO_TYPE || name == SO_DOMAIN || name == SO_PROTOCOL ||
         name == SO_ACCEPTCONN;
}

/// Cuts to *length as Linux does.
void store_value(const void* from, std::size_t octets, void* to, socklen_t* length) {
  const std::size_t copied = std::min<std::size_t>(octets, *length);
  if (copied > 0) std::memcpy(to, from, copied);
  *length = static_cast<socklen_t>(copied);
}

/// A rate of 64 bits for who has room for 32.
void narrow_rate(ipc::Reply& reply, socklen_t length) {
  std::uint64_t rate = 0;
  if (length >= sizeof(rate)) return;
  std::memcpy(&rate, reply.value.data(), sizeof(rate));
  const auto narrow = static_cast<std::uint32_t>(std::min<std::uint64_t>(rate, UINT32_MAX));
  std::memcpy(reply.value.data(), &narrow, sizeof(narrow));
  reply.value_size = sizeof(narrow);
}

struct AttributeOption {
  int level;
  int name;
  std::uint32_t bit;
};

/// Options that the library acts on; zsockd keeps their values.
constexpr std::array kAttributeOptions{
    AttributeOption{IPPROTO_IP, IP_PKTINFO, attribute::kPacketInfo},
    AttributeOption{IPPROTO_IP, IP_RECVTTL, attribute::kTtl},
    AttributeOption{IPPROTO_IP, IP_RECVTOS, attribute::kTos},
    AttributeOption{IPPROTO_IPV6, IPV6_RECVPKTINFO, attribute::kPacketInfo6},
    AttributeOption{IPPROTO_IPV6, IPV6_RECVHOPLIMIT, attribute::kHopLimit},
    AttributeOption{IPPROTO_IPV6, IPV6_RECVTCLASS, attribute::kTrafficClass},
    AttributeOption{IPPROTO_IPV6, IPV6_DONTFRAG, attribute::kDontFragment6},
    AttributeOption{SOL_SOCKET, SO_OOBINLINE, attribute::kUrgentInline},
    AttributeOption{SOL_SOCKET, SO_TIMESTAMP, attribute::kTimestamp},
    AttributeOption{SOL_SOCKET, SO_TIMESTAMPNS, attribute::kTimestampNs},
    AttributeOption{IPPROTO_UDP, UDP_CORK, attribute::kCork},
    AttributeOption{IPPROTO_UDP, UDP_GRO, attribute::kJoin},
};

void change_attribute(const Socket& socket, std::uint32_t bit, bool set) {
  auto& word = socket.app().attributes;
  std::uint32_t before = word.snapshot();
  while (!word.replace(before, set ? before | bit : before & ~bit)) before = word.snapshot();
}

/// What the datagrams that follow, or the one that is begun, look like.
void remember_shape(const Socket& socket, int level, int name, int number) {
  if (level == SOL_SOCKET && number != 0) {  // of the two, one is in force
    if (name == SO_TIMESTAMP) change_attribute(socket, attribute::kTimestampNs, false);
    if (name == SO_TIMESTAMPNS) change_attribute(socket, attribute::kTimestamp, false);
  }
  if (level != IPPROTO_UDP) return;
  if (name == UDP_SEGMENT) {
    socket.app().segment_size.publish(static_cast<std::uint32_t>(number));
  }
  if (name == UDP_CORK && number == 0) datagram_push(socket);
}

/// How large datagrams are treated: what zsockd has allowed before does not hold any more.
void remember_discovery(const Socket& socket, int level, int name, int number) {
  const bool v4 = level == IPPROTO_IP && name == IP_MTU_DISCOVER;
  if (!v4 && (level != IPPROTO_IPV6 || name != IPV6_MTU_DISCOVER)) return;
  const unsigned shift = v4 ? attribute::kDiscoveryShift : attribute::kDiscoveryShiftV6;
  change_attribute(socket, 7U << shift, false);
  change_attribute(socket, (static_cast<std::uint32_t>(number) + 1) << shift, true);
}

/// Takes note of an option that zsockd has accepted.
void remember(const Socket& socket, int level, int name, const void* value, socklen_t length) {
  if (level == SOL_SOCKET && name == SO_LINGER && length >= sizeof(linger)) {
    linger setting{};
    std::memcpy(&setting, value, sizeof(setting));
    const auto seconds = static_cast<std::uint32_t>(std::clamp(setting.l_linger, 0, 86400));
    socket.app().linger.publish(setting.l_onoff != 0 ? seconds + 1 : 0);
    return;
  }
  for (const AttributeOption& option : kAttributeOptions) {
    if (option.level != level || option.name != name) continue;
    int number = 0;
    std::memcpy(&number, value, std::min<std::size_t>(length, sizeof(number)));
    change_attribute(socket, option.bit, number != 0);
  }
  int number = 0;
  std::memcpy(&number, value, std::min<std::size_t>(length, sizeof(number)));
  if (level == IPPROTO_TCP && name == TCP_NOTSENT_LOWAT) stream_heed_unsent_limit(socket);
  remember_shape(socket, level, name, number);
  remember_discovery(socket, level, name, number);
}

/// Options of a stream that zsockd never refuses, and whose moment nobody can tell.
/// \return 0 or an ipc::told_option
std::uint32_t told_in_slot(const Socket& socket, int level, int name, const void* value,
                           socklen_t length) {
  int number = 0;
  if (length < sizeof(number) || socket.is_datagram() || socket.arena->lost()) return 0;
  std::memcpy(&number, value, sizeof(number));
  if (number == 0) return 0;
  if (level == IPPROTO_TCP && name == TCP_NODELAY) return ipc::told_option::kNoDelay;
  return level == SOL_SOCKET && name == SO_KEEPALIVE ? ipc::told_option::kKeepAlive : 0;
}

int store_int(void* argument, std::uint64_t value) {
  if (argument == nullptr) return -EFAULT;
  const int number =
      static_cast<int>(std::min<std::uint64_t>(value, std::numeric_limits<int>::max()));
  std::memcpy(argument, &number, sizeof(number));
  return 0;
}

std::uint64_t unsent(const Socket& socket) {
  return socket.app().transmit_tail.snapshot() - socket.status().transmit_head.snapshot();
}

/// What was written and never sent: zsockd knows.
std::uint64_t never_sent(const Socket& socket) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  return get_option(socket, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_notsent_bytes
                                                                        : 0;
}

/// SO_RCVLOWAT: what is unread may be enough from now on.
int set_least_read(const Socket& socket, const void* value, socklen_t length) {
  int least = 0;
  if (length < sizeof(least)) return -EINVAL;
  std::memcpy(&least, value, sizeof(least));
  if (least < 0) least = std::numeric_limits<int>::max();
  ipc::AppSlot& app = socket.app();
  app.least_read.publish_ordered(static_cast<std::uint32_t>(std::max(least, 1)));
  if (!worth_reading(socket, app.receive_head.snapshot())) return 0;
  app.want_token.publish_ordered(1);
  socket.notify();
  return 0;
}

}  // namespace

int get_option(const Socket& socket, int level, int name, void* value, socklen_t* length) {
  if (value == nullptr || length == nullptr) return -EFAULT;
  if (*length > std::numeric_limits<int>::max()) return -EINVAL;
  if (kept_by_kernel(level, name)) {
    return ::getsockopt(socket.fd, level, name, value, length) == 0 ? 0 : -errno;
  }
  const std::optional<int> own =
      level == SOL_SOCKET ? own_value(socket, name) : std::optional<int>{};
  if (own) {
    store_value(&*own, sizeof(*own), value, length);
    return 0;
  }
  ipc::Request request;
  request.a = level;
  request.b = name;
  Answer answer = socket.ask(request, ipc::Op::get_option);
  if (answer.error != 0) return -answer.error;
  if (level == SOL_SOCKET && name == SO_MAX_PACING_RATE) narrow_rate(answer.reply, *length);
  store_value(answer.reply.value.data(), answer.reply.value_size, value, length);
  return 0;
}

int set_option(const Socket& socket, int level, int name, const void* value, socklen_t length) {
  if (length > std::numeric_limits<int>::max()) return -EINVAL;
  if (value == nullptr && length > 0) return -EFAULT;
  if (kept_by_kernel(level, name)) {
    socket.app().attributes.set_bits(attribute::kTimeouts);
    return ::setsockopt(socket.fd, level, name, value, length) == 0 ? 0 : -errno;
  }
  if (level == SOL_SOCKET && read_only(name)) {
    return length < sizeof(int) ? -EINVAL : -ENOPROTOOPT;
  }
  if (level == SOL_SOCKET && name == SO_RCVLOWAT) return set_least_read(socket, value, length);
  if (const std::uint32_t told = told_in_slot(socket, level, name, value, length); told != 0) {
    socket.app().told_options.set_bits(told);
    // Before connect() and listen() nothing comes of it.
    if ((socket.flags() & (kConnecting | kConnected | kListening)) != 0) socket.notify();
    return 0;
  }
  ipc::Request request;
  request.a = level;
  request.b = name;
  request.value_size = static_cast<std::uint32_t>(std::min<std::size_t>(length, ipc::kMaxValue));
  if (length > 0) std::memcpy(request.value.data(), value, request.value_size);
  const int error = socket.ask(request, ipc::Op::set_option).error;
  if (error == 0) remember(socket, level, name, value, length);
  return -error;
}

int control_descriptor(const Socket& socket, int command, long argument) {
  if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) {
    return duplicate(socket, command, argument);
  }
  const int result = ::fcntl(socket.fd, command, argument);
  return result < 0 ? -errno : result;
}

int control_io(const Socket& socket, unsigned long request, void* argument) {
  const Condition condition = socket.condition();
  const bool stream = !condition.any(kDatagram);
  switch (request) {
    case FIONBIO:
      return ::ioctl(socket.fd, FIONBIO, argument) == 0 ? 0 : -errno;
    case FIONREAD:
      if (condition.any(kListening)) return -EINVAL;
      if (condition.any(kStreaming))
        return ::ioctl(socket.fd, FIONREAD, argument) == 0 ? 0 : -errno;
      return store_int(argument, stream ? stream_unread(socket) : datagram_next_size(socket));
    case SIOCOUTQ:
      if (condition.any(kListening)) return -EINVAL;
      return store_int(argument, unsent(socket));
    case SIOCOUTQNSD:
      if (condition.any(kListening)) return -EINVAL;
      return store_int(argument, stream ? never_sent(socket) : unsent(socket));
    case SIOCATMARK:
      if (!stream) return -ENOTTY;
      return store_int(argument, stream_at_mark(socket) ? 1 : 0);
    default:
      return -ENOTTY;
  }
}

}  // namespace zsock::lib
