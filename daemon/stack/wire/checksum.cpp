#include "daemon/stack/wire/checksum.h"

#include <bit>

namespace zsock::wire {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);
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

/// The two halves of the next word as one sum: too small to overflow 64 bits before 16 GiB are
/// added.
std::uint64_t halves(const std::byte* from) {
  const std::uint64_t word = load_native64(from);
  return (word & 0xffffffffU) + (word >> 32U);
}

/// The ones'-complement sum of `bytes` as 16-bit words in this machine's byte order; an odd last
/// octet is followed by a zero. RFC 1071 2 (B): the order matters at the end only.
std::uint16_t native_sum(ByteView bytes) {
  const std::byte* p = bytes.data();
  std::size_t left = bytes.size();
  // Four independent sums, spelled out: compilers make vector additions of them at -O2.
  std::uint64_t sum0 = 0;
  std::uint64_t sum1 = 0;
  std::uint64_t sum2 = 0;
  std::uint64_t sum3 = 0;
  for (; left >= 4 * kWord; left -= 4 * kWord, p += 4 * kWord) {
    sum0 += halves(p);
    sum1 += halves(p + kWord);
    sum2 += halves(p + 2 * kWord);
    sum3 += halves(p + 3 * kWord);
  }
  for (; left >= kWord; left -= kWord, p += kWord) sum0 += halves(p);
  if (left != 0) {
    std::array<std::byte, kWord> last{};
    std::memcpy(last.data(), p, left);
    sum1 += halves(last.data());
  }
  return fold(fold(sum0) + std::uint64_t{fold(sum1)} + fold(sum2) + fold(sum3));
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
