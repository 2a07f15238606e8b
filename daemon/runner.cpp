#include "daemon/runner.h"

#include <pthread.h>
#include <sysexits.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/loop.h"
#include "daemon/os.h"
#include "daemon/report.h"
#include "drivers/factory.h"

namespace zsock::host {
namespace {

using Devices = std::vector<std::unique_ptr<drivers::Device>>;

/// One for each shard; they have one link and one address.
Devices open_devices(const Config& config) {
  auto spec = drivers::parse_device_spec(config.device);
  if (!spec) throw StartError(EX_CONFIG, "device " + config.device + ": " + spec.error().message);
  const std::size_t shards = config.host.shards;
  if (shards > 1 &&
      (spec->kind == drivers::DeviceKind::packet || spec->kind == drivers::DeviceKind::xdp)) {
    throw StartError(EX_CONFIG, "host.shards: more than one needs a tap:");
  }
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  drivers::OpenContext context;
  context.wall_offset =
      std::chrono::duration_cast<Duration>(wall) - monotonic_now().time_since_epoch();
  if (config.log_level == LogLevel::trace) context.line_sink = log_trace;
  context.multi_queue = shards > 1;
  const std::string trace = spec->trace;
  Devices devices;
  while (devices.size() < shards) {
    if (!devices.empty()) spec->mac = devices.front()->info().mac;
    if (!devices.empty() && !trace.empty()) {
      spec->trace = trace + "." + std::to_string(devices.size());
    }
    auto device = drivers::open_device(*spec, context);
    if (!device) throw StartError(EX_UNAVAILABLE, device.error().message);
    devices.push_back(std::move(*device));
  }
  return devices;
}

std::string join_addresses(const Config& config) {
  std::string text;
  for (const wire::Cidr& address : config.addresses) text += " " + address.to_string();
  if (config.autoconfiguration) text += " auto";
  if (config.dhcp) text += " dhcp";
  return text;
}

/// Threads that are made meanwhile get no signals.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_{};
};

/// Addresses that we give ourselves are the same after a restart (RFC 7217 5).
Config with_secret(Config config, Rng& rng) {
  config.stack.net.address_secret = machine_secret(rng);
  return config;
}

}  // namespace

Runner::Runner(const Config& config, Privileges privileges) {
  if (privileges == Privileges::drop) restrict_process();
  start_log(config.log_level);
  SystemRng rng;
  const Config settled = with_secret(config, rng);
  Devices devices = open_devices(settled);
  if (devices.size() > 1) {
    board_ = std::make_unique<Switchboard>(devices.size(), config.host.quota, rng);
  }
  for (std::unique_ptr<drivers::Device>& device : devices) {
    Shard* shard = nullptr;
    if (board_) shard = &shards_.emplace_back(*board_, static_cast<unsigned>(loops_.size()));
    loops_.push_back(std::make_unique<Loop>(settled, std::move(device), shard));
  }
  // Whoever zsockd becomes makes the control socket. Who stays root needs root's rights for it.
  const bool becomes = !config.user.empty();
  if (privileges == Privileges::drop) {
    make_folder_of(config.socket_path, config.user);
    if (becomes) drop_privileges(config.user);
  }
  for (const auto& loop : loops_) {
    if (loop == loops_.front()) {
      loop->server.emplace(loop->io, loop->service, config.socket_path);
    } else {
      loop->server.emplace(loop->io, loop->service);
    }
  }
  if (privileges == Privileges::drop && !becomes) drop_privileges({});
  detach_log();
}

Runner::~Runner() {
  loops_.clear();
  stop_log();
}

int Runner::run() {
  Loop& first = *loops_.front();
  std::vector<std::thread> others;
  {
    const NoSignals no_signals;  // they are the first one's affair
    for (std::size_t i = 1; i < loops_.size(); ++i) {
      others.emplace_back([loop = loops_[i].get()] { loop->run(); });
    }
  }
  log_info("ready: " + first.link.device().info().name + join_addresses(first.config) +
           ", socket " + first.config.socket_path);
  notify_service("READY=1");
  first.run();
  for (std::thread& thread : others) thread.join();
  bool lost = false;
  for (const auto& loop : loops_) {
    loop->farewell();
    lost |= loop->device_lost;
  }
  log_info("stopped");
  return lost ? EX_IOERR : EX_OK;
}

void Runner::stop() {
  Loop& first = *loops_.front();
  boost::asio::post(first.io, [&first] { first.stop_wanted = true; });
}

}  // namespace zsock::host
