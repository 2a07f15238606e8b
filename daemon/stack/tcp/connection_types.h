#pragma once
/// \file
/// What goes into a connection and comes out of it, besides segments: plain values.

#include <cstdint>
#include <optional>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/fast_open.h"
#include "daemon/stack/tcp/send_meter.h"
#include "daemon/stack/tcp/seq.h"
#include "daemon/stack/tcp/state.h"

namespace zsock::tcp {

/// What has changed since the last take_events(); a set of bits.
namespace event {
inline constexpr std::uint32_t kConnected = 1;  ///< reached ESTABLISHED
inline constexpr std::uint32_t kReadable = 2;   ///< the receive ring's tail has moved
inline constexpr std::uint32_t kWritable =
    4;  ///< the transmit ring's head has moved, or, with TCP_NOTSENT_LOWAT, text was sent
inline constexpr std::uint32_t kPeerClosed =
    8;                                        ///< every octet before the peer's FIN is in the ring
inline constexpr std::uint32_t kFailed = 16;  ///< error() is set: refused, reset, timed out
inline constexpr std::uint32_t kTimeWait =
    32;                                        ///< entered TIME-WAIT: time_wait() says what to keep
inline constexpr std::uint32_t kClosed = 64;   ///< CLOSED: nothing more will ever happen
inline constexpr std::uint32_t kUrgent = 128;  ///< a new urgent pointer (RFC 9293 3.8.5)
inline constexpr std::uint32_t kAdviseRoute =
    256;  ///< R1 passed: the network layer should check the next hop
inline constexpr std::uint32_t kProgress =
    512;  ///< the peer has acknowledged something new: next hop is alive
inline constexpr std::uint32_t kCramped = 1024;  ///< a larger ring would be of use: wanted()
}  // namespace event

/// What the path takes: its MTU less headers without options.
struct PathMss {
  std::uint16_t now = 536;
  std::uint16_t least = 512;  ///< below this no path is believed to be (RFC 4821 7.2)

  constexpr PathMss() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a path like others
  constexpr PathMss(std::uint16_t mss) : now(mss) {}
  constexpr PathMss(std::uint16_t mss, std::uint16_t floor) : now(mss), least(floor) {}
};

/// What a connection starts from.
struct ConnectionInit {
  Seq iss{};                           ///< RFC 6528
  std::uint32_t timestamp_offset = 0;  ///< added to the millisecond clock (RFC 7323 5.4)
  std::uint16_t local_mss = 536;       ///< what we announce: MTU less headers (RFC 9293 3.7.1)
  PathMss path_mss{};
  std::uint32_t receive_limit =
      0;  ///< largest receive window to ever be offered; chooses the scale
  std::optional<FastOpenOffer> fast_open{};  ///< with a cookie, the SYN waits for text
};

/// What a connection has to do with Fast Open (RFC 7413).
struct FastOpen {
  std::optional<wire::FastOpenCookie> shown{};  ///< in our first SYN, or in our SYN-ACK
  std::optional<wire::FastOpenCookie> given{};  ///< by the server
  bool text_taken = false;                      ///< of the SYN
  bool fell_back = false;                       ///< the SYN with the option had no answer
};

/// What a passive open already knows when the handshake's last ACK arrives; kept by value in the
/// SYN queue.
struct HalfOpen {
  Seq iss{};
  Seq irs{};
  std::uint32_t timestamp_offset = 0;
  std::uint32_t peer_timestamp = 0;  ///< TS.Recent
  std::uint16_t peer_mss = 536;
  std::uint16_t local_mss = 536;
  std::uint16_t peer_window = 0;  ///< SEG.WND of the SYN, never scaled
  std::uint8_t peer_scale = 0;
  std::uint8_t local_scale = 0;
  bool window_scaling = false;  ///< both sides sent the option
  bool timestamps = false;
  bool sack = false;
  bool ecn = false;
  std::uint8_t retransmits = 0;  ///< of our SYN-ACK
  Instant syn_ack_sent{};        ///< of the first transmission
  bool gives_cookie = false;     ///< its SYN-ACK carries one for Fast Open
  bool early = false;            ///< the connection answers the SYN and has its text (RFC 7413 4.2)
  bool from_cookie = false;      ///< syn_ack_sent is not known: the time of the ACK stands there
};

/// What outlives a connection in TIME-WAIT (RFC 9293 3.10.7.4, RFC 6191).
struct TimeWaitInfo {
  Seq send_next{};
  Seq receive_next{};
  std::uint16_t window = 0;  ///< as last advertised, scaled
  bool timestamps = false;
  std::uint32_t timestamp_offset = 0;
  std::uint32_t peer_timestamp = 0;  ///< TS.Recent
};

/// An ICMP error whose embedded sequence number the connection judges (RFC 5927, RFC 9293 3.9.2.2).
struct IcmpError {
  SockError error = SockError::none;  ///< none: packet too big only
  std::uint16_t path_mss = 0;         ///< too big: new value of PathMss::now
  Seq sequence{};                     ///< of the embedded segment
};

/// How the application's side of the ring looks to the daemon; positions count octets from the
/// start of the stream.
struct Rings {
  MutableBytes receive{};
  MutableBytes transmit{};
};

/// Which of the two.
enum class RingSide : std::uint8_t { receive, transmit };

/// What the sender makes of its losses.
enum class LossState : std::uint8_t {
  open,
  disorder,  ///< the peer holds text beyond a gap
  recovery,  ///< fast recovery
  loss,      ///< after a timeout
};

/// The state of one connection in numbers (for TCP_INFO and reports).
struct ConnectionInfo {
  State state = State::closed;
  Duration rto{};
  Duration srtt{};
  Duration rttvar{};
  std::uint32_t congestion_window = 0;  ///< octets
  std::uint32_t slow_start_threshold = 0;
  std::uint32_t in_flight = 0;
  LossState loss_state = LossState::open;
  std::uint32_t sacked = 0;  ///< octets that the peer holds beyond a gap (SACK)
  std::uint32_t lost = 0;    ///< octets to be sent again
  std::uint32_t send_window = 0;
  std::uint32_t receive_window = 0;
  std::uint16_t send_mss = 0;
  std::uint64_t octets_sent = 0;
  std::uint64_t octets_acked = 0;
  std::uint64_t octets_received = 0;
  std::uint64_t octets_sent_again = 0;
  std::uint64_t octets_unsent = 0;  ///< written, never sent
  std::uint64_t retransmits = 0;    ///< segments
  std::uint32_t timeouts = 0;       ///< in a row, of the same octet
  std::uint32_t probes = 0;         ///< unanswered, of a closed window
  std::uint32_t segments_in = 0;
  std::uint32_t segments_out = 0;
  std::uint16_t announced_mss = 0;
  Duration ack_delay{};
  Duration least_rtt{};    ///< zero before the first sample
  Instant text_sent{};     ///< when text last went out; the epoch: never
  Instant heard{};         ///< when a segment last came
  Duration receive_rtt{};  ///< as the receiver of text sees it; zero: it does not
  SendMeter sending{};
  std::uint32_t out_of_order = 0;                  ///< segments that came after a gap
  std::uint32_t reorderings = 0;                   ///< segments that the peer got after later ones
  std::uint32_t duplicates_reported = 0;           ///< by the peer (RFC 2883)
  std::uint64_t pacing_rate = ~std::uint64_t{0};   ///< octets per second; all ones: none
  std::uint64_t pacing_limit = ~std::uint64_t{0};  ///< SO_MAX_PACING_RATE
  bool syn_text = false;  ///< text of a SYN was taken before the handshake was over (RFC 7413)
  bool timestamps = false;
  bool sack = false;
  bool ecn = false;
  std::uint8_t send_scale = 0;
  std::uint8_t receive_scale = 0;
};

}  // namespace zsock::tcp
