#pragma once
/// \file
/// zsockd and the kernel on two ends of a TAP or a veth pair, in the network namespace this process
/// runs in. The test talks to both: zs_* calls go to zsockd, plain socket calls to the kernel.
/// scripts/lib/in_namespace runs such a test.

#include <netinet/in.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace zsock::testing {

/// One zsockd on TAP zs0; with ZSOCK_TEST_DEVICE=plain without offload, so that every frame fits
/// the MTU; with =packet on a packet socket, with =xdp on an AF_XDP socket at the other end of veth
/// zs0. Its own addresses are
/// 192.0.2.1 and 2001:db8::1, the kernel's 192.0.2.2 and 2001:db8::2.
class Testbed {
 public:
  /// Starts the daemon and waits until frames pass. \param extra  more arguments for zsockd
  explicit Testbed(const std::vector<std::string>& extra = {});
  ~Testbed();
  Testbed(const Testbed&) = delete;
  Testbed& operator=(const Testbed&) = delete;

  [[nodiscard]] pid_t daemon() const { return daemon_; }
  [[nodiscard]] const std::string& socket_path() const { return socket_path_; }
  void kill_daemon();      ///< SIGKILL, reaped
  int terminate_daemon();  ///< SIGTERM; its exit status
  int await_end();         ///< of a daemon that ends by itself; its exit status, -1: it does not

  /// False: not inside a namespace of our own, or no AF_XDP for =xdp (the test must be skipped).
  static bool possible();

 private:
  std::string directory_;
  std::string socket_path_;
  pid_t daemon_ = -1;
};

enum class Family { v4, v6 };

/// A socket address of one side. `length()` is that of its family.
struct Name {
  sockaddr_storage storage{};
  [[nodiscard]] const sockaddr* get() const;
  [[nodiscard]] socklen_t length() const;
};

Name zsock_name(Family family, std::uint16_t port);   ///< zsockd's address
Name kernel_name(Family family, std::uint16_t port);  ///< the kernel's address
Name any_name(Family family, std::uint16_t port);

/// Runs a shell command; its exit status.
int shell(const std::string& command);

/// Octets that depend on their position, so that a shifted stream is noticed.
std::vector<char> pattern(std::size_t size, std::size_t from = 0);

}  // namespace zsock::testing
