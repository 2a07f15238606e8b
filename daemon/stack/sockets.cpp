#include "daemon/stack/sockets.h"

namespace zsock {

SocketRecord* Sockets::add(std::size_t limit) {
  if (size() >= limit) return nullptr;
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[index];
  ++slot.generation;
  slot.record = std::make_unique<SocketRecord>();
  slot.record->id = {index, slot.generation};
  return slot.record.get();
}

void Sockets::remove(SocketRecord& record) {
  const std::uint32_t index = record.id.index;
  slots_[index].record.reset();
  free_.push_back(index);
}

SocketRecord* Sockets::find(SocketId id) {
  SocketRecord* record = at(id.index);
  return record != nullptr && record->id == id ? record : nullptr;
}

const SocketRecord* Sockets::find(SocketId id) const {
  if (id.index >= slots_.size()) return nullptr;
  const SocketRecord* record = slots_[id.index].record.get();
  return record != nullptr && record->id == id ? record : nullptr;
}

SocketRecord* Sockets::at(std::uint32_t index) {
  return index < slots_.size() ? slots_[index].record.get() : nullptr;
}

}  // namespace zsock
