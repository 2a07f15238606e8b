#pragma once
/// \file
/// The options at ZSOCK_SOL_TLS.

#include <optional>
#include <string>
#include <vector>

#include "libzsock/zephyr/native.h"
#include "libzsock/zephyr/tls_credentials.h"

namespace zsock::zephyr {

struct TlsOptions {
  std::vector<sec_tag_t> tags{};
  std::optional<tls::Role> datagram_role{};  ///< of DTLS; TLS knows by connect and accept
  bool handshake_on_connect = true;          ///< DTLS
  bool cache_sessions = false;
  tls::Settings settings{};  ///< all the others
};

/// \return 0 or a negative errno: EINVAL, ENOPROTOOPT
int set_tls_option(TlsOptions& options, int name, const void* value, net_socklen_t size);

/// Options that are settings; what only a connection knows is not here.
/// \return as above
int get_tls_option(const TlsOptions& options, int name, void* value, net_socklen_t* size);

}  // namespace zsock::zephyr
