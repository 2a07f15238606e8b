#pragma once
/// \file
/// Whose segment is this? Keyed hashing of flows, so that nobody outside can make chains long.

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "daemon/stack/base/siphash.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::tcp {

struct FlowHash {
  SipKey key{};
  std::size_t operator()(const wire::Flow& flow) const;
};

/// Flow to connection index. Every connection is reachable by exactly its flow (conformance
/// INV-11).
class Table {
 public:
  explicit Table(const SipKey& key) : by_flow_(0, FlowHash{key}) {}

  /// False: the flow is taken.
  bool insert(const wire::Flow& flow, std::uint32_t index);
  void erase(const wire::Flow& flow);
  [[nodiscard]] std::optional<std::uint32_t> find(const wire::Flow& flow) const;
  [[nodiscard]] std::size_t size() const { return by_flow_.size(); }

 private:
  std::unordered_map<wire::Flow, std::uint32_t, FlowHash> by_flow_;
};

}  // namespace zsock::tcp
