#include "drivers/trace.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "drivers/memory.h"
#include "tests/drivers/frames.h"

namespace zsock::drivers::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Bytes flat(const TxFrame& frame) {
  Bytes bytes = to_bytes(frame.header_bytes());
  for (std::size_t i = 0; i < frame.payload_parts; ++i) {
    bytes.insert(bytes.end(), frame.payload[i].begin(), frame.payload[i].end());
  }
  return bytes;
}

/// An IP frame around `payload`, which needs no right checksum here.
Bytes ip_frame(wire::Family family, std::uint8_t protocol, const Bytes& payload) {
  Bytes bytes = udp_frame(family, payload);
  const bool v4 = family == wire::Family::ipv4;
  bytes[v4 ? 23 : 20] = static_cast<std::byte>(protocol);
  const std::size_t start = v4 ? 34 : 54;
  bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(start),
              bytes.begin() + static_cast<std::ptrdiff_t>(start + 8));
  if (v4) {
    store_be16(bytes, 16, static_cast<std::uint16_t>(20 + payload.size()));
  } else {
    store_be16(bytes, 18, static_cast<std::uint16_t>(payload.size()));
  }
  return bytes;
}

TEST(DescribeFrame, TcpHandshake) {
  const wire::TcpOptions options{.max_segment_size = 1460,
                                 .window_scale = 7,
                                 .sack_permitted = true,
                                 .timestamps = wire::TcpTimestamps{1, 2}};
  const std::string text = describe_frame(flat(tcp_frame({.flags = 0x12, .options = options}, {})));
  EXPECT_THAT(text, StartsWith("192.0.2.1.80 > 198.51.100.2.4321: Flags [S.], seq 1000, ack 77, "
                               "win 512, options ["));
  for (const char* part : {"mss 1460", "wscale 7", "sackOK", "TS val 1 ecr 2", ", length 0"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(DescribeFrame, TcpDataOverIpv6) {
  const Bytes payload(20000);
  EXPECT_EQ(describe_frame(flat(
                tcp_frame({.family = wire::Family::ipv6, .flags = 0x18, .options = {}}, payload))),
            "2001:db8::1.80 > 2001:db8:1::2.4321: Flags [P.], seq 1000:21000, ack 77, win 512, "
            "length 20000");
}

TEST(DescribeFrame, Udp) {
  EXPECT_EQ(describe_frame(udp_frame(wire::Family::ipv4, Bytes(3))),
            "192.0.2.1.53 > 198.51.100.2.5353: UDP, length 3");
  EXPECT_EQ(describe_frame(udp_frame(wire::Family::ipv6, Bytes())),
            "2001:db8::1.53 > 2001:db8:1::2.5353: UDP, length 0");
}

TEST(DescribeFrame, Icmp) {
  Bytes echo(8 + 56);
  echo[0] = std::byte{8};
  store_be16(echo, 4, 99);
  store_be16(echo, 6, 3);
  EXPECT_EQ(describe_frame(ip_frame(wire::Family::ipv4, 1, echo)),
            "192.0.2.1 > 198.51.100.2: ICMP echo request, id 99, seq 3, length 64");
  Bytes unreachable(8 + 28);
  unreachable[0] = std::byte{3};
  unreachable[1] = std::byte{3};
  EXPECT_THAT(describe_frame(ip_frame(wire::Family::ipv4, 1, unreachable)),
              HasSubstr("ICMP type 3 code 3, length "));
}

TEST(DescribeFrame, NeighbourDiscovery) {
  Bytes message(24);
  kPeer6.store(message, 8);
  message[0] = std::byte{135};
  EXPECT_EQ(describe_frame(ip_frame(wire::Family::ipv6, 58, message)),
            "2001:db8::1 > 2001:db8:1::2: ICMP6, neighbor solicitation, who has 2001:db8:1::2, "
            "length 24");
  message[0] = std::byte{136};
  EXPECT_THAT(describe_frame(ip_frame(wire::Family::ipv6, 58, message)),
              HasSubstr("neighbor advertisement, tgt is 2001:db8:1::2"));
}

/// An ARP frame from kOur4, who-has or is-at.
Bytes arp_frame(std::uint16_t operation) {
  Bytes bytes(14 + 28);
  store_be16(bytes, 12, 0x0806);
  store_be16(bytes, 14, 1);
  store_be16(bytes, 16, 0x0800);
  store_be16(bytes, 18, 0x0604);
  store_be16(bytes, 20, operation);
  kOurMac.store(bytes, 22);
  kOur4.store(bytes, 28);
  kPeer4.store(bytes, 38);
  return bytes;
}

TEST(DescribeFrame, Arp) {
  EXPECT_EQ(describe_frame(arp_frame(1)), "ARP, Request who-has 198.51.100.2 tell 192.0.2.1");
  EXPECT_EQ(describe_frame(arp_frame(2)), "ARP, Reply 192.0.2.1 is-at 02:00:00:00:00:01");
}

TEST(DescribeFrame, FragmentsAndTheUnknown) {
  Bytes fragment = udp_frame(wire::Family::ipv4, Bytes(100));
  store_be16(fragment, 20, 0x2000 | 10);
  EXPECT_THAT(describe_frame(fragment), HasSubstr("at 80, ip-proto-17, length 108"));
  EXPECT_THAT(describe_frame(ip_frame(wire::Family::ipv4, 132, Bytes(40))),
              HasSubstr("192.0.2.1 > 198.51.100.2: ip-proto-132, length 40"));
  Bytes odd(60);
  store_be16(odd, 12, 0x88cc);
  EXPECT_THAT(describe_frame(odd), HasSubstr("ethertype 0x88cc, length 60"));
  EXPECT_EQ(describe_frame({}), "malformed frame, length 0");
}

TEST(DescribeFrame, SurvivesAnyBytes) {
  const std::uint64_t seed = 11;
  SeededRng rng(seed);
  const std::vector<Bytes> frames{flat(tcp_frame({}, Bytes(30))),
                                  flat(tcp_frame({.family = wire::Family::ipv6}, Bytes(30))),
                                  udp_frame(wire::Family::ipv4, Bytes(30)),
                                  ip_frame(wire::Family::ipv6, 58, Bytes(64)),
                                  ip_frame(wire::Family::ipv4, 1, Bytes(64)),
                                  arp_frame(1)};
  for (const Bytes& whole : frames) {
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      EXPECT_FALSE(describe_frame(ByteView(whole).first(size)).empty());
    }
    for (int round = 0; round < 3000; ++round) {
      Bytes bytes = whole;
      for (int i = 0; i < 4; ++i) {
        bytes[12 + rng.below(static_cast<std::uint32_t>(bytes.size() - 12))] =
            static_cast<std::byte>(rng.next_u32());
      }
      EXPECT_EQ(describe_frame(bytes).find('\n'), std::string::npos) << "seed " << seed;
    }
  }
}

/// One record of a capture file.
struct Captured {
  std::uint32_t seconds = 0;
  std::uint32_t micros = 0;
  std::uint32_t length = 0;  ///< before the snap
  Bytes bytes{};
};

std::vector<Captured> read_pcap(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const auto u32 = [&file] {
    std::uint32_t value = 0;
    file.read(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  };
  EXPECT_EQ(u32(), 0xa1b2c3d4U);
  for (int i = 0; i < 4; ++i) u32();
  EXPECT_EQ(u32(), 1U);  // LINKTYPE_ETHERNET
  std::vector<Captured> records;
  for (;;) {
    Captured record{.seconds = u32()};
    if (!file) return records;
    record.micros = u32();
    record.bytes.resize(u32());
    record.length = u32();
    file.read(reinterpret_cast<char*>(record.bytes.data()),
              static_cast<std::streamsize>(record.bytes.size()));
    records.push_back(std::move(record));
  }
}

TEST(Trace, WritesBothDirectionsAsTheyAreWithWallClock) {
  const std::string path =
      (std::filesystem::path(::testing::TempDir()) / "zsock_trace_test.pcap").string();
  MemoryWire wire = make_memory_wire({.offload = Offload::on});
  const Bytes payload(60000, std::byte{7});
  const TxFrame burst = tcp_frame({.segment_size = 1400, .parts = 3}, payload);
  const Bytes answer = udp_frame(wire::Family::ipv4, Bytes(5));
  {
    auto traced = make_trace(std::move(wire.left), {.pcap_path = path, .wall_offset = 1000s});
    ASSERT_TRUE(traced.has_value());
    (*traced)->advance(Instant(1500000us));
    ASSERT_TRUE((*traced)->send(burst));
    ASSERT_TRUE(wire.right->send(plain_frame(answer)));
    EXPECT_EQ(receive_all(**traced), std::vector<Bytes>{answer});
  }
  const auto records = read_pcap(path);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].seconds, 1001U);
  EXPECT_EQ(records[0].micros, 500000U);
  EXPECT_EQ(records[0].bytes, flat(burst));
  EXPECT_EQ(records[1].bytes, answer);
  std::remove(path.c_str());
}

TEST(Trace, TellsLinesWithTimeAndDirection) {
  MemoryWire wire = make_memory_wire({});
  std::vector<std::string> lines;
  auto traced =
      make_trace(std::move(wire.left),
                 {.line_sink = [&lines](std::string_view line) { lines.emplace_back(line); }});
  ASSERT_TRUE(traced.has_value());
  (*traced)->advance(Instant(12345678us));
  const Bytes frame = udp_frame(wire::Family::ipv4, Bytes(5));
  ASSERT_TRUE((*traced)->send(plain_frame(frame)));
  ASSERT_TRUE(wire.right->send(plain_frame(frame)));
  receive_all(**traced);
  EXPECT_THAT(lines, ElementsAre("12.345678 > 192.0.2.1.53 > 198.51.100.2.5353: UDP, length 5",
                                 "12.345678 < 192.0.2.1.53 > 198.51.100.2.5353: UDP, length 5"));
}

TEST(Trace, DoesNotShowWhatTheDeviceDidNotTake) {
  MemoryWire wire = make_memory_wire({.queue_frames = 1});
  int lines = 0;
  auto traced =
      make_trace(std::move(wire.left), {.line_sink = [&lines](std::string_view) { ++lines; }});
  const Bytes frame = udp_frame(wire::Family::ipv4, Bytes(5));
  EXPECT_TRUE((*traced)->send(plain_frame(frame)));
  EXPECT_FALSE((*traced)->send(plain_frame(frame)));
  EXPECT_EQ(lines, 1);
}

TEST(Trace, UnwritableFileIsAnError) {
  const auto traced = make_trace(make_memory_device({}), {.pcap_path = "/no/such/folder/x.pcap"});
  ASSERT_FALSE(traced.has_value());
  EXPECT_THAT(traced.error().message, HasSubstr("/no/such/folder/x.pcap"));
}

}  // namespace
}  // namespace zsock::drivers::testing
