/* What the parts of the telemetry client share. */
#ifndef TELEMETRY_H
#define TELEMETRY_H

#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>

/* frames.c: a frame is one octet of kind, two of length in network order, and that many octets. */
enum kind { HELLO = 1, SAMPLE = 2, PING = 3, PONG = 4, COMMAND = 5, REPLY = 6, BYE = 7 };

#define FRAME_HEADER 3
#define FRAME_MOST 240

struct frame {
  enum kind kind;
  uint16_t length;
  char data[FRAME_MOST + 1]; /* ends with 0 */
};

struct frame_reader {
  size_t filled;
  uint8_t octets[FRAME_HEADER + FRAME_MOST];
};

/* \return octets written; -EMSGSIZE */
int frame_write(uint8_t* to, size_t size, enum kind kind, const char* data, size_t length);
void frame_reader_reset(struct frame_reader* reader);
/* Takes what the socket has. \return 0; -EAGAIN nothing more; -ECONNRESET the end; -errno */
int frame_reader_fill(struct frame_reader* reader, int sock);
/* \return 1 *frame is one; 0 there is none whole; -EPROTO nonsense */
int frame_reader_next(struct frame_reader* reader, struct frame* frame);

/* samples.c */
struct sample {
  uint32_t number;
  int64_t uptime;
  int32_t millidegrees;
};

void samples_start(void);
void samples_stop(void);
void samples_set_period(uint32_t milliseconds);
/* \return 0; -EAGAIN: none within the time */
int samples_get(struct sample* sample, k_timeout_t timeout);
/* Becomes readable when there is a sample. */
int samples_descriptor(void);
uint32_t samples_dropped(void);

/* commands.c: answers a command. \return length of the answer */
size_t command_run(const char* command, char* answer, size_t size);
extern struct k_poll_signal quit_signal;

/* broker.c */
enum broker_end { BROKER_LOST, BROKER_REFUSED, BROKER_QUIT };

struct broker_statistics {
  atomic_t connections;
  atomic_t published;
  atomic_t pings;
};
extern struct broker_statistics broker_statistics;

/* One connection, from looking the name up to its end. */
enum broker_end broker_session(const char* name, uint16_t port);
/* Ends the session from another thread. */
void broker_interrupt(void);

#endif
