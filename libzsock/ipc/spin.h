#pragma once
/// \file
/// How long to look busily for what is awaited before sleeping: the same rule in application and
/// daemon. A wake-up across CPUs of a virtual machine takes 20 to 50 us; what comes sooner than
/// that is cheaper seen by looking.

#include <algorithm>
#include <cstdint>

namespace zsock::ipc {

/// Learns from the waits of one kind. Times in ns.
class SpinBudget {
 public:
  SpinBudget() = default;
  explicit SpinBudget(std::int64_t value) : value_(value) {}

  /// What a wake-up from sleep adds to a wait, roughly.
  static constexpr std::int64_t kWakeUp = 25'000;

  [[nodiscard]] std::int64_t value() const { return value_; }

  enum class How : std::uint8_t { looked, slept };
  /// A wait that took `waited` is over. \param limit  of the budget; 0: never spin
  void learn(std::int64_t waited, How how, std::int64_t limit) {
    if (how == How::slept && value_ >= limit) {
      value_ = limit / 4;  // all that is allowed was not enough
    } else if (how == How::slept && waited > limit + kWakeUp) {
      value_ = value_ > limit / 4 ? value_ / 2 : 0;
    } else {
      value_ = std::min(limit, (value_ * 2) + (limit / 4));
    }
  }

 private:
  std::int64_t value_ = 0;
};

/// Who looks offers the CPU to others now and then. Where somebody else has work for it the offer
/// costs a time slice, milliseconds, which is far more than a wake-up: a sleeper that is woken goes
/// before those who have the CPU, a looker behind them.
class Crowding {
 public:
  /// A longer offer than any turn of zsockd takes: somebody keeps the CPU busy.
  static constexpr std::int64_t kLongOffer = 1'000'000;
  /// How long nobody looks then.
  static constexpr std::int64_t kRest = 250'000'000;

  Crowding() = default;
  explicit Crowding(std::int64_t until) : until_(until) {}

  /// An offer of the CPU is over. Times in ns, of one clock.
  void offered(std::int64_t start, std::int64_t end) {
    if (end - start > kLongOffer) until_ = end + kRest;
  }
  /// Looking does not pay now. \param clock  asked only if there is doubt
  template <class Clock>
  [[nodiscard]] bool lasts(Clock clock) const {
    return until_ != 0 && clock() < until_;
  }
  [[nodiscard]] std::int64_t until() const { return until_; }

 private:
  std::int64_t until_ = 0;
};

}  // namespace zsock::ipc
