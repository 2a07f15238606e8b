#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <vector>

#include "daemon/arena.h"
#include "daemon/quota.h"
#include "daemon/ring_pool.h"

namespace zsock::host {
namespace {

Arena make_arena() {
  auto arena = Arena::create({7, {1, 2}}, std::chrono::microseconds{20});
  EXPECT_TRUE(arena.has_value());
  return std::move(*arena);
}

bool can_map(int fd, std::size_t size, int protection) {
  void* memory = ::mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return false;
  ::munmap(memory, size);
  return true;
}

// req: SEC-SHM-1
TEST(ArenaSeals, StatusCanOnlyBeRead) {
  const Arena arena = make_arena();
  const int fd = arena.status_fd();
  EXPECT_TRUE(can_map(fd, sizeof(ipc::StatusArea), PROT_READ));
  EXPECT_FALSE(can_map(fd, sizeof(ipc::StatusArea), PROT_READ | PROT_WRITE));
  EXPECT_EQ(::write(fd, "x", 1), -1);
  EXPECT_EQ(errno, EPERM);
  void* memory = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
  EXPECT_EQ(::mprotect(memory, 4096, PROT_READ | PROT_WRITE), -1);
  ::munmap(memory, 4096);
  EXPECT_EQ(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), -1);
  arena.status(3).flags.publish(17);  // our own mapping still writes
  EXPECT_EQ(arena.status(3).flags.snapshot(), 17U);
}

// req: SEC-SHM-1
TEST(ArenaSeals, NothingCanBeResized) {
  const Arena arena = make_arena();
  Quota quota{QuotaConfig{}};
  RingPool pool(quota, 1);
  ASSERT_TRUE(pool.take(12).has_value());
  for (const int fd : {arena.status_fd(), arena.data_fd(), pool.segment(0)->fd()}) {
    struct stat facts {};
    ASSERT_EQ(::fstat(fd, &facts), 0);
    EXPECT_EQ(::ftruncate(fd, 0), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(::ftruncate(fd, facts.st_size * 2), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    EXPECT_NE(::fcntl(fd, F_GET_SEALS) & F_SEAL_SEAL, 0);
    EXPECT_FALSE(can_map(fd, 4096, PROT_READ | PROT_EXEC) && (facts.st_mode & 0111) != 0);
  }
}

// req: SEC-SHM-2, punched holes read as zeros and harm nobody
TEST(ArenaSeals, PunchedHolesAreHarmless) {
  const Arena arena = make_arena();
  arena.app(0).receive_head.publish(5);
  ASSERT_EQ(::fallocate(arena.data_fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                        sizeof(ipc::DataArea)),
            0);
  EXPECT_EQ(arena.app(0).receive_head.snapshot(), 0U);
}

// req: SEC-SHM-12
TEST(ArenaSlots, GenerationsAreNotReadBackAndChangeWithReuse) {
  Arena arena = make_arena();
  const auto slot = arena.take_slot();
  ASSERT_TRUE(slot.has_value());
  const std::uint32_t first = arena.generation(*slot);
  EXPECT_NE(first, 0U);
  EXPECT_EQ(arena.status(*slot).generation.snapshot(), first);
  arena.app(*slot).transmit_tail.publish(99);
  arena.free_slot(*slot);
  EXPECT_EQ(arena.generation(*slot), 0U);
  EXPECT_EQ(arena.status(*slot).generation.snapshot(), 0U);
  ASSERT_EQ(arena.take_slot(), slot);
  EXPECT_NE(arena.generation(*slot), first);
  EXPECT_EQ(arena.app(*slot).transmit_tail.snapshot(), 0U);
  EXPECT_EQ(arena.generation(0xffffffff), 0U);
}

TEST(ArenaSlots, EndWithTheArena) {
  Arena arena = make_arena();
  for (std::size_t i = 0; i < ipc::kSlots; ++i) ASSERT_TRUE(arena.take_slot().has_value());
  EXPECT_FALSE(arena.take_slot().has_value());
}

TEST(RingPoolPlaces, NeverOverlap) {
  Quota quota{QuotaConfig{}};
  RingPool pool(quota, 1);
  std::vector<Ring> rings;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto ring = pool.take(12 + (i * 7) % 8);
    ASSERT_TRUE(ring.has_value());
    EXPECT_EQ(ring->memory.size(), std::size_t{1} << ring->place.order);
    EXPECT_EQ(ring->place.offset % ring->memory.size(), 0U);
    rings.push_back(*ring);
  }
  std::set<std::pair<const std::byte*, const std::byte*>> spans;
  for (const Ring& ring : rings) {
    spans.emplace(ring.memory.data(), ring.memory.data() + ring.memory.size());
  }
  const std::byte* last = nullptr;
  for (const auto& [begin, end] : spans) {
    EXPECT_TRUE(last == nullptr || begin >= last);
    last = end;
  }
}

// req: SEC-SHM-13
TEST(RingPoolReuse, GivesZeroedMemoryAgainWithoutNewSegments) {
  Quota quota{QuotaConfig{}};
  RingPool pool(quota, 1);
  const auto first = pool.take(16);
  ASSERT_TRUE(first.has_value());
  std::memset(first->memory.data(), 0x5a, first->memory.size());
  pool.give_back(*first, first->memory.size());
  for (int i = 0; i < 1000; ++i) {
    const auto again = pool.take(16);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->memory.data(), first->memory.data());
    EXPECT_EQ(again->memory[100], std::byte{0});
    std::memset(again->memory.data(), 0x5a, 500);
    pool.give_back(*again, 500);
  }
  EXPECT_EQ(pool.segments(), 1U);
}

std::size_t resident_pages(const Ring& ring) {
  std::vector<unsigned char> pages(ring.memory.size() / 4096);
  EXPECT_EQ(::mincore(ring.memory.data(), ring.memory.size(), pages.data()), 0);
  return static_cast<std::size_t>(std::ranges::count(pages, 1));
}

// Short connections keep their pages; large ones, and too many of them, give them back.
TEST(RingPoolReuse, KeepsThePagesOfAFewRingsThatWereHardlyUsed) {
  Quota quota{QuotaConfig{}};
  RingPool pool(quota, 1);
  std::vector<Ring> rings;
  for (int i = 0; i < 200; ++i) {
    rings.push_back(*pool.take(16));
    rings.back().memory[0] = std::byte{1};
  }
  for (const Ring& ring : rings) pool.give_back(ring, 1);
  const auto kept =
      std::ranges::count_if(rings, [](const Ring& ring) { return resident_pages(ring) != 0; });
  EXPECT_EQ(kept, 64);
  const auto used = pool.take(16);
  std::memset(used->memory.data(), 1, used->memory.size());
  pool.give_back(*used, used->memory.size());
  EXPECT_EQ(resident_pages(*used), 0U);
}

// req: SEC-SHM-3
TEST(RingPoolQuota, ChargesWholeSegmentsAndGivesThemBack) {
  QuotaConfig limits;
  limits.memory = 6U << 20U;
  Quota quota(limits);
  {
    RingPool pool(quota, 1);
    ASSERT_TRUE(pool.take(20).has_value());
    EXPECT_EQ(quota.used(1, Resource::memory), 2U << 20U);
    ASSERT_TRUE(pool.take(20).has_value());
    ASSERT_TRUE(pool.take(20).has_value());
    EXPECT_EQ(quota.used(1, Resource::memory), 6U << 20U);
    const auto refused = pool.take(22);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), SockError::no_buffers);
  }
  EXPECT_EQ(quota.total(Resource::memory), 0U);
}

// req: ACL-5, ACL-6
TEST(QuotaLimits, HoldPerUserAndInTotal) {
  QuotaConfig limits;
  limits.sockets = 3;
  limits.total_sockets = 4;
  Quota quota(limits);
  EXPECT_TRUE(quota.charge(1, Resource::sockets, 3));
  EXPECT_FALSE(quota.charge(1, Resource::sockets, 1));
  EXPECT_TRUE(quota.charge(2, Resource::sockets, 1));
  EXPECT_FALSE(quota.charge(2, Resource::sockets, 1));
  EXPECT_FALSE(quota.charge(3, Resource::sockets, static_cast<std::size_t>(-1)));
  quota.give_back(1, Resource::sockets, 2);
  EXPECT_TRUE(quota.charge(2, Resource::sockets, 2));
  EXPECT_EQ(quota.used(1, Resource::sockets), 1U);
  EXPECT_EQ(quota.total(Resource::sockets), 4U);
}

}  // namespace
}  // namespace zsock::host
