/** \file The printers' filler text, as something to send. */
#ifndef ZEPHYR_MISC_LOREM_IPSUM_H_
#define ZEPHYR_MISC_LOREM_IPSUM_H_

#define LOREM_IPSUM_SHORT                                                                      \
  "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt " \
  "ut labore et dolore magna aliqua."
#define LOREM_IPSUM_SHORT_STRLEN (sizeof(LOREM_IPSUM_SHORT) - 1)

#define Z_LOREM_IPSUM                                                                          \
  LOREM_IPSUM_SHORT                                                                            \
  " Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea " \
  "commodo consequat. Duis aute irure dolor in reprehenderit in voluptate velit esse cillum "  \
  "dolore eu fugiat nulla pariatur. Excepteur sint occaecat cupidatat non proident, sunt in "  \
  "culpa qui officia deserunt mollit anim id est laborum."
#define LOREM_IPSUM Z_LOREM_IPSUM "\n" Z_LOREM_IPSUM "\n" Z_LOREM_IPSUM "\n"
#define LOREM_IPSUM_STRLEN (sizeof(LOREM_IPSUM) - 1)

#endif /* ZEPHYR_MISC_LOREM_IPSUM_H_ */
