#include "daemon/stack/tcp/table.h"

#include "daemon/stack/wire/flow_bytes.h"

namespace zsock::tcp {

std::size_t FlowHash::operator()(const wire::Flow& flow) const {
  return static_cast<std::size_t>(siphash(key, wire::flow_bytes(flow).view()));
}

std::size_t Table::locate(const wire::Flow& flow, std::uint32_t hash) const {
  std::size_t at = hash & mask();
  while (slots_[at].entry != kNobody &&
         (slots_[at].hash != hash || entries_[slots_[at].entry].flow != flow)) {
    at = after(at);
  }
  return at;
}

std::optional<std::uint32_t> Table::find(const wire::Flow& flow) const {
  const Slot& slot = slots_[locate(flow, hash_of(flow))];
  if (slot.entry == kNobody) return std::nullopt;
  return entries_[slot.entry].index;
}

bool Table::insert(const wire::Flow& flow, std::uint32_t index) {
  const std::uint32_t hash = hash_of(flow);
  if (slots_[locate(flow, hash)].entry != kNobody) return false;
  if (2 * (entries_.size() + 1) > slots_.size()) grow();
  place({.hash = hash, .entry = static_cast<std::uint32_t>(entries_.size())});
  entries_.push_back({.flow = flow, .index = index});
  return true;
}

void Table::place(Slot slot) {
  std::size_t at = slot.hash & mask();
  while (slots_[at].entry != kNobody) at = after(at);
  slots_[at] = slot;
}

void Table::grow() {
  std::vector<Slot> before(2 * slots_.size());
  before.swap(slots_);
  for (const Slot& slot : before) {
    if (slot.entry != kNobody) place(slot);
  }
}

void Table::erase(const wire::Flow& flow) {
  const std::size_t at = locate(flow, hash_of(flow));
  const std::uint32_t gone = slots_[at].entry;
  if (gone == kNobody) return;
  // The last entry takes the place of the one that goes.
  const wire::Flow last = entries_.back().flow;
  slots_[locate(last, hash_of(last))].entry = gone;
  entries_[gone] = entries_.back();
  entries_.pop_back();
  empty(at);
}

/// What stands behind moves up, so that no search ends too early.
void Table::empty(std::size_t slot) {
  for (std::size_t at = after(slot); slots_[at].entry != kNobody; at = after(at)) {
    const std::size_t home = slots_[at].hash & mask();
    const bool may_move = ((at - home) & mask()) >= ((at - slot) & mask());
    if (!may_move) continue;
    slots_[slot] = slots_[at];
    slot = at;
  }
  slots_[slot] = {};
}

}  // namespace zsock::tcp
