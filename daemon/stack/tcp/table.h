#pragma once
/// \file
/// Whose segment is this? Keyed hashing of flows, so that nobody outside can make chains long.

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/stack/base/siphash.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::tcp {

struct FlowHash {
  SipKey key{};
  std::size_t operator()(const wire::Flow& flow) const;
};

/// Flow to connection index. Every connection is reachable by exactly its flow (conformance
/// INV-11). Open addressing: what a segment costs here is two places in memory.
class Table {
 public:
  explicit Table(const SipKey& key) : hash_{key}, slots_(kFewest) {}

  /// False: the flow is taken.
  bool insert(const wire::Flow& flow, std::uint32_t index);
  void erase(const wire::Flow& flow);
  [[nodiscard]] std::optional<std::uint32_t> find(const wire::Flow& flow) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  static constexpr std::size_t kFewest = 16;
  static constexpr std::uint32_t kNobody = 0xffff'ffff;
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t entry = kNobody;
  };
  struct Entry {
    wire::Flow flow{};
    std::uint32_t index = 0;
  };

  [[nodiscard]] std::uint32_t hash_of(const wire::Flow& flow) const {
    return static_cast<std::uint32_t>(hash_(flow) & 0xffff'ffffU);
  }
  [[nodiscard]] std::size_t after(std::size_t slot) const { return (slot + 1) & mask(); }
  [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
  /// The slot of the flow, or the empty one where it would stand.
  [[nodiscard]] std::size_t locate(const wire::Flow& flow, std::uint32_t hash) const;
  void place(Slot slot);
  void empty(std::size_t slot);
  void grow();

  FlowHash hash_;
  std::vector<Slot> slots_;  ///< a power of two, at most half of them taken; linear probing
  std::vector<Entry> entries_{};
};

}  // namespace zsock::tcp
