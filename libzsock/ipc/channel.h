#pragma once
/// \file
/// One message, and the descriptors beside it, through a unix socket (SCM_RIGHTS). Used by both
/// sides; what arrives is hostile.

#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace zsock::ipc {

inline constexpr std::size_t kMaxFds = 8;

/// Owns a descriptor; -1: none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  /// Closes what it owns and takes fd. errno stays as it was.
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

enum class Delivery {
  complete,   ///< exactly the buffer's size (SOCK_STREAM: it may be less, see octets)
  closed,     ///< end of file
  failed,     ///< Incoming::error
  truncated,  ///< longer than the buffer, or more descriptors than kMaxFds: none is in fds
};

/// The most descriptors that Linux passes with one message.
inline constexpr std::size_t kScmMaxFds = 253;

/// What receive_message() brought.
struct Incoming {
  Delivery delivery = Delivery::failed;
  int error = 0;  ///< errno when failed: EAGAIN, EINTR, EMFILE (the kernel kept no descriptor), …
  std::size_t octets = 0;
  std::size_t fd_count = 0;
  std::array<Fd, kMaxFds> fds{};
  std::size_t excess_count = 0;  ///< what the caller's excess has got
};

/// Sends one message with up to kMaxFds descriptors, which stay the caller's.
/// \param flags  MSG_DONTWAIT or 0; MSG_NOSIGNAL is added
/// \return 0, or an errno: EAGAIN, EINTR, EPIPE, ECONNRESET, EINVAL (too many descriptors),
/// EMSGSIZE
///         (sent in part, a stream only)
int send_message(int socket, std::span<const std::byte> message, std::span<const int> fds,
                 int flags);

/// Receives one message of at most buffer.size() octets; descriptors arrive with close-on-exec.
/// \param flags  MSG_DONTWAIT or 0
/// \param excess  takes the descriptors of a truncated message; what does not fit is closed. For
/// whom must not wait for a hostile sender's last close().
Incoming receive_message(int socket, std::span<std::byte> buffer, int flags,
                         std::span<Fd> excess = {});

}  // namespace zsock::ipc
