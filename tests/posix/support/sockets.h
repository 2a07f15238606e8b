#pragma once
/// \file
/// What the cases are written with: descriptors that close themselves, addresses, outcomes and poll
/// events as text, so that a case reads like its row in the specification.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace zsock::posix {

/// Nothing here is awaited longer, even on a busy machine.
inline constexpr std::chrono::seconds kPatience{10};
/// What must not happen is given this long to happen.
inline constexpr std::chrono::milliseconds kMoment{50};

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  operator int() const { return fd_; }  // NOLINT: goes wherever a descriptor goes
  void reset();
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// A socket address with its length.
class Name {
 public:
  /// "127.0.0.1", "::1", …; a link-local address has no scope.
  Name(const std::string& address, std::uint16_t port);
  explicit Name(sa_family_t family);  ///< of nothing but a family

  [[nodiscard]] const sockaddr* get() const;
  [[nodiscard]] socklen_t length() const { return length_; }
  [[nodiscard]] int domain() const { return storage_.ss_family; }
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string host() const;  ///< "127.0.0.1", "::1"
  [[nodiscard]] std::string text() const;  ///< "127.0.0.1:80", "[::1]:80"
  /// Of a descriptor; what getsockname or getpeername says instead of it goes into the text.
  static Name local(int fd);
  static Name peer(int fd);

  sockaddr* put() { return reinterpret_cast<sockaddr*>(&storage_); }
  socklen_t* put_length() { return &length_; }

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = sizeof(sockaddr_storage);
};

std::string local_text(int fd);  ///< address and port, or the errno
std::string peer_text(int fd);   ///< address and port, or the errno

/// "0", "17", or the errno: "EAGAIN".
std::string outcome(ssize_t result);

/// What poll() says now about any of IN, PRI, OUT, RDHUP, ERR, HUP: "OUT|HUP"; "0": nothing.
std::string events(int fd);
/// As events(), once it has come to `wanted`; whatever it is when patience is at its end.
std::string events_become(int fd, const std::string& wanted);
/// Polls until one of the events asked for is there.
bool becomes(int fd, short wanted);
/// Evaluates until it is true, or patience is at its end.
bool eventually(const std::function<bool()>& condition);
/// What the call says once it says something else than `first`.
std::string outcome_after(const std::string& first, const std::function<ssize_t()>& call);

// --- Calls with less to write ------------------------------------------------------------------
std::string bind_outcome(int fd, const Name& name);
std::string connect_outcome(int fd, const Name& name);
std::string send_outcome(int fd, const std::string& data, int flags = 0);
std::string send_to_outcome(int fd, const std::string& data, const Name& name, int flags = 0);
/// What was received, in quotes, or the outcome: "\"abc\"", "0", "EAGAIN".
std::string received(int fd, int flags = 0, std::size_t most = 4096);
/// As received(), after waiting for it: "EAGAIN" is no answer until patience is at its end.
std::string received_in_time(int fd, int flags = 0, std::size_t most = 4096);
/// Reads that many octets, in time.
bool takes(int fd, std::size_t octets);
std::string shutdown_outcome(int fd, int how);
std::string set_option(int fd, int level, int name, int value);
/// The value, or the errno.
std::string option(int fd, int level, int name);
/// SO_ERROR: "0", or the errno's name. Takes it.
std::string pending_error(int fd);
void set_blocking(int fd, bool blocking);

// --- Scenes ------------------------------------------------------------------------------------
Fd tcp(int domain = AF_INET);  ///< non-blocking
Fd udp(int domain = AF_INET);  ///< non-blocking
Fd bound(int type, const std::string& address, std::uint16_t port = 0);
/// A listener on a loopback address, port chosen.
Fd listening(const std::string& address = "127.0.0.1", int backlog = 16);
/// Accepts, within patience. Non-blocking.
Fd accepted(int listener);
/// A connection over the loopback; both ends non-blocking.
struct Pair {
  Fd listener;
  Fd client;
  Fd server;
};
Pair connected(const std::string& address = "127.0.0.1");
/// A socket in SYN-SENT, and the listener whose full queue keeps it there.
struct Unanswered {
  Fd listener;
  Fd first;
  Fd second;  ///< may stand in the queue as well
  Fd client;
};
Unanswered unanswered();
/// Closes with a reset.
void reset_connection(Fd& fd);
/// Runs in a forked child, which is awaited. \return what the child returned, 0 to 255; -1: killed
int in_child(const std::function<int()>& body);
/// In the child, drops root's rights. False: there is no other user here.
bool become_nobody();

}  // namespace zsock::posix
