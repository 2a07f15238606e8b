#include "daemon/stack/net/packet_ids.h"

namespace zsock::net {

PacketIds::PacketIds(Rng& rng) : rng_(&rng), key_(SipKey::draw(rng)) {
  for (std::uint32_t& counter : counters_) counter = rng.next_u32();
}

std::uint64_t PacketIds::step(const wire::IpAddress& source, const wire::IpAddress& destination,
                              std::uint8_t protocol) {
  constexpr std::size_t kAddressSize = 16;
  constexpr std::uint32_t kLargestStep = 4;
  std::array<std::byte, 2 * kAddressSize + 1> key{};
  const MutableBytes bytes(key);
  source.store(bytes, 0);
  destination.store(bytes, kAddressSize);
  store_u8(bytes, 2 * kAddressSize, protocol);
  const std::uint64_t hash = siphash(key_, key);
  std::uint32_t& counter = counters_[hash % kBuckets];
  counter += 1 + rng_->below(kLargestStep);
  constexpr unsigned kUpperHalf = 32;
  return (hash >> kUpperHalf) + counter;
}

std::uint16_t PacketIds::next_v4(const wire::IpAddress& source, const wire::IpAddress& destination,
                                 std::uint8_t protocol) {
  return static_cast<std::uint16_t>(step(source, destination, protocol));
}

std::uint32_t PacketIds::next_v6(const wire::IpAddress& source,
                                 const wire::IpAddress& destination) {
  return static_cast<std::uint32_t>(step(source, destination, 0));
}

}  // namespace zsock::net
