#include "libzsock/tls/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/x509.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace zsock::tls {
namespace {

/// One direction of a link in memory. Records are kept apart, as datagrams are.
struct Pipe {
  std::deque<std::string> records{};
  bool ended = false;
};

/// An end of the link; its time is the test's.
class Wire final : public Transport {
 public:
  Wire(Pipe& out, Pipe& in, const std::int64_t& now, bool datagram)
      : out_(out), in_(in), now_(now), datagram_(datagram) {}

  ssize_t send(const void* data, std::size_t size) override {
    if (lose > 0) {
      --lose;
    } else {
      out_.records.emplace_back(static_cast<const char*>(data), size);
    }
    return static_cast<ssize_t>(size);
  }
  ssize_t receive(void* data, std::size_t size) override {
    if (in_.records.empty()) return in_.ended ? 0 : -EAGAIN;
    std::string& first = in_.records.front();
    const std::size_t taken = std::min(size, first.size());
    std::memcpy(data, first.data(), taken);
    first.erase(0, taken);
    if (datagram_ || first.empty()) in_.records.pop_front();
    return static_cast<ssize_t>(taken);
  }
  [[nodiscard]] std::int64_t now_ms() const override { return now_; }

  int lose = 0;  ///< so many of the next datagrams

 private:
  Pipe& out_;
  Pipe& in_;
  const std::int64_t& now_;
  bool datagram_;
};

class Certificates {
 public:
  Certificates() {
    if (::mkdtemp(path_.data()) == nullptr) return;
    const std::string command = std::string(MAKE_CERTIFICATES) + " " + path_ + " 2>/dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0);
  }
  ~Certificates() { std::filesystem::remove_all(path_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  [[nodiscard]] std::string at(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = ::testing::TempDir() + "zsock-tls-XXXXXX";
};

std::string file(const std::string& name) {
  static const Certificates certificates;
  std::ifstream stream(certificates.at(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Credentials live as long as the test.
Bytes bytes_of(const std::string& text) {
  static std::deque<std::string> kept;
  kept.push_back(text);
  return {static_cast<const unsigned char*>(static_cast<const void*>(kept.back().data())),
          kept.back().size()};
}

Settings client_settings() {
  Settings settings;
  settings.hostname = "server.example.org";
  settings.authorities.push_back(bytes_of(file("ca.pem")));
  return settings;
}

Settings server_settings() {
  Settings settings;
  settings.role = Role::server;
  settings.certificates.push_back(bytes_of(file("server.pem")));
  settings.private_key = bytes_of(file("server.key"));
  settings.peer = {192, 0, 2, 1};
  return settings;
}

class TlsPair : public ::testing::Test {
 protected:
  void make(Settings client, Settings server, bool datagram = false) {
    client.datagram = server.datagram = datagram;
    server_settings_ = server;
    client_wire = std::make_unique<Wire>(up, down, now, datagram);
    server_wire = std::make_unique<Wire>(down, up, now, datagram);
    int error = 0;
    client_end.reset(zsock_tls_make(&client, client_wire.get(), &error));
    ASSERT_NE(client_end, nullptr) << error;
    restart_server();
  }
  void restart_server() {
    int error = 0;
    server_end.reset(zsock_tls_make(&server_settings_, server_wire.get(), &error));
    ASSERT_NE(server_end, nullptr) << error;
  }
  /// Shakes hands until both are done or one has failed.
  std::pair<int, int> shake(int rounds = 100) {
    int client = -EAGAIN;
    int server = -EAGAIN;
    for (int i = 0; i < rounds && (client == -EAGAIN || server == -EAGAIN); ++i) {
      if (client == -EAGAIN) client = client_end->handshake();
      if (server == -EAGAIN) server = server_end->handshake();
      if (server == -EDESTADDRREQ) {
        restart_server();
        server = -EAGAIN;
        ++cookies;
      }
    }
    return {client, server};
  }
  void expect_joined() { EXPECT_EQ(shake(), std::make_pair(0, 0)); }
  void expect_exchange() {
    EXPECT_EQ(client_end->write("hello", 5), 5);
    EXPECT_EQ(server_end->fill(), 0);
    EXPECT_EQ(server_end->pending(), 5U);
    std::string buffer(16, '\0');
    EXPECT_EQ(server_end->read(buffer.data(), buffer.size()), 5);
    EXPECT_EQ(buffer.substr(0, 5), "hello");
    EXPECT_EQ(server_end->fill(), -EAGAIN);
  }

  Pipe up;
  Pipe down;
  std::int64_t now = 1000;
  int cookies = 0;
  Settings server_settings_;
  std::unique_ptr<Wire> client_wire;
  std::unique_ptr<Wire> server_wire;
  std::unique_ptr<Engine> client_end;
  std::unique_ptr<Engine> server_end;
};

TEST_F(TlsPair, CarriesBothWays) {
  make(client_settings(), server_settings());
  expect_joined();
  expect_exchange();
  EXPECT_EQ(server_end->write("back", 4), 4);
  EXPECT_EQ(client_end->fill(), 0);
  EXPECT_EQ(client_end->verify_result(), 0U);
}

TEST_F(TlsPair, NothingIsReadable) {
  make(client_settings(), server_settings());
  expect_joined();
  client_end->write("secret words", 12);
  for (const std::string& record : up.records) EXPECT_EQ(record.find("secret"), std::string::npos);
}

TEST_F(TlsPair, DerIsAsGoodAsPem) {
  Settings client = client_settings();
  client.authorities = {bytes_of(file("ca.der"))};
  Settings server = server_settings();
  server.certificates = {bytes_of(file("server.der"))};
  server.private_key = bytes_of(file("server.key.der"));
  make(client, server);
  expect_joined();
}

TEST(TlsExpiry, IsTheFirstCertificatesEnd) {
  const std::int64_t end = std::stoll(file("server.end"));
  for (const char* name : {"server.pem", "server.der"}) {
    const Bytes credential = bytes_of(file(name));
    std::int64_t told = 0;
    EXPECT_EQ(zsock_tls_expiry(&credential, &told), 0) << name;
    EXPECT_EQ(told, end) << name;
  }
  const Bytes chain = bytes_of(file("chain.pem"));
  std::int64_t told = 0;
  EXPECT_EQ(zsock_tls_expiry(&chain, &told), 0);
  EXPECT_LE(told, end);
}

TEST(TlsExpiry, OfWhatIsNoCertificateIsAnError) {
  for (const std::string& text : {file("server.key"), std::string("nonsense"), std::string()}) {
    const Bytes credential = bytes_of(text);
    std::int64_t told = 4711;
    EXPECT_EQ(zsock_tls_expiry(&credential, &told), EINVAL);
    EXPECT_EQ(told, 4711);
  }
}

TEST_F(TlsPair, LongWritesAreCutToRecords) {
  make(client_settings(), server_settings());
  expect_joined();
  const std::string data(100'000, 'x');
  const ssize_t first = client_end->write(data.data(), data.size());
  EXPECT_GT(first, 0);
  EXPECT_LE(first, 16384);
}

TEST_F(TlsPair, TheEndIsToldFromACut) {
  make(client_settings(), server_settings());
  expect_joined();
  client_end->write("last", 4);
  client_end->finish();
  std::string buffer(16, '\0');
  EXPECT_EQ(server_end->fill(), 0);
  EXPECT_EQ(server_end->read(buffer.data(), 16), 4);
  EXPECT_EQ(server_end->fill(), -ENODATA);
  EXPECT_EQ(server_end->read(buffer.data(), 16), 0);
  down.ended = true;
  EXPECT_EQ(client_end->fill(), -ECONNABORTED);
}

TEST_F(TlsPair, StrangersAreRefused) {
  Settings client = client_settings();
  client.authorities = {bytes_of(file("other.pem"))};
  make(client, server_settings());
  EXPECT_EQ(shake(), std::make_pair(-ECONNABORTED, -ECONNABORTED));
  EXPECT_NE(client_end->verify_result() & MBEDTLS_X509_BADCERT_NOT_TRUSTED, 0U);
}

TEST_F(TlsPair, AnotherHostIsRefused) {
  for (const char* name : {"evil.example.org", ""}) {
    Settings client = client_settings();
    client.hostname = name;
    make(client, server_settings());
    EXPECT_EQ(shake().first, -ECONNABORTED) << name;
    EXPECT_NE(client_end->verify_result() & MBEDTLS_X509_BADCERT_CN_MISMATCH, 0U);
    up = down = {};
  }
}

TEST_F(TlsPair, VerificationCanBeWaived) {
  Settings client = client_settings();
  client.authorities.clear();
  client.verify = Verify::none;
  make(client, server_settings());
  expect_joined();
  up = down = {};
  client = client_settings();
  client.hostname = "evil.example.org";
  client.verify = Verify::optional;
  make(client, server_settings());
  expect_joined();
  EXPECT_NE(client_end->verify_result(), 0U);
}

TEST_F(TlsPair, ServersMayRequireACertificate) {
  Settings server = server_settings();
  server.verify = Verify::required;
  server.authorities.push_back(bytes_of(file("ca.pem")));
  make(client_settings(), server);
  EXPECT_EQ(shake().second, -ECONNABORTED);
  up = down = {};
  Settings client = client_settings();
  client.certificates.push_back(bytes_of(file("client.pem")));
  client.private_key = bytes_of(file("client.key"));
  make(client, server);
  expect_joined();
}

TEST_F(TlsPair, TheCallbackDecides) {
  struct Seen {
    int calls = 0;
    bool accept = true;
  } seen;
  Settings client = client_settings();
  client.authorities = {bytes_of(file("other.pem"))};
  client.callback_context = &seen;
  client.callback = [](void* context, void*, int, std::uint32_t* flags) {
    auto* each = static_cast<Seen*>(context);
    ++each->calls;
    if (each->accept) *flags = 0;
    return 0;
  };
  make(client, server_settings());
  expect_joined();
  EXPECT_GT(seen.calls, 0);
}

TEST_F(TlsPair, SharedKeysNeedNoCertificate) {
  Settings client;
  client.psk = bytes_of("0123456789abcdef");
  client.psk_identity = bytes_of("me");
  client.check_hostname = false;
  client.ciphersuites = {MBEDTLS_TLS_PSK_WITH_AES_128_GCM_SHA256};
  Settings server = client;
  server.role = Role::server;
  make(client, server);
  expect_joined();
  EXPECT_EQ(client_end->ciphersuite(), MBEDTLS_TLS_PSK_WITH_AES_128_GCM_SHA256);
  up = down = {};
  client.psk = bytes_of("another key here");
  make(client, server);
  EXPECT_NE(shake(), std::make_pair(0, 0));
}

TEST_F(TlsPair, CiphersuitesAndProtocolsAreAgreedOn) {
  Settings client = client_settings();
  client.ciphersuites = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                         MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256};
  client.protocols = {"mqtt", "http/1.1"};
  Settings server = server_settings();
  server.ciphersuites = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256};
  server.protocols = {"http/1.1"};
  make(client, server);
  expect_joined();
  EXPECT_EQ(client_end->ciphersuite(), MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256);
  EXPECT_EQ(client_end->protocol(), "http/1.1");
}

TEST_F(TlsPair, NothingInCommonFails) {
  Settings client = client_settings();
  client.ciphersuites = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384};
  Settings server = server_settings();
  server.ciphersuites = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256};
  make(client, server);
  EXPECT_EQ(shake(), std::make_pair(-ECONNABORTED, -ECONNABORTED));
}

TEST_F(TlsPair, SessionsAreResumed) {
  Settings server = server_settings();
  server.cache_sessions = true;
  make(client_settings(), server);
  expect_joined();
  Settings client = client_settings();
  client.session = client_end->session();
  ASSERT_FALSE(client.session.empty());
  client.authorities.clear();  // a resumed session shows no certificate
  up = down = {};
  make(client, server);
  expect_joined();
  expect_exchange();
}

TEST_F(TlsPair, NonsenseCredentialsAreToldAtOnce) {
  Settings settings = server_settings();
  settings.certificates = {bytes_of("no certificate")};
  int error = 0;
  client_wire = std::make_unique<Wire>(up, down, now, false);
  EXPECT_EQ(zsock_tls_make(&settings, client_wire.get(), &error), nullptr);
  EXPECT_EQ(error, EINVAL);
}

TEST_F(TlsPair, NonsenseRecordsEndTheConnection) {
  make(client_settings(), server_settings());
  down.records.emplace_back("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(shake(3).first, -ECONNABORTED);
  up = down = {};
  make(client_settings(), server_settings());
  expect_joined();
  server_end->write("hello", 5);
  down.records.back().back() = static_cast<char>(~down.records.back().back());
  EXPECT_EQ(client_end->fill(), -EIO);
}

TEST_F(TlsPair, DatagramsNeedACookieFirst) {
  make(client_settings(), server_settings(), true);
  expect_joined();
  EXPECT_EQ(cookies, 1);
  expect_exchange();
}

TEST_F(TlsPair, LostDatagramsAreSentAgain) {
  make(client_settings(), server_settings(), true);
  client_wire->lose = 1;
  EXPECT_EQ(shake(3), std::make_pair(-EAGAIN, -EAGAIN));
  const int wait = client_end->timeout_ms();
  EXPECT_GT(wait, 0);
  EXPECT_LE(wait, 1000);
  now += wait;
  expect_joined();
}

TEST_F(TlsPair, SilenceEndsADatagramHandshake) {
  Settings client = client_settings();
  client.handshake_timeout_min_ms = 100;
  client.handshake_timeout_max_ms = 400;
  make(client, server_settings(), true);
  int error = -EAGAIN;
  const std::int64_t start = now;
  while (error == -EAGAIN && now - start < 100'000) {
    error = client_end->handshake();
    if (error == -EAGAIN) now += std::max(client_end->timeout_ms(), 1);
  }
  EXPECT_EQ(error, -ETIMEDOUT);
  EXPECT_EQ(now - start, 100 + 200 + 400);
}

TEST_F(TlsPair, DatagramsHaveALimitAndComeWhole) {
  make(client_settings(), server_settings(), true);
  expect_joined();
  const std::string data(20'000, 'x');
  EXPECT_EQ(client_end->write(data.data(), data.size()), -EMSGSIZE);
  client_end->write("one", 3);
  client_end->write("two", 3);
  std::string buffer(16, '\0');
  EXPECT_EQ(server_end->fill(), 0);
  EXPECT_EQ(server_end->pending(), 3U);
  // Damaged and repeated datagrams are as good as lost.
  up.records.front()[20] = static_cast<char>(~up.records.front()[20]);
  EXPECT_EQ(server_end->read(buffer.data(), 16), 3);
  EXPECT_EQ(server_end->fill(), -EAGAIN);
}

}  // namespace
}  // namespace zsock::tls
