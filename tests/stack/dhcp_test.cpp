// A stack without an address, and a DHCP server on its link (RFC 2131).
#include <gtest/gtest.h>

#include "daemon/stack/stack.h"
#include "daemon/stack/wire/arp.h"
#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/protocol.h"
#include "daemon/stack/wire/udp.h"
#include "tests/stack/dhcp/server.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;
using dhcp::MessageType;

constexpr wire::MacAddr kMac{{2, 0, 0, 0, 0, 1}};
constexpr wire::MacAddr kEverybody{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

wire::IpAddress ip(const char* text) {
  return *wire::IpAddress::parse(text);
}

/// A message of the client and how it came.
struct Heard {
  wire::Ipv4 packet{};
  Octets payload{};
  [[nodiscard]] std::uint32_t transaction() const { return load_be32(payload, 4); }
  [[nodiscard]] unsigned type() const { return load_u8(payload, 242); }
};

StackConfig without_probes() {
  StackConfig config;
  config.net.acd_probes = 0;
  return config;
}

class DhcpStack : public testing::Test {
 protected:
  explicit DhcpStack(const StackConfig& config = without_probes()) : stack_(config, rng_) {
    interface_ = stack_.add_interface({.mac = kMac}, now_);
    stack_.start_dhcp(interface_, now_);
  }

  void pass(Duration duration) {
    const Instant end = now_ + duration;
    while (const auto due = stack_.next_deadline()) {
      if (*due > end) break;
      now_ = std::max(now_, *due);
      stack_.on_deadline(now_);
      stack_.check_invariants();
      pull();
    }
    now_ = end;
    pull();
  }
  void pull() {
    TxFrame frame;
    while (stack_.poll_transmit(interface_, frame, now_)) {
      Octets bytes(frame.header_bytes().begin(), frame.header_bytes().end());
      for (std::size_t i = 0; i < frame.payload_parts; ++i) {
        bytes.insert(bytes.end(), frame.payload[i].begin(), frame.payload[i].end());
      }
      listen(bytes);
    }
  }
  void listen(const Octets& frame) {
    const auto ethernet = wire::Ethernet::parse(frame);
    if (ethernet->ether_type == static_cast<std::uint16_t>(wire::EtherType::arp)) {
      arps_.push_back(*wire::Arp::parse(ethernet->payload));
    }
    if (ethernet->ether_type != static_cast<std::uint16_t>(wire::EtherType::ipv4)) return;
    const auto packet = wire::Ipv4::parse(ethernet->payload);
    const auto udp = packet ? wire::Udp::parse(packet->payload)
                            : Result<wire::Udp, wire::ParseError>{Err{wire::ParseError::too_short}};
    if (!udp || udp->destination_port != dhcp::kServerPort) return;
    EXPECT_EQ(udp->source_port, dhcp::kClientPort);
    EXPECT_TRUE(wire::Udp::verify(packet->payload, packet->source, packet->destination));
    heard_.push_back({.packet = *packet, .payload = {udp->payload.begin(), udp->payload.end()}});
  }

  void say(MessageType type, std::uint32_t lease, const char* address = "192.0.2.10") {
    DhcpReply reply(type, heard_.back().transaction(), kMac, address);
    const Octets& message = reply.usual(lease).add(6, octets({192, 0, 2, name_server_})).bytes();
    const wire::IpAddress source = ip("192.0.2.254");
    const wire::IpAddress all = ip("255.255.255.255");
    Octets frame(14 + 20 + 8);
    wire::Ethernet{.destination = kEverybody,
                   .source = {{2, 0, 0, 0, 0, 2}},
                   .ether_type = static_cast<std::uint16_t>(wire::EtherType::ipv4)}
        .emit(frame);
    wire::Ipv4{.protocol = wire::ip_protocol::kUdp, .source = source, .destination = all}.emit(
        MutableBytes(frame).subspan(14), 8 + message.size());
    wire::Udp{
        .source_port = dhcp::kServerPort, .destination_port = dhcp::kClientPort, .payload = message}
        .emit(MutableBytes(frame).subspan(34), source, all);
    frame.insert(frame.end(), message.begin(), message.end());
    stack_.receive(interface_, {.bytes = frame}, now_);
    stack_.check_invariants();
    pull();
  }
  void bind(std::uint32_t lease, const char* address = "192.0.2.10") {
    pass(2s);
    ASSERT_FALSE(heard_.empty());
    say(MessageType::offer, lease, address);
    say(MessageType::ack, lease, address);
  }
  std::vector<std::string> addresses() {
    std::vector<std::string> texts;
    for (const auto& row : stack_.addresses()) {
      if (row.interface == interface_ && row.address.address.is_v4()) {
        texts.push_back(row.address.to_string());
      }
    }
    return texts;
  }
  /// Where a datagram to a stranger would come from.
  Result<std::string, SockError> source() {
    const SocketId id = *stack_.open(SocketKind::udp, wire::Family::ipv4, 0, 0);
    const auto connected = stack_.connect(id, {ip("203.0.113.1"), 9, 0}, {}, now_);
    if (!connected) return Err{connected.error()};
    return stack_.local_name(id)->address.to_string();
  }

  SeededRng rng_{1};
  Stack stack_;
  InterfaceId interface_{};
  Instant now_{1h};
  std::vector<Heard> heard_{};
  std::vector<wire::Arp> arps_{};
  unsigned name_server_ = 53;
};

// req: DH4-1
TEST_F(DhcpStack, GetsAddressAndRoute) {
  EXPECT_EQ(source().error(), SockError::network_unreachable);
  pass(2s);
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_EQ(heard_[0].type(), 1U);
  EXPECT_EQ(heard_[0].packet.source, ip("0.0.0.0"));
  EXPECT_EQ(heard_[0].packet.destination, ip("255.255.255.255"));
  say(MessageType::offer, 8000);
  ASSERT_EQ(heard_.size(), 2U);
  EXPECT_EQ(heard_[1].type(), 3U);
  EXPECT_EQ(heard_[1].packet.source, ip("0.0.0.0"));
  EXPECT_TRUE(addresses().empty());
  say(MessageType::ack, 8000);
  EXPECT_EQ(addresses(), std::vector<std::string>{"192.0.2.10/24"});
  EXPECT_EQ(*source(), "192.0.2.10");
  EXPECT_EQ(stack_.name_servers(), std::vector{ip("192.0.2.53")});
}

// req: DH4-1
TEST_F(DhcpStack, GivesThemUpWhenTheLeaseEnds) {
  bind(8000);
  pass(7999s);
  EXPECT_EQ(addresses().size(), 1U);
  pass(2s);
  EXPECT_TRUE(addresses().empty());
  EXPECT_TRUE(stack_.name_servers().empty());
  EXPECT_EQ(source().error(), SockError::network_unreachable);
  bind(8000, "192.0.2.20");
  EXPECT_EQ(addresses(), std::vector<std::string>{"192.0.2.20/24"});
  EXPECT_EQ(*source(), "192.0.2.20");
}

// req: DH4-1
TEST_F(DhcpStack, KeepsThemWhileItIsRenewed) {
  bind(8000);
  for (int i = 0; i < 10; ++i) {
    pass(7100s);  // rebinding: by broadcast, from the address
    EXPECT_EQ(heard_.back().packet.source, ip("192.0.2.10"));
    EXPECT_EQ(heard_.back().packet.destination, ip("255.255.255.255"));
    say(MessageType::ack, 8000);
  }
  EXPECT_EQ(addresses().size(), 1U);
}

// req: DH4-1
TEST_F(DhcpStack, ChangesThemAtOnceWhenTheServerDoes) {
  bind(8000);
  pass(7100s);
  say(MessageType::nak, 0, "0.0.0.0");
  EXPECT_TRUE(addresses().empty());
  EXPECT_EQ(heard_.back().type(), 1U);
}

/// As configured by default: who has the address is asked first.
class DhcpProbes : public DhcpStack {
 protected:
  DhcpProbes() : DhcpStack(StackConfig{}) {}
  void hear_arp(const wire::Arp& message) {
    Octets frame(14 + wire::Arp::kSize);
    wire::Ethernet{.destination = kEverybody,
                   .source = message.sender_mac,
                   .ether_type = static_cast<std::uint16_t>(wire::EtherType::arp)}
        .emit(frame);
    message.emit(MutableBytes(frame).subspan(14));
    stack_.receive(interface_, {.bytes = frame}, now_);
    stack_.check_invariants();
  }
  static constexpr wire::MacAddr kOther{{2, 0, 0, 0, 0, 9}};
};

// RFC 5227 2.1.1, 2.3
// req: ARP-6
TEST_F(DhcpProbes, NobodyElseMayHaveTheAddress) {
  bind(8000);
  EXPECT_FALSE(source());
  pass(9s);
  ASSERT_EQ(arps_.size(), 5U) << "three probes, two announcements";
  for (std::size_t i = 0; i < arps_.size(); ++i) {
    EXPECT_EQ(arps_[i].operation, wire::Arp::Operation::request);
    EXPECT_EQ(arps_[i].target_ip, ip("192.0.2.10"));
    EXPECT_EQ(arps_[i].sender_ip, i < 3 ? ip("0.0.0.0") : ip("192.0.2.10"));
  }
  EXPECT_EQ(*source(), "192.0.2.10");
  pass(100s);
  EXPECT_EQ(arps_.size(), 5U);
}

// RFC 2131 3.1 5, RFC 5227 2.1.1: by an answer, by any use of it, or by a probe of somebody else's.
// req: ARP-6, DH4-3
TEST_F(DhcpProbes, AnAddressInUseIsDeclined) {
  using Operation = wire::Arp::Operation;
  const std::array signs{
      wire::Arp{Operation::reply, kOther, ip("192.0.2.10"), kMac, ip("0.0.0.0")},
      wire::Arp{Operation::request, kOther, ip("192.0.2.10"), {}, ip("192.0.2.10")},
      wire::Arp{Operation::request, kOther, ip("0.0.0.0"), {}, ip("192.0.2.10")}};
  for (const wire::Arp& sign : signs) {
    bind(8000);
    pass(1s);
    hear_arp(sign);
    pass(0s);
    EXPECT_TRUE(addresses().empty());
    EXPECT_EQ(heard_.back().type(), 4U);
    EXPECT_EQ(heard_.back().packet.source, ip("0.0.0.0"));
    EXPECT_EQ(heard_.back().packet.destination, ip("255.255.255.255"));
    const std::size_t before = heard_.size();
    pass(9s);
    EXPECT_EQ(heard_.size(), before) << "not at once again";
    pass(1s);
    EXPECT_EQ(heard_.back().type(), 1U);
  }
}

// RFC 5227 2.4 (c)
// req: ARP-6
TEST_F(DhcpProbes, AnAddressInUseHereIsDefendedNowAndThen) {
  bind(8000);
  pass(20s);
  arps_.clear();
  const wire::Arp claim{
      wire::Arp::Operation::request, kOther, ip("192.0.2.10"), {}, ip("192.0.2.1")};
  for (int i = 0; i < 5; ++i) hear_arp(claim);
  pull();
  ASSERT_EQ(arps_.size(), 1U);
  EXPECT_EQ(arps_[0].sender_ip, ip("192.0.2.10"));
  EXPECT_EQ(arps_[0].sender_mac, kMac);
  EXPECT_EQ(arps_[0].target_ip, ip("192.0.2.10"));
  pass(10s);
  hear_arp(claim);
  pull();
  EXPECT_EQ(arps_.size(), 2U);
  EXPECT_EQ(*source(), "192.0.2.10");
}

// Connections outlive a renewal that changes something else.
TEST_F(DhcpProbes, TheSameAddressIsNotProbedForAgain) {
  bind(8000);
  pass(20s);
  arps_.clear();
  pass(7000s);  // rebinding
  name_server_ = 54;
  say(MessageType::ack, 8000);
  EXPECT_EQ(stack_.name_servers(), std::vector{ip("192.0.2.54")});
  EXPECT_EQ(*source(), "192.0.2.10");
  pass(20s);
  for (const wire::Arp& arp : arps_) EXPECT_NE(arp.target_ip, ip("192.0.2.10"));
}

// An operator's own address and route stay.
TEST_F(DhcpStack, LeavesOthersAlone) {
  ASSERT_TRUE(stack_.add_address(interface_, *wire::Cidr::parse("192.0.2.1/24"), now_));
  bind(600);
  EXPECT_EQ(addresses().size(), 2U);
  pass(700s);
  EXPECT_EQ(addresses(), std::vector<std::string>{"192.0.2.1/24"});
  const SocketId id = *stack_.open(SocketKind::udp, wire::Family::ipv4, 0, 0);
  EXPECT_TRUE(stack_.connect(id, {ip("192.0.2.7"), 9, 0}, {}, now_));
}

}  // namespace
}  // namespace zsock::test
