#include "libzsock/include/simba/simba.h"
#include "tests/simba/cases.h"

static struct time_t short_time = {0, 5000000};
static ssize_t result;

void AddressesAndChecksum(void) {
  static const char* const bad[] = {"",        "1.2.3",  "1.2.3.4.5", "1.2.3.256",  "1.2.3.4 ",
                                    "a.b.c.d", "1..2.3", "-1.2.3.4",  "1.2.3.0004", "1.2.3."};
  struct inet_ip_addr_t ip;
  char text[16];
  /* The example of RFC 1071. */
  uint8_t octets[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  size_t i;

  for (i = 0; i < membersof(bad); i++) CHECK(inet_aton(bad[i], &ip) == -EINVAL);
  CHECK(inet_aton("192.0.2.103", &ip) == 0);
  CHECK(memcmp(&ip.number, "\xc0\x00\x02\x67", 4) == 0);
  CHECK(inet_ntoa(&ip, text) == text);
  CHECK(strcmp(text, "192.0.2.103") == 0);
  CHECK(inet_checksum(octets, sizeof(octets)) == htons(0x220d));
  CHECK(inet_checksum(octets, 1) == 0xffff);
}

static void* suspend(void* arg_p) {
  result = thrd_suspend(NULL);
  return arg_p;
}

void SuspendWaitsForResume(void) {
  struct thrd_t* thread = thrd_spawn(suspend, NULL, 0, NULL, 0);

  CHECK(thread != NULL);
  CHECK(thrd_resume(thread, -7) == 0); /* suspended by now or not */
  CHECK(thrd_join(thread) == 0);
  CHECK(result == -7);
  CHECK(thrd_suspend(&short_time) == -ETIMEDOUT);
  thrd_resume(thrd_self(), 3);
  CHECK(thrd_suspend(NULL) == 3);
  CHECK(thrd_suspend(&short_time) == -ETIMEDOUT);
}

void HasANameAMaskAndVariables(void) {
  struct thrd_environment_variable_t variables[1];

  CHECK(thrd_set_name("seven") == 0);
  CHECK(strcmp(thrd_get_name(), "seven") == 0);
  CHECK(thrd_get_by_name("seven") == thrd_self());
  CHECK(thrd_get_by_name("eight") == NULL);
  thrd_set_name("main");
  CHECK(thrd_init_env(variables, 1) == 0);
  CHECK(thrd_set_env("A", "1") == 0);
  CHECK(thrd_set_env("B", "2") == -ENOMEM);
  CHECK(strcmp(thrd_get_env("A"), "1") == 0);
  CHECK(thrd_set_env("A", NULL) == 0);
  CHECK(thrd_get_env("A") == NULL);
  CHECK(thrd_set_prio(thrd_self(), 4) == 0 && thrd_get_prio() == 4);
}

void SemaphoreCountsWhatIsTaken(void) {
  struct sem_t sem;

  sem_init(&sem, 0, 2);
  CHECK(sem_take(&sem, NULL) == 0);
  CHECK(sem_take(&sem, NULL) == 0);
  CHECK(sem_take(&sem, &short_time) == -ETIMEDOUT);
  CHECK(sem_give(&sem, 9) == 0);
  CHECK(sem.count == 0);
  sem_init(&sem, 2, 2);
  CHECK(sem_take(&sem, &short_time) == -ETIMEDOUT);
}

static struct mutex_t mutex;
static int counter;

static void* count(void* arg_p) {
  int i;

  for (i = 0; i < 1000; i++) {
    mutex_lock(&mutex);
    counter++;
    mutex_unlock(&mutex);
  }
  return arg_p;
}

void MutexExcludes(void) {
  struct thrd_t* threads[3];
  size_t i;

  mutex_init(&mutex);
  for (i = 0; i < membersof(threads); i++) threads[i] = thrd_spawn(count, NULL, 0, NULL, 0);
  for (i = 0; i < membersof(threads); i++) thrd_join(threads[i]);
  CHECK(counter == 3000);
}

static QUEUE_INIT_DECL(hand_over, NULL, 0);
static struct queue_t queue;

static void* write_both(void* arg_p) {
  result = queue_write(arg_p, "abcdef", 6);
  return NULL;
}

void QueueWithoutABufferHandsOver(void) {
  struct thrd_t* writers[2];
  char text[12];

  writers[0] = thrd_spawn(write_both, &hand_over, 0, NULL, 0);
  writers[1] = thrd_spawn(write_both, &hand_over, 0, NULL, 0);
  CHECK(queue_read(&hand_over, text, 2) == 2);
  CHECK(queue_read(&hand_over, text + 2, 10) == 10);
  thrd_join(writers[0]);
  thrd_join(writers[1]);
  CHECK(memcmp(text, "abcdefabcdef", 12) == 0);
  CHECK(result == 6);
  CHECK(queue_size(&hand_over) == 0);
}

void QueueGoesAroundItsBuffer(void) {
  char buffer[5];
  char text[4];
  int i;

  queue_init(&queue, buffer, sizeof(buffer));
  for (i = 0; i < 7; i++) {
    CHECK(queue_write(&queue, "abc", 3) == 3);
    CHECK(queue_size(&queue) == 3);
    CHECK(queue_unused_size(&queue) == 2);
    CHECK(queue_read(&queue, text, 3) == 3);
    CHECK(memcmp(text, "abc", 3) == 0);
  }
  sys_lock();
  CHECK(queue_write_isr(&queue, "0123456", 7) == 5);
  sys_unlock();
}

static void* read_some(void* arg_p) {
  char text[4];

  result = queue_read(&queue, text, sizeof(text));
  return arg_p;
}

void StoppedQueueEndsWaits(void) {
  char buffer[2];
  struct thrd_t* reader;

  queue_init(&queue, buffer, sizeof(buffer));
  reader = thrd_spawn(read_some, NULL, 0, NULL, 0);
  CHECK(queue_stop(&queue) == 0);
  thrd_join(reader);
  CHECK(result == 0);
  CHECK(queue_write(&queue, "a", 1) == 0);
  CHECK(queue_start(&queue) == 0);
  CHECK(queue_write(&queue, "a", 1) == 1);
}

static struct event_t event;

static void* set_events(void* arg_p) {
  uint32_t mask = 6;

  CHECK(chan_write(&event, &mask, sizeof(mask)) == sizeof(mask));
  return arg_p;
}

void EventsAreTakenByMask(void) {
  struct thrd_t* thread;
  uint32_t mask = 2;

  event_init(&event);
  CHECK(event_try_read(&event, &mask, sizeof(mask)) == -EAGAIN);
  thread = thrd_spawn(set_events, NULL, 0, NULL, 0);
  CHECK(chan_poll(&event, NULL) == &event);
  mask = 3;
  CHECK(chan_read(&event, &mask, sizeof(mask)) == sizeof(mask));
  CHECK(mask == 2);
  CHECK(event_size(&event) == 1);
  CHECK(event_clear(&event, 4) == 0);
  CHECK(chan_size(&event) == 0);
  CHECK(event_read(&event, &mask, 1) == -EINVAL);
  thrd_join(thread);
}

void AddsAndSubtracts(void) {
  struct time_t a = {1, 600000000};
  struct time_t b = {2, 500000000};
  struct time_t sum;
  struct time_t now;
  struct time_t later;

  time_add(&sum, &a, &b);
  CHECK(sum.seconds == 4 && sum.nanoseconds == 100000000);
  time_subtract(&sum, &a, &b);
  CHECK(sum.seconds == -1 && sum.nanoseconds == 100000000);
  time_get(&now);
  time_busy_wait_us(1500);
  time_get(&later);
  time_subtract(&sum, &later, &now);
  CHECK(sum.seconds > 0 || sum.nanoseconds >= 1500000);
  now.seconds = 1000000000;
  time_set(&now);
  time_get(&later);
  CHECK(later.seconds >= 1000000000);
  sys_uptime(&now);
  CHECK(now.seconds < 1000000000);
}

void PrintsToChannelsAndReadsNumbers(void) {
  char buffer[64];
  char text[32] = "";
  long value = 0;

  queue_init(&queue, buffer, sizeof(buffer));
  CHECK(std_fprintf(&queue, FSTR("%d-%s"), 7, "x") == 3);
  CHECK(queue_read(&queue, text, 3) == 3);
  CHECK(strcmp(text, "7-x") == 0);
  CHECK(std_sprintf(text, FSTR("%05d"), 42) == 5);
  CHECK(std_snprintf(text, 3, FSTR("%s"), "abcdef") == 6);
  CHECK(strcmp(text, "ab") == 0);
  CHECK(*std_strtol("-12 ", &value) == ' ' && value == -12);
  CHECK(*std_strtol("0x1f", &value) == '\0' && value == 31);
  CHECK(std_strtol("x", &value) == NULL);
  CHECK(std_strcpy(text, FSTR("abc")) == 3 && std_strcmp(text, FSTR("abc")) == 0);
  CHECK(std_strlen(FSTR("abc")) == 3 && std_strncmp(FSTR("abx"), "aby", 2) == 0);
}

void LogGoesByMask(void) {
  struct log_object_t object;
  char buffer[128];
  char text[128] = "";

  queue_init(&queue, buffer, sizeof(buffer));
  log_object_init(&object, "net", LOG_UPTO(WARNING));
  log_set_default_handler_output_channel(&queue);
  CHECK(log_object_print(&object, LOG_INFO, "hidden") == 0);
  CHECK(queue_size(&queue) == 0);
  CHECK(log_object_print(&object, LOG_ERROR, "seen %d\n", 5) == 0);
  CHECK(queue_read(&queue, text, (size_t)queue_size(&queue)) > 0);
  CHECK(strstr(text, ":error:main:net: seen 5\n") != NULL);
  CHECK(log_object_is_enabled_for(NULL, LOG_INFO) && !log_object_is_enabled_for(NULL, LOG_DEBUG));
  log_set_default_handler_output_channel(NULL);
}
