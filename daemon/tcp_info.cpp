#include "daemon/tcp_info.h"

#include <algorithm>
#include <limits>

namespace zsock::host {
namespace {

// Numbers of Linux's include/net/tcp_states.h.
constexpr std::uint8_t kClose = 7;
constexpr std::uint8_t kListen = 10;

std::uint8_t linux_state(tcp::State state) {
  switch (state) {
    case tcp::State::established:
      return 1;
    case tcp::State::syn_sent:
      return 2;
    case tcp::State::syn_received:
      return 3;
    case tcp::State::fin_wait_1:
      return 4;
    case tcp::State::fin_wait_2:
      return 5;
    case tcp::State::time_wait:  // the flow's, not the socket's any more
    case tcp::State::closed:
      return kClose;
    case tcp::State::close_wait:
      return 8;
    case tcp::State::last_ack:
      return 9;
    case tcp::State::closing:
      return 11;
  }
  return kClose;
}

constexpr std::uint32_t kInfiniteThreshold = 0x7fff'ffff;  ///< Linux's, in segments
constexpr std::uint32_t kReordering = 3;                   ///< duplicate ACKs that prove a loss

/// Linux's TCP_CA_Open, _Disorder, _Recovery, _Loss; 2 is _CWR.
std::uint8_t linux_ca_state(tcp::LossState state) {
  switch (state) {
    case tcp::LossState::open:
      return 0;
    case tcp::LossState::disorder:
      return 1;
    case tcp::LossState::recovery:
      return 3;
    case tcp::LossState::loss:
      return 4;
  }
  return 0;
}

std::uint32_t clamp32(std::uint64_t value) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

std::uint32_t microseconds(Duration time) {
  return clamp32(static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)));
}

/// Milliseconds since then; 0: never.
std::uint32_t since(Instant then, Instant now) {
  return then == Instant{} ? 0 : microseconds(now - then) / 1000;
}

void fill_meter(tcp_info& out, const tcp::SendMeter& meter, Instant now) {
  using Wait = tcp::SendMeter::Wait;
  const auto spent = [&](Wait wait) {
    return static_cast<std::uint64_t>(meter.spent(wait, now).count());
  };
  out.tcpi_delivery_rate = meter.rate();
  out.tcpi_delivery_rate_app_limited = meter.short_of_text() ? 1 : 0;
  out.tcpi_rwnd_limited = spent(Wait::peer);
  out.tcpi_sndbuf_limited = spent(Wait::buffer);
  out.tcpi_busy_time = spent(Wait::path) + out.tcpi_rwnd_limited + out.tcpi_sndbuf_limited;
}

void fill_sending(tcp_info& out, const tcp::ConnectionInfo& info, Instant now) {
  const std::uint32_t mss = std::max<std::uint32_t>(info.send_mss, 1);
  out.tcpi_retransmits = static_cast<std::uint8_t>(std::min(info.timeouts, 255U));
  out.tcpi_backoff = out.tcpi_retransmits;
  out.tcpi_probes = static_cast<std::uint8_t>(std::min(info.probes, 255U));
  out.tcpi_rto = microseconds(info.rto);
  out.tcpi_rtt = microseconds(info.srtt);
  out.tcpi_rttvar = microseconds(info.rttvar);
  out.tcpi_min_rtt = info.least_rtt == Duration::zero() ? ~0U : microseconds(info.least_rtt);
  out.tcpi_snd_mss = info.send_mss;
  out.tcpi_ca_state = linux_ca_state(info.loss_state);
  out.tcpi_unacked = (info.in_flight + mss - 1) / mss;
  out.tcpi_sacked = (info.sacked + mss - 1) / mss;
  out.tcpi_lost = (info.lost + mss - 1) / mss;
  out.tcpi_snd_cwnd = info.congestion_window / mss;
  out.tcpi_snd_ssthresh = info.slow_start_threshold >= kInfiniteThreshold
                              ? kInfiniteThreshold
                              : info.slow_start_threshold / mss;
  out.tcpi_reordering = kReordering;
  out.tcpi_total_retrans = clamp32(info.retransmits);
  out.tcpi_bytes_acked = info.octets_acked;
  out.tcpi_bytes_sent = info.octets_sent + info.octets_sent_again;
  out.tcpi_bytes_retrans = info.octets_sent_again;
  out.tcpi_notsent_bytes = clamp32(info.octets_unsent);
  out.tcpi_segs_out = info.segments_out;
  out.tcpi_delivered = clamp32((info.octets_acked + info.sacked + mss - 1) / mss);
  out.tcpi_last_data_sent = since(info.text_sent, now);
  out.tcpi_snd_wnd = info.send_window;
  out.tcpi_pacing_rate = info.pacing_rate;
  out.tcpi_max_pacing_rate = info.pacing_limit;
  out.tcpi_dsack_dups = info.duplicates_reported;
  out.tcpi_reord_seen = info.reorderings;
  fill_meter(out, info.sending, now);
}

}  // namespace

tcp_info linux_tcp_info(Unconnected socket) {
  tcp_info out{};
  out.tcpi_state = socket == Unconnected::listening ? kListen : kClose;
  return out;
}

tcp_info linux_tcp_info(const tcp::ConnectionInfo& info, std::uint16_t path_mtu, Instant now) {
  static_assert(sizeof(tcp_info) >= 232);
  tcp_info out{};
  out.tcpi_state = linux_state(info.state);
  const bool scaling = info.send_scale != 0 || info.receive_scale != 0;
  out.tcpi_options = static_cast<std::uint8_t>(
      (info.timestamps ? TCPI_OPT_TIMESTAMPS : 0) | (info.sack ? TCPI_OPT_SACK : 0) |
      (info.ecn ? TCPI_OPT_ECN : 0) | (info.syn_text ? TCPI_OPT_SYN_DATA : 0) |
      (scaling ? TCPI_OPT_WSCALE : 0));
  out.tcpi_snd_wscale = info.send_scale & 15U;
  out.tcpi_rcv_wscale = info.receive_scale & 15U;
  out.tcpi_ato = microseconds(info.ack_delay);
  out.tcpi_rcv_mss = info.announced_mss;
  out.tcpi_advmss = info.announced_mss;
  out.tcpi_pmtu = path_mtu;
  out.tcpi_rcv_space = info.receive_window;
  out.tcpi_rcv_ssthresh = info.receive_window;
  out.tcpi_bytes_received = info.octets_received;
  out.tcpi_segs_in = info.segments_in;
  out.tcpi_rcv_ooopack = info.out_of_order;
  out.tcpi_rcv_rtt = microseconds(info.receive_rtt);
  out.tcpi_last_ack_recv = since(info.heard, now);
  fill_sending(out, info, now);
  return out;
}

}  // namespace zsock::host
