#include <sys/wait.h>
#include <unistd.h>
#include <zephyr/net_buf.h>

#include "kit.h"

static int destroyed;
static void count_and_destroy(struct net_buf* buf) {
  ++destroyed;
  net_buf_destroy(buf);
}

NET_BUF_POOL_DEFINE(plain, 3, 16, sizeof(uint64_t), NULL);
NET_BUF_POOL_FIXED_DEFINE(counted, 2, 16, 0, count_and_destroy);
NET_BUF_POOL_VAR_DEFINE(variable, 4, 100, 8, NULL);
NET_BUF_POOL_HEAP_DEFINE(from_heap, 2, 4, NULL);
/* As before Zephyr 3.1. */
NET_BUF_POOL_FIXED_DEFINE(old_fixed, 1, 8, NULL);
NET_BUF_POOL_VAR_DEFINE(old_variable, 1, 8, NULL);
NET_BUF_POOL_HEAP_DEFINE(old_heap, 1, NULL);
NET_BUF_SIMPLE_DEFINE_STATIC(lone, 8);

/* Octets in hexadecimal. */
static const char* hex(const struct net_buf_simple* buf) {
  static char text[64];

  bin2hex(buf->data, buf->len, text, sizeof(text));
  text[2 * buf->len] = '\0';
  return text;
}

static void test_simple(void) {
  struct net_buf_simple* local = NET_BUF_SIMPLE(32);
  struct net_buf_simple view;
  struct net_buf_simple_state state;

  CHECK_EQ(net_buf_simple_tailroom(&lone), 8);
  net_buf_simple_init(local, 8);
  CHECK_EQ(net_buf_simple_headroom(local), 8);
  CHECK_EQ(net_buf_simple_max_len(local), 24);
  net_buf_simple_add_u8(local, 0xff);
  memcpy(net_buf_simple_add(local, 2), "ab", 2);
  net_buf_simple_add_mem(local, "cd", 2);
  net_buf_simple_push_mem(local, "<>", 2);
  net_buf_simple_push_u8(local, 1);
  CHECK(strcmp(hex(local), "013c3eff61626364") == 0);
  CHECK_EQ(net_buf_simple_headroom(local), 5);
  CHECK_EQ(net_buf_simple_tailroom(local), 19);
  CHECK(net_buf_simple_tail(local) == local->data + 8);

  net_buf_simple_save(local, &state);
  CHECK_EQ(net_buf_simple_pull_u8(local), 1);
  CHECK(memcmp(net_buf_simple_pull_mem(local, 2), "<>", 2) == 0);
  CHECK_EQ(*(uint8_t*)net_buf_simple_pull(local, 0), 0xff);
  CHECK_EQ(net_buf_simple_remove_u8(local), 'd');
  CHECK(memcmp(net_buf_simple_remove_mem(local, 2), "bc", 2) == 0);
  CHECK_EQ(local->len, 2);
  net_buf_simple_clone(local, &view);
  net_buf_simple_restore(local, &state);
  CHECK_EQ(local->len, 8);
  CHECK(strcmp(hex(&view), "ff61") == 0);

  net_buf_simple_init_with_data(&view, net_buf_data_lone, 8);
  CHECK_EQ(view.len, 8);
  CHECK_EQ(net_buf_simple_tailroom(&view), 0);
  net_buf_simple_reset(&view);
  net_buf_simple_reserve(&view, 3);
  CHECK_EQ(net_buf_simple_max_len(&view), 5);
}

/* Each width in both orders, at both ends. */
#define BOTH_ENDS(order, bits, type, value, text)                        \
  do {                                                                   \
    net_buf_simple_init(local, 16);                                      \
    net_buf_simple_add_##order##bits(local, (type)(value));              \
    CHECK(strcmp(hex(local), text) == 0);                                \
    net_buf_simple_push_##order##bits(local, (type)(value));             \
    CHECK_EQ(net_buf_simple_remove_##order##bits(local), (type)(value)); \
    CHECK_EQ(net_buf_simple_pull_##order##bits(local), (type)(value));   \
    CHECK_EQ(local->len, 0);                                             \
  } while (0)

static void test_numbers(void) {
  struct net_buf_simple* local = NET_BUF_SIMPLE(48);
  struct net_buf* buf = net_buf_alloc(&plain, K_NO_WAIT);

  BOTH_ENDS(le, 16, uint16_t, 0x0102, "0201");
  BOTH_ENDS(be, 16, uint16_t, 0x0102, "0102");
  BOTH_ENDS(le, 24, uint32_t, 0x010203, "030201");
  BOTH_ENDS(be, 24, uint32_t, 0x010203, "010203");
  BOTH_ENDS(le, 32, uint32_t, 0x81020304, "04030281");
  BOTH_ENDS(be, 32, uint32_t, 0x81020304, "81020304");
  BOTH_ENDS(le, 40, uint64_t, 0x0102030405, "0504030201");
  BOTH_ENDS(be, 40, uint64_t, 0x0102030405, "0102030405");
  BOTH_ENDS(le, 48, uint64_t, 0x010203040506, "060504030201");
  BOTH_ENDS(be, 48, uint64_t, 0x010203040506, "010203040506");
  BOTH_ENDS(le, 64, uint64_t, 0x0102030405060708, "0807060504030201");
  BOTH_ENDS(be, 64, uint64_t, 0x0102030405060708, "0102030405060708");

  CHECK(buf != NULL);
  net_buf_reserve(buf, 4);
  net_buf_add_be16(buf, 0x1234);
  net_buf_add_le32(buf, 0xaabbccdd);
  net_buf_add_u8(buf, 9);
  net_buf_push_be16(buf, 0x5678);
  CHECK(strcmp(hex(&buf->b), "56781234ddccbbaa09") == 0);
  CHECK_EQ(net_buf_pull_be16(buf), 0x5678);
  CHECK_EQ(net_buf_pull_be16(buf), 0x1234);
  CHECK_EQ(net_buf_remove_u8(buf), 9);
  CHECK_EQ(net_buf_remove_le32(buf), 0xaabbccdd);
  CHECK_EQ(buf->len, 0);
  net_buf_unref(buf);
}

static void unref_later(void* buf, void* p2, void* p3) {
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  k_msleep(5);
  net_buf_unref(buf);
}

static void test_pools(void) {
  struct helper helper;
  struct net_buf* first = net_buf_alloc(&counted, K_NO_WAIT);
  struct net_buf* second = net_buf_alloc_len(&counted, 5, K_FOREVER);
  struct net_buf* third;
  static uint8_t own[10] = "0123456789";

  CHECK(first != NULL && second != NULL);
  CHECK(net_buf_id(first) != net_buf_id(second));
  CHECK(net_buf_pool_get(first->pool_id) == &counted);
  CHECK(net_buf_pool_get(-1) == NULL && net_buf_pool_get(200) == NULL);
  CHECK_EQ(net_buf_tailroom(second), 16);
  CHECK_EQ(atomic_get(&counted.avail_count), 0);
  CHECK(net_buf_alloc(&counted, K_NO_WAIT) == NULL);
  CHECK(net_buf_alloc(&counted, K_MSEC(2)) == NULL);
  helper_start(&helper, unref_later, first);
  third = net_buf_alloc(&counted, K_SECONDS(10));
  CHECK(third == first);
  helper_join(&helper);
  CHECK_EQ(destroyed, 1);

  CHECK(net_buf_ref(third) == third);
  net_buf_unref(third);
  CHECK_EQ(destroyed, 1);
  CHECK_EQ(third->ref, 1);
  net_buf_unref(third);
  net_buf_unref(second);
  CHECK_EQ(destroyed, 3);
  CHECK_EQ(atomic_get(&counted.avail_count), 2);

  /* Octets are counted, not only buffers. */
  first = net_buf_alloc_len(&variable, 60, K_NO_WAIT);
  CHECK(first != NULL && net_buf_tailroom(first) == 60);
  CHECK(net_buf_alloc_len(&variable, 60, K_NO_WAIT) == NULL);
  CHECK(net_buf_alloc_len(&variable, 60, K_MSEC(2)) == NULL);
  CHECK_EQ(atomic_get(&variable.avail_count), 3);
  helper_start(&helper, unref_later, first);
  second = net_buf_alloc_len(&variable, 60, K_SECONDS(10));
  CHECK(second != NULL);
  helper_join(&helper);
  net_buf_unref(second);
  first = net_buf_alloc(&variable, K_NO_WAIT); /* without octets */
  CHECK(first != NULL && first->size == 0);
  net_buf_unref(first);

  /* CONFIG_HEAP_MEM_POOL_SIZE is 4096. */
  CHECK(net_buf_alloc_len(&from_heap, 5000, K_NO_WAIT) == NULL);
  first = net_buf_alloc_len(&from_heap, 4000, K_NO_WAIT);
  CHECK(first != NULL);
  CHECK(k_malloc(200) == NULL);
  net_buf_unref(first);

  first = net_buf_alloc_with_data(&from_heap, own, sizeof(own), K_NO_WAIT);
  CHECK(first->data == own && first->len == 10 && first->flags == NET_BUF_EXTERNAL_DATA);
  net_buf_unref(first);

  first = net_buf_alloc(&old_fixed, K_NO_WAIT);
  CHECK(first != NULL && first->user_data_size == CONFIG_NET_BUF_USER_DATA_SIZE);
  net_buf_unref(first);
  first = net_buf_alloc_len(&old_variable, 8, K_NO_WAIT);
  CHECK(first != NULL);
  net_buf_unref(first);
  first = net_buf_alloc_len(&old_heap, 8, K_NO_WAIT);
  CHECK(first != NULL);
  net_buf_unref(first);
}

static void test_clones(void) {
  struct net_buf* buf = net_buf_alloc_len(&variable, 20, K_NO_WAIT);
  struct net_buf* clone;
  struct net_buf* other;

  net_buf_add_mem(buf, "shared", 6);
  memcpy(net_buf_user_data(buf), "12345678", 8);
  clone = net_buf_clone(buf, K_NO_WAIT);
  CHECK(clone->data == buf->data && clone->len == 6);
  CHECK(memcmp(clone->user_data, "12345678", 8) == 0);
  net_buf_unref(buf);
  CHECK(memcmp(clone->data, "shared", 6) == 0); /* still there */
  net_buf_unref(clone);

  buf = net_buf_alloc(&plain, K_NO_WAIT);
  net_buf_reserve(buf, 3);
  net_buf_add_mem(buf, "copied", 6);
  clone = net_buf_clone(buf, K_NO_WAIT);
  CHECK(clone->data != buf->data && clone->len == 6 && net_buf_headroom(clone) == 3);
  buf->data[0] = 'X';
  CHECK(memcmp(clone->data, "copied", 6) == 0);
  memcpy(net_buf_user_data(buf), "abcdefgh", 8);
  CHECK_EQ(net_buf_user_data_copy(clone, buf), 0);
  CHECK(memcmp(clone->user_data, "abcdefgh", 8) == 0);
  CHECK_EQ(net_buf_user_data_copy(buf, buf), 0);
  other = net_buf_alloc(&counted, K_NO_WAIT);
  CHECK_EQ(net_buf_user_data_copy(other, buf), -EINVAL);
  net_buf_unref(other);
  other = net_buf_alloc(&plain, K_NO_WAIT);
  CHECK(net_buf_clone(buf, K_MSEC(1)) == NULL); /* the pool is empty */
  net_buf_unref(other);
  net_buf_unref(buf);
  net_buf_unref(clone);
  CHECK_EQ(atomic_get(&plain.avail_count), 3);
}

static struct net_buf* from_plain(k_timeout_t timeout, void* times) {
  ++*(int*)times;
  return net_buf_alloc(&plain, timeout);
}

static void test_fragments(void) {
  char text[64] = {0};
  int times = 0;
  struct net_buf* head = net_buf_alloc(&plain, K_NO_WAIT);
  struct net_buf* middle;

  /* 48 octets are there. */
  CHECK_EQ(net_buf_append_bytes(head, 40, "the quick brown fox jumps over the lazy dog", K_NO_WAIT,
                                NULL, NULL),
           40);
  CHECK_EQ(net_buf_frags_len(head), 40);
  CHECK(net_buf_frag_last(head) == head->frags->frags);
  CHECK_EQ(net_buf_append_bytes(head, 10, "dog and so on", K_NO_WAIT, from_plain, &times), 8);
  CHECK_EQ(times, 1);
  CHECK_EQ(net_buf_linearize(text, sizeof(text), head, 4, 30), 30);
  CHECK(strcmp(text, "quick brown fox jumps over the") == 0);
  CHECK_EQ(net_buf_linearize(text, 5, head, 20, 30), 5);
  CHECK(memcmp(text, "jumps", 5) == 0);
  CHECK_EQ(net_buf_linearize(text, sizeof(text), head, 40, 30), 8);
  CHECK_EQ(net_buf_linearize(text, sizeof(text), head, 48, 30), 0);
  CHECK_EQ(net_buf_data_match(head, 4, "quick brown fox jumps", 21), 21);
  CHECK_EQ(net_buf_data_match(head, 4, "quick brown cat jumps", 21), 12);

  head = net_buf_skip(head, 18);
  CHECK_EQ(net_buf_frags_len(head), 30);
  CHECK(memcmp(head->data, "x jumps", 7) == 0);
  middle = net_buf_alloc(&plain, K_NO_WAIT); /* the first fragment has come back */
  CHECK(middle != NULL);
  net_buf_add_mem(middle, "!", 1);
  net_buf_frag_insert(head, middle);
  CHECK_EQ(net_buf_frags_len(head), 31);
  CHECK(net_buf_frag_del(head, middle) == head->frags);
  CHECK_EQ(net_buf_frags_len(head), 30);
  CHECK_EQ(atomic_get(&plain.avail_count), 1);
  net_buf_unref(head); /* with its fragments */
  CHECK_EQ(atomic_get(&plain.avail_count), 3);

  head = net_buf_alloc(&plain, K_NO_WAIT);
  CHECK(net_buf_frag_add(NULL, head) == head && head->ref == 2);
  net_buf_unref(head);
  CHECK(net_buf_skip(head, 1) == NULL); /* there was nothing */
  CHECK_EQ(atomic_get(&plain.avail_count), 3);
}

static void test_lists(void) {
  K_FIFO_DEFINE(fifo);
  sys_slist_t list = SYS_SLIST_STATIC_INIT(&list);
  struct net_buf* buf = net_buf_alloc(&plain, K_NO_WAIT);

  net_buf_frag_add(buf, net_buf_alloc(&plain, K_NO_WAIT));
  net_buf_put(&fifo, buf);
  CHECK(net_buf_get(&fifo, K_NO_WAIT) == buf && buf->frags != NULL);
  CHECK(net_buf_get(&fifo, K_NO_WAIT) == NULL);
  net_buf_slist_put(&list, buf);
  CHECK(net_buf_slist_get(&list) == buf && buf->frags != NULL);
  CHECK(net_buf_slist_get(&list) == NULL);
  net_buf_unref(buf);
  buf = net_buf_alloc(&plain, K_NO_WAIT);
  net_buf_add_u8(buf, 1);
  net_buf_reset(buf);
  CHECK_EQ(buf->len, 0);
  net_buf_unref(buf);
}

/* What would write over its neighbours ends the program. */
static void test_limits(void) {
  int status = 0;
  pid_t child;

  fflush(NULL);
  child = fork();
  if (child == 0) {
    fclose(stderr);
    net_buf_simple_reset(&lone);
    net_buf_simple_add(&lone, 8);
    net_buf_simple_add_u8(&lone, 1);
    _exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
}

#define THREADS 4
#define TURNS 2000
NET_BUF_POOL_DEFINE(busy, 3, 32, 0, NULL);

static void use_pool(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  for (int i = 0; i < TURNS; ++i) {
    struct net_buf* buf = net_buf_alloc(&busy, K_FOREVER);

    net_buf_ref(buf);
    net_buf_add_le32(buf, (uint32_t)i);
    net_buf_unref(buf);
    CHECK_EQ(net_buf_pull_le32(buf), i);
    net_buf_unref(buf);
  }
}

static void test_threads_share(void) {
  struct helper helpers[THREADS];

  for (int i = 0; i < THREADS; ++i) {
    helper_start(&helpers[i], use_pool, NULL);
  }
  for (int i = 0; i < THREADS; ++i) {
    helper_join(&helpers[i]);
  }
  CHECK_EQ(atomic_get(&busy.avail_count), 3);
}

void test_buf(void) {
  test_simple();
  test_numbers();
  test_pools();
  test_clones();
  test_fragments();
  test_lists();
  test_limits();
  test_threads_share();
}
