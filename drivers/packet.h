#pragma once
/// \file
/// An Ethernet interface of the kernel's through a packet socket (packet(7)): the stack is a
/// station of its own on that link, beside the kernel.

#include <memory>
#include <optional>
#include <string>

#include "drivers/device.h"
#include "drivers/offload.h"

namespace zsock::drivers {

struct PacketOptions {
  std::string name{};                  ///< 1..15 characters
  std::optional<std::uint16_t> mtu{};  ///< octets of an IP packet, at most the interface's own,
                                       ///< which is what it is if absent
  std::optional<wire::MacAddr> mac{};  ///< the stack's address; station_address() if absent
  Offload offload = Offload::on;       ///< on: the kernel or the NIC cuts and sums what is sent
};

/// The address of a second station on the link of `nic`: locally administered, never `nic` itself,
/// the same each time.
[[nodiscard]] wire::MacAddr station_address(wire::MacAddr nic);

/// Opens the interface and sets it up if it is not. With an address of its own the stack shares the
/// NIC with the kernel, which takes no frame for that address (the NIC is made promiscuous); with
/// the NIC's address, where a network lets no second one through, the kernel gets the stack's
/// frames as well and must not forward. Frames with a VLAN tag are not for the stack. Stack and
/// kernel do not hear each other over the same NIC. Needs CAP_NET_RAW, and CAP_NET_ADMIN unless the
/// interface is up. Linux 4.20. Errors: no permission, no such interface, no Ethernet, `mtu` above
/// the interface's, `mac` is a group address, an old kernel.
[[nodiscard]] Result<std::unique_ptr<Device>, OpenError> open_packet(const PacketOptions& options);

}  // namespace zsock::drivers
