/* Runs a part of the document on socket services: udp, tcp. */
#include <zephyr/net/socket.h>

int seed_udp(const struct sockaddr_in6* addr);
int seed_tcp(const struct sockaddr_in6* addr);

int main(int argc, char* argv[]) {
  struct sockaddr_in6 addr = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};

  if (argc > 1 && strcmp(argv[1], "udp") == 0) {
    addr.sin6_port = htons(5001);
    return seed_udp(&addr);
  }
  addr.sin6_port = htons(5002);
  return seed_tcp(&addr);
}
