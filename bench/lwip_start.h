/* lwIP in this process, for traffic.c. */
#pragma once

void start_lwip(void);
