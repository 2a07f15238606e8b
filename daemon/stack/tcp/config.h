#pragma once
/// \file
/// TCP constants, each with its source (conformance table 1.10). The host validates ranges.

#include <cstddef>
#include <cstdint>

#include "daemon/stack/base/time.h"

namespace zsock::tcp {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

/// Which congestion control judges.
enum class CongestionControl : std::uint8_t { cubic, newreno };

/// Explicit congestion notification (RFC 3168).
enum class EcnMode : std::uint8_t {
  off,
  passive,  ///< where the peer offers it
  active,   ///< offered by our SYNs, too
};

/// Fast Open (RFC 7413): where applications ask for it.
enum class FastOpenMode : std::uint8_t { off, client, server, both };

struct Config {
  // Retransmission: RFC 6298.
  Duration initial_rto = 1s;                 ///< 2.1
  Duration initial_rto_after_syn_loss = 3s;  ///< 5.7
  Duration min_rto = 200ms;                  ///< deviation D5
  Duration max_rto = 120s;                   ///< 2.5
  std::uint32_t syn_retries = 7;             ///< RFC 9293 3.8.3: R2 of a SYN at least 3 minutes
  std::uint32_t syn_ack_retries = 5;
  std::uint32_t retries_r1 = 3;   ///< RFC 9293 3.8.3: advise the network layer
  std::uint32_t retries_r2 = 15;  ///< RFC 9293 3.8.3: give up
  std::uint32_t orphan_retries = 8;

  // Life of a connection.
  Duration time_wait = 60s;  ///< 2 MSL, deviation D1
  Duration fin_wait_2_orphan = 60s;
  Duration keepalive_idle = 7200s;  ///< RFC 9293 3.8.4
  Duration keepalive_interval = 75s;
  std::uint32_t keepalive_probes = 9;

  // Acknowledgements and sending: RFC 9293 3.8.6.
  Duration delayed_ack = 40ms;
  Duration max_delayed_ack = 200ms;
  std::uint32_t quick_acks = 16;  ///< segments acknowledged at once after start
  Duration cork_timeout = 200ms;
  std::uint32_t initial_window_segments = 10;  ///< RFC 6928
  CongestionControl congestion = CongestionControl::cubic;
  std::uint16_t min_peer_mss = 216;
  bool window_scaling = true;  ///< RFC 7323 2
  bool timestamps = true;      ///< RFC 7323 3
  bool sack = true;            ///< RFC 2018, with it RFC 2883 and RFC 8985
  EcnMode ecn = EcnMode::passive;
  FastOpenMode fast_open = FastOpenMode::off;

  [[nodiscard]] bool fast_open_client() const {
    return fast_open == FastOpenMode::client || fast_open == FastOpenMode::both;
  }
  [[nodiscard]] bool fast_open_server() const {
    return fast_open == FastOpenMode::server || fast_open == FastOpenMode::both;
  }

  // Defence: RFC 5961 7.
  Duration invalid_ack_interval = 500ms;
  std::uint32_t challenge_acks_per_second = 10;

  // Buffers, octets; powers of two.
  std::size_t receive_buffer = 256U << 10U;
  std::size_t send_buffer = 256U << 10U;
  std::size_t max_receive_buffer = 8U << 20U;
  std::size_t max_send_buffer = 8U << 20U;

  // Tables.
  std::size_t connection_limit = 1U << 20U;
  std::size_t time_wait_limit = 65536;
  std::size_t orphan_limit = 4096;
  std::size_t backlog_limit = 4096;  ///< SOMAXCONN
  std::size_t syn_backlog = 2048;    ///< half-open connections of one listener
  std::size_t syn_backlog_total = 65536;
  bool syn_cookies = true;  ///< RFC 4987 3.6, when the queue of half-open connections is full

  bool soft_icmp_in_syn_sent_is_fatal = true;  ///< deviation D10
};

}  // namespace zsock::tcp
