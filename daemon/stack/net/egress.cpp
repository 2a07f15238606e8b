#include "daemon/stack/net/egress.h"

#include <algorithm>
#include <utility>

#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"
#include "daemon/stack/wire/udp.h"

namespace zsock::net {
namespace {

constexpr std::size_t kMaxDatagram = 65535;
/// Control messages may fill a queue this far beyond its limit.
constexpr std::size_t kControlReserve = 64;

std::size_t ip_header_size(wire::Family family) {
  return family == wire::Family::ipv4 ? wire::Ipv4::kMinHeaderSize : wire::Ipv6::kHeaderSize;
}

wire::EtherType ether_type(wire::Family family) {
  return family == wire::Family::ipv4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
}

std::size_t total_size(std::span<const ByteView> parts) {
  std::size_t size = 0;
  for (const ByteView part : parts) size += part.size();
  return size;
}

/// Copies out.size() octets from `offset` on of the parts taken as one.
void gather(MutableBytes out, std::span<const ByteView> parts, std::size_t offset) {
  for (const ByteView part : parts) {
    if (offset >= part.size()) {
      offset -= part.size();
      continue;
    }
    const std::size_t size = std::min(out.size(), part.size() - offset);
    copy_bytes(out, part.subspan(offset, size));
    out = out.subspan(size);
    offset = 0;
    if (out.empty()) return;
  }
}

void emit_link_header(MutableBytes out, const wire::MacAddr& to, const wire::MacAddr& from,
                      wire::EtherType type) {
  wire::Ethernet{.destination = to, .source = from, .ether_type = static_cast<std::uint16_t>(type)}
      .emit(out);
}

}  // namespace

std::optional<wire::MacAddr> Egress::link_destination(const Path& path, Instant now) {
  if (path.is_broadcast) return wire::MacAddr::broadcast();
  if (path.is_multicast) return wire::multicast_mac(path.next_hop);
  const wire::MacAddr* mac = core_.neighbors.use({path.interface, path.next_hop}, path.source, now);
  if (mac == nullptr) return std::nullopt;
  return *mac;
}

std::uint8_t Egress::hop_limit(const Path& path, const SendOptions& options) const {
  if (options.hop_limit != 0) return options.hop_limit;
  if (path.is_multicast) return 1;  // RFC 1112 6.1
  const std::uint8_t advertised = path.source.is_v6() ? core_.at(path.interface).hop_limit : 0;
  return advertised != 0 ? advertised : core_.config.default_ttl;
}

bool Egress::ready(const Path& path, Instant now) {
  if (path.interface == kLoopbackInterface || path.is_broadcast || path.is_multicast) return true;
  const ScopedAddress next_hop{path.interface, path.next_hop};
  if (core_.neighbors.use(next_hop, path.source, now) != nullptr) return true;
  core_.neighbors.resolve(next_hop, path.source, now);
  return false;
}

std::size_t Egress::begin_frame(TxFrame& frame, const Outbound& packet, std::size_t transport_size,
                                Instant now) {
  const bool on_wire = packet.path.interface != kLoopbackInterface;
  const wire::Family family = packet.destination.family();
  const std::size_t link_size = on_wire ? wire::Ethernet::kHeaderSize : 0;
  const MutableBytes header(frame.header);
  if (on_wire) {
    const std::optional<wire::MacAddr> to = link_destination(packet.path, now);
    ZSOCK_CHECK(to.has_value());
    emit_link_header(header, *to, core_.at(packet.path.interface).config.mac, ether_type(family));
  }
  const MutableBytes ip = header.subspan(link_size);
  const Slice whole{.size = transport_size};
  if (family == wire::Family::ipv4) {
    emit_v4(ip, packet, whole);
  } else {
    emit_v6(ip, packet, whole);
  }
  const std::size_t start = link_size + ip_header_size(family);
  if (on_wire) {
    ++core_.counters.frames_out;
    core_.counters.octets_out += start + transport_size;
  }
  return start;
}

void Egress::emit_v4(MutableBytes out, const Outbound& packet, const Slice& slice) const {
  wire::Ipv4{.tos = packet.options.traffic_class,
             .identification = static_cast<std::uint16_t>(slice.identification),
             .dont_fragment =
                 packet.fragmentation != Outbound::Fragmentation::allowed && !slice.is_fragment,
             .more_fragments = slice.more,
             .fragment_offset = static_cast<std::uint16_t>(slice.offset),
             .ttl = hop_limit(packet.path, packet.options),
             .protocol = packet.protocol,
             .source = packet.path.source,
             .destination = packet.destination}
      .emit(out, slice.size);
}

void Egress::emit_v6(MutableBytes out, const Outbound& packet, const Slice& slice) const {
  constexpr std::uint32_t kFlowLabelMask = 0xfffff;
  const std::size_t extension = slice.is_fragment ? wire::Ipv6Fragment::kHeaderSize : 0;
  wire::Ipv6{.traffic_class = packet.options.traffic_class,
             .flow_label = packet.options.flow_label & kFlowLabelMask,
             .next_header = slice.is_fragment ? wire::ip_protocol::kFragment : packet.protocol,
             .hop_limit = hop_limit(packet.path, packet.options),
             .source = packet.path.source,
             .destination = packet.destination}
      .emit(out, extension + slice.size);
  if (!slice.is_fragment) return;
  wire::Ipv6Fragment{.next_header = packet.protocol,
                     .offset = static_cast<std::uint16_t>(slice.offset),
                     .more_fragments = slice.more,
                     .identification = slice.identification}
      .emit(out.subspan(wire::Ipv6::kHeaderSize));
}

PacketPtr Egress::build(const Outbound& packet, const Slice& slice) {
  const wire::Family family = packet.destination.family();
  std::size_t header = ip_header_size(family);
  if (family == wire::Family::ipv6 && slice.is_fragment) header += wire::Ipv6Fragment::kHeaderSize;
  PacketPtr built = core_.pool.take(header + slice.size);
  const MutableBytes out(built->bytes);
  if (family == wire::Family::ipv4) {
    emit_v4(out, packet, slice);
  } else {
    emit_v6(out, packet, slice);
  }
  gather(out.subspan(header), packet.parts, slice.offset);
  built->type = ether_type(family);
  built->segment_size = packet.segment_size;
  return built;
}

Status<SockError> Egress::send(const Outbound& packet, Instant now) {
  const wire::Family family = packet.destination.family();
  const std::size_t size = total_size(packet.parts);
  const std::size_t header = ip_header_size(family);
  const std::size_t largest = family == wire::Family::ipv4 ? kMaxDatagram - header : kMaxDatagram;
  if (size > largest) return Err{SockError::message_too_long};
  if (full(packet.path.interface)) return Err{SockError::no_buffers};
  const std::uint16_t mtu = packet.ignores_path_mtu
                                ? packet.path.mtu
                                : core_.path_mtus.get(packet.destination, packet.path.mtu, now);
  const std::size_t largest_piece =
      packet.segment_size == 0 ? size : wire::Udp::kHeaderSize + packet.segment_size;
  if (header + largest_piece > mtu) {
    if (packet.fragmentation == Outbound::Fragmentation::forbidden) {
      return Err{SockError::message_too_long};
    }
    send_fragments(packet, size, mtu, now);
    return {};
  }
  Slice whole{.size = size};
  if (family == wire::Family::ipv4 &&
      packet.fragmentation == Outbound::Fragmentation::allowed) {  // RFC 6864 4.1
    whole.identification =
        core_.packet_ids.next_v4(packet.path.source, packet.destination, packet.protocol);
  }
  dispatch(packet.path, build(packet, whole), now);
  return {};
}

/// RFC 791 3.2, RFC 8200 4.5: every fragment but the last carries a multiple of 8 octets.
void Egress::send_fragments(const Outbound& packet, std::size_t size, std::uint16_t mtu,
                            Instant now) {
  const wire::Family family = packet.destination.family();
  Slice slice{.is_fragment = true};
  std::size_t header = ip_header_size(family);
  if (family == wire::Family::ipv4) {
    slice.identification =
        core_.packet_ids.next_v4(packet.path.source, packet.destination, packet.protocol);
  } else {
    header += wire::Ipv6Fragment::kHeaderSize;
    slice.identification = core_.packet_ids.next_v6(packet.path.source, packet.destination);
  }
  const std::size_t room = (mtu - header) & ~std::size_t{7};
  for (; slice.offset < size; slice.offset += slice.size) {
    slice.size = std::min(room, size - slice.offset);
    slice.more = slice.offset + slice.size < size;
    dispatch(packet.path, build(packet, slice), now);
  }
}

void Egress::dispatch(const Path& path, PacketPtr packet, Instant now) {
  if (path.interface == kLoopbackInterface) return push(path.interface, std::move(packet));
  const std::optional<wire::MacAddr> to = link_destination(path, now);
  if (!to) {
    return core_.neighbors.wait({path.interface, path.next_hop}, path.source, std::move(packet),
                                now);
  }
  packet->to = *to;
  push(path.interface, std::move(packet));
}

void Egress::push(InterfaceId out, PacketPtr packet) {
  core_.at(out).queue.push(std::move(packet));
}

void Egress::send_control(const Outbound& packet, const wire::MacAddr& to) {
  PacketPtr built = build(packet, Slice{.size = total_size(packet.parts)});
  if (core_.at(packet.path.interface).queue.size() >=
      core_.config.output_queue_packets + kControlReserve) {
    ++core_.counters.drop_output_queue_full;
    return core_.pool.give(std::move(built));
  }
  built->to = to;
  push(packet.path.interface, std::move(built));
}

void Egress::send_packet(InterfaceId out, ByteView bytes, const wire::MacAddr& to) {
  if (core_.at(out).queue.size() >= core_.config.output_queue_packets + kControlReserve) {
    ++core_.counters.drop_output_queue_full;
    return;
  }
  PacketPtr packet = core_.pool.take(bytes.size());
  copy_bytes(packet->bytes, bytes);
  packet->type = wire::EtherType::ipv4;
  packet->to = to;
  push(out, std::move(packet));
}

void Egress::send_arp(InterfaceId out, const wire::Arp& message, const wire::MacAddr& to) {
  if (core_.at(out).queue.size() >= core_.config.output_queue_packets + kControlReserve) {
    ++core_.counters.drop_output_queue_full;
    return;
  }
  PacketPtr packet = core_.pool.take(wire::Arp::kSize);
  message.emit(packet->bytes);
  packet->type = wire::EtherType::arp;
  packet->to = to;
  push(out, std::move(packet));
}

void Egress::release(const ScopedAddress& next_hop, PacketList packets, Instant now) {
  while (!packets.empty()) {
    PacketPtr packet = packets.pop();
    const wire::MacAddr* to = core_.neighbors.use(next_hop, {}, now);
    if (to == nullptr || full(next_hop.interface)) {
      ++core_.counters.drop_output_queue_full;
      core_.pool.give(std::move(packet));
      continue;
    }
    packet->to = *to;
    push(next_hop.interface, std::move(packet));
  }
}

bool Egress::poll_transmit(InterfaceId out, TxFrame& frame) {
  if (!core_.exists(out)) return false;
  Interface& interface = core_.at(out);
  if (in_hand_ != nullptr) core_.pool.give(std::move(in_hand_));
  in_hand_ = interface.queue.pop();
  if (in_hand_ == nullptr) return false;
  const bool on_wire = out != kLoopbackInterface;
  frame.header_size = 0;
  if (on_wire) {
    emit_link_header(frame.header, in_hand_->to, interface.config.mac, in_hand_->type);
    frame.header_size = wire::Ethernet::kHeaderSize;
    ++core_.counters.frames_out;
    core_.counters.octets_out += wire::Ethernet::kHeaderSize + in_hand_->bytes.size();
  }
  frame.payload[0] = in_hand_->bytes;
  frame.payload_parts = 1;
  frame.needs_checksum = false;
  frame.segmentation = Segmentation::none;
  frame.segment_size = in_hand_->segment_size;
  if (frame.segment_size != 0) wish_to_be_cut(frame, in_hand_->type);
  return true;
}

/// All headers come before the payload, and what the device is to do beside them.
void Egress::wish_to_be_cut(TxFrame& frame, wire::EtherType type) {
  const bool v4 = type == wire::EtherType::ipv4;
  const std::size_t start =
      frame.header_size + ip_header_size(v4 ? wire::Family::ipv4 : wire::Family::ipv6);
  const std::size_t headers = start + wire::Udp::kHeaderSize - frame.header_size;
  copy_bytes(MutableBytes(frame.header).subspan(frame.header_size),
             frame.payload[0].first(headers));
  frame.payload[0] = frame.payload[0].subspan(headers);
  frame.header_size += headers;
  frame.needs_checksum = true;
  frame.checksum_start = static_cast<std::uint16_t>(start);
  frame.checksum_offset = wire::Udp::kChecksumOffset;
  frame.segmentation = v4 ? Segmentation::udp4 : Segmentation::udp6;
}

bool Egress::empty(InterfaceId out) const {
  return !core_.exists(out) || core_.at(out).queue.empty();
}

bool Egress::full(InterfaceId out) const {
  return core_.exists(out) && core_.at(out).queue.size() >= core_.config.output_queue_packets;
}

}  // namespace zsock::net
