#include "libzsock/control.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <cerrno>
#include <optional>
#include <span>

#include "libzsock/address.h"

namespace zsock::lib {
namespace {

constexpr int kMostOctet = 255;

/// A control message where it lies, perhaps not aligned.
struct Part {
  int level = 0;
  int type = 0;
  std::span<const std::byte> data{};
};

/// The value of a message, if it has that size.
template <class T>
std::optional<T> load(const Part& part) {
  if (part.data.size() != sizeof(T)) return std::nullopt;
  T value{};
  std::memcpy(&value, part.data.data(), sizeof(T));
  return value;
}

int take_source(const Part& part, SendChoice& choice) {
  if (part.level == IPPROTO_IP) {
    const auto info = load<in_pktinfo>(part);
    if (!info) return EINVAL;
    choice.source.scope = static_cast<std::uint32_t>(info->ipi_ifindex);
    if (info->ipi_spec_dst.s_addr == INADDR_ANY) return 0;
    choice.source.family = 4;
    std::memcpy(choice.source.octets.data(), &info->ipi_spec_dst, sizeof(in_addr));
    return 0;
  }
  const auto info = load<in6_pktinfo>(part);
  if (!info) return EINVAL;
  choice.source.scope = info->ipi6_ifindex;
  if (IN6_IS_ADDR_UNSPECIFIED(&info->ipi6_addr)) return 0;
  choice.source.family = 6;
  std::memcpy(choice.source.octets.data(), &info->ipi6_addr, sizeof(in6_addr));
  return 0;
}

int take_hop_limit(const Part& part, SendChoice& choice) {
  const auto value = load<int>(part);
  if (!value) return EINVAL;
  if (*value == -1 && part.level == IPPROTO_IPV6) return 0;
  if (*value < 1 || *value > kMostOctet) return EINVAL;
  choice.hop_limit = static_cast<std::uint8_t>(*value);
  return 0;
}

int take_traffic_class(const Part& part, SendChoice& choice) {
  std::optional<int> value = load<int>(part);
  const auto octet = load<std::uint8_t>(part);
  if (octet && part.level == IPPROTO_IP) value = *octet;
  if (!value) return EINVAL;
  if (*value == -1 && part.level == IPPROTO_IPV6) value = 0;
  if (*value < 0 || *value > kMostOctet) return EINVAL;
  choice.has_traffic_class = true;
  choice.traffic_class = static_cast<std::uint8_t>(*value);
  return 0;
}

int take(const Part& part, bool ipv6, SendChoice& choice) {
  if (part.level == SOL_SOCKET) {
    return part.type == SCM_RIGHTS || part.type == SCM_CREDENTIALS ? 0 : EINVAL;
  }
  if (part.level == IPPROTO_UDP) {
    const auto size = load<std::uint16_t>(part);
    if (part.type != UDP_SEGMENT || !size) return EINVAL;
    choice.segment_size = *size;
    return 0;
  }
  if (part.level == IPPROTO_IP) {
    if (part.type == IP_PKTINFO) return take_source(part, choice);
    if (part.type == IP_TTL) return take_hop_limit(part, choice);
    return part.type == IP_TOS ? take_traffic_class(part, choice) : EINVAL;
  }
  if (part.level != IPPROTO_IPV6 || !ipv6) return 0;
  if (part.type == IPV6_PKTINFO) return take_source(part, choice);
  if (part.type == IPV6_HOPLIMIT) return take_hop_limit(part, choice);
  return part.type == IPV6_TCLASS ? take_traffic_class(part, choice) : EINVAL;
}

}  // namespace

SendChoice parse_control(const Socket& socket, const msghdr& message) {
  SendChoice choice;
  if (message.msg_control == nullptr || message.msg_controllen == 0) return choice;
  const auto* start = static_cast<const std::byte*>(message.msg_control);
  std::size_t offset = 0;
  while (choice.error == 0 && message.msg_controllen - offset >= sizeof(cmsghdr)) {
    cmsghdr header{};
    std::memcpy(&header, start + offset, sizeof(header));
    const std::size_t left = message.msg_controllen - offset;
    if (header.cmsg_len < sizeof(cmsghdr) || header.cmsg_len > left) {
      choice.error = EINVAL;
      break;
    }
    const Part part{.level = header.cmsg_level,
                    .type = header.cmsg_type,
                    .data = {start + offset + CMSG_LEN(0), header.cmsg_len - CMSG_LEN(0)}};
    choice.error = take(part, socket.is_ipv6(), choice);
    const std::size_t step = CMSG_ALIGN(header.cmsg_len);
    if (step > left) break;
    offset += step;
  }
  return choice;
}

}  // namespace zsock::lib
