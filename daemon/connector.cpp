#include "daemon/connector.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <span>

#include "daemon/outcome.h"
#include "libzsock/ipc/errors.h"

namespace zsock::host {

std::optional<wire::Endpoint> to_endpoint(const ipc::Address& address) {
  wire::Endpoint endpoint;
  endpoint.port = address.port;
  endpoint.scope = address.scope;
  if (address.family == 6) {
    endpoint.address = wire::IpAddress::v6(address.octets);
  } else if (address.family == 4) {
    const auto& o = address.octets;
    endpoint.address = wire::IpAddress::v4(o[0], o[1], o[2], o[3]);
  } else {
    return std::nullopt;
  }
  return endpoint;
}

int Connector::connect(Client& client, Socket& socket, const ipc::Address& remote,
                       Stack::Opening opening, Instant now) {
  const int error = begin(client, socket, remote, opening, now);
  if (error == 0 || error == EINPROGRESS) {
    Sockets::mark_bound(client, socket);
  } else if (socket.kind == SocketKind::tcp) {
    socket.end.take_plug();
  }
  return error;
}

int Connector::begin(Client& client, Socket& socket, const ipc::Address& remote,
                     Stack::Opening opening, Instant now) {
  const auto endpoint = to_endpoint(remote);
  if (!endpoint) return EAFNOSUPPORT;
  Stack& stack = context_.stack;
  if (socket.kind == SocketKind::tcp) {
    const auto status = stack.status(socket.id);
    const bool in_use = !status || status->connecting || status->connected || status->listening;
    if (!in_use) {
      const auto given = sockets_->give_rings(client, socket, RingUse::restart);
      if (!given) return ipc::to_errno(given.error());
    }
  }
  return to_errno(stack.connect(socket.id, *endpoint, Sockets::rings_of(socket), opening, now));
}

bool Connector::serve(Client& client, Socket& socket, Instant now) {
  // A copy of a listener is nobody's to ask anything of.
  if (socket.kind != SocketKind::tcp || socket.mirrors != 0) return false;
  ipc::AppSlot& app = client.arena.app(socket.slot);
  const bool told_any = app.told_options.snapshot() != 0;
  if (told_any) {
    const int on = 1;
    const ByteView value = std::as_bytes(std::span(&on, 1));
    const std::uint32_t told = app.told_options.exchange(0);
    if ((told & ipc::told_option::kNoDelay) != 0) {
      options_.set(socket, {IPPROTO_TCP, TCP_NODELAY}, value, now);
    }
    if ((told & ipc::told_option::kKeepAlive) != 0) {
      options_.set(socket, {SOL_SOCKET, SO_KEEPALIVE}, value, now);
    }
  }
  if (app.connects.snapshot() != socket.connects) serve_connect(client, socket, now);
  return told_any;
}

/// Who sees that zsockd has got to a connect() sees what has become of it.
void Connector::serve_connect(Client& client, Socket& socket, Instant now) {
  const ipc::AppSlot& app = client.arena.app(socket.slot);
  socket.connects = app.connects.snapshot();
  const int error = socket.phase == Phase::open
                        ? connect(client, socket, app.remote.snapshot(), Stack::Opening::usual, now)
                        : ENOTCONN;
  flow_->publish(client, socket, now);
  ipc::StatusSlot& slot = client.arena.status(socket.slot);
  slot.connect_error.publish(error == EINPROGRESS ? 0 : static_cast<std::uint32_t>(error));
  slot.connects.publish_ordered(socket.connects);
}

}  // namespace zsock::host
