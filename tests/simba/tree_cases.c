#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "libzsock/simba/tree.h"
#include "tests/simba/cases.h"
#include "tests/simba/fake_native.h"

/* The linker's --wrap: memory that is short. */
static atomic_int no_memory;
void* __real_realloc(void* old, size_t size);
void* __wrap_realloc(void* old, size_t size);
void* __real_malloc(size_t size);
void* __wrap_malloc(size_t size);

void* __wrap_realloc(void* old, size_t size) {
  return no_memory ? NULL : __real_realloc(old, size);
}

void* __wrap_malloc(size_t size) {
  return no_memory ? NULL : __real_malloc(size);
}

enum { MANY = 40 };

struct one {
  struct socket_t socket;
  int peer;
  int told; /* eventfd */
};

static struct one ones[MANY];

static void on_ready(void* argument) {
  eventfd_write(*(int*)argument, 1);
}

static void open_one(struct one* one) {
  CHECK(socket_open_tcp(&one->socket) == 0);
  one->peer = fake.peer;
  one->told = eventfd(0, EFD_CLOEXEC);
}

static void close_one(struct one* one) {
  simba_tree_unwatch(&one->socket);
  socket_close(&one->socket);
  close(one->peer);
  close(one->told);
}

/* Within ten seconds. */
static int is_told(const struct one* one) {
  struct pollfd told = {.fd = one->told, .events = POLLIN};

  CHECK(write(one->peer, "x", 1) == 1);
  return poll(&told, 1, 10000) == 1;
}

/* What has been promised is kept without any more memory. */
void ShortMemoryDoesNotStopTheWatch(void) {
  for (int i = 0; i < MANY; i++) open_one(&ones[i]);
  CHECK(simba_tree_watch(&ones[0].socket, on_ready, &ones[0].told) == 0);
  CHECK(is_told(&ones[0]));
  no_memory = 1;
  for (int i = 1; i < MANY; i++) {
    CHECK(simba_tree_watch(&ones[i].socket, on_ready, &ones[i].told) == 0);
    CHECK(is_told(&ones[i]));
  }
  no_memory = 0;
  for (int i = 0; i < MANY; i++) close_one(&ones[i]);
}

/* As many at a time as there is room for, and one more. */
void RoomForMoreIsRefusedWithoutMemory(void) {
  int watched = 0;

  for (int i = 0; i < MANY; i++) open_one(&ones[i]);
  CHECK(simba_tree_watch(&ones[watched++].socket, on_ready, &ones[0].told) == 0);
  no_memory = 1;
  while (watched < MANY &&
         simba_tree_watch(&ones[watched].socket, on_ready, &ones[watched].told) == 0) {
    watched++;
  }
  CHECK(watched < MANY);
  for (int i = 0; i < watched; i++) CHECK(is_told(&ones[i]));
  no_memory = 0;
  for (int i = 0; i < MANY; i++) {
    CHECK(simba_tree_watch(&ones[i].socket, on_ready, &ones[i].told) == 0);
  }
  for (int i = 0; i < MANY; i++) CHECK(i < watched || is_told(&ones[i]));
  for (int i = 0; i < MANY; i++) close_one(&ones[i]);
}

/* zs_poll() may lack memory, too: no loop without a pause, and nothing is lost. */
void AWatcherThatCannotPollTriesAgain(void) {
  struct timespec before;
  struct timespec after;

  open_one(&ones[0]);
  open_one(&ones[1]);
  CHECK(simba_tree_watch(&ones[0].socket, on_ready, &ones[0].told) == 0);
  clock_gettime(CLOCK_MONOTONIC, &before);
  fake.poll_failures = 10;
  CHECK(simba_tree_watch(&ones[1].socket, on_ready, &ones[1].told) == 0);
  CHECK(is_told(&ones[0]) && is_told(&ones[1]));
  while (fake.poll_failures > 0) poll(NULL, 0, 1);
  clock_gettime(CLOCK_MONOTONIC, &after);
  CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 50);
  close_one(&ones[0]);
  close_one(&ones[1]);
}
