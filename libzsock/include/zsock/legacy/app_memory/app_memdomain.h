/** \file The place of <zephyr/app_memory/app_memdomain.h> before Zephyr 3.1. */
#include <zephyr/app_memory/app_memdomain.h>
