#include "daemon/stack/wire/ethernet.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kDestination = 0;
constexpr std::size_t kSource = 6;
constexpr std::size_t kEtherType = 12;
constexpr std::uint16_t kMinEtherType = 0x600;

}  // namespace

Result<Ethernet, ParseError> Ethernet::parse(ByteView frame) {
  if (frame.size() < kHeaderSize) return Err{ParseError::too_short};
  const std::uint16_t ether_type = load_be16(frame, kEtherType);
  if (ether_type < kMinEtherType) return Err{ParseError::unsupported};
  return Ethernet{.destination = MacAddr::load(frame, kDestination),
                  .source = MacAddr::load(frame, kSource),
                  .ether_type = ether_type,
                  .payload = frame.subspan(kHeaderSize)};
}

void Ethernet::emit(MutableBytes out) const {
  destination.store(out, kDestination);
  source.store(out, kSource);
  store_be16(out, kEtherType, ether_type);
}

}  // namespace zsock::wire
