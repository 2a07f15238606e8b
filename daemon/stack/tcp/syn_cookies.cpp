#include "daemon/stack/tcp/syn_cookies.h"

#include <algorithm>
#include <array>

#include "daemon/stack/wire/flow_bytes.h"

namespace zsock::tcp {

namespace {

/// Common values: old hosts, the least of IPv6, tunnels, PPPoE, Ethernet, jumbo frames.
constexpr std::array<std::uint16_t, 8> kSizes{48, 536, 1220, 1300, 1400, 1440, 1460, 8960};
constexpr std::uint32_t kSizeBits = 3;
static_assert(kSizes.size() == (1U << kSizeBits));
constexpr std::uint32_t kSizeMask = (1U << kSizeBits) - 1;

// The low bits of a marked timestamp: four of scale, one of SACK, one of ECN.
constexpr std::uint32_t kMarkMask = 63;
constexpr std::uint32_t kScaleMask = 15;
constexpr std::uint32_t kNoScale = 15;  ///< RFC 7323 2.3: no scale is larger than 14
constexpr std::uint32_t kSackBit = 16;
constexpr std::uint32_t kEcnBit = 32;

std::int64_t epoch_of(Instant now) {
  return now.time_since_epoch() / SynCookies::kEpoch;
}

}  // namespace

std::uint32_t SynCookies::cookie(const wire::Flow& flow, Seq irs, std::int64_t epoch,
                                 std::uint32_t mss_index) const {
  const wire::FlowBytes place = wire::flow_bytes(flow);
  std::array<std::byte, 64> input{};
  store_be32(input, 0, irs.value());
  store_be32(input, 4, static_cast<std::uint32_t>(epoch));
  store_be32(input, 8, mss_index);
  copy_bytes(MutableBytes{input}.subspan(12), place.view());
  const std::uint64_t hash = siphash(key_, ByteView{input}.first(12 + place.size));
  return (static_cast<std::uint32_t>(hash) & ~kSizeMask) | mss_index;
}

Seq SynCookies::make(const wire::Flow& flow, Seq irs, std::uint16_t peer_mss, Instant now) const {
  const auto above = std::ranges::upper_bound(kSizes, peer_mss);
  const auto index = std::max<std::ptrdiff_t>(above - kSizes.begin() - 1, 0);
  return Seq{cookie(flow, irs, epoch_of(now), static_cast<std::uint32_t>(index))};
}

std::optional<std::uint16_t> SynCookies::check(const wire::Flow& flow, Seq irs, Seq iss,
                                               Instant now) const {
  const std::uint32_t index = iss.value() & kSizeMask;
  const std::int64_t epoch = epoch_of(now);
  const bool ours = iss.value() == cookie(flow, irs, epoch, index) ||
                    iss.value() == cookie(flow, irs, epoch - 1, index);
  if (!ours) return std::nullopt;
  return kSizes[index];
}

std::uint32_t SynCookies::mark(std::uint32_t timestamp, const Extras& extras) {
  const std::uint32_t bits = extras.window_scale.value_or(kNoScale) |
                             (extras.sack ? kSackBit : 0U) | (extras.ecn ? kEcnBit : 0U);
  const std::uint32_t marked = (timestamp & ~kMarkMask) | bits;
  return bits > (timestamp & kMarkMask) ? marked - (kMarkMask + 1) : marked;
}

SynCookies::Extras SynCookies::read_mark(std::uint32_t echo) {
  const std::uint32_t scale = echo & kScaleMask;
  return {.window_scale =
              scale == kNoScale ? std::nullopt : std::optional{static_cast<std::uint8_t>(scale)},
          .sack = (echo & kSackBit) != 0,
          .ecn = (echo & kEcnBit) != 0};
}

}  // namespace zsock::tcp
