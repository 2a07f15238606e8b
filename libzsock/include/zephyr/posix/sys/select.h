/** \file Zephyr's own path of <sys/select.h>. */
#include <sys/select.h>
