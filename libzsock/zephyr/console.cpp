/// \file
/// printk() to standard output, the log to standard error.

#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace {

constexpr std::size_t kLineSize = 1024;  ///< octets of a message; more is cut
constexpr std::size_t kHexPerLine = 16;

const char* name_of(unsigned int level) {
  static constexpr const char* kNames[] = {"non", "err", "wrn", "inf", "dbg"};
  return level < std::size(kNames) ? kNames[level] : "???";
}

// One call of the C library per line, so that the lines of several threads do not mix.
void print_line(const zsock_log_module* module, unsigned int level, const char* text) {
  const int64_t now = k_uptime_get();
  const int64_t seconds = now / 1000;
  std::fprintf(stderr, "[%02lld:%02lld:%02lld.%03lld,000] <%s> %s: %s\n",
               static_cast<long long>(seconds / 3600), static_cast<long long>(seconds / 60 % 60),
               static_cast<long long>(seconds % 60), static_cast<long long>(now % 1000),
               name_of(level), module->name, text);
}

}  // namespace

void vprintk(const char* format, va_list arguments) {
  std::vfprintf(stdout, format, arguments);
  std::fflush(stdout);
}

void printk(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintk(format, arguments);
  va_end(arguments);
}

int vsnprintk(char* text, size_t size, const char* format, va_list arguments) {
  return std::vsnprintf(text, size, format, arguments);
}

int snprintk(char* text, size_t size, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintk(text, size, format, arguments);
  va_end(arguments);
  return length;
}

void zsock_log(const zsock_log_module* module, unsigned int level, const char* format, ...) {
  char text[kLineSize];
  va_list arguments;
  va_start(arguments, format);
  vsnprintk(text, sizeof text, format, arguments);
  va_end(arguments);
  print_line(module, level, text);
}

void zsock_log_hexdump(const zsock_log_module* module, unsigned int level, const void* data,
                       size_t length, const char* text) {
  print_line(module, level, text);
  const auto* const bytes = static_cast<const unsigned char*>(data);
  for (size_t begin = 0; begin < length; begin += kHexPerLine) {
    const size_t end = std::min(length, begin + kHexPerLine);
    char line[kHexPerLine * 3 + 1] = {};
    for (size_t i = begin; i < end; ++i) {
      std::snprintf(line + (i - begin) * 3, 4, "%02x ", static_cast<unsigned int>(bytes[i]));
    }
    print_line(module, level, line);
  }
}
