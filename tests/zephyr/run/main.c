/* Runs a part of the tutorial: tcp_server, udp_server, tcp_client ADDRESS PORT, udp_client ADDRESS
 * PORT. */
#include <stdlib.h>
#include <zephyr/net/socket.h>

void tcp_server(void);
void udp_server(void);
int tcp_connect(const char* server, uint16_t port);
void tcp_send_receive(int sock);
void udp_send(const char* server, uint16_t port, const char* msg);

int main(int argc, char* argv[]) {
  const char* part = argc > 1 ? argv[1] : "";
  uint16_t port = argc > 3 ? (uint16_t)atoi(argv[3]) : 0;

  if (strcmp(part, "tcp_server") == 0) {
    tcp_server();
  } else if (strcmp(part, "udp_server") == 0) {
    udp_server();
  } else if (strcmp(part, "tcp_client") == 0) {
    int sock = tcp_connect(argv[2], port);

    if (sock < 0) {
      return 1;
    }
    tcp_send_receive(sock);
  } else if (strcmp(part, "udp_client") == 0) {
    udp_send(argv[2], port, "by UDP");
  }
  return 0;
}
