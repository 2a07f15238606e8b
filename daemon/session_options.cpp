/// \file
/// What a session does about options and what else is asked about a socket.

#include <cstring>

#include "daemon/session.h"
#include "libzsock/ipc/errors.h"

namespace zsock::host {
namespace {

ByteView value_of(const ipc::Request& request) {
  return std::as_bytes(std::span(request.value)).first(request.value_size);
}

}  // namespace

int Session::set_option(Client& client, Socket& socket, const ipc::Request& request, Instant now) {
  const int error = options_.set(socket, {request.a, request.b}, value_of(request), now);
  if (socket.listening)
    service_->acceptor().show_others(client, socket, Acceptor::Occasion::changed);
  return error;
}

int Session::get_option(Client& client, Socket& socket, const ipc::Request& request, Answer& answer,
                        Instant now) {
  const OptionValue value = options_.get(client, socket, {request.a, request.b}, now);
  answer.reply.value_size = static_cast<std::uint32_t>(value.size);
  answer.reply.value = value.octets;
  return value.error;
}

int Session::take_queued_error(const Socket& socket, Answer& answer) {
  static_assert(sizeof(ipc::QueuedError) + zsock::QueuedError::kMaxData <= ipc::kMaxValue);
  const auto taken = service_->stack().take_queued_error(socket.id);
  if (!taken) return ipc::to_errno(taken.error());
  const zsock::QueuedError& entry = taken->entry;
  const ipc::QueuedError told = to_message(entry, socket.family);
  answer.reply.a = taken->told ? 1 : 0;
  answer.reply.address = to_message(entry.destination, socket.family);
  answer.reply.value_size = static_cast<std::uint32_t>(sizeof told + entry.size);
  std::memcpy(answer.reply.value.data(), &told, sizeof told);
  std::memcpy(answer.reply.value.data() + sizeof told, entry.data.data(), entry.size);
  return 0;
}

}  // namespace zsock::host
