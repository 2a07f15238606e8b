/** \file Says why this header is not there. */
#error "zsock has no <zephyr/shell/shell.h>: there is no shell; build without CONFIG_SHELL."
