#pragma once
/// \file
/// Stream mode (docs/ipc.md): a connection whose octets travel through the descriptor itself, so
/// that any program may read() and write() it. zsockd is then both ends of the rings: it moves what
/// lies in the socketpair to the transmit ring, and the receive ring's content to the socketpair.

#include <sys/types.h>

#include <optional>

#include "daemon/client.h"
#include "daemon/context.h"
#include "daemon/sockets.h"

namespace zsock::host {

/// The inode of a socket that a client has passed; nothing if it is none. Never blocks, whatever
/// the descriptor is.
std::optional<ino_t> inode_of_socket(int fd);

class StreamMode {
 public:
  StreamMode(const Context& context, Sockets& sockets) : context_(context), sockets_(&sockets) {}

  /// Errors: not_connected (no established connection), invalid (another descriptor).
  [[nodiscard]] Status<SockError> check(const Socket& socket, int application) const;
  /// The descriptor shows the stream's end already, and there still are octets before it: it takes
  /// another one to carry them.
  [[nodiscard]] static bool ends_too_early(const Socket& socket);
  /// From now on. The client holds both its locks; its indices have been taken.
  /// \param application  the application's end, from which the tokens are taken
  /// Errors: too_many_files.
  Status<SockError> begin(Client& client, Socket& socket, int application);
  /// The same for an end that carries octets from the start: its connection has come to something.
  /// Errors: too_many_files.
  Status<SockError> begin_plain(Client& client, Socket& socket);
  /// The last copy of the application's end is closed, or its sending side is shut: takes effect
  /// when all that was written before has been moved.
  void note(const Client& client, Socket& socket, WatchSet::Signal signal) const;
  /// Moves what can be moved, and then draws the conclusions of the ends. \param plan what the
  /// stack's side has come to
  void serve(Client& client, Socket& socket, EndAction plan, Instant now);

 private:
  Status<SockError> start(Client& client, Socket& socket);
  void take_offers(Client& client, Socket& socket, Instant now);
  void push(Socket& socket, Instant now);
  bool pull(Socket& socket, Instant now);
  void conclude_theirs(Client& client, Socket& socket, EndAction plan, Instant now);
  void conclude_ours(Client& client, Socket& socket, Instant now);

  Context context_;
  Sockets* sockets_;
};

}  // namespace zsock::host
