/** \file
 * Stacks as firmware defines them. The threads are the host's and have stacks of the host's, of at
 * least 256 KiB; the memory defined here is only asked for its size.
 */
#ifndef ZEPHYR_KERNEL_THREAD_STACK_H_
#define ZEPHYR_KERNEL_THREAD_STACK_H_

#include <zephyr/toolchain.h>
#include <zephyr/types.h>

struct z_thread_stack_element {
  char data;
};
typedef struct z_thread_stack_element k_thread_stack_t;

#define K_THREAD_STACK_LEN(size) (size)
#define K_THREAD_STACK_RESERVED 0
#define K_THREAD_STACK_DECLARE(name, size) extern k_thread_stack_t name[size]
#define K_THREAD_STACK_DEFINE(name, size) k_thread_stack_t name[size]
#define K_THREAD_STACK_MEMBER(name, size) k_thread_stack_t name[size]
#define K_THREAD_STACK_ARRAY_DECLARE(name, count, size) extern k_thread_stack_t name[count][size]
#define K_THREAD_STACK_ARRAY_DEFINE(name, count, size) k_thread_stack_t name[count][size]
#define K_THREAD_STACK_SIZEOF(name) sizeof(name)
#define K_THREAD_STACK_BUFFER(name) ((char*)(name))

#define K_KERNEL_STACK_DECLARE K_THREAD_STACK_DECLARE
#define K_KERNEL_STACK_DEFINE K_THREAD_STACK_DEFINE
#define K_KERNEL_STACK_MEMBER K_THREAD_STACK_MEMBER
#define K_KERNEL_STACK_ARRAY_DEFINE K_THREAD_STACK_ARRAY_DEFINE
#define K_KERNEL_STACK_SIZEOF K_THREAD_STACK_SIZEOF

#endif /* ZEPHYR_KERNEL_THREAD_STACK_H_ */
