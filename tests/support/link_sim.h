#pragma once
/// \file
/// A link between two hosts in virtual time, with everything that goes wrong on links. What a host
/// sends is cut and summed first, so that the other sees the frames of a plain Ethernet, or (by
/// choice) passes whole, as between a TAP and the kernel.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "daemon/stack/base/frame.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"
#include "drivers/impairment.h"

namespace zsock::test {

enum class Side : std::uint8_t { left, right };

constexpr Side other(Side side) {
  return side == Side::left ? Side::right : Side::left;
}

enum class Delivery : std::uint8_t {
  plain,  ///< frames of at most the MTU with complete checksums
  whole,  ///< super-frames stay whole and count as verified; nothing is corrupted
};

struct LinkOptions {
  /// Loss, duplication, reordering, delay, jitter, rate, queue: the same in both directions.
  /// `corrupt` flips one bit behind the link header (a real link's frame check protects that), and
  /// none in ARP, which has no checksum of its own.
  drivers::FaultOptions faults{};
  std::uint16_t mtu = 1500;  ///< longer packets vanish
  Delivery delivery = Delivery::plain;
};

/// A frame that has arrived.
struct Arrival {
  std::vector<std::byte> bytes{};
  bool checksum_verified = false;
  std::uint16_t segment_size = 0;
  [[nodiscard]] RxFrame frame() const { return {bytes, checksum_verified, segment_size}; }
};

class LinkSim {
 public:
  LinkSim(const LinkOptions& options, std::uint64_t seed);

  void send(Side from, const TxFrame& frame, Instant now);
  /// When the next frame arrives anywhere.
  [[nodiscard]] std::optional<Instant> next_due() const;
  /// The next frame that has arrived at `to`.
  std::optional<Arrival> receive(Side to, Instant now);

  /// Longer packets vanish from now on.
  void set_mtu(std::uint16_t mtu) { options_.mtu = mtu; }
  /// From now on every frame arrives, once, in order and unharmed; those under way are lost.
  void heal();
  /// From now on no frame arrives; those under way are lost.
  void cut();

  /// Frames sent so far, before any harm.
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  /// A hash over time, direction and content of all of them.
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  /// The last thousands of them as lines of text.
  [[nodiscard]] std::string text() const;

 private:
  struct Record {
    Instant when{};
    Side from = Side::left;
    std::vector<std::byte> start{};  ///< headers, and a little more
    std::size_t size = 0;
  };

  void carry(Side from, ByteView bytes, std::uint16_t segment_size, Instant now);
  void note(Side from, ByteView bytes, Instant now);
  [[nodiscard]] bool corrupts(ByteView bytes);
  [[nodiscard]] drivers::Impairment& towards(Side side) {
    return directions_[static_cast<std::size_t>(side)];
  }

  LinkOptions options_;
  std::uint64_t seed_;
  SeededRng rng_;
  std::array<drivers::Impairment, 2> directions_;  ///< by receiving side
  std::vector<std::byte> buffer_;
  std::deque<Record> records_{};
  std::uint64_t frames_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;  ///< FNV-1a
};

}  // namespace zsock::test
