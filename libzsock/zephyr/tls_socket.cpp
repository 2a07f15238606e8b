#include "libzsock/zephyr/tls_socket.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

#include "libzsock/addon.h"
#include "libzsock/zephyr/connect.h"
#include "libzsock/zephyr/tls_sessions.h"

namespace zsock::zephyr {
namespace {

constexpr std::int64_t kNever = INT64_MAX;
constexpr std::int64_t kSilence = 15000;  ///< ms; Zephyr's CONFIG_NET_SOCKETS_DTLS_TIMEOUT

tls::MakeEngine* engine_maker() {
  static auto* const make = reinterpret_cast<tls::MakeEngine*>(
      lib::addon_function("libzsock-tls.so.0", "zsock_tls_make"));
  return make;
}

std::string octets_of(const NativeAddress& address) {
  const net_sockaddr_storage name = from_native(address);
  return {static_cast<const char*>(static_cast<const void*>(&name)),
          net_family2size(name.ss_family)};
}

/// SO_RCVTIMEO or SO_SNDTIMEO in milliseconds; -1: none.
int time_limit(int fd, int option) {
  timeval limit{};
  socklen_t size = sizeof limit;
  if (zs_getsockopt(fd, SOL_SOCKET, option, &limit, &size) < 0) return -1;
  const std::int64_t milliseconds =
      std::int64_t{limit.tv_sec} * 1000 + (limit.tv_usec + 999) / 1000;
  return milliseconds == 0 ? -1 : static_cast<int>(std::min<std::int64_t>(milliseconds, INT_MAX));
}

}  // namespace

bool tls_available() {
  return engine_maker() != nullptr;
}

TlsSocket::TlsSocket(int fd, int protocol, bool datagram, TlsOptions options)
    : fd_(fd),
      protocol_(protocol),
      datagram_(datagram),
      options_(std::move(options)),
      transport_(fd, datagram) {}

// --- The way to a connection -------------------------------------------------------------------

int TlsSocket::fail(int error) {
  error_ = error;
  error_told_ = false;
  state_ = State::failed;
  return -error;
}

std::string TlsSocket::session_key() const {
  NativeAddress peer;
  if (zs_getpeername(fd_, peer.get(), &peer.size) < 0) return {};
  return octets_of(peer) + options_.settings.hostname;
}

/// Makes the engine; the handshake comes with the next advance().
int TlsSocket::begin(tls::Role role) {
  tls::Settings settings = options_.settings;
  settings.role = role;
  settings.datagram = datagram_;
  settings.cache_sessions = options_.cache_sessions;
  if (!std::ranges::all_of(options_.tags, credential_exists)) return fail(ENOENT);
  use_credentials(options_.tags, settings);
  const bool client = role == tls::Role::client;
  if (client && options_.cache_sessions) settings.session = kept_session(session_key());
  if (!client && transport_.peer() != nullptr) {
    const std::string peer = octets_of(*transport_.peer());
    settings.peer.assign(peer.begin(), peer.end());
  }
  int error = 0;
  engine_.reset(engine_maker()(&settings, &transport_, &error));
  if (engine_ == nullptr) return fail(error);
  state_ = State::shaking;
  return 0;
}

/// A DTLS server waits for whoever comes next.
void TlsSocket::restart() {
  engine_.reset();
  transport_.forget_peer();
  state_ = State::idle;
}

/// Another one may come when a client has gone without a word.
void TlsSocket::forget_silent_client() {
  const bool busy = state_ == State::shaking || state_ == State::established;
  if (is_datagram_server() && busy && transport_.silence_ms() > kSilence) restart();
}

int TlsSocket::advance_idle() {
  if (!datagram_) return -ENOTCONN;
  if (is_datagram_server()) {
    const int met = transport_.meet_peer();
    return met != 0 ? met : begin(tls::Role::server);
  }
  return transport_.peer() == nullptr ? -ENOTCONN : begin(tls::Role::client);
}

int TlsSocket::after_handshake(int error) {
  if (error == -EAGAIN) return error;
  if (error == 0) {
    state_ = State::established;
    const bool client = !datagram_ && options_.cache_sessions;
    if (client) keep_session(session_key(), engine_->session());
    return 0;
  }
  if (is_datagram_server()) {
    restart();  // of one client, or one that shall show its cookie
    return -EAGAIN;
  }
  return fail(-error);
}

/// As far as it goes without waiting. \return 0: established; -EAGAIN; another negative errno
int TlsSocket::advance() {
  forget_silent_client();
  if (state_ == State::idle) {
    const int begun = advance_idle();
    if (begun != 0) return begun;
  }
  switch (state_) {
    case State::connecting:
      return -EAGAIN;
    case State::shaking:
      return after_handshake(engine_->handshake());
    case State::failed:
      error_told_ = true;
      return -error_;
    default:
      return 0;
  }
}

int TlsSocket::connect(const NativeAddress& address) {
  Lock lock(mutex_);
  if (state_ == State::established) return 0;
  if (state_ == State::failed) return advance();
  const bool again = state_ == State::shaking;
  if (!again) {
    lock.unlock();
    const int error = connect_plain(fd_, address) == 0 ? 0 : errno;
    lock.lock();
    if (error == EINPROGRESS) state_ = State::connecting;
    if (error != 0) return -error;
    if (datagram_) transport_.set_peer(address);
    if (datagram_ && !options_.handshake_on_connect) return 0;
    if (is_datagram_server()) return 0;
    const int begun = begin(tls::Role::client);
    if (begun != 0) return advance();
  }
  if (may_wait(0)) return wait_done(lock, connect_timeout());
  const int error = advance();
  return error != -EAGAIN ? error : again ? -EALREADY : -EINPROGRESS;
}

int TlsSocket::serve() {
  Lock lock(mutex_);
  const int error = begin(tls::Role::server);
  return error != 0 ? error : wait_done(lock, connect_timeout());
}

int TlsSocket::wait_done(Lock& lock, int limit_ms) {
  // A lost datagram is sent again for as long as the program's options say.
  const bool for_ever = limit_ms < 0 || datagram_;
  const std::int64_t deadline = for_ever ? kNever : transport_.now_ms() + limit_ms;
  for (;;) {
    const int error = advance();
    if (error != -EAGAIN) return error;
    const short events = transport_.congested() ? POLLIN | POLLOUT : POLLIN;
    const int waited = wait(lock, events, deadline);
    if (waited == -EAGAIN) return fail(ETIMEDOUT);
    if (waited != 0) return waited;
    static_cast<void>(transport_.flush());
  }
}

// --- Waiting -----------------------------------------------------------------------------------

bool TlsSocket::may_wait(int flags) const {
  if ((flags & ZSOCK_MSG_DONTWAIT) != 0) return false;
  return (zs_fcntl(fd_, F_GETFL, 0) & O_NONBLOCK) == 0;
}

/// \return 0: look again; -EAGAIN: the deadline has passed; -EINTR
int TlsSocket::wait(Lock& lock, short events, std::int64_t deadline) {
  const bool shaking = state_ == State::shaking;
  const int timer = shaking ? engine_->timeout_ms() : -1;
  const std::int64_t left = deadline == kNever ? INT_MAX : deadline - transport_.now_ms();
  if (left <= 0) return -EAGAIN;
  const bool no_end = deadline == kNever && timer < 0;
  const auto milliseconds =
      static_cast<int>(timer < 0 ? left : std::min<std::int64_t>(left, timer));
  pollfd entry{.fd = fd_, .events = events, .revents = 0};
  lock.unlock();
  const int ready = zs_poll(&entry, 1, no_end ? -1 : milliseconds);
  const int error = errno;
  lock.lock();
  return ready < 0 ? -error : 0;
}

/// A stream's own end says more than that records could not be moved.
int TlsSocket::told(int error) const {
  return error == -ECONNABORTED && transport_.error() != 0 ? -transport_.error() : error;
}

// --- Data --------------------------------------------------------------------------------------

ssize_t TlsSocket::read_once(void* data, std::size_t size) {
  const ssize_t got = engine_->read(data, size);
  if (got == 0 && datagram_) {
    if (!is_datagram_server()) return fail(ENOTCONN);
    restart();
    return -EAGAIN;
  }
  if (got > 0 && datagram_) {
    char rest[512];  // what has no room is gone
    while (engine_->pending() > 0 && engine_->read(rest, sizeof rest) > 0) {
    }
  }
  return got < 0 ? told(static_cast<int>(got)) : got;
}

ssize_t TlsSocket::receive(void* data, std::size_t size, int flags, NativeAddress* from) {
  if ((flags & ZSOCK_MSG_PEEK) != 0) return -ENOTSUP;
  Lock lock(mutex_);
  const int limit = time_limit(fd_, SO_RCVTIMEO);
  const std::int64_t deadline = limit < 0 ? kNever : transport_.now_ms() + limit;
  const bool all = (flags & ZSOCK_MSG_WAITALL) != 0 && !datagram_;
  std::size_t done = 0;
  for (;;) {
    int error = advance();
    while (error == 0) {
      const ssize_t got = read_once(static_cast<char*>(data) + done, size - done);
      if (got > 0) done += static_cast<std::size_t>(got);
      const bool enough = done == size || (done > 0 && !all);
      if (got == 0 || (got > 0 && enough)) {
        if (from != nullptr && transport_.peer() != nullptr) *from = *transport_.peer();
        return static_cast<ssize_t>(done);
      }
      if (got < 0) error = static_cast<int>(got);
    }
    static_cast<void>(transport_.flush());
    if (error == -EAGAIN && may_wait(flags)) error = wait(lock, POLLIN, deadline);
    if (error != 0) return done > 0 ? static_cast<ssize_t>(done) : error;
  }
}

ssize_t TlsSocket::write_once(const void* data, std::size_t size) {
  const int flushed = transport_.flush();
  if (flushed != 0) return flushed;
  const ssize_t written = engine_->write(data, size);
  return written < 0 ? told(static_cast<int>(written)) : written;
}

ssize_t TlsSocket::send(const void* data, std::size_t size, int flags, const NativeAddress* to) {
  Lock lock(mutex_);
  if (datagram_ && to != nullptr && transport_.peer() == nullptr) transport_.set_peer(*to);
  const int limit = time_limit(fd_, SO_SNDTIMEO);
  const std::int64_t deadline = limit < 0 ? kNever : transport_.now_ms() + limit;
  std::size_t done = 0;
  for (;;) {
    int error = advance();
    while (error == 0) {
      const ssize_t sent = write_once(static_cast<const char*>(data) + done, size - done);
      if (sent < 0) error = static_cast<int>(sent);
      if (sent >= 0) done += static_cast<std::size_t>(sent);
      if (sent >= 0 && (done == size || datagram_)) return static_cast<ssize_t>(done);
    }
    const bool established = state_ == State::established;
    const short events = established || transport_.congested() ? POLLOUT : POLLIN;
    if (error == -EAGAIN && may_wait(flags)) error = wait(lock, events, deadline);
    if (error != 0) return done > 0 ? static_cast<ssize_t>(done) : error;
  }
}

void TlsSocket::finish() {
  const Lock lock(mutex_);
  if (state_ != State::established || finished_) return;
  finished_ = true;
  engine_->finish();
  static_cast<void>(transport_.flush());
}

int TlsSocket::shut(int how) {
  if (how == ZSOCK_SHUT_WR || how == ZSOCK_SHUT_RDWR) finish();
  return zs_shutdown(fd_, how) == 0 ? 0 : -errno;
}

std::size_t TlsSocket::readable() {
  const Lock lock(mutex_);
  const bool more = advance() == 0 && engine_->fill() == 0;
  return more ? engine_->pending() : 0;
}

// --- Options -----------------------------------------------------------------------------------

TlsOptions TlsSocket::options() {
  const Lock lock(mutex_);
  return options_;
}

int TlsSocket::take_error() {
  const Lock lock(mutex_);
  if (state_ != State::failed || std::exchange(error_told_, true)) return 0;
  return error_;
}

int TlsSocket::set_option(int name, const void* value, net_socklen_t size) {
  const Lock lock(mutex_);
  return set_tls_option(options_, name, value, size);
}

int TlsSocket::get_option(int name, void* value, net_socklen_t* size) {
  const Lock lock(mutex_);
  if (name != ZSOCK_TLS_CIPHERSUITE_USED && name != ZSOCK_TLS_CERT_VERIFY_RESULT) {
    return get_tls_option(options_, name, value, size);
  }
  if (*size != sizeof(int)) return -EINVAL;
  if (engine_ == nullptr || state_ == State::shaking) return -ENOTCONN;
  const bool suite = name == ZSOCK_TLS_CIPHERSUITE_USED;
  if (suite && state_ != State::established) return -ENOTCONN;
  const auto number =
      suite ? static_cast<std::uint32_t>(engine_->ciphersuite()) : engine_->verify_result();
  std::memcpy(value, &number, sizeof number);
  return 0;
}

}  // namespace zsock::zephyr
