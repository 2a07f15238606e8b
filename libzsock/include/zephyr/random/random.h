/** \file Random numbers: the host's, fit for keys. */
#ifndef ZEPHYR_RANDOM_RANDOM_H_
#define ZEPHYR_RANDOM_RANDOM_H_

#include <zephyr/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

void sys_rand_get(void* to, size_t size);
/** \return 0 */
int sys_csrand_get(void* to, size_t size);
uint8_t sys_rand8_get(void);
uint16_t sys_rand16_get(void);
uint32_t sys_rand32_get(void);
uint64_t sys_rand64_get(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_RANDOM_RANDOM_H_ */
