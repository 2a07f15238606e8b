#pragma once
/// \file
/// The network of a run, in the namespace the process was started in (scripts/lib/in_namespace).
/// One stack is under test: the kernel's, or zsockd's. It has 192.0.2.1/24 and 2001:db8::1/64 on a
/// TAP, zs0, at whose other end nobody is but RawPeer, and its loopback. No default route.

#include <sys/types.h>

#include <string>

namespace zsock::posix {

class Stage {
 public:
  /// Sets up what $ZSOCK_UNDER_TEST names: "kernel", "zsockd", or "shim", zsockd by way of it.
  /// $ZSOCK_PORTS, "FIRST LAST", limits ephemeral ports. Throws std::runtime_error.
  Stage();
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Where RawPeer reads and writes Ethernet frames.
  [[nodiscard]] int wire() const { return wire_; }
  /// Ends zsockd. False: it had ended already, or ended badly.
  bool finish();

  /// REQUIRES: one exists.
  static Stage& instance();

 private:
  void start_kernel();
  void start_zsockd();

  int wire_ = -1;
  pid_t daemon_ = -1;
  std::string directory_;
};

/// Is it zsockd that is under test?
bool is_zsockd();
/// Is it the shim, with the kernel's poll()?
bool is_shim();

/// Runs a shell command; its exit status.
int shell(const std::string& command);

}  // namespace zsock::posix
