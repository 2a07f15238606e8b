/** \file The version of Zephyr: ZSOCK_COMPAT_ZEPHYR. */
#include <zephyr/zsock_config.h>
