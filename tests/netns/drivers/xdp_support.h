#pragma once
/// \file
/// What tests of xdp: need beside it: is it possible here, and a sender that leaves no sums open.

#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace zsock::testing {

/// Empty when this process may use AF_XDP here, else why not.
inline std::string why_no_xdp() {
#ifndef ZSOCK_XDP
  return "xdp: is not possible here: not in this build";
#endif
  const int socket = ::socket(AF_XDP, SOCK_RAW, 0);
  if (socket < 0) return std::string("xdp: is not possible here: AF_XDP: ") + strerror(errno);
  ::close(socket);
  bpf_attr wish;
  std::memset(&wish, 0, sizeof wish);
  wish.map_type = BPF_MAP_TYPE_XSKMAP;
  wish.key_size = 4;
  wish.value_size = 4;
  wish.max_entries = 1;
  const long map = ::syscall(SYS_bpf, BPF_MAP_CREATE, &wish, sizeof wish);
  if (map < 0) return std::string("xdp: is not possible here: bpf: ") + strerror(errno);
  ::close(static_cast<int>(map));
  return "";
}

/// A veth hands over packets with sums and cuts left to hardware; from now on not from this one.
inline bool complete_frames(const char* interface) {
  const int control = ::socket(AF_INET, SOCK_DGRAM, 0);
  bool done = true;
  for (const int command : {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_STXCSUM}) {
    ethtool_value off{.cmd = static_cast<__u32>(command), .data = 0};
    ifreq request{};
    std::string(interface).copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&off);
    done = done && ::ioctl(control, SIOCETHTOOL, &request) == 0;
  }
  ::close(control);
  return done;
}

}  // namespace zsock::testing
