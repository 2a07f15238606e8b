#pragma once
/// \file
/// getsockopt, setsockopt, fcntl and ioctl. All return 0 (or fcntl's value) or the negative errno.

#include <sys/socket.h>

#include "libzsock/socket.h"

namespace zsock::lib {

int get_option(const Socket& socket, int level, int name, void* value, socklen_t* length);
int set_option(const Socket& socket, int level, int name, const void* value, socklen_t length);
int control_descriptor(const Socket& socket, int command, long argument);
int control_io(const Socket& socket, unsigned long request, void* argument);

}  // namespace zsock::lib
