/** \file The place of <zephyr/linker/sections.h> before Zephyr 3.1. */
#include <zephyr/linker/sections.h>
