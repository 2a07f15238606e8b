// The value of TCP_INFO: Linux's numbers.
#include "daemon/tcp_info.h"

#include <gtest/gtest.h>

namespace zsock::host {
namespace {

TEST(TcpInfo, LossesAreInSegments) {
  const tcp::ConnectionInfo info{.state = tcp::State::established,
                                 .in_flight = 5001,
                                 .loss_state = tcp::LossState::recovery,
                                 .sacked = 2000,
                                 .lost = 1,
                                 .send_mss = 1000};
  const tcp_info told = linux_tcp_info(info, 1500, Instant{});
  EXPECT_EQ(told.tcpi_ca_state, 3);
  EXPECT_EQ(told.tcpi_unacked, 6U);
  EXPECT_EQ(told.tcpi_sacked, 2U);
  EXPECT_EQ(told.tcpi_lost, 1U);
}

TEST(TcpInfo, RatesAndWhatIsDelivered) {
  const tcp::ConnectionInfo info{.sacked = 1000,
                                 .send_mss = 1000,
                                 .octets_acked = 3500,
                                 .receive_rtt = std::chrono::milliseconds{20},
                                 .out_of_order = 3,
                                 .reorderings = 2,
                                 .pacing_rate = 12345,
                                 .pacing_limit = 50000,
                                 .syn_text = true};
  const tcp_info told = linux_tcp_info(info, 1500, Instant{});
  EXPECT_EQ(told.tcpi_delivered, 5U);
  EXPECT_EQ(told.tcpi_rcv_rtt, 20000U);
  EXPECT_EQ(told.tcpi_rcv_ooopack, 3U);
  EXPECT_EQ(told.tcpi_reord_seen, 2U);
  EXPECT_EQ(told.tcpi_pacing_rate, 12345U);
  EXPECT_EQ(told.tcpi_max_pacing_rate, 50000U);
  EXPECT_EQ(told.tcpi_options, TCPI_OPT_SYN_DATA);
}

// req: T-ECN
TEST(TcpInfo, OptionsAreThoseAgreedUpon) {
  const tcp::ConnectionInfo info{.timestamps = true, .sack = true, .ecn = true, .send_scale = 7};
  EXPECT_EQ(linux_tcp_info(info, 1500, Instant{}).tcpi_options,
            TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_ECN | TCPI_OPT_WSCALE);
  EXPECT_EQ(linux_tcp_info(tcp::ConnectionInfo{}, 1500, Instant{}).tcpi_options, 0);
}

}  // namespace
}  // namespace zsock::host
