/** \file Zephyr's own path of <unistd.h>. */
#include <unistd.h>
