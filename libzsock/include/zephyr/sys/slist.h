/** \file Lists of nodes that lie in the program's own structures, linked in one direction. */
#ifndef ZEPHYR_SYS_SLIST_H_
#define ZEPHYR_SYS_SLIST_H_

#include <zephyr/sys/util.h>

struct _snode {
  struct _snode* next;
};
typedef struct _snode sys_snode_t;

struct _slist {
  sys_snode_t* head;
  sys_snode_t* tail;
};
typedef struct _slist sys_slist_t;

#define SYS_SLIST_STATIC_INIT(list) \
  { NULL, NULL }

static inline void sys_slist_init(sys_slist_t* list) {
  list->head = NULL;
  list->tail = NULL;
}
static inline sys_snode_t* sys_slist_peek_head(const sys_slist_t* list) {
  return list->head;
}
static inline sys_snode_t* sys_slist_peek_tail(const sys_slist_t* list) {
  return list->tail;
}
static inline bool sys_slist_is_empty(const sys_slist_t* list) {
  return list->head == NULL;
}
static inline sys_snode_t* sys_slist_peek_next_no_check(const sys_snode_t* node) {
  return node->next;
}
static inline sys_snode_t* sys_slist_peek_next(const sys_snode_t* node) {
  return node != NULL ? node->next : NULL;
}
static inline void sys_slist_prepend(sys_slist_t* list, sys_snode_t* node) {
  node->next = list->head;
  list->head = node;
  if (list->tail == NULL) {
    list->tail = node;
  }
}
static inline void sys_slist_append(sys_slist_t* list, sys_snode_t* node) {
  node->next = NULL;
  if (list->tail == NULL) {
    list->head = node;
  } else {
    list->tail->next = node;
  }
  list->tail = node;
}
/** Appends the nodes from `head` to `tail`, which are linked. */
static inline void sys_slist_append_list(sys_slist_t* list, void* head, void* tail) {
  if (head == NULL) {
    return;
  }
  if (list->tail == NULL) {
    list->head = (sys_snode_t*)head;
  } else {
    list->tail->next = (sys_snode_t*)head;
  }
  list->tail = (sys_snode_t*)tail;
}
/** Appends the nodes of `from`, which is empty then. */
static inline void sys_slist_merge_slist(sys_slist_t* list, sys_slist_t* from) {
  sys_slist_append_list(list, from->head, from->tail);
  sys_slist_init(from);
}
/** Puts `node` behind `previous`; NULL: in front. */
static inline void sys_slist_insert(sys_slist_t* list, sys_snode_t* previous, sys_snode_t* node) {
  if (previous == NULL) {
    sys_slist_prepend(list, node);
  } else if (previous->next == NULL) {
    sys_slist_append(list, node);
  } else {
    node->next = previous->next;
    previous->next = node;
  }
}
static inline void sys_slist_remove(sys_slist_t* list, sys_snode_t* previous, sys_snode_t* node) {
  if (previous == NULL) {
    list->head = node->next;
  } else {
    previous->next = node->next;
  }
  if (list->tail == node) {
    list->tail = previous;
  }
  node->next = NULL;
}
/** The first node, removed. The list is not empty. */
static inline sys_snode_t* sys_slist_get_not_empty(sys_slist_t* list) {
  sys_snode_t* const node = list->head;

  sys_slist_remove(list, NULL, node);
  return node;
}
static inline sys_snode_t* sys_slist_get(sys_slist_t* list) {
  return list->head != NULL ? sys_slist_get_not_empty(list) : NULL;
}
/** \return true if `node` was in the list; in *previous what is before it */
static inline bool sys_slist_find(const sys_slist_t* list, const sys_snode_t* node,
                                  sys_snode_t** previous) {
  sys_snode_t* before = NULL;
  sys_snode_t* at;

  for (at = list->head; at != NULL && at != node; at = at->next) {
    before = at;
  }
  if (previous != NULL) {
    *previous = before;
  }
  return at != NULL;
}
static inline bool sys_slist_find_and_remove(sys_slist_t* list, sys_snode_t* node) {
  sys_snode_t* previous;

  if (!sys_slist_find(list, node, &previous)) {
    return false;
  }
  sys_slist_remove(list, previous, node);
  return true;
}
static inline size_t sys_slist_len(const sys_slist_t* list) {
  const sys_snode_t* node;
  size_t count = 0;

  for (node = list->head; node != NULL; node = node->next) {
    ++count;
  }
  return count;
}

#define SYS_SLIST_FOR_EACH_NODE(list, node) \
  for ((node) = sys_slist_peek_head(list); (node) != NULL; (node) = sys_slist_peek_next(node))
/** The loop may remove `node`. */
#define SYS_SLIST_FOR_EACH_NODE_SAFE(list, node, following)                         \
  for ((node) = sys_slist_peek_head(list), (following) = sys_slist_peek_next(node); \
       (node) != NULL; (node) = (following), (following) = sys_slist_peek_next(node))
#define SYS_SLIST_CONTAINER(node, container, field) \
  ((node) != NULL ? CONTAINER_OF(node, __typeof__(*(container)), field) : NULL)
#define SYS_SLIST_PEEK_HEAD_CONTAINER(list, container, field) \
  SYS_SLIST_CONTAINER(sys_slist_peek_head(list), container, field)
#define SYS_SLIST_PEEK_NEXT_CONTAINER(container, field)                                  \
  ((container) != NULL                                                                   \
       ? SYS_SLIST_CONTAINER(sys_slist_peek_next(&(container)->field), container, field) \
       : NULL)
#define SYS_SLIST_FOR_EACH_CONTAINER(list, container, field)                                     \
  for ((container) = SYS_SLIST_PEEK_HEAD_CONTAINER(list, container, field); (container) != NULL; \
       (container) = SYS_SLIST_PEEK_NEXT_CONTAINER(container, field))
/** The loop may remove `container`. */
#define SYS_SLIST_FOR_EACH_CONTAINER_SAFE(list, container, following, field) \
  for ((container) = SYS_SLIST_PEEK_HEAD_CONTAINER(list, container, field),  \
      (following) = SYS_SLIST_PEEK_NEXT_CONTAINER(container, field);         \
       (container) != NULL;                                                  \
       (container) = (following), (following) = SYS_SLIST_PEEK_NEXT_CONTAINER(container, field))

#endif /* ZEPHYR_SYS_SLIST_H_ */
