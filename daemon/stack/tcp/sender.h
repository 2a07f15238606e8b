#pragma once
/// \file
/// What is the next segment out? Window, Nagle, SWS avoidance, retransmission, probes, urgent
/// pointer (RFC 9293 3.7, 3.8). The transmit ring is the retransmission queue.

#include <memory>
#include <optional>
#include <span>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/base/ring_buffer.h"
#include "daemon/stack/tcp/config.h"
#include "daemon/stack/tcp/congestion.h"
#include "daemon/stack/tcp/ecn.h"
#include "daemon/stack/tcp/loss_recovery.h"
#include "daemon/stack/tcp/options.h"
#include "daemon/stack/tcp/path_search.h"
#include "daemon/stack/tcp/rtt.h"
#include "daemon/stack/tcp/segment.h"
#include "daemon/stack/tcp/send_meter.h"

namespace zsock::tcp {

/// Counts in 64-bit offsets from ISS, so that nothing wraps inside: the SYN is 0, octet p of the
/// stream is p + 1, the FIN follows the last octet.
class Sender {
 public:
  /// \param config, counters  outlive the sender
  Sender(const Config& config, Counters& counters, MutableBytes ring, Seq iss);

  /// What the peer has said about the segments it takes.
  struct Limits {
    std::uint16_t peer_mss = 536;     ///< RFC 9293 3.7.1
    std::uint16_t option_octets = 0;  ///< in every segment
    std::uint8_t window_scale = 0;    ///< of the peer's windows
  };
  void set_limits(const Limits& limits);
  void set_path(const PathMss& path);  ///< before anything is sent
  /// The path takes less than it did (RFC 8201, RFC 1191): what is outstanding is cut anew.
  void on_path_mss(std::uint16_t path_mss);
  void set_options(const SocketOptions& options);
  void enable_sack() { loss_.enable_sack(); }  ///< the peer acknowledges selectively (RFC 2018)
  void enable_ecn() { ecn_.enable(); }         ///< RFC 3168 6.1.1: both sides have agreed

  // --- Orders ------------------------------------------------------------------------------------
  void open() { opened_ = true; }  ///< send the SYN
  /// RFC 7413 4.2: the first SYN carries text, up to so many octets, and waits until there is some.
  void carry_text_in_syn(std::uint16_t most) { syn_text_ = most; }
  /// RFC 7413 4.2.2: text may follow the SYN-ACK before the handshake is over.
  void answer_early() { early_ = true; }
  [[nodiscard]] bool syn_waits() const;  ///< for its text
  /// Passive open: the listener has sent the SYN-ACK already. \param at  when, if only once
  void assume_syn_sent(std::optional<Instant> at);
  void resend_syn();  ///< as SYN-ACK: the peer's SYN came after ours, or again
  [[nodiscard]] bool written(std::uint64_t tail);
  /// A larger ring in place of this one. REQUIRES: as ByteRing::move_to.
  void move_ring(MutableBytes memory) { ring_.move_to(memory, ring_.tail()); }
  void finish() { finished_ = true; }  ///< FIN after what is written
  void send_urgent(std::uint64_t position);
  void push_corked() { push_until_ = text_end(); }  ///< what TCP_CORK holds back now may go

  // --- What the peer says ------------------------------------------------------------------------
  enum class AckRange : std::uint8_t {
    acceptable,
    too_old,  ///< RFC 5961 5.2, and never below what was ever sent (ghost ACKs)
    unsent,   ///< acknowledges what was not sent
  };
  [[nodiscard]] AckRange judge(Seq ack) const;
  /// The window of a SYN without ACK, never scaled.
  void learn_window(Seq seq, std::uint16_t window);
  /// An acceptable acknowledgment.
  struct Ack {
    Seq ack{};
    Seq seq{};
    std::uint16_t window = 0;                ///< as on the wire
    std::optional<Duration> echoed_delay{};  ///< RFC 7323 4: our clock less TSecr
    std::span<const wire::TcpSackBlock> sack{};
    bool bare = false;             ///< no text, SYN or FIN
    bool congestion_echo = false;  ///< ECE (RFC 3168 6.1.2)
    bool syn = false;              ///< its window is never scaled
    bool duplicate = false;        ///< RFC 5681 2; on_ack finds out
  };
  enum class Progress : std::uint8_t { none, some };
  Progress on_ack(const Ack& ack, Instant now);

  // --- Time --------------------------------------------------------------------------------------
  void on_retransmit_timeout();
  void on_persist_timeout();
  /// RFC 8985 6.2: what has not arrived by then is lost.
  [[nodiscard]] std::optional<Instant> reordering_deadline() const;
  void on_reordering_timeout(Instant now);
  /// RFC 8985 7.2: when to probe the tail of the flight.
  [[nodiscard]] std::optional<Instant> tail_probe_deadline() const;
  void on_tail_probe_timeout();
  /// RFC 6298 5.7, RFC 6928 2: the handshake is over and this often a SYN had to be sent again.
  void after_handshake(std::uint32_t syn_retransmits);

  // --- Output ------------------------------------------------------------------------------------
  struct Plan {
    enum class Kind : std::uint8_t { none, syn, text, probe, path_probe };
    Kind kind = Kind::none;
    bool fin = false;
    std::uint64_t begin = 0;   ///< offset
    std::uint32_t octets = 0;  ///< of text
  };
  /// What could go out now. \param max_text  octets a frame takes
  [[nodiscard]] Plan plan(std::size_t max_text) const;
  /// Before plan(): RFC 5681 4.1, RFC 4821 7.4.
  void prepare(Instant now);
  /// Fills in sequence number, flags, text and urgent pointer, and counts it as sent.
  void emit(const Plan& plan, SegmentOut& segment, Instant now);
  /// For segments without text: SND.NXT, or the window's edge where the peer has shrunk it below
  /// SND.NXT by more than rounding, lest the peer find the segment unacceptable.
  [[nodiscard]] Seq sequence() const;

  // --- State -------------------------------------------------------------------------------------
  [[nodiscard]] Seq una() const { return seq(una_); }    ///< SND.UNA
  [[nodiscard]] Seq next() const { return seq(next_); }  ///< SND.NXT
  [[nodiscard]] Seq iss() const { return iss_; }
  [[nodiscard]] bool syn_acknowledged() const { return una_ > 0; }
  [[nodiscard]] bool syn_sent() const { return next_ > 0; }
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] bool fin_acknowledged() const { return finished_ && una_ == end(); }
  [[nodiscard]] std::uint64_t flight() const { return next_ - una_; }
  [[nodiscard]] std::uint64_t unsent() const { return end() - next_; }
  [[nodiscard]] std::uint64_t unsent_text() const;
  [[nodiscard]] std::uint64_t acknowledged() const { return una_; }
  /// RFC 9293 3.8.6.1: only a window update, or a probe, lets anything out.
  [[nodiscard]] bool window_blocks() const;
  /// TCP_CORK alone holds text back.
  [[nodiscard]] bool cork_holds() const;
  /// Is it the first octet outstanding that goes out again, known to be lost from SACK?
  [[nodiscard]] bool repairs_first(const Plan& plan) const;
  /// The last timeout's retransmission has not even been pulled.
  [[nodiscard]] bool retransmission_waits() const;
  [[nodiscard]] std::uint16_t segment_size() const { return segment_size_; }  ///< Eff.snd.MSS
  [[nodiscard]] std::uint32_t window() const { return window_; }              ///< SND.WND
  [[nodiscard]] std::uint32_t max_window() const { return max_window_; }      ///< MAX.SND.WND
  /// In a row, without progress.
  [[nodiscard]] std::uint32_t timeouts() const { return timeouts_; }
  [[nodiscard]] bool ecn() const { return ecn_.enabled(); }
  [[nodiscard]] const Rtt& rtt() const { return rtt_; }
  [[nodiscard]] const Congestion& congestion() const { return congestion_; }
  [[nodiscard]] const LossRecovery& loss() const { return loss_; }
  [[nodiscard]] const ByteRing& ring() const { return ring_; }
  /// Octets that the ring should have more than, where the application fills it: what may be in
  /// flight, and as much again to follow it. 0: the application does not, or the peer does not
  /// read.
  [[nodiscard]] std::size_t wanted_ring() const;
  [[nodiscard]] std::uint64_t octets_sent() const;  ///< of text, each once
  [[nodiscard]] std::uint32_t retransmits() const { return retransmits_; }
  [[nodiscard]] std::uint64_t octets_sent_again() const { return octets_sent_again_; }
  [[nodiscard]] Instant text_sent() const { return last_text_; }
  [[nodiscard]] SendMeter meter() const;

  void check_invariants() const;

 private:
  static constexpr std::uint64_t kNothing = ~std::uint64_t{0};

  [[nodiscard]] Seq seq(std::uint64_t offset) const {
    return iss_ + static_cast<std::uint32_t>(offset);
  }
  [[nodiscard]] std::uint64_t text_end() const { return ring_.tail() + 1; }
  [[nodiscard]] std::uint64_t end() const { return text_end() + (finished_ ? 1 : 0); }
  [[nodiscard]] std::uint64_t window_edge() const { return una_ + window_; }
  [[nodiscard]] std::uint64_t edge_for_sent() const;
  [[nodiscard]] std::uint64_t in_network() const { return loss_.in_network(una_, next_); }
  [[nodiscard]] std::uint64_t usable() const;
  [[nodiscard]] std::uint64_t room() const;
  [[nodiscard]] std::size_t frame_text(std::size_t max_text) const;
  [[nodiscard]] Plan plan_syn() const;
  [[nodiscard]] Plan plan_early(std::size_t max_text) const;
  [[nodiscard]] Plan plan_retransmission(std::size_t max_text) const;
  [[nodiscard]] Plan plan_new(std::size_t max_text) const;
  [[nodiscard]] Plan plan_probe() const;
  [[nodiscard]] Plan plan_path_probe() const;
  [[nodiscard]] bool may_send_last_part() const;
  [[nodiscard]] std::uint16_t segment_size_on(std::uint16_t path_mss) const;
  void update_segment_size();
  void doubt_path();
  void update_window(const Ack& ack);
  /// Returns what the acknowledgment measured.
  std::optional<Duration> advance(std::uint64_t offset, const Ack& ack, Instant now);
  /// What this acknowledgment measured.
  std::optional<Duration> sample_rtt(const Ack& ack, Instant now);
  [[nodiscard]] bool tail_probe_due() const;
  [[nodiscard]] Plan plan_tail_probe() const;
  [[nodiscard]] SackRecovery::Path path() const;
  void mark(SegmentOut& segment);
  void note_probe(Range range, Instant now);
  void note_tail_probe(TailProbe::Content content);
  void follow_ack(std::uint64_t offset, const Ack& ack, Instant now);
  void follow_selective_ack(std::uint64_t offset, const Ack& ack, Instant now);
  void follow(const SackRecovery::Outcome& outcome);
  void tell_growth(std::uint64_t before, std::optional<Duration> rtt, Instant now);
  void sent_again(const Plan& plan, std::uint64_t end, Instant now);
  void sent_first(const Plan& plan, std::uint64_t end, Instant now);
  void on_duplicate();
  void on_congestion_echo(std::uint64_t in_flight);
  void shrink(std::uint64_t in_flight);
  void remember_window();
  [[nodiscard]] SendMeter::Wait waits_for() const;
  [[nodiscard]] std::uint64_t delivered() const { return una_ + loss_.sacked(); }
  void undo(Spurious::Cause cause);

  const Config* config_;
  Counters* counters_;
  ByteRing ring_;
  Rtt rtt_;
  Congestion congestion_;
  LossRecovery loss_;
  EcnResponse ecn_{};
  PathSearch path_{};
  std::unique_ptr<SendMeter> meter_{};  ///< once text has been sent

  std::uint64_t una_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t small_end_ = 0;     ///< end of the last segment sent that was not full (Minshall)
  std::uint64_t push_until_ = 0;    ///< neither cork nor SWS holds text before this
  std::uint64_t filled_until_ = 0;  ///< the flight up to here filled the congestion window
  std::uint64_t urgent_end_ = 0;    ///< one beyond the last urgent octet
  std::uint64_t timed_end_ = kNothing;  ///< this acknowledged ends the measurement
  Instant timed_at_{};
  Instant last_text_{};  ///< when text was last sent
  std::uint64_t octets_sent_again_ = 0;

  Seq iss_;
  Seq wl1_{};                     ///< SND.WL1
  Seq wl2_{};                     ///< SND.WL2
  std::uint32_t window_ = 0;      ///< SND.WND
  std::uint32_t max_window_ = 0;  ///< MAX.SND.WND
  std::uint32_t retransmits_ = 0;
  Limits limits_{};
  std::uint16_t max_segment_option_ = 0;  ///< TCP_MAXSEG; 0: none
  std::uint16_t segment_size_ = 536;
  std::uint16_t syn_text_ = 0;    ///< octets of text that the first SYN takes
  std::uint16_t path_probe_ = 0;  ///< path MSS to be tried next; 0: none
  std::uint8_t timeouts_ = 0;     ///< in a row, of the same una
  bool opened_ = false;
  bool early_ = false;
  bool finished_ = false;
  bool no_delay_ = false;
  bool cork_ = false;
  bool probe_due_ = false;
  bool window_known_ = false;
};

}  // namespace zsock::tcp
