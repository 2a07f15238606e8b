/** \file Zephyr's own path of <sys/time.h>. */
#include <sys/time.h>
