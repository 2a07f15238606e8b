#include "libzsock/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "libzsock/growth.h"
#include "libzsock/shared_lock.h"
#include "libzsock/step.h"
#include "libzsock/stream_mode.h"
#include "libzsock/wait.h"

namespace zsock::lib {
namespace {

using namespace ipc::status_flag;
using ipc::Untrusted;

// ---- reading ----

/// What a reader gets when the ring is empty.
Step end_of_data(const Socket& socket, const Condition& condition) {
  const int error = socket.take_error(condition);
  if (error != 0) return -error;
  if (condition.any(kListening)) return -ENOTCONN;
  if (condition.any(kReceiveClosed)) return 0;
  const bool failed = condition.any(kFailed) || condition.lost;
  if (failed) {
    const auto told = static_cast<ConnectState>(socket.app().connect_state.snapshot());
    return told == ConnectState::unconnected ? -ENOTCONN : 0;
  }
  if (condition.any(kDetached)) return 0;
  if (!condition.any(kConnected | kConnecting)) return -ENOTCONN;
  return {};
}

/// An urgent octet out of line: reading stops before it; at it, it is passed over.
struct Mark {
  std::uint64_t position = 0;
  bool present = false;
};

Mark urgent_mark(const Socket& socket, std::uint64_t head) {
  const std::uint64_t mark = socket.status().urgent_mark.snapshot();
  return {.position = mark - 1, .present = mark != 0 && mark - 1 >= head};
}

/// Reads past an urgent octet that is next and not to be delivered in line.
std::uint64_t pass_urgent(const Socket& socket, std::uint64_t head) {
  ipc::AppSlot& app = socket.app();
  const Mark mark = urgent_mark(socket, head);
  if (!mark.present || mark.position != head) return head;
  if ((app.attributes.snapshot() & attribute::kUrgentInline) != 0) return head;
  app.urgent_taken.publish(head + 1);
  return head + 1;
}

/// Publishes what was read; zsockd hears of it when a window update may be due.
void publish_head(const Socket& socket, std::uint64_t before, std::uint64_t head) {
  socket.app().receive_head.publish_ordered(head);
  const std::uint64_t notify = socket.status().notify_position.snapshot_ordered();
  if (before <= notify && notify <= head) socket.notify();
}

/// Holds the readers' lock.
void finish_reading(const Socket& socket, std::uint64_t before, std::uint64_t head) {
  publish_head(socket, before, head);
  grow_receive_ring(socket);
  if (socket.app().token.snapshot() != 0 && !worth_reading(socket, head)) take_token(socket, head);
}

/// Octets before an urgent one that is not to be delivered in line.
std::size_t up_to_mark(const Socket& socket, std::uint64_t head, std::size_t available) {
  const Mark mark = urgent_mark(socket, head);
  if (!mark.present || mark.position == head) return available;
  return static_cast<std::size_t>(std::min<std::uint64_t>(available, mark.position - head));
}

std::size_t read_ring(const Socket& socket, std::uint64_t head, std::size_t available, Cursor& data,
                      int flags) {
  const std::size_t octets = up_to_mark(socket, head, std::min(available, data.remaining()));
  if ((flags & MSG_TRUNC) != 0) {
    std::size_t skipped = 0;
    while (skipped < octets) skipped += data.take(octets - skipped).size();
  } else {
    socket.receive_ring().read(head, data, octets);
  }
  return octets;
}

/// Takes what is there. Holds the readers' lock.
Step receive_step(const Socket& socket, Cursor& data, int flags, bool woken) {
  ipc::AppSlot& app = socket.app();
  const SharedLock lock(app.reader_lock);
  if (!lock.held()) return -EAGAIN;
  const Condition condition = socket.condition();
  if (condition.any(kStreaming)) return {};
  const std::uint64_t start = app.receive_head.snapshot();
  const std::uint64_t tail = socket.status().receive_tail.snapshot();
  std::uint64_t head = start;
  if (tail != head) {
    const std::size_t capacity = socket.receive_ring().capacity();
    // zsockd died before this process had mapped the ring: what lies in it is lost.
    if (capacity == 0 && socket.arena->lost()) return end_of_data(socket, socket.condition());
    if (tail - head > capacity) return -ENETDOWN;
    head = pass_urgent(socket, head);
  }
  if (tail == head) {
    if (head != start) publish_head(socket, start, head);
    if (woken || app.token.snapshot() != 0) take_token(socket, head);
    return end_of_data(socket, condition);
  }
  const std::size_t octets =
      read_ring(socket, head, static_cast<std::size_t>(tail - head), data, flags);
  if ((flags & MSG_PEEK) != 0) return static_cast<ssize_t>(octets);
  finish_reading(socket, start, head + octets);
  return static_cast<ssize_t>(octets);
}

// ---- writing ----

/// Whether writing is possible at all now; a value is the answer to give instead.
struct Permission {
  bool go = false;
  int error = 0;  ///< 0: wait
};

Permission may_write(const Socket& socket, const Condition& condition, bool first) {
  // What was taken before is told first; the error waits for the next call.
  if (socket.has_error(condition) || socket.lost_error(condition) != 0) {
    return {.error = first ? socket.take_error(condition) : EPIPE};
  }
  if (condition.lost || condition.any(kTransmitClosed | kFailed | kDetached | kListening)) {
    return {.error = EPIPE};
  }
  if (condition.any(kConnecting)) return {.go = condition.any(kWaitsForText)};
  if (!condition.any(kConnected)) return {.error = EPIPE};
  return {.go = true};
}

/// What to do where nothing fits: only say so, or make the descriptor unwritable as well.
enum class IfFull : std::uint8_t { say, plug };

/// The last of the octets that are about to be published is urgent. \return 0 or an errno
[[gnu::cold]] int announce_urgent(const Socket& socket, std::size_t octets) {
  ipc::Request request;
  request.a = static_cast<std::int32_t>(octets);
  return socket.ask(request, ipc::Op::send_urgent).error;
}

/// What a writer finds behind the tail.
struct Room {
  Step answer{};  ///< of a call that finds no room; empty: wait
  RingView ring{};
  std::uint64_t tail = 0;
  std::size_t octets = 0;
};

/// Octets of the ring that hold what zsockd has not done with. Where the last look at its index
/// leaves more room than is wanted, the index is not looked at: the line that it lies on is
/// zsockd's.
std::uint64_t octets_used(const Socket& socket, const Room& room, std::size_t wanted) {
  Untrusted<std::uint64_t>& seen = socket.app().head_seen;
  const std::size_t capacity = room.ring.capacity();
  const std::uint64_t at_most = room.tail - seen.snapshot();
  if (at_most <= capacity && capacity - at_most > wanted) return at_most;
  const std::uint64_t head = socket.status().transmit_head.snapshot();
  seen.publish(head);
  return room.tail - head;
}

/// Octets written and not sent.
std::uint64_t octets_unsent(const Socket& socket, std::uint64_t tail) {
  return tail - socket.status().transmit_next.snapshot();
}

/// Octets that TCP_NOTSENT_LOWAT lets in behind the tail.
std::uint64_t octets_allowed(const Socket& socket, std::uint64_t tail) {
  if ((socket.flags() & kLimitsUnsent) == 0) return UINT64_MAX;
  return ipc::room_below(socket.status().unsent_limit.snapshot(), octets_unsent(socket, tail));
}

/// More is unsent than a writable descriptor would tell.
bool too_much_unsent(const Socket& socket, std::uint64_t tail) {
  return (socket.flags() & kLimitsUnsent) != 0 &&
         !ipc::well_below(socket.status().unsent_limit.snapshot(), octets_unsent(socket, tail));
}

/// Holds the writers' lock. \param wanted  octets; that there is room for more need not be found
/// out
Room find_room(const Socket& socket, std::size_t wanted, bool first, IfFull if_full) {
  const Permission permission = may_write(socket, socket.condition(), first);
  if (permission.error != 0) return {.answer = -permission.error};
  if (!permission.go || is_streaming(socket)) return {};
  Room room{.ring = socket.transmit_ring(), .tail = socket.app().transmit_tail.snapshot()};
  const std::size_t capacity = room.ring.capacity();
  if (capacity == 0 && socket.arena->lost()) {
    // zsockd died before this process had mapped the ring: as if that had been seen before.
    const int error = may_write(socket, socket.condition(), first).error;
    return {.answer = -(error != 0 ? error : ENETDOWN)};
  }
  const auto look = [&] {
    const std::uint64_t used = octets_used(socket, room, wanted);
    if (room.ring.empty() || used > capacity) return false;
    room.octets = static_cast<std::size_t>(
        std::min<std::uint64_t>(capacity - used, octets_allowed(socket, room.tail)));
    return true;
  };
  if (!look()) return {.answer = -ENETDOWN};
  if (room.octets == 0 && if_full == IfFull::plug) {
    request_room(socket);
    if (!look()) return {.answer = -ENETDOWN};
  }
  return room;
}

/// Whether more is to follow. Seldom changes: zsockd has a copy of the line, which writing would
/// take from it.
void say_more(const Socket& socket, std::uint32_t more) {
  if (socket.app().more.snapshot() != more) socket.app().more.publish(more);
}

/// Publishes what was written. Full now: whoever polls must see it, unless more is to follow.
void finish_writing(const Socket& socket, const Room& room, std::size_t octets, bool more) {
  const std::uint64_t tail = room.tail + octets;
  socket.app().transmit_tail.publish(tail);
  socket.notify();
  const bool full = octets == room.octets || too_much_unsent(socket, tail);
  // What went with the SYN is all until the handshake is over.
  if ((full && !more) || (socket.flags() & kWaitsForText) != 0) request_room(socket);
}

/// Writes what fits. Empty: nothing fitted.
Step send_step(const Socket& socket, Cursor& data, int flags, bool first, IfFull if_full) {
  const SharedLock lock(socket.app().writer_lock);
  if (!lock.held()) return -EAGAIN;
  grow_transmit_ring(socket);
  const Room room = find_room(socket, std::max<std::size_t>(data.remaining(), 1), first, if_full);
  if (data.remaining() == 0 && !room.ring.empty()) return 0;
  if (room.octets == 0) return room.answer;
  const std::size_t octets = std::min(room.octets, data.remaining());
  room.ring.write(room.tail, data, octets);
  const bool urgent = (flags & MSG_OOB) != 0 && data.remaining() == 0;
  const int refused = urgent ? announce_urgent(socket, octets) : 0;
  if (refused != 0) return -refused;
  say_more(socket, (flags & MSG_MORE) != 0 ? 1 : 0);
  finish_writing(socket, room, octets, data.remaining() > 0);
  return static_cast<ssize_t>(octets);
}

/// How one call waits for room: it looks busily, and where that is not enough it plugs the
/// descriptor and sleeps.
class RoomWait {
 public:
  RoomWait(const Socket& socket, int flags) : socket_(socket), waiter_(socket, flags) {}

  [[nodiscard]] IfFull if_full() const { return if_full_; }
  void progressed() { if_full_ = IfFull::say; }
  /// After a step that found no room. \return 0: step again; else the negative errno
  int wait(std::size_t wanted) {
    if (if_full_ == IfFull::plug) {
      if_full_ = IfFull::say;
      return waiter_.writable(Awaited::room);
    }
    if (!look(wanted)) if_full_ = IfFull::plug;
    return 0;
  }

 private:
  /// For room that is worth a copy.
  [[nodiscard]] bool look(std::size_t wanted) const {
    const std::size_t capacity = std::size_t{1} << (socket_.status().transmit.order() & 31U);
    const std::size_t enough = std::min(wanted, capacity / 16);
    const std::uint64_t tail = socket_.app().transmit_tail.snapshot();
    return waiter_.look(Awaited::room, [&] {
      const bool room = capacity - (tail - socket_.status().transmit_head.snapshot()) >= enough;
      return (room && octets_allowed(socket_, tail) != 0) || socket_.ended();
    });
  }

  const Socket& socket_;
  Waiter waiter_;
  IfFull if_full_ = IfFull::say;
};

}  // namespace

ssize_t stream_send(const Socket& socket, Cursor data, int flags) {
  RoomWait room(socket, flags);
  ssize_t total = 0;
  for (;;) {
    if (is_streaming(socket)) {
      const ssize_t sent = streaming_send(socket, data, flags);
      return sent < 0 && total > 0 ? total : total + sent;
    }
    const Step step = send_step(socket, data, flags, total == 0, room.if_full());
    if (step && *step < 0) return total > 0 ? total : *step;
    if (step) {
      total += *step;
      if (data.remaining() == 0) break;
      room.progressed();
      continue;
    }
    const int waited = room.wait(data.remaining());
    if (waited != 0) return total > 0 ? total : waited;
  }
  return total;
}

ssize_t stream_reserve(const Socket& socket, Pieces& pieces, int flags) {
  RoomWait wait(socket, flags);
  for (;;) {
    if (is_streaming(socket)) return -EOPNOTSUPP;
    {
      const SharedLock lock(socket.app().writer_lock);
      if (!lock.held()) return -EAGAIN;
      grow_transmit_ring(socket);
      const Room room = find_room(socket, SIZE_MAX, true, wait.if_full());
      if (room.octets != 0) {
        pieces = room.ring.pieces(room.tail, room.octets);
        return static_cast<ssize_t>(room.octets);
      }
      if (room.answer) return *room.answer;
    }
    const int waited = wait.wait(1);
    if (waited != 0) return waited;
  }
}

int stream_commit(const Socket& socket, std::size_t octets) {
  if (is_streaming(socket)) return -EOPNOTSUPP;
  const SharedLock lock(socket.app().writer_lock);
  if (!lock.held()) return -EAGAIN;
  const Room room = find_room(socket, octets, true, IfFull::say);
  if (room.answer) return static_cast<int>(*room.answer);
  if (octets > room.octets) return -EINVAL;
  say_more(socket, 0);
  if (octets != 0) finish_writing(socket, room, octets, false);
  return 0;
}

ssize_t stream_peek(const Socket& socket, Pieces& pieces, int flags) {
  if (is_streaming(socket)) return -EOPNOTSUPP;
  // One octet looked at: that waits, and tells errors and the end.
  char octet = 0;
  const iovec piece{&octet, 1};
  const ssize_t some =
      stream_receive(socket, Cursor(std::span(&piece, 1)), (flags & MSG_DONTWAIT) | MSG_PEEK);
  if (some <= 0) return some;
  ipc::AppSlot& app = socket.app();
  const SharedLock lock(app.reader_lock);
  if (!lock.held()) return -EAGAIN;
  const std::uint64_t start = app.receive_head.snapshot();
  const std::uint64_t head = pass_urgent(socket, start);
  if (head != start) publish_head(socket, start, head);
  const std::uint64_t available = socket.status().receive_tail.snapshot() - head;
  const RingView ring = socket.receive_ring();
  if (available > ring.capacity()) return -ENETDOWN;
  if (available == 0) return -EAGAIN;  // another reader was quicker
  const std::size_t octets = up_to_mark(socket, head, static_cast<std::size_t>(available));
  pieces = ring.pieces(head, octets);
  return static_cast<ssize_t>(octets);
}

int stream_consume(const Socket& socket, std::size_t octets) {
  if (is_streaming(socket)) return -EOPNOTSUPP;
  ipc::AppSlot& app = socket.app();
  const SharedLock lock(app.reader_lock);
  if (!lock.held()) return -EAGAIN;
  const std::uint64_t head = app.receive_head.snapshot();
  if (octets > socket.status().receive_tail.snapshot() - head) return -EINVAL;
  if (octets != 0) finish_reading(socket, head, head + octets);
  return 0;
}

ssize_t stream_receive(const Socket& socket, Cursor data, int flags) {
  if (data.remaining() == 0 && socket.condition().any(kConnected | kConnecting)) return 0;
  const std::size_t least =
      (flags & MSG_PEEK) != 0 ? 1
      : (flags & MSG_WAITALL) != 0
          ? data.remaining()
          : std::min<std::size_t>(data.remaining(), socket.app().least_read.snapshot());
  Waiter waiter(socket, flags);
  ssize_t total = 0;
  for (;;) {
    if (is_streaming(socket)) {
      const ssize_t received = streaming_receive(socket, data, flags);
      return received < 0 && total > 0 ? total : total + received;
    }
    // With something in hand an error waits for the next call.
    if (total > 0 && socket.has_error(socket.condition()) && stream_unread(socket) == 0) {
      return total;
    }
    const Step step = receive_step(socket, data, flags, waiter.woken());
    if (step && *step <= 0) return total > 0 ? total : *step;
    if (step) {
      total += *step;
      if (data.remaining() == 0 || static_cast<std::size_t>(total) >= least) return total;
      continue;
    }
    const int waited = waiter.readable(socket.app().receive_head.snapshot());
    if (waited != 0) return total > 0 ? total : waited;
  }
}

void stream_heed_unsent_limit(const Socket& socket) {
  const SharedLock lock(socket.app().writer_lock);
  const Condition condition = socket.condition();
  if (!lock.held() || !may_write(socket, condition, false).go || is_streaming(socket)) return;
  if (too_much_unsent(socket, socket.app().transmit_tail.snapshot())) request_room(socket);
}

ssize_t stream_receive_urgent(const Socket& socket, Cursor data, int flags) {
  ipc::AppSlot& app = socket.app();
  const SharedLock lock(app.reader_lock);
  if (!lock.held()) return -EAGAIN;
  const Condition condition = socket.condition();
  if (!condition.any(kConnected)) return -ENOTCONN;
  const std::uint64_t mark = socket.status().urgent_mark.snapshot();
  const std::uint64_t head = app.receive_head.snapshot();
  const bool in_line = (app.attributes.snapshot() & attribute::kUrgentInline) != 0;
  if (in_line || mark == 0 || mark == app.urgent_taken.snapshot() || mark <= head) return -EINVAL;
  if (socket.status().receive_tail.snapshot() < mark) return -EAGAIN;
  if (mark - head > socket.receive_ring().capacity()) return -ENETDOWN;
  const std::size_t octets = std::min<std::size_t>(1, data.remaining());
  if ((flags & MSG_TRUNC) == 0) socket.receive_ring().read(mark - 1, data, octets);
  if ((flags & MSG_PEEK) == 0) app.urgent_taken.publish(mark);
  return static_cast<ssize_t>(octets);
}

bool stream_at_mark(const Socket& socket) {
  const std::uint64_t head = socket.app().receive_head.snapshot();
  const Mark mark = urgent_mark(socket, head);
  return mark.present && mark.position == head;
}

std::uint64_t stream_unread(const Socket& socket) {
  const std::uint64_t head = socket.app().receive_head.snapshot();
  return socket.status().receive_tail.snapshot() - head;
}

}  // namespace zsock::lib
