#pragma once
/// \file
/// TIME-WAIT as small values, apart from connections (RFC 9293 3.10.7.4, RFC 1337, RFC 6191).

#include <deque>
#include <optional>
#include <unordered_map>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/base/siphash.h"
#include "daemon/stack/tcp/config.h"
#include "daemon/stack/tcp/connection.h"
#include "daemon/stack/tcp/listener.h"
#include "daemon/stack/tcp/table.h"

namespace zsock::tcp {

class TimeWaitTable {
 public:
  TimeWaitTable(const Config& config, Counters& counters, const SipKey& key);

  /// When the table is full the oldest entry goes.
  void insert(const wire::Flow& flow, const TimeWaitInfo& info, Instant now);
  [[nodiscard]] bool contains(const wire::Flow& flow) const;
  void erase(const wire::Flow& flow);
  [[nodiscard]] std::size_t size() const;

  enum class Verdict : std::uint8_t {
    answered,  ///< dropped, or answered by `reply`
    reusable,  ///< a SYN that may start a new connection (RFC 6191, RFC 9293 3.10.7.4): the entry
               ///< is gone
  };
  struct Outcome {
    Verdict verdict = Verdict::answered;
    std::optional<SegmentOut> reply{};
    Seq next_iss{};  ///< reusable: a new connection's ISS must lie beyond this (RFC 9293 3.4.3)
  };
  /// REQUIRES: contains(flow).
  Outcome on_segment(const wire::Flow& flow, const Segment& segment, Instant now);

  [[nodiscard]] std::optional<Instant> deadline() const;
  /// Removes the entries whose time is over; their flows, so that ports can be freed.
  std::vector<wire::Flow> on_deadline(Instant now);

 private:
  struct Entry {
    TimeWaitInfo info{};
    Instant expires{};
  };
  const Config* config_;
  Counters* counters_;
  std::unordered_map<wire::Flow, Entry, FlowHash> entries_;
  std::deque<std::pair<Instant, wire::Flow>>
      order_;  ///< oldest first; entries restarted since are re-checked
};

}  // namespace zsock::tcp
