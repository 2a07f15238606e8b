/** \file
 * Stands before the host's <arpa/inet.h>, whose types are not Zephyr's.
 */
#include <zephyr/net/socket.h>
