#include "libzsock/zephyr/control.h"

#include <cstdint>
#include <cstring>

#include <zephyr/net/ptp_time.h>

namespace zsock::zephyr {
namespace {

static_assert(sizeof(net_in_pktinfo) == sizeof(in_pktinfo) &&
              offsetof(net_in_pktinfo, ipi_addr) == offsetof(in_pktinfo, ipi_addr));
static_assert(sizeof(net_in6_pktinfo) == 20 && offsetof(net_in6_pktinfo, ipi6_ifindex) == 16);
static_assert(ZSOCK_IP_PKTINFO == IP_PKTINFO && ZSOCK_IP_TTL == IP_TTL && ZSOCK_IP_TOS == IP_TOS);
static_assert(ZSOCK_MSG_CTRUNC == MSG_CTRUNC && sizeof(net_ptp_time) == sizeof(timespec));
static_assert(ZSOCK_IPV6_PKTINFO == IPV6_PKTINFO && ZSOCK_IPV6_HOPLIMIT == IPV6_HOPLIMIT &&
              ZSOCK_IPV6_TCLASS == IPV6_TCLASS);

bool has_effect(const net_cmsghdr& item) {
  if (item.cmsg_level == NET_IPPROTO_IP) {
    return item.cmsg_type == IP_PKTINFO || item.cmsg_type == IP_TTL || item.cmsg_type == IP_TOS;
  }
  return item.cmsg_level == NET_IPPROTO_IPV6 &&
         (item.cmsg_type == IPV6_PKTINFO || item.cmsg_type == IPV6_HOPLIMIT ||
          item.cmsg_type == IPV6_TCLASS);
}

// What Linux tells of a datagram's reception, as Zephyr tells it. False: it is something else.
bool put_time(const cmsghdr& item, net_cmsghdr& header, unsigned char* data) {
  if (item.cmsg_level != SOL_SOCKET || item.cmsg_type != SCM_TIMESTAMPNS) return false;
  timespec time{};
  std::memcpy(&time, CMSG_DATA(&item), sizeof time);
  net_ptp_time told{};
  told.second = static_cast<std::uint64_t>(time.tv_sec);
  told.nanosecond = static_cast<std::uint32_t>(time.tv_nsec);
  std::memcpy(data, &told, sizeof told);
  header.cmsg_level = ZSOCK_SOL_SOCKET;
  header.cmsg_type = ZSOCK_SO_TIMESTAMPING;
  return true;
}

}  // namespace

int control_to_native(const net_msghdr& from, msghdr& to) {
  auto* const buffer = static_cast<unsigned char*>(to.msg_control);
  std::size_t used = 0;
  for (const net_cmsghdr* item = NET_CMSG_FIRSTHDR(&from); item != nullptr;
       item = NET_CMSG_NXTHDR(&from, const_cast<net_cmsghdr*>(item))) {
    const auto* const start = static_cast<const unsigned char*>(static_cast<const void*>(item));
    const auto before =
        static_cast<std::size_t>(start - static_cast<const unsigned char*>(from.msg_control));
    if (item->cmsg_len < NET_CMSG_LEN(0) || item->cmsg_len > from.msg_controllen - before)
      return EINVAL;
    if (!has_effect(*item)) continue;
    const std::size_t size = item->cmsg_len - NET_CMSG_LEN(0);
    if (to.msg_controllen - used < CMSG_SPACE(size)) return EINVAL;
    cmsghdr header{};
    header.cmsg_len = CMSG_LEN(size);
    header.cmsg_level = item->cmsg_level;
    header.cmsg_type = item->cmsg_type;
    std::memset(buffer + used, 0, CMSG_SPACE(size));
    std::memcpy(buffer + used, &header, sizeof header);
    std::memcpy(buffer + used + CMSG_LEN(0), NET_CMSG_DATA(item), size);
    used += CMSG_SPACE(size);
  }
  to.msg_controllen = used;
  return 0;
}

void control_from_native(const msghdr& from, net_msghdr& to) {
  std::size_t used = 0;
  auto* const buffer = static_cast<unsigned char*>(to.msg_control);
  const std::size_t room = buffer == nullptr ? 0 : to.msg_controllen;
  // CMSG_NXTHDR does not change the message, whatever its parameter says.
  auto* const walked = const_cast<msghdr*>(&from);
  for (const cmsghdr* item = CMSG_FIRSTHDR(walked); item != nullptr;
       item = CMSG_NXTHDR(walked, const_cast<cmsghdr*>(item))) {
    const std::size_t size = item->cmsg_len - CMSG_LEN(0);
    if (room - used < NET_CMSG_SPACE(size)) {
      to.msg_flags |= ZSOCK_MSG_CTRUNC;
      break;
    }
    net_cmsghdr header{.cmsg_len = static_cast<net_socklen_t>(NET_CMSG_LEN(size)),
                       .cmsg_level = item->cmsg_level,
                       .cmsg_type = item->cmsg_type};
    std::memset(buffer + used, 0, NET_CMSG_SPACE(size));
    unsigned char* const data = buffer + used + NET_CMSG_LEN(0);
    if (!put_time(*item, header, data)) std::memcpy(data, CMSG_DATA(item), size);
    std::memcpy(buffer + used, &header, sizeof header);
    used += NET_CMSG_SPACE(size);
  }
  to.msg_controllen = used;
}

}  // namespace zsock::zephyr
