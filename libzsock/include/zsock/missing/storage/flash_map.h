/** \file Says why this header is not there. */
#error "zsock has no <zephyr/storage/flash_map.h>: there is no flash; use files of the host."
