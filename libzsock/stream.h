#pragma once
/// \file
/// Octets of a stream through its rings.

#include <sys/types.h>

#include "libzsock/ring_view.h"
#include "libzsock/socket.h"

namespace zsock::lib {

/// send() on a stream. \return octets taken, or the negative errno
ssize_t stream_send(const Socket& socket, Cursor data, int flags);

/// recv() on a stream. \return octets, 0 at the end, or the negative errno
ssize_t stream_receive(const Socket& socket, Cursor data, int flags);

/// Zero-copy, as zs_send_reserve(), zs_send_commit(), zs_recv_peek(), zs_recv_consume().
ssize_t stream_reserve(const Socket& socket, Pieces& pieces, int flags);
int stream_commit(const Socket& socket, std::size_t octets);
ssize_t stream_peek(const Socket& socket, Pieces& pieces, int flags);
int stream_consume(const Socket& socket, std::size_t octets);

/// TCP_NOTSENT_LOWAT has been set: with too much unsent the descriptor is not writable.
void stream_heed_unsent_limit(const Socket& socket);

/// recv() with MSG_OOB (RFC 9293 3.8.5, as Linux reads it).
ssize_t stream_receive_urgent(const Socket& socket, Cursor data, int flags);

/// SIOCATMARK: the next octet to read is the urgent one.
bool stream_at_mark(const Socket& socket);

/// Octets that can be read without waiting.
std::uint64_t stream_unread(const Socket& socket);

}  // namespace zsock::lib
