#include "daemon/stack/wire/arp.h"

#include "daemon/stack/wire/protocol.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kHardwareType = 0;
constexpr std::size_t kProtocolType = 2;
constexpr std::size_t kHardwareLength = 4;
constexpr std::size_t kProtocolLength = 5;
constexpr std::size_t kOperation = 6;
constexpr std::size_t kSenderMac = 8;
constexpr std::size_t kSenderIp = 14;
constexpr std::size_t kTargetMac = 18;
constexpr std::size_t kTargetIp = 24;

constexpr std::uint16_t kEthernet = 1;
constexpr std::uint16_t kIpv4 = static_cast<std::uint16_t>(EtherType::ipv4);

}  // namespace

Result<Arp, ParseError> Arp::parse(ByteView packet) {
  if (packet.size() < kSize) return Err{ParseError::too_short};
  if (load_be16(packet, kHardwareType) != kEthernet || load_be16(packet, kProtocolType) != kIpv4) {
    return Err{ParseError::unsupported};
  }
  if (load_u8(packet, kHardwareLength) != 6 || load_u8(packet, kProtocolLength) != 4) {
    return Err{ParseError::bad_length};
  }
  const std::uint16_t operation = load_be16(packet, kOperation);
  if (operation != static_cast<std::uint16_t>(Operation::request) &&
      operation != static_cast<std::uint16_t>(Operation::reply)) {
    return Err{ParseError::unsupported};
  }
  return Arp{.operation = static_cast<Operation>(operation),
             .sender_mac = MacAddr::load(packet, kSenderMac),
             .sender_ip = IpAddress::load(Family::ipv4, packet, kSenderIp),
             .target_mac = MacAddr::load(packet, kTargetMac),
             .target_ip = IpAddress::load(Family::ipv4, packet, kTargetIp)};
}

void Arp::emit(MutableBytes out) const {
  ZSOCK_CHECK(sender_ip.is_v4() && target_ip.is_v4());
  store_be16(out, kHardwareType, kEthernet);
  store_be16(out, kProtocolType, kIpv4);
  store_u8(out, kHardwareLength, 6);
  store_u8(out, kProtocolLength, 4);
  store_be16(out, kOperation, static_cast<std::uint16_t>(operation));
  sender_mac.store(out, kSenderMac);
  sender_ip.store(out, kSenderIp);
  target_mac.store(out, kTargetMac);
  target_ip.store(out, kTargetIp);
}

}  // namespace zsock::wire
