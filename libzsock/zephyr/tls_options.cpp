#include "libzsock/zephyr/tls_options.h"

#include <cstring>

#include "libzsock/zephyr/tls_sessions.h"

namespace zsock::zephyr {
namespace {

template <class T>
std::optional<T> read_one(const void* value, net_socklen_t size) {
  T read;
  if (value == nullptr || size != sizeof read) return std::nullopt;
  std::memcpy(&read, value, sizeof read);
  return read;
}

template <class T>
int read_list(const void* value, net_socklen_t size, std::vector<T>& list) {
  if (size % sizeof(T) != 0 || (value == nullptr && size != 0)) return -EINVAL;
  list.resize(size / sizeof(T));
  if (size != 0) std::memcpy(list.data(), value, size);
  return 0;
}

int read_flag(const void* value, net_socklen_t size, bool& flag) {
  const auto number = read_one<int>(value, size);
  if (!number || (*number != 0 && *number != 1)) return -EINVAL;
  flag = *number == 1;
  return 0;
}

int read_milliseconds(const void* value, net_socklen_t size, std::uint32_t& to) {
  const auto number = read_one<std::uint32_t>(value, size);
  if (!number || *number == 0) return -EINVAL;
  to = *number;
  return 0;
}

int set_hostname(tls::Settings& settings, const void* value, net_socklen_t size) {
  // Nothing: the name is not looked at. The text may come with or without its NUL.
  settings.check_hostname = value != nullptr;
  settings.hostname.clear();
  if (value == nullptr) return 0;
  const auto* text = static_cast<const char*>(value);
  settings.hostname.assign(text, strnlen(text, size));
  return settings.hostname.empty() ? -EINVAL : 0;
}

int set_verify(tls::Settings& settings, const void* value, net_socklen_t size) {
  const auto number = read_one<int>(value, size);
  if (!number || *number < ZSOCK_TLS_PEER_VERIFY_NONE || *number > ZSOCK_TLS_PEER_VERIFY_REQUIRED) {
    return -EINVAL;
  }
  constexpr tls::Verify kModes[] = {tls::Verify::none, tls::Verify::optional,
                                    tls::Verify::required};
  settings.verify = kModes[*number];
  return 0;
}

int set_role(TlsOptions& options, const void* value, net_socklen_t size) {
  bool server = false;
  const int error = read_flag(value, size, server);
  if (error == 0) options.datagram_role = server ? tls::Role::server : tls::Role::client;
  return error;
}

int set_protocols(tls::Settings& settings, const void* value, net_socklen_t size) {
  std::vector<const char*> names;
  const int error = read_list(value, size, names);
  if (error != 0) return error;
  settings.protocols.clear();
  for (const char* name : names) {
    if (name != nullptr) settings.protocols.emplace_back(name);
  }
  return 0;
}

int set_callback(tls::Settings& settings, const void* value, net_socklen_t size) {
  const auto given = read_one<zsock_tls_cert_verify_cb>(value, size);
  if (!given) return -EINVAL;
  settings.callback = reinterpret_cast<tls::VerifyCallback>(given->cb);
  settings.callback_context = given->ctx;
  return 0;
}

template <class T>
int give_one(T from, void* value, net_socklen_t* size) {
  if (*size != sizeof from) return -EINVAL;
  std::memcpy(value, &from, sizeof from);
  return 0;
}

template <class T>
int give_list(const std::vector<T>& list, void* value, net_socklen_t* size) {
  const std::size_t octets = list.size() * sizeof(T);
  if (*size % sizeof(T) != 0 || *size < octets) return -EINVAL;
  if (octets != 0) std::memcpy(value, list.data(), octets);
  *size = static_cast<net_socklen_t>(octets);
  return 0;
}

}  // namespace

int set_tls_option(TlsOptions& options, int name, const void* value, net_socklen_t size) {
  tls::Settings& settings = options.settings;
  bool ignored = false;
  switch (name) {
    case ZSOCK_TLS_SEC_TAG_LIST:
      return read_list(value, size, options.tags);
    case ZSOCK_TLS_HOSTNAME:
      return set_hostname(settings, value, size);
    case ZSOCK_TLS_CIPHERSUITE_LIST:
      return read_list(value, size, settings.ciphersuites);
    case ZSOCK_TLS_PEER_VERIFY:
      return set_verify(settings, value, size);
    case ZSOCK_TLS_DTLS_ROLE:
      return set_role(options, value, size);
    case ZSOCK_TLS_ALPN_LIST:
      return set_protocols(settings, value, size);
    case ZSOCK_TLS_DTLS_HANDSHAKE_TIMEOUT_MIN:
      return read_milliseconds(value, size, settings.handshake_timeout_min_ms);
    case ZSOCK_TLS_DTLS_HANDSHAKE_TIMEOUT_MAX:
      return read_milliseconds(value, size, settings.handshake_timeout_max_ms);
    case ZSOCK_TLS_DTLS_HANDSHAKE_ON_CONNECT:
      return read_flag(value, size, options.handshake_on_connect);
    case ZSOCK_TLS_CERT_NOCOPY:
    case ZSOCK_TLS_NATIVE:
      return read_flag(value, size, ignored);
    case ZSOCK_TLS_SESSION_CACHE:
      return read_flag(value, size, options.cache_sessions);
    case ZSOCK_TLS_SESSION_CACHE_PURGE:
      forget_sessions();
      return 0;
    case ZSOCK_TLS_CERT_VERIFY_CALLBACK:
      return set_callback(settings, value, size);
    default:
      return -ENOPROTOOPT;
  }
}

int get_tls_option(const TlsOptions& options, int name, void* value, net_socklen_t* size) {
  switch (name) {
    case ZSOCK_TLS_SEC_TAG_LIST:
      return give_list(options.tags, value, size);
    case ZSOCK_TLS_CIPHERSUITE_LIST:
      return give_list(options.settings.ciphersuites, value, size);
    case ZSOCK_TLS_DTLS_HANDSHAKE_TIMEOUT_MIN:
      return give_one(options.settings.handshake_timeout_min_ms, value, size);
    case ZSOCK_TLS_DTLS_HANDSHAKE_TIMEOUT_MAX:
      return give_one(options.settings.handshake_timeout_max_ms, value, size);
    case ZSOCK_TLS_DTLS_HANDSHAKE_ON_CONNECT:
      return give_one(options.handshake_on_connect ? 1 : 0, value, size);
    case ZSOCK_TLS_SESSION_CACHE:
      return give_one(options.cache_sessions ? 1 : 0, value, size);
    default:
      return -ENOPROTOOPT;
  }
}

}  // namespace zsock::zephyr
