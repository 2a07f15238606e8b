#pragma once
/// \file
/// LISTEN (RFC 9293 3.10.7.2) and the SYN queue: half-open connections by value, SYN-ACK
/// retransmission, the backlog rule.

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

/// Local facts of a path that a SYN-ACK needs.
struct ListenPath {
  std::uint16_t local_mss = 536;
  std::uint32_t receive_limit = 0;
};

class Listener {
 public:
  Listener(const Config& config, Counters& counters, const IsnGenerator& isn, std::size_t backlog);

  /// What became of a segment for this listener.
  enum class Verdict : std::uint8_t {
    none,      ///< dropped, or answered by `reply`
    complete,  ///< the handshake is done: take() the half-open and give the segment to the new
               ///< connection
    reset,     ///< not ours at all: the caller answers as for CLOSED (RFC 9293 3.10.7.1)
  };
  struct Outcome {
    Verdict verdict = Verdict::none;
    std::optional<Reply> reply{};
  };
  /// \param accept_queue_full  conformance 2.1: no room for one more established child
  Outcome on_segment(const wire::Flow& flow, const Segment& segment, const ListenPath& path,
                     bool accept_queue_full, Instant now);

  /// Removes and returns the half-open connection of `flow`. REQUIRES: on_segment said complete.
  HalfOpen take(const wire::Flow& flow);

  void set_backlog(std::size_t backlog) { backlog_ = backlog; }
  [[nodiscard]] std::size_t backlog() const { return backlog_; }
  [[nodiscard]] std::size_t half_open() const { return queue_.size(); }

  [[nodiscard]] std::optional<Instant> deadline() const;
  /// SYN-ACKs due for retransmission; entries past their retries are dropped.
  std::vector<Reply> on_deadline(Instant now);

 private:
  const Config* config_;
  Counters* counters_;
  const IsnGenerator* isn_;
  std::size_t backlog_;
  std::map<wire::Flow, HalfOpen> queue_;  // T2 decides the container
};

/// RFC 9293 3.10.7.1: the reset for a segment that no connection and no listener takes; nothing for
/// a reset.
std::optional<SegmentOut> reset_for(const Segment& segment);

}  // namespace zsock::tcp
