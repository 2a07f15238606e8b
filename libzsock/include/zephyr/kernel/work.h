/** \file The work item that handlers of Zephyr 3.6's socket services get. There are no queues. */
#ifndef ZEPHYR_KERNEL_WORK_H_
#define ZEPHYR_KERNEL_WORK_H_

struct k_work;
typedef void (*k_work_handler_t)(struct k_work* work);

struct k_work {
  k_work_handler_t handler;
};

#endif /* ZEPHYR_KERNEL_WORK_H_ */
