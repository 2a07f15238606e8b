/* Answers that are none: the session ends, what was asked fails with ENETDOWN, no descriptor is
 * left behind, and the next zsockd is a new one. */
#include <dirent.h>

#include "hostile.h"

static int open_descriptors(void) {
  DIR* directory = opendir("/proc/self/fd");
  int count = 0;

  while (readdir(directory) != NULL) {
    count++;
  }
  closedir(directory);
  return count;
}

static int ordinary(const struct call* call, enum kind kind) {
  int sock;
  int result;

  fake_start();
  sock = make(kind);
  result = call->go(sock);
  zsock_close(sock);
  fake_stop();
  return result;
}

/* A session's end leaves a doorbell: whoever still rings it must not ring somebody else's
 * descriptor. The fake daemon has its ends of sockets and sessions in this process. What an answer
 * brings unasked is more. */
enum { MAY_STAY = 3 };

static void test_reply(const struct call* call, enum kind kind, enum fake_manner manner,
                       int usual) {
  static const char* const names[FAKE_MANNERS] = {"does not come", "is short", "is none of ours",
                                                  "is another's", "brings descriptors"};
  char where[96];
  int sock;
  int before;
  int result;

  fake_start();
  sock = make(kind);
  /* Sockets that are made ahead have been answered when this has: the bad answer is the next. */
  call_of("zsock_getsockname")->go(sock);
  before = open_descriptors();
  fake_answer_badly(manner);
  result = call->go(sock);
  snprintf(where, sizeof(where), "an answer that %s, %s", names[manner], kind_name(kind));
  if (result != -ENETDOWN && result != -ECONNRESET) {
    row(where, call->name, result, usual); /* it has not been asked, or asked again */
  }
  /* Streams are made ahead, when that pays: only the others can be counted. */
  if (kind == DATAGRAM && call->go != call_of("zsock_socket")->go) {
    for (int i = 0; i < 5000 && open_descriptors() > before + MAY_STAY; i++) {
      k_msleep(1); /* until the fake daemon has seen the end of the session */
    }
    check(where, "no descriptor is left behind", open_descriptors() <= before + MAY_STAY);
  }
  /* Whatever became of it, a socket can be made again. */
  row(where, "zsock_socket", call_of("zsock_socket")->go(-1), 0);
  zsock_close(sock);
  fake_stop();
}

void test_replies(void) {
  static const enum kind kinds[] = {STREAM, DATAGRAM};

  for (size_t i = 0; i < call_count; i++) {
    for (size_t kind = 0; calls[i].asks && kind < ARRAY_SIZE(kinds); kind++) {
      const bool waits = kinds[kind] == STREAM && calls[i].go == call_of("zsock_connect")->go;
      const int usual = waits ? -ENETDOWN : ordinary(&calls[i], kinds[kind]);

      for (int manner = 0; !waits && manner < FAKE_MANNERS; manner++) {
        test_reply(&calls[i], kinds[kind], manner, usual);
      }
    }
  }
}
