#pragma once
/// \file
/// The mapped shared memory of this process (docs/ipc.md): status, data, segments, doorbell.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/layout.h"

namespace zsock::lib {

/// One arena. Lives until the process ends: sockets of a zsockd that is gone still refer to it.
class Arena {
 public:
  static constexpr std::size_t kMaxSegments = 4096;

  /// Maps an arena from the descriptors of a reply to hello.
  /// \return nullptr when sizes, magic or version are wrong or memory is short
  static Arena* map(const ipc::Fd& status, const ipc::Fd& data, ipc::Fd doorbell);

  [[nodiscard]] const ipc::StatusSlot& status(std::uint32_t slot) const {
    return status_->slots[slot];
  }
  [[nodiscard]] ipc::AppSlot& app(std::uint32_t slot) const { return data_->slots[slot]; }
  /// ns that a call may look busily before it sleeps.
  [[nodiscard]] std::int64_t spin_limit() const { return status_->page.spin_limit.snapshot(); }
  /// The same in all shards of zsockd, for the process and its children.
  [[nodiscard]] const ipc::ArenaTicket& ticket() const { return status_->page.ticket; }
  /// Which of zsockd's shards it is in.
  [[nodiscard]] std::size_t shard() const { return shard_; }
  [[nodiscard]] bool is_kin_of(const Arena& other) const {
    return ticket().arena == other.ticket().arena && ticket().secret == other.ticket().secret;
  }

  /// True when zsockd has gone or has cut this arena off. Never becomes false again.
  [[nodiscard]] bool lost() const { return lost_.load(std::memory_order_relaxed); }
  void set_lost() { lost_.store(true, std::memory_order_relaxed); }

  enum class Marked { fresh, already };
  /// Tells zsockd that the slot is worth a look; rings the doorbell if zsockd sleeps.
  /// \return already: an earlier mark has not been looked at yet
  Marked mark(std::uint32_t slot);

  /// The mapped segment, or empty when it is not mapped yet.
  [[nodiscard]] std::span<std::byte> segment(std::uint32_t number) const {
    if (number >= kMaxSegments) return {};
    std::byte* base = segments_[number].base.load(std::memory_order_acquire);
    if (base == nullptr) return {};
    return {base, segments_[number].octets.load(std::memory_order_relaxed)};
  }
  /// Maps a segment; a second one of the same number is ignored. \return 0 or an errno
  int add_segment(std::uint32_t number, const ipc::Fd& memory);

  /// True about every 20 ms, to one caller: time to see whether zsockd still lives.
  bool time_to_check();

  [[nodiscard]] int doorbell() const { return doorbell_.get(); }
  [[nodiscard]] std::uint16_t number() const { return number_; }
  void set_number(std::uint16_t number) { number_ = number; }

 private:
  struct Segment {
    std::atomic<std::byte*> base{nullptr};
    std::atomic<std::size_t> octets{0};
  };

  Arena() = default;
  void ring_doorbell() const;

  const ipc::StatusArea* status_ = nullptr;
  ipc::DataArea* data_ = nullptr;
  std::atomic<bool> lost_{false};
  std::atomic<std::int64_t> next_check_{0};
  std::uint16_t number_ = 0;
  std::size_t shard_ = 0;
  ipc::Fd doorbell_;
  Segment segments_[kMaxSegments];
};

inline Arena::Marked Arena::mark(std::uint32_t slot) {
  const std::uint32_t word = slot / 64;
  const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
  // Set whether or not it is set already: zsockd, which takes the bit, then sees what was published
  // before. Whoever was first to set it rings the doorbell as well.
  if ((data_->page.dirty[word].set_bits(bit) & bit) != 0) return Marked::already;
  data_->page.summary[word / 64].set_bits(std::uint64_t{1} << (word % 64));
  if (status_->page.sleeping.snapshot_ordered() != 0) ring_doorbell();
  return Marked::fresh;
}

}  // namespace zsock::lib
