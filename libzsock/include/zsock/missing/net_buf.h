/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net_buf.h>: use k_malloc() and k_fifo."
