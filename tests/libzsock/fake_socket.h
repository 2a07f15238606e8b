#pragma once
/// \file
/// zsockd's side of one socket, steered by a test: rings, tokens, plugs, states (docs/ipc.md).

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "daemon/stack/base/datagram.h"
#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/layout.h"

namespace zsock::test {

/// The memory that a fake daemon shares with its clients, mapped for itself.
struct FakeMemory {
  ipc::StatusArea* status = nullptr;
  ipc::DataArea* data = nullptr;
  std::byte* segment = nullptr;
};

inline constexpr std::uint32_t kStreamOrder = 14;    // 16 KiB rings
inline constexpr std::uint32_t kDatagramOrder = 17;  // 128 KiB
inline constexpr std::size_t kRingStride = std::size_t{1} << kDatagramOrder;
inline constexpr std::size_t kFakeSlots = 512;  // of the arena's; the segment has room for these

enum class Kind { stream, datagram };

/// One socket. Thread-safe. What the application gets to see is published in the protocol's order.
class FakeSocket {
 public:
  FakeSocket(const FakeMemory& memory, std::uint32_t slot, std::uint32_t generation, Kind kind);

  [[nodiscard]] std::uint32_t slot() const { return slot_; }
  [[nodiscard]] std::uint32_t generation() const { return generation_; }
  [[nodiscard]] ino_t inode() const { return inode_; }  ///< of the application's end
  /// The application's end, to be sent once.
  ipc::Fd take_application_end();

  void set_flags(std::uint32_t set, std::uint32_t clear = 0);
  [[nodiscard]] std::uint32_t flags() const;
  /// Gives the socket its rings (the flags are the caller's business).
  void place_rings();
  /// Twice the ring, in place; what lies in it stays at its positions. The offer ends.
  void grow(std::int32_t side);

  // ---- what the network does ----
  void establish();                       ///< rings, kConnected, takes the plug
  void begin_anew();                      ///< the rings' positions are 0 again, as after connect
  void refuse(std::uint32_t error);       ///< connect failed
  void deliver(std::string_view octets);  ///< data arrived; must fit
  void deliver(const DatagramHeader& header, std::string_view payload);
  std::string collect(std::size_t most = SIZE_MAX);  ///< acknowledges what the application wrote
  /// One datagram the application sent, header and payload; empty when there is none.
  struct Sent {
    DatagramHeader header{};
    std::string payload;
  };
  Sent collect_datagram();
  void finish();                     ///< the peer's FIN
  void report(std::uint32_t error);  ///< an error that leaves the socket as it is
  void reset(std::uint32_t error);   ///< kFailed, kDetached, closes its end
  void detach();                     ///< both directions finished
  void set_urgent_mark(std::uint64_t mark);
  void set_notify_position(std::uint64_t position);
  void corrupt_receive_tail(std::uint64_t value);
  /// Everything that zsockd shows, to lie with.
  [[nodiscard]] ipc::StatusSlot& shown() const { return status(); }
  /// Octets in the descriptor that are neither token nor message.
  void send_octets(std::string_view octets);

  /// Looks at the application's words, as after a dirty bit: want_token, want_room.
  void look();
  void take_plug();
  /// Sends a token although nothing is there.
  void send_stray_token();
  /// Hands an established connection to a listener.
  int send_accept(const ipc::AcceptMessage& message, int fd);
  /// Closes its end with the seed unread, telling nothing: the daemon died.
  void vanish();

  [[nodiscard]] std::size_t unread_in_end() const;  ///< octets in zsockd's end: seed and plugs
  [[nodiscard]] bool hung_up() const;               ///< the application closed its last copy
  [[nodiscard]] std::uint32_t looks() const;        ///< how often look() was called

 private:
  [[nodiscard]] ipc::StatusSlot& status() const { return memory_.status->slots[slot_]; }
  [[nodiscard]] ipc::AppSlot& app() const { return memory_.data->slots[slot_]; }
  void wake_reader();
  void write_ring(std::uint64_t position, const void* from, std::size_t octets) const;
  void read_ring(std::uint64_t position, void* to, std::size_t octets) const;
  void clear_slot();
  void acknowledge(std::uint64_t octets);

  mutable std::mutex mutex_;
  FakeMemory memory_;
  std::uint32_t slot_;
  std::uint32_t generation_;
  Kind kind_;
  ipc::Fd own_;
  ipc::Fd application_;
  ino_t inode_ = 0;
  std::uint32_t looks_ = 0;
};

}  // namespace zsock::test
