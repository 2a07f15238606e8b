#pragma once
/// \file
/// Holders: whose end of a socketpair is still held by somebody, where ours no longer tells: closed
/// after the end of a connection, or shut both ways.

#include <unordered_set>

#include "daemon/client.h"

namespace zsock::host {

class Holders {
 public:
  Holders();
  /// Takes note of the application's end, without keeping it open. False: no memory for it.
  [[nodiscard]] bool add(int application, Owner owner) const;
  /// The owners of all ends that are held and show a hang-up.
  [[nodiscard]] std::unordered_set<Owner> held() const;

 private:
  ipc::Fd epoll_;  ///< the kernel drops what is closed for the last time
};

}  // namespace zsock::host
