#pragma once
/// \file
/// TCP sockets of supervised programs: plain streams (docs/ipc.md). The program holds the
/// descriptor, where the octets are; the supervisor speaks for it with zsockd, and keeps no copy.

#include <unordered_map>

#include "libzsock/fd_table.h"
#include "libzsock/socket.h"
#include "shim/run/ask.h"
#include "shim/run/kernel_socket.h"
#include "shim/run/memory.h"

namespace zsock::run {

class Streams {
 public:
  explicit Streams(const Listener& listener) : listener_(&listener) {}

  /// socket().
  Outcome open(const Call& call, const Kind& kind);
  [[nodiscard]] bool holds(ino_t inode) const { return known_.contains(inode); }
  /// Any other call. REQUIRES: holds(ask.inode).
  Outcome serve(Ask& ask);

 private:
  struct Entry {
    lib::SocketKey key{};
    int domain = 0;
  };

  Outcome bind(const Ask& ask, const Entry& entry);
  Outcome listen(const Ask& ask, const Entry& entry);
  Outcome accept(const Ask& ask, const Entry& entry);
  Outcome connect(const Ask& ask, const Entry& entry);
  Outcome shutdown(const Ask& ask, const Entry& entry);
  Outcome name(const Ask& ask, const Entry& entry);
  Outcome set_option(const Ask& ask, const Entry& entry);
  Outcome get_option(const Ask& ask, const Entry& entry);
  Outcome ended(const Ask& ask, const Entry& entry);
  static Outcome send(Ask& ask, const Entry& entry);
  static Outcome receive(const Ask& ask, const Entry& entry);
  static bool is_unconnected(const Ask& ask, const Entry& entry);
  static Outcome broken_pipe(const Call& call, int flags);

  Outcome begin_anew(const Ask& ask, const Entry& entry, const Name& to);
  Outcome give_to_kernel(const Ask& ask, const Entry& entry);
  Outcome with_new_end(const Ask& ask, const Entry& entry, int result);
  void remember(ino_t inode, const Entry& entry);

  const Listener* listener_;
  std::unordered_map<ino_t, Entry> known_{};  ///< by the inode of the program's end
  std::size_t sweep_at_ = 1024;
};

}  // namespace zsock::run
