#include "daemon/stack/base/bytes.h"

#include <gtest/gtest.h>

#include "tests/support/octets.h"

namespace zsock {
namespace {

using test::octets;
using test::Octets;

TEST(Bytes, LoadsInNetworkOrder) {
  const Octets bytes = octets("01 f2 03 f4 05");
  EXPECT_EQ(load_u8(bytes, 1), 0xf2);
  EXPECT_EQ(load_be16(bytes, 1), 0xf203);
  EXPECT_EQ(load_be32(bytes, 1), 0xf203f405U);
}

TEST(Bytes, StoresInNetworkOrder) {
  Octets bytes(7);
  store_u8(bytes, 0, 0x81);
  store_be16(bytes, 1, 0x8283);
  store_be32(bytes, 3, 0x84858687U);
  EXPECT_EQ(bytes, octets("81 8283 84858687"));
}

TEST(Bytes, StoresWhatItLoadsAtEveryOffset) {
  for (std::size_t offset = 0; offset < 9; ++offset) {
    Octets bytes(13);
    store_be32(bytes, offset, 0xfedcba98U);
    EXPECT_EQ(load_be32(bytes, offset), 0xfedcba98U);
    store_be16(bytes, offset, 0x7fff);
    EXPECT_EQ(load_be16(bytes, offset), 0x7fff);
  }
}

TEST(Bytes, CopiesNothingFromNothing) {
  Octets bytes = octets("aa bb");
  copy_bytes(bytes, {});
  EXPECT_EQ(bytes, octets("aa bb"));
  copy_bytes({}, {});
  copy_bytes(bytes, octets("11"));
  EXPECT_EQ(bytes, octets("11 bb"));
}

TEST(BytesDeathTest, NeverReachesBeyondTheEnd) {
  Octets bytes(4);
  EXPECT_DEATH(static_cast<void>(load_u8(bytes, 4)), "");
  EXPECT_DEATH(static_cast<void>(load_be16(bytes, 3)), "");
  EXPECT_DEATH(static_cast<void>(load_be32(bytes, 1)), "");
  EXPECT_DEATH(store_u8(bytes, 4, 0), "");
  EXPECT_DEATH(store_be16(bytes, 3, 0), "");
  EXPECT_DEATH(store_be32(bytes, 1, 0), "");
  EXPECT_DEATH(copy_bytes(bytes, Octets(5)), "");
}

}  // namespace
}  // namespace zsock
