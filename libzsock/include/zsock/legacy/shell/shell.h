/** \file The place of <zephyr/shell/shell.h> before Zephyr 3.1. */
#include <zephyr/shell/shell.h>
