/** \file Says why this header is not there. */
#error "zsock has no <zephyr/settings/settings.h>: there are no settings; use files of the host."
