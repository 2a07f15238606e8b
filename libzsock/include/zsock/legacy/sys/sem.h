/** \file The place of <zephyr/sys/sem.h> before Zephyr 3.1. */
#include <zephyr/sys/sem.h>
