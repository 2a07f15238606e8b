#include <string>
#include <string_view>

#include "libzsock/zephyr/native.h"

#include <zephyr/net/socketutils.h>

const char* net_addr_str_find_port(const char* addr_str) {
  const std::string_view text(addr_str);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return nullptr;
  const bool bracketed = text.front() == '[';
  if (bracketed && text[colon - 1] != ']') return nullptr;
  // Several colons without brackets are an IPv6 address.
  if (!bracketed && text.find(':') != colon) return nullptr;
  return addr_str + colon + 1;
}

int net_getaddrinfo_addr_str(const char* addr_str, const char* def_port,
                             const zsock_addrinfo* hints, zsock_addrinfo** res) {
  if (addr_str == nullptr) return zsock::zephyr::fail(EINVAL);
  const char* const port = net_addr_str_find_port(addr_str);
  std::string host(addr_str);
  if (port != nullptr) host.resize(static_cast<std::size_t>(port - addr_str) - 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (host.size() > DNS_MAX_NAME_SIZE) return zsock::zephyr::fail(EINVAL);
  return zsock_getaddrinfo(host.c_str(), port != nullptr ? port : def_port, hints, res);
}
