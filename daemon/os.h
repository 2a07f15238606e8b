#pragma once
/// \file
/// The operating system as the host needs it: clock, randomness, service manager, privileges, lock
/// file.

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>

#include "daemon/stack/base/result.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/siphash.h"
#include "daemon/stack/base/time.h"
#include "libzsock/ipc/channel.h"

namespace zsock::host {

/// Why zsockd cannot start: a message for the operator and an exit status of <sysexits.h>.
class StartError : public std::runtime_error {
 public:
  StartError(int exit_status, const std::string& message)
      : std::runtime_error(message), exit_status_(exit_status) {}
  [[nodiscard]] int exit_status() const { return exit_status_; }

 private:
  int exit_status_;
};

/// CLOCK_MONOTONIC. Called by the event loop only.
[[nodiscard]] Instant monotonic_now();

/// CPUs that this process may run on.
[[nodiscard]] int usable_cpus();

/// getrandom(2), fetched in batches.
class SystemRng final : public Rng {
 public:
  std::uint32_t next_u32() override;

 private:
  std::array<std::uint32_t, 64> batch_{};
  std::size_t left_ = 0;
};

/// A key of this machine, the same over restarts: made from /etc/machine-id, which it does not
/// tell. Without that file another one each time.
[[nodiscard]] SipKey machine_secret(Rng& rng);

/// Tells the service manager, if there is one ("READY=1").
void notify_service(const char* state);

/// An exclusive lock that ends with the process.
class LockFile {
 public:
  /// Errors: resource_unavailable_try_again (somebody else holds it), or the kernel's.
  static Result<LockFile, std::error_code> acquire(const std::string& path);

 private:
  explicit LockFile(ipc::Fd fd) : fd_(std::move(fd)) {}
  ipc::Fd fd_;
};

/// What can be done before anything is opened: umask 0077, no core dumps, not dumpable, and as many
/// descriptors as the hard limit allows.
void restrict_process();

/// Makes the folder of the control socket, one level, if it is missing: with mode 0750, and of
/// `user` and its group when one is named and the process is root's. Throws StartError.
void make_folder_of(const std::string& path, const std::string& user);

/// What can be done once the device is open: gives up every capability for good, and if the process
/// is root's, becomes `user` when one is named. Throws StartError.
void drop_privileges(const std::string& user);

}  // namespace zsock::host
