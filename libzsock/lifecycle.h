#pragma once
/// \file
/// How sockets begin, get their names and end. All return 0 (or a descriptor) or the negative
/// errno.

#include <sys/socket.h>

#include "libzsock/socket.h"

namespace zsock::lib {

/// socket(). \return a descriptor
int open_socket(int domain, int type, int protocol);

/// A socket that no table knows yet.
struct Opened {
  int error = 0;  ///< an errno, or 0
  Socket socket{};
  ipc::Fd fd{};
};
/// A plain stream (docs/ipc.md) for another process to hold: this one speaks for it, and does not
/// enter it in its table.
Opened open_plain_stream(int domain, int type, int protocol);
int bind_socket(const Socket& socket, const sockaddr* address, socklen_t length);
int listen_socket(const Socket& socket, int backlog);
int shut_socket(const Socket& socket, int how);

/// Op::local_name or Op::peer_name.
int name_of(const Socket& socket, ipc::Op op, sockaddr* address, socklen_t* length);

/// dup() by F_DUPFD or F_DUPFD_CLOEXEC. \return the copy
int duplicate(const Socket& socket, int command, long lowest);

/// SOCK_NONBLOCK and SOCK_CLOEXEC on a descriptor that zsockd has just sent. \return 0 or an errno
int apply_type_flags(int fd, int type);

/// close(), with the wait that SO_LINGER asks for.
int close_socket(const Socket& socket);

/// What close() does beside closing, for a descriptor that somebody else has closed.
void forget_descriptor(const Socket& socket);

}  // namespace zsock::lib
