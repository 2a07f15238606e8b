/// \file
/// The end of main() is not the end of firmware: what it has started goes on. Programs are linked
/// with --wrap=main.

#include <zephyr/init.h>

extern "C" {
int __real_main(int argc, char** argv, char** environment);
int __wrap_main(int argc, char** argv, char** environment);
// Of programs for Zephyr before 3.4: zephyr/kernel.h.
extern const int zsock_main_returns_nothing __attribute__((weak));
}

int __wrap_main(int argc, char** argv, char** environment) {
  const int status = __real_main(argc, argv, environment);
  zsock_wait_for_the_rest();
  return &zsock_main_returns_nothing != nullptr ? 0 : status;
}
