#include "libzsock/simba/tree.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libzsock/include/zsock/zsock.h"

size_t simba_tree_socket_size(void) {
  return sizeof(struct socket_t);
}

ssize_t simba_tree_send_now(struct socket_t* self_p, const void* buf_p, size_t size) {
  const ssize_t sent = zs_send(self_p->fd, buf_p, size, MSG_NOSIGNAL | MSG_DONTWAIT);

  return sent < 0 ? -errno : sent;
}

/* --- Calls that wait ------------------------------------------------------------------------ */

struct job {
  void (*function)(void*);
  void* argument;
  struct job* next;
};

static pthread_mutex_t jobs_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t job_there = PTHREAD_COND_INITIALIZER;
static struct job* first_job;
static int idle_threads; /* that no job has been given to */

static void* run_jobs(void* unused) {
  (void)unused;
  pthread_mutex_lock(&jobs_lock);
  for (;;) {
    struct job* job = first_job;

    if (job == NULL) {
      pthread_cond_wait(&job_there, &jobs_lock);
      continue;
    }
    first_job = job->next;
    pthread_mutex_unlock(&jobs_lock);
    job->function(job->argument);
    free(job);
    pthread_mutex_lock(&jobs_lock);
    idle_threads++;
  }
  return NULL;
}

static int start_thread(void* (*main)(void*)) {
  pthread_t thread;
  sigset_t all;
  sigset_t before;
  int error;

  /* The signals are simba's: its clock. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  error = pthread_create(&thread, NULL, main, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error == 0) pthread_detach(thread);
  return error == 0 ? 0 : -EAGAIN;
}

/* As many threads as there are calls that wait at the same time. */
int simba_tree_run(void (*function)(void*), void* argument) {
  struct job* job = malloc(sizeof(*job));
  int error = job == NULL ? -EAGAIN : 0;

  pthread_mutex_lock(&jobs_lock);
  if (error == 0 && idle_threads == 0) error = start_thread(run_jobs);
  if (error == 0) {
    if (idle_threads > 0) idle_threads--;
    *job = (struct job){function, argument, first_job};
    first_job = job;
    pthread_cond_signal(&job_there);
  }
  pthread_mutex_unlock(&jobs_lock);
  if (error != 0) free(job);
  return error;
}

/* --- Sockets that somebody polls ------------------------------------------------------------- */

enum { PAUSE_MS = 10 };

struct watched {
  struct socket_t* socket;
  void (*ready)(void*);
  void* argument;
};

static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static struct watched* watched;
static size_t count;
static size_t room;
static struct pollfd* larger;       /* for `room` sockets and the eventfd, until watch() takes it */
static int wake = -1;               /* eventfd: the sockets have changed; -1: nobody watches */
static struct socket_t* being_told; /* its ready() runs */

static size_t place_of(const struct socket_t* socket) {
  size_t i = 0;

  while (i < count && watched[i].socket != socket) i++;
  return i;
}

static void take_out(size_t place) {
  watched[place] = watched[--count];
}

/* The sockets may have changed since: who is told for nothing looks, and asks again. */
static void tell(int fd) {
  struct watched ready;
  size_t i = 0;

  while (i < count && watched[i].socket->fd != fd) i++;
  if (i == count) return;
  ready = watched[i];
  take_out(i);
  being_told = ready.socket;
  pthread_mutex_unlock(&watch_lock);
  ready.ready(ready.argument);
  pthread_mutex_lock(&watch_lock);
  being_told = NULL;
  pthread_cond_broadcast(&told);
}

static nfds_t collect(struct pollfd** polled) {
  nfds_t number = 0;

  if (larger != NULL) {
    free(*polled);
    *polled = larger;
    larger = NULL;
  }
  (*polled)[number++] = (struct pollfd){.fd = wake, .events = POLLIN};
  for (size_t i = 0; i < count; i++) {
    (*polled)[number++] = (struct pollfd){.fd = watched[i].socket->fd, .events = POLLIN};
  }
  return number;
}

static void* watch(void* unused) {
  struct pollfd* polled = NULL;

  (void)unused;
  pthread_mutex_lock(&watch_lock);
  for (;;) {
    const nfds_t number = collect(&polled);
    eventfd_t times;
    int ready;

    pthread_mutex_unlock(&watch_lock);
    ready = zs_poll(polled, number, -1);
    if (ready < 0) poll(NULL, 0, PAUSE_MS); /* memory is short, say: it may have passed then */
    if (ready > 0 && polled[0].revents != 0) eventfd_read(polled[0].fd, &times);
    pthread_mutex_lock(&watch_lock);
    for (nfds_t i = 1; ready > 0 && i < number; i++) {
      if (polled[i].revents != 0) tell(polled[i].fd);
    }
  }
  return NULL;
}

static int start_watching(void) {
  if (wake >= 0) return 0;
  wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake >= 0 && start_thread(watch) == 0) return 0;
  if (wake >= 0) close(wake);
  wake = -1;
  return -EAGAIN;
}

/* For watch() as well, which could tell nobody that there is no memory. */
static int make_room(void) {
  const size_t wanted = room + 16;
  struct watched* more;
  struct pollfd* polled;

  if (count < room) return 0;
  more = realloc(watched, wanted * sizeof(*watched));
  if (more == NULL) return -ENOMEM;
  watched = more;
  polled = malloc((wanted + 1) * sizeof(*polled));
  if (polled == NULL) return -ENOMEM;
  free(larger);
  larger = polled;
  room = wanted;
  return 0;
}

int simba_tree_watch(struct socket_t* self_p, void (*ready)(void*), void* argument) {
  int error = 0;

  pthread_mutex_lock(&watch_lock);
  if (place_of(self_p) == count) {
    error = make_room();
    if (error == 0) error = start_watching();
    if (error == 0) {
      watched[count++] = (struct watched){self_p, ready, argument};
      eventfd_write(wake, 1);
    }
  }
  pthread_mutex_unlock(&watch_lock);
  return error;
}

void simba_tree_unwatch(struct socket_t* self_p) {
  pthread_mutex_lock(&watch_lock);
  const size_t place = place_of(self_p);
  if (place < count) {
    take_out(place);
    eventfd_write(wake, 1);
  }
  while (being_told == self_p) pthread_cond_wait(&told, &watch_lock);
  pthread_mutex_unlock(&watch_lock);
}
