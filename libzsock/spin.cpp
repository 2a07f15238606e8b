#include "libzsock/spin.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>

namespace zsock::lib {
namespace {

constexpr std::size_t kKinds = 4;
std::array<std::atomic<std::int64_t>, kKinds> budgets{};  // ns; of all sockets

std::atomic<std::int64_t>& budget_of(Awaited what) {
  return budgets.at(static_cast<std::size_t>(what));
}

std::atomic<int> lookers{0};
std::atomic<std::int64_t> crowded_until{0};  // ns; 0: never was

int usable_cpus() {
  static const int cpus = [] {
    cpu_set_t usable;
    return ::sched_getaffinity(0, sizeof(usable), &usable) != 0 ? 2 : CPU_COUNT(&usable);
  }();
  return cpus;
}

}  // namespace

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void pause_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

std::int64_t looking_time(Awaited what, const Arena& arena) {
  if (ipc::Crowding(crowded_until.load(std::memory_order_relaxed)).lasts(now_ns)) return 0;
  return std::min(budget_of(what).load(std::memory_order_relaxed), arena.spin_limit());
}

bool offer_cpu() {
  const std::int64_t start = now_ns();
  ::sched_yield();
  ipc::Crowding crowding;
  crowding.offered(start, now_ns());
  if (crowding.until() == 0) return true;
  crowded_until.store(crowding.until(), std::memory_order_relaxed);
  return false;
}

Looker::Looker() : allowed_(lookers.fetch_add(1, std::memory_order_relaxed) < usable_cpus()) {}

Looker::~Looker() {
  lookers.fetch_sub(1, std::memory_order_relaxed);
}

void learn_wait(Awaited what, const Arena& arena, std::int64_t waited, ipc::SpinBudget::How how) {
  if (usable_cpus() == 1) return;  // looking keeps away whoever is waited for
  std::atomic<std::int64_t>& place = budget_of(what);
  ipc::SpinBudget budget(place.load(std::memory_order_relaxed));
  budget.learn(waited, how, arena.spin_limit());
  place.store(budget.value(), std::memory_order_relaxed);
}

}  // namespace zsock::lib
