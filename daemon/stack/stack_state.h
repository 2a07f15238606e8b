#pragma once
/// \file
/// The inside of Stack: its parts, and what its source files share. stack.cpp has frames, time and
/// events; stack_sockets.cpp the socket calls; stack_tcp, stack_listen, stack_udp and stack_ping
/// what joins a transport with the network layer.

#include <map>
#include <unordered_map>
#include <vector>

#include "daemon/stack/base/deadline_queue.h"
#include "daemon/stack/base/fifo.h"
#include "daemon/stack/dhcp/client.h"
#include "daemon/stack/sockets.h"
#include "daemon/stack/stack.h"
#include "daemon/stack/tcp/fast_open_cache.h"
#include "daemon/stack/tcp/isn.h"
#include "daemon/stack/tcp/table.h"
#include "daemon/stack/tcp/time_wait.h"
#include "daemon/stack/udp/table.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"
#include "daemon/stack/wire/protocol.h"
#include "daemon/stack/wire/udp.h"

namespace zsock {

/// Link-local addresses mean something on one interface only.
inline std::uint32_t scope_of(const wire::IpAddress& address, InterfaceId interface) {
  return address.is_v6() && address.is_link_local() ? interface.value : 0;
}

/// As shared memory holds a time.
inline std::int64_t nanoseconds(Instant at) {
  return std::chrono::nanoseconds(at.time_since_epoch()).count();
}

/// Octets of an IP header without options.
inline std::uint16_t ip_header_size(wire::Family family) {
  return family == wire::Family::ipv4 ? wire::Ipv4::kMinHeaderSize : wire::Ipv6::kHeaderSize;
}

/// The protocol number of a family's ICMP.
inline std::uint8_t icmp_of(wire::Family family) {
  return family == wire::Family::ipv4 ? wire::ip_protocol::kIcmpV4 : wire::ip_protocol::kIcmpV6;
}

inline Transport transport_of(const SocketRecord& record) {
  if (record.kind == SocketKind::tcp) return Transport::tcp;
  return record.kind == SocketKind::udp ? Transport::udp : Transport::icmp;
}

struct Stack::State {
  State(const StackConfig& stack_config, Rng& random, Peers* other_stacks);

  // --- Parts -------------------------------------------------------------------------------------
  StackConfig config;
  Rng& rng;
  Peers* peers;  ///< nullptr: there are none
  Counters counters{};
  net::Ip ip;
  Ports ports;
  Sockets sockets{};
  tcp::IsnGenerator isn;
  tcp::Table tcp_table;
  tcp::TimeWaitTable time_wait;
  tcp::FastOpenCache fast_open{};
  tcp::RoundTrips round_trips{};
  udp::Table udp_table{};
  udp::Table ping_table{};
  SipKey spread_key;  ///< SO_REUSEPORT distribution
  std::unordered_map<std::uint16_t, std::vector<SocketId>> listeners{};  ///< by local port
  struct Dhcp {
    Dhcp(InterfaceId on, const wire::MacAddr& mac, Rng& random)
        : interface(on), client(mac, random) {}
    InterfaceId interface;
    dhcp::Client client;
    std::optional<dhcp::Lease> applied{};
  };
  std::unique_ptr<Dhcp> dhcp{};
  std::size_t orphans = 0;
  std::size_t half_open_total = 0;  ///< of all listeners together

  // --- Queues ------------------------------------------------------------------------------------
  Fifo<SocketEvent> events{};
  std::vector<Fifo<SocketId>> ready{};  ///< by interface: sockets with something to send
  std::map<std::pair<InterfaceId, wire::IpAddress>, std::vector<SocketId>>
      waiting{};  ///< by next hop
  DeadlineQueue deadlines{};

  // --- Buffers -----------------------------------------------------------------------------------
  std::vector<std::byte> loopback_packet;  ///< the packet on its way through the loopback
  std::vector<std::byte> outgoing_copy;    ///< private copy of the datagram being sent

  // --- stack.cpp: queues and life --------------------------------------------------------------
  void take(InterfaceId in, const RxFrame& frame, Instant now);
  void notify(SocketRecord& record);
  void notify_acceptable(SocketRecord& record);
  void mark_ready(SocketRecord& record);
  void schedule(SocketRecord& record);
  std::optional<Instant> earliest_deadline();
  void run_deadline(const Deadline& due, Instant now);
  void drain_neighbor_events(Instant now);
  bool transmit_ready(InterfaceId out, TxFrame& frame, Instant now);
  /// Tells the host, and removes it.
  void release(SocketRecord& record);
  void remove(SocketRecord& record);
  [[nodiscard]] std::uint64_t spread(const wire::Flow& flow) const;

  // --- stack_loopback.cpp ------------------------------------------------------------------------
  [[nodiscard]] bool loopback_pending() const;
  void pump_loopback(Instant now);
  /// To the other end of `flow`, which is in this stack: no headers, no checksum, and the text goes
  /// from ring to ring.
  void tcp_hand_over(const wire::Flow& flow, const tcp::SegmentOut& segment, Instant now);

  // --- stack_sockets.cpp -------------------------------------------------------------------------
  /// The address as the stack keeps it: mapped ones unmapped, family checked. Errors:
  /// family_not_supported.
  [[nodiscard]] Result<wire::Endpoint, SockError> normalize(const SocketRecord& record,
                                                            const wire::Endpoint& endpoint) const;
  /// As normalize(), for where something shall go: the wildcard means the loopback.
  [[nodiscard]] Result<wire::Endpoint, SockError> destination(const SocketRecord& record,
                                                              const wire::Endpoint& endpoint) const;
  /// The address as the socket's family shows it.
  [[nodiscard]] wire::Endpoint present(const SocketRecord& record, wire::Endpoint endpoint) const;
  [[nodiscard]] Binding binding_of(const SocketRecord& record) const;
  Status<SockError> bind_any(SocketRecord& record);
  void forget_port(SocketRecord& record);
  /// The socket begins anew: a port that was chosen for it is free again, as in Linux.
  void forget_chosen_port(SocketRecord& record);

  // --- stack_tcp.cpp -----------------------------------------------------------------------------
  void tcp_input(const net::Datagram& datagram, Instant now);
  /// \param flow  as this end of it sees it
  void tcp_deliver(const wire::Flow& flow, const tcp::Segment& segment, Instant now);
  /// \param beyond  the flow was in TIME-WAIT: its ISS must lie beyond this
  void listen_input(const wire::Flow& flow, const tcp::Segment& segment,
                    std::optional<tcp::Seq> beyond, Instant now);
  void complete_handshake(SocketRecord& parent, const wire::Flow& flow, const tcp::Segment& segment,
                          Instant now);
  /// True: a segment has gone to `frame`, or on the loopback interface to its receiver.
  bool tcp_output(SocketRecord& record, TxFrame& frame, Instant now);
  void tcp_frame(const SocketRecord& record, const tcp::SegmentOut& segment, TxFrame& frame,
                 Instant now);
  void send_reply(const tcp::Reply& reply, Instant now);
  void send_reset(const wire::Flow& flow, const tcp::Segment& segment, Instant now);
  /// Draws the consequences of whatever a connection was just told. The record may be gone
  /// afterwards.
  void settle(SocketRecord& record, Instant now);
  void tcp_connected(SocketRecord& record);
  void learn_fast_open(const SocketRecord& record, Instant now);
  void leave_early(SocketRecord& record, Instant now);
  [[nodiscard]] tcp::ListenPath::FastOpen fast_open_of(SocketRecord& listener, Instant now) const;
  void leave_table(SocketRecord& record);
  void enter_time_wait(SocketRecord& record, Instant now);
  void tcp_close(SocketRecord& record, Instant now);
  Status<SockError> tcp_connect(SocketRecord& record, const wire::Endpoint& remote,
                                tcp::Rings rings, Opening how, Instant now);
  Status<SockError> tcp_disconnect(SocketRecord& record, Instant now);
  void drop_connection(SocketRecord& record);
  [[nodiscard]] std::uint16_t interface_mss(const net::Path& path, wire::Family family) const;
  [[nodiscard]] tcp::PathMss path_mss(const net::Path& path, const wire::IpAddress& remote,
                                      Instant now) const;

  // --- stack_listen.cpp --------------------------------------------------------------------------
  [[nodiscard]] SocketRecord* find_listener(const wire::Flow& flow);
  void acceptor_close(SocketRecord& record, Instant now);

  // --- stack_peers.cpp ---------------------------------------------------------------------------
  [[nodiscard]] bool claim(const wire::Flow& flow, const net::Path& path) const;
  void drop_flow(const wire::Flow& flow);

  // --- stack_errors.cpp --------------------------------------------------------------------------
  /// An ICMP error about a packet of a socket's.
  struct FlowError {
    const net::TransportError& cause;
    wire::Flow flow{};       ///< of the packet at fault
    std::size_t header = 0;  ///< octets of its transport that are no data
  };
  void tcp_error(const net::TransportError& error, Instant now);
  void transport_error(const net::TransportError& error, Instant now);
  void udp_error(const net::TransportError& error, Instant now);
  void datagram_error(std::optional<SocketId> id, const FlowError& error, Instant now);
  void tell_stream(SocketRecord& record, const FlowError& error);
  void queue_error(SocketRecord& record, const FlowError& error);
  void push_error(SocketRecord& record, const QueuedError& entry);

  // --- stack_udp.cpp: datagrams, of UDP and ping sockets -----------------------------------------
  void udp_input(const net::Datagram& datagram, Instant now);
  /// False: nobody is there for it.
  bool udp_take(const net::Datagram& datagram, const udp::Incoming& incoming);
  void udp_deliver(SocketId id, const udp::Incoming& incoming);
  [[nodiscard]] bool hears_group(const SocketRecord& record, const udp::Incoming& incoming) const;
  /// To every member of a group; how many there are.
  std::size_t udp_deliver_all(const udp::Incoming& incoming);
  /// Sends the next datagram of a socket. False: the interface takes no more now.
  bool udp_output(SocketRecord& record, Instant now);
  /// Where a datagram goes; binds a socket that is not bound.
  Result<Target, SockError> datagram_target(SocketRecord& record, const udp::Outgoing& outgoing);
  /// What is summed is what is sent, whatever the application does to its ring meanwhile.
  MutableBytes private_copy(const udp::Outgoing& outgoing);
  /// Errors: whatever became of the one datagram; no_buffers: try again.
  Status<SockError> udp_send(SocketRecord& record, const udp::Outgoing& outgoing, Instant now);
  /// The way to a destination; an unbound socket is bound.
  Result<net::Path, SockError> udp_path(SocketRecord& record, const wire::Endpoint& remote,
                                        const Choice& choice = {});
  /// Octets of the largest packet that goes there whole.
  [[nodiscard]] std::uint16_t packet_limit(const Target& target, Instant now) const;
  Status<SockError> udp_send_one(SocketRecord& record, const Target& target, ByteView payload,
                                 Instant now);
  [[nodiscard]] bool may_be_cut_later(const Target& target, std::size_t segment, Instant now) const;
  /// Several in one frame, which the device cuts.
  Status<SockError> udp_send_together(const SocketRecord& record, const Target& target,
                                      const udp::Outgoing& outgoing, Instant now);
  Status<SockError> udp_connect(SocketRecord& record, const wire::Endpoint& remote);
  void udp_rebind(SocketRecord& record, const wire::Endpoint& local);
  [[nodiscard]] udp::Table& table_of(const SocketRecord& record);

  // --- stack_dhcp.cpp ----------------------------------------------------------------------------
  /// False: it is no message for the DHCP client.
  bool dhcp_input(const net::Datagram& datagram, const wire::Udp& header, Instant now);
  void dhcp_settle(Instant now);
  /// Somebody else uses the leased address.
  [[nodiscard]] bool dhcp_conflict() const;
  void dhcp_send(const dhcp::Outgoing& outgoing, Instant now);
  void add_routes(const dhcp::Lease& lease);
  void withdraw_routes(const dhcp::Lease& lease);

  // --- stack_ping.cpp ----------------------------------------------------------------------------
  static constexpr std::uint16_t kPingPort = 1;  ///< of every peer, where a port is asked for
  void ping_input(const net::Datagram& datagram, Instant now);
  void ping_error(const net::TransportError& error, Instant now);
  Status<SockError> ping_send(SocketRecord& record, const udp::Outgoing& outgoing, Instant now);

  // --- stack_options.cpp -------------------------------------------------------------------------
  Status<SockError> set_multicast_interface(SocketRecord& record, Option option,
                                            std::uint32_t index);

  // --- stack_tcp_options.cpp ---------------------------------------------------------------------
  Status<SockError> set_tcp_option(SocketRecord& record, Option option, std::int64_t value,
                                   Instant now);
  [[nodiscard]] Result<std::int64_t, SockError> get_tcp_option(const SocketRecord& record,
                                                               Option option) const;
};

}  // namespace zsock
