#include "daemon/stack/net/path_mtu.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace zsock::net {
namespace {

/// RFC 1191 7.1: MTUs that links really have, descending.
constexpr std::array<std::uint16_t, 9> kPlateaus{32000, 17914, 8166, 4352, 2002,
                                                 1492,  1006,  508,  296};

std::uint16_t next_plateau(std::uint16_t packet_size) {
  const auto below = std::find_if(kPlateaus.begin(), kPlateaus.end(),
                                  [&](std::uint16_t plateau) { return plateau < packet_size; });
  return below == kPlateaus.end() ? kMinIpv4PathMtu : *below;
}

}  // namespace

PathMtus::PathMtus(const Config& config, Rng& rng)
    : limit_(config.path_mtu_limit), age_(config.path_mtu_age), index_(0, AddressHash::draw(rng)) {}

std::uint16_t PathMtus::get(const wire::IpAddress& destination, std::uint16_t link_mtu,
                            Instant now) const {
  if (index_.empty()) return link_mtu;
  const auto found = index_.find({.interface = {}, .address = destination});
  if (found == index_.end() || now >= found->second->expires) return link_mtu;
  return std::min(found->second->mtu, link_mtu);
}

void PathMtus::lower(const wire::IpAddress& destination, std::uint16_t mtu, Instant now) {
  const ScopedAddress key{.interface = {}, .address = destination};
  if (const auto found = index_.find(key); found != index_.end()) {
    if (now < found->second->expires && found->second->mtu <= mtu) return;
    by_age_.erase(found->second);
    index_.erase(found);
  }
  if (limit_ == 0) return;
  if (index_.size() >= limit_) {
    index_.erase({.interface = {}, .address = by_age_.front().destination});
    by_age_.pop_front();
  }
  by_age_.push_back({.destination = destination, .mtu = mtu, .expires = now + age_});
  index_.emplace(key, std::prev(by_age_.end()));
}

std::optional<std::uint16_t> PathMtus::credible(wire::Family family, std::uint32_t claimed,
                                                std::uint16_t packet_size) {
  if (family == wire::Family::ipv6) {
    // RFC 8201 4, RFC 8021: a claim below the minimum is void; it asks for no atomic fragments.
    if (claimed < kMinIpv6Mtu || claimed > UINT16_MAX) return std::nullopt;
    return static_cast<std::uint16_t>(claimed);
  }
  const std::uint16_t mtu =
      claimed == 0 ? next_plateau(packet_size) : static_cast<std::uint16_t>(claimed & UINT16_MAX);
  if (mtu >= packet_size) return std::nullopt;  // it would have fitted
  return std::max(mtu, kMinIpv4PathMtu);
}

}  // namespace zsock::net
