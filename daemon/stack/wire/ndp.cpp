#include "daemon/stack/wire/ndp.h"

namespace zsock::wire {
namespace {

constexpr std::uint8_t kHopLimit = 255;  // RFC 4861 3.1: not forwarded by any router
constexpr std::size_t kTargetSize = 16;

constexpr std::uint8_t kSourceLinkAddress = 1;  // RFC 4861 4.6.1
constexpr std::uint8_t kTargetLinkAddress = 2;  // RFC 4861 4.6.1
constexpr std::uint8_t kNonce = 14;             // RFC 3971 5.3.2, RFC 7527 4.1
constexpr std::size_t kOptionUnit = 8;          ///< option lengths count these
constexpr std::size_t kOptionHeader = 2;

constexpr std::uint32_t kRouterFlag = 0x80000000U;
constexpr std::uint32_t kSolicitedFlag = 0x40000000U;
constexpr std::uint32_t kOverrideFlag = 0x20000000U;

constexpr std::size_t kRecordSize = 20;

/// The options either message may carry.
struct Options {
  std::optional<MacAddr> link_address{};
  std::optional<std::array<std::uint8_t, 6>> nonce{};
};

std::array<std::uint8_t, 6> octets_of(ByteView option) {
  return MacAddr::load(option, kOptionHeader).octets;
}

/// Every option has a length that is not zero and fits; the first of a kind counts. A link-layer
/// address that is not Ethernet's spoils the message.
/// \param link_address_type  which link-layer address option matters
std::optional<Options> parse_options(ByteView bytes, std::uint8_t link_address_type) {
  Options options;
  while (!bytes.empty()) {
    if (bytes.size() < kOptionHeader) return std::nullopt;
    const std::uint8_t type = load_u8(bytes, 0);
    const std::size_t size = kOptionUnit * load_u8(bytes, 1);
    if (size == 0 || size > bytes.size()) return std::nullopt;
    const ByteView option = bytes.first(size);
    bytes = bytes.subspan(size);
    if (type == link_address_type) {
      if (size != kOptionUnit) return std::nullopt;
      if (!options.link_address) options.link_address = MacAddr{octets_of(option)};
    } else if (type == kNonce && size == kOptionUnit && !options.nonce) {
      options.nonce = octets_of(option);
    }
  }
  return options;
}

/// RFC 4861 7.1.1 and 7.1.2: what both messages must satisfy, options and checksum apart.
bool acceptable(const Icmpv6& message, const NdpContext& context) {
  if (context.hop_limit != kHopLimit) return false;
  if (message.code != 0) return false;
  if (message.payload.size() < kTargetSize) return false;
  return !IpAddress::load(Family::ipv6, message.payload, 0).is_multicast();
}

/// ff02::1:ff00:0/104 (RFC 4291 2.7.1).
bool is_solicited_node(const IpAddress& address) {
  return address.is_v6() && address == solicited_node(address);
}

/// Writes one option of 8 octets and returns its size.
std::size_t emit_option(MutableBytes out, std::uint8_t type,
                        const std::array<std::uint8_t, 6>& octets) {
  store_u8(out, 0, type);
  store_u8(out, 1, 1);
  MacAddr{octets}.store(out, kOptionHeader);
  return kOptionUnit;
}

}  // namespace

Result<NeighborSolicitation, ParseError> NeighborSolicitation::parse(const Icmpv6& message,
                                                                     const NdpContext& context) {
  if (message.type != icmpv6_type::kNeighborSolicitation) return Err{ParseError::unsupported};
  if (!acceptable(message, context)) return Err{ParseError::bad_value};
  const auto options = parse_options(message.payload.subspan(kTargetSize), kSourceLinkAddress);
  if (!options) return Err{ParseError::bad_value};
  if (context.source.is_unspecified() &&
      (!is_solicited_node(context.destination) || options->link_address)) {
    return Err{ParseError::bad_value};
  }
  return NeighborSolicitation{.target = IpAddress::load(Family::ipv6, message.payload, 0),
                              .source_link_address = options->link_address,
                              .nonce = options->nonce};
}

std::size_t NeighborSolicitation::emit(MutableBytes out, const IpAddress& source,
                                       const IpAddress& destination) const {
  std::size_t size = Icmpv6::kHeaderSize;
  target.store(out, size);
  size += kTargetSize;
  if (source_link_address) {
    size += emit_option(out.subspan(size), kSourceLinkAddress, source_link_address->octets);
  }
  if (nonce) size += emit_option(out.subspan(size), kNonce, *nonce);
  Icmpv6{.type = icmpv6_type::kNeighborSolicitation,
         .payload = out.first(size).subspan(Icmpv6::kHeaderSize)}
      .emit(out, source, destination);
  return size;
}

Result<NeighborAdvertisement, ParseError> NeighborAdvertisement::parse(const Icmpv6& message,
                                                                       const NdpContext& context) {
  if (message.type != icmpv6_type::kNeighborAdvertisement) return Err{ParseError::unsupported};
  if (!acceptable(message, context)) return Err{ParseError::bad_value};
  const auto options = parse_options(message.payload.subspan(kTargetSize), kTargetLinkAddress);
  if (!options) return Err{ParseError::bad_value};
  const bool solicited = (message.rest & kSolicitedFlag) != 0;
  if (solicited && context.destination.is_multicast()) return Err{ParseError::bad_value};
  return NeighborAdvertisement{.router = (message.rest & kRouterFlag) != 0,
                               .solicited = solicited,
                               .override_entry = (message.rest & kOverrideFlag) != 0,
                               .target = IpAddress::load(Family::ipv6, message.payload, 0),
                               .target_link_address = options->link_address};
}

std::size_t NeighborAdvertisement::emit(MutableBytes out, const IpAddress& source,
                                        const IpAddress& destination) const {
  std::size_t size = Icmpv6::kHeaderSize;
  target.store(out, size);
  size += kTargetSize;
  if (target_link_address) {
    size += emit_option(out.subspan(size), kTargetLinkAddress, target_link_address->octets);
  }
  const std::uint32_t flags = (router ? kRouterFlag : 0U) | (solicited ? kSolicitedFlag : 0U) |
                              (override_entry ? kOverrideFlag : 0U);
  Icmpv6{.type = icmpv6_type::kNeighborAdvertisement,
         .rest = flags,
         .payload = out.first(size).subspan(Icmpv6::kHeaderSize)}
      .emit(out, source, destination);
  return size;
}

std::size_t emit_mld_report(MutableBytes out, std::span<const GroupRecord> records,
                            const IpAddress& source, const IpAddress& destination) {
  ZSOCK_CHECK(records.size() <= 0xffff);
  std::size_t size = Icmpv6::kHeaderSize;
  for (const GroupRecord& record : records) {
    // Record type, no auxiliary data, no sources.
    store_be32(out, size, std::uint32_t{record.type} << 24U);
    record.group.store(out, size + 4);
    size += kRecordSize;
  }
  Icmpv6{.type = icmpv6_type::kMldV2Report,
         .rest = static_cast<std::uint32_t>(records.size()),
         .payload = out.first(size).subspan(Icmpv6::kHeaderSize)}
      .emit(out, source, destination);
  return size;
}

}  // namespace zsock::wire
