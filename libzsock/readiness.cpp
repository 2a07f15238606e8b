#include "libzsock/readiness.h"

#include <fcntl.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <optional>

#include "libzsock/shared_lock.h"
#include "libzsock/socket.h"
#include "libzsock/stream.h"
#include "libzsock/wait.h"

namespace zsock::lib {
namespace {

using namespace ipc::status_flag;

constexpr short kFailedEvents = POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP;
constexpr short kReadable = POLLIN | POLLRDNORM;
constexpr short kWritable = POLLOUT | POLLWRNORM;

short bits(int events) {
  return static_cast<short>(events);
}

short urgent_events(const Socket& socket) {
  const std::uint64_t mark = socket.status().urgent_mark.snapshot();
  const bool waiting = mark != 0 && mark > socket.app().receive_head.snapshot() &&
                       mark != socket.app().urgent_taken.snapshot();
  return waiting ? bits(POLLPRI) : bits(0);
}

/// Events of a socket that the kernel does not show, whether asked for or not.
short extra_events(const Socket& socket) {
  const Condition condition = socket.condition();
  if (condition.lost) return kFailedEvents;
  const bool error = socket.has_error(condition) || condition.any(kQueuedError);
  if (condition.any(kDatagram)) return error ? bits(POLLERR) : bits(0);
  if (condition.any(kListening)) return 0;  // an older error is for SO_ERROR alone
  short events = urgent_events(socket);
  const auto told = static_cast<ConnectState>(socket.app().connect_state.snapshot());
  if (condition.any(kFailed) && told == ConnectState::unconnected) {
    events = bits(POLLOUT | POLLHUP);
  } else if (condition.any(kFailed)) {
    events = bits(events | (kFailedEvents & ~POLLERR));
  } else if (!condition.any(kConnecting | kConnected | kReceiveClosed | kDetached)) {
    events = bits(events | POLLOUT | POLLHUP);
  }
  return error ? bits(events | POLLERR) : events;
}

/// Readable by a token that belongs to nothing: takes it. \return true when it was so
bool clear_stray_token(const Socket& socket) {
  if (is_idle_stream(socket)) return true;
  if ((socket.flags() & (kListening | kReceiveClosed | kFailed | kDetached)) != 0) return false;
  const SharedLock lock(socket.app().reader_lock);
  const std::uint64_t head = socket.app().receive_head.snapshot();
  if (!lock.held() || worth_reading(socket, head, Worth::data)) return false;
  // An error's token stays until the error is told: who does not poll by us is woken by it.
  if (!worth_reading(socket, head)) take_token(socket, head);
  return true;
}

/// Adds and removes what the kernel cannot know.
void correct(pollfd& entry, short events) {
  const Lookup found = find_socket(entry.fd);
  if (found.error != 0) return;
  constexpr short kAlways = POLLERR | POLLHUP;
  const bool hung_up = (entry.revents & kAlways) != 0;
  if (hung_up && (found.socket.flags() & (kDetached | kFailed)) == 0) {
    static_cast<void>(found.socket.explain_hangup());
  }
  if (!hung_up && (entry.revents & kReadable) != 0 && clear_stray_token(found.socket)) {
    entry.revents = bits(entry.revents & ~kReadable);
  }
  // The descriptor's error stays; the socket's is told once.
  const Condition condition = found.socket.condition();
  if (condition.any(kFailed) && !condition.lost) entry.revents = bits(entry.revents & ~POLLERR);
  const short extra = extra_events(found.socket);
  entry.revents = bits(entry.revents | (extra & (events | kAlways)));
}

/// What most sockets are: extra_events() finds nothing. One line of memory says so.
bool unremarkable(const Arena& arena, SocketKey key) {
  constexpr std::uint32_t kUsual =
      kDatagram | kConnecting | kConnected | kListening | kReceiveClosed | kDetached;
  const ipc::StatusSlot& status = arena.status(key.slot);
  const std::uint32_t flags = status.flags.snapshot();
  return status.generation.snapshot() == key.generation && (flags & kUsual) != 0 &&
         (flags & (kFailed | kQueuedError)) == 0 && status.error_count.snapshot() == 0 &&
         status.urgent_mark.snapshot() == 0 && !arena.lost();
}

/// \return true when some entry has an event that the kernel would not wake for
bool any_extra(std::span<const pollfd> entries) {
  Client& client = Client::instance();
  return std::ranges::any_of(entries, [&client](const pollfd& entry) {
    if (entry.fd < 0) return false;
    const SocketKey known = client.fds().find(entry.fd);
    if (known.arena == 0) return false;
    const Arena* arena = client.arena(known.arena);
    if (arena != nullptr && unremarkable(*arena, known)) return false;
    const Lookup found = find_socket(entry.fd);
    if (found.error != 0) return false;
    return (extra_events(found.socket) & (entry.events | POLLERR | POLLHUP)) != 0;
  });
}

/// Whether all that poll() may be asked about a socket stands in memory: it is connected, or passes
/// datagrams, and nothing has ended or gone wrong. What it cannot show, that zsockd is gone or the
/// number somebody else's, the kernel is asked now and then.
bool told_by_memory(const Arena& arena, SocketKey key) {
  constexpr std::uint32_t kNot = kConnecting | kListening | kReceiveClosed | kTransmitClosed |
                                 kDetached | kStreaming | kFailed | kQueuedError;
  const std::uint32_t flags = arena.status(key.slot).flags.snapshot();
  return unremarkable(arena, key) && (flags & kNot) == 0 && (flags & (kConnected | kDatagram)) != 0;
}

short events_in_memory(const Arena& arena, SocketKey key, short asked) {
  const ipc::AppSlot& app = arena.app(key.slot);
  short found = 0;
  if ((asked & kReadable) != 0) {
    const ipc::StatusSlot& status = arena.status(key.slot);
    const std::uint64_t head = app.receive_head.snapshot();
    const std::uint64_t capacity = std::uint64_t{1} << (status.receive.order() & 31U);
    const std::uint64_t unread = status.receive_tail.snapshot() - head;
    if (ipc::worth_a_token(unread, app.least_read.snapshot(), capacity)) found |= kReadable;
  }
  if ((asked & kWritable) != 0 && app.want_room.snapshot() == 0) found |= kWritable;
  return bits(found & asked);
}

/// poll() without the kernel, where every entry is such a socket. \return how many are ready;
/// nothing: the kernel has to be asked
std::optional<int> poll_memory(std::span<pollfd> entries) {
  Client& client = Client::instance();
  Arena* arena = nullptr;
  std::uint16_t number = 0;
  int ready = 0;
  for (pollfd& entry : entries) {
    entry.revents = 0;
    if (entry.fd < 0) continue;
    const SocketKey known = client.fds().find(entry.fd);
    if (known.arena == 0) return std::nullopt;
    if (known.arena != number) {
      arena = client.arena(known.arena);
      number = known.arena;
      if (arena == nullptr || arena->time_to_check()) return std::nullopt;
    }
    if (!told_by_memory(*arena, known)) return std::nullopt;
    entry.revents = events_in_memory(*arena, known, entry.events);
    if (entry.revents != 0) ++ready;
  }
  return arena == nullptr ? std::nullopt : std::optional(ready);
}

/// No descriptor shows an urgent octet by itself: who waits for nothing else looks now and then.
constexpr int kUrgentStep = 10;  // ms

bool waits_for_urgent_only(std::span<const pollfd> entries) {
  for (const pollfd& entry : entries) {
    const bool urgent_only = (entry.events & (POLLPRI | kReadable)) == POLLPRI;
    if (entry.fd >= 0 && urgent_only && Client::instance().fds().find(entry.fd).arena != 0)
      return true;
  }
  return false;
}

int shortened(int wait) {
  return wait < 0 ? kUrgentStep : std::min(wait, kUrgentStep);
}

int count_ready(std::span<const pollfd> entries) {
  return static_cast<int>(
      std::ranges::count_if(entries, [](const pollfd& entry) { return entry.revents != 0; }));
}

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t deadline_after(int timeout_ms) {
  if (timeout_ms < 0) return kNever;
  return timeout_ms == 0 ? 0 : now_ns() + std::int64_t{timeout_ms} * 1'000'000;
}

int milliseconds_left(std::int64_t deadline) {
  if (deadline == kNever) return -1;
  if (deadline == 0) return 0;
  return static_cast<int>(std::max<std::int64_t>(0, (deadline - now_ns() + 999'999) / 1'000'000));
}

}  // namespace

int poll_sockets(std::span<pollfd> entries, int timeout_ms) {
  const std::optional<int> found = poll_memory(entries);
  if (found && (*found > 0 || timeout_ms == 0)) return *found;
  const std::int64_t deadline = deadline_after(timeout_ms);
  const bool urgent_only = waits_for_urgent_only(entries);
  for (;;) {
    const bool extra = any_extra(entries);
    const int left = extra ? 0 : milliseconds_left(deadline);
    const int wait = urgent_only ? shortened(left) : left;
    const int ready = ::poll(entries.data(), entries.size(), wait);
    if (ready < 0) return -errno;
    if (ready == 0 && !extra) {
      if (!urgent_only || milliseconds_left(deadline) == 0) return 0;
      continue;
    }
    for (pollfd& entry : entries) {
      const bool silent = entry.revents == 0 && !extra;
      if (entry.fd >= 0 && !silent && (entry.revents & POLLNVAL) == 0 &&
          Client::instance().fds().find(entry.fd).arena != 0) {
        correct(entry, entry.events);
      }
    }
    const int corrected = count_ready(entries);
    if (corrected > 0 || milliseconds_left(deadline) == 0) return corrected;
  }
}

namespace {

/// The sets as poll() wants them.
struct Entries {
  std::array<pollfd, FD_SETSIZE> all{};
  std::size_t count = 0;
};

bool in_set(int fd, const fd_set* set) {
  return set != nullptr && FD_ISSET(fd, set);
}

void collect(int count, const SelectSets& sets, Entries& entries) {
  for (int fd = 0; fd < count; ++fd) {
    int events = 0;
    if (in_set(fd, sets.readable)) events |= kReadable;
    if (in_set(fd, sets.writable)) events |= kWritable;
    if (in_set(fd, sets.exceptional)) events |= POLLPRI;
    if (events != 0)
      entries.all[entries.count++] = {.fd = fd, .events = bits(events), .revents = 0};
  }
}

/// Leaves fd in the set only if it is ready. \return 1 if it stays
int keep(fd_set* set, const pollfd& entry, int asked, int ready) {
  if (set == nullptr || (entry.events & asked) == 0) return 0;
  if ((entry.revents & ready) != 0) return 1;
  FD_CLR(entry.fd, set);
  return 0;
}

int distribute(std::span<const pollfd> entries, const SelectSets& sets) {
  int total = 0;
  for (const pollfd& entry : entries) {
    total += keep(sets.readable, entry, kReadable, kReadable | POLLHUP | POLLERR);
    total += keep(sets.writable, entry, kWritable, kWritable | POLLERR);
    total += keep(sets.exceptional, entry, POLLPRI, POLLPRI);
  }
  return total;
}

/// \return ms, rounded up; -1: for ever; -2: not a time
int milliseconds(const timeval* timeout) {
  if (timeout == nullptr) return -1;
  if (timeout->tv_sec < 0 || timeout->tv_usec < 0) return -2;
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  if (timeout->tv_sec > kMost / 1000 - 1000) return static_cast<int>(kMost);
  return static_cast<int>(std::min<std::int64_t>(
      std::int64_t{timeout->tv_sec} * 1000 + (timeout->tv_usec + 999) / 1000, kMost));
}

void store_rest(timeval* timeout, std::int64_t start, int wait) {
  if (timeout == nullptr) return;
  const std::int64_t left =
      std::max<std::int64_t>(0, std::int64_t{wait} * 1'000'000 - (now_ns() - start));
  timeout->tv_sec = left / 1'000'000'000;
  timeout->tv_usec = left % 1'000'000'000 / 1000;
}

}  // namespace

int select_sockets(int count, SelectSets sets, timeval* timeout) {
  if (count < 0 || count > FD_SETSIZE) return -EINVAL;
  const int wait = milliseconds(timeout);
  if (wait == -2) return -EINVAL;
  Entries entries;
  collect(count, sets, entries);
  const std::span<pollfd> used(entries.all.data(), entries.count);
  const std::int64_t start = now_ns();
  const int ready = poll_sockets(used, wait);
  store_rest(timeout, start, std::max(wait, 0));
  if (ready < 0) return ready;
  const bool invalid = std::ranges::any_of(
      used, [](const pollfd& entry) { return (entry.revents & POLLNVAL) != 0; });
  return invalid ? -EBADF : distribute(used, sets);
}

}  // namespace zsock::lib
