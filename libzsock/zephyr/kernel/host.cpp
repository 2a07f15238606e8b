/// \file
/// What the host does better: exclusion as by irq_lock(), random numbers.

#include <sys/random.h>
#include <zephyr/kernel.h>
#include <zephyr/random/random.h>

#include <cstdint>
#include <cstdlib>

namespace {

pthread_mutex_t the_interrupts = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

template <typename T>
T random_number() {
  T value = 0;
  sys_rand_get(&value, sizeof value);
  return value;
}

}  // namespace

unsigned int irq_lock() {
  pthread_mutex_lock(&the_interrupts);
  return 0;
}

void irq_unlock(unsigned int) {
  pthread_mutex_unlock(&the_interrupts);
}

void sys_rand_get(void* to, size_t size) {
  auto* at = static_cast<unsigned char*>(to);
  while (size > 0) {
    const ssize_t got = getrandom(at, size, 0);
    if (got < 0 && errno != EINTR) std::abort();
    if (got <= 0) continue;
    at += got;
    size -= static_cast<size_t>(got);
  }
}

int sys_csrand_get(void* to, size_t size) {
  sys_rand_get(to, size);
  return 0;
}

uint8_t sys_rand8_get() {
  return random_number<uint8_t>();
}
uint16_t sys_rand16_get() {
  return random_number<uint16_t>();
}
uint32_t sys_rand32_get() {
  return random_number<uint32_t>();
}
uint64_t sys_rand64_get() {
  return random_number<uint64_t>();
}
