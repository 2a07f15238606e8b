#include "libzsock/client.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "libzsock/no_cancel.h"
#include "libzsock/spin.h"

namespace zsock::lib {
namespace {

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
  // Datagrams are the first shard's.
  const std::size_t shard = stream || request.b == ipc::kPlainStream ? kHome : 0;
  Answer answer;
  if (stream && take_prepared(request.a, answer)) return answer;
  ipc::Request plain = request;
  answer = request_locked(plain, nullptr, -1, shard);
  if (stream && answer.error == 0 && prepared_.opened(request.a, now_ns())) prepare(request.a);
  return answer;
}

// ---- Sockets made ahead ----

/// \return false: there is none, or whoever made them has gone
bool Client::take_prepared(std::int32_t family, Answer& answer) {
  if ((prepared_.count() == 0 && preparing_ == 0) || !has_session()) return false;
  Session& home = sessions_[home_];
  if (prepared_.count() == 0 && preparing_ != 0) {
    // It was asked for before, so nothing would come sooner.
    ipc::Request before;
    before.header.sequence = preparing_;
    Answer more;
    if (await_reply(home, before, more) != Exchange::answered) drop_session(home);
  }
  PreparedSockets::One one = prepared_.take(family);
  if (!one.fd.valid()) {
    prepared_.clear();  // the process may need their numbers
    return false;
  }
  if (prepared_.opened(family, now_ns())) prepare(family);
  answer.arena = home.arena;
  answer.reply.slot = one.name.slot;
  answer.reply.generation = one.name.generation;
  answer.fds[0] = std::move(one.fd);
  answer.fd_count = 1;
  return true;
}

void Client::prepare(std::int32_t family) {
  const Session& home = sessions_[home_];
  if (preparing_ != 0 || !home.control.valid()) return;
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::sockets);
  request.header.sequence = ++sequence_;
  request.a = family;
  request.b = static_cast<std::int32_t>(ipc::kMaxSockets - prepared_.count());
  if (send_request(home.control.get(), request, {}) != 0) return;
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
  Session& home = sessions_[home_];
  const int control = home.control.get();
  if (!home.control.valid()) return false;
  if (preparing_ == 0) {
    if (hung_up(control)) drop_session(home);
    return home.control.valid();
  }
  ipc::Reply reply;
  ipc::Incoming incoming = receive_answer(control, reply, MSG_DONTWAIT);
  if (incoming.delivery == ipc::Delivery::failed && incoming.error == EAGAIN) return true;
  const bool answered = is_reply(incoming, reply) && reply.header.sequence == preparing_;
  if (answered) take_in(incoming, reply);
  // A zsockd that is gone may have answered before.
  if (!answered || hung_up(control)) drop_session(home);
  return home.control.valid();
}

/// Nobody knows in which shard it is.
Answer Client::adopt(int fd) {
  notice_fork();
  const ClientLock lock(mutex_);
  Answer answer;
  std::size_t shards = 1;
  for (std::size_t shard = 0; shard < shards; ++shard) {
    ipc::Request request;
    request.header.op = static_cast<std::uint16_t>(ipc::Op::adopt);
    request.a = static_cast<std::int32_t>(shard + 1);
    Arena* const known = sessions_[shard].serving();
    answer = known != nullptr ? request_locked(request, known, fd) : adopt_in(shard, request, fd);
    if (answer.error != ENOENT) break;
    shards = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(answer.reply.a, 1)), 1,
                                     ipc::kMaxShards);
  }
  return answer;
}

Arena* Client::arena_in(std::size_t shard, const Arena& kin) {
  if (shard >= ipc::kMaxShards) return nullptr;
  notice_fork();
  Arena* known = sessions_[shard].serving();
  if (known == nullptr) {
    const ClientLock lock(mutex_);
    const Session* session = open_session(shard);
    known = session != nullptr ? session->serving() : nullptr;
  }
  return known != nullptr && known->is_kin_of(kin) ? known : nullptr;
}

Answer Client::request_locked(ipc::Request& request, Arena* wanted, int passed, std::size_t shard) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (wanted != nullptr && wanted->lost()) break;
    Session* const session = open_session(wanted != nullptr ? wanted->shard() : shard);
    if (session == nullptr) break;
    if (wanted != nullptr && wanted != session->arena) {
      wanted->set_lost();
      break;
    }
    Answer answer;
    answer.arena = session->arena;
    const Exchange result = exchange(*session, request, answer, passed);
    if (result == Exchange::answered) return answer;
    drop_session(*session);
    // What zsockd may have done already is not asked for twice, except to make a new socket.
    if (result == Exchange::broken && wanted != nullptr) {
      open_session(wanted->shard());
      break;
    }
  }
  Answer none;
  none.error = ENETDOWN;
  return none;
}

bool Client::alive(Arena& arena) {
  notice_fork();
  const ClientLock lock(mutex_);
  Session& before = sessions_[arena.shard()];
  if (before.control.valid() && hung_up(before.control.get())) drop_session(before);
  const Session* session = open_session(arena.shard());
  if (session != nullptr && session->arena != &arena) arena.set_lost();
  return session != nullptr && !arena.lost();
}

bool Client::owns(int fd) const {
  return fd >= 0 && next_own(fd) == fd;
}

int Client::next_own(int first) const {
  int lowest = -1;
  const auto consider = [&](int fd) {
    if (fd >= first && (lowest < 0 || fd < lowest)) lowest = fd;
  };
  for (const Session& each : sessions_) consider(each.number.load(std::memory_order_relaxed));
  consider(prepared_.owned_from(first));
  const std::uint16_t count = arena_count_.load(std::memory_order_acquire);
  for (std::uint16_t i = 1; i <= count; ++i) {
    const Arena* known = arena(i);
    if (known != nullptr) consider(known->doorbell());
  }
  return lowest;
}

Client::Exchange Client::exchange(Session& session, ipc::Request& request, Answer& answer,
                                  int passed) {
  const std::span<const int> beside(&passed, passed >= 0 ? 1 : 0);
  request.header.sequence = ++sequence_;
  if (send_request(session.control.get(), request, beside) != 0) return Exchange::not_sent;
  return await_reply(session, request, answer);
}

/// Answers come in the order of requests: that to prepare() may come before.
Client::Exchange Client::await_reply(Session& session, const ipc::Request& request,
                                     Answer& answer) {
  for (;;) {
    ipc::Incoming incoming = await_answer(session.control.get(), answer.reply, session.serving());
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

}  // namespace zsock::lib
