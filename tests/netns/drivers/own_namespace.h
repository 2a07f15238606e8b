#pragma once
/// \file
/// A network namespace for this test process: as root, or as root of a user namespace.

#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace zsock::testing {

/// Runs a shell command; true when it exits 0.
inline bool shell(const std::string& command) {
  return std::system(command.c_str()) == 0;
}

/// Moves the process into a new network namespace with loopback up, once.
/// \return empty when that worked, else why it did not
inline std::string enter_own_namespace() {
  static const std::string outcome = []() -> std::string {
    const uid_t user = ::getuid();
    const gid_t group = ::getgid();
    if (::unshare(CLONE_NEWNET) != 0) {
      if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        return "the kernel allows no network namespace";
      }
      std::ofstream("/proc/self/setgroups") << "deny";
      std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
      std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
    }
    return shell("ip link set lo up") ? "" : "the command 'ip' does not work here";
  }();
  return outcome;
}

}  // namespace zsock::testing
