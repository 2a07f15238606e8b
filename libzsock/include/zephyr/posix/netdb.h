/** \file Zephyr's own path of <netdb.h>. */
#include <netdb.h>
