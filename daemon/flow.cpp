#include "daemon/flow.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "libzsock/ipc/errors.h"

namespace zsock::host {
namespace {

bool contradicts(const Status<SockError>& outcome) {
  return !outcome && outcome.error() == SockError::protocol_error;
}

}  // namespace

// --- From the application ----------------------------------------------------------------------

Verdict Flow::take_indices(Client& client, Socket& socket, std::size_t& octets, Instant now) {
  if (!socket.rings || !socket.in_stack || socket.phase != Phase::open) return Verdict::good;
  if (socket.streaming) return Verdict::good;  // the indices are ours
  const ipc::AppSlot& app = client.arena.app(socket.slot);
  const std::uint64_t head = app.receive_head.snapshot();
  if (head != socket.receive_head) {
    if (contradicts(context_.stack.consumed(socket.id, head, now))) return Verdict::violation;
    socket.receive_head = head;
  }
  const std::uint64_t tail = app.transmit_tail.snapshot();
  const std::uint64_t written = tail - socket.transmit_tail;
  if (written == 0) return Verdict::good;
  // More than the whole ring cannot be; less than that the stack judges.
  if (written > socket.rings->second.memory.size()) return Verdict::violation;
  std::uint64_t taken = written;
  // Datagrams are not cut; a ring of them is limited by its size.
  if (socket.kind == SocketKind::tcp) taken = std::min<std::uint64_t>(written, octets);
  if (taken != 0) {
    const std::uint64_t position = socket.transmit_tail + taken;
    const bool more = app.more.snapshot() != 0 && socket.kind == SocketKind::tcp;
    if (more) hold_more(socket, more, now);
    if (contradicts(context_.stack.written(socket.id, position, now))) return Verdict::violation;
    socket.transmit_tail = position;
    if (!more) hold_more(socket, more, now);
    octets -= static_cast<std::size_t>(std::min<std::uint64_t>(taken, octets));
  }
  return taken < written ? Verdict::more : Verdict::good;
}

void Flow::hold_more(Socket& socket, bool more, Instant now) {
  if (std::exchange(socket.holds_more, more) == more) return;
  static_cast<void>(context_.stack.set_option(socket.id, Option::more, more ? 1 : 0, now));
}

Verdict Flow::take_all_indices(Client& client, Socket& socket, Instant now) {
  std::size_t octets = std::numeric_limits<std::size_t>::max();
  return take_indices(client, socket, octets, now);
}

void Flow::answer_wishes(Client& client, Socket& socket) {
  if (socket.streaming) return;
  ipc::AppSlot& app = client.arena.app(socket.slot);
  if (app.want_token.snapshot_ordered() != 0) {
    app.want_token.publish_ordered(0);
    if (something_to_read(client, socket)) send_token(client, socket);
  }
  give_room(client, socket);
}

// --- To the application ------------------------------------------------------------------------

void Flow::publish(Client& client, Socket& socket, Instant now) {
  if (!socket.is_known() || !socket.in_stack) return;
  const auto status = context_.stack.status(socket.id);
  if (!status) return;
  // Data, error, flags, in this order: who sees one of them sees what came before it.
  client.arena.status(socket.slot).receive_tail.publish_ordered(status->receive_tail);
  const bool new_error = publish_error(client, socket);
  Publication plan = plan_publication(*status, socket.shown, new_error);
  plan.shown.flags |= Sockets::offers(socket, *status);
  publish_words(client, socket, plan.shown);
  if (socket.phase == Phase::detached) return;
  begin_plain(client, socket, now);
  if (socket.phase != Phase::open) return;
  if (socket.streaming) {
    stream_mode_.serve(client, socket, plan.end, now);
    settle_connect(client, socket);
    return;
  }
  if (plan.token || (plan.new_data && something_to_read(client, socket))) {
    wake_reader(client, socket, now);
  }
  if (plan.take_plug) socket.end.take_plug();
  settle_connect(client, socket);
  give_room(client, socket);
  switch (plan.end) {
    case EndAction::none:
      break;
    case EndAction::shut_down_writing:
      socket.end.shut_down_writing();
      break;
    case EndAction::close_clean:
    case EndAction::close_reset:
      sockets_->detach(client, socket, plan.end, now);
  }
}

/// An end that carries octets does so as soon as its connection has come to something.
void Flow::begin_plain(Client& client, Socket& socket, Instant now) {
  constexpr std::uint32_t kDecided =
      ipc::status_flag::kConnected | ipc::status_flag::kReceiveClosed | ipc::status_flag::kFailed;
  const bool plain = socket.carries == Carries::octets && !socket.streaming && socket.rings;
  if (!plain || socket.listening || (socket.shown.flags & kDecided) == 0) return;
  if (stream_mode_.begin_plain(client, socket)) return;
  context_.stack.abort(socket.id, now);
  sockets_->detach(client, socket, EndAction::close_reset, now);
}

/// The slot takes the error over from the stack: error_seen tells who has been told.
bool Flow::publish_error(Client& client, Socket& socket) {
  const SockError error = context_.stack.take_error(socket.id);
  if (error == SockError::none) return false;
  ipc::StatusSlot& slot = client.arena.status(socket.slot);
  socket.last_error = error;
  slot.error.publish(static_cast<std::uint32_t>(ipc::to_errno(error)));
  slot.error_count.publish(++socket.errors);
  return true;
}

void Flow::publish_words(Client& client, Socket& socket, const Shown& shown) {
  ipc::StatusSlot& slot = client.arena.status(socket.slot);
  const Shown& before = socket.shown;
  const auto update = [](auto& word, auto now_shown, auto shown_before) {
    if (now_shown != shown_before) word.publish(now_shown);
  };
  update(slot.receive_tail, shown.receive_tail, before.receive_tail);
  update(slot.transmit_head, shown.transmit_head, before.transmit_head);
  // Ordered, as the reader's index: either it sees this, or we see how far it has read.
  if (shown.notify_position != before.notify_position) {
    slot.notify_position.publish_ordered(shown.notify_position);
  }
  update(slot.urgent_mark, shown.urgent_mark, before.urgent_mark);
  update(slot.transmit_next, shown.transmit_next, before.transmit_next);
  update(slot.unsent_limit, shown.unsent_limit, before.unsent_limit);
  update(slot.flags, shown.flags, before.flags);
  socket.shown = shown;
}

/// The descriptor tells what has become of the newest connect(), if that is over.
void Flow::settle_connect(Client& client, Socket& socket) {
  if ((socket.shown.flags & ipc::status_flag::kConnecting) != 0) return;
  if (std::exchange(socket.settled, socket.connects) == socket.connects) return;
  client.arena.status(socket.slot).settled.publish_ordered(socket.connects);
}

void Flow::wake_reader(Client& client, Socket& socket, Instant now) {
  const ipc::AppSlot& app = client.arena.app(socket.slot);
  if (app.watching.snapshot_ordered() == 0) {
    send_token(client, socket);
  } else if (!socket.owed_token) {
    socket.owed_token = OwedToken{now, app.receive_head.snapshot()};
    owed_.push_back(client.owner(socket.slot));
  }
}

bool Flow::settle(Client& client, Socket& socket, Patience patience, Instant now) {
  OwedToken& owed = *socket.owed_token;
  const std::uint64_t head = client.arena.app(socket.slot).receive_head.snapshot();
  const bool waiting = socket.phase == Phase::open && something_to_read(client, socket);
  if (waiting && patience == Patience::some) {
    if (head != std::exchange(owed.head, head)) owed.since = now;
    if (now - owed.since < context_.config.host.spin) return false;
  }
  if (waiting) send_token(client, socket);
  socket.owed_token.reset();
  return true;
}

bool Flow::something_to_read(const Client& client, const Socket& socket) {
  const ipc::AppSlot& app = client.arena.app(socket.slot);
  const std::uint64_t unread = socket.shown.receive_tail - app.receive_head.snapshot();
  const std::uint64_t capacity = socket.rings ? socket.rings->first.memory.size() : 0;
  return ipc::worth_a_token(unread, app.least_read.snapshot(), capacity) ||
         app.error_seen.snapshot() != socket.errors;
}

void Flow::send_token(Client& client, Socket& socket) {
  if (socket.streaming || socket.carries == Carries::octets) return;  // it would be read as data
  if (client.arena.app(socket.slot).token.exchange(1) == 0) socket.end.send_token();
}

void Flow::give_room(Client& client, Socket& socket) {
  ipc::AppSlot& app = client.arena.app(socket.slot);
  if (!socket.rings || socket.listening || app.want_room.snapshot_ordered() == 0) return;
  if ((socket.shown.flags & ipc::status_flag::kConnecting) != 0) return;  // more is not taken yet
  const bool finished =
      (socket.shown.flags & (ipc::status_flag::kTransmitClosed | ipc::status_flag::kFailed)) != 0;
  if (!finished && !worth_waking_writer(socket.shown.transmit_head, socket.transmit_tail,
                                        socket.rings->second.memory.size())) {
    return;
  }
  const Shown& shown = socket.shown;
  // What the writer has written, not what was taken of it: it looks at the same.
  if (!finished && shown.unsent_limit != 0 &&
      !ipc::well_below(shown.unsent_limit, app.transmit_tail.snapshot() - shown.transmit_next)) {
    return;
  }
  app.want_room.publish_ordered(0);
  socket.end.take_plug();
}

}  // namespace zsock::host
