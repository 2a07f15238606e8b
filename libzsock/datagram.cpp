#include "libzsock/datagram.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "libzsock/address.h"
#include "libzsock/control.h"
#include "libzsock/destinations.h"
#include "libzsock/shared_lock.h"
#include "libzsock/step.h"
#include "libzsock/wait.h"

namespace zsock::lib {
namespace {

using namespace ipc::status_flag;

constexpr std::size_t kMaxIpv4Payload = 65507;
constexpr std::size_t kMaxIpv6Payload = 65527;
constexpr std::size_t kMaxSegments = 128;  // of one call with UDP_SEGMENT, as Linux
constexpr std::size_t kMaxJoined = 64;     // with UDP_GRO, as Linux

// ---- reading ----

/// What lies at a position of the ring, checked against what is there.
struct Found {
  enum class State { empty, datagram, broken } state = State::empty;
  DatagramHeader header{};
  std::size_t footprint = 0;
};

Found look_at(const Socket& socket, const RingView& ring, std::uint64_t position) {
  const std::uint64_t available = socket.status().receive_tail.snapshot() - position;
  if (available == 0) return {};
  Found found{.state = Found::State::broken};
  if (available > ring.capacity() || available < sizeof(DatagramHeader)) return found;
  found.header = ring.load<DatagramHeader>(position);
  found.footprint = datagram_footprint(found.header.payload_size);
  if (found.footprint <= available) found.state = Found::State::datagram;
  return found;
}

Found look_at_head(const Socket& socket, const RingView& ring) {
  return look_at(socket, ring, socket.app().receive_head.snapshot());
}

bool is_whole(const DatagramHeader& header) {
  return header.payload_size != 0 && header.full_size == header.payload_size;
}

bool same_flow(const DatagramHeader& a, const DatagramHeader& b) {
  return a.remote == b.remote && a.local == b.local && a.remote_port == b.remote_port &&
         a.family == b.family && a.scope == b.scope && a.interface == b.interface &&
         a.hop_limit == b.hop_limit && a.traffic_class == b.traffic_class;
}

/// UDP_GRO: what follows in the same flow and has the same size comes with the first, as far as it
/// fits; one that is smaller is the last. \return what all of them take in the ring
std::size_t join(const Socket& socket, const RingView& ring, Found first, Cursor& data) {
  const std::uint64_t start = socket.app().receive_head.snapshot();
  const std::size_t segment = first.header.payload_size;
  std::size_t footprint = first.footprint;
  std::size_t octets = segment;
  std::size_t last = segment;
  for (std::size_t i = 1; i < kMaxJoined && last == segment && is_whole(first.header); ++i) {
    const Found next = look_at(socket, ring, start + footprint);
    if (next.state != Found::State::datagram || !is_whole(next.header)) break;
    last = next.header.payload_size;
    octets += last;
    if (last > segment || last > data.remaining() || octets > kMaxIpv4Payload) break;
    if (!same_flow(first.header, next.header)) break;
    ring.read(start + footprint + sizeof(DatagramHeader), data, last);
    footprint += next.footprint;
  }
  return footprint;
}

Step when_empty(const Condition& condition) {
  if (condition.lost) return -ENETDOWN;
  if (condition.any(kReceiveClosed | kDetached)) return 0;
  return {};
}

void consume(const Socket& socket, std::size_t footprint) {
  ipc::AppSlot& app = socket.app();
  const std::uint64_t before = app.receive_head.snapshot();
  const std::uint64_t head = before + footprint;
  app.receive_head.publish_ordered(head);
  const std::uint64_t notify = socket.status().notify_position.snapshot_ordered();
  if (before <= notify && notify <= head) socket.notify();
  if (head == socket.status().receive_tail.snapshot() && app.token.snapshot() != 0) {
    take_token(socket, head);
  }
}

struct ReceiveStep {
  Step step;
  Received received{};
};

ReceiveStep receive_step(const Socket& socket, Cursor data, int flags, bool woken) {
  ipc::AppSlot& app = socket.app();
  const SharedLock lock(app.reader_lock);
  if (!lock.held()) return {.step = -EAGAIN};
  // Unlike a stream's, an error comes before what waits in the ring, as Linux does it.
  const Condition condition = socket.condition();
  const int error = socket.take_error(condition);
  if (error != 0) return {.step = -error};
  const RingView ring = socket.receive_ring();
  const Found head = look_at_head(socket, ring);
  if (head.state == Found::State::broken) return {.step = -ENETDOWN};
  if (head.state == Found::State::empty) {
    if (woken || app.token.snapshot() != 0) take_token(socket, app.receive_head.snapshot());
    return {.step = when_empty(condition)};
  }
  const std::size_t copied = std::min<std::size_t>(head.header.payload_size, data.remaining());
  ring.read(app.receive_head.snapshot() + sizeof(DatagramHeader), data, copied);
  const std::size_t full = std::max(head.header.full_size, head.header.payload_size);
  ReceiveStep done{.step = static_cast<ssize_t>((flags & MSG_TRUNC) != 0 ? full : copied)};
  done.received.header = head.header;
  done.received.header.segment_size = 0;
  done.received.flags = full > copied ? MSG_TRUNC : 0;
  std::size_t footprint = head.footprint;
  if ((app.attributes.snapshot() & attribute::kJoin) != 0) {
    const std::size_t room = data.remaining();
    footprint = join(socket, ring, head, data);
    done.step = *done.step + static_cast<ssize_t>(room - data.remaining());
    if (footprint != head.footprint) {
      done.received.header.segment_size = static_cast<std::uint16_t>(copied);
    }
  }
  if ((flags & MSG_PEEK) == 0) consume(socket, footprint);
  return done;
}

// ---- writing ----

/// Does the message begin like an ICMP echo request? Nothing else may a ping socket send.
bool is_echo(const Socket& socket, Cursor data) {
  constexpr std::size_t kHeader = 8;
  std::array<std::byte, 2> begin{};  // type and code
  if (data.remaining() < kHeader) return false;
  for (std::byte& octet : begin) octet = data.take(1).front();
  const auto type = std::byte{socket.is_ipv6() ? std::uint8_t{128} : std::uint8_t{8}};
  return begin[0] == type && begin[1] == std::byte{0};
}

std::size_t largest_payload(const Socket& socket) {
  return socket.is_ipv6() ? kMaxIpv6Payload : kMaxIpv4Payload;
}

int check_send(const Socket& socket, const Condition& condition, const Cursor& data,
               const ipc::Address& to) {
  if (data.remaining() > largest_payload(socket)) return EMSGSIZE;
  if (socket.is_ping() && !is_echo(socket, data)) return EINVAL;
  if (to.family == 0 && !condition.any(kConnected)) return EDESTADDRREQ;
  if (to.family != 0 && to.port == 0) return EINVAL;
  if (condition.any(kTransmitClosed | kDetached)) return EPIPE;
  return 0;
}

/// UDP_SEGMENT, of the call or of the socket; 0: off.
std::size_t segment_size(const Socket& socket, const SendChoice& choice) {
  return choice.segment_size != 0 ? choice.segment_size : socket.app().segment_size.snapshot();
}

DatagramHeader header_of(const Socket& socket, std::size_t octets, const Destination& to) {
  DatagramHeader header;
  header.segment_size = static_cast<std::uint16_t>(segment_size(socket, to.choice));
  header.payload_size = static_cast<std::uint32_t>(octets);
  header.full_size = header.payload_size;
  header.family = to.address.family;
  header.remote_port = to.address.port;
  header.remote = to.address.octets;
  header.scope = to.address.scope;
  header.hop_limit = to.choice.hop_limit;
  header.traffic_class = to.choice.traffic_class;
  if (to.choice.has_traffic_class) header.flags |= datagram_flag::kTrafficClass;
  if (to.choice.source.family == 4) header.flags |= datagram_flag::kSourceV4;
  if (to.choice.source.family == 6) header.flags |= datagram_flag::kSourceV6;
  header.local = to.choice.source.octets;
  header.interface = to.choice.source.scope;
  return header;
}

/// No path has a smaller MTU (RFC 8200 5; zsockd believes nobody below 552 for IPv4), headers off.
constexpr std::size_t kFitsAlways = 500;

/// What beside the address decides whether it may go: 0 for most datagrams.
std::uint64_t detail_of(const Socket& socket, std::size_t octets, const SendChoice& choice) {
  const std::uint32_t discovery = socket.app().attributes.snapshot() & attribute::kDiscovery;
  std::uint64_t detail = discovery != 0 && octets > kFitsAlways ? mix_detail(octets, discovery) : 0;
  if (!choice.names_source()) return detail;
  std::array<std::uint64_t, 2> words{};
  std::memcpy(words.data(), choice.source.octets.data(), sizeof(words));
  for (const std::uint64_t word : words) detail = mix_detail(detail, word);
  return mix_detail(detail, (std::uint64_t{choice.source.scope} << 8U) | choice.source.family) | 1U;
}

/// Asks zsockd for rings, and whether a datagram may go there, unless both are known.
int prepare_to_send(const Socket& socket, const Cursor& data, const Destination& to) {
  const std::size_t segment = segment_size(socket, to.choice);
  if (segment != 0 && data.remaining() > segment * kMaxSegments) return EINVAL;
  const std::size_t octets = segment == 0 ? data.remaining() : std::min(segment, data.remaining());
  const std::uint64_t detail = detail_of(socket, octets, to.choice);
  const bool plain = to.address.family == 0 && detail == 0;
  const bool known = plain || may_send_to(socket, to.address, detail);
  if ((known && socket.status().transmit.order() != 0) || socket.arena->lost()) return 0;
  const int error = check_send(socket, socket.condition(), data, to.address);
  if (error != 0) return error;
  ipc::Request request;
  request.address = to.address;
  if (detail != 0) request.a = static_cast<std::int32_t>(octets);
  if (to.choice.names_source()) {
    request.value_size = sizeof(to.choice.source);
    std::memcpy(request.value.data(), &to.choice.source, sizeof(to.choice.source));
  }
  const Answer answer = socket.ask(request, ipc::Op::attach_rings);
  if (answer.error == 0 && !plain) remember_destination(socket, to.address, detail);
  return answer.error;
}

/// Octets of the datagram that earlier calls have begun at the ring's tail; nothing: none.
std::optional<std::size_t> begun(const Socket& socket) {
  const std::uint32_t corked = socket.app().corked.snapshot();
  if (corked == 0) return std::nullopt;
  return corked - 1;
}

/// Hands over what lies at the tail. Holds the writers' lock.
void publish_datagram(const Socket& socket, const RingView& ring, std::size_t octets) {
  ipc::AppSlot& app = socket.app();
  const std::uint64_t tail = app.transmit_tail.snapshot();
  DatagramHeader header = ring.load<DatagramHeader>(tail);
  header.payload_size = static_cast<std::uint32_t>(octets);
  header.full_size = header.payload_size;
  ring.store(tail, header);
  app.corked.publish(0);
  app.transmit_tail.publish(tail + datagram_footprint(octets));
  socket.notify();
}

/// May it be said now, and does it fit with what was begun? \return 0 or an errno
int check_step(const Socket& socket, const Cursor& data, const Destination& to,
               std::optional<std::size_t> before) {
  const Condition condition = socket.condition();
  const int pending = socket.take_error(condition);
  if (pending != 0) return pending;
  if (!before) return check_send(socket, condition, data, to.address);
  // The first call has said where it goes.
  if (condition.any(kTransmitClosed | kDetached)) return EPIPE;
  if (*before + data.remaining() <= largest_payload(socket)) return 0;
  socket.app().corked.publish(0);  // as in Linux, all of it is lost
  return EMSGSIZE;
}

Step send_step(const Socket& socket, Cursor data, int flags, const Destination& to) {
  ipc::AppSlot& app = socket.app();
  const SharedLock lock(app.writer_lock);
  if (!lock.held()) return -EAGAIN;
  const std::size_t octets = data.remaining();
  const std::optional<std::size_t> before = begun(socket);
  const int error = check_step(socket, data, to, before);
  if (error != 0) return -error;
  const RingView ring = socket.transmit_ring();
  const std::size_t whole = before.value_or(0) + octets;
  const std::size_t footprint = datagram_footprint(whole);
  const std::uint64_t tail = app.transmit_tail.snapshot();
  if (tail - socket.status().transmit_head.snapshot() > ring.capacity()) return -ENETDOWN;
  if (footprint > ring.capacity()) return ring.empty() ? -ENETDOWN : -EMSGSIZE;
  const auto fits = [&] {
    return footprint <= ring.capacity() - (tail - socket.status().transmit_head.snapshot());
  };
  if (!fits()) {
    request_room(socket);
    if (!fits()) return {};
  }
  if (!before) ring.store(tail, header_of(socket, octets, to));
  ring.write(tail + sizeof(DatagramHeader) + before.value_or(0), data, octets);
  const bool more = (flags & MSG_MORE) != 0 || (app.attributes.snapshot() & attribute::kCork) != 0;
  if (more && !socket.is_ping()) {
    app.corked.publish(static_cast<std::uint32_t>(whole + 1));
  } else {
    publish_datagram(socket, ring, whole);
  }
  return static_cast<ssize_t>(octets);
}

// ---- ancillary data ----

void add_packet_info(ControlWriter& writer, const DatagramHeader& header, std::uint32_t wanted) {
  if ((wanted & attribute::kPacketInfo) != 0 && header.family == 4) {
    in_pktinfo info{};
    info.ipi_ifindex = static_cast<int>(header.interface);
    std::memcpy(&info.ipi_addr, header.local.data(), sizeof(info.ipi_addr));
    info.ipi_spec_dst = info.ipi_addr;
    writer.add(IPPROTO_IP, IP_PKTINFO, info);
  }
  if ((wanted & attribute::kPacketInfo6) != 0) {
    const auto octets = header.family == 4 ? mapped(header.local) : header.local;
    in6_pktinfo info{};
    info.ipi6_ifindex = header.interface;
    std::memcpy(&info.ipi6_addr, octets.data(), octets.size());
    writer.add(IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

/// zsockd's clock counts from the machine's start; the application wants the time of day.
void add_timestamp(ControlWriter& writer, const DatagramHeader& header, std::uint32_t wanted) {
  if ((wanted & (attribute::kTimestamp | attribute::kTimestampNs)) == 0) return;
  const std::int64_t time = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC) + header.time;
  const timespec fine{.tv_sec = time / 1'000'000'000, .tv_nsec = time % 1'000'000'000};
  if ((wanted & attribute::kTimestampNs) != 0) {
    writer.add(SOL_SOCKET, SCM_TIMESTAMPNS, fine);
  } else {
    writer.add(SOL_SOCKET, SCM_TIMESTAMP,
               timeval{.tv_sec = fine.tv_sec, .tv_usec = fine.tv_nsec / 1000});
  }
}

}  // namespace

ssize_t datagram_send(const Socket& socket, Cursor data, int flags, const Destination& to) {
  if ((flags & MSG_OOB) != 0) return -EOPNOTSUPP;
  const int refused = prepare_to_send(socket, data, to);
  if (refused != 0) return -refused;
  Waiter waiter(socket, flags);
  for (;;) {
    const Step step = send_step(socket, data, flags, to);
    if (step) return *step;
    const int waited = waiter.writable(Awaited::room);
    if (waited != 0) return waited;
  }
}

void datagram_push(const Socket& socket) {
  const SharedLock lock(socket.app().writer_lock);
  const std::optional<std::size_t> octets = begun(socket);
  const RingView ring = socket.transmit_ring();
  if (lock.held() && octets && !ring.empty()) publish_datagram(socket, ring, *octets);
}

Received datagram_receive(const Socket& socket, Cursor data, int flags) {
  if ((flags & MSG_OOB) != 0) return {.result = -EOPNOTSUPP};
  Waiter waiter(socket, flags);
  for (;;) {
    ReceiveStep done = receive_step(socket, data, flags, waiter.woken());
    if (done.step) {
      done.received.result = *done.step;
      return done.received;
    }
    const int waited = waiter.readable(socket.app().receive_head.snapshot());
    if (waited != 0) return {.result = waited};
  }
}

std::uint32_t datagram_next_size(const Socket& socket) {
  const Found head = look_at_head(socket, socket.receive_ring());
  return head.state == Found::State::datagram ? head.header.payload_size : 0;
}

int store_ancillary(const Socket& socket, const DatagramHeader& header, msghdr& message) {
  const std::uint32_t wanted = socket.app().attributes.snapshot();
  const int ttl = header.hop_limit;
  const int traffic_class = header.traffic_class;
  ControlWriter writer(message);
  add_timestamp(writer, header, wanted);
  if (header.segment_size != 0) writer.add(IPPROTO_UDP, UDP_GRO, int{header.segment_size});
  add_packet_info(writer, header, wanted);
  if (header.family == 4) {
    if ((wanted & attribute::kTtl) != 0) writer.add(IPPROTO_IP, IP_TTL, ttl);
    if ((wanted & attribute::kTos) != 0) writer.add(IPPROTO_IP, IP_TOS, header.traffic_class);
  } else {
    if ((wanted & attribute::kHopLimit) != 0) writer.add(IPPROTO_IPV6, IPV6_HOPLIMIT, ttl);
    if ((wanted & attribute::kTrafficClass) != 0) {
      writer.add(IPPROTO_IPV6, IPV6_TCLASS, traffic_class);
    }
  }
  return writer.finish();
}

}  // namespace zsock::lib
