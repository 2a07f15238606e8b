#pragma once
/// \file
/// SocketEnd: zsockd's end of the socketpair that an application holds as its socket. What it does
/// to this end is what poll() shows at the other (docs/ipc.md, "States as the descriptor shows
/// them").

#include <system_error>

#include "daemon/stack/base/result.h"
#include "daemon/stack/events.h"
#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/messages.h"

namespace zsock::host {

class SocketEnd {
 public:
  struct Pair;
  /// A stream pair for TCP, a seqpacket pair for UDP, the application's end seeded and with the
  /// smallest send buffer. Errors: the kernel's (too_many_files_open).
  static Result<Pair, std::error_code> create(SocketKind kind);

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
  /// ERR and HUP at the other end, unless the application drains our end's queue, which it cannot.
  void close_reset();

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
