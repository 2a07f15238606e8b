/** \file Calendar dates as seconds. */
#ifndef ZEPHYR_SYS_TIMEUTIL_H_
#define ZEPHYR_SYS_TIMEUTIL_H_

#include <time.h>
#include <zephyr/types.h>

/** Seconds since 1970 of a date in UTC, whose fields are in their ranges. */
static inline int64_t timeutil_timegm64(const struct tm* date) {
  /* Years begin in March, so that the leap day is the last one. */
  const int64_t year = (int64_t)date->tm_year + 1900 - (date->tm_mon < 2);
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t month = (date->tm_mon + 10) % 12;
  const int64_t day = (153 * month + 2) / 5 + date->tm_mday - 1;
  const int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719468;

  return ((days * 24 + date->tm_hour) * 60 + date->tm_min) * 60 + date->tm_sec;
}
static inline time_t timeutil_timegm(const struct tm* date) {
  return (time_t)timeutil_timegm64(date);
}

#endif /* ZEPHYR_SYS_TIMEUTIL_H_ */
