#include "libzsock/datagram.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "libzsock/address.h"
#include "libzsock/destinations.h"
#include "libzsock/shared_lock.h"
#include "libzsock/wait.h"

namespace zsock::lib {
namespace {

using namespace ipc::status_flag;

constexpr std::size_t kMaxIpv4Payload = 65507;
constexpr std::size_t kMaxIpv6Payload = 65527;

/// What one look at the socket gave; nothing: wait.
using Step = std::optional<ssize_t>;

// ---- reading ----

/// What lies at the head of the ring, checked against what is there.
struct Head {
  enum class State { empty, datagram, broken } state = State::empty;
  DatagramHeader header{};
  std::size_t footprint = 0;
};

Head look_at_head(const Socket& socket, const RingView& ring) {
  const std::uint64_t head = socket.app().receive_head.snapshot();
  const std::uint64_t available = socket.status().receive_tail.snapshot() - head;
  if (available == 0) return {};
  Head found{.state = Head::State::broken};
  if (available > ring.capacity() || available < sizeof(DatagramHeader)) return found;
  found.header = ring.load<DatagramHeader>(head);
  found.footprint = datagram_footprint(found.header.payload_size);
  if (found.footprint <= available) found.state = Head::State::datagram;
  return found;
}

Step when_empty(const Condition& condition) {
  if (condition.lost) return -ENETDOWN;
  if (condition.any(kReceiveClosed | kDetached)) return 0;
  return std::nullopt;
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
  const Head head = look_at_head(socket, ring);
  if (head.state == Head::State::broken) return {.step = -ENETDOWN};
  if (head.state == Head::State::empty) {
    if (woken || app.token.snapshot() != 0) take_token(socket, app.receive_head.snapshot());
    return {.step = when_empty(condition)};
  }
  const std::size_t copied = std::min<std::size_t>(head.header.payload_size, data.remaining());
  ring.read(app.receive_head.snapshot() + sizeof(DatagramHeader), data, copied);
  const std::size_t full = std::max(head.header.full_size, head.header.payload_size);
  ReceiveStep done{.step = static_cast<ssize_t>((flags & MSG_TRUNC) != 0 ? full : copied)};
  done.received.header = head.header;
  done.received.flags = full > copied ? MSG_TRUNC : 0;
  if ((flags & MSG_PEEK) == 0) consume(socket, head.footprint);
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

int check_send(const Socket& socket, const Condition& condition, const Cursor& data,
               const ipc::Address& to) {
  const std::size_t most = socket.is_ipv6() ? kMaxIpv6Payload : kMaxIpv4Payload;
  if (data.remaining() > most) return EMSGSIZE;
  if (socket.is_ping() && !is_echo(socket, data)) return EINVAL;
  if (to.family == 0 && !condition.any(kConnected)) return EDESTADDRREQ;
  if (to.family != 0 && to.port == 0) return EINVAL;
  if (condition.any(kTransmitClosed | kDetached)) return EPIPE;
  return 0;
}

DatagramHeader header_of(std::size_t octets, const ipc::Address& to) {
  DatagramHeader header;
  header.payload_size = static_cast<std::uint32_t>(octets);
  header.full_size = header.payload_size;
  header.family = to.family;
  header.remote_port = to.port;
  header.remote = to.octets;
  header.scope = to.scope;
  return header;
}

/// Asks zsockd for rings, and whether a datagram may go there, unless both are known.
int prepare_to_send(const Socket& socket, const Cursor& data, const ipc::Address& to) {
  const bool known = to.family == 0 || may_send_to(socket, to);
  if ((known && socket.status().transmit.order != 0) || socket.arena->lost()) return 0;
  const int error = check_send(socket, socket.condition(), data, to);
  if (error != 0) return error;
  ipc::Request request;
  request.address = to;
  const Answer answer = socket.ask(request, ipc::Op::attach_rings);
  if (answer.error == 0 && to.family != 0) remember_destination(socket, to);
  return answer.error;
}

Step send_step(const Socket& socket, Cursor data, const ipc::Address& to) {
  ipc::AppSlot& app = socket.app();
  const SharedLock lock(app.writer_lock);
  if (!lock.held()) return -EAGAIN;
  const Condition condition = socket.condition();
  const int pending = socket.take_error(condition);
  if (pending != 0) return -pending;
  const std::size_t octets = data.remaining();
  const int error = check_send(socket, condition, data, to);
  if (error != 0) return -error;
  const RingView ring = socket.transmit_ring();
  const std::size_t footprint = datagram_footprint(octets);
  const std::uint64_t tail = app.transmit_tail.snapshot();
  if (tail - socket.status().transmit_head.snapshot() > ring.capacity()) return -ENETDOWN;
  if (footprint > ring.capacity()) return ring.empty() ? -ENETDOWN : -EMSGSIZE;
  const auto fits = [&] {
    return footprint <= ring.capacity() - (tail - socket.status().transmit_head.snapshot());
  };
  if (!fits()) {
    request_room(socket);
    if (!fits()) return std::nullopt;
  }
  ring.store(tail, header_of(octets, to));
  ring.write(tail + sizeof(DatagramHeader), data, octets);
  app.transmit_tail.publish_ordered(tail + footprint);
  socket.notify();
  return static_cast<ssize_t>(octets);
}

// ---- ancillary data ----

/// Appends control messages to the caller's buffer.
class ControlWriter {
 public:
  explicit ControlWriter(msghdr& message) : message_(message), room_(message.msg_controllen) {}

  template <class T>
  void add(int level, int type, const T& value) {
    if (message_.msg_control == nullptr || used_ + CMSG_LEN(sizeof(T)) > room_) {
      flags_ = MSG_CTRUNC;
      return;
    }
    cmsghdr header{};
    header.cmsg_level = level;
    header.cmsg_type = type;
    header.cmsg_len = CMSG_LEN(sizeof(T));
    std::byte* place = static_cast<std::byte*>(message_.msg_control) + used_;
    std::memcpy(place, &header, sizeof(header));
    std::memcpy(place + CMSG_LEN(0), &value, sizeof(T));
    used_ = std::min(used_ + CMSG_SPACE(sizeof(T)), room_);
  }
  int finish() {
    message_.msg_controllen = used_;
    return flags_;
  }

 private:
  msghdr& message_;
  std::size_t room_;
  std::size_t used_ = 0;
  int flags_ = 0;
};

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

}  // namespace

ssize_t datagram_send(const Socket& socket, Cursor data, int flags, const ipc::Address& to) {
  if ((flags & MSG_OOB) != 0) return -EOPNOTSUPP;
  const int refused = prepare_to_send(socket, data, to);
  if (refused != 0) return -refused;
  Waiter waiter(socket, flags);
  for (;;) {
    const Step step = send_step(socket, data, to);
    if (step) return *step;
    const int waited = waiter.writable(Awaited::room);
    if (waited != 0) return waited;
  }
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
  const Head head = look_at_head(socket, socket.receive_ring());
  return head.state == Head::State::datagram ? head.header.payload_size : 0;
}

int store_ancillary(const Socket& socket, const DatagramHeader& header, msghdr& message) {
  const std::uint32_t wanted = socket.app().attributes.snapshot();
  const int ttl = header.hop_limit;
  const int traffic_class = header.traffic_class;
  ControlWriter writer(message);
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
