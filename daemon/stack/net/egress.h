#pragma once
/// \file
/// The way out: link header and IP header, fragmentation, waiting for neighbours, output queues.

#include <span>

#include "daemon/stack/net/core.h"
#include "daemon/stack/wire/arp.h"

namespace zsock::net {

class Egress {
 public:
  explicit Egress(Core& core) : core_(core) {}

  [[nodiscard]] bool ready(const Path& path, Instant now);
  /// As Ip::begin_frame.
  std::size_t begin_frame(TxFrame& frame, const Outbound& packet, std::size_t transport_size,
                          Instant now);
  /// Errors: message_too_long, no_buffers.
  Status<SockError> send(const Outbound& packet, Instant now);
  /// Sends to a neighbour without asking for its link address, past the limit of the queue: for
  /// messages that the table of neighbours itself depends on.
  void send_control(const Outbound& packet, const wire::MacAddr& to);
  /// The same of an IPv4 packet that is complete.
  void send_packet(InterfaceId out, ByteView bytes, const wire::MacAddr& to);
  void send_arp(InterfaceId out, const wire::Arp& message, const wire::MacAddr& to);
  /// Queues packets whose neighbour has become known.
  void release(const ScopedAddress& next_hop, PacketList packets, Instant now);

  bool poll_transmit(InterfaceId out, TxFrame& frame);
  [[nodiscard]] bool empty(InterfaceId out) const;
  [[nodiscard]] bool full(InterfaceId out) const;

 private:
  /// Where one IP packet lies in its datagram.
  struct Slice {
    std::size_t offset = 0;
    std::size_t size = 0;
    bool more = false;
    std::uint32_t identification = 0;
    bool is_fragment = false;
  };
  PacketPtr build(const Outbound& packet, const Slice& slice);
  void emit_v4(MutableBytes out, const Outbound& packet, const Slice& slice) const;
  void emit_v6(MutableBytes out, const Outbound& packet, const Slice& slice) const;
  void send_fragments(const Outbound& packet, std::size_t size, std::uint16_t mtu, Instant now);
  static void wish_to_be_cut(TxFrame& frame, wire::EtherType type);
  void dispatch(const Path& path, PacketPtr packet, Instant now);
  void push(InterfaceId out, PacketPtr packet);
  [[nodiscard]] std::optional<wire::MacAddr> link_destination(const Path& path, Instant now);
  [[nodiscard]] std::uint8_t hop_limit(const Path& path, const SendOptions& options) const;

  Core& core_;
  PacketPtr in_hand_{};  ///< lent out by poll_transmit until its next call
};

}  // namespace zsock::net
