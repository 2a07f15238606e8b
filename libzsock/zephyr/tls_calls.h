#pragma once
/// \file
/// The zsock_ calls on TLS sockets: what is the caller's form around TlsSocket. Results are those
/// of the calls, with errno.

#include <optional>

#include "libzsock/zephyr/tls_registry.h"

namespace zsock::zephyr {

/// TLS 1.0 to 1.3, DTLS 1.0 and 1.2.
bool is_tls_protocol(int protocol);
/// zsock_socket() of one of these. EPROTONOSUPPORT: TLS 1.3, or the library that has TLS is missing
int tls_socket(int domain, int type, int protocol);
/// zsock_socket() of all others, the arguments being the host's.
int open_plain(int domain, int type, int protocol);

int tls_connect(TlsSocket& tls, const NativeAddress& address);
/// Shakes hands with a client if `listener` is a TLS socket; closes `accepted` if that fails.
int tls_accepted(int listener, int accepted);
int tls_shutdown(TlsSocket& tls, int how);
/// Says goodbye and forgets the socket, if it is a TLS socket.
void tls_finish(int sock);
int tls_readable(TlsSocket& tls, void* argument);

ssize_t tls_sendto(TlsSocket& tls, iovec data, int flags, const net_sockaddr* to,
                   net_socklen_t to_size);
ssize_t tls_sendmsg(TlsSocket& tls, const net_msghdr& message, int flags);
ssize_t tls_recvfrom(TlsSocket& tls, iovec room, int flags, net_sockaddr* from,
                     net_socklen_t* from_size);
ssize_t tls_recvmsg(TlsSocket& tls, net_msghdr& message, int flags);

/// \return nothing: ask the socket beneath
std::optional<int> tls_getsockopt(TlsSocket& tls, int level, int name, void* value,
                                  net_socklen_t* size);
int tls_setsockopt(TlsSocket& tls, int name, const void* value, net_socklen_t size);

}  // namespace zsock::zephyr
