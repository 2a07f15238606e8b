/** \file
 * What this kit does not have: calling it is an error of the compiler that says what to do instead.
 */
#ifndef ZEPHYR_KERNEL_MISSING_H_
#define ZEPHYR_KERNEL_MISSING_H_

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__has_attribute)
#if __has_attribute(__error__)
#define Z_MISSING(name, advice) \
  int zsock_has_no_##name(void) __attribute__((__error__("there is no " #name "(): " advice)))
#endif
#endif
#ifndef Z_MISSING
#define Z_MISSING(name, advice) int zsock_has_no_##name(void)
#endif

/* What would define an object. */
#ifdef __cplusplus
#define Z_MISSING_OBJECT(name, advice) static_assert(false, "there is no " name ": " advice)
#else
#define Z_MISSING_OBJECT(name, advice) _Static_assert(0, "there is no " name ": " advice)
#endif

#define K_MBOX_DEFINE(...) Z_MISSING_OBJECT("K_MBOX_DEFINE", "use K_MSGQ_DEFINE or K_FIFO_DEFINE")
#define K_PIPE_DEFINE(...) \
  Z_MISSING_OBJECT("K_PIPE_DEFINE", "use K_MSGQ_DEFINE or zsock_socketpair()")
#define K_STACK_DEFINE(...) Z_MISSING_OBJECT("K_STACK_DEFINE", "use K_LIFO_DEFINE")
#define NET_SOCKET_REGISTER(...) Z_MISSING_OBJECT("NET_SOCKET_REGISTER", "the sockets are zsockd's")
#define NET_SOCKET_OFFLOAD_REGISTER(...) NET_SOCKET_REGISTER(__VA_ARGS__)

Z_MISSING(k_thread_suspend, "let the thread wait for a semaphore");
#define k_thread_suspend(...) zsock_has_no_k_thread_suspend()
Z_MISSING(k_thread_resume, "let the thread wait for a semaphore");
#define k_thread_resume(...) zsock_has_no_k_thread_resume()
Z_MISSING(k_sched_lock, "use a mutex: threads run on several processors");
#define k_sched_lock(...) zsock_has_no_k_sched_lock()
Z_MISSING(k_sched_unlock, "use a mutex: threads run on several processors");
#define k_sched_unlock(...) zsock_has_no_k_sched_unlock()
Z_MISSING(k_mbox_put, "use k_msgq or k_fifo");
#define k_mbox_put(...) zsock_has_no_k_mbox_put()
Z_MISSING(k_mbox_get, "use k_msgq or k_fifo");
#define k_mbox_get(...) zsock_has_no_k_mbox_get()
Z_MISSING(k_pipe_put, "use k_msgq or zsock_socketpair()");
#define k_pipe_put(...) zsock_has_no_k_pipe_put()
Z_MISSING(k_pipe_get, "use k_msgq or zsock_socketpair()");
#define k_pipe_get(...) zsock_has_no_k_pipe_get()
Z_MISSING(k_pipe_write, "use k_msgq or zsock_socketpair()");
#define k_pipe_write(...) zsock_has_no_k_pipe_write()
Z_MISSING(k_pipe_read, "use k_msgq or zsock_socketpair()");
#define k_pipe_read(...) zsock_has_no_k_pipe_read()
Z_MISSING(k_stack_push, "use k_lifo");
#define k_stack_push(...) zsock_has_no_k_stack_push()
Z_MISSING(k_stack_pop, "use k_lifo");
#define k_stack_pop(...) zsock_has_no_k_stack_pop()
Z_MISSING(net_mgmt, "addresses and links are the operator's; net_if_*() shows them");
#define net_mgmt(...) zsock_has_no_net_mgmt()
Z_MISSING(k_work_poll_submit, "use k_poll() in a thread");
#define k_work_poll_submit(...) zsock_has_no_k_work_poll_submit()
Z_MISSING(k_thread_foreach, "the host's tools show threads");
#define k_thread_foreach(...) zsock_has_no_k_thread_foreach()
Z_MISSING(k_thread_stack_space_get, "the stacks are the host's");
#define k_thread_stack_space_get(...) zsock_has_no_k_thread_stack_space_get()
Z_MISSING(device_get_binding, "there are no devices");
#define device_get_binding(...) zsock_has_no_device_get_binding()

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_MISSING_H_ */
