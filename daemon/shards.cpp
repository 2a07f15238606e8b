#include "daemon/shards.h"

#include <utility>

#include "daemon/stack/steering.h"

namespace zsock::host {

// --- Claims ------------------------------------------------------------------------------------

std::uint64_t FlowClaims::mark_of(const wire::Flow& flow) const {
  return fingerprint_of(flow, key_) & ~std::uint64_t{0xff};
}

std::size_t FlowClaims::place_of(std::uint64_t mark, std::size_t n) {
  return static_cast<std::size_t>((mark >> 8U) + n) % kPlaces;
}

std::optional<unsigned> FlowClaims::owner_of(const wire::Flow& flow) const {
  if (count_.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const std::uint64_t mark = mark_of(flow);
  for (std::size_t i = 0; i < kWindow; ++i) {
    const std::uint64_t there = places_[place_of(mark, i)].load(std::memory_order_relaxed);
    if (there != 0 && (there & ~std::uint64_t{0xff}) == mark) {
      return static_cast<unsigned>(there & 0xffU) - 1;
    }
  }
  return std::nullopt;
}

bool FlowClaims::claim(const wire::Flow& flow, unsigned shard) {
  const std::lock_guard lock(changing_);
  if (const auto owner = owner_of(flow)) return *owner == shard;
  const std::uint64_t mark = mark_of(flow);
  for (std::size_t i = 0; i < kWindow; ++i) {
    Place& place = places_[place_of(mark, i)];
    if (place.load(std::memory_order_relaxed) != 0) continue;
    place.store(mark | (shard + 1), std::memory_order_relaxed);
    count_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void FlowClaims::give_up(const wire::Flow& flow, unsigned shard) {
  if (owner_of(flow) != shard) return;
  const std::lock_guard lock(changing_);
  const std::uint64_t mark = mark_of(flow);
  for (std::size_t i = 0; i < kWindow; ++i) {
    Place& place = places_[place_of(mark, i)];
    if (place.load(std::memory_order_relaxed) != (mark | (shard + 1))) continue;
    place.store(0, std::memory_order_relaxed);
    count_.fetch_sub(1, std::memory_order_relaxed);
  }
}

// --- Switchboard -------------------------------------------------------------------------------

namespace {

/// A process has a control connection to every shard.
QuotaConfig for_all(QuotaConfig limits, std::size_t shards) {
  limits.clients *= shards;
  limits.total_clients *= shards;
  return limits;
}

}  // namespace

Switchboard::Switchboard(std::size_t shards, const QuotaConfig& limits, Rng& rng)
    : quota(for_all(limits, shards)), claims(rng), mailboxes(shards), connections(shards) {
  for (std::atomic<std::size_t>& each : connections) each = 1;  // nobody knows yet
}

// --- One shard ---------------------------------------------------------------------------------

unsigned Shard::owner_of(const wire::Flow& flow) const {
  const auto claimed = board_->claims.owner_of(flow);
  return claimed ? *claimed : static_cast<unsigned>(hash_of(flow) % count());
}

bool Shard::sort(const RxFrame& frame) {
  const FrameSubject subject = subject_of(frame.bytes);
  if (subject.kind == FrameSubject::Kind::everybody) {
    for (unsigned other = 0; other < count(); ++other) {
      if (other != number_) pass_on(other, frame);
    }
    return true;
  }
  const bool connection = subject.kind == FrameSubject::Kind::connection;
  const unsigned owner = connection ? owner_of(subject.flow) : 0;
  if (owner != number_) pass_on(owner, frame);
  return owner == number_;
}

void Shard::pass_on(unsigned shard, const RxFrame& frame) {
  ++(board_->mailboxes[shard].post(frame) ? passed_on_ : dropped_);
}

}  // namespace zsock::host
