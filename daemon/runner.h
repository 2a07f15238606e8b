#pragma once
/// \file
/// Runner: THE event loop. The only reader of the clock; drives device, stack, service and control
/// socket in turns with budgets, and sleeps when none of them has anything to do. One thread, or
/// one for each shard.

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "daemon/config.h"
#include "daemon/shards.h"

namespace zsock::host {

struct Loop;

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
  std::unique_ptr<Switchboard> board_;  ///< nullptr: one shard
  std::deque<Shard> shards_;
  std::vector<std::unique_ptr<Loop>> loops_;  ///< of each shard; the first has the door
};

}  // namespace zsock::host
