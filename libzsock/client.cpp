#include "libzsock/client.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "libzsock/no_cancel.h"
#include "libzsock/spin.h"

namespace zsock::lib {
namespace {

constexpr timeval kPatience{.tv_sec = 10, .tv_usec = 0};  // with a zsockd that is stopped
constexpr int kHighFd = 1000;                             // out of the way of the program's numbers

/// The client's mutex, with signals and cancellation held off, so that neither a handler nor a
/// cancelled thread leaves it locked.
class ClientLock {
 public:
  explicit ClientLock(pthread_mutex_t& mutex) : mutex_(mutex) {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    ::pthread_mutex_lock(&mutex_);
  }
  ~ClientLock() {
    ::pthread_mutex_unlock(&mutex_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  ClientLock(const ClientLock&) = delete;
  ClientLock& operator=(const ClientLock&) = delete;

 private:
  NoCancel no_cancel_;
  pthread_mutex_t& mutex_;
  sigset_t before_{};
};

template <class T>
sockaddr* as_sockaddr(T& address) {
  return static_cast<sockaddr*>(static_cast<void*>(&address));
}

/// \return 0 or an errno
int connect_to(int fd, const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof(address.sun_path)) return ENAMETOOLONG;
  std::memcpy(static_cast<char*>(address.sun_path), path, length);
  return ::connect(fd, as_sockaddr(address), sizeof(address)) == 0 ? 0 : errno;
}

bool hung_up(int fd) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

ipc::Incoming receive_answer(int control, ipc::Reply& reply, int flags) {
  ipc::Incoming incoming;
  incoming.error = EINTR;
  while (incoming.delivery == ipc::Delivery::failed && incoming.error == EINTR) {
    incoming = ipc::receive_message(control, std::as_writable_bytes(std::span(&reply, 1)), flags);
  }
  return incoming;
}

/// zsockd answers at once, so looking for it pays as long as zsockd is awake.
/// \param arena  nullptr before there is one
ipc::Incoming await_answer(int control, ipc::Reply& reply, const Arena* arena) {
  if (arena == nullptr) return receive_answer(control, reply, 0);
  ipc::Incoming incoming;
  const auto come = [&] {
    incoming = receive_answer(control, reply, MSG_DONTWAIT);
    return incoming.delivery != ipc::Delivery::failed || incoming.error != EAGAIN;
  };
  if (look_for(Awaited::answer, *arena, come)) return incoming;
  const std::int64_t start = now_ns();
  incoming = receive_answer(control, reply, 0);
  learn_wait(Awaited::answer, *arena, now_ns() - start, ipc::SpinBudget::How::slept);
  return incoming;
}

bool is_reply(const ipc::Incoming& incoming, const ipc::Reply& reply) {
  return incoming.octets == sizeof(reply) && reply.header.magic == ipc::kMagic &&
         reply.header.version == ipc::kVersion && reply.value_size <= ipc::kMaxValue;
}

/// \return 0 or an errno
int send_request(int control, const ipc::Request& request, std::span<const int> beside) {
  int error = EINTR;
  while (error == EINTR) {
    error = ipc::send_message(control, std::as_bytes(std::span(&request, 1)), beside, 0);
  }
  return error;
}

}  // namespace

Client& Client::make() {
  // Never destroyed: sockets are used until the last thread ends.
  alignas(Client) static std::byte storage[sizeof(Client)];
  static Client* const client = new (storage) Client;
  known_.store(client, std::memory_order_release);
  return *client;
}

Answer Client::request(ipc::Request request) {
  notice_fork();
  const ClientLock lock(mutex_);
  return request_locked(request, nullptr, -1);
}

Answer Client::request(ipc::Request request, Arena& arena, int passed) {
  notice_fork();
  const ClientLock lock(mutex_);
  return request_locked(request, &arena, passed);
}

Answer Client::open(const ipc::Request& request) {
  notice_fork();
  const ClientLock lock(mutex_);
  const bool stream = request.b == SOCK_STREAM;
  Answer answer;
  if (stream && take_prepared(request.a, answer)) return answer;
  ipc::Request plain = request;
  answer = request_locked(plain, nullptr, -1);
  if (stream && answer.error == 0 && prepared_.opened(request.a, now_ns())) prepare(request.a);
  return answer;
}

// ---- Sockets made ahead ----

/// \return false: there is none, or whoever made them has gone
bool Client::take_prepared(std::int32_t family, Answer& answer) {
  if ((prepared_.count() == 0 && preparing_ == 0) || !has_session()) return false;
  if (prepared_.count() == 0 && preparing_ != 0) {
    // It was asked for before, so nothing would come sooner.
    ipc::Request before;
    before.header.sequence = preparing_;
    Answer more;
    if (await_reply(before, more) != Exchange::answered) drop_session();
  }
  PreparedSockets::One one = prepared_.take(family);
  if (!one.fd.valid()) {
    prepared_.clear();  // the process may need their numbers
    return false;
  }
  if (prepared_.opened(family, now_ns())) prepare(family);
  answer.arena = arena_;
  answer.reply.slot = one.name.slot;
  answer.reply.generation = one.name.generation;
  answer.fds[0] = std::move(one.fd);
  answer.fd_count = 1;
  return true;
}

void Client::prepare(std::int32_t family) {
  if (preparing_ != 0 || !control_.valid()) return;
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::sockets);
  request.header.sequence = ++sequence_;
  request.a = family;
  request.b = static_cast<std::int32_t>(ipc::kMaxSockets - prepared_.count());
  if (send_request(control_.get(), request, {}) != 0) return;
  preparing_ = sequence_;
  preparing_family_ = family;
}

/// The answer to prepare().
void Client::take_in(ipc::Incoming& incoming, const ipc::Reply& reply) {
  preparing_ = 0;
  if (reply.error != 0) return;
  prepared_.put(preparing_family_, std::span(incoming.fds).first(incoming.fd_count),
                std::span(reply.value).first(reply.value_size));
}

void Client::take_in_what_has_come() {
  notice_fork();
  const ClientLock lock(mutex_);
  has_session();
}

/// Looks whether zsockd is there, and takes in what prepare() has asked for if it is.
bool Client::has_session() {
  if (!control_.valid()) return false;
  if (preparing_ == 0) {
    if (hung_up(control_.get())) drop_session();
    return control_.valid();
  }
  ipc::Reply reply;
  ipc::Incoming incoming = receive_answer(control_.get(), reply, MSG_DONTWAIT);
  if (incoming.delivery == ipc::Delivery::failed && incoming.error == EAGAIN) return true;
  if (is_reply(incoming, reply) && reply.header.sequence == preparing_) {
    take_in(incoming, reply);
  } else {
    drop_session();
  }
  return control_.valid();
}

Answer Client::adopt(int fd) {
  notice_fork();
  const ClientLock lock(mutex_);
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::adopt);
  if (arena_ != nullptr && !arena_->lost()) return request_locked(request, arena_, fd);
  Answer answer;
  answer.error = ENETDOWN;
  if (!connect_control(Voice::quiet)) return answer;
  const bool joined =
      exchange(request, answer, fd) == Exchange::answered && answer.error == 0 && adopt(answer);
  if (joined) {
    answer.arena = arena_;
  } else {
    drop_session();
    if (answer.error == 0) answer.error = ENETDOWN;
  }
  return answer;
}

Answer Client::request_locked(ipc::Request& request, Arena* wanted, int passed) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (wanted != nullptr && wanted->lost()) break;
    if (!open_session()) break;
    if (wanted != nullptr && wanted != arena_) {
      wanted->set_lost();
      break;
    }
    Answer answer;
    answer.arena = arena_;
    const Exchange result = exchange(request, answer, passed);
    if (result == Exchange::answered) return answer;
    drop_session();
    // What zsockd may have done already is not asked for twice, except to make a new socket.
    if (result == Exchange::broken && wanted != nullptr) {
      open_session();
      break;
    }
  }
  Answer none;
  none.error = ENETDOWN;
  return none;
}

void Client::set_socket_path(std::string_view path) {
  if (path.size() < socket_path_.size()) std::ranges::copy(path, socket_path_.begin());
}

const char* Client::socket_path() const {
  if (socket_path_[0] != '\0') return socket_path_.data();
  const char* path = ::secure_getenv("ZSOCKD_SOCKET");
  return path != nullptr && *path != '\0' ? path : ipc::kDefaultSocketPath;
}

bool Client::alive(Arena& arena) {
  notice_fork();
  const ClientLock lock(mutex_);
  if (control_.valid() && hung_up(control_.get())) drop_session();
  const bool open = open_session();
  if (open && arena_ != &arena) arena.set_lost();
  return open && !arena.lost();
}

bool Client::owns(int fd) const {
  return fd >= 0 && next_own(fd) == fd;
}

int Client::next_own(int first) const {
  int lowest = -1;
  const auto consider = [&](int fd) {
    if (fd >= first && (lowest < 0 || fd < lowest)) lowest = fd;
  };
  consider(control_number_.load(std::memory_order_relaxed));
  consider(prepared_.owned_from(first));
  const std::uint16_t count = arena_count_.load(std::memory_order_acquire);
  for (std::uint16_t i = 1; i <= count; ++i) {
    const Arena* known = arena(i);
    if (known != nullptr) consider(known->doorbell());
  }
  return lowest;
}

bool Client::open_session() {
  if (control_.valid()) return true;
  if (!connect_control()) return false;
  if (arena_ != nullptr && !arena_->lost()) {
    if (say_attach()) return true;
    arena_->set_lost();
    if (!connect_control()) return false;
  }
  return say_hello();
}

bool Client::connect_control(Voice voice) {
  drop_session();
  const char* path = socket_path();
  ipc::Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  int error = fd.valid() ? 0 : errno;
  if (error == 0) {
    const int high = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, kHighFd);
    if (high >= 0) fd.reset(high);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
    error = connect_to(fd.get(), path);
  }
  if (error == 0) {
    control_ = std::move(fd);
    control_number_.store(control_.get(), std::memory_order_relaxed);
    return true;
  }
  const bool gone = error == ENOENT || error == ECONNREFUSED;
  if (gone && arena_ != nullptr) arena_->set_lost();
  if (voice == Voice::loud) complain(path, error);
  return false;
}

bool Client::say_attach() {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::attach);
  const ipc::ArenaTicket ticket = arena_->ticket();
  std::memcpy(request.value.data(), &ticket, sizeof(ticket));
  request.value_size = sizeof(ticket);
  Answer answer;
  return exchange(request, answer) == Exchange::answered && answer.error == 0;
}

bool Client::say_hello() {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::hello);
  Answer answer;
  if (exchange(request, answer) == Exchange::answered && answer.error == 0 && adopt(answer)) {
    return true;
  }
  drop_session();
  complain(socket_path(), answer.error != 0 ? answer.error : EPROTO);
  return false;
}

bool Client::adopt(Answer& answer) {
  if (answer.fd_count != 3 || arena_count_ + 1U >= kMaxArenas) return false;
  const int high = ::fcntl(answer.fds[2].get(), F_DUPFD_CLOEXEC, kHighFd);
  if (high >= 0) answer.fds[2].reset(high);
  Arena* arena = Arena::map(answer.fds[0], answer.fds[1], std::move(answer.fds[2]));
  if (arena == nullptr) return false;
  const auto number = static_cast<std::uint16_t>(arena_count_.load() + 1);
  arena->set_number(number);
  arenas_[number].store(arena, std::memory_order_release);
  arena_count_.store(number, std::memory_order_release);
  arena_ = arena;
  return true;
}

Client::Exchange Client::exchange(ipc::Request& request, Answer& answer, int passed) {
  const std::span<const int> beside(&passed, passed >= 0 ? 1 : 0);
  request.header.sequence = ++sequence_;
  if (send_request(control_.get(), request, beside) != 0) return Exchange::not_sent;
  return await_reply(request, answer);
}

/// Answers come in the order of requests: that to prepare() may come before.
Client::Exchange Client::await_reply(const ipc::Request& request, Answer& answer) {
  for (;;) {
    ipc::Incoming incoming = await_answer(control_.get(), answer.reply, arena_);
    if (!is_reply(incoming, answer.reply)) return Exchange::broken;
    const std::uint32_t sequence = answer.reply.header.sequence;
    const bool awaited = sequence == request.header.sequence;
    if (preparing_ != 0 && sequence == preparing_) {
      take_in(incoming, answer.reply);  // perhaps without its descriptors, for want of numbers
      if (awaited) return Exchange::answered;
      continue;
    }
    if (!awaited || incoming.delivery != ipc::Delivery::complete) return Exchange::broken;
    answer.error = answer.reply.error;
    answer.fds = std::move(incoming.fds);
    answer.fd_count = incoming.fd_count;
    return Exchange::answered;
  }
}

void Client::drop_session() {
  prepared_.clear();
  preparing_ = 0;
  control_number_.store(-1, std::memory_order_relaxed);
  control_.reset();
}

void Client::complain(const char* path, int error) {
  if (std::exchange(complained_, true)) return;
  std::array<char, 256> reason{};
  std::array<char, 512> line{};
  // The GNU form returns the text, which need not lie in the buffer.
  const char* text = ::strerror_r(error, reason.data(), reason.size());
  const int length =
      std::snprintf(line.data(), line.size(),
                    "libzsock: no zsockd at %s: %s (ZSOCKD_SOCKET names another)\n", path, text);
  const auto octets = std::min(static_cast<std::size_t>(std::max(length, 0)), line.size() - 1);
  if (::write(STDERR_FILENO, line.data(), octets) < 0) return;
}

}  // namespace zsock::lib
