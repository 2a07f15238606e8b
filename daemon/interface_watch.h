#pragma once
/// \file
/// InterfaceWatch: tells clients when the addresses of the interface change, so that none of them
/// has to ask again and again. Each watcher holds the other half of a pair of descriptors.

#include <cstdint>
#include <vector>

#include "daemon/client.h"
#include "daemon/socket_end.h"
#include "daemon/stack/stack.h"
#include "libzsock/ipc/channel.h"

namespace zsock::host {

class InterfaceWatch {
 public:
  /// \param stack  outlives this
  explicit InterfaceWatch(const Stack& stack) : stack_(&stack) {}

  /// A descriptor that becomes readable with every change, until the client is forgotten. Errors:
  /// too_many_files.
  Result<ipc::Fd, SockError> add(ClientId client);
  /// Its descriptors show HUP.
  void forget(ClientId client);
  /// Has something changed? Looks every 10 ms.
  void look_now_and_then(Instant now);
  /// Has something changed?
  void look();

 private:
  struct Watcher {
    ClientId client = 0;
    SocketEnd end{};
  };

  const Stack* stack_;
  std::vector<Watcher> watchers_{};
  std::vector<net::Ip::AddressInfo> told_{};
  Instant next_look_{};
};

}  // namespace zsock::host
