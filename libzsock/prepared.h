#pragma once
/// \file
/// TCP sockets that zsockd has made before the program asks for them, so that socket() needs no
/// answer of zsockd's. Only for a process that opens many in a short time.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/messages.h"

namespace zsock::lib {

/// Not thread-safe, except for owns_from().
class PreparedSockets {
 public:
  struct One {
    ipc::Fd fd{};
    ipc::SocketName name{};
  };

  /// A socket() by this way or another. \return whether more should be made ahead now
  bool opened(std::int32_t family, std::int64_t now);
  /// Keeps what an answer to Op::sockets brought, out of the way of the program's numbers. What
  /// finds no place is closed.
  void put(std::int32_t family, std::span<ipc::Fd> fds, std::span<const std::uint8_t> names);
  /// One of this family with the lowest free number; fd is not valid when there is none.
  One take(std::int32_t family);
  /// Closes all.
  void clear();

  [[nodiscard]] std::size_t count() const { return count_; }
  /// The lowest of their descriptors that is >= first; -1: none. For any thread.
  [[nodiscard]] int owned_from(int first) const;

 private:
  std::array<ipc::SocketName, ipc::kMaxSockets> names_{};
  std::array<std::atomic<int>, ipc::kMaxSockets> fds_{-1, -1, -1, -1, -1, -1, -1, -1};
  std::size_t count_ = 0;
  std::int32_t family_ = 0;
  std::int64_t hurry_since_ = 0;  ///< ns; when the opens that are counted began
  std::uint32_t hurried_ = 0;     ///< opens since then
};

}  // namespace zsock::lib
