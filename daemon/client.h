#pragma once
/// \file
/// Client: one arena and its sockets, shared by a process and its forked children; Socket: one slot
/// of it. Plain data; the rules are in sockets.h, flow.h and acceptor.h.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/arena.h"
#include "daemon/dirty_set.h"
#include "daemon/publication.h"
#include "daemon/quota.h"
#include "daemon/ring_pool.h"
#include "daemon/socket_end.h"
#include "daemon/stack/stack.h"
#include "libzsock/ipc/messages.h"

namespace zsock::host {

/// Of one client at a time, and of the next one 2^32 later.
using ClientId = std::uint32_t;

/// Who is at the other end of a control connection: SO_PEERCRED at accept, fixed from then on.
struct Credentials {
  pid_t process = 0;
  uid_t user = 0;
  gid_t group = 0;
};

/// The application's hold on a socket.
enum class Phase : std::uint8_t {
  spare,     ///< none yet: rings for a listener's next child
  open,      ///< a descriptor
  detached,  ///< our end is closed; memory only
  gone,      ///< none any more; the stack may still be at it
};

/// What a listener has beside its socket.
struct Listening {
  struct Undelivered {
    ipc::AcceptMessage message{};
    ipc::Fd application{};
  };
  std::uint32_t delivered = 0;            ///< messages put into the descriptor, ever
  std::uint32_t accepted = 0;             ///< taken by the application, as last seen
  std::deque<Undelivered> undelivered{};  ///< at most one that did not fit
  std::optional<std::uint32_t> spare{};   ///< slot of one more than the stack wants
};

/// A token that was not sent because a reader was looking by itself.
struct OwedToken {
  Instant since{};         ///< when the reader was last seen to read
  std::uint64_t head = 0;  ///< what it had read up to then
};

/// What a socket has in stream mode (stream_mode.h).
struct Streaming {
  bool closed = false;       ///< the application's end is gone
  bool half_closed = false;  ///< the application has shut its sending side
  bool told_end = false;     ///< the application's end shows the end of the stream
};

struct Socket {
  std::uint32_t slot = 0;
  SocketKind kind = SocketKind::tcp;
  wire::Family family = wire::Family::ipv4;
  Phase phase = Phase::spare;
  bool in_stack = false;    ///< the stack has its id or its rings
  bool touched = false;     ///< stands in the list of sockets to publish
  bool unaccepted = false;  ///< a listener's child that the application has not taken yet
  SocketId id{};
  Carries carries = Carries::signs;
  SocketEnd end{};
  std::size_t plug = 0;  ///< of an end that carries octets: those that are none of the stream's
  ino_t inode = 0;       ///< of the application's end
  std::optional<Streaming> streaming{};
  Shown shown{};
  std::optional<OwedToken> owed_token{};
  std::uint32_t connects = 0;  ///< AppSlot::connects, as last seen
  std::uint32_t settled = 0;   ///< StatusSlot::settled
  std::uint32_t errors = 0;    ///< published so far
  SockError last_error = SockError::none;
  std::uint64_t receive_head = 0;                ///< of the application, as the stack knows it
  std::uint64_t transmit_tail = 0;               ///< of the application, as the stack knows it
  std::optional<std::pair<Ring, Ring>> rings{};  ///< receive, transmit
  std::uint32_t receive_size = 0;                ///< SO_RCVBUF as set, doubled; 0: default
  std::uint32_t transmit_size = 0;               ///< SO_SNDBUF as set, doubled; 0: default
  bool receive_refused = false;                  ///< there was no larger ring to be had
  bool transmit_refused = false;
  std::unique_ptr<Listening> listening{};
  bool copied = false;  ///< other shards have descriptors of its end
  ino_t mirrors = 0;    ///< a listener of another shard's, by the inode of the application's end
  bool holds_more = false;         ///< the stack knows of MSG_MORE
  std::uint32_t late_accepts = 0;  ///< of an ended listener: taken, perhaps, but not counted yet
  std::vector<std::pair<std::uint16_t, std::int32_t>> stored{};  ///< options that only the library
                                                                 ///< minds, by table index
  /// The application may still ask about it.
  [[nodiscard]] bool is_known() const { return phase == Phase::open || phase == Phase::detached; }
};

struct Client {
  Client(ClientId client_id, const Credentials& who, Arena made, Quota& quota)
      : id(client_id), credentials(who), arena(std::move(made)), rings(quota, who.user) {}

  ClientId id;
  Credentials credentials;
  Arena arena;
  RingPool rings;
  std::vector<std::unique_ptr<Socket>> sockets{};  ///< by slot; null: free
  std::size_t socket_count = 0;
  std::size_t holding = 0;               ///< sockets that are open or in the stack
  std::deque<std::uint32_t> detached{};  ///< slots, oldest first; perhaps stale
  /// Slots without a descriptor in whose rings something lies that a reader whom close() did not
  /// wake may be about to take; oldest first.
  std::deque<std::uint32_t> unread{};
  std::size_t sessions = 0;
  DirtySet dirty{};
  bool awake = false;             ///< its status page says so
  Instant busy_at{};              ///< when it was last seen to do or to get something
  bool cut_off = false;           ///< has broken the rules; on its way out
  bool starved_listener = false;  ///< some listener lacks a spare

  [[nodiscard]] Socket* find(std::uint32_t slot) {
    return slot < sockets.size() ? sockets[slot].get() : nullptr;
  }
  [[nodiscard]] Owner owner(std::uint32_t slot) const {
    return (static_cast<Owner>(id) << 32U) | slot;
  }
};

inline ClientId client_of(Owner owner) {
  return static_cast<ClientId>(owner >> 32U);
}
inline std::uint32_t slot_of(Owner owner) {
  return static_cast<std::uint32_t>(owner);
}

}  // namespace zsock::host
