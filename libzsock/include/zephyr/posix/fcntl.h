/** \file Zephyr's own path of <fcntl.h>. */
#include <fcntl.h>
