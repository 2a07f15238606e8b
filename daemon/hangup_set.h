#pragma once
/// \file
/// HangupSet: an epoll set of zsockd's ends of all sockets, edge-triggered because the seed octets
/// keep them readable. It is itself one descriptor, readable when something has hung up.

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "daemon/fd.h"
#include "daemon/stack/base/result.h"

namespace zsock::host {

class HangupSet {
 public:
  struct Event {
    std::uint64_t key = 0;
    bool closed = false;  ///< the last copy of the application's end is gone; else it only has shut
                          ///< down its sending side
  };

  HangupSet();
  [[nodiscard]] int fd() const { return epoll_.get(); }
  /// The end leaves the set when it is closed. Errors: the kernel's.
  Status<std::error_code> add(int end, std::uint64_t key) const;
  /// Never blocks. Returns how many were written.
  std::size_t take(std::span<Event> out) const;

 private:
  UniqueFd epoll_;
};

}  // namespace zsock::host
