#include "libzsock/zephyr/tls_calls.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

namespace zsock::zephyr {
namespace {

template <class T>
T told(T outcome) {
  return outcome >= 0 ? outcome : static_cast<T>(fail(static_cast<int>(-outcome)));
}

/// Memory that runs short is an error of the call, not the end of the program.
template <class Call>
auto guarded(Call call) -> decltype(call()) try {
  return call();
} catch (const std::bad_alloc&) {
  return static_cast<decltype(call())>(fail(ENOMEM));
}

bool is_datagram_protocol(int protocol) {
  return protocol == NET_IPPROTO_DTLS_1_0 || protocol == NET_IPPROTO_DTLS_1_2;
}

ssize_t send_to(TlsSocket& tls, iovec data, int flags, const void* to, net_socklen_t to_size) {
  if (to == nullptr) return told(tls.send(data.iov_base, data.iov_len, flags, nullptr));
  const auto address = to_native(static_cast<const net_sockaddr*>(to), to_size);
  if (!address) return fail(address.error());
  return told(tls.send(data.iov_base, data.iov_len, flags, &*address));
}

/// \return octets, or -1
ssize_t receive_from(TlsSocket& tls, iovec room, int flags, void* from, net_socklen_t* from_size) {
  NativeAddress peer;
  peer.storage.ss_family = AF_UNSPEC;
  const ssize_t got = told(tls.receive(room.iov_base, room.iov_len, flags, &peer));
  if (got < 0 || from == nullptr || peer.storage.ss_family == AF_UNSPEC) return got;
  const net_sockaddr_storage source = from_native(peer);
  if (*from_size < net_family2size(source.ss_family)) return fail(EINVAL);
  copy_out(source, static_cast<net_sockaddr*>(from), from_size);
  return got;
}

std::size_t size_of(const net_msghdr& message) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < message.msg_iovlen; ++i) size += message.msg_iov[i].iov_len;
  return size;
}

}  // namespace

bool is_tls_protocol(int protocol) {
  return (protocol >= NET_IPPROTO_TLS_1_0 && protocol <= NET_IPPROTO_TLS_1_3) ||
         is_datagram_protocol(protocol);
}

int tls_socket(int domain, int type, int protocol) {
  return guarded([&] {
    const bool datagram = is_datagram_protocol(protocol);
    if (type != (datagram ? SOCK_DGRAM : SOCK_STREAM)) return fail(EPROTOTYPE);
    if (protocol == NET_IPPROTO_TLS_1_3 || !tls_available()) return fail(EPROTONOSUPPORT);
    const int sock = open_plain(domain, type, 0);
    if (sock >= 0) register_tls(sock, std::make_shared<TlsSocket>(sock, protocol, datagram));
    return sock;
  });
}

int tls_connect(TlsSocket& tls, const NativeAddress& address) {
  return guarded([&] { return told(tls.connect(address)); });
}

int tls_accepted(int listener, int accepted) {
  const auto parent = find_tls(listener);
  forget_tls(accepted);
  if (parent == nullptr) return 0;
  return guarded([&] {
    const auto child =
        std::make_shared<TlsSocket>(accepted, parent->protocol(), false, parent->options());
    const int error = child->serve();
    if (error == 0) {
      register_tls(accepted, child);
      return 0;
    }
    zs_close(accepted);
    return fail(error == -ETIMEDOUT ? ECONNABORTED : -error);
  });
}

int tls_shutdown(TlsSocket& tls, int how) {
  return guarded([&] { return told(tls.shut(how)); });
}

void tls_finish(int sock) {
  if (const auto tls = find_tls(sock)) {
    static_cast<void>(guarded([&] {
      tls->finish();
      return 0;
    }));
    forget_tls(sock);
  }
}

int tls_readable(TlsSocket& tls, void* argument) {
  const auto octets = static_cast<int>(tls.readable());
  std::memcpy(argument, &octets, sizeof octets);
  return 0;
}

ssize_t tls_sendto(TlsSocket& tls, iovec data, int flags, const net_sockaddr* to,
                   net_socklen_t to_size) {
  return guarded([&] { return send_to(tls, data, flags, to, to_size); });
}

ssize_t tls_sendmsg(TlsSocket& tls, const net_msghdr& message, int flags) {
  return guarded([&] {
    std::string whole;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
      const net_iovec& piece = message.msg_iov[i];
      whole.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    }
    return send_to(tls, {whole.data(), whole.size()}, flags, message.msg_name, message.msg_namelen);
  });
}

ssize_t tls_recvfrom(TlsSocket& tls, iovec room, int flags, net_sockaddr* from,
                     net_socklen_t* from_size) {
  if (from != nullptr && from_size == nullptr) return fail(EINVAL);
  return guarded([&] { return receive_from(tls, room, flags, from, from_size); });
}

ssize_t tls_recvmsg(TlsSocket& tls, net_msghdr& message, int flags) {
  return guarded([&]() -> ssize_t {
    std::string whole(size_of(message), '\0');
    const ssize_t got = receive_from(tls, {whole.data(), whole.size()}, flags, message.msg_name,
                                     &message.msg_namelen);
    std::size_t left = got < 0 ? 0 : static_cast<std::size_t>(got);
    const char* from = whole.data();
    for (std::size_t i = 0; i < message.msg_iovlen && left > 0; ++i) {
      const std::size_t part = std::min(left, message.msg_iov[i].iov_len);
      std::memcpy(message.msg_iov[i].iov_base, from, part);
      from += part;
      left -= part;
    }
    message.msg_controllen = 0;
    message.msg_flags = 0;
    return got;
  });
}

std::optional<int> tls_getsockopt(TlsSocket& tls, int level, int name, void* value,
                                  net_socklen_t* size) {
  if (value == nullptr || size == nullptr) return std::nullopt;
  if (level == ZSOCK_SOL_TLS) return told(tls.get_option(name, value, size));
  if (level != ZSOCK_SOL_SOCKET || *size != sizeof(int)) return std::nullopt;
  int number = 0;
  if (name == ZSOCK_SO_PROTOCOL) number = tls.protocol();
  if (name == ZSOCK_SO_ERROR) number = tls.take_error();
  if (number == 0) return std::nullopt;
  std::memcpy(value, &number, sizeof number);
  return 0;
}

int tls_setsockopt(TlsSocket& tls, int name, const void* value, net_socklen_t size) {
  return guarded([&] { return told(tls.set_option(name, value, size)); });
}

}  // namespace zsock::zephyr
