/* Runs a program of simba's document: tcp, udp. */
#include "simba.h"

void tcp_client(void);
void udp_client(void);

int main(int argc, char* argv[]) {
  sys_start();
  if (argc > 1 && strcmp(argv[1], "tcp") == 0) {
    tcp_client();
  } else {
    udp_client();
  }
  return 0;
}
