#include "daemon/stack/wire/tcp.h"

#include <gtest/gtest.h>

#include "daemon/stack/wire/checksum.h"
#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;
using test::Octets;

const IpAddress kSource4 = IpAddress::v4(192, 0, 2, 1);
const IpAddress kDestination4 = IpAddress::v4(198, 51, 100, 7);
const IpAddress kSource6 = *IpAddress::parse("2001:db8::1");
const IpAddress kDestination6 = *IpAddress::parse("2001:db8::2");

const auto kSyn = octets(
    "c000 0050 01020304 00000000 a002 ffff 976c 0000 "
    "020405b4 0402 080a 00000001 00000000 01 030307");
const auto kData = octets(
    "0050 c000 fffffff0 01020305 b018 01f6 ae40 0000 "
    "0101 050a 00000064 000000c8 0101 080a 00000009 00000008 6f6b");

/// A segment whose options are these octets, a multiple of 4 and at most 40.
Octets with_options(const Octets& options) {
  Octets segment = Octets(20) + options;
  store_u8(segment, 12, static_cast<std::uint8_t>((5 + options.size() / 4) << 4U));
  return segment;
}

Result<Tcp, ParseError> parse_options(std::string_view text) {
  return Tcp::parse(with_options(octets(text)));
}

/// The whole segment, its checksum completed the way a device does it.
Octets completed(const Tcp& tcp, const IpAddress& source, const IpAddress& destination) {
  Octets header(Tcp::kMaxHeaderSize);
  header.resize(tcp.emit_partial(header, source, destination, tcp.payload.size()));
  Octets segment = header + test::to_octets(tcp.payload);
  store_be16(segment, 16, checksum(segment));
  return segment;
}

// RFC 9293 3.1
TEST(Tcp, ParsesASyn) {
  const auto tcp = Tcp::parse(kSyn);
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->source_port, 49152);
  EXPECT_EQ(tcp->destination_port, 80);
  EXPECT_EQ(tcp->sequence, 0x01020304U);
  EXPECT_EQ(tcp->acknowledgment, 0U);
  EXPECT_EQ(tcp->flags, tcp_flag::kSyn);
  EXPECT_EQ(tcp->window, 65535);
  EXPECT_EQ(tcp->options.max_segment_size, 1460);
  EXPECT_EQ(tcp->options.window_scale, 7);
  EXPECT_TRUE(tcp->options.sack_permitted);
  EXPECT_EQ(tcp->options.timestamps, (TcpTimestamps{1, 0}));
  EXPECT_EQ(tcp->options.sack_count, 0U);
  EXPECT_TRUE(tcp->payload.empty());
}

TEST(Tcp, EmitsTheSameSyn) {
  const auto tcp = Tcp::parse(kSyn);
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->header_size(), 40U);
  EXPECT_EQ(completed(*tcp, kSource4, kDestination4), kSyn);
}

TEST(Tcp, ParsesDataWithSack) {
  const auto tcp = Tcp::parse(kData);
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->flags, tcp_flag::kAck | tcp_flag::kPsh);
  EXPECT_EQ(tcp->sequence, 0xfffffff0U);
  EXPECT_EQ(tcp->acknowledgment, 0x01020305U);
  EXPECT_EQ(tcp->window, 502);
  EXPECT_EQ(tcp->options.sack_count, 1U);
  EXPECT_EQ(tcp->options.sack[0], (TcpSackBlock{100, 200}));
  EXPECT_EQ(tcp->options.timestamps, (TcpTimestamps{9, 8}));
  EXPECT_EQ(test::to_octets(tcp->payload), octets("6f6b"));
}

// RFC 9293 3.1, MUST-2, MUST-3
TEST(Tcp, VerifiesTheChecksum) {
  EXPECT_TRUE(Tcp::verify(kSyn, kSource4, kDestination4));
  EXPECT_TRUE(Tcp::verify(kData, kSource6, kDestination6));
  EXPECT_FALSE(Tcp::verify(kSyn, kSource4, IpAddress::v4(198, 51, 100, 8)));
  EXPECT_FALSE(Tcp::verify(kSyn, kSource6, kDestination6));
  for (std::size_t bit = 0; bit < kData.size() * 8; ++bit) {
    Octets segment = kData;
    segment[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(Tcp::verify(segment, kSource6, kDestination6)) << bit;
  }
}

TEST(Tcp, LeavesThePseudoHeaderSumInTheChecksumField) {
  Octets out(Tcp::kMaxHeaderSize);
  const auto tcp = Tcp::parse(kSyn);
  ASSERT_TRUE(tcp);
  tcp->emit_partial(out, kSource4, kDestination4, 0);
  EXPECT_EQ(load_be16(out, 16), 0xec6a);
}

// req: ETH-6; a segment to be cut later is larger than any packet
TEST(Tcp, SumsLengthsBeyond16Bits) {
  Octets out(Tcp::kMinHeaderSize);
  Tcp{}.emit_partial(out, kSource4, kDestination4, 100000);
  Checksum sum;
  sum.add_pseudo_header(kSource4, kDestination4, 6, 100020);
  EXPECT_EQ(load_be16(out, 16), sum.folded());
}

TEST(Tcp, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < kData.size() - 2; ++size) {
    const auto tcp = Tcp::parse(ByteView(kData).first(size));
    ASSERT_FALSE(tcp) << size;
    EXPECT_EQ(tcp.error(), size < 20 ? ParseError::too_short : ParseError::bad_length);
  }
}

TEST(Tcp, RefusesEveryBadDataOffset) {
  for (unsigned offset = 0; offset < 16; ++offset) {
    Octets segment(40);
    // The reserved bits beside the offset mean nothing.
    store_u8(segment, 12, static_cast<std::uint8_t>((offset << 4U) | 0x0fU));
    const auto tcp = Tcp::parse(segment);
    EXPECT_EQ(tcp.has_value(), offset >= 5 && offset <= 10) << offset;
    if (!tcp) {
      EXPECT_EQ(tcp.error(), ParseError::bad_length);
    }
  }
}

// RFC 9293 3.2, MUST-7
TEST(TcpOptions, RefusesImpossibleLengths) {
  for (const char* options :
       {"0200 0000", "0201 05b4", "0205 05b4", "fe00 0000", "fe01 0000", "fe05 0000", "01010102",
        "010101fe", "080a0000 00010000", "0402 0500", "0101 051a 00000001 00000002",
        "020405b4 03ff"
        "0700"}) {
    const auto tcp = parse_options(options);
    ASSERT_FALSE(tcp) << options;
    EXPECT_EQ(tcp.error(), ParseError::bad_option) << options;
  }
}

TEST(TcpOptions, CountsNothingBehindTheEnd) {
  const auto tcp = parse_options("00 ff00ff 020405b4");
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->options, TcpOptions{});
}

// RFC 9293 3.1, MUST-6, MUST-64, MUST-68: unknown options are skipped by their length, at any place
TEST(TcpOptions, SkipsUnknownOnesUnaligned) {
  const auto tcp = parse_options("fe03aa 020405b4 1e04aabb 0303 0e 0402 01");
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->options.max_segment_size, 1460);
  EXPECT_EQ(tcp->options.window_scale, 14);
  EXPECT_TRUE(tcp->options.sack_permitted);
}

TEST(TcpOptions, SkipsEveryUnknownKind) {
  for (unsigned kind = 0; kind < 256; ++kind) {
    auto options = octets("00 04 aaaa 020405b4");
    store_u8(options, 0, static_cast<std::uint8_t>(kind));
    const auto tcp = Tcp::parse(with_options(options));
    if (kind == 1) continue;
    ASSERT_TRUE(tcp) << kind;
    EXPECT_EQ(tcp->options.max_segment_size.has_value(), kind != 0) << kind;
    EXPECT_FALSE(tcp->options.window_scale || tcp->options.sack_permitted ||
                 tcp->options.timestamps || tcp->options.sack_count != 0)
        << kind;
  }
}

TEST(TcpOptions, SkipsKnownKindsOfAnotherLength) {
  const auto tcp =
      parse_options("0203aa 030407aa 0403aa 0809aaaaaaaaaaaaaa 0506aabbccdd 01 0502 0101");
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->options, TcpOptions{});
}

// RFC 7413 4.1.1
// req: T-TFO
TEST(TcpOptions, ParsesFastOpenCookies) {
  const auto request = parse_options("2202 0101");
  ASSERT_TRUE(request && request->options.fast_open);
  EXPECT_EQ(request->options.fast_open->size, 0);
  const auto cookie = parse_options("2206 0a0b0c0d 0101");
  ASSERT_TRUE(cookie && cookie->options.fast_open);
  EXPECT_EQ(cookie->options.fast_open->size, 4);
  EXPECT_EQ(cookie->options.fast_open->octets[3], std::byte{0x0d});
  const auto longest = parse_options("2212 000102030405060708090a0b0c0d0e0f 0101");
  ASSERT_TRUE(longest && longest->options.fast_open);
  EXPECT_EQ(longest->options.fast_open->octets[15], std::byte{0x0f});
  for (const char* none : {"2203 01", "2204 0102", "2207 0102030405 01",
                           "2214 000102030405060708090a0b0c0d0e0f1011"}) {
    const auto tcp = parse_options(none);
    ASSERT_TRUE(tcp) << none;
    EXPECT_FALSE(tcp->options.fast_open) << none;
  }
}

TEST(TcpOptions, AFullSynHasRoomForTheLongestCookie) {
  TcpOptions options{.max_segment_size = 1460,
                     .window_scale = 7,
                     .sack_permitted = true,
                     .timestamps = TcpTimestamps{1, 2},
                     .fast_open = FastOpenCookie{.size = 16}};
  EXPECT_EQ(options.size(), Tcp::kMaxHeaderSize - Tcp::kMinHeaderSize);
}

// RFC 2018 3: at most 4 blocks fit
TEST(TcpOptions, ParsesOneToFourSackBlocks) {
  for (std::size_t blocks = 1; blocks <= 4; ++blocks) {
    Octets options = octets("0101 0500");
    store_u8(options, 3, static_cast<std::uint8_t>(2 + 8 * blocks));
    for (std::size_t i = 0; i < blocks; ++i) {
      Octets block(8);
      store_be32(block, 0, static_cast<std::uint32_t>(1000 * i));
      store_be32(block, 4, static_cast<std::uint32_t>(1000 * i + 500));
      options = options + block;
    }
    const auto tcp = Tcp::parse(with_options(options));
    ASSERT_TRUE(tcp);
    ASSERT_EQ(tcp->options.sack_count, blocks);
    EXPECT_EQ(tcp->options.sack[blocks - 1],
              (TcpSackBlock{static_cast<std::uint32_t>(1000 * (blocks - 1)),
                            static_cast<std::uint32_t>(1000 * (blocks - 1) + 500)}));
  }
}

TEST(TcpOptions, CountTheLastOfAKind) {
  const auto sack =
      parse_options("0512 00000001 00000002 00000003 00000004 050a 00000005 00000006 00000000");
  ASSERT_TRUE(sack);
  TcpOptions expected;
  expected.sack_count = 1;
  expected.sack[0] = {5, 6};
  EXPECT_EQ(sack->options, expected);
  EXPECT_EQ(parse_options("02040100 02040200")->options.max_segment_size, 0x200);
}

// RFC 9293 3.1, MUST-69: the header ends on a multiple of 4, filled by options and NOPs alone
TEST(TcpOptions, SurviveTheRoundTripInEveryCombination) {
  for (unsigned mask = 0; mask < 80; ++mask) {
    TcpOptions options;
    if ((mask & 1U) != 0) options.max_segment_size = 536;
    if ((mask & 2U) != 0) options.window_scale = 9;
    if ((mask & 4U) != 0) options.sack_permitted = true;
    if ((mask & 8U) != 0) options.timestamps = TcpTimestamps{0xfedcba98U, 0x76543210U};
    options.sack_count = mask >> 4U;
    for (std::uint32_t i = 0; i < options.sack_count; ++i) options.sack[i] = {i, i + 1};
    EXPECT_EQ(options.size() % 4, 0U);
    if (options.size() > 40) continue;
    const Tcp tcp{.source_port = 1, .destination_port = 2, .options = options};
    Octets out(Tcp::kMaxHeaderSize, std::byte{0xee});
    out.resize(tcp.emit_partial(out, kSource4, kDestination4, 0));
    ASSERT_EQ(out.size(), tcp.header_size()) << mask;
    const auto parsed = Tcp::parse(out);
    ASSERT_TRUE(parsed) << mask;
    EXPECT_EQ(parsed->options, options) << mask;
    EXPECT_TRUE(parsed->payload.empty()) << mask;
  }
}

// RFC 7323 appendix A
TEST(TcpOptions, PutTimestampsWhereReceiversLook) {
  Octets out(Tcp::kMaxHeaderSize);
  const Tcp tcp{.options = {.timestamps = TcpTimestamps{1, 2}}};
  out.resize(tcp.emit_partial(out, kSource4, kDestination4, 0));
  EXPECT_EQ(Octets(out.begin() + 20, out.end()), octets("0101080a 00000001 00000002"));
}

TEST(TcpOptions, LeaveRoomForThreeSackBlocksBesideTimestamps) {
  TcpOptions options{.timestamps = TcpTimestamps{}, .sack_count = 3};
  EXPECT_EQ(options.size(), 40U);
  options = {.sack_count = 4};
  EXPECT_EQ(options.size(), 36U);
}

TEST(TcpDeathTest, HoldsTheSenderToItsContract) {
  Octets out(Tcp::kMaxHeaderSize);
  const Tcp crowded{.options = {.timestamps = TcpTimestamps{}, .sack_count = 4}};
  EXPECT_DEATH(crowded.emit_partial(out, kSource4, kDestination4, 0), "");
  EXPECT_DEATH(Tcp{}.emit_partial(MutableBytes(out).first(19), kSource4, kDestination4, 0), "");
}

}  // namespace
}  // namespace zsock::wire
