// RFC 3168 6.1: the echo of marks, and the answer to the echo.
#include "daemon/stack/tcp/ecn.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using enum EcnEcho::Mark;
using namespace wire::tcp_flag;

// RFC 3168 6.1.1. req: T-ECN
TEST(EcnSetup, NeedsExactlyItsFlags) {
  EXPECT_TRUE(offers_ecn(kSyn | kEce | kCwr));
  EXPECT_FALSE(offers_ecn(kSyn | kEce) || offers_ecn(kSyn | kCwr) || offers_ecn(kSyn));
  EXPECT_TRUE(agrees_to_ecn(kSyn | kAck | kEce));
  EXPECT_FALSE(agrees_to_ecn(kSyn | kAck | kEce | kCwr) || agrees_to_ecn(kSyn | kAck));
}

// RFC 3168 6.1.3
// req: T-ECN
TEST(EcnEcho, LastsFromTheMarkToCwr) {
  EcnEcho echo;
  echo.enable();
  EXPECT_FALSE(echo.on_text(none, kAck));
  EXPECT_TRUE(echo.on_text(congestion_experienced, kAck));
  EXPECT_TRUE(echo.active());
  EXPECT_FALSE(echo.on_text(none, kAck));
  EXPECT_FALSE(echo.on_text(congestion_experienced, kAck | kCwr)) << "it goes on";
  EXPECT_TRUE(echo.active());
  EXPECT_TRUE(echo.on_text(none, kAck | kCwr));
  EXPECT_FALSE(echo.active());
}

TEST(EcnEcho, WithoutAgreementThereIsNone) {
  EcnEcho echo;
  EXPECT_FALSE(echo.on_text(congestion_experienced, kAck));
  EXPECT_FALSE(echo.active());
}

// RFC 3168 6.1.2: what was sent before the reduction says nothing new.
// req: T-ECN
TEST(EcnResponse, ShrinksOnceForEachWindow) {
  EcnResponse response;
  EXPECT_FALSE(response.on_echo(1));
  response.enable();
  EXPECT_TRUE(response.on_echo(1));
  response.note_reduction(10001);
  EXPECT_TRUE(response.cwr_due());
  EXPECT_FALSE(response.on_echo(10001));
  EXPECT_TRUE(response.on_echo(10002));
  response.cwr_sent();
  EXPECT_FALSE(response.cwr_due());
}

TEST(EcnResponse, WithoutAgreementNothingSaysCwr) {
  EcnResponse response;
  response.note_reduction(10001);
  EXPECT_FALSE(response.cwr_due());
}

}  // namespace
}  // namespace zsock::tcp
