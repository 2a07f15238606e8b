#pragma once
/// \file
/// The IPv4 header (RFC 791 3.1).

#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/parse_error.h"

namespace zsock::wire {

struct Ipv4 {
  static constexpr std::size_t kMinHeaderSize = 20;

  std::uint8_t tos = 0;  ///< DSCP and ECN
  std::uint16_t identification = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  std::uint16_t fragment_offset = 0;  ///< octets, a multiple of 8
  std::uint8_t ttl = 64;
  std::uint8_t protocol = 0;
  IpAddress source{};
  IpAddress destination{};
  ByteView options{};             ///< received only: raw, bounds and structure checked
  bool has_source_route = false;  ///< LSRR, SSRR or record route among the options
  ByteView header{};              ///< received only: the header as it came
  ByteView payload{};             ///< exactly total length - header length

  [[nodiscard]] bool is_fragment() const { return more_fragments || fragment_offset != 0; }

  /// Version, header length, total length against the bytes there, header checksum, option
  /// structure.
  static Result<Ipv4, ParseError> parse(ByteView packet);
  /// Writes a 20-octet header (no options) for payload_size octets that follow, checksum included.
  /// REQUIRES: out.size() >= kMinHeaderSize, payload_size <= 65515.
  void emit(MutableBytes out, std::size_t payload_size) const;
};

}  // namespace zsock::wire
