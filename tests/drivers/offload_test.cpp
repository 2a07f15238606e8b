#include "drivers/offload.h"

#include "drivers/transport.h"

#include "tests/drivers/frames.h"

namespace zsock::drivers::testing {
namespace {

using wire::tcp_flag::kAck;
using wire::tcp_flag::kCwr;
using wire::tcp_flag::kEce;
using wire::tcp_flag::kFin;
using wire::tcp_flag::kPsh;

std::vector<Bytes> cut(const TxFrame& frame) {
  Segmenter segmenter(frame);
  const std::size_t promised = segmenter.frames_left();
  Bytes out(segmenter.largest_frame());
  std::vector<Bytes> frames;
  for (ByteView made = segmenter.next(out); !made.empty(); made = segmenter.next(out)) {
    frames.push_back(to_bytes(made));
    EXPECT_EQ(segmenter.frames_left(), promised - frames.size());
  }
  return frames;
}

/// Same bytes, same places, same options: only frame boundaries differ from the super-frame.
void expect_equal_stream(const TcpWish& wish, ByteView payload, const std::vector<Bytes>& frames) {
  Bytes stream;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const SeenTcp seen = see_tcp(frames[i]);
    EXPECT_EQ(seen.sequence, wish.sequence + static_cast<std::uint32_t>(stream.size()));
    EXPECT_EQ(seen.options, wish.options);
    if (wish.family == wire::Family::ipv4) {
      EXPECT_EQ(seen.identification, static_cast<std::uint16_t>(wish.identification + i));
    }
    const bool last = i + 1 == frames.size();
    if (!last) {
      EXPECT_EQ(seen.payload.size(), wish.segment_size);
    }
    std::uint8_t flags = wish.flags;
    if (!last) flags &= static_cast<std::uint8_t>(~(kFin | kPsh));
    if (i != 0) flags &= static_cast<std::uint8_t>(~kCwr);
    EXPECT_EQ(seen.flags, flags);
    stream.insert(stream.end(), seen.payload.begin(), seen.payload.end());
  }
  EXPECT_EQ(stream, to_bytes(payload));
}

// req: ETH-6
TEST(Segmenter, RandomSuperFramesKeepStreamFlagsAndChecksums) {
  const std::uint64_t seed = 20261122;
  RecordProperty("seed", std::to_string(seed));
  SeededRng rng(seed);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    const Bytes payload = random_bytes(rng, rng.below(65536 - 200));
    const TcpWish wish{
        .family = rng.below(2) == 0 ? wire::Family::ipv4 : wire::Family::ipv6,
        .sequence = rng.next_u32(),
        .flags = static_cast<std::uint8_t>(kAck | (rng.next_u32() & (kFin | kPsh | kCwr | kEce))),
        .identification = static_cast<std::uint16_t>(rng.next_u32()),
        .segment_size = static_cast<std::uint16_t>(200 + rng.below(1300)),
        .parts = 1 + rng.below(3)};
    expect_equal_stream(wish, payload, cut(tcp_frame(wish, payload)));
  }
}

TEST(Segmenter, SequenceAndIdentificationWrap) {
  const Bytes payload(3000);
  const TcpWish wish{.sequence = 0xffffff00U, .identification = 0xffff, .segment_size = 1000};
  expect_equal_stream(wish, payload, cut(tcp_frame(wish, payload)));
}

TEST(Segmenter, SizesAroundOneSegmentGiveTheRightNumberOfFrames) {
  for (const auto family : {wire::Family::ipv4, wire::Family::ipv6}) {
    for (const std::size_t size : {0U, 1U, 999U, 1000U, 1001U, 2000U, 2001U}) {
      const Bytes payload(size);
      const TcpWish wish{.family = family, .flags = kAck | kPsh, .segment_size = 1000};
      const auto frames = cut(tcp_frame(wish, payload));
      EXPECT_EQ(frames.size(), size == 0 ? 1 : (size + 999) / 1000);
      expect_equal_stream(wish, payload, frames);
    }
  }
}

TEST(Segmenter, EmptySpansBetweenPayloadSpansDoNoHarm) {
  const Bytes payload(2500, std::byte{0x5a});
  const TcpWish wish{.segment_size = 1000};
  TxFrame frame = tcp_frame(wish, payload);
  frame.payload = {ByteView(payload).first(1000), ByteView(), ByteView(payload).subspan(1000)};
  frame.payload_parts = 3;
  expect_equal_stream(wish, payload, cut(frame));
}

TEST(Segmenter, OddSpansAreSummedInPlace) {
  SeededRng rng(3);
  const Bytes payload = random_bytes(rng, 1001);
  TxFrame frame = tcp_frame({}, payload);
  frame.payload = {ByteView(payload).first(1), ByteView(payload).subspan(1, 333),
                   ByteView(payload).subspan(334)};
  frame.payload_parts = 3;
  expect_equal_stream({}, payload, cut(frame));
}

TEST(Segmenter, FrameWithoutWishesPassesUnchanged) {
  SeededRng rng(4);
  const Bytes bytes = udp_frame(wire::Family::ipv6, random_bytes(rng, 700));
  EXPECT_EQ(cut(plain_frame(bytes)), std::vector<Bytes>{bytes});
}

/// Payload that changes under the reader's hands, as a hostile client's would between two reads:
/// after each frame the whole of it is rewritten.
// req: SEC-SHM-7
TEST(Segmenter, FramesAgreeWithTheirChecksumsWhilePayloadChanges) {
  SeededRng rng(5);
  Bytes payload = random_bytes(rng, 9000);
  const TxFrame frame = tcp_frame({.segment_size = 1400}, payload);
  Segmenter segmenter(frame);
  Bytes out(segmenter.largest_frame());
  for (ByteView made = segmenter.next(out); !made.empty(); made = segmenter.next(out)) {
    see_tcp(made);
    std::ranges::copy(random_bytes(rng, payload.size()), payload.begin());
  }
}

// RFC 768: an all-zero transmitted checksum means that there is none.
TEST(CompleteChecksum, SendsZeroAsAllOnes) {
  Bytes region(8);
  store_be16(region, 0, 0xffff);
  complete_checksum(region, 0, 6);
  EXPECT_EQ(load_be16(region, 6), 0xffff);
}

RxFrame merged_from(const Bytes& bytes, std::uint16_t segment_size) {
  return {.bytes = bytes, .checksum_verified = true, .segment_size = segment_size};
}

Bytes flat(const TxFrame& frame) {
  Bytes bytes = to_bytes(frame.header_bytes());
  for (std::size_t i = 0; i < frame.payload_parts; ++i) {
    bytes.insert(bytes.end(), frame.payload[i].begin(), frame.payload[i].end());
  }
  return bytes;
}

TEST(ResendForm, MergedFrameIsCutIntoWhatItWasMergedFrom) {
  SeededRng rng(6);
  for (const auto family : {wire::Family::ipv4, wire::Family::ipv6}) {
    const Bytes payload = random_bytes(rng, 5000);
    const TcpWish wish{.family = family, .segment_size = 1448};
    Bytes received = flat(tcp_frame(wish, payload));
    // Whatever the checksum field holds: the device vouched for the payload, not for the field.
    store_be16(received, (family == wire::Family::ipv4 ? 34U : 54U) + 16, 0xdead);
    const auto again = resend_form(merged_from(received, 1448));
    ASSERT_TRUE(again.has_value());
    expect_equal_stream(wish, payload, cut(*again));
  }
}

TEST(ResendForm, PartialChecksumIsCompletedAndPaddingDropped) {
  const Bytes payload(5, std::byte{1});
  Bytes received = flat(tcp_frame({}, payload));
  received.resize(received.size() + 9, std::byte{0xee});
  const auto again = resend_form({.bytes = received, .checksum_verified = true});
  ASSERT_TRUE(again.has_value());
  expect_equal_stream({}, payload, cut(*again));
}

TEST(ResendForm, UdpWithoutChecksumStaysWithoutOne) {
  Bytes received = udp_frame(wire::Family::ipv4, Bytes(100));
  store_be16(received, 34 + 6, 0);
  const auto again = resend_form({.bytes = received, .checksum_verified = true});
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(cut(*again), std::vector<Bytes>{received});
}

TEST(ResendForm, UnverifiedFrameKeepsItsWrongChecksum) {
  Bytes received = udp_frame(wire::Family::ipv4, Bytes(100));
  store_be16(received, 34 + 6, 0x1234);
  const auto again = resend_form({.bytes = received});
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(cut(*again), std::vector<Bytes>{received});
}

TEST(ResendForm, MergedDatagramsAreCutIntoWhatTheyWereMergedFrom) {
  SeededRng rng(8);
  constexpr std::size_t kStep = 1000;
  for (const auto family : {wire::Family::ipv4, wire::Family::ipv6}) {
    const Bytes payload = random_bytes(rng, 2 * kStep + 1);
    Bytes received = udp_frame(family, payload);
    store_be16(received, (family == wire::Family::ipv4 ? 34U : 54U) + 6, 0xdead);
    const auto again = resend_form(merged_from(received, kStep));
    ASSERT_TRUE(again.has_value());
    const std::vector<Bytes> frames = cut(*again);
    ASSERT_EQ(frames.size(), 3U);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const ByteView rest = ByteView(payload).subspan(i * kStep);
      Bytes expected = udp_frame(family, rest.first(std::min(rest.size(), kStep)));
      if (family == wire::Family::ipv4) {
        store_be16(expected, 18, static_cast<std::uint16_t>(load_be16(expected, 18) + i));
        set_ip_length(expected, family, 20);
      }
      EXPECT_EQ(frames[i], expected) << i;
    }
  }
}

TEST(ResendForm, RefusesMergedFramesOfOtherProtocols) {
  Bytes other = udp_frame(wire::Family::ipv4, Bytes(3000));
  other[23] = std::byte{132};
  EXPECT_FALSE(resend_form(merged_from(other, 1000)).has_value());
}

// Bytes from the wire are hostile: every truncation and many scribbles of a merged frame.
TEST(ResendForm, SurvivesAnyBytes) {
  SeededRng rng(7);
  for (const auto family : {wire::Family::ipv4, wire::Family::ipv6}) {
    const Bytes whole = flat(tcp_frame({.family = family}, random_bytes(rng, 400)));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes shorter(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      if (const auto again = resend_form(merged_from(shorter, 100))) cut(*again);
    }
    for (int round = 0; round < 20000; ++round) {
      Bytes bytes = whole;
      for (int i = 0; i < 3; ++i)
        bytes[12 + rng.below(70)] = static_cast<std::byte>(rng.next_u32());
      const std::uint16_t size = static_cast<std::uint16_t>(rng.below(1000));
      if (const auto again = resend_form(merged_from(bytes, size))) cut(*again);
    }
  }
}

}  // namespace
}  // namespace zsock::drivers::testing
