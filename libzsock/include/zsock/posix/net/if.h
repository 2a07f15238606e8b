/** \file
 * Stands before the host's <net/if.h>, whose types are not Zephyr's.
 */
#include <zephyr/net/socket.h>
