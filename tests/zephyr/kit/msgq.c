#include "kit.h"

struct message {
  int number;
  char text[3];
};

K_MSGQ_DEFINE(messages_q, sizeof(struct message), 2, 4);
static const struct message messages[3] = {{1, "1"}, {2, "2"}, {3, "3"}};
static int result;
static struct message received;

static void put(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  result = k_msgq_put(&messages_q, &messages[2], K_SECONDS(10));
}

static void get(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  result = k_msgq_get(&messages_q, &received, K_SECONDS(10));
}

static void limits(void) {
  struct k_msgq_attrs attributes;
  struct message message;

  CHECK_EQ(k_msgq_get(&messages_q, &message, K_NO_WAIT), -ENOMSG);
  CHECK_EQ(k_msgq_get(&messages_q, &message, K_MSEC(2)), -EAGAIN);
  CHECK_EQ(k_msgq_peek(&messages_q, &message), -ENOMSG);
  CHECK_EQ(k_msgq_put(&messages_q, &messages[1], K_NO_WAIT), 0);
  CHECK_EQ(k_msgq_put_front(&messages_q, &messages[0]), 0);
  CHECK_EQ(k_msgq_put_front(&messages_q, &messages[0]), -ENOMSG);
  CHECK_EQ(k_msgq_put(&messages_q, &messages[2], K_NO_WAIT), -ENOMSG);
  CHECK_EQ(k_msgq_put(&messages_q, &messages[2], K_MSEC(2)), -EAGAIN);
  CHECK_EQ(k_msgq_num_used_get(&messages_q), 2);
  CHECK_EQ(k_msgq_num_free_get(&messages_q), 0);
  k_msgq_get_attrs(&messages_q, &attributes);
  CHECK_EQ(attributes.msg_size, sizeof(struct message));
  CHECK_EQ(attributes.max_msgs, 2);
  CHECK_EQ(attributes.used_msgs, 2);
  CHECK_EQ(k_msgq_peek(&messages_q, &message), 0);
  CHECK_EQ(message.number, 1);
  CHECK_EQ(k_msgq_peek_at(&messages_q, &message, 1), 0);
  CHECK_EQ(message.number, 2);
  CHECK_EQ(k_msgq_peek_at(&messages_q, &message, 2), -ENOMSG);
}

static void waiting(void) {
  struct helper helper;
  struct message message;
  int i;

  /* The queue is full: who waits to put comes last. */
  helper_start(&helper, put, NULL);
  UNTIL_WAITING(messages_q.wait_q, 1);
  CHECK_EQ(k_msgq_cleanup(&messages_q), -EBUSY);
  for (i = 0; i < 3; ++i) {
    CHECK_EQ(k_msgq_get(&messages_q, &message, K_SECONDS(1)), 0);
    CHECK_EQ(message.number, i + 1);
  }
  helper_join(&helper);
  CHECK_EQ(result, 0);
  helper_start(&helper, get, NULL);
  UNTIL_WAITING(messages_q.wait_q, 1);
  CHECK_EQ(k_msgq_put(&messages_q, &messages[1], K_NO_WAIT), 0);
  helper_join(&helper);
  CHECK_EQ(result, 0);
  CHECK(received.number == 2 && strcmp(received.text, "2") == 0);
  CHECK_EQ(k_msgq_num_used_get(&messages_q), 0);

  k_msgq_put(&messages_q, &messages[0], K_NO_WAIT);
  k_msgq_put(&messages_q, &messages[0], K_NO_WAIT);
  helper_start(&helper, put, NULL);
  UNTIL_WAITING(messages_q.wait_q, 1);
  k_msgq_purge(&messages_q);
  helper_join(&helper);
  CHECK_EQ(result, -ENOMSG);
  CHECK_EQ(k_msgq_num_used_get(&messages_q), 0);
}

void test_msgq(void) {
  struct k_msgq other;
  char buffer[2];
  char octet = 'x';

  limits();
  waiting();
  CHECK_EQ(k_msgq_alloc_init(&other, SIZE_MAX, 2), -EINVAL);
  CHECK_EQ(k_msgq_alloc_init(&other, SIZE_MAX / 4, 2), -ENOMEM);
  CHECK_EQ(k_msgq_alloc_init(&other, 1, 2), 0);
  CHECK_EQ(k_msgq_put(&other, &octet, K_NO_WAIT), 0);
  CHECK_EQ(k_msgq_cleanup(&other), 0);
  k_msgq_init(&other, buffer, 1, 2);
  CHECK_EQ(k_msgq_put(&other, &octet, K_NO_WAIT), 0);
  CHECK_EQ(buffer[0], 'x');
}
