#pragma once
/// \file
/// Datagram and ping sockets of supervised programs: their calls, led to the relays.

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shim/run/ask.h"
#include "shim/run/kernel_socket.h"
#include "shim/run/memory.h"
#include "shim/run/relay.h"

namespace zsock::run {

class Datagrams {
 public:
  /// \param epoll  where relays are watched, edge-triggered, with the inode of the program's end as
  /// key
  Datagrams(const Listener& listener, int epoll) : listener_(&listener), epoll_(epoll) {}

  /// socket().
  Outcome open(const Call& call, const Kind& kind);
  [[nodiscard]] bool holds(ino_t inode) const { return relays_.contains(inode); }
  /// Any other call. REQUIRES: holds(ask.inode).
  Outcome serve(Ask& ask);
  /// Something has happened to a relay. Calls that wait for it are worth trying again.
  void pump(ino_t inode);
  /// Relays that have more to do at once: to be pumped again.
  std::vector<ino_t> take_busy() { return std::exchange(busy_, {}); }
  [[nodiscard]] bool is_busy() const { return !busy_.empty(); }
  /// Every program has ended: true once all that they sent has been carried.
  bool settle();

 private:
  Outcome serve(Ask& ask, Relay& relay) const;
  static Outcome name(const Ask& ask, int socket);
  Outcome connect_or_bind(const Ask& ask, Relay& relay) const;
  static Outcome set_option(const Ask& ask, int socket);
  static Outcome get_option(const Ask& ask, Relay& relay);
  Outcome send_one(const Ask& ask, Relay& relay) const;
  static Outcome send_messages(Ask& ask, Relay& relay);
  static Outcome receive_one(const Ask& ask, Relay& relay);
  static Outcome receive_messages(Ask& ask, Relay& relay);
  bool goes_to_kernel(const Ask& ask, const Relay& relay, const Name& to) const;
  bool watch(const Relay& relay, ino_t inode) const;

  const Listener* listener_;
  int epoll_;
  std::unordered_map<ino_t, std::unique_ptr<Relay>> relays_{};  ///< by inode of the program's end
  std::vector<ino_t> busy_{};
};

}  // namespace zsock::run
