/* Zephyr's calls against a zsockd that is slow, dies, lies and comes back, in C as firmware is. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stdio.h>
#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

#include "fake.h"

extern int failures;
extern int rows;

/* `is` and `should`: what a call gave, or -errno. */
void row(const char* where, const char* call, int is, int should);
void check(const char* where, const char* what, bool is);

/* What a call is made on. */
enum kind { STREAM, CONNECTED, LISTENER, DATAGRAM, KINDS };
int make(enum kind kind);
const char* kind_name(enum kind kind);
void nonblocking(int sock, bool on);

/* Each function, with ordinary arguments: its result, or -errno. */
struct call {
  const char* name;
  int (*go)(int sock);
  bool asks; /* zsockd is asked */
};
extern const struct call calls[];
extern const size_t call_count;
const struct call* call_of(const char* name);

/* A call in a thread of its own. */
struct started {
  const struct call* call;
  int sock;
  int result;
  int64_t ended; /* k_uptime_get() */
  struct k_thread thread;
};
void start(struct started* started, const char* name, int sock);
void join(struct started* started);
bool has_ended(struct started* started);

void test_dead(void);
void test_death(void);
void test_restart(void);
void test_slow(void);
void test_replies(void);
void test_memory(void);

#endif
