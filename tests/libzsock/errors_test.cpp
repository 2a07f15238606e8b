#include "libzsock/ipc/errors.h"

#include <gtest/gtest.h>

#include <set>

namespace zsock::ipc {
namespace {

TEST(IpcErrors, EveryErrnoStandsOnce) {
  std::set<std::int32_t> seen;
  for (const ErrorPair& pair : kErrorTable) EXPECT_TRUE(seen.insert(pair.number).second);
}

TEST(IpcErrors, ErrorAndErrnoAreInverse) {
  for (const ErrorPair& pair : kErrorTable) {
    EXPECT_EQ(to_errno(pair.error), pair.number);
    EXPECT_EQ(from_errno(pair.number), pair.error);
  }
}

TEST(IpcErrors, ForeignNumbersBecomeProtocolErrors) {
  EXPECT_EQ(from_errno(EXDEV), SockError::protocol_error);
  EXPECT_EQ(from_errno(-1), SockError::protocol_error);
  EXPECT_EQ(to_errno(static_cast<SockError>(250)), EPROTO);
}

}  // namespace
}  // namespace zsock::ipc
