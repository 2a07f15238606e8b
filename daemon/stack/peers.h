#pragma once
/// \file
/// Peers: what a stack has to know of others that have the same addresses behind the same device.
/// Each of them has the connections whose frames come to it; the host is in between.

#include "daemon/stack/ports.h"
#include "daemon/stack/wire/addr.h"

namespace zsock {

class Peers {
 public:
  Peers() = default;
  virtual ~Peers() = default;
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  /// Which of them this stack is.
  [[nodiscard]] virtual unsigned number() const = 0;
  [[nodiscard]] virtual PortTable& ports() = 0;
  /// Do frames of this flow come to this stack?
  [[nodiscard]] virtual bool is_mine(const wire::Flow& flow) const = 0;
  /// From now on they do. False: another stack has said so before, or there is no room for one
  /// more.
  [[nodiscard]] virtual bool claim(const wire::Flow& flow) = 0;
  /// The flow is over. One that was not claimed is left alone.
  virtual void give_up(const wire::Flow& flow) = 0;
};

}  // namespace zsock
