#include "daemon/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/outcome.h"
#include "daemon/report.h"
#include "libzsock/ipc/errors.h"

namespace zsock::host {
namespace {

using ipc::Op;

bool well_formed(const ipc::Request& request) {
  return request.header.magic == ipc::kMagic && request.header.version == ipc::kVersion &&
         request.header.flags == 0 && request.reserved == 0 && request.address.reserved == 0 &&
         request.value_size <= ipc::kMaxValue;
}

bool takes_descriptor(const ipc::Request& request) {
  const auto op = static_cast<Op>(request.header.op);
  return op == Op::stream || op == Op::adopt;
}

/// What may still be asked of a socket that is detached.
bool outlives_connection(Op op) {
  return op == Op::get_option || op == Op::set_option || op == Op::disconnect ||
         op == Op::local_name || op == Op::peer_name;
}

/// Nothing: an address of no family.
std::optional<Stack::Intent> to_intent(const ipc::Request& request) {
  Stack::Intent intent{.size = static_cast<std::size_t>(request.a)};
  if (request.address.family != 0) {
    const auto remote = to_endpoint(request.address);
    if (!remote) return std::nullopt;
    intent.remote = *remote;
  }
  if (request.value_size != sizeof(ipc::Address)) return intent;
  ipc::Address choice;
  std::memcpy(&choice, request.value.data(), sizeof choice);
  intent.choice.interface = choice.scope;
  const auto source = to_endpoint(choice);
  if (source) intent.choice.source = source->address;
  return intent;
}

std::optional<SocketKind> to_kind(std::int32_t type) {
  if (type == SOCK_STREAM) return SocketKind::tcp;
  if (type == SOCK_DGRAM) return SocketKind::udp;
  if (type == ipc::kPingSocket) return SocketKind::ping;
  if (type == ipc::kPlainStream) return SocketKind::tcp;
  return std::nullopt;
}

std::optional<Stack::Shutdown> to_shutdown(std::int32_t how) {
  if (how == SHUT_RD) return Stack::Shutdown::receive;
  if (how == SHUT_WR) return Stack::Shutdown::transmit;
  if (how == SHUT_RDWR) return Stack::Shutdown::both;
  return std::nullopt;
}

}  // namespace

Session::Session(Service& service, const Credentials& who)
    : service_(&service), who_(who), options_(service.context()) {}

Session::~Session() {
  if (client_) service_->leave(*client_);
}

bool Session::welcome() const {
  return !client_ || service_->find(*client_) != nullptr;
}

void Session::cut_off(const char* why, Instant now) {
  Client* client = client_ ? service_->find(*client_) : nullptr;
  if (client != nullptr) {
    service_->cut_off(*client, why, now);
  } else {
    log_warn("process " + std::to_string(who_.process) + " of user " + std::to_string(who_.user) +
             " is cut off: " + why);
  }
}

std::optional<Answer> Session::answer(const ipc::Request& request, Instant now, int passed) {
  if (!well_formed(request) || (passed >= 0) != takes_descriptor(request)) {
    cut_off("a malformed request", now);
    return std::nullopt;
  }
  passed_ = passed;
  Answer answer;
  answer.reply.header.op = request.header.op;
  answer.reply.header.sequence = request.header.sequence;
  const auto op = static_cast<Op>(request.header.op);
  // What the client has closed before may still hold the name it asks for.
  if (op == Op::bind || op == Op::listen) service_->catch_up(now);
  Client* client = client_ ? service_->find(*client_) : nullptr;
  if (client == nullptr && client_) return std::nullopt;
  if (client != nullptr) {
    on_client(*client, request, answer, now);
  } else {
    begin(request, answer);
  }
  return answer;
}

// --- Without a socket --------------------------------------------------------------------------

void Session::on_client(Client& client, const ipc::Request& request, Answer& answer, Instant now) {
  ipc::Reply& reply = answer.reply;
  switch (static_cast<Op>(request.header.op)) {
    case Op::hello:
    case Op::attach:
      reply.error = EALREADY;
      return;
    case Op::map_segment:
      reply.error = map_segment(client, request, answer);
      return;
    case Op::socket:
      reply.error = open(client, request, answer);
      return;
    case Op::sockets:
      reply.error = open_several(client, request, answer);
      return;
    case Op::report:
      reply.error = report(client, request, answer);
      return;
    case Op::name_servers:
      name_servers(answer);
      return;
    case Op::adopt:
      adopt(answer);
      return;
    default:
      on_socket(client, request, answer, now);
  }
}

int Session::map_segment(Client& client, const ipc::Request& request, Answer& answer) {
  if (request.a < 0) return EINVAL;
  const SharedMemory* segment = client.rings.segment(static_cast<std::size_t>(request.a));
  if (segment == nullptr) return EINVAL;
  answer.fds[0] = segment->fd();
  answer.fd_count = 1;
  answer.reply.a = static_cast<std::int32_t>(segment->size() / 4096);
  return 0;
}

int Session::open(Client& client, const ipc::Request& request, Answer& answer) {
  if (request.a != 4 && request.a != 6) return EAFNOSUPPORT;
  const auto kind = to_kind(request.b);
  if (!kind) return EINVAL;
  if (*kind != SocketKind::tcp && !service_->is_first_shard()) return EOPNOTSUPP;
  const auto family = request.a == 4 ? wire::Family::ipv4 : wire::Family::ipv6;
  const auto carries = request.b == ipc::kPlainStream ? Carries::octets : Carries::signs;
  auto opened = service_->sockets().open(client, *kind, family, carries);
  if (!opened) return ipc::to_errno(opened.error());
  answer.give(std::move(opened->application));
  answer.reply.slot = opened->socket->slot;
  answer.reply.generation = client.arena.generation(opened->socket->slot);
  return 0;
}

int Session::open_several(Client& client, const ipc::Request& request, Answer& answer) {
  if (request.a != 4 && request.a != 6) return EAFNOSUPPORT;
  if (request.b < 1 || request.b > static_cast<std::int32_t>(ipc::kMaxSockets)) return EINVAL;
  const auto family = request.a == 4 ? wire::Family::ipv4 : wire::Family::ipv6;
  while (std::cmp_less(answer.fd_count, request.b)) {
    auto opened = service_->sockets().open(client, SocketKind::tcp, family);
    if (!opened) return answer.fd_count == 0 ? ipc::to_errno(opened.error()) : 0;
    const std::uint32_t slot = opened->socket->slot;
    const ipc::SocketName name{slot, client.arena.generation(slot)};
    std::memcpy(&answer.reply.value[answer.reply.value_size], &name, sizeof(name));
    answer.reply.value_size += sizeof(name);
    answer.give(std::move(opened->application));
  }
  return 0;
}

// --- On a socket -------------------------------------------------------------------------------

void Session::on_socket(Client& client, const ipc::Request& request, Answer& answer, Instant now) {
  const auto op = static_cast<Op>(request.header.op);
  ipc::Reply& reply = answer.reply;
  if (op < Op::hello || op > ipc::kLastOp) {
    reply.error = EOPNOTSUPP;
    return;
  }
  Socket* found = client.find(request.slot);
  const bool current = client.arena.generation(request.slot) == request.generation;
  if (!current || request.generation == 0 || found == nullptr || !found->is_known() ||
      found->mirrors != 0) {
    reply.error = EBADF;
    return;
  }
  Socket& socket = *found;
  if (op == Op::release) {
    reply.error = to_errno(service_->sockets().release(client, socket, now));
    return;
  }
  if (socket.phase == Phase::detached && !outlives_connection(op)) {
    reply.error = op == Op::listen ? EINVAL : ENOTCONN;
    return;
  }
  // It was asked for before.
  if (service_->connector().serve(client, socket, now) && socket.listening) {
    service_->acceptor().show_others(client, socket, Acceptor::Occasion::changed);
  }
  reply.error = call(client, socket, request, answer, now);
  service_->flow().publish(client, socket, now);
}

int Session::call(Client& client, Socket& socket, const ipc::Request& request, Answer& answer,
                  Instant now) {
  Stack& stack = service_->stack();
  const auto op = static_cast<Op>(request.header.op);
  switch (op) {
    case Op::bind:
      return bind(client, socket, request);
    case Op::listen:
      return listen(client, socket, request, now);
    case Op::connect:
      return connect(client, socket, request, now);
    case Op::disconnect:
      return disconnect(client, socket, answer, now);
    case Op::shutdown:
      return shutdown(client, socket, request, answer, now);
    case Op::set_option:
      return set_option(client, socket, request, now);
    case Op::get_option:
      return get_option(client, socket, request, answer, now);
    case Op::local_name:
    case Op::peer_name:
      return name(socket, op, answer);
    case Op::attach_rings:
      return prepare_to_send(client, socket, request, now);
    case Op::stream:
      return stream(client, socket, request, answer, now);
    case Op::grow:
      return grow(client, socket, request, now);
    case Op::take_queued_error:
      return take_queued_error(socket, answer);
    case Op::send_urgent:
      take_indices(client, socket, now);
      if (request.a < 0) return EINVAL;
      return to_errno(stack.send_urgent(
          socket.id, socket.transmit_tail + static_cast<std::uint32_t>(request.a), now));
    default:
      return EOPNOTSUPP;
  }
}

/// What was written before the call must not be overtaken by it.
void Session::take_indices(Client& client, Socket& socket, Instant now) {
  if (service_->flow().take_all_indices(client, socket, now) == Verdict::violation) {
    service_->cut_off(client, "an index contradicts its ring", now);
  }
}

bool Session::may_bind(std::uint16_t port) const {
  const HostConfig& host = service_->config().host;
  return port == 0 || port >= host.privileged_ports ||
         std::ranges::find(host.privileged_users, who_.user) != host.privileged_users.end();
}

int Session::bind(Client& client, Socket& socket, const ipc::Request& request) {
  const auto endpoint = to_endpoint(request.address);
  if (!endpoint) return EAFNOSUPPORT;
  if (socket.kind != SocketKind::ping && !may_bind(endpoint->port)) return EACCES;
  const auto outcome = service_->stack().bind(socket.id, *endpoint);
  if (!outcome) return ipc::to_errno(outcome.error());
  const int error = socket.kind != SocketKind::tcp ? take_rings(client, socket) : 0;
  if (error == 0) Sockets::mark_bound(client, socket);
  return error;
}

int Session::listen(Client& client, Socket& socket, const ipc::Request& request, Instant now) {
  if (socket.kind != SocketKind::tcp) return EOPNOTSUPP;
  const std::size_t limit = service_->config().stack.tcp.backlog_limit;
  const std::size_t backlog =
      request.a < 0 ? limit : std::min(static_cast<std::size_t>(request.a), limit);
  const auto outcome = service_->acceptor().listen(client, socket, backlog, now);
  if (!outcome) {
    if (!socket.listening) socket.end.take_plug();
    return ipc::to_errno(outcome.error());
  }
  Sockets::mark_bound(client, socket);
  return 0;
}

int Session::connect(Client& client, Socket& socket, const ipc::Request& request, Instant now) {
  if (socket.kind != SocketKind::tcp) {
    if (const int error = take_rings(client, socket); error != 0) return error;
  }
  const auto opening = request.b == 1 ? Stack::Opening::with_text : Stack::Opening::usual;
  return service_->connector().connect(client, socket, request.address, opening, now);
}

int Session::stream(Client& client, Socket& socket, const ipc::Request& request, Answer& answer,
                    Instant now) {
  take_indices(client, socket, now);
  service_->flow().publish(client, socket, now);
  StreamMode& mode = service_->flow().stream_mode();
  const int wrong = to_errno(mode.check(socket, passed_));
  if (wrong != 0 || socket.streaming) return wrong;
  if (StreamMode::ends_too_early(socket)) {
    if (request.a == ipc::kKeepEnd) return EBUSY;
    // Other copies of the old one show its end, and no sign that might be taken for an octet.
    SocketEnd::discard_tokens(passed_);
    const int error = renew_end(client, socket, answer, now);
    if (error != 0) return error;
  }
  const int application = answer.fd_count != 0 ? answer.fds[0] : passed_;
  return to_errno(mode.begin(client, socket, application));
}

int Session::disconnect(Client& client, Socket& socket, Answer& answer, Instant now) {
  const auto outcome = service_->stack().disconnect(socket.id, now);
  if (!outcome || socket.kind != SocketKind::tcp) return to_errno(outcome);
  return renew_end(client, socket, answer, now);
}

int Session::shutdown(Client& client, Socket& socket, const ipc::Request& request, Answer& answer,
                      Instant now) {
  const auto how = to_shutdown(request.a);
  if (!how) return EINVAL;
  take_indices(client, socket, now);
  const auto outcome = service_->stack().shutdown(socket.id, *how, now);
  if (!outcome || !socket.listening || *how == Stack::Shutdown::transmit) return to_errno(outcome);
  service_->sockets().stop_listening(client, socket);
  return renew_end(client, socket, answer, now);
}

/// The socket begins anew, and so does its descriptor: what the old one has shown cannot be taken
/// back.
int Session::renew_end(Client& client, Socket& socket, Answer& answer, Instant now) {
  service_->flow().publish(client, socket, now);
  auto application = service_->sockets().renew_end(client, socket);
  if (!application) return ipc::to_errno(application.error());
  answer.give(std::move(*application));
  return 0;
}

int Session::name(const Socket& socket, Op which, Answer& answer) {
  const auto endpoint = which == Op::local_name ? service_->stack().local_name(socket.id)
                                                : service_->stack().peer_name(socket.id);
  if (!endpoint) return ipc::to_errno(endpoint.error());
  answer.reply.address = to_message(*endpoint, socket.family);
  return 0;
}

int Session::prepare_to_send(Client& client, Socket& socket, const ipc::Request& request,
                             Instant now) {
  if (socket.kind == SocketKind::tcp) return EOPNOTSUPP;
  if (request.a < 0) return EINVAL;
  if (const int error = take_rings(client, socket); error != 0) return error;
  const auto intent = to_intent(request);
  if (!intent) return EAFNOSUPPORT;
  if (intent->remote.port == 0 && !intent->choice.source && intent->choice.interface == 0 &&
      intent->size == 0) {
    return 0;
  }
  const auto outcome = service_->stack().prepare_to_send(socket.id, *intent, now);
  if (outcome) Sockets::mark_bound(client, socket);
  return to_errno(outcome);
}

}  // namespace zsock::host
