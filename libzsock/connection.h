#pragma once
/// \file
/// connect() and accept().

#include <sys/socket.h>

#include "libzsock/socket.h"

namespace zsock::lib {

/// connect(), with Linux' answers in each state. \return 0 or the negative errno
int connect_socket(const Socket& socket, const sockaddr* address, socklen_t length);

/// accept4(). \return the connection's descriptor or the negative errno
int accept_connection(const Socket& listener, sockaddr* address, socklen_t* length, int flags);

}  // namespace zsock::lib
