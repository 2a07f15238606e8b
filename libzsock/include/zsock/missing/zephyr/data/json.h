/** \file Says why this header is not there. */
#error "zsock has no <zephyr/data/json.h>: add lib/utils/json.c of Zephyr and its header."
