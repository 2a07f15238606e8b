#include "libzsock/resolve.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "libzsock/addon.h"
#include "libzsock/client.h"
#include "zsock/zsock.h"

namespace zsock::lib {
namespace {

constexpr const char* kLibrary = "libzsock-resolver.so.0";

constexpr resolver::Calls kCalls{.socket = zs_socket,
                                 .close = zs_close,
                                 .connect = zs_connect,
                                 .recvfrom = zs_recvfrom,
                                 .writev = zs_writev,
                                 .poll = zs_poll};

/// zsockd's answer to Op::name_servers.
struct NameServers {
  int error = 0;  ///< ENETDOWN: zsockd cannot be reached
  Families families{};
  std::array<char, ipc::kMaxValue + 2> text{};  ///< servers NUL search domains NUL

  [[nodiscard]] const char* servers() const { return text.data(); }
  [[nodiscard]] const char* search() const { return text.data() + std::strlen(text.data()) + 1; }
};

NameServers ask_zsockd() {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::name_servers);
  const Answer answer = Client::instance().request(request);
  NameServers servers;
  servers.error = answer.error;
  if (answer.error != 0) return servers;
  servers.families.ipv4 = (answer.reply.a & ipc::kHasIpv4) != 0;
  servers.families.ipv6 = (answer.reply.a & ipc::kHasIpv6) != 0;
  std::memcpy(servers.text.data(), answer.reply.value.data(), answer.reply.value_size);
  std::replace(servers.text.begin(), servers.text.end() - 1, '\n', '\0');
  return servers;
}

/// Calls ask(function, manner) of the resolver's library.
template <class Function, class Ask>
int with_resolver(const char* name, int limit_ms, Ask ask) {
  auto* const function = reinterpret_cast<Function*>(addon_function(kLibrary, name));
  if (function == nullptr) {
    errno = ELIBACC;
    return EAI_SYSTEM;
  }
  const NameServers servers = ask_zsockd();
  resolver::Manner manner{
      .servers = servers.servers(), .search = servers.search(), .limit_ms = limit_ms};
  // Two tries have room in the limit: the second waits twice as long.
  if (limit_ms >= 0) manner.try_ms = std::clamp(limit_ms / 3, 1, manner.try_ms);
  const int outcome = ask(function, manner);
  if (outcome != EAI_AGAIN || servers.error == 0) return outcome;
  errno = servers.error;
  return EAI_SYSTEM;
}

}  // namespace

Families configured_families() {
  return ask_zsockd().families;
}

int find_addresses(const char* name, int family, int limit_ms, resolver::Findings& findings) {
  return with_resolver<resolver::FindAddresses>(
      "zsock_resolver_addresses", limit_ms,
      [&](resolver::FindAddresses* find, const resolver::Manner& manner) {
        return find(&kCalls, &manner, name, family, &findings);
      });
}

int find_name(const resolver::Address& address, std::array<char, resolver::kMaxName>& name) {
  return with_resolver<resolver::FindName>(
      "zsock_resolver_name", -1, [&](resolver::FindName* find, const resolver::Manner& manner) {
        return find(&kCalls, &manner, &address, &name);
      });
}

}  // namespace zsock::lib
