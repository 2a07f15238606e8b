#include "drivers/coalesce.h"

#include <map>
#include <utility>

#include "drivers/memory.h"
#include "drivers/offload.h"
#include "drivers/transport.h"
#include "tests/drivers/frames.h"

namespace zsock::drivers::testing {
namespace {

using wire::Family;
using wire::tcp_flag::kAck;
using wire::tcp_flag::kPsh;

constexpr std::size_t kIpv4Identification = 18;

constexpr std::size_t tcp_start(Family family) {
  return family == Family::ipv4 ? 34 : 54;
}

/// One flow's segments as its sender makes them, each a complete frame.
class Sender {
 public:
  explicit Sender(Family family, std::uint16_t port = 80) : family_(family), port_(port) {}

  Bytes next(ByteView text, std::uint8_t flags = kAck) {
    TxFrame frame = tcp_frame({.family = family_,
                               .sequence = sequence_,
                               .flags = flags,
                               .identification = identification_++},
                              text);
    store_be16(frame.header, tcp_start(family_), port_);
    sequence_ += static_cast<std::uint32_t>(text.size());
    Segmenter segmenter(frame);
    Bytes out(segmenter.largest_frame());
    segmenter.next(out);
    return out;
  }
  /// \param step  octets of each segment but the last, which has PSH
  std::vector<Bytes> burst(ByteView text, std::size_t step) {
    std::vector<Bytes> frames;
    for (; text.size() > step; text = text.subspan(step)) frames.push_back(next(text.first(step)));
    frames.push_back(next(text, kAck | kPsh));
    return frames;
  }
  void skip(std::uint32_t octets) { sequence_ += octets; }

 private:
  Family family_;
  std::uint16_t port_;
  std::uint32_t sequence_ = 0xffff0000;  // wraps on the way
  std::uint16_t identification_ = 7;
};

/// Makes both checksums right after a change.
void sum_anew(Bytes& frame, Family family) {
  const std::size_t start = tcp_start(family);
  if (family == Family::ipv4) set_ip_length(frame, family, start - 14);
  auto partial = resend_form({.bytes = frame, .checksum_verified = true});
  ASSERT_TRUE(partial.has_value());
  Segmenter segmenter(*partial);
  Bytes out(segmenter.largest_frame());
  segmenter.next(out);
  frame = out;
}

/// What one device hands up, as cut frames and as how many frames it was.
struct Seen {
  std::vector<Bytes> frames{};
  std::vector<std::uint16_t> segment_sizes{};
};

class CoalesceTest : public ::testing::Test {
 protected:
  void send(const Bytes& frame) { ASSERT_TRUE(wire_.right->send(plain_frame(frame))); }
  void send(const std::vector<Bytes>& frames) {
    for (const Bytes& frame : frames) send(frame);
  }
  /// Everything that is there.
  Seen receive() {
    Seen seen;
    Bytes buffer(kReceiveBufferOctets);
    for (auto frame = device_->receive(buffer); frame; frame = device_->receive(buffer)) {
      EXPECT_LE(frame->bytes.size(), kMaxFrameOctets);
      EXPECT_TRUE(frame->segment_size == 0 || frame->checksum_verified);
      seen.segment_sizes.push_back(frame->segment_size);
      cut_into(seen.frames, *frame);
    }
    return seen;
  }

 private:
  static void cut_into(std::vector<Bytes>& frames, const RxFrame& frame) {
    if (frame.segment_size == 0) {
      frames.push_back(to_bytes(frame.bytes));
      return;
    }
    EXPECT_GT(frame.bytes.size(), frame.segment_size);
    EXPECT_EQ(find_transport(frame.bytes)->end, frame.bytes.size());
    const auto again = resend_form(frame);
    ASSERT_TRUE(again.has_value());
    Segmenter segmenter(*again);
    Bytes out(segmenter.largest_frame());
    for (ByteView made = segmenter.next(out); !made.empty(); made = segmenter.next(out)) {
      frames.push_back(to_bytes(made));
    }
  }

  MemoryWire wire_ = make_memory_wire({.mtu = 9000});
  std::unique_ptr<Device> device_ = make_coalescing(std::move(wire_.left));
};

class CoalesceFamilyTest : public CoalesceTest, public ::testing::WithParamInterface<Family> {};
INSTANTIATE_TEST_SUITE_P(Both, CoalesceFamilyTest, ::testing::Values(Family::ipv4, Family::ipv6));

TEST_P(CoalesceFamilyTest, JoinsABurstAndLosesNothingOfIt) {
  SeededRng rng(1);
  for (const std::size_t size : {2U, 1001U, 1448U, 1449U, 2896U, 40001U}) {
    Sender sender(GetParam());
    const auto frames = sender.burst(random_bytes(rng, size), size < 10 ? 1 : 1448);
    send(frames);
    const Seen seen = receive();
    EXPECT_EQ(seen.frames, frames);
    EXPECT_EQ(seen.segment_sizes.size(), 1U) << size;
  }
}

TEST_P(CoalesceFamilyTest, EndsAFrameWhereTheLengthFieldDoes) {
  Sender sender(GetParam());
  std::vector<Bytes> frames;
  for (int i = 0; i < 60; ++i) frames.push_back(sender.next(Bytes(8000, std::byte{1})));
  send(frames);
  const Seen seen = receive();
  EXPECT_EQ(seen.frames, frames);
  EXPECT_EQ(seen.segment_sizes.size(), 8U);  // 60 in eights, for 65,535 octets
}

// Many tiny segments must not keep the caller from its other work.
TEST_P(CoalesceFamilyTest, JoinsNoMoreThanABatch) {
  Sender sender(GetParam());
  std::vector<Bytes> frames;
  for (int i = 0; i < 200; ++i) frames.push_back(sender.next(Bytes(1, std::byte{7})));
  send(frames);
  const Seen seen = receive();
  EXPECT_EQ(seen.frames, frames);
  EXPECT_EQ(seen.segment_sizes.size(), 4U);
}

TEST_P(CoalesceFamilyTest, JoinsFlowsThatAlternate) {
  SeededRng rng(2);
  for (const std::size_t flows : {2U, 8U}) {
    std::vector<Sender> senders;
    for (std::size_t i = 0; i < flows; ++i) {
      senders.emplace_back(GetParam(), static_cast<std::uint16_t>(100 + i));
    }
    for (int i = 0; i < 4; ++i) {
      for (Sender& sender : senders) send(sender.next(random_bytes(rng, 500)));
    }
    const Seen seen = receive();
    EXPECT_EQ(seen.frames.size(), 4 * flows);
    EXPECT_EQ(seen.segment_sizes, std::vector<std::uint16_t>(flows, 500));
  }
}

// A flow too many: the oldest goes up, nothing is lost.
TEST_P(CoalesceFamilyTest, MoreFlowsThanPlaces) {
  for (std::size_t i = 0; i < 30; ++i) {
    send(Sender(GetParam(), static_cast<std::uint16_t>(100 + i)).next(Bytes(10 + i)));
  }
  const Seen seen = receive();
  ASSERT_EQ(seen.frames.size(), 30U);
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_EQ(load_be16(seen.frames[i], tcp_start(GetParam())), 100 + i);
  }
}

TEST_P(CoalesceFamilyTest, PushedSegmentWaitsForNothing) {
  Sender sender(GetParam());
  send(sender.next(Bytes(100), kAck | kPsh));
  send(sender.next(Bytes(100), kAck | kPsh));
  EXPECT_EQ(receive().segment_sizes, (std::vector<std::uint16_t>{0, 0}));
}

TEST_P(CoalesceFamilyTest, ShortSegmentEndsAFrame) {
  Sender sender(GetParam());
  for (const std::size_t size : {500U, 499U, 499U, 500U}) send(sender.next(Bytes(size)));
  EXPECT_EQ(receive().segment_sizes, (std::vector<std::uint16_t>{500, 0, 0}));
}

TEST_P(CoalesceFamilyTest, LinkPaddingIsNotText) {
  Sender sender(GetParam());
  Bytes first = sender.next(Bytes(1, std::byte{1}));
  Bytes second = sender.next(Bytes(1, std::byte{2}));
  const std::vector<Bytes> frames{first, second};
  first.resize(first.size() + 9);
  second.resize(second.size() + 9);
  send(first);
  send(second);
  const Seen seen = receive();
  EXPECT_EQ(seen.frames, frames);
  EXPECT_EQ(seen.segment_sizes, (std::vector<std::uint16_t>{1}));
}

/// A change to the second of two segments after which it must stay by itself.
struct Difference {
  const char* name;
  std::size_t offset;  ///< from the start of TCP, or of the frame when negative of that
  enum class Where : std::uint8_t { link, ip4, ip6, tcp } where;
  unsigned change;  ///< to be xored
  bool summed = true;
};

std::ostream& operator<<(std::ostream& out, const Difference& difference) {
  return out << difference.name;
}

using Where = Difference::Where;
constexpr Difference kDifferences[] = {
    {"link source", 6, Where::link, 1},
    {"DSCP", 1, Where::ip4, 0x04},
    {"ECT", 1, Where::ip4, 0x02},
    {"CE", 1, Where::ip4, 0x03},
    {"no DF", 6, Where::ip4, 0x40},
    {"TTL", 8, Where::ip4, 1},
    {"IPv4 checksum", 10, Where::ip4, 1, false},
    {"traffic class", 1, Where::ip6, 0x30},
    {"flow label", 3, Where::ip6, 1},
    {"hop limit", 7, Where::ip6, 1},
    {"source port", 1, Where::tcp, 1},
    {"gap", 6, Where::tcp, 1},
    {"acknowledgment", 11, Where::tcp, 1},
    {"AE", 12, Where::tcp, 1},
    {"FIN", 13, Where::tcp, 0x01},
    {"SYN", 13, Where::tcp, 0x02},
    {"RST", 13, Where::tcp, 0x04},
    {"no ACK", 13, Where::tcp, 0x10},
    {"URG", 13, Where::tcp, 0x20},
    {"ECE", 13, Where::tcp, 0x40},
    {"CWR", 13, Where::tcp, 0x80},
    {"window", 15, Where::tcp, 1},
    {"TCP checksum", 17, Where::tcp, 1, false},
    {"urgent pointer", 19, Where::tcp, 1},
    {"option kind", 20, Where::tcp, 0x40},
    {"timestamp", 27, Where::tcp, 1},
    {"timestamp echo", 31, Where::tcp, 1},
    {"data offset", 12, Where::tcp, 0x30},  // eight words become eleven: other text
    {"text", 40, Where::tcp, 1, false},
};

class CoalesceDifferenceTest : public CoalesceTest,
                               public ::testing::WithParamInterface<Difference> {};
INSTANTIATE_TEST_SUITE_P(All, CoalesceDifferenceTest, ::testing::ValuesIn(kDifferences));

TEST_P(CoalesceDifferenceTest, StaysByItselfAndInOrder) {
  const Difference& difference = GetParam();
  SeededRng rng(3);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (difference.where == Where::ip4 && family != Family::ipv4) continue;
    if (difference.where == Where::ip6 && family != Family::ipv6) continue;
    const std::size_t base = difference.where == Where::link  ? 0
                             : difference.where == Where::tcp ? tcp_start(family)
                                                              : 14;
    Sender sender(family);
    std::vector<Bytes> frames;
    for (int i = 0; i < 3; ++i) frames.push_back(sender.next(random_bytes(rng, 700)));
    std::byte& octet = frames[1].at(base + difference.offset);
    octet ^= static_cast<std::byte>(difference.change);
    if (difference.summed) sum_anew(frames[1], family);
    send(frames);
    const Seen seen = receive();
    EXPECT_EQ(seen.segment_sizes, (std::vector<std::uint16_t>{0, 0, 0}));
    auto expected = frames;
    std::ranges::sort(expected);
    auto came = seen.frames;
    std::ranges::sort(came);
    EXPECT_EQ(came, expected);
    const bool same_flow = std::string_view(difference.name) != "source port";
    if (same_flow) {
      EXPECT_EQ(seen.frames, frames);
    }
  }
}

TEST_F(CoalesceTest, IdentificationsMayBeAny) {
  Sender sender(Family::ipv4);
  std::vector<Bytes> frames{sender.next(Bytes(100)), sender.next(Bytes(100))};
  store_be16(frames[1], kIpv4Identification, 0x1234);
  set_ip_length(frames[1], Family::ipv4, 20);
  send(frames);
  EXPECT_EQ(receive().segment_sizes, (std::vector<std::uint16_t>{100}));
}

TEST_F(CoalesceTest, OtherProtocolsPassAtOnce) {
  Sender sender(Family::ipv4);
  const Bytes udp = udp_frame(Family::ipv4, Bytes(100));
  const Bytes first = sender.next(Bytes(100));
  send(first);
  send(udp);
  EXPECT_EQ(receive().frames, (std::vector<Bytes>{udp, first}));
}

/// Without what need not survive: padding, and the identification with its checksum.
Bytes essence(Bytes frame) {
  const auto transport = find_transport(frame);
  if (!transport) return frame;
  frame.resize(transport->end);
  if (transport->family == Family::ipv4) {
    store_be16(frame, kIpv4Identification, 0);
    store_be16(frame, 24, 0);
  }
  return frame;
}

/// Frames by flow in their order; those that have none by their bytes.
std::map<Bytes, std::vector<Bytes>> by_flow(const std::vector<Bytes>& frames) {
  std::map<Bytes, std::vector<Bytes>> flows;
  for (const Bytes& frame : frames) {
    const auto transport = find_transport(frame);
    Bytes key = frame;
    if (transport && transport->protocol == kProtocolTcp &&
        transport->start + 4 <= transport->end) {
      key = to_bytes(ByteView(frame).subspan(transport->start, 4));
      for (const auto& address : {transport->source, transport->destination}) {
        for (const auto octet : address.octets()) key.push_back(static_cast<std::byte>(octet));
      }
    }
    flows[key].push_back(essence(frame));
  }
  return flows;
}

/// A frame that one of the senders may have sent, or whoever is up to no good.
Bytes odd_frame(SeededRng& rng, Sender& sender) {
  const std::uint32_t kind = rng.below(20);
  if (kind == 0) sender.skip(rng.below(3000));
  const std::size_t size = rng.below(3) != 0 ? 900 : rng.below(1400);
  Bytes frame = sender.next(random_bytes(rng, size),
                            kind == 1 ? rng.below(256) & 0xffU : kAck | (kind == 2 ? kPsh : 0));
  if (kind == 3) frame[12 + rng.below(60)] ^= static_cast<std::byte>(1U << rng.below(8));
  if (kind == 4) frame.resize(14 + rng.below(static_cast<std::uint32_t>(frame.size() - 13)));
  if (kind == 5) frame.resize(frame.size() + rng.below(40));
  return frame;
}

// The oracle: cut again, each flow is what it was, frame by frame.
TEST_F(CoalesceTest, AnyFramesInAnyBatchesComeOutAsTheyWentIn) {
  std::size_t in = 0;
  std::size_t out = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SeededRng rng(seed);
    std::vector<Sender> senders;
    for (std::uint16_t i = 0; i < 12; ++i) {
      senders.emplace_back(i % 3 == 0 ? Family::ipv6 : Family::ipv4, i);
    }
    const std::uint32_t flows = 1 + rng.below(12);
    std::vector<Bytes> went;
    Seen came;
    for (int batch = 0; batch < 4; ++batch) {
      for (std::uint32_t i = rng.below(200); i > 0; --i) {
        went.push_back(odd_frame(rng, senders[rng.below(flows)]));
        send(went.back());
      }
      const Seen seen = receive();
      came.frames.insert(came.frames.end(), seen.frames.begin(), seen.frames.end());
      out += seen.segment_sizes.size();
      ASSERT_EQ(came.frames.size(), went.size()) << "held back, seed " << seed;
    }
    in += went.size();
    ASSERT_EQ(by_flow(came.frames), by_flow(went)) << "seed " << seed;
  }
  EXPECT_LT(3 * out, 2 * in);  // so much is worth joining here
}

/// Gives one frame, then only trouble.
class Failing final : public Device {
 public:
  explicit Failing(Bytes frame) : frame_(std::move(frame)) {}
  [[nodiscard]] DeviceInfo info() const override { return {}; }
  [[nodiscard]] int fd() const override { return -1; }
  Status<std::error_code> send(const TxFrame&) override { return {}; }
  Result<RxFrame, std::error_code> receive(MutableBytes buffer) override {
    if (std::exchange(given_, true)) return Err{std::make_error_code(std::errc::no_such_device)};
    copy_bytes(buffer, frame_);
    return RxFrame{.bytes = buffer.first(frame_.size())};
  }

 private:
  Bytes frame_;
  bool given_ = false;
};

TEST(Coalesce, TroubleComesAfterWhatCameBefore) {
  const auto device =
      make_coalescing(std::make_unique<Failing>(Sender(Family::ipv4).next(Bytes(100))));
  Bytes buffer(kReceiveBufferOctets);
  EXPECT_TRUE(device->receive(buffer).has_value());
  const auto end = device->receive(buffer);
  ASSERT_FALSE(end.has_value());
  EXPECT_EQ(end.error(), std::errc::no_such_device);
}

}  // namespace
}  // namespace zsock::drivers::testing
