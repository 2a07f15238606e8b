#pragma once
/// \file
/// What has become of everything outstanding: under way, held by the peer (RFC 2018 5), or lost;
/// and when it was last sent (RFC 8985 5.2). Passes no judgement: it is told.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "daemon/stack/base/range_set.h"
#include "daemon/stack/base/time.h"

namespace zsock::tcp {

/// Counts in the sender's offsets. Every change costs O(log n) and O(1) amortised for each record
/// it ends; text sent and acknowledged in order allocates nothing in the steady state.
class Scoreboard {
 public:
  static constexpr std::size_t kMaxRecords = 4096;

  enum class Fate : std::uint8_t { in_flight, sacked, lost };
  struct Record {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    Instant sent{};  ///< last; meaningless once sacked
    Fate fate = Fate::in_flight;
    bool again = false;  ///< sent more than once
    Record* previous = nullptr;
    Record* next = nullptr;  ///< in the list of its fate
    [[nodiscard]] std::uint64_t length() const { return end - begin; }
  };
  /// Something sent that the peer now has.
  struct Delivery {
    std::uint64_t end = 0;
    Instant sent{};
    bool again = false;
  };

  Scoreboard();
  Scoreboard(const Scoreboard&) = delete;
  Scoreboard& operator=(const Scoreboard&) = delete;

  /// New text, SYN or FIN. REQUIRES: it continues what was sent before.
  void sent(Range range, Instant now);
  /// Part of what is outstanding.
  void sent_again(Range range, Instant now);
  /// Everything before `una` has been acknowledged. Returns the octets not known to be delivered.
  std::uint64_t acknowledge(std::uint64_t una);
  /// A block of the peer's. One that does not lie wholly between the first octet outstanding and
  /// the last is ignored. Returns the octets not known to be delivered.
  std::uint64_t sack(Range block);
  void lose(const Record& record);  ///< REQUIRES: in flight
  enum class Sacked : std::uint8_t { keep, forget };
  /// What is lost and was not sent again counts as under way once more.
  void find_lost();
  /// RFC 6298 5.4. `forget`: what the peer held it may have thrown away (RFC 2018 8).
  void lose_all(Sacked sacked);

  /// What acknowledge() and sack() have found delivered since forget_deliveries().
  [[nodiscard]] std::span<const Delivery> deliveries() const { return deliveries_; }
  void forget_deliveries() { deliveries_.clear(); }

  /// In flight, the earliest sent; `next` leads on. Null: nothing is.
  [[nodiscard]] const Record* oldest() const { return in_flight_.first; }
  /// What to send again next, without a gap and of about `most` octets. Empty: nothing is lost.
  [[nodiscard]] Range lost(std::uint64_t most) const;
  [[nodiscard]] bool any_lost() const { return lost_.first != nullptr; }
  [[nodiscard]] bool first_is(Fate fate) const {
    return !records_.empty() && records_.begin()->second.fate == fate;
  }
  /// Octets: INV-4, the three add up to all that is outstanding.
  [[nodiscard]] std::uint64_t octets(Fate fate) const { return list(fate).octets; }
  [[nodiscard]] std::size_t size() const { return records_.size(); }

  void check_invariants(std::uint64_t una, std::uint64_t next) const;

 private:
  using Records = std::map<std::uint64_t, Record>;
  using Position = Records::iterator;
  struct List {
    Record* first = nullptr;
    Record* last = nullptr;
    std::uint64_t octets = 0;
  };

  [[nodiscard]] bool full() const { return records_.size() >= kMaxRecords; }
  [[nodiscard]] const List& list(Fate fate) const;
  [[nodiscard]] List& list(Fate fate);
  void link(Record& record, Record* after);
  void unlink(Record& record);
  void move_to(Record& record, Fate fate);
  Position insert(const Record& record, Position before);
  Position remove(Position position);
  Position split(Position position, std::uint64_t at);
  Position cut_at(std::uint64_t at);
  void extend_last(Range range, Instant now);
  Position merge_sacked(Position position);
  void deliver(Record& record);
  void trim_first(std::uint64_t una);

  Records records_{};  ///< by begin; without gaps
  List in_flight_{};   ///< in order of time
  List sacked_{};      ///< octets only
  List lost_{};        ///< the lowest first, else in order of loss
  std::vector<Delivery> deliveries_{};
  Records spare_{};  ///< nodes to be used again; numbered
};

}  // namespace zsock::tcp
