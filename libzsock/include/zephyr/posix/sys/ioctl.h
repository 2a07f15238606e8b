/** \file Zephyr's own path of <sys/ioctl.h>. */
#include <sys/ioctl.h>
