#pragma once
/// \file
/// One socket as the library's functions see it: a value that names the descriptor and the slot.
/// The library's functions return a count or 0, or the negative errno.

#include <sys/types.h>

#include <cerrno>
#include <cstdint>

#include "libzsock/arena.h"
#include "libzsock/client.h"
#include "libzsock/ring_view.h"

namespace zsock::lib {

/// What AppSlot::connect_state counts: the socket's state as Linux' connect() knows it, which
/// changes only when connect() tells the outcome.
enum class ConnectState : std::uint32_t { unconnected = 0, connecting = 1, connected = 2 };

/// AppSlot::attributes.
namespace attribute {
inline constexpr std::uint32_t kIpv6 = 1;
inline constexpr std::uint32_t kPacketInfo = 2;
inline constexpr std::uint32_t kPacketInfo6 = 4;
inline constexpr std::uint32_t kTtl = 8;
inline constexpr std::uint32_t kTos = 16;
inline constexpr std::uint32_t kHopLimit = 32;
inline constexpr std::uint32_t kTrafficClass = 64;
inline constexpr std::uint32_t kUrgentInline = 128;  ///< SO_OOBINLINE
inline constexpr std::uint32_t kTimeouts = 256;      ///< SO_RCVTIMEO or SO_SNDTIMEO was set
inline constexpr std::uint32_t kPing = 512;
inline constexpr std::uint32_t kJoin = 1024;  ///< UDP_GRO
inline constexpr std::uint32_t kCork = 2048;  ///< UDP_CORK
inline constexpr std::uint32_t kTimestamp = 4096;
inline constexpr std::uint32_t kTimestampNs = 8192;
inline constexpr std::uint32_t kPlain = 16384;  ///< its descriptor carries octets: kPlainStream
inline constexpr std::uint32_t kDontFragment6 = 1U << 22U;  ///< IPV6_DONTFRAG
/// IP_MTU_DISCOVER and IPV6_MTU_DISCOVER, 3 bits each: the mode as last set, + 1; 0: never set.
inline constexpr unsigned kDiscoveryShift = 16;
inline constexpr unsigned kDiscoveryShiftV6 = 19;
inline constexpr std::uint32_t kDiscovery = 63U << kDiscoveryShift | kDontFragment6;
}  // namespace attribute

/// The state of a socket at one moment, taken before its ring's index: what the ring holds then is
/// all that came before.
struct Condition {
  std::uint32_t flags = 0;        ///< ipc::status_flag
  std::uint32_t error_count = 0;  ///< one more when the arena is lost
  bool lost = false;

  [[nodiscard]] bool any(std::uint32_t bits) const { return (flags & bits) != 0; }
};

struct Socket {
  int fd = -1;
  Arena* arena = nullptr;
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;

  [[nodiscard]] const ipc::StatusSlot& status() const { return arena->status(slot); }
  [[nodiscard]] ipc::AppSlot& app() const { return arena->app(slot); }
  [[nodiscard]] std::uint32_t flags() const { return status().flags.snapshot(); }
  /// False: the slot has been given back, and perhaps to another socket; this one's descriptor was
  /// closed long before.
  [[nodiscard]] bool is_there() const { return status().generation.snapshot() == generation; }
  /// Nothing more will come.
  [[nodiscard]] bool ended() const {
    return arena->lost() ||
           (flags() & (ipc::status_flag::kReceiveClosed | ipc::status_flag::kFailed |
                       ipc::status_flag::kDetached)) != 0;
  }
  [[nodiscard]] bool is_datagram() const { return (flags() & ipc::status_flag::kDatagram) != 0; }
  [[nodiscard]] bool is_ipv6() const {
    return (app().attributes.snapshot() & attribute::kIpv6) != 0;
  }
  [[nodiscard]] bool is_ping() const {
    return (app().attributes.snapshot() & attribute::kPing) != 0;
  }
  [[nodiscard]] Condition condition() const {
    const bool lost = arena->lost();
    const std::uint32_t now = flags();
    return {.flags = now,
            .error_count = status().error_count.snapshot() + (lost ? 1U : 0U),
            .lost = lost};
  }

  /// An error that no call has told yet.
  [[nodiscard]] bool has_error(const Condition& condition) const {
    return condition.error_count != app().error_seen.snapshot() && lost_error(condition) == 0;
  }
  /// Takes the error that no call has told yet. \return its errno, or 0
  [[nodiscard]] int take_error(const Condition& condition) const;
  /// What remains to be said when the arena is lost and the error has been told: ENETDOWN, except
  /// for streams that once were connected (0).
  [[nodiscard]] static int lost_error(const Condition& condition) {
    using namespace ipc::status_flag;
    if (!condition.lost) return 0;
    const bool stream = !condition.any(kDatagram | kListening);
    return stream && condition.any(kConnected | kConnecting | kFailed | kReceiveClosed) ? 0
                                                                                        : ENETDOWN;
  }

  /// The rings; without memory when there are none (yet).
  [[nodiscard]] RingView receive_ring() const { return ring(status().receive.snapshot()); }
  [[nodiscard]] RingView transmit_ring() const { return ring(status().transmit.snapshot()); }

  /// Asks zsockd about this socket.
  [[nodiscard]] Answer ask(ipc::Request request, ipc::Op op) const;
  [[nodiscard]] Answer ask(ipc::Op op) const { return ask(ipc::Request{}, op); }
  /// The same with the descriptor itself beside the request.
  [[nodiscard]] Answer ask_with_descriptor(ipc::Request request, ipc::Op op) const;

  /// Marks the slot; now and then, when zsockd has not looked for long, sees whether it lives.
  void notify() const {
    if (arena->mark(slot) == Arena::Marked::already && arena->time_to_check()) check();
  }
  /// The kernel says that zsockd's end is gone or ended: does the status page agree? If not, the
  /// socket's zsockd is gone. \return 0: look at the status again; else the negative errno
  [[nodiscard]] int explain_hangup() const;

 private:
  static constexpr std::uint32_t kMaxRingOrder = 30;
  [[nodiscard]] RingView ring(const ipc::RingPlace& place) const;
  /// Asks zsockd for the segment. \return its memory, or nothing
  [[nodiscard]] std::span<std::byte> map_segment(std::uint32_t number) const;
  /// Sees whether zsockd lives.
  void check() const;
};

/// The socket of a descriptor.
struct Lookup {
  int error = 0;  ///< EBADF, ENOTSOCK or 0
  Socket socket{};
};
Lookup find_socket(int fd);
/// Of a descriptor that the table does not know: a copy of one that it knows?
Lookup discover_socket(int fd);

/// The socket has begun anew, with a new descriptor in the answer: it takes the old one's number
/// and modes. \return 0 or an errno
int replace_descriptor(const Socket& socket, Answer& answer);

/// SO_RCVTIMEO and SO_SNDTIMEO, which the kernel keeps with the descriptor.
void copy_time_limits(int from, int to);

/// Binds fd and slot together in this process.
/// \return 0 or an errno
int register_socket(const Socket& socket);

// In every call: worth being inline.

inline RingView Socket::ring(const ipc::RingPlace& place) const {
  const std::uint32_t order = place.order;
  const std::uint32_t segment = place.segment;
  const std::uint64_t offset = place.offset;
  if (order == 0 || order > kMaxRingOrder) return {};
  std::span<std::byte> memory = arena->segment(segment);
  if (memory.empty()) memory = map_segment(segment);
  const std::size_t capacity = std::size_t{1} << order;
  if (offset > memory.size() || memory.size() - offset < capacity) return {};
  return RingView(memory.subspan(offset, capacity));
}

inline Lookup find_socket(int fd) {
  const Client& client = Client::instance();
  const SocketKey key = client.fds().find(fd);
  Arena* arena = key.arena == 0 ? nullptr : client.arena(key.arena);
  if (arena == nullptr || arena->status(key.slot).generation.snapshot() != key.generation) {
    return discover_socket(fd);
  }
  return {.socket = {.fd = fd, .arena = arena, .slot = key.slot, .generation = key.generation}};
}

}  // namespace zsock::lib
