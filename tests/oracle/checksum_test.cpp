// The Internet checksum against the loop of RFC 1071 4.1, octet by octet.

#include "daemon/stack/wire/checksum.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

std::uint16_t naive_sum(ByteView bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8U : 0U);
    if (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  }
  return static_cast<std::uint16_t>(sum);
}

std::uint16_t complement(std::uint16_t word) {
  return static_cast<std::uint16_t>(~word);
}

TEST(ChecksumOracle, AgreesOnEverySizeAndAlignment) {
  SeededRng rng(1);
  const test::Octets bytes = test::random_octets(rng, 300);
  for (std::size_t offset = 0; offset < 16; ++offset) {
    for (std::size_t size = 0; size + offset <= bytes.size(); ++size) {
      const ByteView view = ByteView(bytes).subspan(offset, size);
      ASSERT_EQ(checksum(view), complement(naive_sum(view))) << offset << ' ' << size;
    }
  }
}

TEST(ChecksumOracle, AgreesOnLargePieces) {
  const std::uint64_t seed = test::test_seed(2);
  SCOPED_TRACE(test::seed_note(seed));
  SeededRng rng(seed);
  for (int run = 0; run < 100; ++run) {
    const test::Octets bytes = test::random_octets(rng, rng.below(66000));
    ASSERT_EQ(checksum(bytes), complement(naive_sum(bytes))) << bytes.size();
  }
}

TEST(ChecksumOracle, AgreesOnExtremeOctets) {
  for (const unsigned fill : {0U, 1U, 0x7fU, 0x80U, 0xfeU, 0xffU}) {
    for (const std::size_t size : {31U, 32U, 33U, 65535U, 65536U, 1000003U}) {
      const test::Octets bytes(size, static_cast<std::byte>(fill));
      ASSERT_EQ(checksum(bytes), complement(naive_sum(bytes))) << fill << ' ' << size;
    }
  }
}

TEST(ChecksumOracle, AgreesHoweverTheBytesAreCut) {
  const std::uint64_t seed = test::test_seed(3);
  SCOPED_TRACE(test::seed_note(seed));
  SeededRng rng(seed);
  for (int run = 0; run < 5000; ++run) {
    const test::Octets bytes = test::random_octets(rng, rng.below(400));
    Checksum sum;
    for (ByteView rest = bytes; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(rest.size(), rng.below(60));
      sum.add(rest.first(size));
      rest = rest.subspan(size);
    }
    ASSERT_EQ(sum.folded(), naive_sum(bytes)) << "run " << run;
  }
}

// RFC 1624; req: PR-8
TEST(ChecksumOracle, UpdatesToWhatAFreshSumGives) {
  const std::uint64_t seed = test::test_seed(4);
  SCOPED_TRACE(test::seed_note(seed));
  SeededRng rng(seed);
  for (int run = 0; run < 100000; ++run) {
    test::Octets header = test::random_octets(rng, 20);
    // Not all zero, as no header is: there the two zeros of ones' complement would differ.
    store_u8(header, 0, 0x45);
    store_be16(header, 10, 0);
    const std::uint16_t before = checksum(header);
    const std::size_t at = 2 * (1 + rng.below(4));
    const std::uint16_t old_word = load_be16(header, at);
    const auto new_word =
        static_cast<std::uint16_t>(rng.below(4) == 0 ? 0xffff * rng.below(2) : rng.below(0x10000));
    store_be16(header, at, new_word);
    ASSERT_EQ(update_checksum(before, old_word, new_word), checksum(header)) << "run " << run;
  }
}

}  // namespace
}  // namespace zsock::wire
