#include "libzsock/tls/engine.h"

#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_cookie.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "libzsock/tls/identity.h"

namespace zsock::tls {
namespace {

// The kernel's generator, and none of our own: a forked child must not repeat its parent's numbers.
int random_octets(void*, unsigned char* to, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::getrandom(to, size, 0);
    if (got < 0 && errno != EINTR) return MBEDTLS_ERR_SSL_NO_RNG;
    if (got < 0) continue;
    to += got;
    size -= static_cast<std::size_t>(got);
  }
  return 0;
}

// What all servers of the process share. Never destroyed: sockets are used until the last moment.

mbedtls_ssl_cache_context& server_sessions() {
  static mbedtls_ssl_cache_context* const sessions = [] {
    auto* made = new mbedtls_ssl_cache_context;
    mbedtls_ssl_cache_init(made);
    return made;
  }();
  return *sessions;
}

/// A client comes back with the cookie to an engine that did not give it.
mbedtls_ssl_cookie_ctx& server_cookies() {
  static mbedtls_ssl_cookie_ctx* const cookies = [] {
    auto* made = new mbedtls_ssl_cookie_ctx;
    mbedtls_ssl_cookie_init(made);
    // Without a key cookies cannot be written, and the handshake fails.
    static_cast<void>(mbedtls_ssl_cookie_setup(made, random_octets, nullptr));
    return made;
  }();
  return *cookies;
}

/// RFC 6347 4.2.4: the time after which a flight is sent again.
struct Timer {
  std::int64_t intermediate = 0;
  std::int64_t final = 0;  ///< 0: not set
};

class MbedEngine final : public Engine {
 public:
  MbedEngine(Settings settings, Transport& transport);
  ~MbedEngine() override;
  MbedEngine(const MbedEngine&) = delete;
  MbedEngine& operator=(const MbedEngine&) = delete;
  /// \return 0 or mbedTLS's error
  int open();

  int handshake() override;
  ssize_t read(void* data, std::size_t size) override;
  ssize_t write(const void* data, std::size_t size) override;
  int fill() override;
  [[nodiscard]] std::size_t pending() const override { return mbedtls_ssl_get_bytes_avail(&ssl_); }
  void finish() override { mbedtls_ssl_close_notify(&ssl_); }
  [[nodiscard]] int timeout_ms() const override;
  [[nodiscard]] int ciphersuite() const override;
  [[nodiscard]] std::uint32_t verify_result() const override {
    return mbedtls_ssl_get_verify_result(&ssl_);
  }
  [[nodiscard]] std::string protocol() const override;
  [[nodiscard]] std::vector<unsigned char> session() const override;

 private:
  int configure();
  int configure_identity();
  void configure_datagrams();
  void configure_choices();
  int resume();
  [[nodiscard]] int meaning(int error) const;

  static int send(void* self, const unsigned char* data, std::size_t size);
  static int receive(void* self, unsigned char* data, std::size_t size);
  static void set_timer(void* self, std::uint32_t intermediate, std::uint32_t final);
  static int get_timer(void* self);
  static int verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags);

  Settings settings_;
  Transport& transport_;
  Identity identity_;
  std::vector<const char*> protocols_;
  Timer timer_;
  bool ended_ = false;  ///< the peer said so
  mbedtls_ssl_config config_;
  mbedtls_ssl_context ssl_;
};

MbedEngine::MbedEngine(Settings settings, Transport& transport)
    : settings_(std::move(settings)), transport_(transport) {
  mbedtls_ssl_config_init(&config_);
  mbedtls_ssl_init(&ssl_);
}

MbedEngine::~MbedEngine() {
  mbedtls_ssl_free(&ssl_);
  mbedtls_ssl_config_free(&config_);
}

// --- Settings ----------------------------------------------------------------------------------

int MbedEngine::open() {
  int error = configure();
  if (error == 0) error = mbedtls_ssl_setup(&ssl_, &config_);
  if (error != 0) return error;
  mbedtls_ssl_set_bio(&ssl_, this, send, receive, nullptr);
  const bool client = settings_.role == Role::client;
  if (client && settings_.check_hostname) {
    error = mbedtls_ssl_set_hostname(&ssl_, settings_.hostname.c_str());
  }
  if (error == 0 && client && !settings_.session.empty()) error = resume();
  if (!settings_.datagram) return error;
  mbedtls_ssl_set_timer_cb(&ssl_, this, set_timer, get_timer);
  if (error == 0 && !client) {
    error =
        mbedtls_ssl_set_client_transport_id(&ssl_, settings_.peer.data(), settings_.peer.size());
  }
  return error;
}

int MbedEngine::configure() {
  const int error = mbedtls_ssl_config_defaults(
      &config_, settings_.role == Role::client ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
      settings_.datagram ? MBEDTLS_SSL_TRANSPORT_DATAGRAM : MBEDTLS_SSL_TRANSPORT_STREAM,
      MBEDTLS_SSL_PRESET_DEFAULT);
  if (error != 0) return error;
  mbedtls_ssl_conf_min_version(&config_, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
  mbedtls_ssl_conf_rng(&config_, random_octets, nullptr);
  configure_choices();
  if (settings_.datagram) configure_datagrams();
  return configure_identity();
}

void MbedEngine::configure_choices() {
  if (settings_.verify != Verify::by_role) {
    const int mode = settings_.verify == Verify::none       ? MBEDTLS_SSL_VERIFY_NONE
                     : settings_.verify == Verify::optional ? MBEDTLS_SSL_VERIFY_OPTIONAL
                                                            : MBEDTLS_SSL_VERIFY_REQUIRED;
    mbedtls_ssl_conf_authmode(&config_, mode);
  }
  if (settings_.callback != nullptr) mbedtls_ssl_conf_verify(&config_, verify, this);
  if (!settings_.ciphersuites.empty()) {
    settings_.ciphersuites.push_back(0);
    mbedtls_ssl_conf_ciphersuites(&config_, settings_.ciphersuites.data());
  }
  if (!settings_.protocols.empty()) {
    for (const std::string& name : settings_.protocols) protocols_.push_back(name.c_str());
    protocols_.push_back(nullptr);
    mbedtls_ssl_conf_alpn_protocols(&config_, protocols_.data());
  }
  if (settings_.cache_sessions && settings_.role == Role::server) {
    mbedtls_ssl_conf_session_cache(&config_, &server_sessions(), mbedtls_ssl_cache_get,
                                   mbedtls_ssl_cache_set);
  }
}

int MbedEngine::configure_identity() {
  int error = identity_.read(settings_);
  if (error != 0) return error;
  if (identity_.has_authorities()) {
    mbedtls_ssl_conf_ca_chain(&config_, identity_.authorities(), nullptr);
  }
  if (identity_.has_certificate()) {
    error = mbedtls_ssl_conf_own_cert(&config_, identity_.own(), identity_.key());
  }
  if (error == 0 && settings_.psk.size > 0) {
    error = mbedtls_ssl_conf_psk(&config_, settings_.psk.data, settings_.psk.size,
                                 settings_.psk_identity.data, settings_.psk_identity.size);
  }
  return error;
}

void MbedEngine::configure_datagrams() {
  mbedtls_ssl_conf_handshake_timeout(&config_, settings_.handshake_timeout_min_ms,
                                     settings_.handshake_timeout_max_ms);
  if (settings_.role == Role::client) return;
  mbedtls_ssl_conf_dtls_cookies(&config_, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check,
                                &server_cookies());
}

/// A session that cannot be read is no error: there will be a new one.
int MbedEngine::resume() {
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  int error =
      mbedtls_ssl_session_load(&session, settings_.session.data(), settings_.session.size());
  error = error == 0 ? mbedtls_ssl_set_session(&ssl_, &session) : 0;
  mbedtls_ssl_session_free(&session);
  return error;
}

// --- What mbedTLS calls ------------------------------------------------------------------------

int MbedEngine::send(void* self, const unsigned char* data, std::size_t size) {
  const ssize_t sent = static_cast<MbedEngine*>(self)->transport_.send(data, size);
  if (sent >= 0) return static_cast<int>(sent);
  return sent == -EAGAIN ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_NET_SEND_FAILED;
}

int MbedEngine::receive(void* self, unsigned char* data, std::size_t size) {
  const ssize_t got = static_cast<MbedEngine*>(self)->transport_.receive(data, size);
  if (got >= 0) return static_cast<int>(got);
  return got == -EAGAIN ? MBEDTLS_ERR_SSL_WANT_READ : MBEDTLS_ERR_NET_RECV_FAILED;
}

void MbedEngine::set_timer(void* self, std::uint32_t intermediate, std::uint32_t final) {
  auto& engine = *static_cast<MbedEngine*>(self);
  const std::int64_t now = engine.transport_.now_ms();
  engine.timer_ = final == 0 ? Timer{} : Timer{now + intermediate, now + final};
}

int MbedEngine::get_timer(void* self) {
  const auto& engine = *static_cast<MbedEngine*>(self);
  if (engine.timer_.final == 0) return -1;
  const std::int64_t now = engine.transport_.now_ms();
  return now >= engine.timer_.final ? 2 : now >= engine.timer_.intermediate ? 1 : 0;
}

int MbedEngine::verify(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) {
  const Settings& settings = static_cast<MbedEngine*>(self)->settings_;
  return settings.callback(settings.callback_context, certificate, depth, flags);
}

// --- What the socket calls ---------------------------------------------------------------------

int MbedEngine::meaning(int error) const {
  switch (error) {
    case MBEDTLS_ERR_SSL_WANT_READ:
    case MBEDTLS_ERR_SSL_WANT_WRITE:
    case MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS:
      return -EAGAIN;
    case MBEDTLS_ERR_SSL_CONN_EOF:
    case MBEDTLS_ERR_NET_RECV_FAILED:
    case MBEDTLS_ERR_NET_SEND_FAILED:
      return -ECONNABORTED;
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
      return -ENOMEM;
    default:
      return -EIO;
  }
}

int MbedEngine::handshake() {
  const int error = mbedtls_ssl_handshake(&ssl_);
  if (error == 0) return 0;
  if (error == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) return -EDESTADDRREQ;
  if (error == MBEDTLS_ERR_SSL_TIMEOUT) return -ETIMEDOUT;
  const int told = meaning(error);
  return told == -EAGAIN || told == -ENOMEM ? told : -ECONNABORTED;
}

ssize_t MbedEngine::read(void* data, std::size_t size) {
  const int ready = fill();
  if (ready != 0) return ready == -ENODATA ? 0 : ready;
  const int got = mbedtls_ssl_read(&ssl_, static_cast<unsigned char*>(data), size);
  return got >= 0 ? got : meaning(got);
}

ssize_t MbedEngine::write(const void* data, std::size_t size) {
  const int most = mbedtls_ssl_get_max_out_record_payload(&ssl_);
  if (most > 0 && size > static_cast<std::size_t>(most)) {
    if (settings_.datagram) return -EMSGSIZE;
    size = static_cast<std::size_t>(most);
  }
  const int done = mbedtls_ssl_write(&ssl_, static_cast<const unsigned char*>(data), size);
  return done >= 0 ? done : meaning(done);
}

int MbedEngine::fill() {
  if (pending() > 0) return 0;
  if (ended_) return -ENODATA;
  const int error = mbedtls_ssl_read(&ssl_, nullptr, 0);
  ended_ = error == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
  if (ended_) return -ENODATA;
  if (error < 0) return meaning(error);
  return pending() > 0 ? 0 : -ECONNABORTED;  // mbedTLS's 0: nothing follows, and nobody said so
}

int MbedEngine::timeout_ms() const {
  if (timer_.final == 0) return -1;
  return static_cast<int>(std::max<std::int64_t>(0, timer_.final - transport_.now_ms()));
}

int MbedEngine::ciphersuite() const {
  return mbedtls_ssl_get_ciphersuite_id(mbedtls_ssl_get_ciphersuite(&ssl_));
}

std::string MbedEngine::protocol() const {
  const char* chosen = mbedtls_ssl_get_alpn_protocol(&ssl_);
  return chosen == nullptr ? "" : chosen;
}

std::vector<unsigned char> MbedEngine::session() const {
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  std::vector<unsigned char> saved;
  std::size_t size = 0;
  if (mbedtls_ssl_get_session(&ssl_, &session) == 0) {
    mbedtls_ssl_session_save(&session, nullptr, 0, &size);
    saved.resize(size);
    if (mbedtls_ssl_session_save(&session, saved.data(), saved.size(), &size) != 0) saved.clear();
  }
  mbedtls_ssl_session_free(&session);
  return saved;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) Engine* zsock_tls_make(const Settings* settings,
                                                                         Transport* transport,
                                                                         int* error) try {
  auto engine = std::make_unique<MbedEngine>(*settings, *transport);
  const int failed = engine->open();
  if (failed == 0) return engine.release();
  *error = failed == MBEDTLS_ERR_SSL_ALLOC_FAILED ? ENOMEM : EINVAL;
  return nullptr;
} catch (const std::bad_alloc&) {
  *error = ENOMEM;
  return nullptr;
}

}  // namespace zsock::tls
