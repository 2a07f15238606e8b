#include "daemon/runner.h"

#include <sched.h>
#include <sysexits.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "daemon/ipc_server.h"
#include "daemon/link.h"
#include "daemon/os.h"
#include "daemon/report.h"
#include "daemon/service.h"
#include "drivers/factory.h"
#include "libzsock/ipc/spin.h"

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

std::unique_ptr<drivers::Device> open_device(const Config& config) {
  const auto spec = drivers::parse_device_spec(config.device);
  if (!spec) throw StartError(EX_CONFIG, "device " + config.device + ": " + spec.error().message);
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  drivers::OpenContext context;
  context.wall_offset =
      std::chrono::duration_cast<Duration>(wall) - monotonic_now().time_since_epoch();
  if (config.log_level == LogLevel::trace) context.line_sink = log_trace;
  auto device = drivers::open_device(*spec, context);
  if (!device) throw StartError(EX_UNAVAILABLE, device.error().message);
  return std::move(*device);
}

std::string join_addresses(const Config& config) {
  std::string text;
  for (const wire::Cidr& address : config.addresses) text += " " + address.to_string();
  if (config.autoconfiguration) text += " auto";
  if (config.dhcp) text += " dhcp";
  return text;
}

/// A descriptor of somebody else's among Asio's; it is not closed. None when negative.
class Borrowed {
 public:
  Borrowed(boost::asio::io_context& io, int fd) : descriptor_(io) {
    if (fd >= 0) descriptor_.assign(fd);
  }
  ~Borrowed() {
    if (descriptor_.is_open()) static_cast<void>(descriptor_.release());
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  [[nodiscard]] stream_descriptor& get() { return descriptor_; }

 private:
  stream_descriptor descriptor_;
};

/// May frames be read and written? True from the start; after rest() and block() it is false until
/// the kernel says otherwise. A device that lives in memory is always ready.
class DeviceReadiness {
 public:
  /// \param watch  outlives it. Throws StartError.
  DeviceReadiness(WatchSet& watch, int fd) : watch_(&watch), fd_(fd) {
    if (fd >= 0 && !watch.add_source(fd, key())) throw StartError(EX_OSERR, "cannot watch device");
  }
  DeviceReadiness(const DeviceReadiness&) = delete;
  DeviceReadiness& operator=(const DeviceReadiness&) = delete;

  [[nodiscard]] std::uint64_t key() const { return static_cast<std::uint64_t>(fd_); }
  [[nodiscard]] bool readable() const { return readable_; }
  [[nodiscard]] bool writable() const { return writable_; }
  /// Nothing is left to read.
  void rest() { readable_ = fd_ < 0; }
  /// Nothing can be written.
  void block() {
    if (fd_ < 0) return;
    writable_ = false;
    static_cast<void>(watch_->change_source(fd_, key(), WatchSet::Interest::readable_or_writable));
  }
  /// Something has happened. Perhaps room: who tries in vain blocks again.
  void wake() {
    readable_ = true;
    if (writable_) return;
    writable_ = true;
    static_cast<void>(watch_->change_source(fd_, key(), WatchSet::Interest::readable));
  }

 private:
  WatchSet* watch_;
  int fd_;
  bool readable_ = true;
  bool writable_ = true;
};

/// Addresses that we give ourselves are the same after a restart (RFC 7217 5).
Config with_secret(Config config, Rng& rng) {
  config.stack.net.address_secret = machine_secret(rng);
  return config;
}

}  // namespace

struct Runner::State {
  explicit State(const Config& settings)
      : config(with_secret(settings, rng)),
        service(config, rng),
        link(open_device(config), service, monotonic_now()),
        device(service.watch(), link.device().fd()),
        watch(io, service.watch().fd()),
        process_signals(io, SIGTERM, SIGINT, SIGUSR1) {
    await_process_signal();
  }

  void await_process_signal();
  bool turn(Instant now);
  bool gather(Instant now, Duration longest = {});
  bool receive(Instant now);
  bool transmit(Instant now);
  [[nodiscard]] std::uint64_t activity() const;
  void wait_is_over(Instant now);
  Duration spin_limit(Instant now);
  void wait(Instant now);
  void sleep(Duration longest);
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void begin_stop(Instant now);
  void farewell();
  void log_state();

  SystemRng rng;
  Config config;
  boost::asio::io_context io{1};
  Service service;
  Link link;
  std::optional<IpcServer> server{};  ///< there once the constructor of Runner is through
  DeviceReadiness device;
  Borrowed watch;
  bool watching = false;  ///< io waits for `watch`
  boost::asio::signal_set process_signals;
  Instant control_polled{};  ///< when io was asked last
  Instant last_work{};
  ipc::SpinBudget spin{};
  ipc::Crowding crowding{};
  int cpus = 1;
  Instant cpus_known_until{};
  enum class Waiting : std::uint8_t { no, looked, dozed, slept };
  Waiting waiting = Waiting::no;
  bool gathered = false;             ///< while dozing, for the next turn
  std::optional<Instant> stop_at{};  ///< when draining ends
  bool stop_wanted = false;
  bool report_wanted = false;
  bool device_lost = false;
};

Runner::Runner(const Config& config, Privileges privileges) {
  if (privileges == Privileges::drop) restrict_process();
  start_log(config.log_level);
  state_ = std::make_unique<State>(config);
  // Whoever zsockd becomes makes the control socket. Who stays root needs root's rights for it.
  const bool becomes = !config.user.empty();
  if (privileges == Privileges::drop) {
    make_folder_of(config.socket_path, config.user);
    if (becomes) drop_privileges(config.user);
  }
  state_->server.emplace(state_->io, state_->service, config.socket_path);
  if (privileges == Privileges::drop && !becomes) drop_privileges({});
  detach_log();
}

Runner::~Runner() {
  state_.reset();
  stop_log();
}

int Runner::run() {
  State& s = *state_;
  log_info("ready: " + s.link.device().info().name + join_addresses(s.config) + ", socket " +
           s.config.socket_path);
  notify_service("READY=1");
  while (!s.device_lost) {
    const Instant now = monotonic_now();
    if (s.stop_wanted && !s.stop_at) s.begin_stop(now);
    if (s.stop_at && (now >= *s.stop_at || s.service.stack().connections() == 0)) break;
    const std::uint64_t before = s.activity();
    const bool more = s.turn(now);
    if (s.activity() != before) s.wait_is_over(now);
    if (!more) s.wait(now);
    if (std::exchange(s.report_wanted, false)) s.log_state();
  }
  s.farewell();
  return s.device_lost ? EX_IOERR : EX_OK;
}

void Runner::stop() {
  boost::asio::post(state_->io, [this] { state_->stop_wanted = true; });
}

void Runner::State::await_process_signal() {
  process_signals.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    (number == SIGUSR1 ? report_wanted : stop_wanted) = true;
    await_process_signal();
  });
}

/// One round over everybody. True: somebody has more to do.
bool Runner::State::turn(Instant now) {
  bool more = !std::exchange(gathered, false) && gather(now);
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
bool Runner::State::gather(Instant now, Duration longest) {
  const bool more = service.gather_signals(longest);
  bool control = now - control_polled >= kControlInterval;
  for (const std::uint64_t key : service.own_signals()) {
    if (key == device.key()) {
      device.wake();
    } else {
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

bool Runner::State::receive(Instant now) {
  if (!device.readable() && !link.holds_due_frames(now)) {
    link.advance(now);
    return false;
  }
  switch (link.receive(now)) {
    case Link::Progress::more:
      return true;
    case Link::Progress::lost:
      device_lost = true;
      return true;
    case Link::Progress::done:
      break;
  }
  device.rest();
  return false;
}

bool Runner::State::transmit(Instant now) {
  if (!device.writable()) return false;
  const bool more = link.transmit(now) == Link::Progress::more;
  if (link.blocked()) device.block();
  return more;
}

std::optional<Instant> Runner::State::next_deadline() const {
  std::optional<Instant> next = stop_at;
  const auto consider = [&next](std::optional<Instant> due) {
    if (due && (!next || *due < *next)) next = due;
  };
  consider(service.stack().next_deadline());
  consider(link.device().next_deadline());
  return next;
}

std::uint64_t Runner::State::activity() const {
  return server->answered() + service.served() + link.frames();
}

void Runner::State::wait_is_over(Instant now) {
  const Waiting how = std::exchange(waiting, Waiting::no);
  const Instant start = std::exchange(last_work, now);
  if (how == Waiting::no) return;
  spin.learn(in_nanoseconds(now - start),
             how == Waiting::looked ? ipc::SpinBudget::How::looked : ipc::SpinBudget::How::slept,
             in_nanoseconds(spin_limit(now)));
}

/// On one CPU looking keeps away whoever is waited for. How many there are may change.
Duration Runner::State::spin_limit(Instant now) {
  if (now >= cpus_known_until) {
    cpus = usable_cpus();
    service.set_lookers(static_cast<std::size_t>(cpus));
    cpus_known_until = now + std::chrono::seconds{1};
  }
  return cpus > 1 ? config.host.spin : Duration{};
}

/// Looks on for as long as that has paid, then sleeps.
void Runner::State::wait(Instant now) {
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
void Runner::State::sleep(Duration longest) {
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

void Runner::State::begin_stop(Instant now) {
  notify_service("STOPPING=1");
  log_info("stopping: " + std::to_string(service.client_count()) + " clients");
  server->stop_accepting();
  stop_at = now + config.host.drain_timeout;
}

/// Resets what is left and gets the resets out.
void Runner::State::farewell() {
  service.abort_all(monotonic_now());
  for (int i = 0; i < kFarewellTurns && !device_lost; ++i) {
    if (!transmit(monotonic_now())) break;
  }
  log_info("stopped");
}

void Runner::State::log_state() {
  log_info("counters\n" + counters_text(service.stack().counters()));
  log_info("sockets\n" + sockets_text(service.stack().sockets()));
}

}  // namespace zsock::host
