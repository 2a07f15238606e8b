#pragma once
/// \file
/// Stack: the whole of the protocol code as one value. Bytes, calls and time go in; frames are
/// pulled out, events and the next deadline come out. No system call, no clock, no thread. The only
/// code that knows net, udp and tcp together.

#include <memory>
#include <optional>
#include <vector>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/base/frame.h"
#include "daemon/stack/base/ids.h"
#include "daemon/stack/base/result.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/config.h"
#include "daemon/stack/error_queue.h"
#include "daemon/stack/events.h"
#include "daemon/stack/inherited_settings.h"
#include "daemon/stack/net/ip.h"
#include "daemon/stack/peers.h"

namespace zsock {

/// A connection handed over by a listener.
struct Accepted {
  SocketId socket{};
  Owner owner = 0;  ///< as given with the spare rings
  wire::Flow flow{};
};

/// A listener, as one like it in another stack needs it.
struct ListenerImage {
  InheritedSettings settings{};
  wire::Endpoint local{};
  std::size_t backlog = 0;
};

/// One row of the socket table.
struct SocketRow {
  SocketId socket{};
  Owner owner = 0;
  SocketKind kind = SocketKind::tcp;
  const char* state = "";  ///< RFC 9293 name, "LISTEN", or "UDP"
  wire::Endpoint local{};
  wire::Endpoint remote{};
  tcp::ConnectionInfo info{};
};

class Stack {
 public:
  /// \param rng    cryptographic in production; outlives the stack
  /// \param peers  outlives the stack; nullptr: it is alone
  Stack(const StackConfig& config, Rng& rng, Peers* peers = nullptr);
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // --- Network configuration ---------------------------------------------------------------------
  InterfaceId add_interface(const net::InterfaceConfig& config, Instant now);
  /// The link takes packets of another size from now on; connections heed that it takes less at
  /// once. Errors: as net::Ip::set_mtu.
  Status<SockError> set_mtu(InterfaceId interface, std::uint16_t mtu, Instant now);
  /// Errors: as net::Ip::add_address.
  Status<SockError> add_address(InterfaceId interface, const wire::Cidr& address, Instant now);
  /// Errors: as net::Ip::add_route.
  Status<SockError> add_route(const wire::Cidr& destination, const wire::IpAddress& gateway);
  /// The interface gets an IPv4 address and routes from a DHCP server (RFC 2131), as soon as one
  /// answers; one interface does. Does nothing for a second one.
  void start_dhcp(InterfaceId interface, Instant now);
  /// DNS servers that the DHCP server has named with the lease, and then those of routers.
  [[nodiscard]] std::vector<wire::IpAddress> name_servers() const;
  [[nodiscard]] std::vector<net::Ip::AddressInfo> addresses() const;

  // --- Frames ------------------------------------------------------------------------------------
  void receive(InterfaceId in, const RxFrame& frame, Instant now);
  /// Yields the next frame for an interface; what is not pulled stays in the sockets' rings. The
  /// payload spans stay valid until the next call. Serves the loopback on the way.
  bool poll_transmit(InterfaceId out, TxFrame& frame, Instant now);

  // --- Time and events ---------------------------------------------------------------------------
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);
  std::optional<SocketEvent> poll_event();

  // --- Sockets. Unknown ids yield bad_descriptor everywhere. -----------------------------------
  /// Errors: too_many_files (socket_limit). \param user  uid, for SO_REUSEPORT
  Result<SocketId, SockError> open(SocketKind kind, wire::Family family, std::uint32_t user,
                                   Owner owner);
  /// A UDP socket's rings; needed before anything can be sent or received. Errors: invalid (no UDP
  /// socket, attached already).
  Status<SockError> attach(SocketId id, tcp::Rings rings);
  /// What a datagram's sender has chosen beside its destination (IP_PKTINFO).
  struct Choice {
    std::optional<wire::IpAddress> source{};
    std::uint32_t interface = 0;  ///< 0: by route
  };
  /// A datagram about to be written.
  struct Intent {
    wire::Endpoint remote{};  ///< port 0: the connected peer
    Choice choice{};
    std::size_t size = 0;  ///< octets of its payload, or of each of its segments
  };
  /// May it go there now? Binds a socket that is not bound. Errors: family_not_supported,
  /// network_unreachable and others of the route, access_denied (broadcast), would_block (no
  /// ephemeral port), invalid (no UDP socket), network_unreachable or, of IPv6, invalid (the source
  /// is not ours), no_device (no such interface), message_too_long (must not be fragmented,
  /// MtuDiscovery; also told in the error queue), address_required (not connected).
  Status<SockError> prepare_to_send(SocketId id, const Intent& intent, Instant now);
  /// Port 0: an ephemeral one. Errors: invalid (bound already, family), address_in_use,
  /// address_not_available, family_not_supported.
  Status<SockError> bind(SocketId id, const wire::Endpoint& local);
  enum class Opening : std::uint8_t {
    usual,
    with_text,  ///< MSG_FASTOPEN: where a cookie of the server is known the SYN waits for text, as
                ///< SocketStatus::waits_for_text tells; else it asks for one (RFC 7413)
  };
  /// TCP: starts the handshake; in_progress is the good answer. UDP: sets the peer. A wildcard
  /// destination means loopback. Errors: already, is_connected, invalid (listening),
  /// family_not_supported, network_unreachable, address_not_available, access_denied (UDP broadcast
  /// without the option).
  Status<SockError> connect(SocketId id, const wire::Endpoint& remote, tcp::Rings rings,
                            Instant now) {
    return connect(id, remote, rings, Opening::usual, now);
  }
  /// The same. Errors besides: operation_not_supported (with_text: switched off).
  Status<SockError> connect(SocketId id, const wire::Endpoint& remote, tcp::Rings rings,
                            Opening opening, Instant now);
  /// connect() with AF_UNSPEC: UDP forgets its peer; TCP goes back to CLOSED, an unfinished or
  /// established one by abort, and may connect or listen again.
  Status<SockError> disconnect(SocketId id, Instant now);
  /// Errors: invalid (connected, UDP: operation_not_supported), address_in_use.
  Status<SockError> listen(SocketId id, std::size_t backlog, Instant now);
  /// Errors: invalid (no listener).
  [[nodiscard]] Result<ListenerImage, SockError> listener_image(SocketId id) const;
  /// A listener without a hold on its port, for one of a peer's. Errors: too_many_files.
  Result<SocketId, SockError> listen_as(const ListenerImage& image, Owner owner);
  /// The same, when its original has changed. REQUIRES: `id` is from listen_as.
  void update_listener(SocketId id, const ListenerImage& image);
  /// Gives a listener rings for one of its next children; without them no handshake completes. A
  /// few pairs are held; the event `acceptable` tells when one is used. Errors: invalid (no
  /// listener, has enough).
  Status<SockError> offer(SocketId listener, tcp::Rings rings, Owner child_owner);
  /// The oldest established child. Errors: would_block, invalid.
  Result<Accepted, SockError> accept(SocketId listener);
  /// Children the host has accepted but the application has not; they count against the backlog.
  void set_unaccepted(SocketId listener, std::size_t count);

  enum class Shutdown : std::uint8_t { receive, transmit, both };
  /// Errors: not_connected.
  Status<SockError> shutdown(SocketId id, Shutdown how, Instant now);
  /// Nobody holds the socket any more. Its rings stay in use until the event `released`.
  void close(SocketId id, Instant now);
  /// As close, for a socket whose connection has ended both ways: it is gone at once, without the
  /// event. False: it is none, or its last segments are not sent yet.
  bool discard(SocketId id);
  /// As close, but without ceremony: TCP connections are reset.
  void abort(SocketId id, Instant now);

  /// The application's indices. protocol_error: they contradict the ring, end the client.
  Status<SockError> written(SocketId id, std::uint64_t tail, Instant now);
  Status<SockError> consumed(SocketId id, std::uint64_t head, Instant now);
  /// A larger ring in place of one of a TCP socket's: what lies in it is copied, positions stay,
  /// the old memory is the host's again. The application must not be at it meanwhile. Errors:
  /// not_connected, invalid (not larger, no power of two).
  Status<SockError> grow_ring(SocketId id, tcp::RingSide side, MutableBytes memory, Instant now);
  /// The octet before `position` is urgent (MSG_OOB), whether it has been written or is about to
  /// be. Errors: not_connected, invalid (0).
  Status<SockError> send_urgent(SocketId id, std::uint64_t position, Instant now);

  [[nodiscard]] std::optional<SocketStatus> status(SocketId id) const;
  /// The pending error, cleared.
  SockError take_error(SocketId id);
  /// What SO_ERROR tells when there is none: the soft error of a connection (RFC 9293 3.9.2.2),
  /// cleared.
  SockError take_soft_error(SocketId id);
  struct TakenError {
    QueuedError entry{};
    bool told = false;  ///< with it the pending error has been told
  };
  /// The oldest entry of the error queue; the next one's error becomes the pending one. Errors:
  /// would_block (empty).
  Result<TakenError, SockError> take_queued_error(SocketId id);
  /// Errors: not_connected (peer).
  [[nodiscard]] Result<wire::Endpoint, SockError> local_name(SocketId id) const;
  [[nodiscard]] Result<wire::Endpoint, SockError> peer_name(SocketId id) const;
  /// Errors: invalid (range), option_not_supported.
  Status<SockError> set_option(SocketId id, Option option, std::int64_t value, Instant now);
  [[nodiscard]] Result<std::int64_t, SockError> get_option(SocketId id, Option option) const;
  /// IP_ADD_MEMBERSHIP and its kin; interface 0: chosen by route. Errors: invalid, no_device,
  /// address_in_use (member already), address_not_available (leave: no member), no_buffers.
  Status<SockError> join(SocketId id, const wire::IpAddress& group, InterfaceId interface,
                         Instant now);
  Status<SockError> leave(SocketId id, const wire::IpAddress& group, InterfaceId interface,
                          Instant now);
  /// Errors: not_connected.
  [[nodiscard]] Result<tcp::ConnectionInfo, SockError> info(SocketId id) const;
  /// IP_MTU. Errors: not_connected.
  [[nodiscard]] Result<std::uint16_t, SockError> path_mtu(SocketId id, Instant now) const;

  [[nodiscard]] std::vector<SocketRow> sockets() const;
  /// TCP connections, those without a socket included, TIME-WAIT not.
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] const Counters& counters() const;
  /// Conformance 5.4 over everything; for tests and fuzzers.
  void check_invariants() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zsock
