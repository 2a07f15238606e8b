/* What programs that check socket calls share: CHECK prints what is wrong and counts it. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int failures;

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      fprintf(stderr, "%s:%d: %s (errno %s)\n", __func__, __LINE__, #condition, \
              strerrorname_np(errno));                                          \
      __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);                       \
    }                                                                           \
  } while (0)

static inline struct sockaddr* any(void* address) {
  return (struct sockaddr*)address;
}
static inline struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}
