#pragma once
/// \file
/// Stream mode (docs/ipc.md): octets travel through the descriptor itself, where any program can
/// read() and write() them. One way only: a socket does not come back to its rings.

#include <sys/types.h>

#include "libzsock/ring_view.h"
#include "libzsock/socket.h"

namespace zsock::lib {

/// True once the socket is in stream mode.
bool is_streaming(const Socket& socket);

/// A descriptor that shows the stream's end already, with octets before it, cannot carry them:
/// another one takes its place, and other copies of it see the end only.
enum class OldEnd : std::uint8_t {
  may_go,
  stays,  ///< others go on with it
};

/// Puts a connected stream socket into stream mode, at the octet that each side has come to.
/// \return 0, or the negative errno: -ENOTCONN, -EAGAIN (called from a signal handler that
/// interrupted a call on the socket), -EBUSY (the old end would have to go), -ENETDOWN
int begin_streaming(const Socket& socket, OldEnd old_end);

/// send() and recv() on a socket in stream mode; all data is one call's. \return octets, or the
/// negative errno
ssize_t streaming_send(const Socket& socket, Cursor data, int flags);
ssize_t streaming_receive(const Socket& socket, Cursor data, int flags);

/// shutdown() of the sending side, behind what was written. \return 0 or the negative errno
int streaming_shut(const Socket& socket);

}  // namespace zsock::lib
