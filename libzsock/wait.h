#pragma once
/// \file
/// Waiting in the kernel on the real descriptor: it knows O_NONBLOCK, the time limits, signals and
/// cancellation. Never called with a lock held. And the two steps that keep the descriptor's
/// readability and writability true to the rings (docs/ipc.md).

#include <cstdint>
#include <optional>

#include "libzsock/socket.h"
#include "libzsock/spin.h"

namespace zsock::lib {

/// The waiting of one call.
class Waiter {
 public:
  /// \param flags  the call's: MSG_DONTWAIT
  Waiter(const Socket& socket, int flags) : socket_(socket), flags_(flags) {}

  /// Looks busily until ready(), if this call may wait. \return whether it became ready
  template <class Ready>
  bool look(Awaited what, Ready ready) const {
    return looking_time(what, *socket_.arena) > 0 && may_wait() &&
           look_for(what, *socket_.arena, ready);
  }

  /// Until there may be something to read. \param head what the caller has read up to
  /// \return 0: look again; -EAGAIN: non-blocking or time is up; -EINTR; or the socket's end
  int readable(std::uint64_t head);
  /// Until there may be room, or the connection has come to something. As readable().
  /// \param what  Awaited::room or Awaited::connection
  int writable(Awaited what);

  /// Neither the call nor the descriptor, when first looked at, is non-blocking.
  [[nodiscard]] bool may_wait() const;
  /// True once the kernel has called the descriptor ready.
  [[nodiscard]] bool woken() const { return woken_; }

 private:
  bool look_for_data(std::uint64_t head) const;
  int wait_read();
  int poll_until(short events, int option);

  const Socket& socket_;
  int flags_;
  bool woken_ = false;
  mutable std::optional<bool> blocking_{};  ///< once known
  std::int64_t start_ = 0;                  ///< ns; of the first wait, 0 before it
};

enum class Worth : std::uint8_t { data, anything };

/// Something that a reader should come for: at least SO_RCVLOWAT octets, or an error.
bool worth_reading(const Socket& socket, std::uint64_t head, Worth what = Worth::anything);

/// Reader, lock held, ring empty: takes the token so that the descriptor is not readable any more.
void take_token(const Socket& socket, std::uint64_t head);

/// Never connected, or not any more: a token tells of an error, not of data.
bool is_idle_stream(const Socket& socket);

/// An error has been told that ended nothing, or was the end of an attempt to connect: the
/// descriptor is not readable because of it any more.
void clear_token(const Socket& socket);

/// Makes the descriptor unwritable, once. A plain stream's is filled.
void plug(const Socket& socket);

/// Writer, lock held, no room: plugs the descriptor and asks zsockd to unplug it.
void request_room(const Socket& socket);

}  // namespace zsock::lib
