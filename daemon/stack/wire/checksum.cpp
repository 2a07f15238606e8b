#include "daemon/stack/wire/checksum.h"

#include <bit>

namespace zsock::wire {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kLanes = 4;  ///< independent sums, so that additions overlap

std::uint64_t load_native64(const std::byte* from) {
  std::uint64_t word;
  std::memcpy(&word, from, kWord);
  return word;
}

std::uint16_t swap16(std::uint16_t value) {
  return static_cast<std::uint16_t>((value << 8U) | (value >> 8U));
}

/// RFC 1071 2 (C): end-around carries until 16 bits are left.
std::uint16_t fold(std::uint64_t sum) {
  sum = (sum & 0xffffffffU) + (sum >> 32U);
  sum = (sum & 0xffffffffU) + (sum >> 32U);
  sum = (sum & 0xffffU) + (sum >> 16U);
  sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(sum);
}

/// Adds with end-around carry.
std::uint64_t add_carry(std::uint64_t sum, std::uint64_t word) {
  sum += word;
  return sum + (sum < word ? 1U : 0U);
}

/// The ones'-complement sum of `bytes` as 16-bit words in this machine's byte order; an odd last
/// octet is followed by a zero. RFC 1071 2 (B): the order matters at the end only.
std::uint16_t native_sum(ByteView bytes) {
  const std::byte* p = bytes.data();
  std::size_t left = bytes.size();
  std::array<std::uint64_t, kLanes> lanes{};
  std::array<std::uint64_t, kLanes> carries{};
  for (; left >= kLanes * kWord; left -= kLanes * kWord, p += kLanes * kWord) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const std::uint64_t word = load_native64(p + lane * kWord);
      lanes[lane] += word;
      carries[lane] += lanes[lane] < word ? 1U : 0U;
    }
  }
  std::uint64_t sum = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    sum = add_carry(add_carry(sum, lanes[lane]), carries[lane]);
  }
  for (; left >= kWord; left -= kWord, p += kWord) sum = add_carry(sum, load_native64(p));
  if (left != 0) {
    std::uint64_t last = 0;
    std::memcpy(&last, p, left);
    sum = add_carry(sum, last);
  }
  return fold(sum);
}

}  // namespace

Checksum& Checksum::add(ByteView bytes) {
  std::uint16_t sum = native_sum(bytes);
  const bool little = std::endian::native == std::endian::little;
  if (little != odd_) sum = swap16(sum);
  sum_ += sum;
  if (bytes.size() % 2 != 0) odd_ = !odd_;
  return *this;
}

Checksum& Checksum::add_be16(std::uint16_t word) {
  ZSOCK_CHECK(!odd_);
  sum_ += word;
  return *this;
}

Checksum& Checksum::add_pseudo_header(const IpAddress& source, const IpAddress& destination,
                                      std::uint8_t protocol, std::uint32_t length) {
  ZSOCK_CHECK(!odd_);
  add(std::as_bytes(std::span(source.octets())).first(source.size()));
  add(std::as_bytes(std::span(destination.octets())).first(destination.size()));
  sum_ += std::uint64_t{length >> 16U} + (length & 0xffffU) + protocol;
  return *this;
}

std::uint16_t Checksum::folded() const {
  return fold(sum_);
}

std::uint16_t checksum(ByteView bytes) {
  return Checksum().add(bytes).finish();
}

std::uint16_t update_checksum(std::uint16_t checksum, std::uint16_t before, std::uint16_t after) {
  const auto complement = [](std::uint16_t word) { return static_cast<std::uint16_t>(~word); };
  const std::uint64_t sum =
      std::uint64_t{complement(checksum)} + complement(before) + std::uint64_t{after};
  return complement(fold(sum));
}

}  // namespace zsock::wire
