#include "daemon/ipc_server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "daemon/report.h"

namespace zsock::host {
namespace {

constexpr int kClientsPerTurn = 16;
constexpr int kRequestsPerTurn = 8;  ///< of one client
/// Of all clients together: some requests are dear, and devices and rings want their turn.
constexpr Duration kTurn = std::chrono::milliseconds{1};

using boost::asio::posix::stream_descriptor;

[[noreturn]] void fail(int status, const std::string& path) {
  throw StartError(status, path + ": " + std::strerror(errno));
}

LockFile take_path(const std::string& path) {
  auto lock = LockFile::acquire(path + ".lock");
  if (lock) return std::move(*lock);
  if (lock.error() == std::errc::resource_unavailable_try_again) {
    throw StartError(EX_TEMPFAIL, path + ": another zsockd serves this socket");
  }
  const bool denied = lock.error() == std::errc::permission_denied;
  throw StartError(denied ? EX_NOPERM : EX_CANTCREAT, path + ".lock: " + lock.error().message());
}

/// REQUIRES: the lock of the path is held, so that a socket found there is nobody's.
int listen_on(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    throw StartError(EX_CONFIG, path + ": the path of a socket has at most 107 characters");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) throw StartError(EX_CANTCREAT, path + ": is not a socket");
    ::unlink(path.c_str());
  }
  ipc::Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) fail(EX_OSERR, path);
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (::bind(fd.get(), generic, sizeof(address)) != 0) {
    fail(errno == EACCES ? EX_NOPERM : EX_CANTCREAT, path);
  }
  // ACL-1. The directory decides about the group.
  if (::chmod(path.c_str(), 0660) != 0) fail(EX_OSERR, path);
  if (::listen(fd.get(), SOMAXCONN) != 0) fail(EX_OSERR, path);
  return fd.release();
}

ipc::Fd make_reserve() {
  return ipc::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

std::optional<Credentials> credentials_of(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return Credentials{peer.pid, peer.uid, peer.gid};
}

void say_no(int fd, int error) {
  ipc::Reply reply;
  reply.error = error;
  ipc::send_message(fd, std::as_bytes(std::span(&reply, 1)), {}, MSG_DONTWAIT);
}

}  // namespace

struct IpcServer::Connection {
  Connection(ipc::Fd fd, Service& service, const Credentials& peer)
      : descriptor(std::move(fd)), session(service, peer), who(peer) {}
  ipc::Fd descriptor;
  Session session;
  Credentials who;
  bool asking = false;  ///< stands in the list of those who wait for a turn
};

IpcServer::IpcServer(boost::asio::io_context& io, Service& service, const std::string& path)
    : IpcServer(io, service) {
  lock_ = take_path(path);
  listener_.assign(listen_on(path));
  path_ = path;
  reserve_ = make_reserve();
  const int listener = listener_.native_handle();
  if (!service.watch().add_source(listener, static_cast<std::uint64_t>(listener))) {
    fail(EX_OSERR, path);
  }
  await_client();
}

IpcServer::IpcServer(boost::asio::io_context& io, Service& service)
    : service_(&service), listener_(io) {}

IpcServer::~IpcServer() {
  while (!connections_.empty()) drop(connections_.begin()->first);
  if (!path_.empty()) ::unlink(path_.c_str());
}

bool IpcServer::serve(Instant now) {
  bool more = false;
  if (std::exchange(client_waits_, false) && listener_.is_open()) more = accept_clients();
  std::swap(asking_, serving_);
  const Instant end = serving_.empty() ? now : monotonic_now() + kTurn;
  std::size_t served = 0;
  while (served < serving_.size() && (served == 0 || monotonic_now() < end)) {
    const int key = serving_[served++];
    const auto found = connections_.find(key);
    if (found == connections_.end()) continue;
    found->second->asking = false;
    if (answer_requests(key, now, end)) more = true;
  }
  // Who has not had a turn goes before those who want another one.
  more |= served < serving_.size();
  asking_.insert(asking_.begin(), serving_.begin() + static_cast<std::ptrdiff_t>(served),
                 serving_.end());
  serving_.clear();
  drop_unwelcome();
  return more;
}

void IpcServer::stop_accepting() {
  boost::system::error_code ignored;
  listener_.close(ignored);
  if (!path_.empty()) ::unlink(path_.c_str());
}

// --- Clients -----------------------------------------------------------------------------------

void IpcServer::await_client() {
  listener_.async_wait(stream_descriptor::wait_read, [this](const boost::system::error_code& e) {
    if (!e) client_waits_ = true;
  });
}

/// True: there may be more.
bool IpcServer::accept_clients() {
  for (int i = 0; i < kClientsPerTurn; ++i) {
    ipc::Fd fd(::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
    if (fd.valid()) {
      admit(std::move(fd));
    } else if (errno == EMFILE || errno == ENFILE) {
      refuse_client();
    } else if (errno == EAGAIN) {
      break;
    }
  }
  await_client();
  return false;
}

/// The last descriptor serves to take the client off the queue and to tell it.
void IpcServer::refuse_client() {
  reserve_.reset();
  {
    const ipc::Fd fd(::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
    if (fd.valid()) say_no(fd.get(), EMFILE);
  }
  reserve_ = make_reserve();
  log_warn("no file descriptor left for a new client");
}

void IpcServer::admit(ipc::Fd fd) {
  const auto who = credentials_of(fd.get());
  if (!who) return;
  if (!service_->quota().charge(who->user, Resource::clients, 1)) {
    say_no(fd.get(), EMFILE);
    hang_up(std::move(fd));
    log_warn("user " + std::to_string(who->user) + " has too many clients");
    return;
  }
  const int key = fd.get();
  if (!service_->watch().add_source(key, static_cast<std::uint64_t>(key))) {
    service_->quota().give_back(who->user, Resource::clients, 1);
    hang_up(std::move(fd));
    return;
  }
  connections_[key] = std::make_unique<Connection>(std::move(fd), *service_, *who);
}

void IpcServer::drop(int key) {
  const auto found = connections_.find(key);
  service_->quota().give_back(found->second->who.user, Resource::clients, 1);
  ipc::Fd fd = std::move(found->second->descriptor);
  connections_.erase(found);
  hang_up(std::move(fd));
}

/// Its client sees the end now; what lies unread in it, descriptors perhaps, goes with it later.
void IpcServer::hang_up(ipc::Fd fd) {
  ::shutdown(fd.get(), SHUT_RDWR);
  closer_.close(std::move(fd));
}

void IpcServer::drop_unwelcome() {
  if (std::exchange(cut_offs_, service_->cut_offs()) == service_->cut_offs()) return;
  for (auto it = connections_.begin(); it != connections_.end();) {
    const int key = it->first;
    const bool welcome = it->second->session.welcome();
    ++it;
    if (!welcome) drop(key);
  }
}

// --- Requests ----------------------------------------------------------------------------------

bool IpcServer::note(int fd) {
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return false;
  if (!std::exchange(found->second->asking, true)) asking_.push_back(fd);
  return true;
}

/// True: there may be more.
bool IpcServer::answer_requests(int key, Instant now, Instant end) {
  Connection& connection = *connections_.at(key);
  for (int i = 0; i < kRequestsPerTurn && (i == 0 || monotonic_now() < end); ++i) {
    const Outcome outcome = answer_one(connection, now);
    if (outcome == Outcome::over) {
      drop(key);
      return false;
    }
    if (outcome == Outcome::moved) connections_.erase(key);
    if (outcome != Outcome::answered) return false;
  }
  connection.asking = true;
  asking_.push_back(key);
  return true;
}

IpcServer::Outcome IpcServer::answer_one(Connection& connection, Instant now) {
  ipc::Request request;
  const int fd = connection.descriptor.get();
  ipc::Incoming incoming = ipc::receive_message(fd, std::as_writable_bytes(std::span(&request, 1)),
                                                MSG_DONTWAIT, excess_);
  const Outcome outcome = answer(connection, request, incoming, now);
  for (ipc::Fd& each : std::span(incoming.fds).first(incoming.fd_count)) {
    closer_.close(std::move(each));
  }
  for (ipc::Fd& each : std::span(excess_).first(incoming.excess_count)) {
    closer_.close(std::move(each));
  }
  return outcome;
}

/// Leaves descriptors that are not what the request is about where they are.
IpcServer::Outcome IpcServer::answer(Connection& connection, const ipc::Request& request,
                                     ipc::Incoming& incoming, Instant now) {
  switch (incoming.delivery) {
    case ipc::Delivery::closed:
      return Outcome::over;
    case ipc::Delivery::failed:
      if (incoming.error == EAGAIN || incoming.error == EINTR) return Outcome::empty;
      return Outcome::over;
    case ipc::Delivery::truncated:
      connection.session.cut_off("a request of a wrong size, or many descriptors", now);
      return Outcome::over;
    case ipc::Delivery::complete:
      break;
  }
  if (incoming.octets != sizeof(request) || incoming.fd_count > 1) {
    connection.session.cut_off("a request of a wrong size, or descriptors", now);
    return Outcome::over;
  }
  ++answered_;
  // What another shard has been asked before is not to be missed.
  service_->open_mail(now);
  if (const auto shard = shard_for(connection, request)) {
    return hand_over(connection, request, std::move(incoming.fds[0]), *shard);
  }
  const auto answer = connection.session.answer(request, now, incoming.fds[0].get());
  if (!answer) return Outcome::over;
  // It is an application's end, in which nothing waits. No copy of zsockd's is to outlive others.
  if (answer->reply.error == 0) incoming.fds[0].reset();
  return reply(connection, *answer) ? Outcome::answered : Outcome::over;
}

/// Another shard, if the client wants to be there.
std::optional<unsigned> IpcServer::shard_for(const Connection& connection,
                                             const ipc::Request& request) {
  const Shard* own = service_->shard();
  const auto op = static_cast<ipc::Op>(request.header.op);
  const bool begins = op == ipc::Op::hello || op == ipc::Op::attach || op == ipc::Op::adopt;
  if (own == nullptr || !begins || connection.session.begun()) return std::nullopt;
  auto wanted = static_cast<unsigned>(request.a) - 1;
  if (request.a == 0) wanted = op == ipc::Op::hello ? next_shard_++ % own->count() : 0;
  const bool elsewhere = wanted < own->count() && wanted != own->number();
  return elsewhere ? std::optional(wanted) : std::nullopt;
}

IpcServer::Outcome IpcServer::hand_over(Connection& connection, const ipc::Request& request,
                                        ipc::Fd passed, unsigned shard) {
  service_->watch().remove(connection.descriptor.get());
  ClientMail mail{.control = std::move(connection.descriptor),
                  .who = connection.who,
                  .request = request,
                  .passed = std::move(passed)};
  mail.request.a = static_cast<std::int32_t>(shard + 1);
  service_->shard()->post(shard, std::move(mail));
  return Outcome::moved;
}

void IpcServer::take_over(ClientMail mail, Instant now) {
  const int key = mail.control.get();
  if (!service_->watch().add_source(key, static_cast<std::uint64_t>(key))) {
    service_->quota().give_back(mail.who.user, Resource::clients, 1);
    closer_.close(std::move(mail.passed));
    return hang_up(std::move(mail.control));
  }
  auto& connection = connections_[key] =
      std::make_unique<Connection>(std::move(mail.control), *service_, mail.who);
  ipc::Incoming incoming;
  incoming.delivery = ipc::Delivery::complete;
  incoming.octets = sizeof(mail.request);
  incoming.fd_count = mail.passed.valid() ? 1 : 0;
  incoming.fds[0] = std::move(mail.passed);
  const Outcome outcome = answer(*connection, mail.request, incoming, now);
  closer_.close(std::move(incoming.fds[0]));
  if (outcome != Outcome::answered) drop(key);
}

bool IpcServer::reply(Connection& connection, const Answer& answer) {
  const int fd = connection.descriptor.get();
  const auto bytes = std::as_bytes(std::span(&answer.reply, 1));
  const int error =
      ipc::send_message(fd, bytes, std::span(answer.fds).first(answer.fd_count), MSG_DONTWAIT);
  if (error != ETOOMANYREFS) return error == 0;
  // Its descriptors in flight are too many (unix(7)): the socket goes, the client stays.
  ipc::Reply refusal;
  refusal.header = answer.reply.header;
  refusal.error = EMFILE;
  return ipc::send_message(fd, std::as_bytes(std::span(&refusal, 1)), {}, MSG_DONTWAIT) == 0;
}

}  // namespace zsock::host
