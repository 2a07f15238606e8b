/*
 * A UDP pair for simba: "udp server PORT" sends datagrams back, and tells a second thread of them
 * through a queue; "udp client ADDRESS PORT" sends one and prints the answer.
 */
#include "simba.h"

static QUEUE_INIT_DECL(lengths, NULL, 0);
static THRD_STACK(reporter_stack, 1024);

static void* report(void* arg_p) {
  uint32_t length;

  UNUSED(arg_p);
  thrd_set_name("reporter");
  while (queue_read(&lengths, &length, sizeof(length)) == sizeof(length)) {
    log_object_print(NULL, LOG_INFO, OSTR("%u octets\n"), (unsigned int)length);
  }
  return NULL;
}

static int serve(uint16_t port) {
  struct socket_t udp;
  struct inet_addr_t addr = {.port = port};
  static char buf[2048];
  ssize_t size;
  uint32_t length;

  inet_aton("0.0.0.0", &addr.ip);
  if (socket_open_udp(&udp) != 0 || socket_bind(&udp, &addr) != 0) {
    std_printf(FSTR("cannot bind port %d\n"), port);
    return 1;
  }
  thrd_spawn(report, NULL, 0, reporter_stack, sizeof(reporter_stack));
  std_printf(FSTR("bound to port %d\n"), port);
  while ((size = socket_recvfrom(&udp, buf, sizeof(buf), 0, &addr)) >= 0) {
    if (size > 0) {
      socket_sendto(&udp, buf, (size_t)size, 0, &addr);
    }
    length = (uint32_t)size;
    queue_write(&lengths, &length, sizeof(length));
  }
  return 1;
}

static int ask(const char* host, uint16_t port) {
  static const char text[] = "simba speaks UDP\n";
  struct socket_t udp;
  struct inet_addr_t addr = {.port = port};
  struct time_t timeout = {5, 0};
  char answer[64] = "";

  if (inet_aton(host, &addr.ip) != 0 || socket_open_udp(&udp) != 0 ||
      socket_connect(&udp, &addr) != 0) {
    std_printf(FSTR("cannot reach %s\n"), host);
    return 1;
  }
  socket_write(&udp, text, sizeof(text) - 1);
  if (chan_poll(&udp, &timeout) == NULL) {
    std_printf(FSTR("no answer\n"));
    return 1;
  }
  socket_read(&udp, answer, sizeof(answer) - 1);
  std_printf(FSTR("%s"), answer);
  socket_close(&udp);
  return 0;
}

int main(int argc, char* argv[]) {
  long port;

  sys_start();
  if (argc == 3 && std_strcmp(argv[1], FSTR("server")) == 0 && std_strtol(argv[2], &port) != NULL) {
    return serve((uint16_t)port);
  }
  if (argc == 4 && std_strcmp(argv[1], FSTR("client")) == 0 && std_strtol(argv[3], &port) != NULL) {
    return ask(argv[2], (uint16_t)port);
  }
  std_printf(FSTR("usage: udp server PORT, udp client ADDRESS PORT\n"));
  return 2;
}
