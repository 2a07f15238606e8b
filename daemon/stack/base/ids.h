#pragma once
/// \file
/// Strong handle types. A handle names a thing without borrowing it.

#include <compare>
#include <cstdint>

namespace zsock {

/// One socket of one Stack. The generation makes a stale id harmless: it matches nothing.
struct SocketId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  friend constexpr auto operator<=>(const SocketId&, const SocketId&) = default;
};

/// One network interface of one Stack. 0 is the loopback inside the stack.
struct InterfaceId {
  std::uint32_t value = 0;
  friend constexpr auto operator<=>(const InterfaceId&, const InterfaceId&) = default;
};

inline constexpr InterfaceId kLoopbackInterface{0};

/// The host's name for a socket; opaque to the stack, handed back with every event.
using Owner = std::uint64_t;

}  // namespace zsock
