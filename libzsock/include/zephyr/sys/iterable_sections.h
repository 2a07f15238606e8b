/** \file Lists of objects that the linker makes, out of all files of the program, in no order. */
#ifndef ZEPHYR_SYS_ITERABLE_SECTIONS_H_
#define ZEPHYR_SYS_ITERABLE_SECTIONS_H_

#include <stddef.h>
#include <zephyr/sys/__assert.h>
#include <zephyr/toolchain.h>

/* Each object takes a multiple of its own alignment, so that they lie as in an array. */
#define TYPE_SECTION_ITERABLE(type, name, list, order) \
  type name                                            \
      __attribute__((__section__("zsock_list_" #list), __used__, __aligned__(__alignof__(type))))
#define TYPE_SECTION_START(list) __start_zsock_list_##list
#define TYPE_SECTION_END(list) __stop_zsock_list_##list
/* Weak: a list may be empty. */
#define TYPE_SECTION_START_EXTERN(type, list) \
  extern type __start_zsock_list_##list[] __attribute__((__weak__))
#define TYPE_SECTION_END_EXTERN(type, list) \
  extern type __stop_zsock_list_##list[] __attribute__((__weak__))
#define TYPE_SECTION_FOREACH(type, list, iterator) \
  TYPE_SECTION_START_EXTERN(type, list);           \
  TYPE_SECTION_END_EXTERN(type, list);             \
  for (type* iterator = TYPE_SECTION_START(list); (iterator) < TYPE_SECTION_END(list); ++(iterator))
#define TYPE_SECTION_GET(type, list, index, target) \
  do {                                              \
    TYPE_SECTION_START_EXTERN(type, list);          \
    *(target) = &TYPE_SECTION_START(list)[index];   \
  } while (0)
#define TYPE_SECTION_COUNT(type, list, target)                               \
  do {                                                                       \
    TYPE_SECTION_START_EXTERN(type, list);                                   \
    TYPE_SECTION_END_EXTERN(type, list);                                     \
    *(target) = (size_t)(TYPE_SECTION_END(list) - TYPE_SECTION_START(list)); \
  } while (0)

/** `STRUCT_SECTION_ITERABLE(tag, name) = {...};` puts a struct into the list of its tag. */
#define STRUCT_SECTION_ITERABLE(tag, name) TYPE_SECTION_ITERABLE(struct tag, name, tag, name)
#define STRUCT_SECTION_ITERABLE_ALTERNATE(list, tag, name) \
  TYPE_SECTION_ITERABLE(struct tag, name, list, name)
#define STRUCT_SECTION_START(tag) TYPE_SECTION_START(tag)
#define STRUCT_SECTION_END(tag) TYPE_SECTION_END(tag)
#define STRUCT_SECTION_FOREACH(tag, iterator) TYPE_SECTION_FOREACH(struct tag, tag, iterator)
#define STRUCT_SECTION_FOREACH_ALTERNATE(list, tag, iterator) \
  TYPE_SECTION_FOREACH(struct tag, list, iterator)
#define STRUCT_SECTION_GET(tag, index, target) TYPE_SECTION_GET(struct tag, tag, index, target)
#define STRUCT_SECTION_COUNT(tag, target) TYPE_SECTION_COUNT(struct tag, tag, target)

#endif /* ZEPHYR_SYS_ITERABLE_SECTIONS_H_ */
