#include "libzsock/connection.h"

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include "libzsock/address.h"
#include "libzsock/lifecycle.h"
#include "libzsock/no_cancel.h"
#include "libzsock/shared_lock.h"
#include "libzsock/wait.h"

namespace zsock::lib {
namespace {

using namespace ipc::status_flag;

// ---- connect ----

ConnectState state_of(const Socket& socket) {
  return static_cast<ConnectState>(socket.app().connect_state.snapshot());
}

void set_state(const Socket& socket, ConnectState state) {
  socket.app().connect_state.publish(static_cast<std::uint32_t>(state));
}

/// zsockd has got to the newest connect() of the slot.
bool is_begun(const Socket& socket) {
  return socket.status().connects.snapshot() == socket.app().connects.snapshot();
}

/// Waits while the handshake goes on. \param pending what to say when it takes too long
int await_connection(const Socket& socket, int pending, Waiter& waiter) {
  if (is_begun(socket) && (socket.flags() & kWaitsForText) != 0) return 0;
  // Who does not wait hears EINPROGRESS, even if it is over by now.
  if (pending == EINPROGRESS && !waiter.may_wait()) return -pending;
  const auto decided = [&socket] {
    return is_begun(socket) &&
           ((socket.flags() & kConnecting) == 0 || (socket.flags() & kWaitsForText) != 0);
  };
  // Who looks may see it before the descriptor tells it; the program is to find both the same.
  const auto settled = [&socket, &decided] {
    return decided() && ((socket.flags() & kWaitsForText) != 0 ||
                         socket.status().settled.snapshot() == socket.app().connects.snapshot());
  };
  waiter.look(Awaited::connection, settled);
  for (bool over = settled(); !over && !socket.arena->lost(); over = decided()) {
    const int waited = waiter.writable(Awaited::connection);
    if (waited == -EAGAIN) return -pending;
    if (waited != 0) return waited;
  }
  return 0;
}

/// The handshake is over: tells how it ended, once.
int tell_outcome(const Socket& socket) {
  const Condition condition = socket.condition();
  const std::uint32_t refused = socket.status().connect_error.snapshot();
  if (!condition.lost && refused != 0) {
    set_state(socket, ConnectState::unconnected);
    return -static_cast<int>(refused);
  }
  if (!condition.lost && condition.any(kWaitsForText)) return 0;  // TCP_FASTOPEN_CONNECT
  if (!condition.lost && condition.any(kConnected) && !condition.any(kFailed)) {
    set_state(socket, ConnectState::connected);
    return 0;
  }
  const int error = socket.take_error(condition);
  set_state(socket, ConnectState::unconnected);
  clear_token(socket);
  return error != 0 ? -error : -ECONNABORTED;
}

/// Asks for the handshake in the slot: what becomes of it shows there.
void ask_in_slot(const Socket& socket, const ipc::Address& to) {
  ipc::AppSlot& app = socket.app();
  app.remote.publish(to);
  app.connects.publish(app.connects.snapshot() + 1);
  socket.notify();
}

/// Plugs the descriptor and asks for the handshake. Writers are kept out meanwhile.
int start_connection(const Socket& socket, const ipc::Address& to, Opening opening,
                     const Waiter& waiter) {
  const SharedLock lock(socket.app().writer_lock);
  // Another thread may have been quicker.
  if (!lock.held() || state_of(socket) != ConnectState::unconnected) return -EALREADY;
  // What an earlier connection has come to is not told any more.
  static_cast<void>(socket.take_error(socket.condition()));
  plug(socket);
  if (opening == Opening::usual && waiter.may_wait()) {
    ask_in_slot(socket, to);
  } else {
    ipc::Request request;
    request.address = to;
    request.b = opening == Opening::with_text ? 1 : 0;
    const int error = socket.ask(request, ipc::Op::connect).error;
    // Refused at once: zsockd has taken the plug as well.
    if (error != 0 && error != EINPROGRESS) return -error;
  }
  set_state(socket, ConnectState::connecting);
  return 0;
}

int connect_stream(const Socket& socket, const ipc::Address& to, Opening opening, int flags) {
  if ((socket.flags() & kListening) != 0) return -EISCONN;
  const ConnectState state = state_of(socket);
  if (state == ConnectState::connected) return -EISCONN;
  if (state == ConnectState::connecting && (socket.flags() & kWaitsForText) != 0) return -EISCONN;
  int pending = EALREADY;
  Waiter waiter(socket, flags);
  if (state == ConnectState::unconnected) {
    const int gone = socket.lost_error(socket.condition());
    if (gone != 0) return -gone;
    const int started = start_connection(socket, to, opening, waiter);
    if (started != 0) return started;
    pending = EINPROGRESS;
  }
  const int waited = await_connection(socket, pending, waiter);
  return waited != 0 ? waited : tell_outcome(socket);
}

int disconnect(const Socket& socket) {
  Answer answer = socket.ask(ipc::Op::disconnect);
  if (answer.error != 0) return -answer.error;
  set_state(socket, ConnectState::unconnected);
  return -replace_descriptor(socket, answer);
}

bool is_unspecified(const sockaddr* address, socklen_t length) {
  sa_family_t family = AF_INET;
  if (length >= sizeof(family)) std::memcpy(&family, address, sizeof(family));
  return family == AF_UNSPEC;
}

// ---- accept ----

/// A number for the connection must be free before it is taken from the queue, where it would be
/// lost. \return 0 or an errno
int check_descriptor_room(int fd) {
  const ipc::Fd probe(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  return probe.valid() ? 0 : errno;
}

/// Why the queue ended.
int listener_ended(const Socket& listener) {
  if (!listener.arena->lost() && (listener.flags() & kListening) == 0) return -EINVAL;
  const int gone = listener.explain_hangup();
  if (listener.arena->lost() || gone == -ECONNRESET) return -ENETDOWN;
  return gone != 0 ? gone : -EINVAL;
}

struct Taken {
  int error = 0;
  ipc::AcceptMessage message{};
  ipc::Fd fd;
};

/// \param flags  MSG_DONTWAIT, MSG_PEEK
Taken receive_connection(const Socket& listener, int flags) {
  Taken taken;
  ipc::Incoming incoming = ipc::receive_message(
      listener.fd, std::as_writable_bytes(std::span(&taken.message, 1)), flags);
  const bool whole = incoming.delivery == ipc::Delivery::complete &&
                     incoming.octets == sizeof(taken.message) && incoming.fd_count == 1;
  if (whole) {
    taken.fd = std::move(incoming.fds[0]);
    return taken;
  }
  const bool asked_kernel = incoming.delivery == ipc::Delivery::failed;
  const int error = incoming.error;
  if (asked_kernel && (error == EAGAIN || error == EINTR || error == EBADF)) {
    taken.error = error;
  } else if (asked_kernel || incoming.delivery == ipc::Delivery::closed) {
    taken.error = -listener_ended(listener);
  } else {
    taken.error = ECONNABORTED;
  }
  return taken;
}

Taken take_connection(const Socket& listener) {
  Taken none;
  none.error = check_descriptor_room(listener.fd);
  return none.error != 0 ? std::move(none) : receive_connection(listener, 0);
}

int check_listener(const Condition& condition) {
  if (condition.any(kDatagram)) return EOPNOTSUPP;
  if (condition.lost) return ENETDOWN;
  return condition.any(kListening) ? 0 : EINVAL;
}

/// The connection's arena, which is another where it lives in another shard than the listener.
Arena* arena_of(const Socket& listener, const ipc::AcceptMessage& message) {
  if (message.slot >= ipc::kSlots || message.listener >= ipc::kSlots) return nullptr;
  if (message.shard == listener.arena->shard()) return listener.arena;
  return Client::instance().arena_in(message.shard, *listener.arena);
}

/// The shard that has delivered it counts how many have been taken.
void count_as_accepted(Arena& arena, const ipc::AcceptMessage& message) {
  arena.app(message.listener).accepted.add(1);
  arena.mark(message.listener);
}

/// What a connection has from its listener, as far as the library keeps it.
void inherit(const Socket& listener, const Socket& connection) {
  ipc::AppSlot& app = connection.app();
  const std::uint32_t attributes = listener.app().attributes.snapshot();
  make_locks(app);
  app.attributes.publish(attributes);
  app.linger.publish(listener.app().linger.snapshot());
  set_state(connection, ConnectState::connected);
  app.least_read.publish(listener.app().least_read.snapshot());
  if ((attributes & attribute::kTimeouts) != 0) copy_time_limits(listener.fd, connection.fd);
}

}  // namespace

int connect_socket(const Socket& socket, const sockaddr* address, socklen_t length, int flags,
                   Opening opening) {
  if (address == nullptr) return -EFAULT;
  if (length < sizeof(sa_family_t)) return -EINVAL;
  if (is_unspecified(address, length)) return disconnect(socket);
  const bool datagram = socket.is_datagram();
  const ParsedAddress parsed =
      parse_address(socket, address, length, datagram ? FamilyRule::ipv4_on_ipv6 : FamilyRule::own);
  if (parsed.error != 0) return -parsed.error;
  if (!datagram) return connect_stream(socket, parsed.address, opening, flags);
  ipc::Request request;
  request.address = parsed.address;
  const int error = socket.ask(request, ipc::Op::connect).error;
  return error == EINPROGRESS ? 0 : -error;
}

int accept_connection(const Socket& listener, sockaddr* address, socklen_t* length, int flags) {
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return -EINVAL;
  const int wrong = check_listener(listener.condition());
  if (wrong != 0) return -wrong;
  if (address != nullptr && length == nullptr) return -EFAULT;
  Taken taken = take_connection(listener);
  if (taken.error != 0) return -taken.error;
  const NoCancel no_cancel;
  const ipc::AcceptMessage& message = taken.message;
  Arena* const arena = arena_of(listener, message);
  if (arena == nullptr) return -ECONNABORTED;
  count_as_accepted(*arena, message);
  const Socket connection{
      .fd = taken.fd.get(), .arena = arena, .slot = message.slot, .generation = message.generation};
  if (connection.status().generation.snapshot() != message.generation) return -ECONNABORTED;
  inherit(listener, connection);
  connection.app().taken.publish_ordered(1);
  int error = apply_type_flags(connection.fd, flags);
  if (error == 0) error = register_socket(connection);
  if (error == 0) error = store_address(connection, message.remote, address, length);
  if (error != 0) {
    Client::instance().fds().clear(connection.fd);
    return -error;
  }
  return taken.fd.release();
}

Offered look_at_offered(const Socket& listener) {
  Offered offered;
  offered.error = check_listener(listener.condition());
  if (offered.error != 0) return offered;
  Taken taken = receive_connection(listener, MSG_PEEK | MSG_DONTWAIT);
  offered.error = taken.error;
  Arena* const arena = offered.error == 0 ? arena_of(listener, taken.message) : nullptr;
  if (offered.error == 0 && arena == nullptr) offered.error = ECONNABORTED;
  if (offered.error == ECONNABORTED) drop_offered(listener);
  if (offered.error != 0) return offered;
  offered.fd = std::move(taken.fd);
  offered.remote = taken.message.remote;
  offered.connection = {.fd = offered.fd.get(),
                        .arena = arena,
                        .slot = taken.message.slot,
                        .generation = taken.message.generation};
  return offered;
}

void count_as_taken(const Socket& listener, const Offered& offered) {
  if (!offered.connection.is_there()) return;
  inherit(listener, offered.connection);
  offered.connection.app().taken.publish_ordered(1);
}

void count_as_left(const Offered& offered) {
  if (offered.connection.is_there()) offered.connection.app().taken.publish_ordered(0);
}

void drop_offered(const Socket& listener) {
  const Taken taken = receive_connection(listener, MSG_DONTWAIT);
  if (taken.error != 0) return;
  Arena* const arena = arena_of(listener, taken.message);
  if (arena != nullptr) count_as_accepted(*arena, taken.message);
}

}  // namespace zsock::lib
