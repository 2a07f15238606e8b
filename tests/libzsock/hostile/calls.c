/* Each function once, with ordinary arguments. */
#include "hostile.h"

static char data[64];

static int told(long result) {
  return result < 0 ? -errno : (int)result;
}

static struct sockaddr_in peer(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(4711)};

  inet_pton(AF_INET, "192.0.2.2", &address.sin_addr);
  return address;
}

static int do_socket(int sock) {
  int made = zsock_socket(AF_INET, SOCK_STREAM, 0);

  ARG_UNUSED(sock);
  if (made < 0) {
    return -errno;
  }
  zsock_close(made);
  return 0;
}

static int do_bind(int sock) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};

  return told(zsock_bind(sock, (struct sockaddr*)&address, sizeof(address)));
}

static int do_listen(int sock) {
  return told(zsock_listen(sock, 2));
}

static int do_connect(int sock) {
  struct sockaddr_in address = peer();

  return told(zsock_connect(sock, (struct sockaddr*)&address, sizeof(address)));
}

static int do_accept(int sock) {
  struct sockaddr address;
  socklen_t size = sizeof(address);
  int made = zsock_accept(sock, &address, &size);

  if (made < 0) {
    return -errno;
  }
  zsock_close(made);
  return 0;
}

static int do_shutdown(int sock) {
  return told(zsock_shutdown(sock, ZSOCK_SHUT_RDWR));
}

static int do_send(int sock) {
  return told(zsock_send(sock, data, 8, 0));
}

static int do_sendto(int sock) {
  struct sockaddr_in address = peer();

  return told(zsock_sendto(sock, data, 8, 0, (struct sockaddr*)&address, sizeof(address)));
}

static struct msghdr message(void) {
  static struct iovec piece = {.iov_base = data, .iov_len = 8};

  return (struct msghdr){.msg_iov = &piece, .msg_iovlen = 1};
}

static int do_sendmsg(int sock) {
  struct msghdr header = message();

  return told(zsock_sendmsg(sock, &header, 0));
}

static int do_send_all(int sock) {
  size_t sent = 0;
  int error = zsock_send_all(sock, data, 8, 0, K_FOREVER, &sent);

  return error < 0 ? error : (int)sent;
}

static int do_sendmsg_all(int sock) {
  struct msghdr header = message();
  size_t sent = 0;
  int error = zsock_sendmsg_all(sock, &header, 0, K_FOREVER, &sent);

  return error < 0 ? error : (int)sent;
}

static int do_recv(int sock) {
  return told(zsock_recv(sock, data, 8, 0));
}

static int do_recv_all(int sock) {
  return told(zsock_recv(sock, data, 8, ZSOCK_MSG_WAITALL));
}

static int do_recvfrom(int sock) {
  struct sockaddr source;
  socklen_t size = sizeof(source);

  return told(zsock_recvfrom(sock, data, 8, 0, &source, &size));
}

static int do_recvmsg(int sock) {
  struct msghdr header = message();

  return told(zsock_recvmsg(sock, &header, 0));
}

static int poll_for(int sock, int timeout) {
  struct zsock_pollfd entry = {.fd = sock, .events = ZSOCK_POLLIN};
  int ready = zsock_poll(&entry, 1, timeout);

  return ready < 0 ? -errno : ready == 0 ? 0 : entry.revents;
}

static int do_poll(int sock) {
  return poll_for(sock, 0);
}

static int do_poll_forever(int sock) {
  return poll_for(sock, -1);
}

static int do_select(int sock) {
  zsock_fd_set readable;

  ZSOCK_FD_ZERO(&readable);
  ZSOCK_FD_SET(sock, &readable);
  return told(zsock_select(sock + 1, &readable, NULL, NULL, NULL));
}

static int do_getsockname(int sock) {
  struct sockaddr name;
  socklen_t size = sizeof(name);

  return told(zsock_getsockname(sock, &name, &size));
}

static int do_getpeername(int sock) {
  struct sockaddr name;
  socklen_t size = sizeof(name);

  return told(zsock_getpeername(sock, &name, &size));
}

static int do_setsockopt(int sock) {
  int value = 1;

  return told(zsock_setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value)));
}

static int do_getsockopt(int sock) {
  int value = 0;
  socklen_t size = sizeof(value);

  return told(zsock_getsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &value, &size));
}

static int do_so_error(int sock) {
  int error = 0;
  socklen_t size = sizeof(error);

  return zsock_getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? -errno : error;
}

static int do_fcntl(int sock) {
  return told(zsock_fcntl(sock, F_GETFL, 0));
}

static int do_ioctl(int sock) {
  int readable = 0;

  return zsock_ioctl(sock, ZFD_IOCTL_FIONREAD, &readable) < 0 ? -errno : readable;
}

static int do_getaddrinfo(int sock) {
  struct zsock_addrinfo* list = NULL;
  int error = zsock_getaddrinfo("host.example.org", "80", NULL, &list);

  ARG_UNUSED(sock);
  zsock_freeaddrinfo(list);
  return error;
}

static int do_close(int sock) {
  return told(zsock_close(sock));
}

const struct call calls[] = {
    {"zsock_socket", do_socket, true},
    {"zsock_bind", do_bind, true},
    {"zsock_listen", do_listen, true},
    {"zsock_connect", do_connect, true},
    {"zsock_accept", do_accept, false},
    {"zsock_shutdown", do_shutdown, true},
    {"zsock_send", do_send, false},
    {"zsock_sendto", do_sendto, false},
    {"zsock_sendmsg", do_sendmsg, false},
    {"zsock_send_all", do_send_all, false},
    {"zsock_sendmsg_all", do_sendmsg_all, false},
    {"zsock_recv", do_recv, false},
    {"zsock_recv, all of it", do_recv_all, false},
    {"zsock_recvfrom", do_recvfrom, false},
    {"zsock_recvmsg", do_recvmsg, false},
    {"zsock_poll", do_poll, false},
    {"zsock_poll, for ever", do_poll_forever, false},
    {"zsock_select", do_select, false},
    {"zsock_getsockname", do_getsockname, true},
    {"zsock_getpeername", do_getpeername, true},
    {"zsock_setsockopt", do_setsockopt, true},
    {"zsock_getsockopt", do_getsockopt, true},
    {"SO_ERROR", do_so_error, false},
    {"zsock_fcntl", do_fcntl, false},
    {"zsock_ioctl", do_ioctl, false},
    {"zsock_getaddrinfo", do_getaddrinfo, false},
    {"zsock_close", do_close, false},
};
const size_t call_count = ARRAY_SIZE(calls);

const struct call* call_of(const char* name) {
  for (size_t i = 0; i < call_count; i++) {
    if (strcmp(calls[i].name, name) == 0) {
      return &calls[i];
    }
  }
  fprintf(stderr, "no call %s\n", name);
  exit(1);
}
