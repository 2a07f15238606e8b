#include "libzsock/error_queue.h"

#include <linux/errqueue.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "libzsock/address.h"
#include "libzsock/control.h"
#include "libzsock/shared_lock.h"
#include "libzsock/wait.h"

namespace zsock::lib {
namespace {

using namespace ipc::status_flag;

/// As the control message holds it.
template <class Name>
struct ExtendedError {
  sock_extended_err error{};
  Name offender{};
};

template <class Name>
ExtendedError<Name> extended(const Socket& socket, const ipc::QueuedError& told) {
  ExtendedError<Name> message;
  message.error.ee_errno = static_cast<std::uint32_t>(told.number);
  message.error.ee_origin = told.origin;
  message.error.ee_type = told.type;
  message.error.ee_code = told.code;
  message.error.ee_info = told.info;
  if (told.offender.family == 0) return message;
  sockaddr_storage name{};
  socklen_t length = sizeof(name);
  static_cast<void>(
      store_address(socket, told.offender, reinterpret_cast<sockaddr*>(&name), &length));
  std::memcpy(&message.offender, &name, sizeof(message.offender));
  return message;
}

std::size_t copy_out(std::span<const std::uint8_t> from, Cursor& to) {
  const std::size_t octets = std::min(from.size(), to.remaining());
  std::size_t copied = 0;
  while (copied < octets) {
    const std::span<std::byte> piece = to.take(octets - copied);
    std::memcpy(piece.data(), from.data() + copied, piece.size());
    copied += piece.size();
  }
  return copied;
}

}  // namespace

ToldError take_queued_error(const Socket& socket, Cursor data) {
  const Condition condition = socket.condition();
  if (condition.lost || !condition.any(kQueuedError) || condition.any(kDetached)) {
    return {.result = -EAGAIN};
  }
  const Answer answer = socket.ask(ipc::Op::take_queued_error);
  if (answer.error != 0) return {.result = -answer.error};
  const ipc::Reply& reply = answer.reply;
  ToldError told{.flags = MSG_ERRQUEUE, .destination = reply.address};
  if (reply.value_size < sizeof(told.error) || reply.value_size > reply.value.size()) {
    return {.result = -ENETDOWN};
  }
  std::memcpy(&told.error, reply.value.data(), sizeof(told.error));
  const auto octets = std::span(reply.value).first(reply.value_size).subspan(sizeof(told.error));
  told.result = static_cast<ssize_t>(copy_out(octets, data));
  if (static_cast<std::size_t>(told.result) < octets.size()) told.flags |= MSG_TRUNC;
  if (reply.a != 0) socket.app().error_seen.publish(condition.error_count);
  clear_token(socket);
  return told;
}

int store_queued_error(const Socket& socket, const ipc::QueuedError& error, msghdr& message) {
  ControlWriter writer(message);
  if (socket.is_ipv6()) {
    writer.add(IPPROTO_IPV6, IPV6_RECVERR, extended<sockaddr_in6>(socket, error));
  } else {
    writer.add(IPPROTO_IP, IP_RECVERR, extended<sockaddr_in>(socket, error));
  }
  return writer.finish();
}

}  // namespace zsock::lib
