// IGMP, the host's side.

#include "daemon/stack/net/igmp.h"

#include "daemon/stack/wire/checksum.h"
#include "tests/stack/net/ip_bench.h"

namespace zsock::net {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kProtocol = 2;
const wire::IpAddress kAllHosts = ip("224.0.0.1");
const wire::IpAddress kRouters = ip("224.0.0.22");
const wire::IpAddress kGroup = ip("239.1.2.3");

/// The IGMP packets among what was sent.
std::vector<wire::Ipv4> igmp(const std::vector<Sent>& frames) {
  std::vector<wire::Ipv4> packets;
  for (const Sent& frame : frames) {
    if (frame.ethernet.ether_type != 0x0800) continue;
    const wire::Ipv4 packet = frame.v4();
    if (packet.protocol != kProtocol) continue;
    EXPECT_EQ(frame.ethernet.destination, wire::multicast_mac(packet.destination));
    EXPECT_EQ(packet.ttl, 1);
    EXPECT_EQ(load_be32(packet.options, 0), 0x94040000U) << "Router Alert";
    EXPECT_EQ(wire::checksum(packet.payload), 0);
    packets.push_back(packet);
  }
  return packets;
}

/// Type of a version 3 report's record, and its group.
std::pair<int, wire::IpAddress> record(const wire::Ipv4& packet, std::size_t index = 0) {
  EXPECT_EQ(load_u8(packet.payload, 0), wire::igmp_type::kReportV3);
  EXPECT_GT(load_be16(packet.payload, 6), index);
  const ByteView bytes = packet.payload.subspan(8 + 8 * index);
  return {load_u8(bytes, 0), wire::IpAddress::load(wire::Family::ipv4, bytes, 4)};
}

void query(IpBench& bench, std::uint8_t code, const wire::IpAddress& group, std::size_t size = 12,
           std::uint8_t ttl = 1) {
  Bytes message(12);
  store_u8(message, 0, wire::igmp_type::kQuery);
  store_u8(message, 1, code);
  group.store(message, 4);
  message.resize(size);
  store_be16(message, 2, wire::checksum(message));
  wire::Ipv4 header = bench.v4(kProtocol);
  header.destination = group.is_unspecified() ? kAllHosts : group;
  header.ttl = ttl;
  bench.receive_v4(header, message, wire::multicast_mac(header.destination));
}

std::vector<wire::Ipv4> said_within(IpBench& bench, std::vector<Sent>& kept, Duration time) {
  bench.advance(time);
  kept = bench.drain();
  return igmp(kept);
}

// RFC 3376 5.1
// req: IGM-1
TEST(Igmp, JoiningIsReportedTwice) {
  IpBench bench;
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  std::vector<Sent> frames = bench.drain();
  auto said = igmp(frames);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].destination, kRouters);
  EXPECT_EQ(said[0].source, bench.our_v4);
  EXPECT_EQ(record(said[0]), std::pair(4, kGroup));
  said = said_within(bench, frames, 1s);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(record(said[0]), std::pair(2, kGroup));
  EXPECT_TRUE(said_within(bench, frames, 60s).empty());
}

// req: IGM-1
TEST(Igmp, LeavingIsReportedTwiceByTheLast) {
  IpBench bench;
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  bench.advance(2s);
  bench.drain();
  ASSERT_TRUE(bench.net->leave(bench.eth, kGroup, bench.now));
  EXPECT_TRUE(bench.drain().empty());
  ASSERT_TRUE(bench.net->leave(bench.eth, kGroup, bench.now));
  std::vector<Sent> frames = bench.drain();
  auto said = igmp(frames);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(record(said[0]), std::pair(3, kGroup));
  said = said_within(bench, frames, 1s);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(record(said[0]), std::pair(3, kGroup));
  EXPECT_TRUE(said_within(bench, frames, 60s).empty());
}

// RFC 3376 5.2
// req: IGM-1, IGM-3
TEST(Igmp, QueriesAreAnsweredOnceInTime) {
  IpBench bench;
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  bench.advance(2s);
  bench.drain();
  for (int i = 0; i < 50; ++i) query(bench, 20, ip("0.0.0.0"));
  std::vector<Sent> frames;
  const auto said = said_within(bench, frames, 2s);
  ASSERT_EQ(said.size(), 1U) << "a flood makes no more";
  EXPECT_EQ(record(said[0]), std::pair(2, kGroup));
  query(bench, 0, ip("0.0.0.0"));
  EXPECT_EQ(said_within(bench, frames, 1ms).size(), 1U) << "at once";
}

// req: IGM-1
TEST(Igmp, IgnoresWhatIsNoQueryForUs) {
  IpBench bench;
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  bench.advance(2s);
  bench.drain();
  std::vector<Sent> frames;
  query(bench, 10, ip("0.0.0.0"), 12, 2);  // from beyond the link
  query(bench, 10, ip("0.0.0.0"), 10);
  query(bench, 10, ip("0.0.0.0"), 4);
  EXPECT_EQ(bench.counters.drop_igmp_ignored, 3U);
  EXPECT_TRUE(said_within(bench, frames, 60s).empty());
}

// RFC 3376 6, IGM-2: who listens to nothing but 224.0.0.1 has nothing to say.
// req: IGM-2
TEST(Igmp, AllHostsIsNeverReported) {
  IpBench bench;
  query(bench, 10, ip("0.0.0.0"));
  std::vector<Sent> frames;
  EXPECT_TRUE(said_within(bench, frames, 60s).empty());
}

// RFC 3376 7.2.1, RFC 2236 3
// req: IGM-1
TEST(Igmp, SpeaksVersion2WhereTheQuerierDoes) {
  IpBench bench;
  query(bench, 100, ip("0.0.0.0"), 8);
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  std::vector<Sent> frames = bench.drain();
  auto said = igmp(frames);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].destination, kGroup);
  EXPECT_EQ(load_u8(said[0].payload, 0), wire::igmp_type::kReportV2);
  EXPECT_EQ(wire::IpAddress::load(wire::Family::ipv4, said[0].payload, 4), kGroup);
  bench.advance(20s);
  bench.drain();
  ASSERT_TRUE(bench.net->leave(bench.eth, kGroup, bench.now));
  frames = bench.drain();
  said = igmp(frames);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].destination, ip("224.0.0.2"));
  EXPECT_EQ(load_u8(said[0].payload, 0), wire::igmp_type::kLeaveV2);
  // Not for ever.
  bench.advance(261s);
  bench.drain();
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  frames = bench.drain();
  EXPECT_EQ(record(igmp(frames).at(0)), std::pair(4, kGroup));
}

// RFC 1112 Appendix I
// req: IGM-1
TEST(Igmp, SpeaksVersion1WhereTheQuerierDoes) {
  IpBench bench;
  query(bench, 0, ip("0.0.0.0"), 8);
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  std::vector<Sent> frames = bench.drain();
  const auto said = igmp(frames);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(load_u8(said[0].payload, 0), wire::igmp_type::kReportV1);
  bench.advance(20s);
  bench.drain();
  ASSERT_TRUE(bench.net->leave(bench.eth, kGroup, bench.now));
  EXPECT_TRUE(bench.drain().empty()) << "no farewell";
}

void report_by(IpBench& bench, const wire::IpAddress& source, std::uint8_t type,
               const wire::IpAddress& group, std::uint8_t ttl = 1) {
  Bytes message(8);
  store_u8(message, 0, type);
  group.store(message, 4);
  store_be16(message, 2, wire::checksum(message));
  wire::Ipv4 header = bench.v4(kProtocol);
  header.source = source;
  header.destination = group;
  header.ttl = ttl;
  bench.receive_v4(header, message, wire::multicast_mac(group));
}

// RFC 2236 3: one member's report is enough for the querier.
// req: IGM-1
TEST(Igmp, AnotherMembersReportMakesOursNeedless) {
  const wire::IpAddress other = ip("239.1.2.4");
  for (const std::uint8_t type : {wire::igmp_type::kReportV2, wire::igmp_type::kReportV1}) {
    IpBench bench;
    ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
    ASSERT_TRUE(bench.net->join(bench.eth, other, bench.now));
    bench.advance(2s);
    bench.drain();
    query(bench, 100, ip("0.0.0.0"), 8);
    report_by(bench, bench.peer_v4, type, kGroup);
    report_by(bench, bench.peer_v4, type, kGroup);
    std::vector<Sent> frames;
    auto said = said_within(bench, frames, 10s);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].destination, other);
    // The next question is asked anew.
    report_by(bench, bench.peer_v4, type, kGroup);
    query(bench, 100, ip("0.0.0.0"), 8);
    EXPECT_EQ(said_within(bench, frames, 10s).size(), 2U);
  }
}

// RFC 2236 3: also the second report after a join; 10: not what comes from elsewhere.
// req: IGM-1
TEST(Igmp, OnlyReportsOfOurNetworkCount) {
  IpBench bench;
  query(bench, 100, ip("0.0.0.0"), 8);
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  bench.drain();
  report_by(bench, ip("198.51.100.1"), wire::igmp_type::kReportV2, kGroup);
  report_by(bench, ip("0.0.0.0"), wire::igmp_type::kReportV2, kGroup);
  report_by(bench, bench.peer_v4, wire::igmp_type::kReportV2, kGroup, 2);
  report_by(bench, bench.peer_v4, wire::igmp_type::kLeaveV2, kGroup);
  std::vector<Sent> frames;
  EXPECT_EQ(said_within(bench, frames, 10s).size(), 1U);
  ASSERT_TRUE(bench.net->leave(bench.eth, kGroup, bench.now));
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  bench.drain();
  report_by(bench, bench.peer_v4, wire::igmp_type::kReportV2, kGroup);
  EXPECT_TRUE(said_within(bench, frames, 10s).empty());
}

// RFC 3376 5.2: version 3 wants to hear everybody.
// req: IGM-1
TEST(Igmp, Version3SuppressesNothing) {
  IpBench bench;
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  bench.advance(2s);
  bench.drain();
  query(bench, 100, ip("0.0.0.0"));
  report_by(bench, bench.peer_v4, wire::igmp_type::kReportV2, kGroup);
  std::vector<Sent> frames;
  const auto said = said_within(bench, frames, 10s);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(record(said[0]), std::pair(2, kGroup));
}

}  // namespace
}  // namespace zsock::net
