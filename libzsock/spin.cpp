#include "libzsock/spin.h"

#include <time.h>

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

/// On one CPU looking keeps away whoever is waited for.
bool several_cpus() {
  static const bool several = [] {
    cpu_set_t usable;
    return ::sched_getaffinity(0, sizeof(usable), &usable) != 0 || CPU_COUNT(&usable) > 1;
  }();
  return several;
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

std::int64_t looking_time(Awaited what) {
  return budget_of(what).load(std::memory_order_relaxed);
}

void learn_wait(Awaited what, const Arena& arena, std::int64_t waited, ipc::SpinBudget::How how) {
  if (!several_cpus()) return;
  std::atomic<std::int64_t>& place = budget_of(what);
  ipc::SpinBudget budget(place.load(std::memory_order_relaxed));
  budget.learn(waited, how, arena.spin_limit());
  place.store(budget.value(), std::memory_order_relaxed);
}

}  // namespace zsock::lib
