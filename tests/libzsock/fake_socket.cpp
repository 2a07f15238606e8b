#include "tests/libzsock/fake_socket.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

namespace zsock::test {
namespace {

using namespace ipc::status_flag;

std::size_t capacity_of(Kind kind) {
  return std::size_t{1} << (kind == Kind::stream ? kStreamOrder : kDatagramOrder);
}

}  // namespace

FakeSocket::FakeSocket(const FakeMemory& memory, std::uint32_t slot, std::uint32_t generation,
                       Kind kind)
    : memory_(memory), slot_(slot), generation_(generation), kind_(kind) {
  const int type = kind == Kind::stream ? SOCK_STREAM : SOCK_SEQPACKET;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  own_.reset(ends[0]);
  application_.reset(ends[1]);
  struct stat facts {};
  if (::fstat(ends[1], &facts) == 0) inode_ = facts.st_ino;
  const int smallest = 1;
  ::setsockopt(application_.get(), SOL_SOCKET, SO_SNDBUF, &smallest, sizeof(smallest));
  ::send(application_.get(), "s", 1, MSG_NOSIGNAL);
  clear_slot();
  status().flags.publish(kind == Kind::datagram ? kDatagram : 0);
  status().generation.publish(generation);
}

void FakeSocket::clear_slot() {
  std::memset(static_cast<void*>(&app()), 0, sizeof(ipc::AppSlot));
  std::memset(static_cast<void*>(&status()), 0, sizeof(ipc::StatusSlot));
  status().notify_position.publish(UINT64_MAX);
}

ipc::Fd FakeSocket::take_application_end() {
  return std::move(application_);
}

void FakeSocket::set_flags(std::uint32_t set, std::uint32_t clear) {
  const std::scoped_lock lock(mutex_);
  status().flags.publish((status().flags.snapshot() & ~clear) | set);
}

std::uint32_t FakeSocket::flags() const {
  return status().flags.snapshot();
}

void FakeSocket::place_rings() {
  const std::scoped_lock lock(mutex_);
  const std::uint32_t order = kind_ == Kind::stream ? kStreamOrder : kDatagramOrder;
  status().receive.publish({.segment = 0, .order = order, .offset = 2 * slot_ * kRingStride});
  status().transmit.publish(
      {.segment = 0, .order = order, .offset = (2 * slot_ + 1) * kRingStride});
}

void FakeSocket::grow(std::int32_t side) {
  const std::scoped_lock lock(mutex_);
  const bool receive = side == ipc::kReceiveRing;
  ipc::ShownPlace& shown = receive ? status().receive : status().transmit;
  ipc::RingPlace place = shown.snapshot();
  const std::size_t before = std::size_t{1} << place.order;
  std::byte* ring = memory_.segment + place.offset;
  std::copy_n(ring, before, ring + before);  // so that every octet lies where it should
  ++place.order;
  shown.publish(place);
  status().flags.publish(status().flags.snapshot() & ~(receive ? kGrowReceive : kGrowTransmit));
}

void FakeSocket::establish() {
  place_rings();
  set_flags(kConnected, kConnecting | kFailed);
  take_plug();
}

void FakeSocket::begin_anew() {
  const std::scoped_lock lock(mutex_);
  app().receive_head.publish(0);
  app().transmit_tail.publish(0);
  status().receive_tail.publish(0);
  status().transmit_head.publish(0);
}

void FakeSocket::refuse(std::uint32_t error) {
  status().error.publish(error);
  set_flags(kFailed, kConnecting);
  status().error_count.add(1);
  take_plug();
  wake_reader();
}

void FakeSocket::deliver(std::string_view octets) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t tail = status().receive_tail.snapshot();
  write_ring(tail, octets.data(), octets.size());
  status().receive_tail.publish(tail + octets.size());
  wake_reader();
}

void FakeSocket::deliver(const DatagramHeader& header, std::string_view payload) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t tail = status().receive_tail.snapshot();
  write_ring(tail, &header, sizeof(header));
  write_ring(tail + sizeof(header), payload.data(), payload.size());
  status().receive_tail.publish(tail + datagram_footprint(payload.size()));
  wake_reader();
}

std::string FakeSocket::collect(std::size_t most) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t head = status().transmit_head.snapshot();
  const std::uint64_t waiting = app().transmit_tail.snapshot() - head;
  std::string octets(std::min<std::size_t>(waiting, most), '\0');
  if (!octets.empty()) read_ring(head, octets.data(), octets.size());
  acknowledge(octets.size());
  return octets;
}

FakeSocket::Sent FakeSocket::collect_datagram() {
  const std::scoped_lock lock(mutex_);
  Sent sent;
  const std::uint64_t head = status().transmit_head.snapshot();
  if (app().transmit_tail.snapshot() == head) return sent;
  read_ring(head, &sent.header, sizeof(sent.header));
  sent.payload.resize(sent.header.payload_size);
  read_ring(head + sizeof(sent.header), sent.payload.data(), sent.payload.size());
  acknowledge(datagram_footprint(sent.payload.size()));
  return sent;
}

void FakeSocket::acknowledge(std::uint64_t octets) {
  ipc::StatusSlot& shown = status();
  shown.transmit_head.publish_ordered(shown.transmit_head.snapshot() + octets);
  const std::uint64_t used = app().transmit_tail.snapshot() - shown.transmit_head.snapshot();
  const std::uint64_t unsent = app().transmit_tail.snapshot() - shown.transmit_next.snapshot();
  const bool limited =
      (flags() & kLimitsUnsent) != 0 && !ipc::well_below(shown.unsent_limit.snapshot(), unsent);
  const bool roomy = used <= capacity_of(kind_) / 3 * 2 && !limited;
  if (roomy && app().want_room.exchange(0) != 0) take_plug();
}

void FakeSocket::finish() {
  set_flags(kReceiveClosed);
  ::shutdown(own_.get(), SHUT_WR);
}

void FakeSocket::report(std::uint32_t error) {
  status().error.publish(error);
  status().error_count.add(1);
  wake_reader();
}

void FakeSocket::reset(std::uint32_t error) {
  status().error.publish(error);
  status().error_count.add(1);
  set_flags(kFailed | kDetached);
  own_.reset();
}

void FakeSocket::detach() {
  set_flags(kDetached | kReceiveClosed | kTransmitClosed);
  std::array<char, 64> rest{};
  while (::recv(own_.get(), rest.data(), rest.size(), MSG_DONTWAIT) > 0) {
  }
  own_.reset();
}

void FakeSocket::set_urgent_mark(std::uint64_t mark) {
  status().urgent_mark.publish(mark);
}

void FakeSocket::set_notify_position(std::uint64_t position) {
  status().notify_position.publish_ordered(position);
}

void FakeSocket::corrupt_receive_tail(std::uint64_t value) {
  status().receive_tail.publish(value);
  wake_reader();
}

void FakeSocket::send_octets(std::string_view octets) {
  ::send(own_.get(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void FakeSocket::look() {
  const std::scoped_lock lock(mutex_);
  ++looks_;
  if (app().want_token.exchange(0) != 0) {
    const bool something = status().receive_tail.snapshot() != app().receive_head.snapshot() ||
                           status().error_count.snapshot() != app().error_seen.snapshot();
    if (something) wake_reader();
  }
  acknowledge(0);
}

void FakeSocket::take_plug() {
  for (std::size_t left = unread_in_end(); left > 1; --left) {
    char octet = 0;
    if (::recv(own_.get(), &octet, 1, MSG_DONTWAIT) != 1) return;
  }
}

void FakeSocket::send_stray_token() {
  ::send(own_.get(), "t", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int FakeSocket::send_accept(const ipc::AcceptMessage& message, int fd) {
  return ipc::send_message(own_.get(), std::as_bytes(std::span(&message, 1)), std::span(&fd, 1),
                           MSG_DONTWAIT);
}

void FakeSocket::vanish() {
  own_.reset();
}

std::size_t FakeSocket::unread_in_end() const {
  int octets = 0;
  ::ioctl(own_.get(), FIONREAD, &octets);
  return static_cast<std::size_t>(octets);
}

bool FakeSocket::hung_up() const {
  pollfd entry{.fd = own_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) > 0 && (entry.revents & POLLHUP) != 0;
}

std::uint32_t FakeSocket::looks() const {
  const std::scoped_lock lock(mutex_);
  return looks_;
}

void FakeSocket::wake_reader() {
  if (app().token.exchange(1) == 0) send_stray_token();
}

void FakeSocket::write_ring(std::uint64_t position, const void* from, std::size_t octets) const {
  const ipc::RingPlace place = status().receive.snapshot();
  std::byte* ring = memory_.segment + place.offset;
  const std::size_t capacity = std::size_t{1} << place.order;
  const auto* source = static_cast<const std::byte*>(from);
  for (std::size_t i = 0; i < octets; ++i) ring[(position + i) % capacity] = source[i];
}

void FakeSocket::read_ring(std::uint64_t position, void* to, std::size_t octets) const {
  const ipc::RingPlace place = status().transmit.snapshot();
  const std::byte* ring = memory_.segment + place.offset;
  const std::size_t capacity = std::size_t{1} << place.order;
  auto* target = static_cast<std::byte*>(to);
  for (std::size_t i = 0; i < octets; ++i) target[i] = ring[(position + i) % capacity];
}

}  // namespace zsock::test
