/** \file Formatted output, strings and the log. */
#include "libzsock/simba/thread.h"

enum { kLine = 1024 }; /* octets of a text; more is cut */

int std_module_init(void) {
  return 0;
}

ssize_t std_vfprintf(void* chan_p, far_string_t fmt_p, va_list* ap_p) {
  char text[kLine];
  int length = vsnprintf(text, sizeof(text), fmt_p, *ap_p);

  if (length < 0 || chan_p == NULL) return length;
  return chan_write(chan_p, text, MIN((size_t)length, sizeof(text) - 1));
}

ssize_t std_vprintf(far_string_t fmt_p, va_list* ap_p) {
  return std_vfprintf(sys_get_stdout(), fmt_p, ap_p);
}

ssize_t std_printf(far_string_t fmt_p, ...) {
  va_list arguments;
  ssize_t result;

  va_start(arguments, fmt_p);
  result = std_vprintf(fmt_p, &arguments);
  va_end(arguments);
  return result;
}

ssize_t std_fprintf(void* chan_p, far_string_t fmt_p, ...) {
  va_list arguments;
  ssize_t result;

  va_start(arguments, fmt_p);
  result = std_vfprintf(chan_p, fmt_p, &arguments);
  va_end(arguments);
  return result;
}

ssize_t std_sprintf(char* dst_p, far_string_t fmt_p, ...) {
  va_list arguments;
  ssize_t result;

  va_start(arguments, fmt_p);
  result = vsprintf(dst_p, fmt_p, arguments);
  va_end(arguments);
  return result;
}

ssize_t std_snprintf(char* dst_p, size_t size, far_string_t fmt_p, ...) {
  va_list arguments;
  ssize_t result;

  va_start(arguments, fmt_p);
  result = vsnprintf(dst_p, size, fmt_p, arguments);
  va_end(arguments);
  return result;
}

const char* std_strtol(const char* str_p, long* value_p) {
  const char* digits = str_p + (*str_p == '-' ? 1 : 0);
  int base = strncmp(digits, "0x", 2) == 0 ? 16 : 10;
  char* end;

  errno = 0;
  *value_p = strtol(str_p, &end, base);
  return end == str_p || errno != 0 ? NULL : end;
}

int std_strcpy(char* dst_p, far_string_t src_p) {
  size_t length = strlen(src_p);

  memcpy(dst_p, src_p, length + 1);
  return (int)length;
}

int std_strcmp(const char* str_p, far_string_t fstr_p) {
  return strcmp(str_p, fstr_p);
}

int std_strncmp(far_string_t fstr_p, const char* str_p, size_t size) {
  return strncmp(fstr_p, str_p, size);
}

int std_strlen(far_string_t fstr_p) {
  return (int)strlen(fstr_p);
}

static void* log_channel;
static int log_channel_is_set;

int log_module_init(void) {
  return 0;
}

int log_object_init(struct log_object_t* self_p, const char* name_p, int mask) {
  self_p->name_p = name_p;
  self_p->mask = (char)mask;
  return 0;
}

int log_object_set_log_mask(struct log_object_t* self_p, int mask) {
  self_p->mask = (char)mask;
  return 0;
}

int log_object_get_log_mask(struct log_object_t* self_p) {
  return self_p->mask;
}

int log_object_is_enabled_for(struct log_object_t* self_p, int level) {
  int mask = self_p != NULL ? self_p->mask : thrd_get_log_mask();

  return (mask & (1 << level)) != 0;
}

int log_set_default_handler_output_channel(void* chout_p) {
  log_channel = chout_p;
  log_channel_is_set = 1;
  return 0;
}

int log_object_print(struct log_object_t* self_p, int level, const char* fmt_p, ...) {
  static const char* const levels[] = {"fatal", "error", "warning", "info", "debug"};
  void* channel = log_channel_is_set ? log_channel : sys_get_stdout();
  char text[kLine];
  struct time_t now;
  va_list arguments;

  if (level < LOG_FATAL || level > LOG_DEBUG || channel == NULL ||
      !log_object_is_enabled_for(self_p, level)) {
    return 0;
  }
  va_start(arguments, fmt_p);
  vsnprintf(text, sizeof(text), fmt_p, arguments);
  va_end(arguments);
  time_get(&now);
  return std_fprintf(channel, "%ld.%03ld:%s:%s:%s: %s", (long)now.seconds,
                     (long)now.nanoseconds / 1000000, levels[level], thrd_get_name(),
                     self_p != NULL ? self_p->name_p : "default", text) < 0
             ? -EIO
             : 0;
}
