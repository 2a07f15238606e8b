#pragma once
/// \file
/// One TCP connection: the state machine of RFC 9293 3.10, joining sender, receiver and timers.
/// Read with the RFC beside it. Knows neither addresses nor sockets: segments in, segments pulled,
/// calls, time.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/ring_buffer.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/config.h"
#include "daemon/stack/tcp/connection_types.h"
#include "daemon/stack/tcp/options.h"
#include "daemon/stack/tcp/pacer.h"
#include "daemon/stack/tcp/receiver.h"
#include "daemon/stack/tcp/ring_tuning.h"
#include "daemon/stack/tcp/segment.h"
#include "daemon/stack/tcp/sender.h"
#include "daemon/stack/tcp/state.h"
#include "daemon/stack/tcp/throttle.h"
#include "daemon/stack/tcp/timers.h"

namespace zsock::tcp {

class Connection {
 public:
  /// \param config, counters  outlive the connection
  Connection(const Config& config, Counters& counters, const ConnectionInit& init,
             const SocketOptions& options, Rings rings);
  /// Passive: SYN-RECEIVED, as the listener left it; the segment that completes the handshake
  /// follows by on_segment.
  Connection(const Config& config, Counters& counters, const HalfOpen& half_open, PathMss path_mss,
             const SocketOptions& options, Rings rings);
  ~Connection() = default;
  Connection(Connection&&) = default;
  Connection& operator=(Connection&&) = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // --- User calls (RFC 9293 3.10.1 to 3.10.6) ----------------------------------------------------
  void open(Instant now);  ///< active OPEN: CLOSED to SYN-SENT
  /// Passive, RFC 7413 4.2.2: answers the SYN, whose text the application gets now. REQUIRES:
  /// HalfOpen::early, nothing else has happened. \param given  a new cookie for the client
  void open_early(const Segment& syn, const std::optional<wire::FastOpenCookie>& given,
                  Instant now);
  /// SEND: the application has written up to this position. False: the index contradicts the ring.
  [[nodiscard]] bool written(std::uint64_t tail, Instant now);
  /// RECEIVE: the application has read up to this position. False: the index contradicts the ring.
  [[nodiscard]] bool consumed(std::uint64_t head, Instant now);
  /// A larger ring in place of one of them, whose memory is the caller's again. False: it is not
  /// larger, or no power of two.
  [[nodiscard]] bool move_ring(RingSide side, MutableBytes memory, Instant now);
  void shutdown_send(Instant now);  ///< CLOSE of our direction: FIN after what is written
  void shutdown_receive();          ///< SHUT_RD: later text is still taken and acknowledged
  /// Nobody will read or write any more: with unread data a reset (RFC 9293 3.6.1, RFC 2525 2.17),
  /// else FIN and orphan rules.
  void close(Instant now);
  void abort(Instant now);  ///< ABORT: RST to a synchronized peer, CLOSED at once
  void set_options(const SocketOptions& options, Instant now);
  /// TCP_QUICKACK has been set, perhaps to what it was: on begins a new series of quick ACKs.
  void renew_quick_ack(Instant now);
  /// The transmit position of the last urgent octet (MSG_OOB). RFC 9293 3.8.5.
  void send_urgent(std::uint64_t position);
  /// Must be the next octet the application reads to be at the urgent mark (SIOCATMARK)?
  [[nodiscard]] std::optional<std::uint64_t> urgent_mark() const;

  // --- Segments and errors (RFC 9293 3.10.7) -----------------------------------------------------
  void on_segment(const Segment& segment, Instant now);
  /// False: the error speaks of nothing outstanding and was ignored (RFC 5927 4.1).
  bool on_icmp_error(const IcmpError& error, Instant now);
  /// The path takes segments of this size and no larger ones. Less than before: what is outstanding
  /// was lost for its size.
  void on_path_mss(std::uint16_t mss) { sender_.on_path_mss(mss); }
  /// The next hop cannot be resolved: a connection being opened fails, others keep trying.
  void on_unreachable(SockError error, Instant now);

  // --- Time (RFC 9293 3.10.8) --------------------------------------------------------------------
  [[nodiscard]] std::optional<Instant> deadline() const;
  void on_deadline(Instant now);

  // --- Output ------------------------------------------------------------------------------------
  /// Would poll_segment yield something now?
  [[nodiscard]] bool has_output(Instant now) const;
  /// Yields the next segment to send, which counts as sent. Text is borrowed from the transmit
  /// ring. \param max_text  octets of text the device takes in one frame; 0: no more than one
  /// segment's worth
  bool poll_segment(SegmentOut& segment, std::size_t max_text, Instant now);

  // --- What has become of it ---------------------------------------------------------------------
  std::uint32_t take_events();  ///< bits of tcp::event, cleared by the call
  [[nodiscard]] State state() const;
  [[nodiscard]] SockError error() const;  ///< why it failed; none while all is well
  [[nodiscard]] SockError soft_error() const { return soft_error_; }
  SockError take_soft_error();         ///< RFC 9293 3.9.1.8; cleared by the call
  [[nodiscard]] bool passive() const;  ///< came from LISTEN
  [[nodiscard]] const FastOpen* fast_open() const { return fast_open_.get(); }  ///< null: nothing
  [[nodiscard]] std::uint16_t peer_mss() const { return peer_mss_; }
  /// The SYN waits for the first text (RFC 7413 4.2.1).
  [[nodiscard]] bool waits_for_text() const {
    return state_ == State::syn_sent && sender_.syn_waits();
  }
  [[nodiscard]] std::uint64_t receive_tail() const;   ///< the application may read up to here
  [[nodiscard]] std::uint64_t transmit_head() const;  ///< acknowledged up to here: room again
  [[nodiscard]] std::uint64_t transmit_tail() const;  ///< taken note of as written
  [[nodiscard]] std::uint64_t transmit_next() const;  ///< sent up to here
  [[nodiscard]] bool fin_acknowledged() const;
  /// Octets that a ring should have, a power of two up to the configured maximum; 0: it is large
  /// enough. \param most  a power of two: more would be of no use
  [[nodiscard]] std::size_t wanted(RingSide side, std::size_t most = SIZE_MAX) const {
    const std::uint8_t order = side == RingSide::receive ? receive_order_ : transmit_order_;
    const std::size_t size = order == 0 ? 0 : std::min(std::size_t{1} << order, most);
    return size > ring(side).capacity() ? size : 0;
  }
  /// The shortest round trip so far; zero before the first.
  [[nodiscard]] Duration least_rtt() const { return sender_.rtt().least(); }
  /// Reading up to this position is worth telling the daemon: it lets a window update go out (RFC
  /// 9293 3.8.6.2.2).
  [[nodiscard]] std::uint64_t window_update_position() const;
  [[nodiscard]] TimeWaitInfo time_wait() const;
  [[nodiscard]] ConnectionInfo info() const;

  /// Conformance 5.4. ZSOCK_CHECKs; called by tests and fuzzers after every event.
  void check_invariants() const;

 private:
  static constexpr std::size_t kMaxOptions =
      wire::Tcp::kMaxHeaderSize - wire::Tcp::kMinHeaderSize;  ///< octets of a header
  enum class Verdict : std::uint8_t { drop, proceed };
  enum class Farewell : std::uint8_t { silent, reset };
  /// A reset to be pulled.
  struct Reset {
    Seq seq{};
    bool acknowledges = false;  ///< carries ACK: our own abort, not an answer
  };

  // --- Segment arrives: connection_input.cpp -----------------------------------------------------
  void on_segment_syn_sent(const Segment& segment, Instant now);
  void on_syn_again(const Segment& segment, Instant now);
  void on_segment_synchronized(const Segment& segment, Instant now);
  Verdict check_sequence(const Segment& segment, Instant now);
  [[nodiscard]] bool acknowledges_a_probe(const Segment& segment) const;
  Verdict check_rst(const Segment& segment, Instant now);
  Verdict check_syn(Instant now);
  Verdict check_ack(const Segment& segment, Instant now);
  Verdict follow_fin_ack(const Segment& segment);
  void take_urgent(const Segment& segment);
  void take_text_and_fin(const Segment& segment, Instant now);
  void follow_fin();
  void negotiate(const wire::TcpOptions& options, Instant now);
  void negotiate_ecn(const Segment& segment);
  void apply_ack(const Segment& segment, Instant now);
  void answer_unacceptable(const Segment& segment, Instant now);
  void challenge(Instant now);
  void established();

  // --- Time --------------------------------------------------------------------------------------
  void on_retransmit_timer();
  void on_persist_timer(Instant now);
  void on_keepalive_timer(Instant now);
  [[nodiscard]] std::uint32_t retransmit_limit() const;
  /// Starts and stops the timers that follow from the state of things.
  void settle(Instant now);
  void settle_recovery();
  void set_pacing(std::uint64_t limit);
  void settle_keepalive(Instant now);

  // --- Output ------------------------------------------------------------------------------------
  [[nodiscard]] Pacer::Path pacing_path() const;
  /// It is text whose time has not come.
  [[nodiscard]] bool must_wait(const Sender::Plan& plan, Instant now) const;
  void emit_reset(SegmentOut& segment, Instant now);
  void mark_syn(SegmentOut& segment);
  void emit_control(SegmentOut& segment, Sender::Plan::Kind kind, Instant now);
  [[nodiscard]] std::uint32_t clock(Instant now) const;  ///< TSval

  void enter(State state);
  /// To CLOSED, for good. `error` is what the application is told.
  void end(SockError error, Farewell farewell);
  void time_out();
  void set_limits();
  void wish(RingSide side, std::size_t octets);
  [[nodiscard]] const ByteRing& ring(RingSide side) const {
    return side == RingSide::receive ? receiver_.ring() : sender_.ring();
  }
  /// Passive, with the SYN's text: there is an application already.
  [[nodiscard]] bool early() const { return passive_ && fast_open_ != nullptr; }
  void show_cookie(SegmentOut& syn) const;
  void enable_sack();
  void enable_ecn();

  const Config* config_;
  Counters* counters_;
  Sender sender_;
  Receiver receiver_;
  Timers timers_;
  std::unique_ptr<Pacer> pacer_{};  ///< null: no pacing
  std::unique_ptr<FastOpen> fast_open_{};
  ReceiveTuning tuning_{};
  AckThrottle throttle_;
  SocketOptions options_;
  Instant last_heard_{};  ///< when a segment last came
  std::optional<Reset> reset_{};
  std::uint32_t timestamp_offset_ = 0;  ///< RFC 7323 5.4
  std::uint32_t events_ = 0;
  std::uint32_t segments_in_ = 0;
  std::uint32_t segments_out_ = 0;
  std::uint16_t local_mss_;
  std::uint16_t peer_mss_ = 536;
  std::uint8_t local_scale_ = 0;
  std::uint8_t peer_scale_ = 0;
  std::uint8_t syn_retransmits_ = 0;
  std::uint8_t persist_backoff_ = 0;    ///< probes since the window closed
  std::uint8_t unanswered_probes_ = 0;  ///< of a closed window
  std::uint8_t unanswered_keepalives_ = 0;
  std::uint8_t receive_order_ = 0;  ///< of wanted(); 0: none
  std::uint8_t transmit_order_ = 0;
  State state_ = State::closed;
  SockError error_ = SockError::none;
  SockError soft_error_ = SockError::none;
  bool passive_ = false;
  bool scaling_ = false;       ///< RFC 7323 2: both sides sent the option
  bool orphan_ = false;        ///< close() was called: nobody reads or writes any more
  bool receive_shut_ = false;  ///< shutdown_receive() was called
  bool keepalive_due_ = false;
  bool ecn_offered_ = false;  ///< by every SYN of ours so far
};

}  // namespace zsock::tcp
