#pragma once
/// \file
/// One bulk transfer between two stacks over a LinkSim: how long it takes.

#include "daemon/stack/base/counters.h"
#include "tests/support/two_hosts.h"

namespace zsock::test {

struct GoodputCase {
  double loss = 0;                   ///< probability per frame, both ways
  Duration rtt{};                    ///< of the empty link
  double reorder = 0;                ///< probability per frame
  std::uint64_t rate = 100'000'000;  ///< bits per second
  std::size_t queue_frames = 2000;   ///< waiting or under way, each way
  std::uint64_t octets = 4'000'000;  ///< of text
  tcp::Config tcp = quick_host().stack.tcp;
  std::size_t ring = 1U << 20U;  ///< octets, each way
};

struct GoodputResult {
  Duration time{};  ///< from the SYN to the last octet
  Counters sender{};
  /// Octets per second of text, in bits.
  [[nodiscard]] double megabits(const GoodputCase& of) const;
};

/// Virtual time; the same seed gives the same result. Fails the test when it takes ten minutes.
GoodputResult measure_goodput(const GoodputCase& of, std::uint64_t seed);

}  // namespace zsock::test
