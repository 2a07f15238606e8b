#pragma once
/// \file
/// Arena: the status and data pages of one client, its doorbell, its slots and their generations
/// (docs/ipc.md). Generations are kept here; nothing is read back from shared memory.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <vector>

#include "daemon/shared_memory.h"
#include "daemon/stack/base/result.h"
#include "daemon/stack/base/time.h"
#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/layout.h"

namespace zsock::host {

class Arena {
 public:
  /// Octets of shared memory an arena has before any ring.
  static constexpr std::size_t kOctets = sizeof(ipc::StatusArea) + sizeof(ipc::DataArea);

  /// Errors: the kernel's.
  /// \param spin  what the client may spend on looking before it sleeps
  static Result<Arena, std::error_code> create(const ipc::ArenaTicket& ticket, Duration spin);

  [[nodiscard]] int status_fd() const { return status_.fd(); }
  [[nodiscard]] int data_fd() const { return data_.fd(); }
  [[nodiscard]] int doorbell_fd() const { return doorbell_.get(); }
  [[nodiscard]] const ipc::ArenaTicket& ticket() const { return ticket_; }

  [[nodiscard]] ipc::StatusPage& status_page() const;
  [[nodiscard]] ipc::DataPage& data_page() const;
  /// REQUIRES: slot < ipc::kSlots.
  [[nodiscard]] ipc::StatusSlot& status(std::uint32_t slot) const;
  [[nodiscard]] ipc::AppSlot& app(std::uint32_t slot) const;

  /// A free slot, zeroed, with a new generation that its StatusSlot shows; nothing when all are
  /// taken.
  std::optional<std::uint32_t> take_slot();
  /// REQUIRES: the slot is taken.
  void free_slot(std::uint32_t slot);
  /// 0: not in use. Any number may be asked for.
  [[nodiscard]] std::uint32_t generation(std::uint32_t slot) const;

 private:
  struct SlotState {
    std::uint32_t generation = 0;
    bool taken = false;
  };

  Arena(SharedMemory status, SharedMemory data, ipc::Fd doorbell, const ipc::ArenaTicket& ticket);

  SharedMemory status_;
  SharedMemory data_;
  ipc::Fd doorbell_;
  ipc::ArenaTicket ticket_;
  std::vector<SlotState> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace zsock::host
