/** \file
 * Stands before the host's <sys/socket.h>, whose types are not Zephyr's.
 */
#include <zephyr/net/socket.h>
