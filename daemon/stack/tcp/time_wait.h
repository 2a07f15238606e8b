#pragma once
/// \file
/// TIME-WAIT as small values, apart from connections (RFC 9293 3.10.7.4, RFC 1337, RFC 6191).

#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/base/siphash.h"
#include "daemon/stack/tcp/config.h"
#include "daemon/stack/tcp/connection.h"
#include "daemon/stack/tcp/table.h"

namespace zsock::tcp {

class TimeWaitTable {
 public:
  /// \param config, counters  outlive the table
  TimeWaitTable(const Config& config, Counters& counters, const SipKey& key);

  /// Keeps the flow for 2 MSL. When the table is full the oldest entry goes; returns its flow, so
  /// that its port can be freed.
  std::optional<wire::Flow> insert(const wire::Flow& flow, const TimeWaitInfo& info, Instant now);
  [[nodiscard]] bool contains(const wire::Flow& flow) const;
  void erase(const wire::Flow& flow);
  [[nodiscard]] std::size_t size() const { return by_flow_.size(); }

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

  /// The table and the order of expiry hold the same entries, in order of time.
  void check_invariants() const;

 private:
  struct Entry {
    wire::Flow flow{};
    TimeWaitInfo info{};
    Instant expires{};
    std::optional<Instant> last_ack{};  ///< last answer to an invalid segment (RFC 5961 7)
  };
  using Order = std::list<Entry>;

  [[nodiscard]] bool may_reuse(const Entry& entry, const Segment& segment) const;
  [[nodiscard]] std::optional<SegmentOut> challenge(Entry& entry, Instant now) const;
  void restart(Order::iterator entry, Instant now);

  const Config* config_;
  Counters* counters_;
  Order order_;  ///< first to expire first: all wait equally long, and a restarted one goes last
  std::unordered_map<wire::Flow, Order::iterator, FlowHash> by_flow_;
};

}  // namespace zsock::tcp
