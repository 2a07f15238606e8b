/* "ping ADDRESS [COUNT]": echo requests on a raw socket, as simba's own ping sends them. */
#include "simba.h"

#define IDENTIFIER 0x1234

struct echo {
  uint8_t type;
  uint8_t code;
  uint16_t checksum;
  uint16_t identifier;
  uint16_t sequence;
  char text[32];
};

static int ping(struct socket_t* raw_p, struct inet_addr_t* addr_p, uint16_t sequence) {
  struct echo echo = {.type = 8, .identifier = htons(IDENTIFIER), .text = "simba speaks ICMP"};
  struct {
    uint8_t ip_header[20];
    struct echo echo;
  } reply;
  struct time_t begin, end, timeout = {2, 0};
  struct inet_addr_t from;
  char text[16];
  ssize_t size;

  echo.sequence = htons(sequence);
  echo.checksum = inet_checksum(&echo, sizeof(echo));
  time_get(&begin);
  if (socket_sendto(raw_p, &echo, sizeof(echo), 0, addr_p) != sizeof(echo)) {
    return -1;
  }
  if (chan_poll(raw_p, &timeout) == NULL) {
    return -1;
  }
  size = socket_recvfrom(raw_p, &reply, sizeof(reply), 0, &from);
  time_get(&end);
  time_subtract(&end, &end, &begin);
  if (size != sizeof(reply) || reply.echo.type != 0 || reply.echo.sequence != echo.sequence ||
      reply.echo.identifier != echo.identifier ||
      inet_checksum(&reply.echo, sizeof(reply.echo)) != 0) {
    return -1;
  }
  std_printf(FSTR("%d octets from %s: sequence %d, %d ms\n"), (int)sizeof(reply.echo),
             inet_ntoa(&from.ip, text), sequence,
             (int)(end.seconds * 1000 + end.nanoseconds / 1000000));
  return 0;
}

int main(int argc, char* argv[]) {
  struct socket_t raw;
  struct inet_addr_t addr = {.port = 0};
  long count = 3;
  uint16_t sequence;
  int lost = 0;

  sys_start();
  if (argc < 2 || inet_aton(argv[1], &addr.ip) != 0 ||
      (argc > 2 && std_strtol(argv[2], &count) == NULL)) {
    std_printf(FSTR("usage: ping ADDRESS [COUNT]\n"));
    return 2;
  }
  if (socket_open_raw(&raw) != 0) {
    std_printf(FSTR("no raw socket\n"));
    return 1;
  }
  for (sequence = 1; sequence <= count; ++sequence) {
    if (ping(&raw, &addr, sequence) != 0) {
      std_printf(FSTR("no reply to %d\n"), sequence);
      ++lost;
    }
  }
  socket_close(&raw);
  return lost == 0 ? 0 : 1;
}
