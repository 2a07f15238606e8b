#pragma once
/// \file
/// Sockets: their life from slot to slot: made, given rings, detached, abandoned, reclaimed.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "daemon/client.h"
#include "daemon/context.h"
#include "daemon/holders.h"
#include "daemon/mailbox.h"
#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/result.h"

namespace zsock::host {

enum class RingUse : std::uint8_t { keep, restart };

class Sockets {
 public:
  explicit Sockets(const Context& context) : context_(context) {}

  struct Opened {
    Socket* socket = nullptr;
    ipc::Fd application{};
  };
  /// socket(). Errors: too_many_files (quota, slots, descriptors), as Stack::open.
  Result<Opened, SockError> open(Client& client, SocketKind kind, wire::Family family,
                                 Carries carries = Carries::signs);
  /// A slot with rings, for a listener's next child. Errors: no_buffers, too_many_files.
  Result<Socket*, SockError> prepare_child(Client& client, const Socket& listener);
  /// It has a local address from now on.
  static void mark_bound(Client& client, Socket& socket);
  /// A listener's copy of another shard's, which delivers into a copy of its end. Errors:
  /// too_many_files.
  Result<Socket*, SockError> open_mirror(Client& client, const ListenerMail& mail, SocketEnd end);
  /// Makes the pair of descriptors of a socket and watches our end. Errors: too_many_files.
  Result<ipc::Fd, SockError> give_end(Client& client, Socket& socket);

  /// A fresh pair in place of the socket's own, which may be detached. Errors: too_many_files.
  Result<ipc::Fd, SockError> renew_end(Client& client, Socket& socket);
  /// The stack's listener has ended. REQUIRES: socket.listening.
  void stop_listening(Client& client, Socket& socket);
  /// The socket whose application's end has this inode.
  [[nodiscard]] std::optional<Owner> find_by_inode(ino_t inode) const;

  /// Gives the socket rings, if it has none. restart: positions count from 0 again, and what lies
  /// in an end that carries octets is its plug. Errors: no_buffers.
  Status<SockError> give_rings(Client& client, Socket& socket, RingUse use);
  [[nodiscard]] static tcp::Rings rings_of(const Socket& socket);
  /// Which sides a client may ask larger rings for: bits of ipc::status_flag.
  [[nodiscard]] static std::uint32_t offers(const Socket& socket, const SocketStatus& status);
  /// A larger ring, if one is offered. Nobody else is at the old one. Errors: no_buffers (there is
  /// none, and is not offered again), not_connected.
  Status<SockError> grow_ring(Client& client, Socket& socket, tcp::RingSide side, Instant now);

  /// Our end is closed: memory, options and the name are left, until release() or the arena's end.
  void detach(Client& client, Socket& socket, EndAction how, Instant now);
  /// The application has closed a detached socket. Errors: invalid (it is not detached).
  Status<SockError> release(Client& client, Socket& socket, Instant now);
  /// Detached sockets that nobody holds any more. \param held  by whomever
  void reap(Client& client, const std::unordered_set<Owner>& held, Instant now);
  [[nodiscard]] std::unordered_set<Owner> held() const { return holders_.held(); }
  /// Does anybody hold the application's end? REQUIRES: both directions are shut, which looks the
  /// same from our end as the last close.
  [[nodiscard]] bool is_held(const Client& client, const Socket& socket) const;
  /// Nobody holds the application's end any more.
  void hang_up(Client& client, Socket& socket, Instant now);
  /// The stack has done with the socket and its rings.
  void released(Client& client, Socket& socket);
  /// Resets everything of a client that has broken the rules.
  void abandon_all(Client& client, Instant now);
  /// Frees what nobody can reach any more, once a client has no session and nothing held.
  void sweep(Client& client, Instant now);

 private:
  Result<ipc::Fd, SockError> make_end(Client& client, Socket& socket);
  Result<Socket*, SockError> make(Client& client, SocketKind kind, wire::Family family);
  void leave(Client& client, Socket& socket);
  void end_copies(Socket& socket) const;
  void keep_unread(Client& client, Socket& socket);
  void free_if_done(Client& client, Socket& socket);
  void free(Client& client, Socket& socket);
  void make_way(Client& client);
  void reclaim_oldest_unread(Client& client);
  void let_go(Client& client, Socket& socket, Instant now);
  [[nodiscard]] static std::uint32_t ring_order(std::size_t size);

  Context context_;
  Holders holders_{};
  std::unordered_map<ino_t, Owner> by_inode_{};  ///< sockets that are open
};

}  // namespace zsock::host
