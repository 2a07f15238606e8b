#pragma once
/// \file
/// Runner: THE event loop. One thread; the only reader of the clock; drives device, stack, service
/// and control socket in turns with budgets, and sleeps when none of them has anything to do.

#include <cstdint>
#include <memory>

#include "daemon/config.h"

namespace zsock::host {

/// keep: for tests, which share their process with the runner.
enum class Privileges : std::uint8_t { drop, keep };

class Runner {
 public:
  /// Opens device, addresses and control socket. Throws StartError.
  explicit Runner(const Config& config, Privileges privileges = Privileges::drop);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Serves until SIGTERM, SIGINT or stop(), then drains. Returns the exit status.
  int run();
  /// As SIGTERM does. May be called from any thread.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zsock::host
