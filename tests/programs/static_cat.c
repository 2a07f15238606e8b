/* Standard input to standard output, in a program that nothing can be preloaded into. */
#include <unistd.h>

int main(void) {
  char octets[4096];
  ssize_t got;
  while ((got = read(0, octets, sizeof octets)) > 0) {
    for (ssize_t sent = 0; sent < got;) {
      ssize_t step = write(1, octets + sent, (size_t)(got - sent));
      if (step < 0) return 1;
      sent += step;
    }
  }
  return got < 0;
}
