#pragma once
/// \file
/// DirtySet: which sockets of an arena want a look, taken from the client's bitmap and worked off
/// in turns.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "libzsock/ipc/layout.h"

namespace zsock::host {

class DirtySet {
 public:
  /// Moves what the client has marked into the set. However much it marks, the cost is bounded.
  void gather(ipc::DataPage& page);
  /// The next slot, round and round; it leaves the set.
  std::optional<std::uint32_t> next();
  /// REQUIRES: slot < ipc::kSlots.
  void add(std::uint32_t slot);
  [[nodiscard]] bool empty() const { return count_ == 0; }

  /// Has the client marked anything? Sequentially consistent, as the sleep protocol needs.
  static bool marked(ipc::DataPage& page);

 private:
  void merge(std::size_t word, std::uint64_t bits);

  std::array<std::uint64_t, ipc::kDirtyWords> words_{};
  std::size_t count_ = 0;
  std::uint32_t cursor_ = 0;  ///< where next() goes on
};

}  // namespace zsock::host
