#pragma once
/// \file
/// Loop: the turns of one shard, or of the only one: device, stack, service and control socket one
/// after the other.

#include <sysexits.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>

#include "daemon/config.h"
#include "daemon/ipc_server.h"
#include "daemon/link.h"
#include "daemon/os.h"
#include "daemon/service.h"
#include "daemon/shards.h"
#include "drivers/device.h"
#include "libzsock/ipc/spin.h"

namespace zsock::host {

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
  [[nodiscard]] boost::asio::posix::stream_descriptor& get() { return descriptor_; }

 private:
  boost::asio::posix::stream_descriptor descriptor_;
};

/// May frames be read and written? True from the start; after rest() and block() it is false until
/// the kernel says otherwise. A device that lives in memory is always ready. Of one without offload
/// that brings many frames the kernel is not asked to say so for each: it would cost it more than
/// an attempt in vain at the end costs us.
class DeviceReadiness {
 public:
  /// \param watch  outlives it. Throws StartError.
  DeviceReadiness(WatchSet& watch, const drivers::Device& device)
      : watch_(&watch),
        fd_(device.fd()),
        plain_(!device.info().checksum_offload),
        watched_(fd_ >= 0) {
    if (watched_ && !watch.add_source(fd_, key())) {
      throw StartError(EX_OSERR, "cannot watch device");
    }
  }
  DeviceReadiness(const DeviceReadiness&) = delete;
  DeviceReadiness& operator=(const DeviceReadiness&) = delete;

  [[nodiscard]] std::uint64_t key() const { return static_cast<std::uint64_t>(fd_); }
  [[nodiscard]] bool readable() const { return readable_; }
  [[nodiscard]] bool writable() const { return writable_; }
  /// There is more to read than was read at one go. Who waits for room stays watched.
  void busy() {
    if (!watched_ || !plain_ || !writable_) return;
    watch_->remove(fd_);
    watched_ = false;
  }
  /// Nothing is left to read. \param found  something was. True: the kernel says when there is.
  [[nodiscard]] bool rest(bool found) {
    if (!found) watch();
    readable_ = !watched_;
    return watched_ || fd_ < 0;
  }
  /// Nothing can be written.
  void block() {
    if (fd_ < 0) return;
    watch();
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
  /// Refused, it is tried again with the next vain attempt: nobody sleeps before.
  void watch() {
    if (!watched_ && fd_ >= 0) watched_ = watch_->add_source(fd_, key()).has_value();
  }

  WatchSet* watch_;
  int fd_;
  bool plain_;
  bool watched_;  ///< the kernel says when there is something to read
  bool readable_ = true;
  bool writable_ = true;
};

/// What there is of one shard. Runner and its parts know all of it.
struct Loop {
  Loop(const Config& settings, std::unique_ptr<drivers::Device> opened, Shard* own)
      : config(settings),
        shard(own),
        service(config, rng, own),
        link(std::move(opened), service, monotonic_now()),
        device(service.watch(), link.device()),
        watch(io, service.watch().fd()),
        process_signals(io) {
    if (service.is_first_shard()) {
      for (const int number : {SIGTERM, SIGINT, SIGUSR1}) process_signals.add(number);
      await_process_signal();
    }
    if (own != nullptr) watch_mail();
  }

  void run();
  bool is_over(Instant now);
  void ring_all() const;
  void watch_mail();
  void open_mail(Instant now);
  void open(FrameMail& mail, Instant now);
  void open(ClientMail& mail, Instant now) { server->take_over(std::move(mail), now); }
  void open(ListenerMail& mail, Instant /*now*/) { service.take_listener(mail); }

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
  Shard* shard;  ///< nullptr: there is only this one
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
  unsigned reports = 0;  ///< asked for in all shards, and given here
  bool opening_mail = false;
  bool device_lost = false;
};

}  // namespace zsock::host
