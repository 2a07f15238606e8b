#pragma once
/// \file
/// WatchSet: the bare epoll set that zsockd sleeps on: its ends of all sockets, the doorbells, the
/// control connections, the device. Edge-triggered, because the seed octets keep the ends readable.
/// It is itself one descriptor, readable when something has happened.

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "daemon/stack/base/result.h"
#include "daemon/stack/base/time.h"
#include "libzsock/ipc/channel.h"

namespace zsock::host {

class WatchSet {
 public:
  enum class Signal : std::uint8_t {
    closed,       ///< the last copy of the application's end is gone
    half_closed,  ///< the application has shut down its sending side by itself
    rung,         ///< a doorbell; in stream mode, octets or room; of the loop's own, ready
  };
  struct Event {
    std::uint64_t key = 0;
    Signal signal = Signal::closed;
  };

  WatchSet();
  [[nodiscard]] int fd() const { return epoll_.get(); }
  /// Watched until closed. Errors: the kernel's.
  Status<std::error_code> add_end(int end, std::uint64_t key) const;
  /// From now on octets and room at an end are signals as well: stream mode.
  Status<std::error_code> watch_data(int end, std::uint64_t key) const;
  Status<std::error_code> add_doorbell(int doorbell, std::uint64_t key) const;
  /// A descriptor of the loop's own: is there something to read?
  Status<std::error_code> add_source(int fd, std::uint64_t key) const;
  /// No longer watched, although it stays open.
  void remove(int fd) const;
  enum class Interest : std::uint8_t { readable, readable_or_writable };
  /// For a source that was full, or is not any more.
  Status<std::error_code> change_source(int fd, std::uint64_t key, Interest interest) const;
  /// Sleeps until something has happened or the time is up. No time: never sleeps.
  /// Returns how many were written.
  std::size_t take(std::span<Event> out, Duration longest = {}) const;

 private:
  [[nodiscard]] Status<std::error_code> add(int fd, std::uint32_t events, std::uint64_t key) const;
  [[nodiscard]] Status<std::error_code> control(int what, int fd, std::uint32_t events,
                                                std::uint64_t key) const;
  [[nodiscard]] int wait(epoll_event* events, int limit, Duration longest) const;
  ipc::Fd epoll_;
  mutable bool to_nanosecond_ = true;  ///< the kernel has epoll_pwait2()
};

}  // namespace zsock::host
