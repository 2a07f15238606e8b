#include "drivers/fault.h"

#include <bit>
#include <set>

#include "drivers/memory.h"
#include "tests/drivers/frames.h"

namespace zsock::drivers::testing {
namespace {

using namespace std::chrono_literals;

Instant at(Duration time) {
  return Instant(time);
}

/// A faulty device on the left of a perfect wire.
struct Bench {
  explicit Bench(const FaultOptions& options, const MemoryOptions& memory = {}) {
    MemoryWire wire = make_memory_wire(memory);
    faulty = make_fault(std::move(wire.left), options);
    peer = std::move(wire.right);
  }
  std::unique_ptr<Device> faulty;
  std::unique_ptr<Device> peer;
};

/// Frame number `n`: told apart by its content.
Bytes numbered(std::uint32_t n) {
  Bytes payload(50);
  store_be32(payload, 0, n);
  return udp_frame(wire::Family::ipv4, payload);
}

std::vector<std::uint32_t> numbers(const std::vector<Bytes>& frames) {
  std::vector<std::uint32_t> result;
  for (const Bytes& frame : frames) result.push_back(load_be32(frame, 42));
  return result;
}

/// `count` frames into `from`, and what comes out of `to` in the following second.
std::vector<Bytes> pass(Bench& bench, Device& from, Device& to, std::uint32_t count) {
  for (std::uint32_t n = 0; n < count; ++n) EXPECT_TRUE(from.send(plain_frame(numbered(n))));
  std::vector<Bytes> out;
  for (Duration time = 0ms; time <= 1s; time += 1ms) {
    bench.faulty->advance(at(time));
    for (Bytes& frame : receive_all(to)) out.push_back(std::move(frame));
  }
  EXPECT_FALSE(bench.faulty->next_deadline().has_value());
  return out;
}

constexpr std::uint32_t kFrames = 900;

TEST(Fault, LossTakesItsShareInBothDirections) {
  Bench bench({.loss = 0.3, .seed = 7});
  const std::size_t out = pass(bench, *bench.faulty, *bench.peer, kFrames).size();
  const std::size_t in = pass(bench, *bench.peer, *bench.faulty, kFrames).size();
  EXPECT_NEAR(static_cast<double>(out), 0.7 * kFrames, 60);
  EXPECT_NEAR(static_cast<double>(in), 0.7 * kFrames, 60);
}

TEST(Fault, SameSeedSameFate) {
  const FaultOptions options{
      .loss = 0.2, .duplicate = 0.2, .reorder = 0.2, .corrupt = 0.2, .jitter = 3ms, .seed = 9};
  Bench one(options);
  Bench two(options);
  FaultOptions other = options;
  other.seed = 10;
  Bench three(other);
  const auto first = pass(one, *one.faulty, *one.peer, kFrames);
  EXPECT_EQ(first, pass(two, *two.faulty, *two.peer, kFrames));
  EXPECT_NE(first, pass(three, *three.faulty, *three.peer, kFrames));
}

TEST(Fault, DirectionsHaveFatesOfTheirOwn) {
  Bench bench({.loss = 0.5});
  const auto out = numbers(pass(bench, *bench.faulty, *bench.peer, kFrames));
  EXPECT_NE(out, numbers(pass(bench, *bench.peer, *bench.faulty, kFrames)));
}

TEST(Fault, DuplicatesDeliverTwice) {
  Bench bench({.duplicate = 1});
  EXPECT_EQ(numbers(pass(bench, *bench.faulty, *bench.peer, 3)),
            (std::vector<std::uint32_t>{0, 0, 1, 1, 2, 2}));
}

TEST(Fault, CorruptionFlipsExactlyOneBit) {
  Bench bench({.corrupt = 1});
  const auto frames = pass(bench, *bench.faulty, *bench.peer, 200);
  ASSERT_EQ(frames.size(), 200U);
  for (std::uint32_t n = 0; n < 200; ++n) {
    const Bytes sent = numbered(n);
    ASSERT_EQ(frames[n].size(), sent.size());
    int flipped = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      flipped += std::popcount(std::to_integer<unsigned>(frames[n][i] ^ sent[i]));
    }
    EXPECT_EQ(flipped, 1);
  }
}

TEST(Fault, ReorderingLosesNothing) {
  Bench bench({.reorder = 0.3});
  const auto seen = numbers(pass(bench, *bench.faulty, *bench.peer, kFrames));
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), kFrames);
  EXPECT_FALSE(std::ranges::is_sorted(seen));
}

TEST(Fault, DelayHoldsFramesForExactlyItsTime) {
  Bench bench({.delay = 20ms});
  bench.faulty->advance(at(1s));
  ASSERT_TRUE(bench.faulty->send(plain_frame(numbered(1))));
  ASSERT_TRUE(bench.peer->send(plain_frame(numbered(2))));
  EXPECT_TRUE(receive_all(*bench.faulty).empty());
  EXPECT_EQ(bench.faulty->next_deadline(), at(1020ms));
  bench.faulty->advance(at(1020ms) - 1us);
  EXPECT_TRUE(receive_all(*bench.peer).empty());
  EXPECT_TRUE(receive_all(*bench.faulty).empty());
  bench.faulty->advance(at(1020ms));
  EXPECT_EQ(numbers(receive_all(*bench.peer)), std::vector<std::uint32_t>{1});
  EXPECT_EQ(numbers(receive_all(*bench.faulty)), std::vector<std::uint32_t>{2});
  EXPECT_FALSE(bench.faulty->next_deadline().has_value());
}

TEST(Fault, JitterStaysInItsRangeAndVaries) {
  Bench bench({.delay = 10ms, .jitter = 5ms});
  for (std::uint32_t n = 0; n < 100; ++n) {
    ASSERT_TRUE(bench.faulty->send(plain_frame(numbered(n))));
  }
  std::set<Duration> times;
  while (const auto next = bench.faulty->next_deadline()) {
    bench.faulty->advance(*next);
    times.insert(next->time_since_epoch());
  }
  EXPECT_EQ(receive_all(*bench.peer).size(), 100U);
  EXPECT_GE(*times.begin(), 10ms);
  EXPECT_LE(*times.rbegin(), 15ms);
  EXPECT_GT(times.size(), 50U);
}

TEST(Fault, RateSpacesFrames) {
  const auto bits = numbered(0).size() * 8;
  Bench bench({.rate = bits * 100});  // 100 such frames a second
  for (std::uint32_t n = 0; n < 10; ++n) {
    ASSERT_TRUE(bench.faulty->send(plain_frame(numbered(n))));
  }
  for (int n = 1; n <= 10; ++n) {
    EXPECT_EQ(bench.faulty->next_deadline(), at(n * 10ms));
    bench.faulty->advance(at(n * 10ms));
    EXPECT_EQ(receive_all(*bench.peer).size(), 1U);
  }
}

TEST(Fault, FullQueueDropsTheTail) {
  Bench bench({.delay = 1ms, .queue_frames = 5});
  EXPECT_EQ(numbers(pass(bench, *bench.faulty, *bench.peer, 8)),
            (std::vector<std::uint32_t>{0, 1, 2, 3, 4}));
}

TEST(Fault, SuperFramesAreCutBeforeTheyMeetTheirFate) {
  Bench bench({.loss = 0.5, .seed = 3}, {.offload = Offload::on});
  const Bytes payload(60000, std::byte{1});
  ASSERT_TRUE(bench.faulty->send(tcp_frame({.segment_size = 1000}, payload)));
  const auto frames = receive_all(*bench.peer);
  EXPECT_GT(frames.size(), 15U);
  EXPECT_LT(frames.size(), 45U);
  for (const Bytes& frame : frames) EXPECT_EQ(see_tcp(frame).payload.size(), 1000U);
  EXPECT_EQ(bench.faulty->info().max_segmentation, 0U);
}

TEST(Fault, MergedFramesAreCutLikewiseAndSummed) {
  Bench bench({.loss = 0.5, .seed = 3}, {.offload = Offload::on});
  const Bytes payload(60000, std::byte{1});
  ASSERT_TRUE(
      bench.peer->send(tcp_frame({.family = wire::Family::ipv6, .segment_size = 1000}, payload)));
  Bytes buffer(kReceiveBufferOctets);
  int count = 0;
  for (auto frame = bench.faulty->receive(buffer); frame; frame = bench.faulty->receive(buffer)) {
    EXPECT_FALSE(frame->checksum_verified);  // a flipped bit must be found
    EXPECT_EQ(frame->segment_size, 0);
    EXPECT_EQ(see_tcp(frame->bytes).payload.size(), 1000U);
    ++count;
  }
  EXPECT_GT(count, 15);
  EXPECT_LT(count, 45);
}

TEST(Fault, FullDeviceIsTriedAgain) {
  Bench bench({.delay = 1ms}, {.queue_frames = 2});
  for (std::uint32_t n = 0; n < 5; ++n) {
    ASSERT_TRUE(bench.faulty->send(plain_frame(numbered(n))));
  }
  std::vector<std::uint32_t> seen;
  for (Duration time = 1ms; bench.faulty->next_deadline(); time += 1ms) {
    ASSERT_LE(bench.faulty->next_deadline(), at(time));
    bench.faulty->advance(at(time));
    for (const std::uint32_t n : numbers(receive_all(*bench.peer))) seen.push_back(n);
    ASSERT_LT(time, 100ms);
  }
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 1, 2, 3, 4}));
}

/// A flood of which nothing is let through must not keep receive() from returning, nor be left.
TEST(Fault, TotalLossReturnsInTimeAndAsksForMore) {
  Bench bench({.loss = 1});
  for (std::uint32_t n = 0; n < 500; ++n) {
    ASSERT_TRUE(bench.peer->send(plain_frame(numbered(n))));
  }
  Bytes buffer(kReceiveBufferOctets);
  int calls = 0;
  do {
    EXPECT_FALSE(bench.faulty->receive(buffer).has_value());
    ++calls;
  } while (bench.faulty->next_deadline() && calls < 100);
  EXPECT_GT(calls, 1);
  EXPECT_LT(calls, 100);
}

/// A device that has gone.
class Gone final : public Device {
 public:
  [[nodiscard]] DeviceInfo info() const override { return {}; }
  [[nodiscard]] int fd() const override { return -1; }
  Result<RxFrame, std::error_code> receive(MutableBytes) override {
    return Err{std::make_error_code(std::errc::bad_file_descriptor)};
  }
  Status<std::error_code> send(const TxFrame&) override {
    return Err{std::make_error_code(std::errc::bad_file_descriptor)};
  }
};

TEST(Fault, TroubleOfTheDeviceShows) {
  const auto faulty = make_fault(std::make_unique<Gone>(), {.loss = 0.1});
  EXPECT_TRUE(faulty->send(plain_frame(numbered(1))));
  EXPECT_FALSE(faulty->next_deadline().has_value());
  Bytes buffer(kReceiveBufferOctets);
  const auto frame = faulty->receive(buffer);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), std::errc::bad_file_descriptor);
}

}  // namespace
}  // namespace zsock::drivers::testing
