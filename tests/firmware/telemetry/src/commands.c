/* What the broker may ask for. */
#include "telemetry.h"

#include <zephyr/net/hostname.h>

LOG_MODULE_REGISTER(commands, LOG_LEVEL_INF);

struct k_poll_signal quit_signal = K_POLL_SIGNAL_INITIALIZER(quit_signal);

struct command {
  const char* name;
  size_t (*run)(const char* argument, char* answer, size_t size);
};

static size_t said(int length, size_t size) {
  return length < 0 ? 0 : MIN((size_t)length, size - 1);
}

static size_t run_status(const char* argument, char* answer, size_t size) {
  ARG_UNUSED(argument);
  return said(snprintk(answer, size, "%s published %ld dropped %u up %u", net_hostname_get(),
                       (long)atomic_get(&broker_statistics.published), samples_dropped(),
                       k_uptime_get_32()),
              size);
}

static size_t run_period(const char* argument, char* answer, size_t size) {
  char* end;
  const unsigned long period = strtoul(argument, &end, 10);

  if (end == argument || *end != '\0' || !IN_RANGE(period, 1UL, 60000UL)) {
    return said(snprintk(answer, size, "error: a period is 1 to 60000"), size);
  }
  samples_set_period((uint32_t)period);
  return said(snprintk(answer, size, "period %lu", period), size);
}

static size_t run_quit(const char* argument, char* answer, size_t size) {
  ARG_UNUSED(argument);
  k_poll_signal_raise(&quit_signal, 1);
  return said(snprintk(answer, size, "bye"), size);
}

static const struct command commands[] = {
    {"status", run_status}, {"period", run_period}, {"quit", run_quit}};

size_t command_run(const char* command, char* answer, size_t size) {
  LOG_INF("command: %s", command);
  ARRAY_FOR_EACH_PTR(commands, known) {
    const size_t length = strlen(known->name);

    if (strncmp(command, known->name, length) != 0) {
      continue;
    }
    if (command[length] == '\0' || command[length] == ' ') {
      return known->run(command[length] == ' ' ? &command[length + 1] : "", answer, size);
    }
  }
  return said(snprintk(answer, size, "error: unknown: %s", command), size);
}
