#pragma once
/// \file
/// The control protocol between a client process and zsockd: fixed-size messages over a
/// SOCK_SEQPACKET socket, file descriptors beside them by SCM_RIGHTS. One request, one reply, in
/// order; no request waits for the network. Numbers (errno, socket options) are Linux's.
/// docs/ipc.md describes the whole.

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace zsock::ipc {

inline constexpr std::uint32_t kMagic = 0x314b535a;  // "ZSK1"
inline constexpr std::uint16_t kVersion = 2;
inline constexpr std::size_t kMaxValue = 256;  ///< octets of an option value
inline constexpr const char* kDefaultSocketPath = "/run/zsockd/zsockd.sock";

inline constexpr std::int32_t kPingSocket = 16;  ///< datagrams are ICMP echo messages
/// TCP for a holder who knows neither rings nor signs: in stream mode as soon as it is connected.
inline constexpr std::int32_t kPlainStream = 17;

enum class Op : std::uint16_t {
  hello = 1,        ///< -> fds: status memfd, data memfd, doorbell eventfd. value: ArenaTicket.
                    ///< a: 0: in whatever shard, or 1 + shard; value of the request: the ticket of
                    ///< the process's arenas in other shards, if it has any
  attach = 2,       ///< a forked child joins its parent's arena. value: ArenaTicket, a: 1 + shard
  map_segment = 3,  ///< a: segment number -> fd: its memfd. a: octets / 4096
  socket = 4,       ///< a: 4 or 6, b: SOCK_STREAM, SOCK_DGRAM, kPingSocket or kPlainStream -> slot,
                    ///< generation, fd: the application's end
  bind = 5,         ///< address
  listen = 6,       ///< a: backlog
  connect = 7,  ///< address, b: 1: with text (MSG_FASTOPEN) -> EINPROGRESS: completion shows on the
                ///< fd and in the status slot
  disconnect = 8,     ///< connect() with AF_UNSPEC
  shutdown = 9,       ///< a: SHUT_RD, SHUT_WR, SHUT_RDWR
  set_option = 10,    ///< a: level, b: name, value
  get_option = 11,    ///< a: level, b: name -> value
  local_name = 12,    ///< -> address
  peer_name = 13,     ///< -> address
  attach_rings = 14,  ///< UDP: the rings exist from now on (bind and connect do it as well); with
                      ///< an address, a size or a value: may a datagram go there? Binds the socket
                      ///< if it may. address: family 0 is the connected peer; a: octets of its
                      ///< payload; value: an Address, the source (family 0: any) and in its scope
                      ///< the interface
  send_urgent = 15,   ///< a: the octet so far behind the published transmit tail will be urgent
  release = 16,  ///< the application has closed a detached socket: slot and rings may be reused
  report = 17,   ///< a: 0 counters, 1 sockets, 2 interface; b: part (-1: fd) -> a: octets, value
  name_servers = 18,  ///< -> a: kHasIpv4, kHasIpv6; value: "SERVER,SERVER\nDOMAIN,DOMAIN"
  stream = 19,        ///< from now on in stream mode. fd: the application's end; a: kKeepEnd: EBUSY
                      ///< where it takes another one
  adopt = 20,  ///< fd: an inherited application's end, a: 1 + shard to look in (as a first request)
               ///< -> slot, generation, a: how many shards there are; as a first request also what
               ///< hello gives, of the arena that the socket is in. ENOENT: not there
  take_queued_error = 21,  ///< -> address: destination of the packet at fault, a: 1 when with it
                           ///< the pending error has been told, value: QueuedError and data. EAGAIN
  sockets = 22,  ///< a: 4 or 6, b: how many, 1..kMaxSockets -> TCP sockets, as many as can be made,
                 ///< at least one: fds, value: a SocketName for each
  grow = 23,     ///< a: kReceiveRing or kTransmitRing. The slot shows a larger ring when the answer
                 ///< comes, if there was one to have
};
inline constexpr Op kLastOp = Op::grow;

inline constexpr std::int32_t kKeepEnd = 1;

inline constexpr std::int32_t kReceiveRing = 0;
inline constexpr std::int32_t kTransmitRing = 1;

/// Shards at most: arenas of one process.
inline constexpr std::size_t kMaxShards = 8;

/// Sockets that one request makes at most.
inline constexpr std::size_t kMaxSockets = 8;

/// Families that the stack has addresses of, beside loopback ones.
inline constexpr std::int32_t kHasIpv4 = 1;
inline constexpr std::int32_t kHasIpv6 = 2;

struct Header {
  std::uint32_t magic = kMagic;
  std::uint16_t version = kVersion;
  std::uint16_t op = 0;
  std::uint32_t sequence = 0;  ///< a reply repeats its request's
  std::uint32_t flags = 0;     ///< must be 0
};

struct Address {
  std::uint8_t family = 0;  ///< 4, 6; 0: none
  std::uint8_t reserved = 0;
  std::uint16_t port = 0;                 ///< host order
  std::uint32_t scope = 0;                ///< interface index of a link-local IPv6 address
  std::array<std::uint8_t, 16> octets{};  ///< network order; IPv4 in the first four
};

struct Request {
  Header header{};
  std::uint32_t slot = 0;        ///< of the socket meant
  std::uint32_t generation = 0;  ///< of the slot; a stale one yields EBADF
  std::int32_t a = 0;
  std::int32_t b = 0;
  Address address{};
  std::uint32_t value_size = 0;
  std::uint32_t reserved = 0;  ///< must be 0
  std::array<std::uint8_t, kMaxValue> value{};
};

struct Reply {
  Header header{};
  std::int32_t error = 0;  ///< 0 or an errno
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::int32_t a = 0;
  Address address{};
  std::uint32_t value_size = 0;
  std::uint32_t reserved = 0;
  std::array<std::uint8_t, kMaxValue> value{};
};

/// Which socket an answer's descriptor is.
struct SocketName {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

/// What lies in a listener's descriptor for every established connection, the connection's own
/// descriptor beside it. The size is fixed: a reader takes exactly one with one recvmsg.
struct AcceptMessage {
  Header header{};
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  std::uint32_t shard = 0;     ///< whose arena the connection is in, with a copy of the listener
  std::uint32_t listener = 0;  ///< slot of that copy; in the listener's own shard, its own slot
  Address local{};
  Address remote{};
};

/// What stands at the start of the value that take_queued_error yields; then come the octets of the
/// packet at fault behind its transport header, as far as they are known and fit.
struct QueuedError {
  std::int32_t number = 0;  ///< errno
  std::uint8_t origin = 0;  ///< SO_EE_ORIGIN_LOCAL, _ICMP, _ICMP6
  std::uint8_t type = 0;    ///< of the ICMP message
  std::uint8_t code = 0;    ///< of the ICMP message
  std::uint8_t reserved = 0;
  std::uint32_t info = 0;  ///< an MTU or a pointer
  std::uint32_t reserved2 = 0;
  Address offender{};  ///< family 0: nobody
};

/// The right to an arena: held by whoever has its status page mapped.
struct ArenaTicket {
  std::uint64_t arena = 0;
  std::array<std::uint64_t, 2> secret{};
};

static_assert(sizeof(Header) == 16 && sizeof(Address) == 24);
static_assert(sizeof(Request) == 320 && sizeof(Reply) == 320);
static_assert(offsetof(Request, address) == 32 && offsetof(Request, value) == 64);
static_assert(offsetof(Reply, address) == 32 && offsetof(Reply, value) == 64);
static_assert(sizeof(QueuedError) == 40 && offsetof(QueuedError, offender) == 16);
static_assert(sizeof(AcceptMessage) == 80 && sizeof(ArenaTicket) == 24);
static_assert(kMaxSockets * sizeof(SocketName) <= kMaxValue);
static_assert(std::is_trivially_copyable_v<Request> && std::is_trivially_copyable_v<Reply> &&
              std::is_trivially_copyable_v<AcceptMessage>);

}  // namespace zsock::ipc
