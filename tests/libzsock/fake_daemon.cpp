#include "tests/libzsock/fake_daemon.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace zsock::test {
namespace {

using namespace ipc::status_flag;

std::string fresh_path() {
  static std::atomic<int> counter{0};
  return "/tmp/zsock-test-" + std::to_string(::getpid()) + "-" + std::to_string(++counter);
}

void* map_fresh(ipc::Fd& memory, std::size_t octets) {
  memory.reset(::memfd_create("fake", MFD_CLOEXEC));
  if (::ftruncate(memory.get(), static_cast<off_t>(octets)) != 0) throw std::runtime_error("memfd");
  void* base = ::mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (base == MAP_FAILED) throw std::runtime_error("mmap");
  return base;
}

constexpr std::size_t kSegmentOctets = 2 * kFakeSlots * kRingStride;

}  // namespace

FakeDaemon::FakeDaemon() : FakeDaemon(fresh_path()) {}

FakeDaemon::FakeDaemon(const std::string& path) : path_(path) {
  share_memory();
  listener_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(static_cast<char*>(address.sun_path), path_.c_str(), path_.size());
  ::unlink(path_.c_str());
  if (::bind(listener_.get(), static_cast<sockaddr*>(static_cast<void*>(&address)),
             sizeof(address)) != 0 ||
      ::listen(listener_.get(), 64) != 0) {
    throw std::runtime_error("listen");
  }
  ::setenv("ZSOCKD_SOCKET", path_.c_str(), 1);
  stop_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  thread_ = std::jthread([this] { run(); });
}

FakeDaemon::~FakeDaemon() {
  vanish();
  ::munmap(memory_.status, sizeof(ipc::StatusArea));
  ::munmap(memory_.data, sizeof(ipc::DataArea));
  ::munmap(memory_.segment, kSegmentOctets);
}

void FakeDaemon::share_memory() {
  memory_.status =
      static_cast<ipc::StatusArea*>(map_fresh(status_memory_, sizeof(ipc::StatusArea)));
  memory_.data = static_cast<ipc::DataArea*>(map_fresh(data_memory_, sizeof(ipc::DataArea)));
  memory_.segment = static_cast<std::byte*>(map_fresh(segment_memory_, kSegmentOctets));
  doorbell_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  static std::atomic<std::uint64_t> arena{0};
  ticket_ = {.arena = ++arena, .secret = {static_cast<std::uint64_t>(::getpid()), arena * 77}};
  memory_.status->page.magic = ipc::kMagic;
  memory_.status->page.version = ipc::kVersion;
  memory_.status->page.spin_limit.publish(50'000);
  memory_.status->page.ticket = ticket_;
}

FakeSocket& FakeDaemon::at(std::uint32_t slot) {
  const std::scoped_lock lock(mutex_);
  return *sockets_.at(slot);
}

FakeSocket& FakeDaemon::newest() {
  const std::scoped_lock lock(mutex_);
  return *sockets_.back();
}

FakeSocket* FakeDaemon::find(ino_t inode) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find_if(
      sockets_, [inode](const auto& socket) { return socket->inode() == inode; });
  return found == sockets_.end() ? nullptr : found->get();
}

FakeSocket& FakeDaemon::make_socket(Kind kind) {
  const auto slot = static_cast<std::uint32_t>(sockets_.size());
  if (slot >= kFakeSlots) throw std::runtime_error("too many sockets for the fake daemon");
  sockets_.push_back(std::make_unique<FakeSocket>(memory_, slot, 1000 + slot, kind));
  return *sockets_.back();
}

FakeSocket& FakeDaemon::offer_connection(FakeSocket& listener) {
  const std::scoped_lock lock(mutex_);
  FakeSocket& connection = make_socket(Kind::stream);
  connection.establish();
  ipc::AcceptMessage message;
  message.listener = listener.slot();
  message.slot = connection.slot();
  message.generation = connection.generation();
  message.local = {.family = 4, .port = 80, .octets = {192, 0, 2, 1}};
  message.remote = {.family = 4, .port = 4711, .octets = {192, 0, 2, 2}};
  const ipc::Fd end = connection.take_application_end();
  if (listener.send_accept(message, end.get()) != 0) throw std::runtime_error("send_accept");
  return connection;
}

void FakeDaemon::behave(Manner manner) {
  const std::scoped_lock lock(mutex_);
  manner_ = manner;
}

void FakeDaemon::answer_with(Answerer answerer) {
  const std::scoped_lock lock(mutex_);
  answerer_ = std::move(answerer);
}

void FakeDaemon::vanish() {
  if (thread_.joinable()) {
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
  }
  const std::scoped_lock lock(mutex_);
  listener_.reset();
  sessions_.clear();
  for (const auto& socket : sockets_) socket->vanish();
  ::unlink(path_.c_str());
}

std::size_t FakeDaemon::count(ipc::Op op) const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(requests_, [op](const ipc::Request& request) {
        return request.header.op == static_cast<std::uint16_t>(op);
      }));
}

ipc::Request FakeDaemon::last(ipc::Op op) const {
  const std::scoped_lock lock(mutex_);
  ipc::Request found;
  for (const ipc::Request& request : requests_) {
    if (request.header.op == static_cast<std::uint16_t>(op)) found = request;
  }
  return found;
}

std::uint64_t FakeDaemon::doorbells() const {
  const std::scoped_lock lock(mutex_);
  return doorbells_;
}

void FakeDaemon::stay_awake() {
  const std::scoped_lock lock(mutex_);
  awake_ = true;
  memory_.status->page.sleeping.publish_ordered(0);
}

void FakeDaemon::run() {
  for (;;) {
    std::vector<pollfd> entries;
    {
      const std::scoped_lock lock(mutex_);
      if (!awake_) memory_.status->page.sleeping.publish_ordered(1);
      scan_dirty();
      for (const int fd : {stop_.get(), listener_.get(), doorbell_.get()}) {
        entries.push_back({.fd = fd, .events = POLLIN, .revents = 0});
      }
      for (const ipc::Fd& session : sessions_) {
        entries.push_back({.fd = session.get(), .events = POLLIN, .revents = 0});
      }
    }
    ::poll(entries.data(), entries.size(), -1);
    const std::scoped_lock lock(mutex_);
    if (!awake_) memory_.status->page.sleeping.publish_ordered(0);
    if (entries[0].revents != 0) return;
    if (entries[1].revents != 0) accept_session();
    eventfd_t rings = 0;
    if (entries[2].revents != 0 && ::eventfd_read(doorbell_.get(), &rings) == 0) {
      doorbells_ += rings;
    }
    for (std::size_t i = 3; i < entries.size(); ++i) {
      if (entries[i].revents != 0 && !serve(entries[i].fd)) {
        std::erase_if(sessions_,
                      [&](const ipc::Fd& session) { return session.get() == entries[i].fd; });
      }
    }
  }
}

void FakeDaemon::accept_session() {
  sessions_.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

bool FakeDaemon::serve(int session) {
  ipc::Request request;
  const ipc::Incoming incoming =
      ipc::receive_message(session, std::as_writable_bytes(std::span(&request, 1)), MSG_DONTWAIT);
  if (incoming.delivery == ipc::Delivery::failed) return incoming.error == EAGAIN;
  if (incoming.delivery != ipc::Delivery::complete || incoming.octets != sizeof(request)) {
    return false;
  }
  requests_.push_back(request);
  const Manner manner = std::exchange(manner_, Manner::normal);
  if (manner == Manner::hang_up) return false;
  Outgoing out;
  try {
    out = handle(request);
  } catch (const std::system_error& failure) {
    // The test took every number: the process that it shares with us has none left.
    out.reply.error = failure.code().value();
  }
  out.reply.header.op = request.header.op;
  out.reply.header.sequence = request.header.sequence;
  send(session, out, manner);
  return true;
}

/// What is asked for in a slot, as if it had been requested.
void FakeDaemon::serve_slot(std::uint32_t number) {
  ipc::AppSlot& app = memory_.data->slots[number];
  ipc::StatusSlot& slot = memory_.status->slots[number];
  if ((app.told_options.exchange(0) & ipc::told_option::kNoDelay) != 0) {
    options_[{IPPROTO_TCP, TCP_NODELAY}] = {1, 0, 0, 0};
  }
  const std::uint32_t connects = app.connects.snapshot();
  if (connects == slot.connects.snapshot()) return;
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::connect);
  request.slot = number;
  request.generation = sockets_[number]->generation();
  request.address = app.remote.snapshot();
  requests_.push_back(request);
  const int error = handle(request).reply.error;
  const bool refused = error != 0 && error != EINPROGRESS;
  slot.connect_error.publish(refused ? static_cast<std::uint32_t>(error) : 0);
  slot.connects.publish(connects);
  if (refused) sockets_[number]->take_plug();
}

void FakeDaemon::send(int session, Outgoing& out, Manner manner) {
  if (manner == Manner::wrong_magic) out.reply.header.magic ^= 1;
  if (manner == Manner::wrong_sequence) ++out.reply.header.sequence;
  if (manner == Manner::surplus_fds) out.fds.assign(4, doorbell_.get());
  std::span<const std::byte> octets = std::as_bytes(std::span(&out.reply, 1));
  if (manner == Manner::wrong_size) octets = octets.first(100);
  static_cast<void>(ipc::send_message(session, octets, out.fds, MSG_DONTWAIT));
}

FakeDaemon::Outgoing FakeDaemon::handle(const ipc::Request& request) {
  Outgoing out;
  const auto op = static_cast<ipc::Op>(request.header.op);
  const std::optional<int> scripted = answerer_ ? answerer_(request) : std::nullopt;
  if (scripted) {
    out.reply.error = *scripted;
  } else if (op == ipc::Op::hello) {
    out.fds = {status_memory_.get(), data_memory_.get(), doorbell_.get()};
  } else if (op == ipc::Op::attach) {
    const bool ours = std::memcmp(request.value.data(), &ticket_, sizeof(ticket_)) == 0;
    out.reply.error = ours ? 0 : EPERM;
  } else if (op == ipc::Op::map_segment) {
    out.fds = {segment_memory_.get()};
    out.reply.a = static_cast<std::int32_t>(kSegmentOctets / 4096);
  } else if (op == ipc::Op::name_servers) {
    out.reply.a = families_;
    std::memcpy(out.reply.value.data(), name_servers_.data(), name_servers_.size());
    out.reply.value_size = static_cast<std::uint32_t>(name_servers_.size());
  } else if (op == ipc::Op::socket) {
    handle_socket(request, out);
  } else if (op == ipc::Op::sockets) {
    for (std::int32_t i = 0; i < request.b; ++i) handle_one_of_several(out);
  } else if (request.slot >= sockets_.size() ||
             sockets_[request.slot]->generation() != request.generation) {
    out.reply.error = EBADF;
  } else {
    if (op != ipc::Op::connect) serve_slot(request.slot);
    handle_on_socket(request, out);
  }
  return out;
}

void FakeDaemon::set_name_servers(std::string text, std::int32_t families) {
  const std::lock_guard lock(mutex_);
  name_servers_ = std::move(text);
  families_ = families;
}

void FakeDaemon::handle_socket(const ipc::Request& request, Outgoing& out) {
  FakeSocket& socket = make_socket(request.b == SOCK_STREAM ? Kind::stream : Kind::datagram);
  out.owned.push_back(socket.take_application_end());
  out.fds = {out.owned.back().get()};
  out.reply.slot = socket.slot();
  out.reply.generation = socket.generation();
}

void FakeDaemon::handle_one_of_several(Outgoing& out) {
  FakeSocket& socket = make_socket(Kind::stream);
  const ipc::SocketName name{socket.slot(), socket.generation()};
  std::memcpy(&out.reply.value[out.reply.value_size], &name, sizeof(name));
  out.reply.value_size += sizeof(name);
  out.owned.push_back(socket.take_application_end());
  out.fds.push_back(out.owned.back().get());
}

void FakeDaemon::handle_on_socket(const ipc::Request& request, Outgoing& out) {
  FakeSocket& socket = *sockets_[request.slot];
  const bool datagram = (socket.flags() & kDatagram) != 0;
  switch (static_cast<ipc::Op>(request.header.op)) {
    case ipc::Op::bind:
      local_[request.slot] = request.address;
      if (datagram) socket.place_rings();
      socket.set_flags(kBound);
      break;
    case ipc::Op::attach_rings:
      socket.place_rings();
      break;
    case ipc::Op::listen:
      socket.set_flags(kListening);
      break;
    case ipc::Op::connect:
      peer_[request.slot] = request.address;
      if (datagram) socket.place_rings();
      socket.set_flags(datagram ? kConnected : kConnecting, kFailed);
      out.reply.error = datagram ? 0 : EINPROGRESS;
      break;
    case ipc::Op::disconnect:
      socket.set_flags(0, kConnected | kConnecting | kFailed);
      break;
    case ipc::Op::shutdown:
      if (request.a != SHUT_RD) socket.set_flags(kTransmitClosed);
      if (request.a != SHUT_WR) socket.finish();
      break;
    case ipc::Op::set_option:
      options_[{request.a, request.b}].assign(request.value.begin(),
                                              request.value.begin() + request.value_size);
      break;
    case ipc::Op::get_option: {
      const auto& value = options_[{request.a, request.b}];
      out.reply.error = value.empty() ? ENOPROTOOPT : 0;
      out.reply.value_size = static_cast<std::uint32_t>(value.size());
      std::ranges::copy(value, out.reply.value.begin());
      break;
    }
    case ipc::Op::grow:
      socket.grow(request.a);
      break;
    case ipc::Op::local_name:
      out.reply.address = local_[request.slot];
      break;
    case ipc::Op::peer_name:
      out.reply.error = peer_.contains(request.slot) ? 0 : ENOTCONN;
      out.reply.address = peer_[request.slot];
      break;
    default:
      break;
  }
}

void FakeDaemon::scan_dirty() {
  for (std::size_t group = 0; group < ipc::kSummaryWords; ++group) {
    if (memory_.data->page.summary[group].exchange(0) == 0) continue;
    for (std::size_t word = group * 64; word < (group + 1) * 64; ++word) {
      const std::uint64_t bits = memory_.data->page.dirty[word].exchange(0);
      for (std::size_t bit = 0; bit < 64; ++bit) {
        const std::size_t slot = word * 64 + bit;
        if (((bits >> bit) & 1) == 0 || slot >= sockets_.size()) continue;
        serve_slot(static_cast<std::uint32_t>(slot));
        sockets_[slot]->look();
      }
    }
  }
}

}  // namespace zsock::test
