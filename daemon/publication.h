#pragma once
/// \file
/// What the world of one socket should see of it, as a pure function of its status: the words of
/// its StatusSlot, and what to do to zsockd's end (docs/ipc.md, "States as the descriptor shows
/// them").

#include <cstdint>

#include "daemon/stack/events.h"

namespace zsock::host {

/// The words of a StatusSlot that follow the stack. The last published ones are kept privately.
struct Shown {
  std::uint32_t flags = 0;  ///< of ipc::status_flag
  std::uint64_t receive_tail = 0;
  std::uint64_t transmit_head = 0;
  std::uint64_t notify_position = 0;
  std::uint64_t urgent_mark = 0;
  std::uint64_t transmit_next = 0;
  std::uint32_t unsent_limit = 0;
};

enum class EndAction : std::uint8_t {
  none,
  shut_down_writing,  ///< no more data will come
  close_clean,        ///< both directions are finished
  close_reset,        ///< an established connection has failed
};

struct Publication {
  Shown shown{};
  bool token = false;      ///< there is something to come for, whatever is unread
  bool new_data = false;   ///< there is more to read
  bool take_plug = false;  ///< connect() has come to an end, or may be written to
  EndAction end = EndAction::none;
};

/// \param before     what was published last
/// \param new_error  an error is about to be published
Publication plan_publication(const SocketStatus& status, const Shown& before, bool new_error);

/// Octets that may be written: is it worth waking a writer (a third of the ring is free)?
bool worth_waking_writer(std::uint64_t transmit_head, std::uint64_t transmit_tail,
                         std::uint64_t capacity);

}  // namespace zsock::host
