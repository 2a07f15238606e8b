#include "daemon/loop.h"

#include <sched.h>
#include <sysexits.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>
#include <variant>

#include "daemon/report.h"

namespace zsock::host {
namespace {

using boost::asio::posix::stream_descriptor;

constexpr int kFarewellTurns = 100;  ///< for the resets of the last connections
/// Asio has signals and newcomers. Its set is another than that of clients and device; between
/// events in quick succession it would only cost time, so it is asked now and then.
constexpr Duration kControlInterval = std::chrono::milliseconds{1};
/// How long zsockd sleeps without it before it sleeps with it.
constexpr Duration kDoze = std::chrono::milliseconds{10};

std::int64_t in_nanoseconds(Duration time) {
  return std::chrono::nanoseconds{time}.count();
}

}  // namespace

void Loop::run() {
  for (Instant now = monotonic_now(); !is_over(now); now = monotonic_now()) {
    const std::uint64_t before = activity();
    const bool more = turn(now);
    if (activity() != before) wait_is_over(now);
    if (!more) wait(now);
    if (shard != nullptr) report_wanted |= shard->board().reports != reports;
    if (std::exchange(report_wanted, false)) log_state();
  }
  // Whoever ends, all end.
  if (shard == nullptr) return;
  shard->board().over = true;
  ring_all();
}

/// The first one conducts: it ends when nobody has connections any more, or the time is up.
bool Loop::is_over(Instant now) {
  if (device_lost) return true;
  if (stop_wanted && !stop_at) begin_stop(now);
  const std::size_t connections = service.stack().connections();
  const bool late = stop_at && now >= *stop_at;
  if (shard == nullptr) return late || (stop_at && connections == 0);
  Switchboard& board = shard->board();
  if (board.stopping && board.connections[shard->number()].exchange(connections) != connections) {
    board.mailboxes.front().ring();
  }
  if (board.over || late) return true;
  return stop_at && std::ranges::all_of(board.connections, [](const auto& n) { return n == 0; });
}

void Loop::ring_all() const {
  for (const Mailbox& mailbox : shard->board().mailboxes) mailbox.ring();
}

void Loop::watch_mail() {
  const int bell = shard->mailbox().fd();
  if (!service.watch().add_source(bell, static_cast<std::uint64_t>(bell))) {
    throw StartError(EX_OSERR, "cannot watch a mailbox");
  }
  service.open_mail = [this](Instant now) { open_mail(now); };
}

/// What is opened may call for the rest, which must not come before it.
void Loop::open_mail(Instant now) {
  if (opening_mail || !shard->mailbox().has_mail()) return;
  opening_mail = true;
  for (Mail& mail : shard->mailbox().take()) {
    std::visit([this, now](auto& letter) { open(letter, now); }, mail);
  }
  opening_mail = false;
}

void Loop::open(FrameMail& mail, Instant now) {
  link.take_in({.bytes = mail.bytes,
                .checksum_verified = mail.checksum_verified,
                .segment_size = mail.segment_size},
               now);
}

void Loop::await_process_signal() {
  process_signals.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    (number == SIGUSR1 ? report_wanted : stop_wanted) = true;
    if (number == SIGUSR1 && shard != nullptr) {
      ++shard->board().reports;
      ring_all();
    }
    await_process_signal();
  });
}

/// One round over everybody. True: somebody has more to do.
bool Loop::turn(Instant now) {
  bool more = !std::exchange(gathered, false) && gather(now);
  service.open_mail(now);
  more |= server->serve(now);
  more |= receive(now);
  service.take_signals(now);
  service.serve_clients(now);
  const auto due = service.stack().next_deadline();
  if (due && *due <= now) service.stack().on_deadline(now);
  service.take_events(now);
  service.publish(now);
  more |= transmit(now);
  service.take_events(now);
  return more || service.busy();
}

/// Looks, or dozes, for what clients and the device want, and from time to time for control.
bool Loop::gather(Instant now, Duration longest) {
  const bool more = service.gather_signals(longest);
  bool control = now - control_polled >= kControlInterval;
  for (const std::uint64_t key : service.own_signals()) {
    if (key == device.key()) {
      device.wake();
    } else if (shard == nullptr || static_cast<int>(key) != shard->mailbox().fd()) {
      control |= !server->note(static_cast<int>(key));
    }
  }
  service.own_signals().clear();
  if (control) {
    control_polled = now;
    io.poll();
  }
  return more;
}

bool Loop::receive(Instant now) {
  if (!device.readable() && !link.holds_due_frames(now)) {
    link.advance(now);
    return false;
  }
  const std::uint64_t before = link.frames();
  const Link::Progress progress = link.receive(now);
  if (progress == Link::Progress::done) return !device.rest(link.frames() != before);
  if (progress == Link::Progress::lost) device_lost = true;
  device.busy();
  return true;
}

bool Loop::transmit(Instant now) {
  if (!device.writable()) return false;
  const bool more = link.transmit(now) == Link::Progress::more;
  if (link.blocked()) device.block();
  return more;
}

std::optional<Instant> Loop::next_deadline() const {
  std::optional<Instant> next = stop_at;
  const auto consider = [&next](std::optional<Instant> due) {
    if (due && (!next || *due < *next)) next = due;
  };
  consider(service.stack().next_deadline());
  consider(link.device().next_deadline());
  return next;
}

std::uint64_t Loop::activity() const {
  return server->answered() + service.served() + link.frames();
}

void Loop::wait_is_over(Instant now) {
  const Waiting how = std::exchange(waiting, Waiting::no);
  const Instant start = std::exchange(last_work, now);
  if (how == Waiting::no) return;
  spin.learn(in_nanoseconds(now - start),
             how == Waiting::looked ? ipc::SpinBudget::How::looked : ipc::SpinBudget::How::slept,
             in_nanoseconds(spin_limit(now)));
}

/// Without a CPU more than shards looking keeps away whoever is waited for. How many there are may
/// change.
Duration Loop::spin_limit(Instant now) {
  if (now >= cpus_known_until) {
    cpus = usable_cpus();
    service.set_lookers(static_cast<std::size_t>(cpus));
    cpus_known_until = now + std::chrono::seconds{1};
  }
  return std::cmp_greater(cpus, config.host.shards) ? config.host.spin : Duration{};
}

/// Looks on for as long as that has paid, then sleeps.
void Loop::wait(Instant now) {
  const auto due = next_deadline();
  const bool looking = now - last_work < std::chrono::nanoseconds{spin.value()} &&
                       !crowding.lasts([now] { return in_nanoseconds(now.time_since_epoch()); });
  if (looking || (due && *due <= now) || !service.fall_asleep(now)) {
    waiting = std::max(waiting, Waiting::looked);
    if (looking) {
      ::sched_yield();
      crowding.offered(in_nanoseconds(now.time_since_epoch()),
                       in_nanoseconds(monotonic_now().time_since_epoch()));
    }
    return;
  }
  const Duration longest = due ? *due - now : Duration::max();
  if (waiting < Waiting::dozed || longest <= kDoze) {
    waiting = std::max(waiting, Waiting::dozed);
    gather(now, std::min(longest, kDoze));
    gathered = true;
  } else {
    waiting = Waiting::slept;
    sleep(longest);
  }
}

/// As long as need be, and control is awake.
void Loop::sleep(Duration longest) {
  if (!std::exchange(watching, true)) {
    watch.get().async_wait(stream_descriptor::wait_read,
                           [this](const boost::system::error_code&) { watching = false; });
  }
  if (longest == Duration::max()) {
    io.run_one();
  } else {
    io.run_one_for(longest);
  }
  io.poll();
}

void Loop::begin_stop(Instant now) {
  notify_service("STOPPING=1");
  log_info("stopping: " + std::to_string(service.client_count()) + " clients");
  server->stop_accepting();
  stop_at = now + config.host.drain_timeout;
  if (shard == nullptr) return;
  shard->board().stopping = true;
  ring_all();
}

/// Resets what is left and gets the resets out.
void Loop::farewell() {
  service.abort_all(monotonic_now());
  for (int i = 0; i < kFarewellTurns && !device_lost; ++i) {
    if (!transmit(monotonic_now())) break;
  }
}

void Loop::log_state() {
  std::string whose;
  if (shard != nullptr) {
    whose = " of shard " + std::to_string(shard->number());
    reports = shard->board().reports;
  }
  log_info("counters" + whose + "\n" + service.counters_report());
  log_info("sockets" + whose + "\n" + sockets_text(service.stack().sockets()));
}

}  // namespace zsock::host
