#pragma once
/// \file
/// Mailbox: what other shards have for one: frames that came by the wrong queue, clients that have
/// asked for it, listeners to have a copy of. Posted by any thread, opened by the shard's own.

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "daemon/client.h"
#include "daemon/stack/base/frame.h"
#include "daemon/stack/stack.h"
#include "libzsock/ipc/channel.h"
#include "libzsock/ipc/messages.h"

namespace zsock::host {

/// A received frame.
struct FrameMail {
  std::vector<std::byte> bytes{};
  bool checksum_verified = false;
  std::uint16_t segment_size = 0;
};

/// A control connection, with the request that says where it wants to go.
struct ClientMail {
  ipc::Fd control{};
  Credentials who{};
  ipc::Request request{};
  ipc::Fd passed{};  ///< beside the request
};

/// A listener, new or changed.
struct ListenerMail {
  ipc::ArenaTicket ticket{};  ///< of its client
  Credentials who{};
  ListenerImage image{};
  Carries carries = Carries::signs;
  std::uint32_t receive_size = 0;
  std::uint32_t transmit_size = 0;
  ino_t original = 0;  ///< which one: the inode of the application's end
  ipc::Fd end{};       ///< a new one's: a copy of zsockd's end
};

using Mail = std::variant<FrameMail, ClientMail, ListenerMail>;

class Mailbox {
 public:
  /// Octets of frames that wait at most.
  static constexpr std::size_t kFrameOctets = std::size_t{4} << 20U;

  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Readable, edge-triggered, when there is mail, or after ring(). Nobody reads it.
  [[nodiscard]] int fd() const { return bell_.get(); }
  void post(Mail mail);
  /// A copy of it. False: too many wait.
  bool post(const RxFrame& frame);
  void ring() const;

  [[nodiscard]] bool has_mail() const { return newest_.load(std::memory_order_acquire) != nullptr; }
  /// All that is there, the oldest first. The shard's own thread only.
  std::vector<Mail> take();

 private:
  struct Letter;

  ipc::Fd bell_;
  std::atomic<Letter*> newest_{nullptr};
  std::atomic<std::size_t> frame_octets_{0};
};

}  // namespace zsock::host
