/** \file The place of <zephyr/net/tls_credentials.h> before Zephyr 3.1. */
#include <zephyr/net/tls_credentials.h>
