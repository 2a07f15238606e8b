#pragma once
/// \file
/// Connector: connect(), and what a client asks for in a socket's slot instead of by a request
/// (docs/ipc.md, "Control messages").

#include <optional>

#include "daemon/client.h"
#include "daemon/context.h"
#include "daemon/flow.h"
#include "daemon/sockets.h"
#include "daemon/sockopt.h"
#include "libzsock/ipc/messages.h"

namespace zsock::host {

/// Nothing: an address of no family.
std::optional<wire::Endpoint> to_endpoint(const ipc::Address& address);

class Connector {
 public:
  Connector(const Context& context, Sockets& sockets, Flow& flow)
      : context_(context), sockets_(&sockets), flow_(&flow), options_(context) {}

  /// \return 0 or an errno: EINPROGRESS, ENOBUFS, EAFNOSUPPORT, and what the stack says
  int connect(Client& client, Socket& socket, const ipc::Address& remote, Stack::Opening opening,
              Instant now);
  /// Does what is asked for in the slot of a stream, if anything is. True: options have changed.
  bool serve(Client& client, Socket& socket, Instant now);

 private:
  int begin(Client& client, Socket& socket, const ipc::Address& remote, Stack::Opening opening,
            Instant now);
  void serve_connect(Client& client, Socket& socket, Instant now);

  Context context_;
  Sockets* sockets_;
  Flow* flow_;
  SocketOptionTable options_;
};

}  // namespace zsock::host
