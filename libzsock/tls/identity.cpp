#include "libzsock/tls/identity.h"

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <string_view>

namespace zsock::tls {
namespace {

/// Calls parse(data, size) with a NUL behind PEM text, which mbedTLS counts.
template <class Parse>
int parse_with_nul(const Bytes& bytes, Parse parse) {
  const std::string_view text(static_cast<const char*>(static_cast<const void*>(bytes.data)),
                              bytes.size);
  const bool pem = text.find("-----BEGIN") != std::string_view::npos;
  if (!pem || text.ends_with('\0')) return parse(bytes.data, bytes.size);
  std::vector<unsigned char> copy(bytes.data, bytes.data + bytes.size);
  copy.push_back('\0');
  return parse(copy.data(), copy.size());
}

int add_certificates(mbedtls_x509_crt& chain, const std::vector<Bytes>& all) {
  for (const Bytes& bytes : all) {
    const int error = parse_with_nul(bytes, [&](const unsigned char* data, std::size_t size) {
      return mbedtls_x509_crt_parse(&chain, data, size);
    });
    if (error != 0) return error;
  }
  return 0;
}

std::int64_t seconds_of(const mbedtls_x509_time& time) {
  tm parts{};
  parts.tm_year = time.year - 1900;
  parts.tm_mon = time.mon - 1;
  parts.tm_mday = time.day;
  parts.tm_hour = time.hour;
  parts.tm_min = time.min;
  parts.tm_sec = time.sec;
  return ::timegm(&parts);
}

}  // namespace

Identity::Identity() {
  mbedtls_x509_crt_init(&authorities_);
  mbedtls_x509_crt_init(&own_);
  mbedtls_pk_init(&key_);
}

Identity::~Identity() {
  mbedtls_pk_free(&key_);
  mbedtls_x509_crt_free(&own_);
  mbedtls_x509_crt_free(&authorities_);
}

int Identity::read(const Settings& settings) {
  int error = add_certificates(authorities_, settings.authorities);
  if (error == 0) error = add_certificates(own_, settings.certificates);
  if (error != 0 || settings.private_key.size == 0) return error;
  return parse_with_nul(settings.private_key, [&](const unsigned char* data, std::size_t size) {
    return mbedtls_pk_parse_key(&key_, data, size, nullptr, 0);
  });
}

extern "C" __attribute__((visibility("default"))) int zsock_tls_expiry(const Bytes* credential,
                                                                       std::int64_t* seconds) try {
  Identity identity;
  Settings settings;
  settings.certificates.push_back(*credential);
  if (identity.read(settings) != 0 || !identity.has_certificate()) return EINVAL;
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  for (const mbedtls_x509_crt* each = identity.own(); each != nullptr; each = each->next) {
    first = std::min(first, seconds_of(each->valid_to));
  }
  *seconds = first;
  return 0;
} catch (const std::bad_alloc&) {
  return ENOMEM;
}

}  // namespace zsock::tls
