/** \file The name of <zephyr/random/random.h> before Zephyr 3.5. */
#include <zephyr/random/random.h>
