#include "daemon/stack/tcp/table.h"

#include "daemon/stack/wire/flow_bytes.h"

namespace zsock::tcp {

std::size_t FlowHash::operator()(const wire::Flow& flow) const {
  return static_cast<std::size_t>(siphash(key, wire::flow_bytes(flow).view()));
}

bool Table::insert(const wire::Flow& flow, std::uint32_t index) {
  return by_flow_.emplace(flow, index).second;
}

void Table::erase(const wire::Flow& flow) {
  by_flow_.erase(flow);
}

std::optional<std::uint32_t> Table::find(const wire::Flow& flow) const {
  const auto found = by_flow_.find(flow);
  if (found == by_flow_.end()) return std::nullopt;
  return found->second;
}

}  // namespace zsock::tcp
