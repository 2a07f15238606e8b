/// \file
/// Zephyr's calls that make, name and end sockets.

#include <unistd.h>

#include "libzsock/zephyr/address.h"
#include "libzsock/zephyr/limits.h"
#include "libzsock/zephyr/pair.h"
#include "libzsock/zephyr/tls_calls.h"
#include "libzsock/zephyr/waiting.h"

namespace zsock::zephyr {
namespace {

// What is on in Zephyr from the start: an IPv6 socket is for IPv6 alone, and anyone may broadcast.
void set_defaults(int sock, int family, int type) {
  const int on = 1;
  if (family == AF_INET6) zs_setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (type == SOCK_DGRAM) zs_setsockopt(sock, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);

// getsockname() and getpeername() alike; an address without port is none.
int name_of(NameCall call, int sock, net_sockaddr* addr, net_socklen_t* addrlen) {
  if (is_pair(sock)) return fail(EOPNOTSUPP);
  if (zs_is_socket(sock) == 0) return fail(EBADF);
  if (addr == nullptr || addrlen == nullptr) return fail(EINVAL);
  NativeAddress native;
  if (result(call(sock, native.get(), &native.size)) < 0) return -1;
  const net_sockaddr_storage name = from_native(native);
  if (net_sin(net_sad(&name))->sin_port == 0) return fail(EINVAL);
  copy_out(name, addr, addrlen);
  return 0;
}

}  // namespace

int open_plain(int domain, int type, int protocol) {
  if (const int error = take_socket()) return fail(error);
  const int sock = zs_socket(domain, type, protocol);
  if (sock < 0) {
    give_socket_back();
    return sock;
  }
  restrict_socket(sock);
  forget_tls(sock);
  forget_pair(sock);
  set_defaults(sock, domain, type);
  return sock;
}

}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int zsock_socket(int family, int type, int proto) {
  const int domain = native_family(family);
  if (domain <= AF_UNSPEC) return fail(EAFNOSUPPORT);
  if (type != NET_SOCK_STREAM && type != NET_SOCK_DGRAM && type != NET_SOCK_RAW) {
    return fail(EPROTOTYPE);
  }
  if (is_tls_protocol(proto)) return tls_socket(domain, type, proto);
  // The numbers above mean other things to the host.
  if (proto < 0 || proto > NET_IPPROTO_RAW) return fail(EPROTONOSUPPORT);
  return open_plain(domain, type, proto);
}

int zsock_close(int sock) {
  if (!is_ours(sock)) return fail(EBADF);
  tls_finish(sock);
  if (interrupt_waiters(sock) == Interrupted::not_all) {
    static_cast<void>(zsock_shutdown(sock, SHUT_RDWR));
  }
  if (is_pair(sock)) {
    forget_pair(sock);
    return ::close(sock);
  }
  give_socket_back();
  return result(zs_close(sock));
}

int zsock_shutdown(int sock, int how) {
  if (is_pair(sock)) return ::shutdown(sock, how);
  if (const auto tls = find_tls(sock)) return tls_shutdown(*tls, how);
  return result(zs_shutdown(sock, how));
}

int zsock_bind(int sock, const net_sockaddr* addr, net_socklen_t addrlen) {
  if (is_pair(sock)) return fail(EISCONN);
  if (zs_is_socket(sock) == 0) return fail(EBADF);
  const auto address = to_native(addr, addrlen);
  if (!address) return fail(address.error());
  if (address->get()->sa_family == AF_UNSPEC) return fail(EAFNOSUPPORT);
  return result(zs_bind(sock, address->get(), address->size));
}

int zsock_listen(int sock, int backlog) {
  if (is_pair(sock)) return fail(EINVAL);
  return result(zs_listen(sock, backlog < 1 ? 1 : backlog));
}

int zsock_accept(int sock, net_sockaddr* addr, net_socklen_t* addrlen) {
  if (is_pair(sock)) return fail(EOPNOTSUPP);
  if (zs_is_socket(sock) == 0) return fail(EBADF);
  if (addr != nullptr && addrlen == nullptr) return fail(EINVAL);
  const Waiting waiting(sock);
  NativeAddress peer;
  if (const int error = take_descriptor()) return fail(error);
  const int accepted = result(zs_accept4(sock, peer.get(), &peer.size, 0));
  forget_pair(accepted);
  if (accepted < 0) give_socket_back();
  if (accepted < 0 || tls_accepted(sock, accepted) < 0) return -1;
  restrict_socket(accepted);
  if (addr != nullptr) copy_out(from_native(peer), addr, addrlen);
  return accepted;
}

int zsock_getsockname(int sock, net_sockaddr* addr, net_socklen_t* addrlen) {
  return name_of(zs_getsockname, sock, addr, addrlen);
}

int zsock_getpeername(int sock, net_sockaddr* addr, net_socklen_t* addrlen) {
  return name_of(zs_getpeername, sock, addr, addrlen);
}
