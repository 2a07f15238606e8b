/// \file
/// How the client comes to a session with each shard of zsockd, and loses it.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "libzsock/client.h"

namespace zsock::lib {
namespace {

constexpr timeval kPatience{.tv_sec = 10, .tv_usec = 0};  // with a zsockd that is stopped
constexpr int kHighFd = 1000;                             // out of the way of the program's numbers

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

void put_ticket(ipc::Request& request, const Arena& arena) {
  const ipc::ArenaTicket ticket = arena.ticket();
  std::memcpy(request.value.data(), &ticket, sizeof(ticket));
  request.value_size = sizeof(ticket);
}

}  // namespace

bool Client::hung_up(int fd) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void Client::set_socket_path(std::string_view path) {
  if (path.size() < socket_path_.size()) std::ranges::copy(path, socket_path_.begin());
}

const char* Client::socket_path() const {
  if (socket_path_[0] != '\0') return socket_path_.data();
  const char* path = ::secure_getenv("ZSOCKD_SOCKET");
  return path != nullptr && *path != '\0' ? path : ipc::kDefaultSocketPath;
}

Client::Session* Client::open_session(std::size_t shard) {
  if (shard == kHome || shard == home_) {
    Session* const home = open_home();
    // zsockd may have put a new process elsewhere.
    if (home == nullptr || shard == kHome || shard == home_) return home;
  }
  Session& session = sessions_[shard];
  if (session.control.valid()) return &session;
  // Only a zsockd that still serves the process at home knows its ticket.
  Session& home = sessions_[home_];
  if (home.control.valid() && hung_up(home.control.get())) drop_session(home);
  if (open_home() == nullptr) return nullptr;
  if (shard == home_) return &session;
  if (!connect_control(session)) return nullptr;
  if (session.serving() != nullptr) {
    if (say_attach(session, shard)) return &session;
    session.serving()->set_lost();
    if (!connect_control(session)) return nullptr;
  }
  return say_hello(session, shard, sessions_[home_].arena);
}

Client::Session* Client::open_home() {
  Session& home = sessions_[home_];
  if (home.control.valid()) return &home;
  if (home.serving() != nullptr) {
    if (!connect_control(home)) return nullptr;
    if (say_attach(home, home_)) return &home;
  }
  lose_all();
  if (!connect_control(home)) return nullptr;
  return say_hello(home, kHome, nullptr);
}

bool Client::connect_control(Session& session, Voice voice) {
  drop_session(session);
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
    session.control = std::move(fd);
    session.number.store(session.control.get(), std::memory_order_relaxed);
    return true;
  }
  if (error == ENOENT || error == ECONNREFUSED) lose_all();
  if (voice == Voice::loud) complain(path, error);
  return false;
}

bool Client::say_attach(Session& session, std::size_t shard) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::attach);
  request.a = static_cast<std::int32_t>(shard + 1);
  put_ticket(request, *session.arena);
  Answer answer;
  return exchange(session, request, answer) == Exchange::answered && answer.error == 0;
}

/// \param kin  the process's arena at home; nullptr: this is to be home, wherever zsockd likes
Client::Session* Client::say_hello(Session& session, std::size_t shard, const Arena* kin) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::hello);
  if (kin != nullptr) {
    request.a = static_cast<std::int32_t>(shard + 1);
    put_ticket(request, *kin);
  }
  Answer answer;
  Arena* arena = nullptr;
  if (exchange(session, request, answer) == Exchange::answered && answer.error == 0) {
    arena = map_arena(answer);
  }
  if (arena != nullptr && (kin == nullptr || arena->shard() == shard)) {
    Session* const settled = settle(session, *arena);
    if (kin == nullptr) home_ = arena->shard();
    return settled;
  }
  drop_session(session);
  complain(socket_path(), answer.error != 0 ? answer.error : EPROTO);
  return nullptr;
}

Answer Client::adopt_in(std::size_t shard, ipc::Request& request, int fd) {
  Session& session = sessions_[shard];
  const Arena* const home = sessions_[home_].serving();
  Answer answer;
  answer.error = ENETDOWN;
  if (!connect_control(session, Voice::quiet)) return answer;
  Arena* arena = nullptr;
  if (exchange(session, request, answer, fd) == Exchange::answered && answer.error == 0) {
    arena = map_arena(answer);
    answer.error = arena == nullptr || arena->shard() != shard ? ENETDOWN : 0;
    // A process belongs to one client of zsockd's only.
    if (answer.error == 0 && home != nullptr && !arena->is_kin_of(*home)) answer.error = EACCES;
  }
  if (answer.error != 0) {
    drop_session(session);
    return answer;
  }
  settle(session, *arena);
  if (home == nullptr) home_ = shard;
  answer.arena = arena;
  return answer;
}

Arena* Client::map_arena(Answer& answer) {
  if (answer.fd_count != 3 || arena_count_ + 1U >= kMaxArenas) return nullptr;
  const int high = ::fcntl(answer.fds[2].get(), F_DUPFD_CLOEXEC, kHighFd);
  if (high >= 0) answer.fds[2].reset(high);
  Arena* arena = Arena::map(answer.fds[0], answer.fds[1], std::move(answer.fds[2]));
  if (arena == nullptr) return nullptr;
  const auto number = static_cast<std::uint16_t>(arena_count_.load() + 1);
  arena->set_number(number);
  arenas_[number].store(arena, std::memory_order_release);
  arena_count_.store(number, std::memory_order_release);
  return arena;
}

/// The control connection is that of the shard which has answered.
Client::Session* Client::settle(Session& session, Arena& arena) {
  Session& there = sessions_[arena.shard()];
  if (&there != &session) {
    ipc::Fd control = std::move(session.control);
    drop_session(session);
    drop_session(there);
    there.control = std::move(control);
    there.number.store(there.control.get(), std::memory_order_relaxed);
  }
  there.arena.store(&arena, std::memory_order_release);
  return &there;
}

void Client::drop_session(Session& session) {
  if (&session == &sessions_[home_]) {
    prepared_.clear();
    preparing_ = 0;
  }
  session.number.store(-1, std::memory_order_relaxed);
  session.control.reset();
}

/// zsockd is another one now, or none.
void Client::lose_all() {
  for (Session& each : sessions_) {
    if (each.serving() != nullptr) each.serving()->set_lost();
    drop_session(each);
  }
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
