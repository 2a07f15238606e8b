/* Sockets of simba's own kernel on zsockd, which has 192.0.2.1: while one thread waits, others run.
 */
#include <arpa/inet.h>

#include "simba.h"

enum { BIG = 3000000, MESSAGES = 300 };

static int failures;
static int turns; /* of the thread that never waits for the network */
static int finished;
static int received;
static char data[BIG];
static char back[BIG];

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      failures++;                                                             \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                         \
  } while (0)

static struct inet_addr_t at(uint16_t port) {
  struct inet_addr_t address;

  memset(&address, 0, sizeof(address));
  address.ip.number = inet_addr("192.0.2.1");
  address.port = port;
  return address;
}

static void* turn(void* arg_p) {
  (void)arg_p;
  while (!finished) {
    turns++;
    thrd_yield();
  }
  return NULL;
}

/* Echoes one connection, in pieces of 1000 octets, until its end. */
static void* serve(void* arg_p) {
  static char piece[1000];
  struct socket_t* listener_p = arg_p;
  struct socket_t client;
  struct inet_addr_t peer;
  ssize_t got;

  CHECK(socket_accept(listener_p, &client, &peer) == 0);
  CHECK(peer.ip.number == inet_addr("192.0.2.1") && peer.port == 6001);
  while ((got = client.base.read(&client, piece, sizeof(piece))) > 0) {
    CHECK(client.base.write(&client, piece, (size_t)got) == got);
  }
  CHECK(got == 0);
  CHECK(socket_close(&client) == 0);
  return NULL;
}

static void* send_all(void* arg_p) {
  CHECK(socket_write(arg_p, data, BIG) == BIG);
  return NULL;
}

static void streams(void) {
  struct socket_t listener;
  struct socket_t tcp;
  struct inet_addr_t local = at(6001);
  struct inet_addr_t remote = at(6000);
  struct inet_addr_t nobody = at(6999);
  struct thrd_t* server;
  struct thrd_t* writer;
  size_t i;
  int before = turns;

  for (i = 0; i < BIG; i++) data[i] = (char)(i * 7);
  CHECK(socket_open_tcp(&listener) == 0);
  CHECK(socket_bind(&listener, &remote) == 0);
  CHECK(socket_listen(&listener, 1) == 0);
  CHECK(socket_size(&listener) == 0);
  server = thrd_spawn(serve, &listener);
  CHECK(socket_open_tcp(&tcp) == 0);
  CHECK(socket_bind(&tcp, &local) == 0);
  CHECK(socket_connect(&tcp, &remote) == 0);
  /* One thread writes more than there is room for, one reads all of it at once. */
  writer = thrd_spawn(send_all, &tcp);
  CHECK(socket_read(&tcp, back, BIG) == BIG);
  CHECK(memcmp(data, back, BIG) == 0);
  thrd_join(writer);
  CHECK(socket_close(&tcp) == 0);
  thrd_join(server);
  CHECK(socket_close(&listener) == 0 && socket_close(&listener) == 0);
  CHECK(turns > before);
  CHECK(socket_open_tcp(&tcp) == 0);
  CHECK(socket_connect(&tcp, &nobody) == -ECONNREFUSED);
  CHECK(socket_connect_by_hostname(&tcp, "no.such.name.invalid", 1) == -1);
  CHECK(socket_close(&tcp) == 0);
}

static void* send_later(void* arg_p) {
  struct inet_addr_t to = at(6003);
  int i;

  for (i = 0; i < MESSAGES; i++) {
    while (received < i) thrd_yield();
    to.port = (uint16_t)(6003 + i % 2);
    CHECK(socket_sendto(arg_p, &i, sizeof(i), 0, &to) == sizeof(i));
  }
  return NULL;
}

/* Who polls two channels is told of each datagram. */
static void datagrams(void) {
  struct socket_t from;
  struct socket_t to[2];
  struct inet_addr_t address = at(6002);
  struct inet_addr_t source;
  struct thrd_t* sender;
  int i;
  int number;

  CHECK(socket_open_udp(&from) == 0 && socket_bind(&from, &address) == 0);
  for (i = 0; i < 2; i++) {
    address.port = (uint16_t)(6003 + i);
    CHECK(socket_open_udp(&to[i]) == 0 && socket_bind(&to[i], &address) == 0);
  }
  sender = thrd_spawn(send_later, &from);
  for (i = 0; i < MESSAGES; i++) {
    struct chan_t* chan_p = chan_poll_two(&to[0], &to[1]);

    CHECK(chan_p == &to[i % 2].base);
    CHECK(socket_recvfrom((struct socket_t*)(void*)chan_p, &number, sizeof(number), 0, &source) ==
          sizeof(number));
    CHECK(number == i && source.port == 6002);
    received++;
  }
  thrd_join(sender);
  CHECK(socket_size(&to[0]) == 0); /* watched when it is closed */
  CHECK(socket_close(&from) == 0 && socket_close(&to[0]) == 0 && socket_close(&to[1]) == 0);
}

static void others(void) {
  struct socket_t other;

  CHECK(socket_module_init() == 0);
  CHECK(socket_open(&other, SOCKET_DOMAIN_INET, 7, 0) == -1);
  CHECK(socket_open_raw(&other) == 0 && other.type == SOCKET_TYPE_RAW);
  CHECK(socket_listen(&other, 1) == -1);
  CHECK(socket_close(&other) == 0);
  CHECK(socket_open_udp(NULL) == -EINVAL && socket_read(&other, NULL, 1) == -EINVAL);
}

int main(void) {
  struct thrd_t* idle;

  sys_start();
  idle = thrd_spawn(turn, NULL);
  others();
  streams();
  datagrams();
  finished = 1;
  thrd_join(idle);
  printf("%d failures, others had %d turns\n", failures, turns);
  return failures != 0;
}
