/** \file Zephyr's own path of <pthread.h>. */
#include <pthread.h>
