// Two connections joined back to back, with a seeded wire that loses, repeats and reorders.
#include <gtest/gtest.h>

#include <deque>

#include "daemon/stack/base/rng.h"
#include "daemon/stack/tcp/connection.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

/// A segment under way, its text copied.
struct Flying {
  Instant arrives{};
  tcp::SegmentOut header{};
  std::vector<std::byte> text{};
};

/// One end: connection, rings, an application that writes `total` octets and reads all.
struct End {
  explicit End(const tcp::Config& config, std::uint32_t iss, std::size_t ring)
      : receive(ring),
        transmit(ring),
        connection(config, counters, init(iss), {}, {.receive = receive, .transmit = transmit}) {}

  static tcp::ConnectionInit init(std::uint32_t iss) {
    return {.iss = tcp::Seq{iss}, .timestamp_offset = iss, .local_mss = 1460, .path_mss = 1460};
  }
  static std::byte octet(std::uint64_t position) {
    return static_cast<std::byte>(position * 7 + position / 256);
  }

  void work(Instant now) {
    while (written < total && written - connection.transmit_head() < transmit.size()) {
      transmit[static_cast<std::size_t>(written % transmit.size())] = octet(written);
      ++written;
    }
    ASSERT_TRUE(connection.written(written, now));
    if (written == total) connection.shutdown_send(now);
    while (read < connection.receive_tail()) {
      ASSERT_EQ(receive[static_cast<std::size_t>(read % receive.size())], octet(read)) << read;
      ++read;
    }
    ASSERT_TRUE(connection.consumed(read, now));
  }

  Counters counters{};
  std::vector<std::byte> receive;
  std::vector<std::byte> transmit;
  tcp::Connection connection;
  std::deque<Flying> incoming{};
  std::uint64_t total = 0;
  std::uint64_t written = 0;
  std::uint64_t read = 0;
};

class Wire {
 public:
  Wire(std::uint64_t seed, unsigned percent_lost) : rng_(seed), lost_(percent_lost) {}

  void carry(const tcp::SegmentOut& segment, End& to, Instant now) {
    std::vector<std::byte> text;
    for (const ByteView part : segment.text) text.insert(text.end(), part.begin(), part.end());
    // A segment larger than max_segment is cut, as a device does.
    std::size_t at = 0;
    do {
      const std::size_t size = std::min<std::size_t>(text.size() - at, segment.max_segment);
      const bool last = at + size == text.size();
      Flying piece{.arrives = now + 10ms, .header = segment};
      piece.text.assign(text.begin() + static_cast<std::ptrdiff_t>(at),
                        text.begin() + static_cast<std::ptrdiff_t>(at + size));
      piece.header.seq += static_cast<std::uint32_t>(at);
      if (!last) {
        piece.header.flags &=
            static_cast<std::uint8_t>(~(wire::tcp_flag::kFin | wire::tcp_flag::kPsh));
      }
      at += size;
      launch(piece, to);
    } while (at < text.size());
  }

 private:
  void launch(Flying piece, End& to) {
    if (rng_.below(100) < lost_) return;
    if (lost_ > 0 && rng_.below(100) < 10) piece.arrives += Duration{rng_.below(20000)};
    to.incoming.push_back(piece);
    if (rng_.below(100) < lost_ / 2) to.incoming.push_back(piece);
  }

  SeededRng rng_;
  unsigned lost_;
};

void deliver(End& end, Instant now) {
  for (auto it = end.incoming.begin(); it != end.incoming.end();) {
    if (it->arrives > now) {
      ++it;
      continue;
    }
    const Flying flying = std::move(*it);
    it = end.incoming.erase(it);
    const tcp::SegmentOut& h = flying.header;
    const tcp::Segment segment{.seq = h.seq,
                               .ack = h.ack,
                               .flags = h.flags,
                               .window = h.window,
                               .urgent = h.urgent,
                               .options = h.options,
                               .text = flying.text};
    end.connection.on_segment(segment, now);
    end.connection.check_invariants();
  }
}

void transmit(End& from, End& to, Wire& wire, Instant now) {
  tcp::SegmentOut segment;
  for (;;) {
    const bool has = from.connection.has_output(now);
    const bool sent = from.connection.poll_segment(segment, 16384, now);
    ASSERT_EQ(has, sent);
    if (!sent) return;
    from.connection.check_invariants();
    wire.carry(segment, to, now);
  }
}

std::optional<Instant> next_moment(const End& a, const End& b) {
  std::optional<Instant> next;
  const auto offer = [&](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (const End* end : {&a, &b}) {
    offer(end->connection.deadline());
    for (const Flying& flying : end->incoming) offer(flying.arrives);
  }
  return next;
}

bool over(const End& end) {
  return end.connection.state() == tcp::State::closed ||
         end.connection.state() == tcp::State::time_wait;
}

void step(End& end, Instant now) {
  deliver(end, now);
  const auto due = end.connection.deadline();
  if (due && *due <= now) end.connection.on_deadline(now);
  end.connection.check_invariants();
  end.work(now);
}

/// Both ends open actively (RFC 9293 3.5, simultaneous open) and stream to each other.
Duration stream(std::uint64_t seed, unsigned percent_lost, const tcp::Config& config) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << ", loss " << percent_lost << " %");
  Wire wire{seed, percent_lost};
  End a{config, 0xffff'0000U + static_cast<std::uint32_t>(seed), 32768};
  End b{config, 12345, 65536};
  a.total = 300000;
  b.total = 100000;
  Instant now{std::chrono::hours{1}};
  const Instant start = now;
  a.connection.open(now);
  b.connection.open(now);
  for (int rounds = 0; rounds < 200000 && !(over(a) && over(b)); ++rounds) {
    step(a, now);
    step(b, now);
    transmit(a, b, wire, now);
    transmit(b, a, wire, now);
    if (testing::Test::HasFatalFailure()) return {};
    const auto next = next_moment(a, b);
    if (!next) break;
    now = std::max(now, *next);
  }
  // The ACK of the very last FIN may be lost: then that end repeats its FIN until it gives up.
  EXPECT_EQ(a.read, b.total);
  EXPECT_EQ(b.read, a.total);
  EXPECT_TRUE(over(a) || over(b));
  return now - start;
}

// Conformance PR-1
TEST(TcpPair, StreamsOverPerfectWire) {
  EXPECT_LT(stream(1, 0, {}), 2s);
}

TEST(TcpPair, StreamsArriveWholeInSpiteOfLoss) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    stream(seed, static_cast<unsigned>(seed % 30), {});
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

TEST(TcpPair, StreamsArriveWholeWithoutOptions) {
  tcp::Config config;
  config.timestamps = false;
  config.window_scaling = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    stream(seed, static_cast<unsigned>(seed % 20), config);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace zsock::test
