#pragma once
/// \file
/// Looking busily, for a while, for what a call waits for, before it sleeps in the kernel. Gives
/// the CPU to whoever wants it meanwhile.

#include <sched.h>

#include <cstdint>

#include "libzsock/arena.h"
#include "libzsock/ipc/spin.h"

namespace zsock::lib {

/// What is waited for; each learns for itself how long looking pays.
enum class Awaited : std::uint8_t { data, room, connection, answer };

/// Monotonic time, ns.
std::int64_t now_ns();
void pause_cpu();

/// ns that a call may look now; 0: not at all.
std::int64_t looking_time(Awaited what, const Arena& arena);
/// More threads that look than there are CPUs keep each other from what they wait for. One of these
/// for each call that looks.
class Looker {
 public:
  Looker();
  ~Looker();
  Looker(const Looker&) = delete;
  Looker& operator=(const Looker&) = delete;
  [[nodiscard]] bool allowed() const { return allowed_; }

 private:
  bool allowed_;
};
/// A wait is over. \param arena  whose zsockd sets the limit
void learn_wait(Awaited what, const Arena& arena, std::int64_t waited, ipc::SpinBudget::How how);

/// Lets others have the CPU. \return false: they keep it busy, and looking does not pay for a while
bool offer_cpu();

/// Looks until ready() or time is up. \return whether it became ready
template <class Ready>
bool look_for(Awaited what, const Arena& arena, Ready ready) {
  constexpr int kLooks = 16;  // between two offers of the CPU to others
  const std::int64_t budget = looking_time(what, arena);
  if (budget == 0) return false;
  const Looker looker;
  if (!looker.allowed()) return false;
  const std::int64_t start = now_ns();
  for (std::int64_t waited = 0; waited < budget; waited = now_ns() - start) {
    for (int i = 0; i < kLooks; ++i) {
      if (ready()) {
        learn_wait(what, arena, waited, ipc::SpinBudget::How::looked);
        return true;
      }
      pause_cpu();
    }
    if (!offer_cpu()) return false;
  }
  return false;
}

}  // namespace zsock::lib
