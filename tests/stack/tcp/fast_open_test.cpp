// RFC 7413 4.1.2: the server's cookies.
#include "daemon/stack/tcp/fast_open.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{480h};  // where an epoch begins

wire::Flow flow_from(std::uint8_t host, std::uint16_t port) {
  return {.local = {.address = wire::IpAddress::v4(192, 0, 2, 1), .port = 80},
          .remote = {.address = wire::IpAddress::v4(192, 0, 2, host), .port = port}};
}

const FastOpenKey kKey{SipKey{1, 2}};

// req: T-TFO
TEST(TcpFastOpenKey, KnowsItsCookiesFromAnyPort) {
  const auto cookie = kKey.make(flow_from(2, 1000), kStart);
  EXPECT_EQ(cookie.size, 8);
  EXPECT_EQ(kKey.check(flow_from(2, 2000), cookie, kStart), FastOpenKey::Verdict::fresh);
}

// req: T-TFO
TEST(TcpFastOpenKey, NotOfOtherHostsOrOtherKeys) {
  const auto cookie = kKey.make(flow_from(2, 1000), kStart);
  EXPECT_EQ(kKey.check(flow_from(3, 1000), cookie, kStart), FastOpenKey::Verdict::none);
  EXPECT_EQ(FastOpenKey(SipKey{1, 3}).check(flow_from(2, 1000), cookie, kStart),
            FastOpenKey::Verdict::none);
}

TEST(TcpFastOpenKey, NeitherPartsNorMore) {
  auto cookie = kKey.make(flow_from(2, 1000), kStart);
  cookie.octets[0] ^= std::byte{1};
  EXPECT_EQ(kKey.check(flow_from(2, 1000), cookie, kStart), FastOpenKey::Verdict::none);
  cookie.octets[0] ^= std::byte{1};
  for (const int size : {0, 4, 10, 16}) {
    cookie.size = static_cast<std::uint8_t>(size);
    EXPECT_EQ(kKey.check(flow_from(2, 1000), cookie, kStart), FastOpenKey::Verdict::none) << size;
  }
}

// req: T-TFO
TEST(TcpFastOpenKey, LastsForThisEpochAndTheNext) {
  const auto cookie = kKey.make(flow_from(2, 1000), kStart);
  const auto after = [&](Duration time) {
    return kKey.check(flow_from(2, 1000), cookie, kStart + time);
  };
  EXPECT_EQ(after(12h - 1us), FastOpenKey::Verdict::fresh);
  EXPECT_EQ(after(12h), FastOpenKey::Verdict::old);
  EXPECT_EQ(after(24h - 1us), FastOpenKey::Verdict::old);
  EXPECT_EQ(after(24h), FastOpenKey::Verdict::none);
}

}  // namespace
}  // namespace zsock::tcp
