#pragma once
/// \file
/// LISTEN (RFC 9293 3.10.7.2) and the SYN queue: half-open connections by value, SYN-ACK
/// retransmission, the backlog rule.

#include <list>
#include <map>
#include <optional>
#include <vector>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/tcp/config.h"
#include "daemon/stack/tcp/connection.h"
#include "daemon/stack/tcp/isn.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::tcp {

/// A SYN-ACK, challenge ACK or reset to be sent for a flow that has no connection.
struct Reply {
  wire::Flow flow{};
  SegmentOut segment{};
};

/// Local facts that a SYN-ACK needs.
struct ListenPath {
  std::uint16_t local_mss = 536;
  std::uint32_t receive_limit = 0;
  std::size_t receive_buffer = 0xffff;  ///< octets of ring that a child will have: its first window
  std::uint8_t defer_accept = 0;        ///< SocketOptions::defer_accept
  std::size_t half_open_total = 0;      ///< half-open connections of all listeners together
  /// The flow was in TIME-WAIT: ISS must lie beyond this (RFC 6191, TimeWaitTable::Outcome).
  std::optional<Seq> beyond{};
  enum class FastOpen : std::uint8_t {
    off,
    full,   ///< cookies are given, but nobody is heard early
    ready,  ///< RFC 7413 4.2: one more may be heard before its handshake is over
  };
  FastOpen fast_open = FastOpen::off;
};

class Listener {
 public:
  /// \param config, counters, isn  outlive the listener
  /// \param backlog  children that may wait to be accepted; kept here for the caller, who judges
  Listener(const Config& config, Counters& counters, const IsnGenerator& isn, std::size_t backlog);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  Listener(Listener&&) = default;
  Listener& operator=(Listener&&) = default;

  /// What became of a segment for this listener.
  enum class Verdict : std::uint8_t {
    none,      ///< dropped, or answered by `reply`
    complete,  ///< the handshake is done: take() the half-open and give the segment to the new
               ///< connection
    early,     ///< a cookie of ours: as complete, but the connection is to answer the SYN and may
               ///< have its text (RFC 7413 4.2.1)
    reset,     ///< not ours at all: the caller answers as for CLOSED (RFC 9293 3.10.7.1)
  };
  struct Outcome {
    Verdict verdict = Verdict::none;
    std::optional<Reply> reply{};
  };
  /// \param accept_queue_full  no room for one more established child: a SYN is dropped, and so is
  ///                           the last ACK of a handshake, whose SYN-ACK timer goes on
  Outcome on_segment(const wire::Flow& flow, const Segment& segment, const ListenPath& path,
                     bool accept_queue_full, Instant now);

  /// Removes and returns the half-open connection of `flow`. REQUIRES: on_segment said complete
  /// or early.
  HalfOpen take(const wire::Flow& flow);

  void set_backlog(std::size_t backlog) { backlog_ = backlog; }
  [[nodiscard]] std::size_t backlog() const { return backlog_; }
  [[nodiscard]] std::size_t half_open() const { return by_flow_.size(); }

  [[nodiscard]] std::optional<Instant> deadline() const;
  /// SYN-ACKs due for retransmission; entries past their retries are dropped.
  std::vector<Reply> on_deadline(Instant now);

  /// Every half-open connection is in one stage and in order of time there.
  void check_invariants() const;

 private:
  struct Entry {
    wire::Flow flow{};
    HalfOpen half_open{};
    std::uint16_t window = 0;           ///< RCV.WND, as offered by the SYN-ACK
    std::optional<Instant> last_ack{};  ///< last answer to an invalid segment (RFC 5961 7)
    std::uint8_t deferred = 0;  ///< acknowledged; silent until so many timeouts, or text, have come
  };
  using Stage = std::list<Entry>;

  Outcome on_listen(const wire::Flow& flow, const Segment& segment, const ListenPath& path,
                    bool accept_queue_full, Instant now);
  Outcome on_half_open(Stage::iterator entry, const Segment& segment, const ListenPath& path,
                       bool accept_queue_full, Instant now);
  [[nodiscard]] Outcome challenge(Entry& entry, Instant now) const;
  [[nodiscard]] bool queue_full(const ListenPath& path) const;
  /// A SYN for which the queue has no room (RFC 4987 3.6).
  Outcome answer_with_cookie(const wire::Flow& flow, const Segment& segment, const ListenPath& path,
                             Instant now);
  /// An ACK of no half-open connection: perhaps of a cookie.
  Outcome on_stray_ack(const wire::Flow& flow, const Segment& segment, const ListenPath& path,
                       bool accept_queue_full, Instant now);
  [[nodiscard]] Entry entry_from_cookie(const wire::Flow& flow, const Segment& ack,
                                        std::uint16_t peer_mss, const ListenPath& path,
                                        Instant now) const;
  [[nodiscard]] Entry make_entry(const wire::Flow& flow, const Segment& segment,
                                 const ListenPath& path, Instant now) const;
  [[nodiscard]] Reply syn_ack(const Entry& entry, Instant now) const;
  [[nodiscard]] FastOpenKey::Verdict judge_cookie(const Entry& entry, const Segment& syn,
                                                  const ListenPath& path, Instant now) const;
  void remove(Stage::iterator entry);
  [[nodiscard]] bool is_due(std::size_t stage, Instant now) const;
  std::optional<Reply> advance_first(std::size_t stage, Instant now);

  const Config* config_;
  Counters* counters_;
  const IsnGenerator* isn_;
  std::size_t backlog_;
  std::optional<Instant> cookie_sent_{};  ///< the last one
  /// Entries by how often their SYN-ACK was retransmitted. All of one stage wait equally long, so
  /// the first of each is its earliest: deadlines cost nothing to keep.
  std::vector<Stage> stages_;
  std::vector<Duration> due_;  ///< of each stage, from the first SYN-ACK on
  std::map<wire::Flow, Stage::iterator> by_flow_;
};

/// The smallest shift with which a window of `receive_limit` octets can be told (RFC 7323 2.3).
[[nodiscard]] std::uint8_t window_scale_for(std::uint32_t receive_limit);

/// RFC 9293 3.10.7.1: the reset for a segment that no connection and no listener takes; nothing for
/// a reset.
std::optional<SegmentOut> reset_for(const Segment& segment);

}  // namespace zsock::tcp
