#pragma once
/// \file
/// Random headers, and the bridge between our values and those of libtins.

#include <gtest/gtest.h>
#include <tins/tins.h>

#include <string>
#include <vector>

#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"
#include "daemon/stack/wire/tcp.h"
#include "daemon/stack/wire/udp.h"
#include "tests/support/octets.h"

namespace zsock::oracle {

using test::Octets;

/// libtins speaks of uint8_t.
inline const std::uint8_t* u8(const Octets& bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}
inline std::uint32_t u32(std::size_t size) {
  return static_cast<std::uint32_t>(size);
}

inline Octets from_tins(const std::vector<std::uint8_t>& bytes) {
  Octets copy;
  for (const std::uint8_t octet : bytes) copy.push_back(static_cast<std::byte>(octet));
  return copy;
}

inline std::uint8_t u8(Rng& rng) {
  return static_cast<std::uint8_t>(rng.below(256));
}
inline std::uint16_t u16(Rng& rng) {
  return static_cast<std::uint16_t>(rng.below(65536));
}

inline wire::MacAddr random_mac(Rng& rng) {
  wire::MacAddr mac;
  for (auto& octet : mac.octets) octet = u8(rng);
  return mac;
}
inline wire::IpAddress random_v4(Rng& rng) {
  return wire::IpAddress::v4(rng.next_u32());
}
/// Global unicast, so that libtins and we have one text for it.
inline wire::IpAddress random_v6(Rng& rng) {
  std::array<std::uint8_t, 16> octets{};
  for (auto& octet : octets) octet = u8(rng);
  octets[0] = 0x20;
  return wire::IpAddress::v6(octets);
}

struct Ends {
  wire::IpAddress source;
  wire::IpAddress destination;
};
inline Ends random_ends(Rng& rng) {
  if (rng.below(2) == 0) return {random_v4(rng), random_v4(rng)};
  return {random_v6(rng), random_v6(rng)};
}

/// The checksum libtins computes over pseudo header and bytes: 0 when they hold the right one.
inline std::uint16_t transport_checksum(const Ends& ends, std::uint8_t protocol,
                                        const Octets& bytes) {
  const auto size = static_cast<std::uint16_t>(bytes.size());
  std::uint32_t sum = 0;
  if (ends.source.is_v4()) {
    sum = Tins::Utils::pseudoheader_checksum(Tins::IPv4Address(ends.source.to_string()),
                                             Tins::IPv4Address(ends.destination.to_string()), size,
                                             protocol);
  } else {
    sum = Tins::Utils::pseudoheader_checksum(Tins::IPv6Address(ends.source.to_string()),
                                             Tins::IPv6Address(ends.destination.to_string()), size,
                                             protocol);
  }
  sum += Tins::Utils::sum_range(u8(bytes), u8(bytes) + bytes.size());
  while ((sum >> 16U) != 0) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

inline wire::Ipv4 random_ipv4(Rng& rng) {
  return {.tos = u8(rng),
          .identification = u16(rng),
          .dont_fragment = rng.below(2) == 0,
          .more_fragments = rng.below(2) == 0,
          .fragment_offset = static_cast<std::uint16_t>(8 * rng.below(8192)),
          .ttl = u8(rng),
          .protocol = 253,  // experimental: libtins keeps the payload as it is
          .source = random_v4(rng),
          .destination = random_v4(rng)};
}

inline wire::Ipv6 random_ipv6(Rng& rng) {
  return {.traffic_class = u8(rng),
          .flow_label = rng.below(1U << 20U),
          .next_header = 253,
          .hop_limit = u8(rng),
          .source = random_v6(rng),
          .destination = random_v6(rng)};
}

inline wire::TcpOptions random_tcp_options(Rng& rng) {
  wire::TcpOptions options;
  if (rng.below(2) == 0) options.max_segment_size = u16(rng);
  if (rng.below(2) == 0) options.window_scale = u8(rng);
  if (rng.below(2) == 0) options.sack_permitted = true;
  if (rng.below(2) == 0) {
    options.timestamps = wire::TcpTimestamps{rng.next_u32(), rng.next_u32()};
  }
  while (options.sack_count < 4 && rng.below(2) == 0) {
    options.sack[options.sack_count++] = {rng.next_u32(), rng.next_u32()};
    if (options.size() <= 40) continue;
    options.sack[--options.sack_count] = {};
    break;
  }
  return options;
}

inline wire::Tcp random_tcp(Rng& rng) {
  return {.source_port = u16(rng),
          .destination_port = u16(rng),
          .sequence = rng.next_u32(),
          .acknowledgment = rng.next_u32(),
          .flags = u8(rng),
          .window = u16(rng),
          .urgent = u16(rng),
          .options = random_tcp_options(rng)};
}

/// Does libtins see exactly these options?
inline void expect_options(const Tins::TCP& tins, const wire::TcpOptions& options) {
  using Kind = Tins::TCP::OptionTypes;
  EXPECT_EQ(tins.search_option(Kind::MSS) != nullptr, options.max_segment_size.has_value());
  EXPECT_EQ(tins.search_option(Kind::WSCALE) != nullptr, options.window_scale.has_value());
  EXPECT_EQ(tins.has_sack_permitted(), options.sack_permitted);
  EXPECT_EQ(tins.search_option(Kind::TSOPT) != nullptr, options.timestamps.has_value());
  EXPECT_EQ(tins.search_option(Kind::SACK) != nullptr, options.sack_count != 0);
  if (options.max_segment_size) {
    EXPECT_EQ(tins.mss(), *options.max_segment_size);
  }
  if (options.window_scale) {
    EXPECT_EQ(tins.winscale(), *options.window_scale);
  }
  if (options.timestamps) {
    EXPECT_EQ(tins.timestamp(),
              std::make_pair(options.timestamps->value, options.timestamps->echo));
  }
  if (options.sack_count == 0) return;
  const auto edges = tins.sack();
  ASSERT_EQ(edges.size(), 2 * options.sack_count);
  for (std::size_t i = 0; i < options.sack_count; ++i) {
    EXPECT_EQ(edges[2 * i], options.sack[i].begin);
    EXPECT_EQ(edges[2 * i + 1], options.sack[i].end);
  }
}

/// Runs `body` with `count` different states of one generator, until the first failure.
template <class Body>
void for_random_headers(std::uint64_t seed, int count, Body body) {
  seed = test::test_seed(seed);
  SCOPED_TRACE(test::seed_note(seed));
  SeededRng rng(seed);
  for (int i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("header " + std::to_string(i));
    body(rng);
  }
}

}  // namespace zsock::oracle
