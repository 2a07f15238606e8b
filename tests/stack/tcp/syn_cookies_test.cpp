// RFC 4987 3.6
#include "daemon/stack/tcp/syn_cookies.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{64000s};  // where an epoch begins
constexpr Seq kIrs{0xffff'fff0U};

wire::Flow flow_from(std::uint16_t port) {
  return {.local = {.address = wire::IpAddress::v4(192, 0, 2, 1), .port = 80},
          .remote = {.address = wire::IpAddress::v4(192, 0, 2, 2), .port = port}};
}

class SynCookiesTest : public testing::Test {
 protected:
  SeededRng rng_{1};
  SynCookies cookies_{rng_};
};

TEST_F(SynCookiesTest, TellTheNextSmallerSegmentSize) {
  for (const auto& [told, kept] :
       std::vector<std::pair<std::uint16_t, std::uint16_t>>{{1, 48},
                                                            {536, 536},
                                                            {1219, 536},
                                                            {1220, 1220},
                                                            {1459, 1440},
                                                            {1460, 1460},
                                                            {8959, 1460},
                                                            {8960, 8960},
                                                            {65535, 8960}}) {
    const Seq iss = cookies_.make(flow_from(1), kIrs, told, kStart);
    EXPECT_EQ(cookies_.check(flow_from(1), kIrs, iss, kStart), kept) << told;
  }
}

// req: T-SYN
TEST_F(SynCookiesTest, LastForTwoEpochs) {
  const Seq iss = cookies_.make(flow_from(1), kIrs, 1460, kStart);
  EXPECT_TRUE(cookies_.check(flow_from(1), kIrs, iss, kStart + 127s));
  EXPECT_FALSE(cookies_.check(flow_from(1), kIrs, iss, kStart + 128s));
  const Seq late = cookies_.make(flow_from(1), kIrs, 1460, kStart + 63s);
  EXPECT_TRUE(cookies_.check(flow_from(1), kIrs, late, kStart + 127s));
  EXPECT_FALSE(cookies_.check(flow_from(1), kIrs, late, kStart + 128s));
  EXPECT_FALSE(cookies_.check(flow_from(1), kIrs, late, kStart - 1s));
}

TEST_F(SynCookiesTest, BelongToOneSyn) {
  const Seq iss = cookies_.make(flow_from(1), kIrs, 1460, kStart);
  EXPECT_FALSE(cookies_.check(flow_from(2), kIrs, iss, kStart));
  EXPECT_FALSE(cookies_.check(flow_from(1), kIrs + 1, iss, kStart));
  EXPECT_FALSE(cookies_.check(flow_from(1), kIrs, iss + 8, kStart));
  wire::Flow other = flow_from(1);
  other.remote.address = wire::IpAddress::v4(192, 0, 2, 3);
  EXPECT_FALSE(cookies_.check(other, kIrs, iss, kStart));
  const SynCookies another{rng_};
  EXPECT_FALSE(another.check(flow_from(1), kIrs, iss, kStart));
}

TEST_F(SynCookiesTest, SegmentSizeCannotBeForged) {
  const Seq iss = cookies_.make(flow_from(1), kIrs, 536, kStart);
  for (std::uint32_t index = 0; index < 8; ++index) {
    const Seq forged{(iss.value() & ~7U) | index};
    EXPECT_EQ(cookies_.check(flow_from(1), kIrs, forged, kStart).has_value(), forged == iss);
  }
}

TEST_F(SynCookiesTest, CannotBeGuessed) {
  SeededRng rng{2};
  for (int i = 0; i < 100000; ++i) {
    ASSERT_FALSE(cookies_.check(flow_from(1), kIrs, Seq{rng.next_u32()}, kStart));
  }
}

TEST(SynCookiesMark, CarriesScaleSackAndEcn) {
  for (std::uint32_t clock : {0U, 5U, 63U, 64U, 1000000U, 0xffff'ffffU}) {
    for (std::uint8_t scale = 0; scale <= 15; ++scale) {
      for (const bool sack : {false, true}) {
        SynCookies::Extras extras{.sack = sack, .ecn = (scale + clock) % 2 == 0};
        if (scale < 15) extras.window_scale = scale;
        const std::uint32_t marked = SynCookies::mark(clock, extras);
        EXPECT_EQ(SynCookies::read_mark(marked).window_scale, extras.window_scale);
        EXPECT_EQ(SynCookies::read_mark(marked).sack, sack);
        EXPECT_EQ(SynCookies::read_mark(marked).ecn, extras.ecn);
        // RFC 7323 4.1: the clock never runs ahead, so that it need not step back.
        EXPECT_LE(clock - marked, 127U) << clock;
      }
    }
  }
}

}  // namespace
}  // namespace zsock::tcp
