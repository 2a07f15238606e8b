/// \file
/// main() of firmware that has none: all that it does, it does before (SYS_INIT) and in threads.

#include <unistd.h>

int main() {
  for (;;) pause();
}
