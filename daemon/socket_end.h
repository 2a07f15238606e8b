#pragma once
/// \file
/// SocketEnd: zsockd's end of the socketpair that an application holds as its socket. What it does
/// to this end is what poll() shows at the other (docs/ipc.md, "States as the descriptor shows
/// them").

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "daemon/stack/base/result.h"
#include "daemon/stack/events.h"
#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/messages.h"

namespace zsock::host {

/// What lies in a descriptor whose socket has a connection.
enum class Carries : std::uint8_t {
  signs,   ///< tokens and plugs, until stream mode is asked for
  octets,  ///< of the stream, from the first on: kPlainStream
};

class SocketEnd {
 public:
  struct Pair;
  /// A stream pair for TCP, a seqpacket pair for UDP, the application's end seeded and, for signs,
  /// with the smallest send buffer. Errors: the kernel's (too_many_files_open).
  static Result<Pair, std::error_code> create(SocketKind kind, Carries carries = Carries::signs);

  SocketEnd() = default;
  [[nodiscard]] bool is_open() const { return fd_.valid(); }
  [[nodiscard]] int fd() const { return fd_.get(); }

  /// Readable at the other end. A full buffer or a closed reader means that it is already.
  void send_token() const;
  /// Writable again at the other end: takes all but one octet of what lies here.
  void take_plug() const;
  /// End of file at the other end.
  void shut_down_writing() const;
  /// HUP at the other end, without an error.
  void close_clean();
  /// HUP at the other end, whatever copies of this one there are.
  void hang_up() const;
  /// Another descriptor of this end; invalid: there is none left.
  [[nodiscard]] ipc::Fd copy() const;
  /// REQUIRES: `fd` is from copy().
  static SocketEnd of(ipc::Fd fd) { return SocketEnd(std::move(fd)); }
  /// ERR and HUP at the other end, unless the application drains our end's queue, which it cannot.
  void close_reset();

  // --- Stream mode: octets instead of signs ----------------------------------------------------
  // The first octet here, the seed, has always been taken already; one octet stays as the next.

  /// Takes what signs lie in the application's end.
  static void discard_tokens(int application);
  /// Takes what signs lie in the application's end, and gives it a send buffer for octets.
  static void prepare_stream(int application);
  /// Octets that lie here, the seed included.
  [[nodiscard]] std::size_t waiting() const;
  /// Takes so many octets less one: the last stays as the seed.
  void discard(std::size_t octets) const;
  /// \return octets that the application's end has taken
  [[nodiscard]] std::size_t send_pieces(std::span<const iovec> pieces) const;
  /// \return octets that were there
  [[nodiscard]] std::size_t receive_pieces(std::span<const iovec> pieces) const;
  /// True: everything that the application wrote has been received.
  [[nodiscard]] bool is_drained() const;
  /// The application has closed its end with octets unread.
  [[nodiscard]] bool left_unread() const;

  enum class Delivery { sent, full, failed };
  /// Puts a connection into a listener's descriptor.
  [[nodiscard]] Delivery deliver(const ipc::AcceptMessage& message, int connection) const;

 private:
  explicit SocketEnd(ipc::Fd fd) : fd_(std::move(fd)) {}
  ipc::Fd fd_;
};

struct SocketEnd::Pair {
  SocketEnd host{};
  ipc::Fd application{};
};

}  // namespace zsock::host
