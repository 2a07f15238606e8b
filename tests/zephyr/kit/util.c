#include <zephyr/app_memory/app_memdomain.h>
#include <zephyr/linker/sections.h>
#include <zephyr/net/socket.h>
#include <zephyr/random/random.h>
#include <zephyr/sys/byteorder.h>

#include "kit.h"

static void bits(void) {
  atomic_t value = ATOMIC_INIT(5);
  ATOMIC_DEFINE(flags, 100) = {0};
  int target;
  atomic_ptr_t pointer = ATOMIC_PTR_INIT(NULL);
  uint32_t word = 0;

  CHECK_EQ(atomic_inc(&value), 5);
  CHECK_EQ(atomic_dec(&value), 6);
  CHECK_EQ(atomic_add(&value, 3), 5);
  CHECK_EQ(atomic_sub(&value, 1), 8);
  CHECK_EQ(atomic_or(&value, 8), 7);
  CHECK_EQ(atomic_and(&value, 12), 15);
  CHECK_EQ(atomic_xor(&value, 1), 12);
  CHECK_EQ(atomic_nand(&value, 13), 13);
  CHECK_EQ(atomic_set(&value, 9), ~13L);
  CHECK(!atomic_cas(&value, 8, 1));
  CHECK(atomic_cas(&value, 9, 1));
  CHECK_EQ(atomic_clear(&value), 1);
  CHECK_EQ(atomic_get(&value), 0);
  CHECK(!atomic_test_and_set_bit(flags, 70));
  CHECK(atomic_test_bit(flags, 70) && !atomic_test_bit(flags, 6));
  CHECK(atomic_test_and_clear_bit(flags, 70));
  atomic_set_bit_to(flags, 99, true);
  CHECK(atomic_test_bit(flags, 99));
  CHECK(atomic_ptr_cas(&pointer, NULL, &target));
  CHECK(atomic_ptr_get(&pointer) == &target);
  CHECK(atomic_ptr_clear(&pointer) == &target);
  WRITE_BIT(word, 3, 1);
  CHECK_EQ(word, 8);
  CHECK_EQ(GENMASK(7, 4), 0xf0);
  CHECK_EQ(FIELD_GET(GENMASK(7, 4), 0x5a), 5);
  CHECK_EQ(FIELD_PREP(GENMASK(7, 4), 5), 0x50);
}

#define PLUS_ONE(x) ((x) + 1)
#define ELEMENT(index, offset) (index + offset)

static void macros(void) {
  const int list[] = {FOR_EACH(PLUS_ONE, (, ), 1, 2, 3)};
  const int indexed[] = {LISTIFY(4, ELEMENT, (, ), 10)};
  uint8_t octets[4];
  char text[9];

  CHECK_EQ(ARRAY_SIZE(list), 3);
  CHECK_EQ(list[2], 4);
  CHECK_EQ(ARRAY_SIZE(indexed), 4);
  CHECK_EQ(indexed[3], 13);
  CHECK_EQ(NUM_VA_ARGS(a, b, c), 3);
  CHECK_EQ(GET_ARG_N(2, 5, 6, 7), 6);
  CHECK_EQ(UTIL_AND(1, 0), 0);
  CHECK_EQ(UTIL_OR(0, 1), 1);
  CHECK_EQ(UTIL_NOT(1), 0);
  CHECK_EQ(DIV_ROUND_CLOSEST(7, 2), 4);
  CHECK(IS_ALIGNED(16, 8));
  CHECK_EQ(hex2bin("abc", 3, octets, sizeof(octets)), 2);
  CHECK(octets[0] == 0x0a && octets[1] == 0xbc);
  CHECK_EQ(hex2bin("12ff", 4, octets, sizeof(octets)), 2);
  CHECK(octets[0] == 0x12 && octets[1] == 0xff);
  CHECK_EQ(hex2bin("1x", 2, octets, sizeof(octets)), 0);
  CHECK_EQ(hex2bin("12345678", 8, octets, 3), 0);
  CHECK_EQ(bin2hex(octets, 4, text, 8), 0);
  octets[0] = 0x12;
  octets[2] = 0;
  octets[3] = 1;
  CHECK_EQ(bin2hex(octets, 4, text, 9), 8);
  CHECK(strncmp(text, "12ff0001", 9) == 0);
  CHECK(WAIT_FOR(true, 100, k_usleep(10)));
  CHECK(!WAIT_FOR(false, 100, k_usleep(10)));
}

static void small_numbers(void) {
  char text[16];
  char cut[] = "gr\xc3\xbc\xc3";
  char whole[] = "gr\xc3\xbc";
  char three[] = "\xe2\x82\xac\xe2\x82";

  CHECK_EQ(bcd2bin(0x59), 59);
  CHECK_EQ(bin2bcd(59), 0x59);
  CHECK_EQ(u8_to_dec(text, sizeof(text), 255), 3);
  CHECK(strcmp(text, "255") == 0);
  CHECK_EQ(u8_to_dec(text, sizeof(text), 0), 1);
  CHECK(strcmp(text, "0") == 0);
  CHECK_EQ(u8_to_dec(text, 1, 10), 0);
  CHECK(strcmp(utf8_trunc(cut), "gr\xc3\xbc") == 0);
  CHECK(strcmp(utf8_trunc(whole), "gr\xc3\xbc") == 0);
  CHECK(strcmp(utf8_trunc(three), "\xe2\x82\xac") == 0);
  text[0] = '\0';
  CHECK_EQ(utf8_trunc(text)[0], '\0');
  CHECK(is_power_of_two(64) && !is_power_of_two(0) && !is_power_of_two(65));
  CHECK_EQ(find_msb_set(0x50), 7);
  CHECK_EQ(find_lsb_set(0x50), 5);
  CHECK_EQ(find_msb_set(0) + find_lsb_set(0), 0);
}

static void octet_order(void) {
  uint8_t octets[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  uint8_t swapped[3];

  CHECK_EQ(sys_get_be16(octets), 0x0102);
  CHECK_EQ(sys_get_le16(octets), 0x0201);
  CHECK_EQ(sys_get_be24(octets), 0x010203);
  CHECK_EQ(sys_get_be32(octets), 0x01020304);
  CHECK_EQ(sys_get_le32(octets), 0x04030201);
  CHECK_EQ(sys_get_be48(octets), 0x010203040506);
  CHECK_EQ(sys_get_be64(octets), 0x0102030405060708);
  CHECK_EQ(sys_get_le64(octets), 0x0807060504030201);
  sys_put_be32(0xa1b2c3d4, octets);
  CHECK(octets[0] == 0xa1 && octets[3] == 0xd4);
  sys_put_le24(0x112233, octets);
  CHECK(octets[0] == 0x33 && octets[2] == 0x11);
  CHECK_EQ(sys_cpu_to_be16(0x0102), htons(0x0102));
  CHECK_EQ(sys_be32_to_cpu(htonl(77)), 77);
  CHECK_EQ(sys_cpu_to_le64(77), 77);
  sys_memcpy_swap(swapped, octets, 3);
  CHECK_EQ(swapped[0], 0x11);
  sys_mem_swap(swapped, 3);
  CHECK_EQ(swapped[0], 0x33);
}

struct entry {
  int value;
  sys_snode_t single;
  sys_dnode_t twice;
};

static void single_lists(void) {
  sys_slist_t list = SYS_SLIST_STATIC_INIT(&list);
  struct entry entries[3] = {{.value = 1}, {.value = 2}, {.value = 4}};
  struct entry* at;
  struct entry* next;
  int sum = 0;

  CHECK(sys_slist_get(&list) == NULL);
  sys_slist_append(&list, &entries[1].single);
  sys_slist_prepend(&list, &entries[0].single);
  sys_slist_insert(&list, &entries[1].single, &entries[2].single);
  SYS_SLIST_FOR_EACH_CONTAINER(&list, at, single) {
    sum = sum * 10 + at->value;
  }
  CHECK_EQ(sum, 124);
  CHECK_EQ(sys_slist_len(&list), 3);
  SYS_SLIST_FOR_EACH_CONTAINER_SAFE(&list, at, next, single) {
    if (at->value == 2) {
      CHECK(sys_slist_find_and_remove(&list, &at->single));
    }
  }
  CHECK(!sys_slist_find_and_remove(&list, &entries[1].single));
  CHECK(sys_slist_peek_tail(&list) == &entries[2].single);
  CHECK(sys_slist_get(&list) == &entries[0].single);
  CHECK(sys_slist_get(&list) == &entries[2].single);
  CHECK(sys_slist_is_empty(&list));
}

static void double_lists(void) {
  sys_dlist_t list = SYS_DLIST_STATIC_INIT(&list);
  struct entry entries[3] = {{.value = 1}, {.value = 2}, {.value = 4}};
  struct entry* at;
  struct entry* next;
  int sum = 0;

  sys_dlist_append(&list, &entries[2].twice);
  sys_dlist_prepend(&list, &entries[0].twice);
  sys_dlist_insert(&entries[2].twice, &entries[1].twice);
  SYS_DLIST_FOR_EACH_CONTAINER(&list, at, twice) {
    sum = sum * 10 + at->value;
  }
  CHECK_EQ(sum, 124);
  CHECK_EQ(sys_dlist_len(&list), 3);
  CHECK(sys_dlist_is_tail(&list, &entries[2].twice));
  SYS_DLIST_FOR_EACH_CONTAINER_SAFE(&list, at, next, twice) {
    sys_dlist_remove(&at->twice);
  }
  CHECK(!sys_dnode_is_linked(&entries[1].twice));
  CHECK(sys_dlist_get(&list) == NULL);
}

K_APPMEM_PARTITION_DEFINE(partition);
K_APP_BMEM(partition) static int in_partition;

void test_util(void) {
  struct k_mem_domain domain;
  struct k_mem_partition* partitions[] = {&partition};
  uint8_t random[64] = {0};
  size_t i;
  unsigned int any = 0;

  bits();
  macros();
  small_numbers();
  octet_order();
  single_lists();
  double_lists();
  sys_rand_get(random, sizeof(random));
  for (i = 0; i < sizeof(random); ++i) {
    any |= random[i];
  }
  CHECK(any != 0);
  CHECK_EQ(sys_csrand_get(random, sizeof(random)), 0);
  CHECK(sys_rand32_get() != sys_rand32_get() || sys_rand64_get() != sys_rand64_get());
  in_partition = k_mem_domain_init(&domain, 1, partitions);
  CHECK_EQ(in_partition, 0);
  k_mem_domain_add_thread(&domain, k_current_get());
}
