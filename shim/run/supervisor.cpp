#include "shim/run/supervisor.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "libzsock/spin.h"
#include "shim/policy.h"

namespace zsock::run {
namespace {

/// How often calls that wait are looked at: signals may have come, threads may be gone.
constexpr std::int64_t kTick = 20'000'000;        // ns
constexpr std::int64_t kTickPerCall = 1'000'000;  // ns; when there are many
constexpr std::int64_t kRestart = 512;            ///< the kernel's ERESTARTSYS

/// Keys of the epoll set. Inodes and our own keys are counters, far below these bits.
constexpr std::uint64_t kListener = std::uint64_t{1} << 63U;
constexpr std::uint64_t kCall = std::uint64_t{1} << 62U;

struct Named {
  long number;
  const char* name;
};
constexpr std::array kNames{
    Named{SYS_socket, "socket"},           Named{SYS_bind, "bind"},
    Named{SYS_listen, "listen"},           Named{SYS_accept, "accept"},
    Named{SYS_accept4, "accept"},          Named{SYS_connect, "connect"},
    Named{SYS_shutdown, "shutdown"},       Named{SYS_getsockname, "getsockname"},
    Named{SYS_getpeername, "getpeername"}, Named{SYS_setsockopt, "setsockopt"},
    Named{SYS_getsockopt, "getsockopt"},   Named{SYS_sendto, "sendto"},
    Named{SYS_sendmsg, "sendmsg"},         Named{SYS_sendmmsg, "sendmmsg"},
    Named{SYS_recvfrom, "recvfrom"},       Named{SYS_recvmsg, "recvmsg"},
    Named{SYS_recvmmsg, "recvmmsg"},
};

void trace(const Call& call, std::int64_t result) {
  if (!shim::tracing) return;
  const auto* found = std::ranges::find(kNames, long{call.number}, &Named::number);
  const char* name = found != kNames.end() ? found->name : "?";
  if (result >= 0) {
    shim::say("[%d] %s(%d) = %lld", call.thread, name, call.integer(0),
              static_cast<long long>(result));
  } else {
    shim::say("[%d] %s(%d) = -1 %s", call.thread, name, call.integer(0),
              ::strerrorname_np(static_cast<int>(-result)));
  }
}

void note_refusal(const Call& call, std::int64_t result) {
  const bool setting = call.number == SYS_setsockopt;
  if (result >= 0 || (!setting && call.number != SYS_getsockopt)) return;
  errno = static_cast<int>(-result);
  shim::note_refusal(setting ? "setsockopt" : "getsockopt", call.integer(1), call.integer(2));
}

/// What goes through zsockd at all, as under the shim.
bool redirected(const Kind& kind) {
  const int type = kind.type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (type == SOCK_STREAM) return kind.protocol == 0 || kind.protocol == IPPROTO_TCP;
  const int ping = kind.domain == AF_INET ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  return type == SOCK_DGRAM &&
         (kind.protocol == 0 || kind.protocol == IPPROTO_UDP || kind.protocol == ping);
}

bool watch(int epoll, int fd, std::uint32_t events, std::uint64_t key) {
  epoll_event interest{};
  interest.events = events;
  interest.data.u64 = key;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest) == 0;
}

}  // namespace

Supervisor::Supervisor(ipc::Fd listener)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      listener_(std::move(listener)),
      streams_(listener_),
      datagrams_(listener_, epoll_.get()) {
  watch(epoll_.get(), listener_.fd(), EPOLLIN, kListener);
}

int Supervisor::patience() const {
  if (datagrams_.is_busy()) return 0;
  if (waiting_.empty()) return -1;
  constexpr std::int64_t kMillisecond = 1'000'000;
  const std::int64_t left = next_look_ - lib::now_ns();
  return left <= 0 ? 0 : static_cast<int>((left + kMillisecond - 1) / kMillisecond);
}

bool Supervisor::turn() {
  std::array<epoll_event, 64> events;  // NOLINT: filled up to count
  const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), 0);
  bool alive = true;
  for (const epoll_event& event :
       std::span(events).first(static_cast<std::size_t>(std::max(count, 0)))) {
    const std::uint64_t key = event.data.u64;
    if (key == kListener) {
      if ((event.events & EPOLLIN) != 0) take_call();
      alive = (event.events & EPOLLHUP) == 0;
    } else if ((key & kCall) != 0) {
      retry(key & ~kCall, (event.events & (EPOLLHUP | EPOLLERR)) != 0);
    } else {
      pump(key);
    }
  }
  for (const ino_t inode : datagrams_.take_busy()) pump(inode);
  look_at_waiting();
  return alive;
}

void Supervisor::pump(ino_t inode) {
  datagrams_.pump(inode);
  retry_all_of(inode);
}

// --- A call ------------------------------------------------------------------------------------

void Supervisor::take_call() {
  auto call = listener_.receive();
  if (!call) return;
  // A thread makes one call at a time: one that waits was interrupted.
  for (auto& [key, waiting] : waiting_) {
    if (waiting.ask.call.thread != call->thread) continue;
    take_out(key);
    break;
  }
  Ask ask;
  ask.call = *call;
  proceed(std::move(ask));
}

void Supervisor::proceed(Ask ask) {
  Outcome outcome = attempt(ask);
  for (int i = 0; i < 2 && outcome.kind == Outcome::Kind::again; ++i) outcome = attempt(ask);
  if (outcome.kind == Outcome::Kind::wait) {
    put_aside(std::move(ask), outcome);
  } else {
    conclude(ask, outcome);
  }
}

Outcome Supervisor::attempt(Ask& ask) {
  const Call& call = ask.call;
  if (call.number == SYS_socket) return open(call);
  ask.fd = processes_.descriptor(call.thread, call.integer(0));
  ask.inode = ask.fd.valid() ? inode_of(ask.fd.get()) : 0;
  const bool stream = streams_.holds(ask.inode);
  if (!stream && !datagrams_.holds(ask.inode)) return Outcome::kernel();
  if (!listener_.waits(call)) return Outcome::over(-EINTR);
  return stream ? streams_.serve(ask) : datagrams_.serve(ask);
}

Outcome Supervisor::open(const Call& call) {
  const Kind kind{.domain = call.integer(0), .type = call.integer(1), .protocol = call.integer(2)};
  if (!redirected(kind)) return Outcome::kernel();
  const bool stream = (kind.type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM;
  const Outcome outcome = stream ? streams_.open(call, kind) : datagrams_.open(call, kind);
  const bool unreachable = outcome.kind == Outcome::Kind::answer && outcome.value == -ENETDOWN;
  return unreachable && shim::falls_back_to_kernel() ? Outcome::kernel() : outcome;
}

void Supervisor::conclude(Ask& ask, const Outcome& outcome) {
  const Call& call = ask.call;
  switch (outcome.kind) {
    case Outcome::Kind::kernel:
      listener_.let_through(call);
      return;
    case Outcome::Kind::answer:
      trace(call, outcome.value);
      note_refusal(call, outcome.value);
      listener_.answer(call, outcome.value);
      return;
    case Outcome::Kind::over:
      trace(call, outcome.value);
      return;
    default:
      listener_.answer(call, -ENETDOWN);
  }
}

// --- Calls that wait ---------------------------------------------------------------------------

void Supervisor::put_aside(Ask ask, const Outcome& outcome) {
  if (ask.deadline == 0) ask.deadline = deadline_of(ask.fd.get(), outcome.limit);
  const Key key = ++last_key_;
  const bool watched = outcome.events != 0;
  if (watched && !watch(epoll_.get(), ask.fd.get(), outcome.events, kCall | key)) {
    conclude(ask, Outcome::answer(-ENOBUFS));
    return;
  }
  if (waiting_.empty()) next_look_ = lib::now_ns() + kTick;
  if (ask.deadline != 0) next_look_ = std::min(next_look_, ask.deadline);
  waiting_[key] = {std::move(ask), outcome, watched};
}

Supervisor::Waiting Supervisor::take_out(Key key) {
  const auto found = waiting_.find(key);
  Waiting waiting = std::move(found->second);
  waiting_.erase(found);
  // The program has the same open file: closing our copy would not end the watch.
  if (waiting.watched) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, waiting.ask.fd.get(), nullptr);
  return waiting;
}

void Supervisor::retry(Key key, bool hung_up) {
  if (!waiting_.contains(key)) return;
  Waiting waiting = take_out(key);
  waiting.ask.hung_up = hung_up;
  proceed(std::move(waiting.ask));
}

void Supervisor::retry_all_of(ino_t inode) {
  std::vector<Key> found;
  for (const auto& [key, waiting] : waiting_) {
    if (waiting.ask.inode == inode) found.push_back(key);
  }
  for (const Key key : found) retry(key, false);
}

void Supervisor::look_at_waiting() {
  if (waiting_.empty()) return;
  const std::int64_t now = lib::now_ns();
  if (now < next_look_) return;
  next_look_ = now + std::max(kTick, kTickPerCall * static_cast<std::int64_t>(waiting_.size()));
  std::vector<std::pair<Key, std::int64_t>> ended;
  for (const auto& [key, waiting] : waiting_) {
    const auto result = end_of(waiting, now);
    if (result) ended.emplace_back(key, *result);
    if (waiting.ask.deadline != 0) next_look_ = std::min(next_look_, waiting.ask.deadline);
  }
  for (const auto& [key, result] : ended) {
    Waiting waiting = take_out(key);
    const auto done = static_cast<std::int64_t>(waiting.ask.progress);
    conclude(waiting.ask, Outcome::answer(done > 0 ? done : result));
  }
}

/// What ends the wait beside what it is for: the time is up, a signal has come, the thread is gone.
std::optional<std::int64_t> Supervisor::end_of(const Waiting& waiting, std::int64_t now) const {
  const Ask& ask = waiting.ask;
  if (!listener_.waits(ask.call)) return -EINTR;
  if (ask.deadline != 0 && ask.deadline <= now) return waiting.outcome.value;
  switch (signals_of(ask.call.thread)) {
    case Signals::none:
      return std::nullopt;
    case Signals::own:
      // The kernel makes of it what the handler wants: the call again, or EINTR.
      return ask.deadline != 0 ? -EINTR : -kRestart;
    case Signals::anybodys:
      return -EINTR;
  }
  return std::nullopt;
}

}  // namespace zsock::run
