#pragma once
/// \file
/// An Ethernet interface of the kernel's through an AF_XDP socket: frames for the stack leave the
/// kernel's path before it has made packets of them.

#include <memory>
#include <optional>
#include <string>

#include "drivers/device.h"

namespace zsock::drivers {

/// How frames come from the NIC.
enum class XdpMode : std::uint8_t {
  best,       ///< the first of these that works
  zero_copy,  ///< the NIC writes into the stack's memory; its driver has to know how
  copy,       ///< the NIC's driver runs the steering program, the kernel copies
  generic,    ///< the kernel runs the program after the driver, and copies; any interface
};

struct XdpOptions {
  std::string name{};                  ///< 1..15 characters
  std::optional<std::uint16_t> mtu{};  ///< octets of an IP packet, at most the interface's own,
                                       ///< which is what it is if absent
  std::optional<wire::MacAddr> mac{};  ///< the stack's address; station_address() if absent
  XdpMode mode = XdpMode::best;
  std::uint32_t rx_queue = 0;  ///< of the NIC, whose frames come without a detour
};

/// What an IP packet may have: a page less the room before it that XDP asks for, and Ethernet.
inline constexpr std::uint16_t kMaxXdpMtu = 4096 - 256 - 14;

/// Opens the interface, sets it up if it is not, and attaches a program that takes frames for the
/// stack's address and leaves all others to the kernel; it goes with the device, whatever ends the
/// process. Frames for groups go to both: they come, like those of other queues of the NIC, through
/// a packet socket (open_packet()). The stack's address must not be the NIC's, whose frames are the
/// kernel's. Nothing is offloaded: checksums of what comes must be complete, cutting and summing is
/// done here. Needs CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF of the whole machine, and 6 MiB of
/// locked memory. Linux 5.9. Errors: those of open_packet(); an MTU above kMaxXdpMtu; another
/// program on the interface, another socket on its queue; a mode that it does not have.
[[nodiscard]] Result<std::unique_ptr<Device>, OpenError> open_xdp(const XdpOptions& options);

}  // namespace zsock::drivers
