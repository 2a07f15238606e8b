/** \file Says why this header is not there. */
#error "zsock has no <zephyr/fs/fs.h>: use the files of the host, <stdio.h>."
