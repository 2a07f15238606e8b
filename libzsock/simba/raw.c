#include "libzsock/simba/raw.h"

#include <netinet/in.h>

#include "libzsock/include/zsock/zsock.h"

enum {
  IP_HEADER = 20,
  AT_VERSION = 0, /* offsets */
  AT_LENGTH = 2,
  AT_TTL = 8,
  AT_PROTOCOL = 9,
  AT_CHECKSUM = 10,
  AT_SOURCE = 12,
  ICMP_HEADER = 8,
  ICMP_TYPE = 0,
  ICMP_CHECKSUM = 2,
  ICMP_IDENTIFIER = 4,
  ECHO_REQUEST = 8,
  LARGEST = 65535
};

static void put16(unsigned char* at, uint16_t value) {
  at[0] = (unsigned char)(value >> 8);
  at[1] = (unsigned char)value;
}

static void put_checksum(unsigned char* at, unsigned char* message, size_t size) {
  uint16_t sum;

  put16(at, 0);
  sum = inet_checksum(message, size);
  memcpy(at, &sum, sizeof(sum));
}

int zsock_simba_raw_open(void) {
  return zs_socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
}

ssize_t zsock_simba_raw_send(struct socket_t* self, const void* data, size_t size,
                             const struct inet_addr_t* to) {
  const unsigned char* message = data;
  struct sockaddr_in address = {.sin_family = AF_INET};
  ssize_t sent;

  if (size < ICMP_HEADER || message[ICMP_TYPE] != ECHO_REQUEST) return -EINVAL;
  memcpy(self->identifier, message + ICMP_IDENTIFIER, sizeof(self->identifier));
  if (to != NULL) address.sin_addr.s_addr = to->ip.number;
  do {
    sent = zs_sendto(self->fd, data, size, MSG_NOSIGNAL,
                     to != NULL ? (struct sockaddr*)&address : NULL,
                     to != NULL ? (socklen_t)sizeof(address) : 0);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

static void write_header(unsigned char* header, size_t size, const struct sockaddr_in* from) {
  memset(header, 0, IP_HEADER);
  header[AT_VERSION] = 0x45;
  put16(header + AT_LENGTH, (uint16_t)(IP_HEADER + size));
  header[AT_TTL] = 64;
  header[AT_PROTOCOL] = IPPROTO_ICMP;
  memcpy(header + AT_SOURCE, &from->sin_addr, sizeof(from->sin_addr));
  put_checksum(header + AT_CHECKSUM, header, IP_HEADER);
}

ssize_t zsock_simba_raw_receive(const struct socket_t* self, void* data, size_t size,
                                struct inet_addr_t* from) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length;
  unsigned char packet[IP_HEADER + LARGEST];
  unsigned char* message = packet + IP_HEADER;
  ssize_t got;

  do {
    length = sizeof(address);
    got = zs_recvfrom(self->fd, message, LARGEST - IP_HEADER, self->non_blocking ? MSG_DONTWAIT : 0,
                      (struct sockaddr*)&address, &length);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return -errno;
  if (got >= ICMP_HEADER) {
    memcpy(message + ICMP_IDENTIFIER, self->identifier, sizeof(self->identifier));
    put_checksum(message + ICMP_CHECKSUM, message, (size_t)got);
  }
  write_header(packet, (size_t)got, &address);
  if (from != NULL) *from = (struct inet_addr_t){.ip = {.number = address.sin_addr.s_addr}};
  got += IP_HEADER;
  if ((size_t)got > size) got = (ssize_t)size;
  memcpy(data, packet, (size_t)got);
  return got;
}
