#pragma once
/// \file
/// The processes that are supervised: whose thread a call is, and its descriptors.

#include <sys/types.h>

#include <unordered_map>

#include "libzsock/ipc/channel.h"
#include "shim/run/listener.h"

namespace zsock::run {

/// Signals that a thread would see if the kernel let it: neither blocked nor ignored.
enum class Signals {
  none,
  own,       ///< that this thread has to take: its own, or its process's and it is the first thread
  anybodys,  ///< of its process
};
Signals signals_of(pid_t thread);

class Processes {
 public:
  /// A copy of the descriptor that the thread knows by this number. Invalid: there is none, or it
  /// cannot be had.
  ipc::Fd descriptor(pid_t thread, int number);
  /// The same number with what fcntl(F_GETFD) would tell the thread.
  static Place place(pid_t thread, int number);

 private:
  ipc::Fd* handle_of(pid_t thread);
  void forget_ended();

  std::unordered_map<pid_t, pid_t> process_of_{};  ///< by thread
  std::unordered_map<pid_t, ipc::Fd> handles_{};   ///< pidfds, by process
};

}  // namespace zsock::run
