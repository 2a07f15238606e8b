#pragma once
/// \file
/// A network layer on a bench: one Ethernet interface, frames by hand, virtual time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "daemon/stack/net/ip.h"
#include "daemon/stack/wire/arp.h"
#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/icmpv6.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"
#include "daemon/stack/wire/ndp.h"
#include "daemon/stack/wire/protocol.h"
#include "daemon/stack/wire/udp.h"

namespace zsock::net {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

using Bytes = std::vector<std::byte>;

inline wire::IpAddress ip(std::string_view text) {
  return *wire::IpAddress::parse(text);
}
inline wire::Cidr cidr(std::string_view text) {
  return *wire::Cidr::parse(text);
}
inline wire::MacAddr mac(std::string_view text) {
  return *wire::MacAddr::parse(text);
}

/// `size` octets that differ from each other.
inline Bytes pattern(std::size_t size, unsigned seed = 1) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((i * 7 + seed) & 0xffU);
  return bytes;
}

inline Bytes join(std::initializer_list<ByteView> parts) {
  Bytes all;
  for (const ByteView part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// A frame that came out, taken apart.
struct Sent {
  Bytes bytes{};
  wire::Ethernet ethernet{};  ///< its views look into `bytes`
  Sent() = default;
  explicit Sent(Bytes frame) : bytes(std::move(frame)) { ethernet = *wire::Ethernet::parse(bytes); }
  Sent(Sent&& other) noexcept : Sent(std::move(other.bytes)) {}
  Sent& operator=(Sent&& other) noexcept {
    bytes = std::move(other.bytes);
    ethernet = *wire::Ethernet::parse(bytes);
    return *this;
  }
  Sent(const Sent&) = delete;
  Sent& operator=(const Sent&) = delete;
  ~Sent() = default;

  [[nodiscard]] bool is(wire::EtherType type) const {
    return ethernet.ether_type == static_cast<std::uint16_t>(type);
  }
  [[nodiscard]] wire::Arp arp() const { return *wire::Arp::parse(ethernet.payload); }
  [[nodiscard]] wire::Ipv4 v4() const { return *wire::Ipv4::parse(ethernet.payload); }
  [[nodiscard]] wire::Icmpv4 icmp4() const { return *wire::Icmpv4::parse(v4().payload); }
  [[nodiscard]] wire::Ipv6 v6() const { return *wire::Ipv6::parse(ethernet.payload); }
  [[nodiscard]] wire::Icmpv6 icmp6() const {
    const wire::Ipv6 packet = v6();
    const wire::Ipv6Chain chain = wire::walk_ipv6_chain(packet, {});
    return *wire::Icmpv6::parse(chain.payload, packet.source, packet.destination);
  }
};

class IpBench {
 public:
  const wire::MacAddr our_mac = mac("02:00:00:00:00:01");
  const wire::MacAddr peer_mac = mac("02:00:00:00:00:02");
  const wire::IpAddress our_v4 = ip("192.0.2.1");
  const wire::IpAddress peer_v4 = ip("192.0.2.2");
  const wire::IpAddress our_v6 = ip("2001:db8::1");
  const wire::IpAddress peer_v6 = ip("2001:db8::2");
  const wire::IpAddress our_link_local = wire::link_local_address(our_mac);

  SeededRng rng{42};
  Counters counters{};
  Config config{};
  Instant now{Duration(1000000)};
  std::unique_ptr<Ip> net{};
  InterfaceId eth{};

  /// One interface with both addresses, valid at once, and nothing left to send.
  explicit IpBench(const Config& settings = instant_addresses()) : config(settings) {
    net = std::make_unique<Ip>(config, rng, counters);
    eth = net->add_interface({.mac = our_mac, .mtu = 1500}, now);
    EXPECT_TRUE(net->add_address(eth, cidr("192.0.2.1/24"), now));
    EXPECT_TRUE(net->add_address(eth, cidr("2001:db8::1/64"), now));
    if (config.dad_transmits == 0) {
      advance(2s);  // multicast listener reports
      drain();
    }
  }

  static Config instant_addresses() {
    Config config;
    config.dad_transmits = 0;
    return config;
  }

  /// Time passes; every deadline on the way is met exactly.
  void advance(Duration duration) {
    const Instant end = now + duration;
    while (const auto deadline = net->next_deadline()) {
      if (*deadline > end) break;
      now = std::max(now, *deadline);
      net->on_deadline(now);
    }
    now = end;
    net->check_invariants();
  }

  Input receive(ByteView frame) {
    const Input input = net->receive(eth, {.bytes = frame}, now);
    net->check_invariants();
    return input;
  }

  std::vector<Sent> drain() {
    std::vector<Sent> frames;
    TxFrame frame;
    while (net->poll_transmit(eth, frame, now)) frames.emplace_back(flatten(frame));
    return frames;
  }
  static Bytes flatten(const TxFrame& frame) {
    Bytes bytes = join({frame.header_bytes()});
    for (std::size_t i = 0; i < frame.payload_parts; ++i) {
      bytes.insert(bytes.end(), frame.payload[i].begin(), frame.payload[i].end());
    }
    return bytes;
  }

  [[nodiscard]] Bytes ethernet(wire::EtherType type, ByteView payload,
                               std::optional<wire::MacAddr> to = std::nullopt) const {
    Bytes frame(wire::Ethernet::kHeaderSize);
    wire::Ethernet{.destination = to.value_or(our_mac),
                   .source = peer_mac,
                   .ether_type = static_cast<std::uint16_t>(type)}
        .emit(frame);
    frame.insert(frame.end(), payload.begin(), payload.end());
    return frame;
  }

  static Bytes packet(const wire::Ipv4& header, ByteView payload) {
    Bytes bytes(wire::Ipv4::kMinHeaderSize);
    header.emit(bytes, payload.size());
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  }
  static Bytes packet(const wire::Ipv6& header, ByteView payload) {
    Bytes bytes(wire::Ipv6::kHeaderSize);
    header.emit(bytes, payload.size());
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  }
  [[nodiscard]] wire::Ipv4 v4(std::uint8_t protocol) const {
    return {.protocol = protocol, .source = peer_v4, .destination = our_v4};
  }
  [[nodiscard]] wire::Ipv6 v6(std::uint8_t protocol) const {
    return {.next_header = protocol, .source = peer_v6, .destination = our_v6};
  }
  Input receive_v4(const wire::Ipv4& header, ByteView payload,
                   std::optional<wire::MacAddr> to = std::nullopt) {
    return receive(ethernet(wire::EtherType::ipv4, packet(header, payload), to));
  }
  Input receive_v6(const wire::Ipv6& header, ByteView payload,
                   std::optional<wire::MacAddr> to = std::nullopt) {
    return receive(ethernet(wire::EtherType::ipv6, packet(header, payload), to));
  }

  static Bytes icmp4(std::uint8_t type, std::uint8_t code, std::uint32_t rest, ByteView payload) {
    Bytes bytes(wire::Icmpv4::kHeaderSize);
    wire::Icmpv4{type, code, rest, payload}.emit(bytes);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  }
  static Bytes icmp6(const wire::Icmpv6& message, const wire::IpAddress& source,
                     const wire::IpAddress& destination) {
    Bytes bytes(wire::Icmpv6::kHeaderSize);
    message.emit(bytes, source, destination);
    bytes.insert(bytes.end(), message.payload.begin(), message.payload.end());
    return bytes;
  }

  /// A UDP datagram with a right checksum.
  static Bytes udp(const wire::IpAddress& source, const wire::IpAddress& destination,
                   ByteView payload) {
    Bytes bytes(wire::Udp::kHeaderSize);
    wire::Udp{.source_port = 1000, .destination_port = 2000, .payload = payload}.emit(bytes, source,
                                                                                      destination);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  }

  [[nodiscard]] Bytes arp_frame(const wire::Arp& message,
                                std::optional<wire::MacAddr> to = std::nullopt) const {
    Bytes bytes(wire::Arp::kSize);
    message.emit(bytes);
    return ethernet(wire::EtherType::arp, bytes, to.value_or(wire::MacAddr::broadcast()));
  }

  /// Lets the stack know its peer by both protocols, and forgets what it said.
  void introduce_peer() {
    receive(arp_frame({.operation = wire::Arp::Operation::request,
                       .sender_mac = peer_mac,
                       .sender_ip = peer_v4,
                       .target_ip = our_v4}));
    const wire::NeighborSolicitation question{.target = our_v6, .source_link_address = peer_mac};
    receive_solicitation(question, peer_v6, our_v6, our_mac);
    drain();
  }
  void receive_solicitation(const wire::NeighborSolicitation& question,
                            const wire::IpAddress& source, const wire::IpAddress& destination,
                            const wire::MacAddr& to) {
    Bytes message(wire::NeighborSolicitation::kMaxSize);
    message.resize(question.emit(message, source, destination));
    receive_v6({.next_header = wire::ip_protocol::kIcmpV6,
                .hop_limit = 255,
                .source = source,
                .destination = destination},
               message, to);
  }
  void receive_advertisement(const wire::NeighborAdvertisement& said, const wire::IpAddress& source,
                             const wire::IpAddress& destination) {
    Bytes message(wire::NeighborAdvertisement::kMaxSize);
    message.resize(said.emit(message, source, destination));
    receive_v6({.next_header = wire::ip_protocol::kIcmpV6,
                .hop_limit = 255,
                .source = source,
                .destination = destination},
               message);
  }

  /// Sends a UDP payload from the layer's own address.
  Status<SockError> send(const wire::IpAddress& to, ByteView payload,
                         std::uint8_t protocol = wire::ip_protocol::kUdp) {
    const auto path = net->route(to, wire::IpAddress::any(to.family()), 0);
    if (!path) return Err{path.error()};
    const std::array<ByteView, 1> parts{payload};
    return net->send({.path = *path, .destination = to, .protocol = protocol, .parts = parts}, now);
  }
};

}  // namespace zsock::net
