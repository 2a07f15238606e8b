// RFC 7413 4.1.3: what a client remembers.
#include "daemon/stack/tcp/fast_open_cache.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1000s};

wire::IpAddress server(unsigned number) {
  return wire::IpAddress::v4(198, 51, static_cast<std::uint8_t>(number >> 8U),
                             static_cast<std::uint8_t>(number));
}

wire::FastOpenCookie cookie(unsigned char first, std::uint8_t size = 8) {
  wire::FastOpenCookie made{.size = size};
  made.octets[0] = std::byte{first};
  return made;
}

// req: T-TFO
TEST(TcpFastOpenCache, ARequestUntilACookieIsKnown) {
  FastOpenCache cache;
  ASSERT_TRUE(cache.offer(server(1), kStart));
  EXPECT_EQ(cache.offer(server(1), kStart)->cookie.size, 0);
  cache.learn(server(1), cookie(7), 1400);
  EXPECT_EQ(cache.offer(server(1), kStart)->cookie, cookie(7));
  EXPECT_EQ(cache.offer(server(1), kStart)->peer_mss, 1400);
  EXPECT_EQ(cache.offer(server(2), kStart)->cookie.size, 0);
}

TEST(TcpFastOpenCache, ANewCookieReplacesTheOldOne) {
  FastOpenCache cache;
  cache.learn(server(1), cookie(7), 1400);
  cache.learn(server(1), std::nullopt, 1300);
  EXPECT_EQ(cache.offer(server(1), kStart)->cookie, cookie(7)) << "none: it is still good";
  EXPECT_EQ(cache.offer(server(1), kStart)->peer_mss, 1300);
  cache.learn(server(1), cookie(8, 16), 1300);
  EXPECT_EQ(cache.offer(server(1), kStart)->cookie, cookie(8, 16));
  cache.learn(server(1), wire::FastOpenCookie{}, 1300);
  EXPECT_EQ(cache.offer(server(1), kStart)->cookie, cookie(8, 16)) << "a request is no answer";
}

// RFC 7413 4.1.3.1
// req: T-TFO
TEST(TcpFastOpenCache, BlackHolesAreLeftAloneLongerEachTime) {
  FastOpenCache cache;
  cache.learn(server(1), cookie(7), 1400);
  Instant now = kStart;
  for (const Duration pause : {1h, 2h, 4h, 8h, 16h, 24h, 24h}) {
    cache.note_black_hole(server(1), now);
    EXPECT_FALSE(cache.offer(server(1), now + pause - 1us)) << pause.count();
    now += pause;
    EXPECT_TRUE(cache.offer(server(1), now)) << pause.count();
  }
  cache.learn(server(1), std::nullopt, 1400);
  cache.note_black_hole(server(1), now);
  EXPECT_TRUE(cache.offer(server(1), now + 1h)) << "a success ends the series";
}

TEST(TcpFastOpenCache, ForgetsTheOldestServers) {
  FastOpenCache cache;
  for (unsigned i = 0; i < FastOpenCache::kServers + 1; ++i) cache.learn(server(i), cookie(1), 536);
  EXPECT_EQ(cache.offer(server(0), kStart)->cookie.size, 0);
  EXPECT_EQ(cache.offer(server(1), kStart)->cookie.size, 8);
  EXPECT_EQ(cache.offer(server(FastOpenCache::kServers), kStart)->cookie.size, 8);
}

TEST(TcpFastOpenCache, ServersThatGiveNoneAreNotRemembered) {
  FastOpenCache cache;
  cache.learn(server(0), cookie(1), 536);
  for (unsigned i = 1; i < 1000; ++i) cache.learn(server(i), std::nullopt, 536);
  EXPECT_EQ(cache.offer(server(0), kStart)->cookie.size, 8);
}

}  // namespace
}  // namespace zsock::tcp
