#pragma once
/// \file
/// Control messages (cmsg(3)): of recvmsg(), written to the caller's buffer; of sendmsg(), read
/// from it.

#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "libzsock/ipc/messages.h"
#include "libzsock/socket.h"

namespace zsock::lib {

/// What sendmsg() says about one datagram beside its destination (ip(7), ipv6(7)).
struct SendChoice {
  int error = 0;               ///< EINVAL
  ipc::Address source{};       ///< IP_PKTINFO, IPV6_PKTINFO; family 0: any; scope: the interface
  std::uint8_t hop_limit = 0;  ///< IP_TTL, IPV6_HOPLIMIT; 0: the socket's
  std::uint16_t segment_size = 0;  ///< UDP_SEGMENT; 0: the socket's
  bool has_traffic_class = false;
  std::uint8_t traffic_class = 0;  ///< IP_TOS, IPV6_TCLASS

  [[nodiscard]] bool names_source() const { return source.family != 0 || source.scope != 0; }
};

/// Reads the control data of a datagram to be sent. What belongs to other levels is passed over, as
/// in Linux; what is unknown on these is refused.
SendChoice parse_control(const Socket& socket, const msghdr& message);

/// Appends control messages; one that has no room is cut, as in Linux.
class ControlWriter {
 public:
  explicit ControlWriter(msghdr& message) : message_(message), room_(message.msg_controllen) {}

  template <class T>
  void add(int level, int type, const T& value) {
    const std::size_t left = message_.msg_control == nullptr ? 0 : room_ - used_;
    if (left < CMSG_LEN(sizeof(T))) flags_ = MSG_CTRUNC;
    if (left < sizeof(cmsghdr)) return;
    cmsghdr header{};
    header.cmsg_level = level;
    header.cmsg_type = type;
    header.cmsg_len = std::min(left, CMSG_LEN(sizeof(T)));
    std::byte* place = static_cast<std::byte*>(message_.msg_control) + used_;
    std::memcpy(place, &header, sizeof(header));
    std::memcpy(place + CMSG_LEN(0), &value, header.cmsg_len - CMSG_LEN(0));
    used_ = std::min(used_ + CMSG_SPACE(sizeof(T)), room_);
  }
  /// Sets msg_controllen. \return MSG_CTRUNC or 0
  int finish() {
    message_.msg_controllen = used_;
    return flags_;
  }

 private:
  msghdr& message_;
  std::size_t room_;
  std::size_t used_ = 0;
  int flags_ = 0;
};

}  // namespace zsock::lib
