#pragma once
/// \file
/// RingPool: the rings of one arena, power-of-two size classes cut out of numbered segments. Never
/// shared between arenas, so nothing of one user is ever seen by another (SEC-SHM-13).

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/quota.h"
#include "daemon/shared_memory.h"
#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/result.h"
#include "libzsock/ipc/layout.h"

namespace zsock::host {

/// One ring: where the client finds it, and our own view of it.
struct Ring {
  ipc::RingPlace place{};
  MutableBytes memory{};
};

class RingPool {
 public:
  static constexpr std::uint32_t kMinOrder = 12;  ///< 4 KiB
  static constexpr std::uint32_t kMaxOrder = 26;  ///< 64 MiB

  /// \param quota  outlives the pool; segments are charged in full when made
  RingPool(Quota& quota, uid_t user);
  ~RingPool();
  RingPool(const RingPool&) = delete;
  RingPool& operator=(const RingPool&) = delete;

  /// A zeroed ring of 1 << order octets. Errors: no_buffers (quota, or the kernel has no memory).
  /// REQUIRES: kMinOrder <= order <= kMaxOrder.
  Result<Ring, SockError> take(std::uint32_t order);
  /// Its pages go back to the system, except those of a few rings that were hardly used and are
  /// cleared by hand: for short connections, taking pages away costs more than all else.
  /// \param used  octets that went through it, from its start. REQUIRES: the ring came from this
  /// pool, and nobody of ours uses it any more.
  void give_back(const Ring& ring, std::uint64_t used);

  [[nodiscard]] const SharedMemory* segment(std::size_t number) const;
  [[nodiscard]] std::size_t segments() const { return segments_.size(); }

 private:
  bool add_segment(std::size_t at_least);
  [[nodiscard]] Ring ring_at(std::size_t segment, std::size_t offset, std::uint32_t order) const;

  Quota* quota_;
  uid_t user_;
  std::size_t charged_ = 0;
  std::vector<SharedMemory> segments_;
  std::size_t used_ = 0;                               ///< of the last segment
  std::array<std::vector<Ring>, kMaxOrder + 1> free_;  ///< the last ones keep their pages
};

}  // namespace zsock::host
