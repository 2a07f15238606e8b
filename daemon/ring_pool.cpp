#include "daemon/ring_pool.h"

#include <algorithm>
#include <utility>

#include "daemon/stack/base/check.h"

namespace zsock::host {
namespace {

constexpr std::uint64_t kHardlyUsed = 16384;  // octets
constexpr std::size_t kWarmRings = 64;        // of a size
constexpr std::size_t kFirstSegment = std::size_t{2} << 20U;
constexpr std::size_t kLargestSegment = std::size_t{64} << 20U;

}  // namespace

RingPool::RingPool(Quota& quota, uid_t user) : quota_(&quota), user_(user) {}

RingPool::~RingPool() {
  quota_->give_back(user_, Resource::memory, charged_);
}

Result<Ring, SockError> RingPool::take(std::uint32_t order) {
  ZSOCK_CHECK(order >= kMinOrder && order <= kMaxOrder);
  if (!free_[order].empty()) {
    const Ring ring = free_[order].back();
    free_[order].pop_back();
    return ring;
  }
  const std::size_t size = std::size_t{1} << order;
  std::size_t offset = (used_ + size - 1) & ~(size - 1);
  if (segments_.empty() || offset + size > segments_.back().size()) {
    if (!add_segment(size)) return Err{SockError::no_buffers};
    offset = 0;
  }
  used_ = offset + size;
  return ring_at(segments_.size() - 1, offset, order);
}

void RingPool::give_back(const Ring& ring, std::uint64_t used) {
  ZSOCK_CHECK(ring.place.segment < segments_.size() && ring.place.order <= kMaxOrder);
  std::vector<Ring>& free = free_[ring.place.order];
  if (used > kHardlyUsed || free.size() >= kWarmRings) {
    segments_[ring.place.segment].discard(ring.place.offset, ring.memory.size());
  } else {
    const auto octets = std::min<std::uint64_t>(used, ring.memory.size());
    std::ranges::fill(ring.memory.first(static_cast<std::size_t>(octets)), std::byte{0});
  }
  free.push_back(ring);
}

const SharedMemory* RingPool::segment(std::size_t number) const {
  return number < segments_.size() ? &segments_[number] : nullptr;
}

/// Segments double in size up to kLargestSegment: few descriptors for many sockets, little memory
/// for few.
bool RingPool::add_segment(std::size_t at_least) {
  const std::size_t doubled = segments_.empty() ? kFirstSegment : segments_.back().size() * 2;
  const std::size_t size = std::max(at_least, std::min(doubled, kLargestSegment));
  if (!quota_->charge(user_, Resource::memory, size)) return false;
  auto memory = SharedMemory::create("zsock-rings", size, Writers::host_and_client);
  if (!memory) {
    quota_->give_back(user_, Resource::memory, size);
    return false;
  }
  charged_ += size;
  segments_.push_back(std::move(*memory));
  used_ = 0;
  return true;
}

Ring RingPool::ring_at(std::size_t segment, std::size_t offset, std::uint32_t order) const {
  Ring ring;
  ring.place.segment = static_cast<std::uint32_t>(segment);
  ring.place.order = order;
  ring.place.offset = offset;
  ring.memory = segments_[segment].bytes().subspan(offset, std::size_t{1} << order);
  return ring;
}

}  // namespace zsock::host
