/** \file Zephyr's own path of <sys/eventfd.h>. */
#include <sys/eventfd.h>
