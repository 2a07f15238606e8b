#pragma once
/// \file
/// Why bytes from the wire were refused. Counted by reason, never logged above debug.

#include <cstdint>

namespace zsock::wire {

enum class ParseError : std::uint8_t {
  too_short,  ///< ends before the fixed header does
  bad_version,
  bad_length,  ///< a length field contradicts the bytes that are there
  bad_checksum,
  bad_option,   ///< an option of length 0, 1 or past the end
  bad_value,    ///< a field holds what its protocol forbids
  unsupported,  ///< well formed, but not a thing we speak
};

}  // namespace zsock::wire
