/// \file
/// Which shard a frame concerns, whatever it holds.

#include "daemon/stack/steering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/support/octets.h"

namespace zsock {
namespace {

using Kind = FrameSubject::Kind;
using test::octets;
using test::Octets;
using wire::IpAddress;

const auto kTo = octets("02005e005301 02005e005302");  // Ethernet addresses
const wire::Flow kFlow4{.local = {IpAddress::v4(192, 0, 2, 1), 80},
                        .remote = {IpAddress::v4(198, 51, 100, 7), 40000}};
const auto kPorts = octets("9c40 0050");      // 40000 to 80
const auto kPortsBack = octets("0050 9c40");  // and back

Octets number(std::size_t value, std::size_t size) {
  Octets bytes(size);
  for (std::size_t i = size; i-- > 0; value >>= 8U) {
    bytes[i] = static_cast<std::byte>(value & 0xffU);
  }
  return bytes;
}

/// An IPv4 packet. Checksums are none of steering's business.
Octets v4(std::uint8_t protocol, const Octets& payload, std::uint16_t fragment = 0,
          const Octets& options = {}, const char* ends = "c6336407 c0000201") {
  const std::size_t header = 20 + options.size();
  return number(0x40 | (header / 4), 1) + octets("00") + number(header + payload.size(), 2) +
         octets("0001") + number(fragment, 2) + octets("40") + number(protocol, 1) +
         octets("0000") + octets(ends) + options + payload;
}

const char* const kEnds6 = "20010db8000000000000000000000007 20010db8000000000000000000000001";

Octets v6(std::uint8_t next, const Octets& payload, const char* ends = kEnds6) {
  return octets("60000000") + number(payload.size(), 2) + number(next, 1) + octets("ff") +
         octets(ends) + payload;
}

Octets frame4(const Octets& packet) {
  return kTo + octets("0800") + packet;
}
Octets frame6(const Octets& packet) {
  return kTo + octets("86dd") + packet;
}

Octets tcp(const Octets& ports = kPorts) {
  return ports + Octets(16);
}

wire::Flow flow6() {
  const auto end = [](std::uint8_t last, std::uint16_t port) {
    std::array<std::uint8_t, 16> address{0x20, 0x01, 0x0d, 0xb8};
    address[15] = last;
    return wire::Endpoint{IpAddress::v6(address), port};
  };
  return {.local = end(1, 80), .remote = end(7, 40000)};
}

TEST(Steering, SegmentsAreTheirConnections) {
  const auto plain = subject_of(frame4(v4(6, tcp())));
  EXPECT_EQ(plain.kind, Kind::connection);
  EXPECT_EQ(plain.flow, kFlow4);
  const auto with_options = subject_of(frame4(v4(6, tcp(), 0, octets("01010101 01010101"))));
  EXPECT_EQ(with_options.kind, Kind::connection);
  EXPECT_EQ(with_options.flow, kFlow4);
  const auto six = subject_of(frame6(v6(6, tcp())));
  EXPECT_EQ(six.kind, Kind::connection);
  EXPECT_EQ(six.flow, flow6());
  EXPECT_EQ(subject_of(frame6(v6(60, octets("06 00 010400000000") + tcp()))).flow, flow6());
}

TEST(Steering, DontFragmentIsNoFragment) {
  EXPECT_EQ(subject_of(frame4(v4(6, tcp(), 0x4000))).kind, Kind::connection);
}

TEST(Steering, FragmentsThatMayBeTcpAreEverybodys) {
  EXPECT_EQ(subject_of(frame4(v4(6, tcp(), 0x2000))).kind, Kind::everybody);
  EXPECT_EQ(subject_of(frame4(v4(6, tcp(), 0x0007))).kind, Kind::everybody);
  EXPECT_EQ(subject_of(frame4(v4(17, tcp(), 0x2000))).kind, Kind::other);
  const auto fragment = [](const char* next) {
    return frame6(v6(44, octets(next) + octets("00 0001 00000009") + tcp()));
  };
  EXPECT_EQ(subject_of(fragment("06")).kind, Kind::everybody);
  EXPECT_EQ(subject_of(fragment("3c")).kind, Kind::everybody);
  EXPECT_EQ(subject_of(fragment("11")).kind, Kind::other);
}

TEST(Steering, AddressResolutionIsEverybodys) {
  EXPECT_EQ(subject_of(kTo + octets("0806") + Octets(28)).kind, Kind::everybody);
  EXPECT_EQ(subject_of(kTo + octets("0806")).kind, Kind::everybody);
  for (const char* type : {"85", "86", "87", "88", "89"}) {
    EXPECT_EQ(subject_of(frame6(v6(58, octets(type) + Octets(23)))).kind, Kind::everybody) << type;
  }
}

TEST(Steering, AllElseIsTheFirstShards) {
  EXPECT_EQ(subject_of(frame4(v4(17, kPorts + Octets(4)))).kind, Kind::other);
  EXPECT_EQ(subject_of(frame4(v4(1, octets("08 00 0000 00010001")))).kind, Kind::other);
  EXPECT_EQ(subject_of(frame4(v4(2, Octets(8)))).kind, Kind::other);
  EXPECT_EQ(subject_of(frame6(v6(58, octets("80 00 0000 00010001")))).kind, Kind::other);
  EXPECT_EQ(subject_of(frame6(v6(58, octets("82 00 0000") + Octets(20)))).kind, Kind::other);
  EXPECT_EQ(subject_of(frame6(v6(59, tcp()))).kind, Kind::other);
  EXPECT_EQ(subject_of(kTo + octets("8100 0001 0800") + v4(6, tcp())).kind, Kind::other);
  EXPECT_EQ(subject_of({}).kind, Kind::other);
}

// What routers say of a segment goes to where it came from.
TEST(Steering, IcmpErrorsGoToTheConnectionTheyQuote) {
  const Octets quoted4 =
      v4(6, kPortsBack + Octets(4), 0, {}, "c0000201 c6336407");  // 8 octets of its TCP
  for (const char* error : {"03 04", "04 00", "05 01", "0b 00", "0c 00"}) {
    const auto subject = subject_of(frame4(
        v4(1, octets(error) + octets("0000 00000578") + quoted4, 0, {}, "cb007101 c0000201")));
    EXPECT_EQ(subject.kind, Kind::connection) << error;
    EXPECT_EQ(subject.flow, kFlow4) << error;
  }
  const Octets quoted6 = v6(6, kPortsBack + Octets(4),
                            "20010db8000000000000000000000001 20010db8000000000000000000000007");
  for (const char* error : {"01 00", "02 00", "03 00", "04 01"}) {
    const auto subject =
        subject_of(frame6(v6(58, octets(error) + octets("0000 00000500") + quoted6)));
    EXPECT_EQ(subject.kind, Kind::connection) << error;
    EXPECT_EQ(subject.flow, flow6()) << error;
  }
  const Octets udp = v4(17, kPortsBack + Octets(4), 0, {}, "c0000201 c6336407");
  EXPECT_EQ(subject_of(frame4(v4(1, octets("03 03 0000 00000000") + udp))).kind, Kind::other);
}

TEST(Steering, BothDirectionsHashAlike) {
  for (const wire::Flow& flow : {kFlow4, flow6()}) {
    EXPECT_EQ(hash_of(flow), hash_of({.local = flow.remote, .remote = flow.local}));
    wire::Flow scoped = flow;
    scoped.local.scope = scoped.remote.scope = 3;
    EXPECT_EQ(hash_of(flow), hash_of(scoped));
    const SipKey key{};
    EXPECT_EQ(fingerprint_of(flow, key), fingerprint_of(scoped, key));
    EXPECT_NE(fingerprint_of(flow, key),
              fingerprint_of({.local = flow.remote, .remote = flow.local}, key));
  }
}

TEST(Steering, PortsOfOnePeerSpreadEvenly) {
  for (const unsigned shards : {2U, 3U, 8U}) {
    std::vector<int> flows(shards);
    wire::Flow flow = kFlow4;
    for (unsigned i = 0; i < 8000; ++i) {
      flow.remote.port = static_cast<std::uint16_t>(32768 + i);
      ++flows[hash_of(flow) % shards];
    }
    const auto [least, most] = std::ranges::minmax(flows);
    EXPECT_GT(least * 5, *std::ranges::max_element(flows) * 4) << shards << " " << most;
  }
}

TEST(Steering, AnyBytesMayBeAskedAbout) {
  const Octets whole = frame6(
      v6(60, octets("3c 01 0104000000000000000000000000") + octets("06 00 010400000000") + tcp()));
  for (const Octets& frame :
       {whole, frame4(v4(6, tcp(), 0, octets("01010101"))),
        frame4(v4(1, octets("03 04 0000 00000578") + v4(6, tcp()))),
        frame6(v6(58, octets("02 00 0000 00000500") + v6(44, octets("06 00 0001 00000009"))))}) {
    for (std::size_t size = 0; size <= frame.size(); ++size) {
      static_cast<void>(subject_of(ByteView(frame).first(size)));
      for (std::size_t at = 0; size == frame.size() && at < size; ++at) {
        Octets changed = frame;
        for (unsigned value = 0; value < 256; ++value) {
          changed[at] = static_cast<std::byte>(value);
          static_cast<void>(subject_of(changed));
        }
      }
    }
  }
}

/// May a shard beside the first send it? Headers in the frame, or all of it as payload.
bool may_send(const Octets& bytes, std::size_t header) {
  TxFrame frame{};
  frame.header_size = std::min(header, bytes.size());
  copy_bytes(frame.header, ByteView(bytes).first(frame.header_size));
  frame.payload[0] = ByteView(bytes).subspan(frame.header_size);
  frame.payload_parts = 1;
  return sent_by_every_shard(frame);
}

TEST(Steering, ShardsBesideTheFirstSendSegmentsAndQuestions) {
  const auto arp = [](const char* operation, const char* sender, const char* target) {
    return kTo + octets("0806 0001 0800 06 04") + octets(operation) + octets("02005e005301") +
           octets(sender) + octets("000000000000") + octets(target);
  };
  const auto solicitation = [](const char* ends) {
    return frame6(v6(58, octets("87 00 0000") + Octets(20), ends));
  };
  const char* const kFromNowhere =
      "00000000000000000000000000000000 ff0200000000000000000001ff000001";
  for (const std::size_t header : {14U, 54U, 80U}) {
    EXPECT_TRUE(may_send(frame4(v4(6, tcp())), header));
    EXPECT_TRUE(may_send(frame6(v6(6, tcp())), header));
    EXPECT_TRUE(may_send(arp("0001", "c0000201", "c0000202"), header));
    EXPECT_TRUE(may_send(solicitation(kEnds6), header));
    EXPECT_FALSE(may_send(arp("0002", "c0000201", "c0000202"), header)) << "reply";
    EXPECT_FALSE(may_send(arp("0001", "00000000", "c0000202"), header)) << "probe";
    EXPECT_FALSE(may_send(arp("0001", "c0000201", "c0000201"), header)) << "announcement";
    EXPECT_FALSE(may_send(solicitation(kFromNowhere), header)) << "DAD";
    for (const char* type : {"85", "88", "8f", "80", "01"}) {
      EXPECT_FALSE(may_send(frame6(v6(58, octets(type) + Octets(23))), header)) << type;
    }
    EXPECT_FALSE(may_send(frame4(v4(17, tcp())), header));
    EXPECT_FALSE(may_send(frame4(v4(1, tcp())), header));
    EXPECT_FALSE(may_send(frame4(v4(2, tcp())), header));
  }
  EXPECT_FALSE(may_send({}, 0));
}

}  // namespace
}  // namespace zsock
