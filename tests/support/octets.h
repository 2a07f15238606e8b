#pragma once
/// \file
/// Octets for tests: from text, random, changed.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/base/rng.h"

namespace zsock::test {

/// A type of its own so that operator+ is found.
struct Octets : std::vector<std::byte> {
  using std::vector<std::byte>::vector;
};

/// "45 00 001c": pairs of hexadecimal digits, spaces anywhere between pairs.
inline Octets octets(std::string_view text) {
  const auto digit = [](char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  };
  Octets bytes;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    ZSOCK_CHECK(i + 1 < text.size());
    bytes.push_back(static_cast<std::byte>((digit(text[i]) << 4U) | digit(text[i + 1])));
    i += 2;
  }
  return bytes;
}

inline Octets to_octets(ByteView view) {
  return {view.begin(), view.end()};
}

inline Octets random_octets(Rng& rng, std::size_t size) {
  Octets bytes(size);
  for (std::byte& octet : bytes) octet = static_cast<std::byte>(rng.next_u32() & 0xffU);
  return bytes;
}

inline Octets operator+(Octets front, const Octets& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

/// The seed of a random test: ZSOCK_SEED when set, so that a failure can be repeated.
inline std::uint64_t test_seed(std::uint64_t otherwise) {
  const char* given = std::getenv("ZSOCK_SEED");
  return given == nullptr ? otherwise : std::strtoull(given, nullptr, 0);
}

/// For SCOPED_TRACE.
inline std::string seed_note(std::uint64_t seed) {
  return "repeat with ZSOCK_SEED=" + std::to_string(seed);
}

}  // namespace zsock::test
