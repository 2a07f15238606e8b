#include "daemon/arena.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "daemon/stack/base/check.h"

namespace zsock::host {
namespace {

/// Makes a slot what it was when the memory was new.
void clear(ipc::StatusSlot& slot) {
  slot.flags.publish(0);
  slot.receive_tail.publish(0);
  slot.transmit_head.publish(0);
  slot.notify_position.publish(0);
  slot.urgent_mark.publish(0);
  slot.transmit_next.publish(0);
  slot.unsent_limit.publish(0);
  slot.error.publish(0);
  slot.error_count.publish(0);
  slot.connects.publish(0);
  slot.settled.publish(0);
  slot.connect_error.publish(0);
  slot.receive.publish({});
  slot.transmit.publish({});
}

/// The client may write at the same time; that spoils nothing but its own socket.
void clear(ipc::AppSlot& slot) {
  std::memset(static_cast<void*>(&slot), 0, sizeof(slot));
}

}  // namespace

Result<Arena, std::error_code> Arena::create(const ipc::ArenaTicket& ticket, Duration spin) {
  auto status = SharedMemory::create("zsock-status", sizeof(ipc::StatusArea), Writers::host_only);
  if (!status) return Err{status.error()};
  auto data = SharedMemory::create("zsock-data", sizeof(ipc::DataArea), Writers::host_and_client);
  if (!data) return Err{data.error()};
  ipc::Fd doorbell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!doorbell.valid()) return Err{std::error_code(errno, std::generic_category())};
  Arena arena(std::move(*status), std::move(*data), std::move(doorbell), ticket);
  ipc::StatusPage& page = arena.status_page();
  page.ticket = ticket;
  page.spin_limit.publish(static_cast<std::uint32_t>(std::chrono::nanoseconds{spin}.count()));
  page.version = ipc::kVersion;
  page.magic = ipc::kMagic;
  return arena;
}

Arena::Arena(SharedMemory status, SharedMemory data, ipc::Fd doorbell,
             const ipc::ArenaTicket& ticket)
    : status_(std::move(status)),
      data_(std::move(data)),
      doorbell_(std::move(doorbell)),
      ticket_(ticket) {}

ipc::StatusPage& Arena::status_page() const {
  return static_cast<ipc::StatusArea*>(status_.data())->page;
}

ipc::DataPage& Arena::data_page() const {
  return static_cast<ipc::DataArea*>(data_.data())->page;
}

ipc::StatusSlot& Arena::status(std::uint32_t slot) const {
  ZSOCK_CHECK(slot < ipc::kSlots);
  return static_cast<ipc::StatusArea*>(status_.data())->slots[slot];
}

ipc::AppSlot& Arena::app(std::uint32_t slot) const {
  ZSOCK_CHECK(slot < ipc::kSlots);
  return static_cast<ipc::DataArea*>(data_.data())->slots[slot];
}

std::optional<std::uint32_t> Arena::take_slot() {
  std::uint32_t slot = 0;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else if (slots_.size() < ipc::kSlots) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    return std::nullopt;
  }
  SlotState& state = slots_[slot];
  state.taken = true;
  if (++state.generation == 0) state.generation = 1;
  clear(app(slot));
  clear(status(slot));
  status(slot).generation.publish(state.generation);
  return slot;
}

void Arena::free_slot(std::uint32_t slot) {
  ZSOCK_CHECK(slot < slots_.size() && slots_[slot].taken);
  slots_[slot].taken = false;
  status(slot).generation.publish(0);
  free_.push_back(slot);
}

std::uint32_t Arena::generation(std::uint32_t slot) const {
  return slot < slots_.size() && slots_[slot].taken ? slots_[slot].generation : 0;
}

}  // namespace zsock::host
