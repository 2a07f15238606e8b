#include "drivers/vnet_header.h"

#include "drivers/offload.h"
#include "tests/drivers/frames.h"

namespace zsock::drivers::testing {
namespace {

constexpr std::uint16_t kStart4 = 34;

Bytes flat_tcp(wire::Family family, std::size_t payload_size) {
  const Bytes payload(payload_size, std::byte{0x42});
  const TxFrame frame = tcp_frame({.family = family}, payload);
  Bytes bytes = to_bytes(frame.header_bytes());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

/// What a kernel says of a TCPv4 super-frame.
VnetHeader merged4() {
  return {.flags = VnetHeader::kNeedsChecksum,
          .gso_type = VnetHeader::kTcp4,
          .header_size = 66,
          .segment_size = 1000,
          .checksum_start = kStart4,
          .checksum_offset = 16};
}

bool is_refused(const RxFrame& frame) {
  return frame.bytes.empty();
}

TEST(VnetHeaderBytes, RoundTrip) {
  const VnetHeader header{.flags = 1,
                          .gso_type = 0x84,
                          .header_size = 0x1234,
                          .segment_size = 0x2345,
                          .checksum_start = 0x3456,
                          .checksum_offset = 0x4567};
  EXPECT_EQ(VnetHeader::decode(header.encode()), header);
}

TEST(VnetHeaderOf, PlainFrameHasNoWishes) {
  const Bytes bytes(60);
  EXPECT_EQ(vnet_header_of(plain_frame(bytes)), VnetHeader{});
}

TEST(VnetHeaderOf, SuperFrameAsksForSegmentation) {
  const Bytes payload(1001);
  const VnetHeader four = vnet_header_of(tcp_frame({.segment_size = 1000}, payload));
  EXPECT_EQ(four, merged4());
  const VnetHeader six = vnet_header_of(
      tcp_frame({.family = wire::Family::ipv6, .segment_size = 1000, .parts = 3}, payload));
  EXPECT_EQ(six.gso_type, VnetHeader::kTcp6);
  EXPECT_EQ(six.checksum_start, 54);
}

// The kernel refuses a segmentation wish for a frame that is one segment.
TEST(VnetHeaderOf, OneSegmentIsNotASuperFrame) {
  const Bytes payload(1000);
  const VnetHeader header = vnet_header_of(tcp_frame({.segment_size = 1000}, payload));
  EXPECT_EQ(header.gso_type, VnetHeader::kNotMerged);
  EXPECT_EQ(header.flags, VnetHeader::kNeedsChecksum);
}

// RFC 3168 6.1.2: CWR goes out once.
TEST(VnetHeaderOf, CwrAsksForEcnAwareSegmentation) {
  const Bytes payload(3000);
  const auto flags = static_cast<std::uint8_t>(wire::tcp_flag::kAck | wire::tcp_flag::kCwr);
  const VnetHeader header =
      vnet_header_of(tcp_frame({.flags = flags, .segment_size = 1000}, payload));
  EXPECT_EQ(header.gso_type, VnetHeader::kTcp4 | VnetHeader::kEcn);
}

TEST(VnetHeaderOf, DatagramsToBeCut) {
  const Bytes payload(3000);
  for (const Segmentation family : {Segmentation::udp4, Segmentation::udp6}) {
    const std::size_t start = family == Segmentation::udp4 ? 34 : 54;
    TxFrame frame;
    frame.header_size = start + 8;
    frame.header[start + 13] = std::byte{0xff};  // no flags of TCP's
    frame.payload[0] = payload;
    frame.payload_parts = 1;
    frame.needs_checksum = true;
    frame.checksum_start = static_cast<std::uint16_t>(start);
    frame.checksum_offset = 6;
    frame.segmentation = family;
    frame.segment_size = 1000;
    const VnetHeader header = vnet_header_of(frame);
    EXPECT_EQ(header.gso_type, VnetHeader::kUdp);
    EXPECT_EQ(header.header_size, start + 8);
    EXPECT_EQ(header.segment_size, 1000);
  }
}

TEST(DescribeReceived, PlainFrameIsNotVouchedFor) {
  Bytes bytes = udp_frame(wire::Family::ipv4, Bytes(20));
  const RxFrame frame = describe_received({}, bytes);
  EXPECT_EQ(frame.bytes.size(), bytes.size());
  EXPECT_FALSE(frame.checksum_verified);
  EXPECT_EQ(frame.segment_size, 0);
}

TEST(DescribeReceived, ValidFlagAndPartialChecksumVouch) {
  Bytes bytes = flat_tcp(wire::Family::ipv4, 20);
  EXPECT_TRUE(describe_received({.flags = VnetHeader::kChecksumValid}, bytes).checksum_verified);
  const VnetHeader partial{
      .flags = VnetHeader::kNeedsChecksum, .checksum_start = kStart4, .checksum_offset = 16};
  EXPECT_TRUE(describe_received(partial, bytes).checksum_verified);
}

// req: ETH-6
TEST(DescribeReceived, SuperFrameTellsItsSegmentSize) {
  Bytes bytes = flat_tcp(wire::Family::ipv4, 5000);
  const RxFrame frame = describe_received(merged4(), bytes);
  EXPECT_EQ(frame.bytes.size(), bytes.size());
  EXPECT_TRUE(frame.checksum_verified);
  EXPECT_EQ(frame.segment_size, 1000);

  Bytes six = flat_tcp(wire::Family::ipv6, 5000);
  VnetHeader header = merged4();
  header.gso_type = VnetHeader::kTcp6 | VnetHeader::kEcn;
  header.checksum_start = 54;
  EXPECT_EQ(describe_received(header, six).segment_size, 1000);
}

TEST(DescribeReceived, MergedDatagramsTellTheirSize) {
  VnetHeader header{.flags = VnetHeader::kNeedsChecksum,
                    .gso_type = VnetHeader::kUdp,
                    .header_size = 42,
                    .segment_size = 1000,
                    .checksum_start = kStart4,
                    .checksum_offset = 6};
  Bytes bytes = udp_frame(wire::Family::ipv4, Bytes(5000));
  EXPECT_EQ(describe_received(header, bytes).segment_size, 1000);
  header.segment_size = 10;
  EXPECT_TRUE(is_refused(describe_received(header, bytes))) << "nobody merges so many";
  header.segment_size = 5000;
  EXPECT_EQ(describe_received(header, bytes).segment_size, 0);
  Bytes six = udp_frame(wire::Family::ipv6, Bytes(5000));
  header.segment_size = 1000;
  header.checksum_start = 54;
  EXPECT_EQ(describe_received(header, six).segment_size, 1000);
  six.resize(54 + 7);
  EXPECT_TRUE(is_refused(describe_received(header, six)));
}

TEST(DescribeReceived, MergedFrameOfOneSegmentIsNotMerged) {
  Bytes bytes = flat_tcp(wire::Family::ipv4, 1000);
  const RxFrame frame = describe_received(merged4(), bytes);
  EXPECT_FALSE(is_refused(frame));
  EXPECT_EQ(frame.segment_size, 0);
}

// A partial checksum that is not TCP's or UDP's own: completed as asked, for the stack to judge.
// req: ETH-6
TEST(DescribeReceived, CompletesPartialChecksumsElsewhere) {
  Bytes bytes = udp_frame(wire::Family::ipv4, Bytes(40, std::byte{3}));
  const VnetHeader odd{
      .flags = VnetHeader::kNeedsChecksum, .checksum_start = 50, .checksum_offset = 2};
  const RxFrame frame = describe_received(odd, bytes);
  EXPECT_FALSE(is_refused(frame));
  EXPECT_FALSE(frame.checksum_verified);
  // Together with what the field held before, the sum's start, the region sums up to nothing.
  EXPECT_EQ(naive_checksum(ByteView(bytes).subspan(50), 0x0303), 0U);
}

TEST(DescribeReceived, RefusesSizesThatNoFrameHas) {
  Bytes runt(13);
  Bytes giant(kMaxFrameOctets + 1);
  Bytes largest(kMaxFrameOctets);
  EXPECT_TRUE(is_refused(describe_received({}, runt)));
  EXPECT_TRUE(is_refused(describe_received({}, giant)));
  EXPECT_FALSE(is_refused(describe_received({}, largest)));
}

// req: ETH-6
TEST(DescribeReceived, RefusesChecksumFieldsOutOfBounds) {
  Bytes bytes = flat_tcp(wire::Family::ipv4, 0);
  const auto size = static_cast<std::uint16_t>(bytes.size());
  const auto refused = [&bytes](std::uint16_t start, std::uint16_t offset) {
    return is_refused(describe_received(
        {.flags = VnetHeader::kNeedsChecksum, .checksum_start = start, .checksum_offset = offset},
        bytes));
  };
  EXPECT_TRUE(refused(static_cast<std::uint16_t>(size - 1), 0));
  EXPECT_FALSE(refused(static_cast<std::uint16_t>(size - 2), 0));
  EXPECT_TRUE(refused(kStart4, static_cast<std::uint16_t>(size - kStart4 - 1)));
  EXPECT_TRUE(refused(0xffff, 0xffff));
  EXPECT_TRUE(refused(0xffff, 1));  // no wrap in 16 bits
  EXPECT_TRUE(refused(0, 0));       // inside the Ethernet header
}

/// A change to the facts of a good super-frame that must make it unacceptable.
struct Contradiction {
  const char* name;
  void (*apply)(VnetHeader& header, Bytes& bytes);
};

// req: ETH-6
TEST(DescribeReceived, RefusesMergedFramesThatContradictTheirBytes) {
  const Contradiction contradictions[] = {
      {"segment size zero", [](VnetHeader& h, Bytes&) { h.segment_size = 0; }},
      {"other family", [](VnetHeader& h, Bytes&) { h.gso_type = VnetHeader::kTcp6; }},
      {"UDP fragmentation", [](VnetHeader& h, Bytes&) { h.gso_type = 3; }},
      {"UDP segmentation", [](VnetHeader& h, Bytes&) { h.gso_type = 5; }},
      {"unknown type", [](VnetHeader& h, Bytes&) { h.gso_type = 0x7f; }},
      {"nobody checks the sum", [](VnetHeader& h, Bytes&) { h.flags = 0; }},
      {"checksum elsewhere", [](VnetHeader& h, Bytes&) { h.checksum_start = 40; }},
      {"not TCP", [](VnetHeader&, Bytes& b) { b[23] = std::byte{17}; }},
      {"fragment", [](VnetHeader&, Bytes& b) { b[20] = std::byte{0x20}; }},
      {"not IP", [](VnetHeader&, Bytes& b) { b[12] = std::byte{0x12}; }},
      {"length beyond the frame", [](VnetHeader&, Bytes& b) { b.pop_back(); }},
      {"data offset too small", [](VnetHeader&, Bytes& b) { b[46] = std::byte{0x40}; }},
      {"data offset beyond the end",
       [](VnetHeader&, Bytes& b) {
         store_be16(b, 16, 20 + 24);
         b[46] = std::byte{0xf0};
       }},
  };
  for (const auto& contradiction : contradictions) {
    VnetHeader header = merged4();
    Bytes bytes = flat_tcp(wire::Family::ipv4, 5000);
    contradiction.apply(header, bytes);
    EXPECT_TRUE(is_refused(describe_received(header, bytes))) << contradiction.name;
  }
}

// req: ETH-6
TEST(DescribeReceived, SurvivesAnyHeaderBeforeAnyBytes) {
  const std::uint64_t seed = 42;
  SeededRng rng(seed);
  const Bytes whole = flat_tcp(wire::Family::ipv6, 200);
  for (int round = 0; round < 50000; ++round) {
    VnetHeader::Bytes raw{};
    for (auto& byte : raw) byte = static_cast<std::byte>(rng.below(3) == 0 ? rng.next_u32() : 0);
    Bytes bytes = whole;
    bytes.resize(rng.below(static_cast<std::uint32_t>(whole.size() + 1)));
    if (bytes.size() > 80) bytes[12 + rng.below(60)] = static_cast<std::byte>(rng.next_u32());
    const RxFrame frame = describe_received(VnetHeader::decode(raw), bytes);
    ASSERT_TRUE(frame.bytes.empty() || frame.bytes.size() == bytes.size()) << "seed " << seed;
    if (frame.segment_size != 0) {
      ASSERT_TRUE(frame.checksum_verified && frame.bytes.size() > frame.segment_size);
    }
  }
}

}  // namespace
}  // namespace zsock::drivers::testing
