#include "tests/daemon/raw_client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <span>
#include <utility>

#include "daemon/stack/base/check.h"

namespace zsock::host::test {

Transport connect_to(const std::string& path) {
  auto control = std::make_shared<ipc::Fd>(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ZSOCK_CHECK(path.size() < sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const void* generic = &address;
  ZSOCK_CHECK(::connect(control->get(), static_cast<const sockaddr*>(generic), sizeof(address)) ==
              0);
  return [control](const ipc::Request& request) {
    Response response;
    response.reply.error = ECONNABORTED;
    if (ipc::send_message(control->get(), std::as_bytes(std::span(&request, 1)), {}, 0) != 0) {
      return response;
    }
    ipc::Reply reply;
    auto incoming =
        ipc::receive_message(control->get(), std::as_writable_bytes(std::span(&reply, 1)), 0);
    if (incoming.delivery != ipc::Delivery::complete) return response;
    response.reply = reply;
    for (std::size_t i = 0; i < incoming.fd_count; ++i) {
      response.fds.push_back(std::move(incoming.fds[i]));
    }
    return response;
  };
}

Mapping::Mapping(int fd, std::size_t size, int protection)
    : data_(::mmap(nullptr, size, protection, MAP_SHARED, fd, 0)), size_(size) {
  ZSOCK_CHECK(data_ != MAP_FAILED);
}

Mapping::~Mapping() {
  ::munmap(data_, size_);
}

ipc::Address address4(std::array<std::uint8_t, 4> octets, std::uint16_t port) {
  ipc::Address address;
  address.family = 4;
  address.port = port;
  std::ranges::copy(octets, address.octets.begin());
  return address;
}

namespace {

ipc::Request hello_in(unsigned shard, const ipc::ArenaTicket* ticket) {
  ipc::Request hello;
  hello.a = static_cast<std::int32_t>(shard + 1);
  if (ticket == nullptr) return hello;
  std::memcpy(hello.value.data(), ticket, sizeof(*ticket));
  hello.value_size = sizeof(*ticket);
  return hello;
}

}  // namespace

RawClient::RawClient(Transport transport, unsigned shard, const ipc::ArenaTicket* ticket)
    : RawClient(std::move(transport), hello_in(shard, ticket)) {}

RawClient::RawClient(Transport transport, ipc::Request hello) : transport_(std::move(transport)) {
  hello.header.op = static_cast<std::uint16_t>(ipc::Op::hello);
  Response response = transport_(hello);
  ZSOCK_CHECK(response.reply.error == 0 && response.fds.size() == 3);
  status_fd_ = std::move(response.fds[0]);
  data_fd_ = std::move(response.fds[1]);
  doorbell_ = std::move(response.fds[2]);
  std::memcpy(&ticket_, response.reply.value.data(), sizeof(ticket_));
  status_ = std::make_unique<Mapping>(status_fd_.get(), sizeof(ipc::StatusArea), PROT_READ);
  data_ = std::make_unique<Mapping>(data_fd_.get(), sizeof(ipc::DataArea), PROT_READ | PROT_WRITE);
}

ipc::Reply RawClient::ask(const ipc::Request& request) {
  ipc::Request copy = request;
  copy.header.sequence = ++sequence_;
  Response response = transport_(copy);
  std::ranges::move(response.fds, std::back_inserter(renewed_));
  return response.reply;
}

int RawClient::call(ipc::Op op, const RawSocket& socket, std::int32_t a,
                    const ipc::Address& address) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(op);
  request.slot = socket.slot;
  request.generation = socket.generation;
  request.a = a;
  request.address = address;
  return ask(request).error;
}

RawSocket RawClient::open(int family, int type) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::socket);
  request.a = family;
  request.b = type;
  Response response = transport_(request);
  RawSocket socket;
  if (response.reply.error != 0 || response.fds.size() != 1) {
    errno = response.reply.error;
    return socket;
  }
  socket.slot = response.reply.slot;
  socket.generation = response.reply.generation;
  socket.fd = std::move(response.fds[0]);
  return socket;
}

int RawClient::stream(RawSocket& socket) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::stream);
  request.slot = socket.slot;
  request.generation = socket.generation;
  Response response = transport_(request);
  if (!response.fds.empty()) socket.fd = std::move(response.fds[0]);
  return response.reply.error;
}

int RawClient::bind(const RawSocket& socket, const ipc::Address& address) {
  return call(ipc::Op::bind, socket, 0, address);
}

int RawClient::connect(const RawSocket& socket, const ipc::Address& address) {
  plug(socket);
  return call(ipc::Op::connect, socket, 0, address);
}

int RawClient::listen(const RawSocket& socket, int backlog) {
  plug(socket);
  return call(ipc::Op::listen, socket, backlog);
}

void RawClient::plug(const RawSocket& socket) {
  static_cast<void>(::send(socket.fd.get(), "p", 1, MSG_DONTWAIT | MSG_NOSIGNAL));
}

RawSocket RawClient::accept(const RawSocket& listener, std::initializer_list<RawClient*> others) {
  ipc::AcceptMessage message;
  auto incoming = ipc::receive_message(
      listener.fd.get(), std::as_writable_bytes(std::span(&message, 1)), MSG_DONTWAIT);
  RawSocket socket;
  if (incoming.delivery != ipc::Delivery::complete || incoming.octets != sizeof(message)) {
    return socket;
  }
  socket.slot = message.slot;
  socket.generation = message.generation;
  socket.fd = std::move(incoming.fds[0]);
  socket.shard = message.shard;
  RawClient* there = this;
  for (RawClient* other : others) {
    if (other->shard() == message.shard) there = other;
  }
  const RawSocket counter{.slot = message.listener};
  there->app(counter).accepted.add(1);
  there->app(socket).taken.publish(1);
  there->mark(counter);
  return socket;
}

ipc::StatusArea& RawClient::status_area() const {
  return *static_cast<ipc::StatusArea*>(status_->data());
}
ipc::DataArea& RawClient::data_area() const {
  return *static_cast<ipc::DataArea*>(data_->data());
}
ipc::StatusSlot& RawClient::status(const RawSocket& socket) const {
  return status_area().slots[socket.slot];
}
ipc::AppSlot& RawClient::app(const RawSocket& socket) const {
  return data_area().slots[socket.slot];
}
std::uint32_t RawClient::flags(const RawSocket& socket) const {
  return status(socket).flags.snapshot();
}

void RawClient::mark(const RawSocket& socket) {
  ipc::DataPage& page = data_area().page;
  const std::size_t word = socket.slot / 64;
  page.dirty[word].set_bits(std::uint64_t{1} << (socket.slot % 64));
  page.summary[word / 64].set_bits(std::uint64_t{1} << (word % 64));
  if (status_area().page.sleeping.snapshot_ordered() != 0) {
    ring_doorbell();
  }
}

void RawClient::ring_doorbell() const {
  const std::uint64_t one = 1;
  if (::write(doorbell_.get(), &one, sizeof(one)) < 0) return;  // full of rings, or zsockd is gone
}

std::byte* RawClient::ring(const ipc::RingPlace& place) {
  if (segments_.size() <= place.segment) segments_.resize(place.segment + std::size_t{1});
  if (!segments_[place.segment]) {
    ipc::Request request;
    request.header.op = static_cast<std::uint16_t>(ipc::Op::map_segment);
    request.a = static_cast<std::int32_t>(place.segment);
    const Response response = transport_(request);
    ZSOCK_CHECK(response.reply.error == 0 && response.fds.size() == 1);
    segments_[place.segment] = std::make_unique<Mapping>(
        response.fds[0].get(), static_cast<std::size_t>(response.reply.a) * 4096,
        PROT_READ | PROT_WRITE);
  }
  return static_cast<std::byte*>(segments_[place.segment]->data()) + place.offset;
}

std::size_t RawClient::write(const RawSocket& socket, std::string_view bytes) {
  const ipc::RingPlace place = status(socket).transmit.snapshot();
  const std::uint64_t capacity = std::uint64_t{1} << place.order;
  const std::uint64_t tail = app(socket).transmit_tail.snapshot();
  const std::uint64_t room = capacity - (tail - status(socket).transmit_head.snapshot());
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(room, bytes.size()));
  std::byte* memory = ring(place);
  for (std::size_t i = 0; i < count; ++i) {
    memory[(tail + i) % capacity] = static_cast<std::byte>(bytes[i]);
  }
  app(socket).transmit_tail.publish(tail + count);
  mark(socket);
  return count;
}

std::string RawClient::read(const RawSocket& socket) {
  std::array<char, 64> tokens{};
  static_cast<void>(::recv(socket.fd.get(), tokens.data(), tokens.size(), MSG_DONTWAIT));
  app(socket).token.publish_ordered(0);
  const ipc::RingPlace place = status(socket).receive.snapshot();
  const std::uint64_t tail = status(socket).receive_tail.snapshot_ordered();
  std::uint64_t head = app(socket).receive_head.snapshot();
  std::string bytes;
  if (head == tail) return bytes;
  const std::byte* memory = ring(place);
  const std::uint64_t capacity = std::uint64_t{1} << place.order;
  for (; head != tail; ++head) bytes.push_back(static_cast<char>(memory[head % capacity]));
  app(socket).receive_head.publish(head);
  if (head >= status(socket).notify_position.snapshot()) mark(socket);
  return bytes;
}

short poll_now(int fd) {
  pollfd entry{.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP | POLLPRI, .revents = 0};
  ::poll(&entry, 1, 0);
  return entry.revents;
}

}  // namespace zsock::host::test
