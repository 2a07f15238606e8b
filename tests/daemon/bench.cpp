#include "tests/daemon/bench.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

#include "daemon/stack/base/check.h"
#include "drivers/memory.h"

namespace zsock::host::test {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

Config plain_config() {
  Config config;
  config.device = "memory:";
  config.addresses = {*wire::Cidr::parse("192.0.2.1/24")};
  config.stack.net.dad_transmits = 0;
  return config;
}

Bench::Bench(const Config& config) : Bench(config, drivers::make_memory_device({}), nullptr) {}

Bench::Bench(const Config& config, std::unique_ptr<drivers::Device> device, Shard* shard)
    : config_(config), shard_(shard) {
  service_ = std::make_unique<Service>(config_, rng_, shard);
  service_->open_mail = [this](Instant) { open_mail(); };
  link_ = std::make_unique<Link>(std::move(device), *service_, now_);
}

void Bench::open_mail() {
  if (shard_ == nullptr) return;
  for (Mail& mail : shard_->mailbox().take()) {
    if (auto* frame = std::get_if<FrameMail>(&mail)) link_->take_in({.bytes = frame->bytes}, now_);
    if (auto* listener = std::get_if<ListenerMail>(&mail)) service_->take_listener(*listener);
  }
}

Transport Bench::session(uid_t user) {
  const auto process = static_cast<pid_t>(100 + sessions_.size());
  sessions_.push_back(std::make_unique<Session>(*service_, Credentials{process, user, user}));
  auto place = std::prev(sessions_.end());
  return [this, place](const ipc::Request& request) {
    Response response;
    response.reply.error = ECONNABORTED;
    if (*place == nullptr) return response;
    auto answer = (*place)->answer(request, now_, enclosed_.get());
    enclosed_.reset();
    if (!answer) return response;
    response.reply = answer->reply;
    for (std::size_t i = 0; i < answer->fd_count; ++i) {
      response.fds.emplace_back(::fcntl(answer->fds[i], F_DUPFD_CLOEXEC, 0));
    }
    return response;
  };
}

RawClient Bench::client(uid_t user) {
  return RawClient(session(user));
}

void Bench::enclose(int fd) {
  enclosed_.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

void Bench::end_session(std::size_t n) {
  std::next(sessions_.begin(), static_cast<long>(n))->reset();
}

bool Bench::turn() {
  open_mail();
  bool more = link_->receive(now_) == Link::Progress::more;
  more |= service_->gather_signals();
  service_->take_signals(now_);
  service_->serve_clients(now_);
  const auto due = service_->stack().next_deadline();
  if (due && *due <= now_) service_->stack().on_deadline(now_);
  service_->take_events(now_);
  service_->publish(now_);
  more |= link_->transmit(now_) == Link::Progress::more;
  service_->take_events(now_);
  const auto next = service_->stack().next_deadline();
  return more || service_->busy() || (next && *next <= now_);
}

void Bench::settle() {
  for (int i = 0; i < 10000; ++i) {
    if (!turn() && service_->fall_asleep(now_)) return;
  }
  ZSOCK_CHECK(false && "the loop never rests");
}

void Bench::pass(Duration time) {
  const Instant end = now_ + time;
  settle();
  while (now_ < end) {
    const auto due = service_->stack().next_deadline();
    now_ = due ? std::clamp(*due, now_ + 1us, end) : end;
    settle();
  }
}

bool Bench::until(const std::function<bool()>& condition) {
  for (int i = 0; i < 10000; ++i) {
    settle();
    if (condition()) return true;
    now_ += 1ms;
  }
  return false;
}

ConnectedPair::ConnectedPair(Bench& bench, std::uint16_t port)
    : server(bench.client()), client(bench.client()) {
  listener = server.open();
  ZSOCK_CHECK(server.bind(listener, loopback(port)) == 0 && server.listen(listener, 5) == 0);
  near = client.open();
  ZSOCK_CHECK(client.connect(near, loopback(port)) == EINPROGRESS);
  bench.settle();
  far = server.accept(listener);
  bench.settle();
  ZSOCK_CHECK(far.fd.valid());
}

}  // namespace zsock::host::test
