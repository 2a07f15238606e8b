#include "libzsock/include/simba/simba.h"
#include "tests/simba/cases.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/simba/fake_native.h"

static struct socket_t tcp;

static void open_tcp(void) {
  CHECK(socket_open_tcp(&tcp) == 0);
}

static void close_tcp(void) {
  socket_close(&tcp);
  close(fake.peer);
}

static void close_other(struct socket_t* other) {
  socket_close(other);
  close(fake.peer);
}

/* The native sockets choose the identifier, and give no IP header. */
void RawSocketsSpeakEcho(void) {
  struct socket_t raw;
  struct inet_addr_t from = {.port = 0};
  unsigned char request[12] = {8, 0, 0, 0, 0x12, 0x34, 0, 7, 'p', 'i', 'n', 'g'};
  unsigned char reply[12] = {0, 0, 1, 2, 0x99, 0x99, 0, 7, 'p', 'o', 'n', 'g'};
  unsigned char packet[64];
  uint16_t length;

  CHECK(socket_open_raw(&raw) == 0);
  CHECK((socket_bind)(&raw, &from) == -1);
  CHECK(inet_aton("192.0.2.9", &from.ip) == 0);
  CHECK(socket_sendto(&raw, request, sizeof(request), 0, &from) == sizeof(request));
  CHECK(fake.address.sin_addr.s_addr == from.ip.number);
  CHECK(read(fake.peer, packet, sizeof(packet)) == sizeof(request) && packet[4] == 0x12);
  request[0] = 13;
  CHECK(socket_sendto(&raw, request, sizeof(request), 0, &from) == -EINVAL);
  CHECK(socket_sendto(&raw, request, 4, 0, &from) == -EINVAL);

  CHECK(write(fake.peer, reply, sizeof(reply)) == sizeof(reply));
  CHECK(socket_recvfrom(&raw, packet, sizeof(packet), 0, &from) == 32);
  memcpy(&length, packet + 2, sizeof(length));
  CHECK(packet[0] == 0x45 && ntohs(length) == 32 && packet[9] == IPPROTO_ICMP);
  CHECK(inet_checksum(packet, 20) == 0 && memcmp(packet + 12, &from.ip.number, 4) == 0);
  CHECK(packet[24] == 0x12 && packet[25] == 0x34 && packet[27] == 7);
  CHECK(inet_checksum(packet + 20, 12) == 0);
  CHECK(write(fake.peer, reply, sizeof(reply)) == sizeof(reply));
  CHECK(socket_recvfrom(&raw, packet, 24, 0, NULL) == 24); /* what has no room is lost */
  close_other(&raw);
}

void OpensWhatTheStackHas(void) {
  struct socket_t other;

  CHECK(socket_module_init() == 0);
  open_tcp();
  CHECK(fake.domain == AF_INET && fake.type == SOCK_STREAM);
  close_tcp();
  CHECK(socket_close(&tcp) == 0);
  CHECK(socket_open(&other, SOCKET_DOMAIN_AF_INET, SOCKET_TYPE_DGRAM, 0) == 0);
  CHECK(fake.type == SOCK_DGRAM);
  socket_close(&other);
  close(fake.peer);
  CHECK(socket_open(&other, SOCKET_DOMAIN_INET, 7, 0) == -1);
  CHECK(socket_open(&other, 9, SOCKET_TYPE_STREAM, 0) == -1);
  CHECK(socket_open(&other, SOCKET_DOMAIN_INET, SOCKET_TYPE_RAW, SOCKET_PROTO_ICMP) == 0);
  CHECK(fake.type == SOCK_DGRAM && fake.protocol == IPPROTO_ICMP);
  close_other(&other);
  fake.error = ENETDOWN;
  CHECK(socket_open_udp(&other) == -1);
}

void PortsAreInHostOrder(void) {
  struct inet_addr_t address = {.port = 6000};

  open_tcp();
  CHECK(inet_aton("192.0.2.103", &address.ip) == 0);
  CHECK(socket_bind(&tcp, &address) == 0);
  CHECK(fake.address.sin_port == htons(6000));
  CHECK(fake.address.sin_addr.s_addr == htonl(0xc0000267));
  address.port = 80;
  CHECK(socket_connect(&tcp, &address) == 0);
  CHECK(fake.address.sin_port == htons(80));
  close_tcp();
}

void ErrorsAreNegative(void) {
  struct inet_addr_t address = {.port = 1};
  struct socket_t udp;

  open_tcp();
  fake.error = ECONNREFUSED;
  CHECK(socket_connect(&tcp, &address) == -ECONNREFUSED);
  fake.error = EADDRINUSE;
  CHECK(socket_bind(&tcp, &address) == -EADDRINUSE);
  CHECK(socket_listen(&tcp, 3) == 0);
  CHECK(fake.backlog == 3);
  CHECK(socket_listen(&tcp, -1) == -EINVAL);
  CHECK(socket_bind(&tcp, NULL) == -EINVAL);
  CHECK(socket_connect(NULL, &address) == -EINVAL);
  CHECK(socket_write(&tcp, NULL, 1) == -EINVAL);
  CHECK(socket_write(&tcp, "a", 0) == -EINVAL);
  CHECK(socket_read(&tcp, NULL, 1) == -EINVAL);
  close_tcp();
  CHECK(socket_open_udp(&udp) == 0);
  CHECK(socket_listen(&udp, 1) == -1);
  socket_close(&udp);
  close(fake.peer);
}

static char octets[1000000];
static ssize_t result;

static void* read_eight(void* arg_p) {
  result = socket_read(&tcp, octets, 8);
  return arg_p;
}

void TcpReadsUntilTheBufferIsFull(void) {
  struct thrd_t* reader;
  int left = 1;

  open_tcp();
  CHECK(write(fake.peer, "abc", 3) == 3);
  reader = thrd_spawn(read_eight, NULL, 0, NULL, 0);
  while (left > 0) {
    CHECK(ioctl(tcp.fd, FIONREAD, &left) == 0);
    thrd_yield();
  }
  CHECK(write(fake.peer, "defghij", 7) == 7);
  thrd_join(reader);
  CHECK(result == 8);
  CHECK(memcmp(octets, "abcdefgh", 8) == 0);
  close_tcp();
}

void TcpReadsLessAtTheEndOnly(void) {
  open_tcp();
  CHECK(write(fake.peer, "abc", 3) == 3);
  shutdown(fake.peer, SHUT_WR);
  CHECK(socket_size(&tcp) == 1);
  CHECK(socket_read(&tcp, octets, 8) == 3);
  CHECK(socket_size(&tcp) == 1);
  CHECK(socket_read(&tcp, octets, 8) == 0);
  CHECK(socket_recv(&tcp, octets, 8) == 0);
  close_tcp();
}

static void* write_all(void* arg_p) {
  result = socket_write(&tcp, octets, sizeof(octets));
  return arg_p;
}

void TcpWritesEverything(void) {
  struct thrd_t* writer;
  size_t got = 0;
  static char sink[65536];

  open_tcp();
  writer = thrd_spawn(write_all, NULL, 0, NULL, 0);
  while (got < sizeof(octets)) {
    ssize_t part = read(fake.peer, sink, sizeof(sink));

    CHECK(part > 0);
    if (part <= 0) break;
    got += (size_t)part;
  }
  thrd_join(writer);
  CHECK(result == sizeof(octets));
  close_tcp();
}

void WritingToAClosedConnectionGives0(void) {
  open_tcp();
  close(fake.peer);
  CHECK(socket_write(&tcp, "abc", 3) == 0);
  socket_close(&tcp);
}

void UdpIsOneDatagram(void) {
  struct socket_t udp;
  struct inet_addr_t address = {.port = 7};
  char text[16];

  CHECK(socket_open_udp(&udp) == 0);
  CHECK(inet_aton("10.0.0.1", &address.ip) == 0);
  CHECK(socket_sendto(&udp, "abc", 3, 0, &address) == 3);
  CHECK(fake.address.sin_port == htons(7) && fake.address.sin_addr.s_addr == htonl(0x0a000001));
  CHECK(socket_sendto(&udp, "de", 2, 0, NULL) == 2);
  CHECK(fake.address.sin_port == 0);
  CHECK(read(fake.peer, text, sizeof(text)) == 3);
  CHECK(read(fake.peer, text, sizeof(text)) == 2);
  CHECK(write(fake.peer, "0123456789", 10) == 10);
  CHECK(write(fake.peer, "x", 1) == 1);
  CHECK(socket_recvfrom(&udp, text, 4, 0, &address) == 4);
  CHECK(address.port == 4567 && address.ip.number == htonl(0x0a010203));
  CHECK(socket_read(&udp, text, sizeof(text)) == 1);
  socket_close(&udp);
  close(fake.peer);
}

void UdpKnowsNothingOfRefusals(void) {
  struct socket_t udp;
  char text[4];

  CHECK(socket_open_udp(&udp) == 0);
  fake.refusals = 1;
  CHECK(socket_send(&udp, "a", 1) == 1);
  CHECK(fake.refusals == 0);
  fake.refusals = 2;
  CHECK(write(fake.peer, "b", 1) == 1);
  CHECK(socket_read(&udp, text, sizeof(text)) == 1);
  CHECK(fake.refusals == 0);
  socket_close(&udp);
  close(fake.peer);
}

void AcceptTellsThePeer(void) {
  struct socket_t accepted;
  struct inet_addr_t address;
  int listener;

  open_tcp();
  listener = fake.peer;
  CHECK(socket_accept(&tcp, &accepted, &address) == 0);
  CHECK(address.port == 4567 && address.ip.number == htonl(0x0a010203));
  CHECK(socket_write(&accepted, "a", 1) == 1);
  CHECK(socket_read(&accepted, NULL, 0) == -EINVAL);
  socket_close(&accepted);
  close(fake.peer);
  CHECK(socket_accept(&tcp, &accepted, NULL) == 0);
  socket_close(&accepted);
  close(fake.peer);
  fake.peer = listener;
  close_tcp();
}

/* 0.3.0 to 4.1.0 */
void CallsOfOlderVersions(void) {
  struct socket_t udp, accepted;
  struct socket_addr_t address = {.port = 9};
  size_t length = sizeof(address);
  int (*function)(struct socket_t*, const struct inet_addr_t*) = socket_bind;

  CHECK(socket_open(&udp, SOCKET_DOMAIN_AF_INET, SOCKET_TYPE_DGRAM, 0) == 0);
  CHECK(socket_bind(&udp, &address, sizeof(address)) == 0);
  CHECK(fake.address.sin_port == htons(9));
  CHECK(socket_connect(&udp, &address, sizeof(address)) == 0);
  CHECK(socket_sendto(&udp, "a", 1, 0, &address, sizeof(address)) == 1);
  CHECK(write(fake.peer, "b", 1) == 1);
  CHECK(socket_recvfrom(&udp, octets, 1, 0, &address, sizeof(address)) == 1);
  CHECK(address.port == 4567);
  CHECK(function(&udp, &address) == 0);
  close(fake.peer);
  CHECK(socket_accept(&udp, &accepted, &address, &length) == 0);
  socket_close(&accepted);
  close(fake.peer);
  socket_close(&udp);
}

void ConnectsByNameOrAddress(void) {
  open_tcp();
  CHECK(socket_connect_by_hostname(&tcp, "10.0.0.9", 1883) == 0);
  CHECK(fake.address.sin_addr.s_addr == htonl(0x0a000009) && fake.address.sin_port == htons(1883));
  memset(&fake.address, 0, sizeof(fake.address));
  CHECK(socket_connect_by_hostname(&tcp, "host", 1883) == 0);
  CHECK(fake.address.sin_addr.s_addr == htonl(0x0a000009) && fake.address.sin_port == htons(1883));
  CHECK(socket_connect_by_hostname(&tcp, "no.such.host.invalid", 1883) == -1);
  close_tcp();
}

void IsAChannel(void) {
  open_tcp();
  CHECK(chan_write(&tcp, "ab", 2) == 2);
  CHECK(read(fake.peer, octets, 4) == 2);
  CHECK(chan_size(&tcp) == 0);
  CHECK(chan_control(&tcp, CHAN_CONTROL_NON_BLOCKING_READ) == 0);
  CHECK(chan_read(&tcp, octets, 4) == -EAGAIN);
  CHECK(write(fake.peer, "xyz", 3) == 3);
  CHECK(chan_read(&tcp, octets, 4) == 3);
  CHECK(chan_control(&tcp, CHAN_CONTROL_BLOCKING_READ) == 0);
  CHECK(write(fake.peer, "q", 1) == 1);
  CHECK(chan_size(&tcp) == 1);
  CHECK(chan_getc(&tcp) == 'q');
  CHECK(chan_putc(&tcp, 'p') == 'p');
  close_tcp();
}

static struct time_t instant = {0, 0};
static struct time_t short_time = {0, 5000000};

void PollReturnsTheReadySocket(void) {
  struct socket_t quiet;
  struct chan_list_t list;
  struct chan_t* workspace[2];
  int quiet_peer;

  CHECK(socket_open_udp(&quiet) == 0);
  quiet_peer = fake.peer;
  open_tcp();
  CHECK(chan_list_init(&list, workspace, sizeof(workspace)) == 0);
  CHECK(chan_list_add(&list, &quiet) == 0);
  CHECK(chan_list_add(&list, &tcp) == 0);
  CHECK(chan_list_add(&list, &tcp) == -ENOMEM);
  CHECK(chan_list_poll(&list, &instant) == NULL);
  CHECK(write(fake.peer, "a", 1) == 1);
  CHECK(chan_list_poll(&list, NULL) == &tcp);
  CHECK(chan_list_remove(&list, &quiet) == 0);
  CHECK(chan_list_remove(&list, &quiet) == -ENOENT);
  CHECK(chan_list_poll(&list, NULL) == &tcp);
  CHECK(chan_list_destroy(&list) == 0);
  socket_close(&quiet);
  close(quiet_peer);
  close_tcp();
}

void PollGivesUpInTime(void) {
  open_tcp();
  CHECK(chan_poll(&tcp, &short_time) == NULL);
  close(fake.peer);
  CHECK(chan_poll(&tcp, NULL) == &tcp); /* the end is to be read */
  socket_close(&tcp);
}

static struct queue_t queue;

static void* write_queue(void* arg_p) {
  result = queue_write(&queue, "abc", 3);
  return arg_p;
}

void AQueueWakesWhoPollsItAndASocket(void) {
  struct chan_list_t list;
  struct chan_t* workspace[2];
  struct thrd_t* writer;

  open_tcp();
  queue_init(&queue, NULL, 0);
  chan_list_init(&list, workspace, sizeof(workspace));
  chan_list_add(&list, &tcp);
  chan_list_add(&list, &queue);
  writer = thrd_spawn(write_queue, NULL, 0, NULL, 0);
  CHECK(chan_list_poll(&list, NULL) == &queue);
  CHECK(chan_read(&queue, octets, 3) == 3);
  thrd_join(writer);
  CHECK(result == 3);
  CHECK(write(fake.peer, "a", 1) == 1);
  CHECK(chan_list_poll(&list, NULL) == &tcp);
  close_tcp();
}

static volatile size_t own_size;
static struct chan_t own;

static size_t size_of_own(void* self_p) {
  (void)self_p;
  return own_size;
}

/* As drivers do it. */
static void* make_ready(void* arg_p) {
  sys_lock();
  own_size = 1;
  if (chan_is_polled_isr(&own)) thrd_resume_isr(own.reader_p, 0);
  sys_unlock();
  return arg_p;
}

void AnOwnChannelWakesItsPoller(void) {
  struct thrd_t* writer;

  own_size = 0;
  chan_init(&own, NULL, NULL, size_of_own);
  writer = thrd_spawn(make_ready, NULL, 0, NULL, 0);
  CHECK(chan_poll(&own, NULL) == &own);
  thrd_join(writer);
  CHECK(!chan_is_polled_isr(&own));
}

static int refuse_x(void* self_p, const void* buf_p, size_t size) {
  (void)self_p;
  (void)size;
  return *(const char*)buf_p != 'x';
}

void FiltersDecideWhatIsWritten(void) {
  open_tcp();
  chan_set_write_filter_cb(&tcp.base, refuse_x);
  CHECK(chan_write(&tcp, "x", 1) == 1);
  CHECK(chan_write(&tcp, "y", 1) == 1);
  CHECK(read(fake.peer, octets, 4) == 1);
  CHECK(octets[0] == 'y');
  CHECK(chan_write(chan_null(), "abc", 3) == 3);
  CHECK(chan_read(chan_null(), octets, 3) == -1);
  CHECK(chan_size(chan_null()) == 0);
  close_tcp();
}
