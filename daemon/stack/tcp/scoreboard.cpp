#include "daemon/stack/tcp/scoreboard.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/stack/base/check.h"

namespace zsock::tcp {

namespace {
constexpr std::size_t kMaxSpare = 256;
constexpr std::size_t kUsualDeliveries = 16;  ///< of one acknowledgment
}  // namespace

Scoreboard::Scoreboard() {
  deliveries_.reserve(kUsualDeliveries);
}

// --- Lists ---------------------------------------------------------------------------------------

const Scoreboard::List& Scoreboard::list(Fate fate) const {
  if (fate == Fate::in_flight) return in_flight_;
  return fate == Fate::sacked ? sacked_ : lost_;
}

Scoreboard::List& Scoreboard::list(Fate fate) {
  return const_cast<List&>(std::as_const(*this).list(fate));
}

/// Null: to the front.
void Scoreboard::link(Record& record, Record* after) {
  List& into = list(record.fate);
  record.previous = after;
  record.next = after != nullptr ? after->next : into.first;
  (after != nullptr ? after->next : into.first) = &record;
  (record.next != nullptr ? record.next->previous : into.last) = &record;
  into.octets += record.length();
}

void Scoreboard::unlink(Record& record) {
  List& from = list(record.fate);
  (record.previous != nullptr ? record.previous->next : from.first) = record.next;
  (record.next != nullptr ? record.next->previous : from.last) = record.previous;
  from.octets -= record.length();
}

void Scoreboard::move_to(Record& record, Fate fate) {
  unlink(record);
  record.fate = fate;
  const bool lowest =
      fate == Fate::lost && lost_.first != nullptr && record.begin < lost_.first->begin;
  link(record, lowest ? nullptr : list(fate).last);
}

// --- Records -------------------------------------------------------------------------------------

/// Not linked yet.
Scoreboard::Position Scoreboard::insert(const Record& record, Position before) {
  if (spare_.empty()) return records_.emplace_hint(before, record.begin, record);
  Records::node_type node = spare_.extract(std::prev(spare_.end()));
  node.key() = record.begin;
  node.mapped() = record;
  return records_.insert(before, std::move(node));
}

Scoreboard::Position Scoreboard::remove(Position position) {
  unlink(position->second);
  const Position following = std::next(position);
  Records::node_type node = records_.extract(position);
  if (spare_.size() < kMaxSpare) {
    node.key() = spare_.size();
    spare_.insert(spare_.end(), std::move(node));
  }
  return following;
}

/// Returns the second half; it follows the first in every order.
Scoreboard::Position Scoreboard::split(Position position, std::uint64_t at) {
  Record& first = position->second;
  Record second = first;
  second.begin = at;
  list(first.fate).octets -= second.length();
  first.end = at;
  const Position made = insert(second, std::next(position));
  link(made->second, &first);
  return made;
}

/// The record that begins at `at`, made if need be and there is room; else the one around it.
Scoreboard::Position Scoreboard::cut_at(std::uint64_t at) {
  const Position position = std::prev(records_.upper_bound(at));
  const bool divisible = position->second.fate != Fate::sacked && !full();
  if (position->first == at || !divisible) return position;
  return split(position, at);
}

void Scoreboard::extend_last(Range range, Instant now) {
  Record& last = records_.rbegin()->second;
  in_flight_.octets += range.length();
  last.end = range.end;
  if (last.sent == now) return;
  last.sent = now;
  move_to(last, Fate::in_flight);
}

void Scoreboard::sent(Range range, Instant now) {
  if (!records_.empty()) {
    const Record& last = records_.rbegin()->second;
    ZSOCK_CHECK(last.end == range.begin);
    // One record for all that goes out in one instant; and when there are too many, for more.
    const bool alike = last.fate == Fate::in_flight && !last.again;
    if (last.fate == Fate::in_flight && ((alike && last.sent == now) || full())) {
      return extend_last(range, now);
    }
  }
  const Record record{.begin = range.begin, .end = range.end, .sent = now};
  link(insert(record, records_.end())->second, in_flight_.last);
}

void Scoreboard::sent_again(Range range, Instant now) {
  Position position = cut_at(range.begin);
  while (position != records_.end() && position->first < range.end) {
    Record& record = position->second;
    if (record.fate != Fate::sacked) {
      if (record.end > range.end && !full()) split(position, range.end);
      record.sent = now;
      record.again = true;
      move_to(record, Fate::in_flight);
    }
    ++position;
  }
}

void Scoreboard::deliver(Record& record) {
  deliveries_.push_back({.end = record.end, .sent = record.sent, .again = record.again});
}

void Scoreboard::trim_first(std::uint64_t una) {
  const Position position = records_.begin();
  Record& record = position->second;
  list(record.fate).octets -= una - record.begin;
  record.begin = una;
  Records::node_type node = records_.extract(position);
  node.key() = una;
  records_.insert(records_.begin(), std::move(node));
}

std::uint64_t Scoreboard::acknowledge(std::uint64_t una) {
  std::uint64_t delivered = 0;
  while (!records_.empty() && records_.begin()->first < una) {
    Record& record = records_.begin()->second;
    const bool whole = record.end <= una;
    if (record.fate != Fate::sacked) {
      delivered += (whole ? record.end : una) - record.begin;
      deliveries_.push_back(
          {.end = whole ? record.end : una, .sent = record.sent, .again = record.again});
    }
    if (whole) {
      remove(records_.begin());
    } else {
      trim_first(una);
    }
  }
  return delivered;
}

std::uint64_t Scoreboard::sack(Range block) {
  const bool valid = !records_.empty() && records_.begin()->first < block.begin &&
                     block.begin < block.end && block.end <= records_.rbegin()->second.end;
  if (!valid) return 0;
  std::uint64_t delivered = 0;
  Position position = std::prev(records_.upper_bound(block.begin));
  if (position->first < block.begin) position = cut_at(block.begin);
  if (position->first < block.begin && position->second.fate != Fate::sacked) {
    ++position;  // no room: only what the block covers whole
  }
  while (position != records_.end() && position->first < block.end) {
    Record& record = position->second;
    if (record.fate != Fate::sacked) {
      if (record.end > block.end && full()) break;
      if (record.end > block.end) split(position, block.end);
      delivered += record.length();
      deliver(record);
      move_to(record, Fate::sacked);
      position = merge_sacked(position);
    }
    ++position;
  }
  return delivered;
}

/// Joins a record just sacked with its neighbours.
Scoreboard::Position Scoreboard::merge_sacked(Position position) {
  const auto join = [this](Position left, Position right) {
    const std::uint64_t end = right->second.end;
    remove(right);
    sacked_.octets += end - left->second.end;
    left->second.end = end;
  };
  const Position following = std::next(position);
  if (following != records_.end() && following->second.fate == Fate::sacked) {
    join(position, following);
  }
  if (position == records_.begin()) return position;
  const Position before = std::prev(position);
  if (before->second.fate != Fate::sacked) return position;
  join(before, position);
  return before;
}

void Scoreboard::lose(const Record& record) {
  ZSOCK_CHECK(record.fate == Fate::in_flight);
  move_to(records_.find(record.begin)->second, Fate::lost);
}

void Scoreboard::find_lost() {
  std::vector<Record*> found;
  while (lost_.first != nullptr) {
    found.push_back(lost_.first);
    unlink(*lost_.first);
  }
  std::ranges::sort(found, [](const Record* left, const Record* right) {
    return std::pair{left->sent, left->begin} < std::pair{right->sent, right->begin};
  });
  Record* after = nullptr;
  for (Record* record : found) {  // both are in order of time
    Record* next = after != nullptr ? after->next : in_flight_.first;
    for (; next != nullptr && next->sent <= record->sent; next = next->next) after = next;
    record->fate = Fate::in_flight;
    link(*record, after);
    after = record;
  }
}

void Scoreboard::lose_all(Sacked sacked) {
  for (auto& [begin, record] : records_) {
    const bool keep = record.fate == Fate::sacked && sacked == Sacked::keep;
    if (!keep) unlink(record);
  }
  for (auto& [begin, record] : records_) {
    if (record.fate == Fate::sacked && sacked == Sacked::keep) continue;
    record.fate = Fate::lost;
    link(record, lost_.last);
  }
}

Range Scoreboard::lost(std::uint64_t most) const {
  if (!any_lost()) return {};
  Range range{lost_.first->begin, lost_.first->end};
  auto position = std::next(records_.find(range.begin));
  while (position != records_.end() && position->second.fate == Fate::lost &&
         range.length() < most) {
    range.end = position->second.end;
    ++position;
  }
  return range;
}

void Scoreboard::check_invariants(std::uint64_t una, std::uint64_t next) const {
  std::uint64_t at = una;
  Fate before = Fate::lost;
  for (const auto& [begin, record] : records_) {  // INV-4
    ZSOCK_CHECK(begin == at && record.begin == begin && record.end > begin);
    ZSOCK_CHECK(record.fate != Fate::sacked || before != Fate::sacked);
    at = record.end;
    before = record.fate;
  }
  ZSOCK_CHECK(at == next);
  std::size_t count = 0;
  for (const Fate fate : {Fate::in_flight, Fate::sacked, Fate::lost}) {
    std::uint64_t sum = 0;
    const Record* previous = nullptr;
    for (const Record* record = list(fate).first; record != nullptr; record = record->next) {
      ZSOCK_CHECK(record->fate == fate && record->previous == previous);
      if (fate == Fate::in_flight && previous) ZSOCK_CHECK(previous->sent <= record->sent);
      sum += record->length();
      previous = record;
      ++count;
    }
    ZSOCK_CHECK(sum == octets(fate) && previous == list(fate).last);
  }
  ZSOCK_CHECK(count == records_.size());
}

}  // namespace zsock::tcp
