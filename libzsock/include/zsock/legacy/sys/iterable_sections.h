/** \file The place of <zephyr/sys/iterable_sections.h> before Zephyr 3.1. */
#include <zephyr/sys/iterable_sections.h>
