/*
 * A TCP pair for simba: "tcp server PORT" sends back what it gets, one client after the other;
 * "tcp client ADDRESS PORT" sends a line and prints what comes back.
 */
#include "simba.h"

static int serve(uint16_t port) {
  struct socket_t listener;
  struct socket_t client;
  struct inet_addr_t addr = {.port = port};
  char address[16];
  char octet;

  inet_aton("0.0.0.0", &addr.ip);
  if (socket_open_tcp(&listener) != 0 || socket_bind(&listener, &addr) != 0 ||
      socket_listen(&listener, 5) != 0) {
    std_printf(FSTR("cannot listen on port %d\n"), port);
    return 1;
  }
  std_printf(FSTR("listening on port %d\n"), port);
  while (socket_accept(&listener, &client, &addr) == 0) {
    std_printf(FSTR("connected: %s port %d\n"), inet_ntoa(&addr.ip, address), addr.port);
    while (chan_read(&client, &octet, 1) == 1) {
      chan_write(&client, &octet, 1);
    }
    socket_close(&client);
  }
  return 1;
}

static int ask(const char* host, uint16_t port) {
  static const char line[] = "simba speaks TCP\n";
  struct socket_t tcp;
  struct time_t timeout = {5, 0};
  char answer[sizeof(line)] = "";
  int error;

  socket_open_tcp(&tcp);
  error = socket_connect_by_hostname(&tcp, host, port);
  if (error != 0) {
    std_printf(FSTR("cannot connect: %d\n"), error);
    return 1;
  }
  socket_write(&tcp, line, sizeof(line) - 1);
  if (chan_poll(&tcp, &timeout) == NULL) {
    std_printf(FSTR("no answer\n"));
    return 1;
  }
  socket_read(&tcp, answer, sizeof(line) - 1);
  std_printf(FSTR("%s"), answer);
  socket_close(&tcp);
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
  std_printf(FSTR("usage: tcp server PORT, tcp client ADDRESS PORT\n"));
  return 2;
}
