#pragma once
/// \file
/// Views of bytes, and the only place where byte order exists: load_be and store_be.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "daemon/stack/base/check.h"

namespace zsock {

using ByteView = std::span<const std::byte>;  ///< borrowed for this call, never stored
using MutableBytes = std::span<std::byte>;    ///< borrowed for this call, never stored

/// Reads an unsigned integer in network byte order at `offset`. REQUIRES: offset + size <=
/// view.size().
[[nodiscard]] inline std::uint8_t load_u8(ByteView view, std::size_t offset) {
  ZSOCK_CHECK(offset < view.size());
  return std::to_integer<std::uint8_t>(view[offset]);
}

[[nodiscard]] inline std::uint16_t load_be16(ByteView view, std::size_t offset) {
  ZSOCK_CHECK(offset + 2 <= view.size());
  const std::byte* p = view.data() + offset;
  return static_cast<std::uint16_t>((std::to_integer<unsigned>(p[0]) << 8U) |
                                    std::to_integer<unsigned>(p[1]));
}

[[nodiscard]] inline std::uint32_t load_be32(ByteView view, std::size_t offset) {
  return (static_cast<std::uint32_t>(load_be16(view, offset)) << 16U) | load_be16(view, offset + 2);
}

/// Writes an unsigned integer in network byte order at `offset`. REQUIRES: it fits.
inline void store_u8(MutableBytes out, std::size_t offset, std::uint8_t value) {
  ZSOCK_CHECK(offset < out.size());
  out[offset] = static_cast<std::byte>(value);
}

inline void store_be16(MutableBytes out, std::size_t offset, std::uint16_t value) {
  ZSOCK_CHECK(offset + 2 <= out.size());
  out[offset] = static_cast<std::byte>(value >> 8U);
  out[offset + 1] = static_cast<std::byte>(value & 0xffU);
}

inline void store_be32(MutableBytes out, std::size_t offset, std::uint32_t value) {
  store_be16(out, offset, static_cast<std::uint16_t>(value >> 16U));
  store_be16(out, offset + 2, static_cast<std::uint16_t>(value & 0xffffU));
}

/// Copies all of `from` to the start of `to`. REQUIRES: from.size() <= to.size().
inline void copy_bytes(MutableBytes to, ByteView from) {
  ZSOCK_CHECK(from.size() <= to.size());
  if (!from.empty()) std::memcpy(to.data(), from.data(), from.size());
}

}  // namespace zsock
