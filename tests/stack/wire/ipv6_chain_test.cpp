// walk_ipv6_chain: req: IP6-2, IP6-3, IP6-4, IP6-9

#include <gtest/gtest.h>

#include "daemon/stack/wire/ipv6.h"
#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;
using test::Octets;
using End = Ipv6Chain::End;

constexpr std::uint8_t kHopByHop = ip_protocol::kHopByHop;
constexpr std::uint8_t kRouting = ip_protocol::kRouting;
constexpr std::uint8_t kFragment = ip_protocol::kFragment;
constexpr std::uint8_t kDestination = ip_protocol::kDestinationOptions;
constexpr std::uint8_t kUdp = ip_protocol::kUdp;

/// The payload the result borrows lives until the end of the caller's expression; tests keep it in
/// a variable where they look at it.
Ipv6Chain walk(std::uint8_t first, const Octets& payload, const Ipv6ChainLimits& limits = {}) {
  return walk_ipv6_chain(Ipv6{.next_header = first, .payload = payload}, limits);
}

/// An options header of the right size around `options` (6, 14, 22, … octets).
Octets options_header(std::uint8_t next, const Octets& options) {
  Octets header(2);
  store_u8(header, 0, next);
  store_u8(header, 1, static_cast<std::uint8_t>((options.size() + 2) / 8 - 1));
  EXPECT_EQ((options.size() + 2) % 8, 0U);
  return header + options;
}

Octets padding(std::uint8_t next) {
  return options_header(next, octets("010400000000"));
}

void expect_problem(const Ipv6Chain& chain, std::uint8_t code, std::uint32_t pointer) {
  EXPECT_EQ(chain.end, End::parameter_problem);
  EXPECT_EQ(chain.code, code);
  EXPECT_EQ(chain.pointer, pointer);
}

TEST(Ipv6Chain, EndsAtOnceWithoutExtensionHeaders) {
  const auto payload = octets("0102030405060708");
  const auto chain = walk(kUdp, payload);
  EXPECT_EQ(chain.end, End::upper_layer);
  EXPECT_EQ(chain.protocol, kUdp);
  EXPECT_EQ(chain.protocol_offset, 6U);
  EXPECT_EQ(test::to_octets(chain.payload), payload);
  EXPECT_FALSE(chain.truncated);
}

// RFC 8200 4.1: any order, hop-by-hop first
TEST(Ipv6Chain, WalksEveryKindInAnyOrder) {
  const auto payload = padding(kDestination) + padding(kRouting) + octets("3c 00 00 00 00000000") +
                       padding(kUdp) + octets("aabb");
  const auto chain = walk(kHopByHop, payload);
  EXPECT_EQ(chain.end, End::upper_layer);
  EXPECT_EQ(chain.protocol, kUdp);
  EXPECT_EQ(chain.protocol_offset, 40U + 24U);
  EXPECT_EQ(test::to_octets(chain.payload), octets("aabb"));
}

// RFC 8200 4.5
TEST(Ipv6Chain, StopsAtTheFragmentHeader) {
  const auto payload = padding(kFragment) + octets("11 00 0001 00000007 aa");
  const auto chain = walk(kDestination, payload);
  EXPECT_EQ(chain.end, End::fragment);
  EXPECT_EQ(chain.protocol, kFragment);
  EXPECT_EQ(chain.protocol_offset, 40U);
  EXPECT_EQ(chain.payload.size(), 9U);
}

// RFC 8200 4.7
TEST(Ipv6Chain, DropsWhatFollowsNoNextHeader) {
  const auto chain = walk(ip_protocol::kNoNextHeader, octets("aabb"));
  EXPECT_EQ(chain.end, End::discard);
  EXPECT_FALSE(chain.truncated);
  EXPECT_EQ(walk(kDestination, padding(ip_protocol::kNoNextHeader)).end, End::discard);
}

// RFC 8200 4, RFC 4443 3.4 code 1: the receiver of an unknown protocol points with this
TEST(Ipv6Chain, NamesTheFieldOfAnUnknownProtocol) {
  const auto chain = walk(kDestination, padding(kDestination) + padding(200) + octets("aa"));
  EXPECT_EQ(chain.end, End::upper_layer);
  EXPECT_EQ(chain.protocol, 200);
  EXPECT_EQ(chain.protocol_offset, 48U);
}

// RFC 8200 4.1, 4.3: anywhere but first it is an unrecognized next header
TEST(Ipv6Chain, ReportsHopByHopOutOfPlace) {
  expect_problem(walk(kDestination, padding(kHopByHop) + padding(kUdp)), 1, 40);
  expect_problem(walk(kHopByHop, padding(kHopByHop) + padding(kUdp)), 1, 40);
  expect_problem(
      walk(kRouting, octets("3c 00 00 00 00000000") + padding(kHopByHop) + padding(kUdp)), 1, 48);
}

// RFC 8200 4.4, RFC 5095 3
TEST(Ipv6ChainRouting, ReportsSegmentsLeftOfAnyType) {
  for (const unsigned type : {0U, 2U, 3U, 4U, 253U}) {
    auto header = octets("11 02 00 01 00000000 20010db8000000000000000000000003");
    store_u8(header, 2, static_cast<std::uint8_t>(type));
    expect_problem(walk(kRouting, header + octets("aa")), 0, 42);
    expect_problem(walk(kDestination, padding(kRouting) + header), 0, 50);
    store_u8(header, 3, 0);
    EXPECT_EQ(walk(kRouting, header + octets("aa")).end, End::upper_layer) << type;
  }
}

// RFC 8200 4.2: the two high bits say what to do
TEST(Ipv6ChainOptions, ObeysTheActionBits) {
  for (unsigned type = 2; type < 256; ++type) {
    if (type == 5) continue;
    auto options = octets("0100 00 02 0000");
    store_u8(options, 2, static_cast<std::uint8_t>(type));
    store_u8(options, 3, 2);
    for (const std::uint8_t kind : {kHopByHop, kDestination}) {
      const auto chain = walk(kind, options_header(kUdp, options) + octets("aa"));
      SCOPED_TRACE(type);
      switch (type >> 6U) {
        case 0:
          EXPECT_EQ(chain.end, End::upper_layer);
          break;
        case 1:
          EXPECT_EQ(chain.end, End::discard);
          EXPECT_FALSE(chain.truncated);
          break;
        default:
          expect_problem(chain, 2, 44);
          EXPECT_EQ(chain.report_even_to_multicast, type >> 6U == 2);
      }
    }
  }
}

TEST(Ipv6ChainOptions, PointsAtTheOptionInALaterHeader) {
  const auto payload =
      padding(kDestination) + options_header(kUdp, octets("00 0101 00 00 00 00 c3 05 0000000000"));
  expect_problem(walk(kDestination, payload), 2, 40 + 8 + 2 + 7);
}

// RFC 2675 is not spoken: the jumbo option is an unknown one of kind 11
TEST(Ipv6ChainOptions, ReportsJumbograms) {
  const auto chain = walk(kHopByHop, options_header(kUdp, octets("c204 00010000")));
  expect_problem(chain, 2, 42);
  EXPECT_FALSE(chain.report_even_to_multicast);
}

// RFC 2711 2.1
TEST(Ipv6ChainOptions, SeesRouterAlertInHopByHopOnly) {
  const auto alert = options_header(kUdp, octets("0502 0000 0100")) + octets("aa");
  EXPECT_TRUE(walk(kHopByHop, alert).router_alert);
  EXPECT_EQ(walk(kHopByHop, alert).end, End::upper_layer);
  EXPECT_FALSE(walk(kDestination, alert).router_alert);
  EXPECT_EQ(walk(kDestination, alert).end, End::upper_layer);
  EXPECT_FALSE(walk(kHopByHop, options_header(kUdp, octets("0501 00 0101 00"))).router_alert);
}

TEST(Ipv6ChainOptions, AcceptsAllPadding) {
  EXPECT_EQ(walk(kHopByHop, options_header(kUdp, octets("000000000000"))).end, End::upper_layer);
  EXPECT_EQ(walk(kHopByHop, options_header(kUdp, octets("01020000 00 00"))).end, End::upper_layer);
  EXPECT_EQ(walk(kHopByHop, options_header(kUdp, octets("0000 0100 0100"))).end, End::upper_layer);
}

TEST(Ipv6ChainOptions, DropsOptionsThatLeaveTheirHeader) {
  for (const char* options : {"010500000000", "01ff00000000", "0000000000 01", "0000000000 c2",
                              "00000000 c201", "0104000000 00 "}) {
    const auto header = options_header(kUdp, octets(options)) + octets("aabbccddeeff");
    const bool whole = std::string_view(options).substr(0, 4) == "0104";
    EXPECT_EQ(walk(kDestination, header).end, whole ? End::upper_layer : End::discard) << options;
  }
}

// RFC 7112
TEST(Ipv6Chain, SaysWhenAHeaderIsCutShort) {
  const auto payload = padding(kRouting) + octets("3c 01 00 00 00000000 0000000000000000") +
                       padding(kUdp) + octets("aa");
  for (std::size_t size = 0; size < 32; ++size) {
    const auto part = Octets(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size));
    const auto chain = walk(kHopByHop, part);
    EXPECT_EQ(chain.end, End::discard) << size;
    EXPECT_TRUE(chain.truncated) << size;
  }
  EXPECT_EQ(walk(kHopByHop, Octets(payload.begin(), payload.begin() + 32)).end, End::upper_layer);
}

TEST(Ipv6Chain, NeverBelievesALengthBeyondTheBytes) {
  for (unsigned length = 1; length < 256; ++length) {
    auto header = padding(kUdp);
    store_u8(header, 1, static_cast<std::uint8_t>(length));
    EXPECT_TRUE(walk(kDestination, header).truncated);
    EXPECT_TRUE(walk(kHopByHop, header).truncated);
    EXPECT_TRUE(walk(kRouting, header).truncated);
  }
}

// RFC 8504 5.3, RFC 9673
TEST(Ipv6ChainLimits, BoundsTheHeaders) {
  Octets payload;
  for (int i = 0; i < 15; ++i) payload = payload + padding(kDestination);
  EXPECT_EQ(walk(kDestination, payload + padding(kUdp)).end, End::upper_layer);
  const auto chain = walk(kDestination, payload + padding(kDestination) + padding(kUdp));
  EXPECT_EQ(chain.end, End::discard);
  EXPECT_FALSE(chain.truncated);
}

TEST(Ipv6ChainLimits, BoundsTheOptionsOfOneHeader) {
  Octets options;
  for (int i = 0; i < 8; ++i) options = options + octets("1e 00");
  const auto eight = options_header(kUdp, options + octets("000000 000000"));
  EXPECT_EQ(walk(kDestination, eight).end, End::upper_layer);
  const auto nine = options_header(kUdp, options + octets("1e00 00000000"));
  EXPECT_EQ(walk(kDestination, nine).end, End::discard);
  // Each header has its own count; padding has none.
  auto first = eight;
  store_u8(first, 0, kDestination);
  EXPECT_EQ(walk(kDestination, first + eight).end, End::upper_layer);
  EXPECT_EQ(walk(kDestination, options_header(kUdp, Octets(30))).end, End::upper_layer);
}

TEST(Ipv6ChainLimits, BoundsTheOctets) {
  const auto sized = [](std::size_t units, std::uint8_t next) {
    Octets header(units * 8);
    store_u8(header, 0, next);
    store_u8(header, 1, static_cast<std::uint8_t>(units - 1));
    return header;
  };
  EXPECT_EQ(walk(kDestination, sized(160, kUdp)).end, End::upper_layer);
  EXPECT_EQ(walk(kDestination, sized(161, kUdp)).end, End::discard);
  EXPECT_EQ(walk(kDestination, sized(100, kDestination) + sized(60, kUdp)).end, End::upper_layer);
  const auto chain = walk(kDestination, sized(100, kDestination) + sized(61, kUdp));
  EXPECT_EQ(chain.end, End::discard);
  EXPECT_FALSE(chain.truncated);
}

TEST(Ipv6ChainLimits, AreParameters) {
  EXPECT_EQ(walk(kDestination, padding(kUdp), {.headers = 0}).end, End::discard);
  EXPECT_EQ(walk(kDestination, padding(kUdp), {.octets = 7}).end, End::discard);
  EXPECT_EQ(walk(kUdp, {}, {.headers = 0}).end, End::upper_layer);
}

}  // namespace
}  // namespace zsock::wire
