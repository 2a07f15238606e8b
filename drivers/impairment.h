#pragma once
/// \file
/// One direction of a bad link: what it loses, doubles, bends, holds back and delays. Virtual time,
/// seeded chance: the same frames at the same instants give the same result.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"

namespace zsock::drivers {

struct FaultOptions {
  double loss = 0;       ///< probabilities per frame, 0..1
  double duplicate = 0;  ///< delivered twice
  double reorder = 0;    ///< held back for kReorderHold, so that later frames overtake it
  double corrupt = 0;    ///< one bit flipped
  Duration delay{};
  Duration jitter{};                ///< added to delay, uniform in [0, jitter]; reorders
  std::uint64_t rate = 0;           ///< bits per second of frames; 0: no limit
  std::size_t queue_frames = 1000;  ///< frames waiting or under way per direction; more are dropped
  std::uint64_t seed = 1;

  /// Is there anything to do at all?
  [[nodiscard]] bool any() const {
    return loss > 0 || duplicate > 0 || reorder > 0 || corrupt > 0 || delay > Duration::zero() ||
           jitter > Duration::zero() || rate > 0;
  }
};

class Impairment {
 public:
  static constexpr Duration kReorderHold = std::chrono::milliseconds(5);

  /// \param seed  in place of options.seed, so that two directions differ
  Impairment(const FaultOptions& options, std::uint64_t seed);

  /// A frame enters the link.
  void push(ByteView frame, Instant now);
  /// When the next frame comes out.
  [[nodiscard]] std::optional<Instant> next_due() const;
  /// The frame that has come out by `now`, until pop(); nothing when none has.
  [[nodiscard]] std::optional<ByteView> due(Instant now) const;
  /// REQUIRES: a frame is in the link.
  void pop();

 private:
  bool happens(double probability);
  void schedule(std::vector<std::byte> frame, Instant now);

  FaultOptions options_;
  SeededRng rng_;
  std::multimap<Instant, std::vector<std::byte>> under_way_{};  ///< equal times keep their order
  std::chrono::nanoseconds busy_until_{};  ///< the transmitter, when rate is limited
};

}  // namespace zsock::drivers
