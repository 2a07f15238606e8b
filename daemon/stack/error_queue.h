#pragma once
/// \file
/// The error queue of a socket: what ICMP has said about packets of its own, in full, for those who
/// ask (IP_RECVERR, ip(7)).

#include <array>
#include <cstdint>
#include <deque>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/ids.h"
#include "daemon/stack/wire/addr.h"

namespace zsock {

struct QueuedError {
  enum class Origin : std::uint8_t { local = 1, icmp_v4 = 2, icmp_v6 = 3 };
  /// Of the packet at fault, behind its transport header; what is beyond is cut off.
  static constexpr std::size_t kMaxData = 216;

  SockError error = SockError::none;
  Origin origin = Origin::local;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t info = 0;        ///< an MTU or a pointer
  wire::Endpoint destination{};  ///< of the packet at fault
  wire::Endpoint offender{};     ///< who reports it; origin local: nobody
  std::size_t size = 0;          ///< octets of `data`
  std::array<std::byte, kMaxData> data{};

  [[nodiscard]] bool is_icmp() const { return origin != Origin::local; }
};

class ErrorQueue {
 public:
  static constexpr std::size_t kLimit = 64;

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// REQUIRES: !empty()
  [[nodiscard]] const QueuedError& front() const { return entries_.front(); }
  /// False: it is full, and stays as it is.
  [[nodiscard]] bool push(const QueuedError& entry) {
    if (entries_.size() >= kLimit) return false;
    entries_.push_back(entry);
    return true;
  }
  /// REQUIRES: !empty()
  QueuedError pop() {
    const QueuedError entry = entries_.front();
    entries_.pop_front();
    return entry;
  }

 private:
  std::deque<QueuedError> entries_{};
};

}  // namespace zsock
