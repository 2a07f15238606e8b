#include "daemon/stack/net/neighbors.h"

#include <algorithm>
#include <utility>

namespace zsock::net {
namespace {

/// All waiting packets together may take this many times what one neighbour's may.
constexpr std::size_t kSharedQueueFactor = 16;

constexpr std::uint32_t kPerMille = 1000;

}  // namespace

Neighbors::Neighbors(const Config& config, Rng& rng, Counters& counters, PacketPool& pool)
    : config_(config),
      rng_(&rng),
      counters_(&counters),
      pool_(&pool),
      index_(0, AddressHash::draw(rng)) {}

Neighbors::Entry* Neighbors::find(const ScopedAddress& key) {
  if (last_slot_ < entries_.size() && entries_[last_slot_].occupied &&
      entries_[last_slot_].key == key) {
    return &entries_[last_slot_];
  }
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  last_slot_ = found->second;
  return &entries_[last_slot_];
}

const wire::MacAddr* Neighbors::use(const ScopedAddress& next_hop, const wire::IpAddress& source,
                                    Instant now) {
  Entry* entry = find(next_hop);
  if (entry == nullptr) return nullptr;
  entry->last_used = now;
  if (entry->state == NeighborState::incomplete) return nullptr;
  if (entry->state == NeighborState::reachable && now >= entry->deadline) {
    set_state(*entry, NeighborState::stale);
  }
  if (entry->state == NeighborState::stale) {
    set_state(*entry, NeighborState::delay);
    entry->source = source;
    arm(*entry, now + config_.delay_first_probe);
  }
  return &entry->mac;
}

void Neighbors::resolve(const ScopedAddress& next_hop, const wire::IpAddress& source, Instant now) {
  if (find(next_hop) != nullptr) return;
  make_room(next_hop.interface, NeighborState::incomplete);
  start_incomplete(create(next_hop, now), source, now);
}

void Neighbors::wait(const ScopedAddress& next_hop, const wire::IpAddress& source, PacketPtr packet,
                     Instant now) {
  resolve(next_hop, source, now);
  Entry& entry = *find(next_hop);
  ZSOCK_CHECK(entry.state == NeighborState::incomplete);
  const std::size_t size = packet->bytes.size();
  while (!entry.waiting.empty() && entry.waiting.octets() + size > config_.neighbor_queue_octets) {
    waiting_octets_ -= entry.waiting.octets();
    pool_->give(entry.waiting.pop());
    waiting_octets_ += entry.waiting.octets();
    ++counters_->drop_neighbor_queue_full;
  }
  if (size > config_.neighbor_queue_octets ||
      waiting_octets_ + size > kSharedQueueFactor * config_.neighbor_queue_octets) {
    ++counters_->drop_neighbor_queue_full;
    pool_->give(std::move(packet));
    return;
  }
  waiting_octets_ += size;
  entry.waiting.push(std::move(packet));
}

void Neighbors::confirm(const ScopedAddress& next_hop, Instant now) {
  Entry* entry = find(next_hop);
  if (entry == nullptr || entry->state == NeighborState::incomplete) return;
  become_reachable(*entry, now);
}

PacketList Neighbors::advertised(const ScopedAddress& neighbor, const Advertisement& said,
                                 Instant now) {
  Entry* entry = find(neighbor);
  if (entry == nullptr) return {};
  if (entry->state == NeighborState::incomplete) {
    if (!said.mac) return {};
    PacketList released = learn(*entry, *said.mac);
    if (said.solicited) become_reachable(*entry, now);
    return released;
  }
  const bool differs = said.mac && *said.mac != entry->mac;
  if (differs && !said.override_entry) {
    if (entry->state == NeighborState::reachable) set_state(*entry, NeighborState::stale);
    return {};
  }
  if (differs) entry->mac = *said.mac;
  if (said.solicited) {
    become_reachable(*entry, now);
  } else if (differs) {
    set_state(*entry, NeighborState::stale);
  }
  return {};
}

PacketList Neighbors::heard(const ScopedAddress& neighbor, const wire::MacAddr& mac, Create may,
                            Instant now) {
  Entry* entry = find(neighbor);
  if (entry == nullptr) {
    if (may == Create::no) return {};
    make_room(neighbor.interface, NeighborState::stale);
    entry = &create(neighbor, now);
    entry->mac = mac;
    entry->state = NeighborState::stale;
    return {};
  }
  if (entry->state == NeighborState::incomplete) return learn(*entry, mac);
  if (entry->mac == mac) return {};
  entry->mac = mac;
  set_state(*entry, NeighborState::stale);
  return {};
}

/// An unresolved neighbour now has an address; nothing is known of the way there yet.
PacketList Neighbors::learn(Entry& entry, const wire::MacAddr& mac) {
  entry.mac = mac;
  set_state(entry, NeighborState::stale);
  ++counters_->neighbor_resolved;
  tell(entry.key, true);
  waiting_octets_ -= entry.waiting.octets();
  return std::move(entry.waiting);
}

void Neighbors::become_reachable(Entry& entry, Instant now) {
  if (entry.state != NeighborState::reachable) set_state(entry, NeighborState::reachable);
  entry.deadline = now + entry.reachable_for;
}

void Neighbors::set_state(Entry& entry, NeighborState state) {
  Population& count = population(entry.key.interface);
  if (entry.state == NeighborState::incomplete) --count.incomplete;
  if (state == NeighborState::incomplete) ++count.incomplete;
  entry.state = state;
  entry.asked = 0;
  if (state == NeighborState::reachable) {
    // RFC 4861 6.3.2: uniform between 0.5 and 1.5 of the base.
    entry.reachable_for =
        config_.reachable_time * (kPerMille / 2 + rng_->below(kPerMille + 1)) / kPerMille;
  }
}

Neighbors::Entry& Neighbors::create(const ScopedAddress& key, Instant now) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[slot];
  const std::optional<Instant> pending = entry.pending;
  entry = Entry{};
  entry.pending = pending;
  entry.key = key;
  entry.state = NeighborState::stale;
  entry.occupied = true;
  entry.last_used = now;
  index_.emplace(key, slot);
  ++population(key.interface).total;
  return entry;
}

void Neighbors::start_incomplete(Entry& entry, const wire::IpAddress& source, Instant now) {
  set_state(entry, NeighborState::incomplete);
  entry.source = source;
  ask(entry, now);
}

/// RFC 6583 7.1: unresolved entries have a budget of their own and go first when the table is full.
void Neighbors::make_room(InterfaceId interface, NeighborState wanted) {
  const Population count = population(interface);
  const auto is_incomplete = [](const Entry& e) { return e.state == NeighborState::incomplete; };
  const auto is_stale = [](const Entry& e) { return e.state == NeighborState::stale; };
  const auto is_any = [](const Entry&) { return true; };
  const bool over_budget =
      wanted == NeighborState::incomplete && count.incomplete >= config_.incomplete_limit;
  if (!over_budget && count.total < config_.neighbor_limit) return;
  ++counters_->drop_neighbor_table_full;
  std::optional<std::uint32_t> slot = victim(interface, is_incomplete);
  if (!slot) slot = victim(interface, is_stale);
  if (!slot) slot = victim(interface, is_any);
  if (!slot) return;
  if (is_incomplete(entries_[*slot])) tell(entries_[*slot].key, false);
  remove(*slot);
}

std::optional<std::uint32_t> Neighbors::victim(InterfaceId interface,
                                               bool (*eligible)(const Entry&)) const {
  std::optional<std::uint32_t> oldest;
  for (std::uint32_t slot = 0; slot < entries_.size(); ++slot) {
    const Entry& entry = entries_[slot];
    if (!entry.occupied || entry.key.interface != interface || !eligible(entry)) continue;
    if (!oldest || entry.last_used < entries_[*oldest].last_used) oldest = slot;
  }
  return oldest;
}

void Neighbors::remove(std::uint32_t slot) {
  Entry& entry = entries_[slot];
  Population& count = population(entry.key.interface);
  --count.total;
  if (entry.state == NeighborState::incomplete) --count.incomplete;
  waiting_octets_ -= entry.waiting.octets();
  pool_->give_all(std::move(entry.waiting));
  index_.erase(entry.key);
  entry.occupied = false;
  free_.push_back(slot);
}

void Neighbors::fail(std::uint32_t slot) {
  ++counters_->neighbor_failed;
  Entry& entry = entries_[slot];
  tell(entry.key, false);
  waiting_octets_ -= entry.waiting.octets();
  while (PacketPtr packet = entry.waiting.pop()) {
    undelivered_.push_back({entry.key.interface, std::move(packet)});
  }
  remove(slot);
}

void Neighbors::tell(const ScopedAddress& key, bool reachable) {
  events_.push_back({.interface = key.interface, .next_hop = key.address, .reachable = reachable});
}

Neighbors::Population& Neighbors::population(InterfaceId interface) {
  if (interface.value >= populations_.size()) populations_.resize(interface.value + 1U);
  return populations_[interface.value];
}

void Neighbors::ask(Entry& entry, Instant now) {
  Solicitation question{.target = entry.key, .source = entry.source};
  if (entry.state == NeighborState::probe) question.to = entry.mac;
  solicitations_.push_back(question);
  ++entry.asked;
  arm(entry, now + config_.retransmit_interval);
}

void Neighbors::arm(Entry& entry, Instant at) {
  entry.deadline = at;
  if (entry.pending && *entry.pending <= at) return;
  entry.pending = at;
  deadlines_.push(at, static_cast<std::uint32_t>(&entry - entries_.data()));
}

bool Neighbors::has_timer(const Entry& entry) {
  return entry.occupied &&
         (entry.state == NeighborState::incomplete || entry.state == NeighborState::delay ||
          entry.state == NeighborState::probe);
}

void Neighbors::on_deadline(Instant now) {
  while (const std::optional<Deadline> due = deadlines_.pop_due(now)) {
    Entry& entry = entries_[due->id];
    if (entry.pending == due->when) entry.pending.reset();
    if (!has_timer(entry)) continue;
    if (entry.deadline <= now) {
      on_timer(due->id, now);
    } else {
      arm(entry, entry.deadline);
    }
  }
}

void Neighbors::on_timer(std::uint32_t slot, Instant now) {
  Entry& entry = entries_[slot];
  if (entry.state == NeighborState::delay) {
    set_state(entry, NeighborState::probe);
    return ask(entry, now);
  }
  const std::uint32_t limit =
      entry.state == NeighborState::probe ? config_.unicast_solicits : config_.multicast_solicits;
  if (entry.asked >= limit) return fail(slot);
  ask(entry, now);
}

std::optional<Instant> Neighbors::next_deadline() const {
  const std::optional<Deadline> earliest = deadlines_.peek();
  if (!earliest) return std::nullopt;
  return earliest->when;
}

std::optional<Solicitation> Neighbors::poll_solicitation() {
  if (solicitations_.empty()) return std::nullopt;
  const Solicitation question = solicitations_.front();
  solicitations_.pop_front();
  return question;
}

std::optional<NeighborEvent> Neighbors::poll_event() {
  if (events_.empty()) return std::nullopt;
  const NeighborEvent event = events_.front();
  events_.pop_front();
  return event;
}

std::optional<Undelivered> Neighbors::poll_undelivered() {
  if (undelivered_.empty()) return std::nullopt;
  Undelivered first = std::move(undelivered_.front());
  undelivered_.pop_front();
  return first;
}

std::optional<NeighborState> Neighbors::state(const ScopedAddress& neighbor, Instant now) const {
  const auto found = index_.find(neighbor);
  if (found == index_.end()) return std::nullopt;
  const Entry& entry = entries_[found->second];
  if (entry.state == NeighborState::reachable && now >= entry.deadline) return NeighborState::stale;
  return entry.state;
}

void Neighbors::check_invariants() const {
  std::size_t waiting = 0;
  std::size_t occupied = 0;
  for (const Entry& entry : entries_) {
    if (!entry.occupied) continue;
    ++occupied;
    waiting += entry.waiting.octets();
    ZSOCK_CHECK(entry.state == NeighborState::incomplete || entry.waiting.empty());
    ZSOCK_CHECK(index_.contains(entry.key));
  }
  ZSOCK_CHECK(occupied == index_.size());
  ZSOCK_CHECK(waiting == waiting_octets_);
  for (const Population& count : populations_) {
    ZSOCK_CHECK(count.total <= config_.neighbor_limit);
    ZSOCK_CHECK(count.incomplete <= config_.incomplete_limit);
  }
}

}  // namespace zsock::net
