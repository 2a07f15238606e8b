/** \file Logging, to the channel of sys_set_stdout() unless another is given. */
#ifndef ZSOCK_SIMBA_DEBUG_LOG_H_
#define ZSOCK_SIMBA_DEBUG_LOG_H_

#include "../kernel/types.h"

#define LOG_FATAL 0
#define LOG_ERROR 1
#define LOG_WARNING 2
#define LOG_INFO 3
#define LOG_DEBUG 4

/* Names of versions before 4. */
#define LOG_EMERG LOG_FATAL
#define LOG_ALERT LOG_FATAL
#define LOG_CRIT LOG_FATAL
#define LOG_ERR LOG_ERROR
#define LOG_NOTICE LOG_INFO

#define LOG_MASK(level) (1 << (LOG_##level))
#define LOG_UPTO(level) ((1 << (LOG_##level + 1)) - 1)
#define LOG_ALL LOG_UPTO(DEBUG)
#define LOG_NONE 0x00
#define LOG_SET_ALL LOG_ALL

#pragma GCC visibility push(default)

struct log_object_t {
  const char* name_p;
  char mask;
};

int log_module_init(void) SIMBA_SYMBOL(log_module_init);
int log_object_init(struct log_object_t* self_p, const char* name_p, int mask)
    SIMBA_SYMBOL(log_object_init);
int log_object_set_log_mask(struct log_object_t* self_p, int mask)
    SIMBA_SYMBOL(log_object_set_log_mask);
int log_object_get_log_mask(struct log_object_t* self_p) SIMBA_SYMBOL(log_object_get_log_mask);
/** NULL: the thread's mask decides. */
int log_object_is_enabled_for(struct log_object_t* self_p, int level)
    SIMBA_SYMBOL(log_object_is_enabled_for);
/** The message ends as the format does; there is no line feed of its own. */
__attribute__((__format__(__printf__, 3, 4))) int log_object_print(struct log_object_t* self_p,
                                                                   int level, const char* fmt_p,
                                                                   ...)
    SIMBA_SYMBOL(log_object_print);
/** NULL: no output. */
int log_set_default_handler_output_channel(void* chout_p)
    SIMBA_SYMBOL(log_set_default_handler_output_channel);

#pragma GCC visibility pop

#endif /* ZSOCK_SIMBA_DEBUG_LOG_H_ */
