// ICMP and the next hop: RFC 9293 3.9.2.2, RFC 5927, RFC 1191, RFC 8201, conformance 2.6.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using tcp::State;

TcpHost established() {
  TcpHost host;
  host.establish();
  return host;
}

TcpHost opening(const TcpHost::Setup& setup = TcpHost::plain()) {
  TcpHost host{setup};
  host.opens();
  host.sends();
  return host;
}

void icmp(TcpHost& host, SockError error, std::uint32_t seq) {
  host.connection().on_icmp_error({.error = error, .sequence = host.local(seq)}, host.now());
}

void too_big(TcpHost& host, std::uint16_t path_mss, std::uint32_t seq) {
  host.connection().on_icmp_error({.path_mss = path_mss, .sequence = host.local(seq)}, host.now());
}

// Conformance 2.6, D10: in SYN-SENT every error ends the attempt at once.
TEST(TcpIcmp, FailsAConnectionBeingOpened) {
  for (const SockError error : {SockError::network_unreachable, SockError::host_unreachable,
                                SockError::connection_refused, SockError::protocol_error}) {
    TcpHost host = opening();
    icmp(host, error, 0);
    EXPECT_EQ(host.state(), State::closed);
    EXPECT_EQ(host.connection().error(), error);
    EXPECT_EQ(host.sends(), kNothing);
  }
}

// RFC 9293 3.9.2.2 (MUST-56), strictly configured: soft errors do not abort.
TEST(TcpIcmp, LetsSoftErrorsPassWhenStrict) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.config.soft_icmp_in_syn_sent_is_fatal = false;
  TcpHost host = opening(setup);
  icmp(host, SockError::host_unreachable, 0);
  EXPECT_EQ(host.state(), State::syn_sent);
  host.run(600s);
  EXPECT_EQ(host.connection().error(), SockError::host_unreachable);  // instead of timed_out

  TcpHost refused = opening(setup);
  icmp(refused, SockError::connection_refused, 0);
  EXPECT_EQ(refused.state(), State::closed);
}

// RFC 5927 4.1: it must speak of the SYN.
TEST(TcpIcmp, IgnoresWrongSequenceInSynSent) {
  TcpHost host = opening();
  icmp(host, SockError::connection_refused, 1);
  icmp(host, SockError::connection_refused, static_cast<std::uint32_t>(-1));
  EXPECT_EQ(host.state(), State::syn_sent);
  EXPECT_EQ(host.counters().drop_icmp_ignored, 2U);
}

// Conformance 1.8: in SYN-RECEIVED errors are too easily forged.
TEST(TcpIcmp, IsIgnoredInSynReceived) {
  TcpHost host = opening();
  host.receives({.flags = "S", .seq = 0});
  icmp(host, SockError::connection_refused, 0);
  EXPECT_EQ(host.state(), State::syn_received);
}

// RFC 9293 3.9.1.8 (MUST-47, 56), D4: a synchronized connection lives; the error is soft.
TEST(TcpIcmp, IsSoftOnceSynchronized) {
  for (const SockError error : {SockError::network_unreachable, SockError::connection_refused}) {
    TcpHost host = established();
    host.writes("x");
    host.sends();
    icmp(host, error, 1);
    EXPECT_EQ(host.state(), State::established);
    EXPECT_EQ(host.connection().error(), SockError::none);
    EXPECT_EQ(host.connection().take_soft_error(), error);
    EXPECT_EQ(host.connection().take_soft_error(), SockError::none);
  }
}

// RFC 5927 4.1: UNA <= SEG.SEQ < NXT.
TEST(TcpIcmp, MustSpeakOfWhatIsOutstanding) {
  TcpHost host = established();
  icmp(host, SockError::host_unreachable, 1);  // nothing is
  host.writes("abc");
  host.sends();
  icmp(host, SockError::host_unreachable, 0);
  icmp(host, SockError::host_unreachable, 4);
  EXPECT_EQ(host.connection().take_soft_error(), SockError::none);
  icmp(host, SockError::host_unreachable, 3);
  EXPECT_EQ(host.connection().take_soft_error(), SockError::host_unreachable);
}

// Conformance 2.4: the soft error replaces ETIMEDOUT.
TEST(TcpIcmp, ExplainsALaterTimeout) {
  TcpHost host = established();
  host.writes("x");
  host.sends();
  icmp(host, SockError::host_unreachable, 1);
  host.run(2000s);
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.connection().error(), SockError::host_unreachable);
}

// ... unless things have moved on since.
TEST(TcpIcmp, IsForgottenWithProgress) {
  TcpHost host = established();
  host.writes("x");
  host.sends();
  icmp(host, SockError::host_unreachable, 1);
  host.receives({.flags = ".", .seq = 1, .ack = 2});
  EXPECT_EQ(host.connection().take_soft_error(), SockError::none);
}

// RFC 1191 6.3, RFC 8201 5.3: what is outstanding goes out again, cut to the new size, at once.
TEST(TcpPathMtu, CutsAnewAndRetransmits) {
  TcpHost host = established();
  host.writes(2000);
  host.sends_all();
  const std::uint32_t threshold = host.info().slow_start_threshold;
  too_big(host, 600, 1);
  EXPECT_EQ(host.info().send_mss, 600U);
  const auto again = host.sends_all();
  ASSERT_EQ(again.size(), 4U);
  EXPECT_EQ(again[0], (Seg{.flags = ".", .seq = 1, .text = pattern(0, 600)}));
  EXPECT_EQ(again[3], (Seg{.flags = "P.", .seq = 1801, .text = pattern(1800, 200)}));
  EXPECT_EQ(host.info().slow_start_threshold, threshold);  // no congestion
  EXPECT_EQ(host.info().congestion_window, 6000U);         // ten segments still
  EXPECT_EQ(host.connection().take_soft_error(), SockError::none);
}

// RFC 5927 7: forged or stale reports are ignored.
TEST(TcpPathMtu, IgnoresWrongSequenceAndLargerValues) {
  TcpHost host = established();
  too_big(host, 600, 1);
  EXPECT_EQ(host.info().send_mss, 1000U);
  host.writes(1000);
  host.sends();
  too_big(host, 1400, 1);
  EXPECT_EQ(host.info().send_mss, 1000U);
  EXPECT_EQ(host.sends(), kNothing);  // the peer's MSS was the smaller one all along
}

// RFC 5927 7.2: no path is believed to take next to nothing.
TEST(TcpPathMtu, HasAFloor) {
  TcpHost host = established();
  host.writes(1000);
  host.sends();
  too_big(host, 1, 1);
  EXPECT_EQ(host.info().send_mss, 216U);
}

// Conformance 2.6: SYN-SENT stays.
TEST(TcpPathMtu, KeepsSynSent) {
  TcpHost host = opening();
  too_big(host, 600, 0);
  EXPECT_EQ(host.state(), State::syn_sent);
  host.receives({.flags = "S.", .seq = 0, .ack = 1, .mss = 1000});
  EXPECT_EQ(host.info().send_mss, 600U);
}

// Conformance 2.3: a next hop that does not answer fails connect(), not a living connection.
TEST(TcpUnreachable, FailsOnlyWhileOpening) {
  TcpHost host = opening();
  host.connection().on_unreachable(SockError::host_unreachable, host.now());
  EXPECT_EQ(host.connection().error(), SockError::host_unreachable);

  TcpHost living = established();
  living.connection().on_unreachable(SockError::host_unreachable, living.now());
  EXPECT_EQ(living.state(), State::established);
  EXPECT_EQ(living.connection().take_soft_error(), SockError::host_unreachable);
}

}  // namespace
}  // namespace zsock::test
