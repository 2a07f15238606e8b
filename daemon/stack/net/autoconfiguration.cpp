#include "daemon/stack/net/autoconfiguration.h"

#include <algorithm>
#include <array>

namespace zsock::net {
namespace {

constexpr std::size_t kMaxAddresses = 16;   ///< of one interface
constexpr std::uint32_t kMaxAttempts = 3;   ///< RFC 7217 6: IDGEN_RETRIES
constexpr std::uint8_t kPrefixLength = 64;  ///< RFC 4862 5.5.3 (d): with our identifiers of 64 bits
constexpr Duration kTwoHours = std::chrono::hours(2);  ///< RFC 4862 5.5.3 (e)

Instant end_of(std::uint32_t lifetime, Instant now) {
  return lifetime == wire::kForever ? Instant::max() : now + std::chrono::seconds(lifetime);
}

/// RFC 5453, RFC 2526: subnet router anycast, ISATAP and Proxy Mobile, subnet anycast.
bool is_reserved(std::uint64_t identifier) {
  return identifier == 0 || (identifier >> 24U) == 0x02005efffeULL ||
         identifier >= 0xfdffffffffffff80ULL;
}

}  // namespace

wire::IpAddress stable_address(const wire::IpAddress& prefix, const wire::MacAddr& interface,
                               std::uint32_t attempts, const SipKey& secret) {
  std::array<std::byte, 8 + 6 + 4 + 4> input{};
  std::array<std::uint8_t, 16> octets = prefix.octets();
  for (std::size_t i = 0; i < 8; ++i) input[i] = static_cast<std::byte>(octets[i]);
  interface.store(input, 8);
  store_be32(input, 14, attempts);
  std::uint64_t identifier = 0;
  for (std::uint32_t round = 0; is_reserved(identifier); ++round) {
    store_be32(input, 18, round);
    identifier = siphash(secret, input);
  }
  for (std::size_t i = 0; i < 8; ++i) {
    octets[15 - i] = static_cast<std::uint8_t>(identifier >> (8 * i));
  }
  return wire::IpAddress::v6(octets);
}

void Autoconfiguration::on_prefix(InterfaceId in, const wire::PrefixInformation& prefix,
                                  Instant now) {
  // RFC 4862 5.5.3 (c), (d).
  if (prefix.preferred_lifetime > prefix.valid_lifetime) return;
  if (prefix.prefix.prefix_length != kPrefixLength) return;
  const wire::IpAddress network = network_of(prefix.prefix.address, kPrefixLength);
  const auto known = std::ranges::find_if(configured_, [&](const Configured& configured) {
    return configured.interface == in && configured.prefix == network;
  });
  if (known == configured_.end()) return configure(in, prefix, now);
  prolong(*known, prefix, now);
  follow_lifetimes(*known, now);
}

void Autoconfiguration::configure(InterfaceId in, const wire::PrefixInformation& prefix,
                                  Instant now) {
  if (prefix.valid_lifetime == 0) return;
  const auto here = std::ranges::count(configured_, in, &Configured::interface);
  if (static_cast<std::size_t>(here) >= kMaxAddresses) {
    ++core_.counters.drop_router_limit;
    return;
  }
  const wire::IpAddress network = network_of(prefix.prefix.address, kPrefixLength);
  const wire::IpAddress address =
      stable_address(network, core_.at(in).config.mac, 0, core_.config.address_secret);
  if (!dad_.add(in, {address, kPrefixLength}, now)) return;
  configured_.push_back({.interface = in,
                         .prefix = network,
                         .address = address,
                         .preferred_until = end_of(prefix.preferred_lifetime, now),
                         .valid_until = end_of(prefix.valid_lifetime, now)});
  follow_lifetimes(configured_.back(), now);
}

void Autoconfiguration::prolong(Configured& configured, const wire::PrefixInformation& prefix,
                                Instant now) {
  configured.preferred_until = end_of(prefix.preferred_lifetime, now);
  const Instant wanted = end_of(prefix.valid_lifetime, now);
  // RFC 4862 5.5.3 (e): nobody ends an address at once by a forged advertisement.
  if (wanted > now + kTwoHours || wanted > configured.valid_until) {
    configured.valid_until = wanted;
  } else if (configured.valid_until > now + kTwoHours) {
    configured.valid_until = now + kTwoHours;
  }
}

void Autoconfiguration::follow_lifetimes(const Configured& configured, Instant now) {
  OwnAddress* own = core_.addresses.find(configured.address);
  if (own != nullptr) own->deprecated = configured.preferred_until <= now;
}

void Autoconfiguration::try_another(Configured& configured, Instant now) {
  if (configured.attempts >= kMaxAttempts) return;
  dad_.remove(configured.interface, configured.address, now);
  ++configured.attempts;
  configured.address = stable_address(configured.prefix, core_.at(configured.interface).config.mac,
                                      configured.attempts, core_.config.address_secret);
  if (!dad_.add(configured.interface, {configured.address, kPrefixLength}, now)) {
    configured.address = wire::IpAddress::any(wire::Family::ipv6);  // somebody's already
  }
  follow_lifetimes(configured, now);
}

// --- Time ----------------------------------------------------------------------------------------

std::optional<Instant> Autoconfiguration::next_deadline() const {
  Instant earliest = Instant::max();
  for (const Configured& configured : configured_) {
    earliest = std::min(earliest, configured.valid_until);
    const OwnAddress* own = core_.addresses.find(configured.address);
    if (own == nullptr) continue;
    if (!own->deprecated) earliest = std::min(earliest, configured.preferred_until);
    const bool again = own->state == AddressState::duplicate && configured.attempts < kMaxAttempts;
    if (again) earliest = Instant::min();
  }
  return earliest == Instant::max() ? std::nullopt : std::optional{earliest};
}

void Autoconfiguration::on_deadline(Instant now) {
  for (Configured& configured : configured_) {
    const OwnAddress* own = core_.addresses.find(configured.address);
    if (own != nullptr && own->state == AddressState::duplicate) try_another(configured, now);
    follow_lifetimes(configured, now);
    if (configured.valid_until <= now) dad_.remove(configured.interface, configured.address, now);
  }
  std::erase_if(configured_,
                [now](const Configured& configured) { return configured.valid_until <= now; });
}

void Autoconfiguration::check_invariants() const {
  ZSOCK_CHECK(configured_.size() <= kMaxAddresses * core_.interfaces.size());
}

}  // namespace zsock::net
