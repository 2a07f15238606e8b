#pragma once
/// \file
/// Where a supervised program's system calls are told and answered (seccomp_unotify(2)).

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "libzsock/ipc/channel.h"

namespace zsock::run {

/// A system call that waits for its answer.
struct Call {
  std::uint64_t id = 0;
  pid_t thread = 0;
  int number = 0;
  std::array<std::uint64_t, 6> arguments{};

  [[nodiscard]] int integer(std::size_t n) const { return static_cast<int>(arguments.at(n)); }
};

/// A number in a program's table of descriptors.
struct Place {
  int number = -1;
  bool close_on_exec = false;
};

class Listener {
 public:
  explicit Listener(ipc::Fd fd);

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The next call. Nothing: whoever made it has given it up. REQUIRES: poll() says that there is
  /// one.
  std::optional<Call> receive();
  /// The call waits still: its thread has not died, nor been interrupted by a signal. What was read
  /// of its memory and descriptors before was its own.
  [[nodiscard]] bool waits(const Call& call) const;

  /// \param result  what the call returns, or a negative errno. \return false: it waits no more
  bool answer(const Call& call, std::int64_t result) const;
  /// The kernel goes on with the call as it is.
  void let_through(const Call& call) const;
  /// Puts a copy of fd into the program, at the lowest free number, and answers with that number:
  /// both or neither. \return the number or a negative errno
  [[nodiscard]] std::int64_t answer_with(const Call& call, int fd, bool close_on_exec) const;
  /// Puts a copy of fd in the place of what the program has there. \return 0 or an errno
  [[nodiscard]] int put(const Call& call, int fd, Place place) const;

 private:
  bool send(const Call& call, std::int64_t value, int error, std::uint32_t flags) const;

  ipc::Fd fd_;
  std::vector<std::byte> notification_{};  ///< as large as the kernel wants it
};

}  // namespace zsock::run
