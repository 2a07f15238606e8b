/* zsockd was never there, or is gone: what each call says then (docs/compat.md, conformance SHIM-2
 * and SHIM-3). */
#include "hostile.h"

enum { GONE = ZSOCK_POLLIN | ZSOCK_POLLERR | ZSOCK_POLLHUP };

/* What a call gives on a socket whose zsockd has died, and what it gives when made again. The
 * sockets are new for each row. */
struct outcome {
  enum kind kind;
  const char* call;
  int first;
  int again;
};

static const struct outcome outcomes[] = {
    {STREAM, "zsock_socket", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_bind", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_listen", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_connect", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_accept", -EINVAL, -EINVAL},
    {STREAM, "zsock_shutdown", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_send", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_sendto", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_sendmsg", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_send_all", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_sendmsg_all", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_recv", -ENOTCONN, -ENOTCONN},
    {STREAM, "zsock_recv, all of it", -ENOTCONN, -ENOTCONN},
    {STREAM, "zsock_recvfrom", -ENOTCONN, -ENOTCONN},
    {STREAM, "zsock_recvmsg", -ENOTCONN, -ENOTCONN},
    {STREAM, "zsock_poll", GONE, GONE},
    {STREAM, "zsock_poll, for ever", GONE, GONE},
    {STREAM, "zsock_select", 1, 1},
    {STREAM, "zsock_getsockname", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_getpeername", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_setsockopt", -ENETDOWN, -ENETDOWN},
    {STREAM, "zsock_getsockopt", -ENETDOWN, -ENETDOWN},
    {STREAM, "SO_ERROR", ENETDOWN, ENETDOWN},
    {STREAM, "zsock_fcntl", 0, 0},
    {STREAM, "zsock_ioctl", 0, 0},
    {STREAM, "zsock_getaddrinfo", DNS_EAI_SYSTEM, DNS_EAI_SYSTEM},
    {STREAM, "zsock_close", 0, -EBADF},
    {CONNECTED, "zsock_socket", -ENETDOWN, -ENETDOWN},
    {CONNECTED, "zsock_bind", -ENETDOWN, -ENETDOWN},
    {CONNECTED, "zsock_listen", -ENETDOWN, -ENETDOWN},
    {CONNECTED, "zsock_connect", -ENETDOWN, -ENETDOWN},
    {CONNECTED, "zsock_accept", -EINVAL, -EINVAL},
    {CONNECTED, "zsock_shutdown", -ENETDOWN, -ENETDOWN},
    {CONNECTED, "zsock_send", -ECONNRESET, -ENETDOWN},
    {CONNECTED, "zsock_sendto", -ECONNRESET, -ENETDOWN},
    {CONNECTED, "zsock_sendmsg", -ECONNRESET, -ENETDOWN},
    {CONNECTED, "zsock_send_all", -ECONNRESET, -ENETDOWN},
    {CONNECTED, "zsock_sendmsg_all", -ECONNRESET, -ENETDOWN},
    {CONNECTED, "zsock_recv", -ECONNRESET, 0},
    {CONNECTED, "zsock_recv, all of it", -ECONNRESET, 0},
    {CONNECTED, "zsock_recvfrom", -ECONNRESET, 0},
    {CONNECTED, "zsock_recvmsg", -ECONNRESET, 0},
    {CONNECTED, "zsock_poll", GONE, GONE},
    {CONNECTED, "zsock_poll, for ever", GONE, GONE},
    {CONNECTED, "zsock_select", 1, 1},
    {CONNECTED, "zsock_getsockname", -ENETDOWN, -ENETDOWN},
    {CONNECTED, "zsock_getpeername", -ENETDOWN, -ENETDOWN},
    {CONNECTED, "zsock_setsockopt", -ENETDOWN, -ENETDOWN},
    {CONNECTED, "zsock_getsockopt", -ENETDOWN, -ENETDOWN},
    {CONNECTED, "SO_ERROR", ECONNRESET, 0},
    {CONNECTED, "zsock_fcntl", 0, 0},
    {CONNECTED, "zsock_ioctl", 0, 0},
    {CONNECTED, "zsock_getaddrinfo", DNS_EAI_SYSTEM, DNS_EAI_SYSTEM},
    {CONNECTED, "zsock_close", 0, -EBADF},
    {LISTENER, "zsock_socket", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_bind", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_listen", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_connect", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_accept", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_shutdown", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_send", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_sendto", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_sendmsg", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_send_all", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_sendmsg_all", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_recv", -ENOTCONN, -ENOTCONN},
    {LISTENER, "zsock_recv, all of it", -ENOTCONN, -ENOTCONN},
    {LISTENER, "zsock_recvfrom", -ENOTCONN, -ENOTCONN},
    {LISTENER, "zsock_recvmsg", -ENOTCONN, -ENOTCONN},
    {LISTENER, "zsock_poll", GONE, GONE},
    {LISTENER, "zsock_poll, for ever", GONE, GONE},
    {LISTENER, "zsock_select", 1, 1},
    {LISTENER, "zsock_getsockname", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_getpeername", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_setsockopt", -ENETDOWN, -ENETDOWN},
    {LISTENER, "zsock_getsockopt", -ENETDOWN, -ENETDOWN},
    {LISTENER, "SO_ERROR", ENETDOWN, ENETDOWN},
    {LISTENER, "zsock_fcntl", 0, 0},
    {LISTENER, "zsock_ioctl", -EINVAL, -EINVAL},
    {LISTENER, "zsock_getaddrinfo", DNS_EAI_SYSTEM, DNS_EAI_SYSTEM},
    {LISTENER, "zsock_close", 0, -EBADF},
    {DATAGRAM, "zsock_socket", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_bind", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_listen", -ENOTSUP, -ENOTSUP},
    {DATAGRAM, "zsock_connect", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_accept", -ENOTSUP, -ENOTSUP},
    {DATAGRAM, "zsock_shutdown", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_send", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_sendto", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_sendmsg", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_send_all", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_sendmsg_all", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_recv", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_recv, all of it", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_recvfrom", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_recvmsg", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_poll", GONE, GONE},
    {DATAGRAM, "zsock_poll, for ever", GONE, GONE},
    {DATAGRAM, "zsock_select", 1, 1},
    {DATAGRAM, "zsock_getsockname", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_getpeername", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_setsockopt", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "zsock_getsockopt", -ENETDOWN, -ENETDOWN},
    {DATAGRAM, "SO_ERROR", ENETDOWN, ENETDOWN},
    {DATAGRAM, "zsock_fcntl", 0, 0},
    {DATAGRAM, "zsock_ioctl", 0, 0},
    {DATAGRAM, "zsock_getaddrinfo", DNS_EAI_SYSTEM, DNS_EAI_SYSTEM},
    {DATAGRAM, "zsock_close", 0, -EBADF},
};

static void test_outcome(const struct outcome* outcome) {
  const struct call* call = call_of(outcome->call);
  char where[80];
  int sock;

  fake_start();
  sock = make(outcome->kind);
  fake_vanish();
  snprintf(where, sizeof(where), "dead zsockd, %s", kind_name(outcome->kind));
  row(where, call->name, call->go(sock), outcome->first);
  row(where, call->name, call->go(sock), outcome->again);
  zsock_close(sock);
  fake_stop();
}

void test_dead(void) {
  for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
    test_outcome(&outcomes[i]);
  }
}
