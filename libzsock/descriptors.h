#pragma once
/// \file
/// Descriptors that change hands outside the native calls: what the shim tells the library when a
/// program copies, closes or inherits them.

#include <cstdint>
#include <string_view>

namespace zsock::lib {

/// True: fd is a live socket of this library in this process. Lock-free, no system call; unlike
/// zs_is_socket() does not find copies that nobody told of.
bool is_known(int fd);

/// True: fd is a datagram or ping socket. Lock-free, no system call.
bool is_datagram(int fd);

/// True: the socket fd has a local address, or is about to get one.
bool is_bound(int fd);

/// True: fd is a socket in stream mode, whose octets pass through the descriptor. Lock-free, no
/// system call.
bool is_in_stream_mode(int fd);

/// True: fd is the library's own (control socket, doorbell). The program must not close it.
bool is_own(int fd);

/// In a child of vfork(), which shares its parent's memory but not its descriptors: nothing that
/// happens to descriptors there may be noted.
bool in_borrowed_memory();

/// Around whatever else than fork() makes a child with memory of its own.
void before_fork();
void after_fork_in_parent();
void after_fork_in_child();

/// The descriptor `copy` has just become a copy of the socket fd.
/// \return 0 or an errno (fd is no socket, EMFILE)
int remember_copy(int fd, int copy);

/// fd was closed or replaced, by whatever means, or is about to be.
void forget(int fd);

/// Foreign code is about to read() and write() the socket: a connected stream goes into stream
/// mode. Others stay as they are.
void open_to_others(int fd);

/// What becomes of the process when there is a new program image.
enum class Image : std::uint8_t {
  instead,  ///< it takes the place of this one (exec)
  beside,   ///< this one goes on with its sockets (posix_spawn, exec in a child of vfork)
};

/// The same for every socket that a new program image would inherit. Safe in a child of vfork().
/// A connection that others go on with stays as it is where stream mode would take another
/// descriptor: where its peer has ended it, with octets unread.
void open_inherited_to_others(Image image);

/// Where zsockd listens, for code that runs before the C library has an environment. Empty: as
/// usual.
void set_socket_path(std::string_view path);

/// Makes a descriptor that came from elsewhere (another image, SCM_RIGHTS) known, if it is a socket
/// of an arena that this process belongs to, or can still join. \return true: it is known now
bool adopt(int fd);

/// The smallest descriptor >= first that the library owns; -1: none.
int next_own(int first);

/// The smallest descriptor >= first that is a known socket; -1: none.
int next_known(int first);

}  // namespace zsock::lib
