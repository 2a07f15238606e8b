#pragma once
/// \file
/// Descriptors that travel in messages (SCM_RIGHTS).

#include <sys/socket.h>

namespace zsock::shim {

/// Before a message goes to another process: connections beside it go into stream mode, since the
/// receiver may know nothing of rings.
void open_passengers(const msghdr* message);

/// After a message has come: zsock sockets beside it become known.
void adopt_passengers(const msghdr* message);

}  // namespace zsock::shim
