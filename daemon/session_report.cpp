/// \file
/// What a session tells of zsockd: counters, sockets, the interface, name servers.

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/name_servers.h"
#include "daemon/report.h"
#include "daemon/session.h"
#include "libzsock/ipc/errors.h"

namespace zsock::host {
namespace {

constexpr std::int32_t kInterface = 2;  ///< of Op::report, a
constexpr std::int32_t kWatch = -1;     ///< b, in place of a part

}  // namespace

int Session::watch(Client& client, const ipc::Request& request, Answer& answer) {
  if (request.a != kInterface) return EINVAL;
  auto watcher = service_->interface_watch().add(client.id);
  if (!watcher) return ipc::to_errno(watcher.error());
  answer.give(std::move(*watcher));
  return 0;
}

int Session::report(Client& client, const ipc::Request& request, Answer& answer) {
  if (request.b == kWatch) return watch(client, request, answer);
  if (request.b < 0) return EINVAL;
  if (request.b == 0 && request.a == 0) report_ = service_->counters_report();
  if (request.b == 0 && request.a == 1) {
    std::vector<SocketRow> rows = service_->stack().sockets();
    // ACL-8: one's own.
    std::erase_if(rows, [this](const SocketRow& row) {
      const Client* owner = service_->find(client_of(row.owner));
      return owner == nullptr || owner->credentials.user != who_.user;
    });
    report_ = sockets_text(rows);
  }
  if (request.b == 0 && request.a == kInterface) {
    report_ = interface_text(service_->device(), service_->stack().addresses(),
                             service_->config().gateways);
  }
  if (request.a < 0 || request.a > 2) return EINVAL;
  const std::size_t start = static_cast<std::size_t>(request.b) * ipc::kMaxValue;
  const std::string part = start < report_.size() ? report_.substr(start, ipc::kMaxValue) : "";
  std::memcpy(answer.reply.value.data(), part.data(), part.size());
  answer.reply.value_size = static_cast<std::uint32_t>(part.size());
  answer.reply.a = static_cast<std::int32_t>(report_.size());
  return 0;
}

void Session::name_servers(Answer& answer) {
  const Stack& stack = service_->stack();
  const std::string text =
      name_servers_text(with_learned(service_->config().dns, stack.name_servers()));
  const std::size_t size = std::min(text.size(), ipc::kMaxValue);
  std::memcpy(answer.reply.value.data(), text.data(), size);
  answer.reply.value_size = static_cast<std::uint32_t>(size);
  answer.reply.a = families_of(stack.addresses());
}

}  // namespace zsock::host
