#pragma once
/// \file
/// The shared memory of one client process, its arena: a status memfd that only zsockd can write, a
/// data memfd with what the application writes, and numbered segments that hold the rings.
/// docs/ipc.md tells the protocol; the offsets are asserted here.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "libzsock/ipc/messages.h"
#include "libzsock/ipc/ring.h"

namespace zsock::ipc {

inline constexpr std::size_t kSlots = 16384;  ///< sockets of one arena
inline constexpr std::size_t kDirtyWords = kSlots / 64;
inline constexpr std::size_t kSummaryWords = kDirtyWords / 64;
inline constexpr std::size_t kLockOctets = 48;  ///< room for a pthread_mutex_t

/// Does what is unread make a socket readable? `least` is AppSlot::least_read; more than half a
/// ring is not waited for, since the peer may not send more.
constexpr bool worth_a_token(std::uint64_t unread, std::uint32_t least, std::uint64_t capacity) {
  return unread != 0 && (unread >= least || unread >= capacity / 2);
}

/// TCP_NOTSENT_LOWAT (tcp(7)): how much more may be written while `unsent` octets wait to be sent.
/// As in Linux, whoever is below the limit may add a whole super-segment.
constexpr std::uint64_t room_below(std::uint32_t limit, std::uint64_t unsent) {
  constexpr std::uint64_t kSuperSegment = 65536;
  return unsent < limit ? std::max(limit - unsent, kSuperSegment) : 0;
}

/// Is that worth calling the descriptor writable? As in Linux, below half the limit.
constexpr bool well_below(std::uint32_t limit, std::uint64_t unsent) {
  return unsent < limit && unsent * 2 < limit;
}

/// StatusSlot::flags.
namespace status_flag {
inline constexpr std::uint32_t kDatagram = 1;
inline constexpr std::uint32_t kListening = 2;
inline constexpr std::uint32_t kConnecting = 4;
inline constexpr std::uint32_t kConnected = 8;
inline constexpr std::uint32_t kReceiveClosed =
    16;  ///< no more data will come: after the last octet, end of file
inline constexpr std::uint32_t kTransmitClosed = 32;  ///< sends yield EPIPE
inline constexpr std::uint32_t kFailed = 64;          ///< reset, refused, timed out
inline constexpr std::uint32_t kDetached =
    128;  ///< zsockd has closed its end; only memory is left (Op::release)
inline constexpr std::uint32_t kBound = 256;
inline constexpr std::uint32_t kOurFinAcknowledged = 512;
inline constexpr std::uint32_t kStreaming = 1024;  ///< octets travel through the descriptor itself
inline constexpr std::uint32_t kSoftError =
    2048;  ///< SO_ERROR is worth asking for (Op::get_option)
inline constexpr std::uint32_t kQueuedError =
    4096;  ///< Op::take_queued_error has something to tell
inline constexpr std::uint32_t kGrowReceive = 8192;    ///< a larger ring may be had (Op::grow)
inline constexpr std::uint32_t kGrowTransmit = 16384;  ///< a larger ring may be had (Op::grow)
inline constexpr std::uint32_t kLimitsUnsent = 32768;  ///< StatusSlot::unsent_limit holds
inline constexpr std::uint32_t kWaitsForText =
    65536;  ///< beside kConnecting: the SYN goes with what is written first (RFC 7413)
}  // namespace status_flag

/// Where a ring lies.
struct RingPlace {
  std::uint32_t segment = 0;
  std::uint32_t order = 0;   ///< capacity is 1 << order octets; 0: no ring
  std::uint64_t offset = 0;  ///< octets from the start of the segment
};

/// The same, shown. Written before the slot's flags say connected (TCP) or bound (UDP), and for
/// Op::grow, whose sender holds the side's lock: whoever does not may find parts of two places.
class ShownPlace {
 public:
  [[nodiscard]] RingPlace snapshot() const {
    return {segment_.snapshot(), order_.snapshot(), offset_.snapshot()};
  }
  /// Good without a lock: what the ring holds at least.
  [[nodiscard]] std::uint32_t order() const { return order_.snapshot(); }
  void publish(const RingPlace& place) {
    segment_.publish(place.segment);
    order_.publish(place.order);
    offset_.publish(place.offset);
  }

 private:
  Untrusted<std::uint32_t> segment_;
  Untrusted<std::uint32_t> order_;
  Untrusted<std::uint64_t> offset_;
};

/// AppSlot::told_options: options of a stream that zsockd never refuses, to be switched on.
namespace told_option {
inline constexpr std::uint32_t kNoDelay = 1;    ///< TCP_NODELAY
inline constexpr std::uint32_t kKeepAlive = 2;  ///< SO_KEEPALIVE
}  // namespace told_option

/// An address, published before the word that tells of it.
class ShownAddress {
 public:
  [[nodiscard]] Address snapshot() const {
    const Words words{words_[0].snapshot(), words_[1].snapshot(), words_[2].snapshot()};
    return std::bit_cast<Address>(words);
  }
  void publish(const Address& address) {
    const auto words = std::bit_cast<Words>(address);
    for (std::size_t i = 0; i < words.size(); ++i) words_[i].publish(words[i]);
  }

 private:
  using Words = std::array<std::uint64_t, 3>;
  std::array<Untrusted<std::uint64_t>, 3> words_;
};

/// One socket as zsockd shows it. The application can only read.
struct alignas(64) StatusSlot {
  // What seldom changes: a line that the caller's CPU keeps while data passes.
  Untrusted<std::uint32_t> generation;  ///< 0: slot not in use
  Untrusted<std::uint32_t> flags;
  Untrusted<std::uint32_t> error;  ///< errno of the newest error
  Untrusted<std::uint32_t>
      error_count;  ///< errors so far; AppSlot::error_seen tells which were reported
  Untrusted<std::uint32_t> connects;       ///< AppSlot::connects that zsockd has got to
  Untrusted<std::uint32_t> connect_error;  ///< errno of that one if it was refused at once
  ShownPlace receive;
  ShownPlace transmit;
  Untrusted<std::uint64_t> urgent_mark;  ///< position of the urgent octet + 1; 0: none
  // What moves with the data.
  Untrusted<std::uint64_t> receive_tail;     ///< readable up to here
  Untrusted<std::uint64_t> transmit_head;    ///< free up to here + capacity
  Untrusted<std::uint64_t> notify_position;  ///< reading past this: ring the doorbell
  // Beside kLimitsUnsent only.
  Untrusted<std::uint64_t> transmit_next;  ///< sent up to here
  Untrusted<std::uint32_t> unsent_limit;   ///< TCP_NOTSENT_LOWAT
  Untrusted<std::uint32_t> settled;  ///< AppSlot::connects whose end the descriptor tells as well
  std::uint64_t reserved[3];
};

/// One socket as the application steers it. Every word is hostile to zsockd, which sets all of it
/// to 0 when it gives the slot a new generation. What zsockd looks at while data passes lies on two
/// lines of its own: the locks and what else the library needs stay with the caller's CPU.
struct alignas(64) AppSlot {
  // The reader's line.
  Untrusted<std::uint64_t> receive_head;  ///< read up to here
  Untrusted<std::uint32_t> token;         ///< 1: a token is, or is about to be, in the descriptor
  Untrusted<std::uint32_t> want_token;    ///< 1: the reader saw data race in after taking the token
  Untrusted<std::uint32_t> watching;      ///< readers that look at receive_tail by themselves
  // SO_RCVLOWAT: less is worth no token; 0: any.
  Untrusted<std::uint32_t> least_read;
  Untrusted<std::uint32_t>
      error_seen;  ///< StatusSlot::error_count up to which errors were reported
  std::uint32_t reserved_reader[9];
  // The library's: the reader's lock.
  unsigned char reader_lock[kLockOctets];  ///< robust process-shared mutex; zsockd never takes it
  std::uint64_t reserved_read[2];
  // The writer's line.
  Untrusted<std::uint64_t> transmit_tail;  ///< written up to here
  Untrusted<std::uint32_t> want_room;      ///< 1: the descriptor is plugged until there is room
  Untrusted<std::uint32_t> more;           ///< MSG_MORE of the newest octets before transmit_tail
  // What is asked for without a request.
  Untrusted<std::uint32_t> told_options;  ///< ipc::told_option; zsockd takes them
  Untrusted<std::uint32_t> connects;      ///< calls of connect() so far, the newest to `remote`
  ShownAddress remote;
  std::uint64_t reserved_writer[2];
  // The library's: the writer's lock.
  unsigned char writer_lock[kLockOctets];
  Untrusted<std::uint64_t> head_seen;  ///< StatusSlot::transmit_head when last looked at
  std::uint64_t reserved_write;
  // Seldom used.
  Untrusted<std::uint32_t> accepted;  ///< listener: connections taken from the descriptor
  Untrusted<std::uint32_t> taken;     ///< connection: some process has accepted it
  // The library's own, shared by the processes that hold the socket; zsockd does not read them.
  Untrusted<std::uint32_t> connect_state;  ///< 0, or what connect() has told so far
  Untrusted<std::uint32_t> attributes;     ///< address family and ancillary data asked for
  Untrusted<std::uint32_t> linger;         ///< SO_LINGER: 0 off, else seconds + 1
  Untrusted<std::uint32_t> holders;        ///< descriptors that name the socket
  Untrusted<std::uint64_t> urgent_taken;   ///< StatusSlot::urgent_mark that was read or passed
  // The library's own again, of datagram sockets.
  Untrusted<std::uint32_t> segment_size;  ///< UDP_SEGMENT; 0: off
  Untrusted<std::uint32_t> corked;  ///< 1 + octets of a datagram begun at transmit_tail; 0: none
  std::uint64_t reserved;
};

/// Start of the status memfd.
struct alignas(4096) StatusPage {
  std::uint32_t magic;
  std::uint32_t version;
  ArenaTicket ticket;                 ///< lets a forked child attach
  Untrusted<std::uint32_t> sleeping;  ///< 1: zsockd may be waiting; a doorbell is needed
  /// ns that a client may look busily before it sleeps; 0 while too many are at work.
  Untrusted<std::uint32_t> spin_limit;
  std::uint32_t shard;  ///< which of zsockd's this arena is in
};

/// Start of the data memfd. A set bit: the socket's AppSlot is worth a look. Set the word's bit,
/// then the summary's, then, if StatusPage::sleeping, write the doorbell.
struct alignas(4096) DataPage {
  Untrusted<std::uint64_t> summary[kSummaryWords];
  Untrusted<std::uint64_t> dirty[kDirtyWords];
};

struct StatusArea {
  StatusPage page;
  StatusSlot slots[kSlots];
};

struct DataArea {
  DataPage page;
  AppSlot slots[kSlots];
};

static_assert(sizeof(Untrusted<std::uint64_t>) == 8 && sizeof(Untrusted<std::uint32_t>) == 4);
static_assert(sizeof(ShownPlace) == 16);
static_assert(sizeof(StatusSlot) == 128 && offsetof(StatusSlot, receive) == 24 &&
              offsetof(StatusSlot, receive_tail) == 64 &&
              offsetof(StatusSlot, transmit_head) == 72);
static_assert(sizeof(AppSlot) == 320 && offsetof(AppSlot, reader_lock) == 64 &&
              offsetof(AppSlot, transmit_tail) == 128 && offsetof(AppSlot, writer_lock) == 192 &&
              offsetof(AppSlot, accepted) == 256);
static_assert(sizeof(StatusPage) == 4096 && sizeof(DataPage) == 4096);
static_assert(offsetof(StatusArea, slots) == 4096 && offsetof(DataArea, slots) == 4096);

}  // namespace zsock::ipc
