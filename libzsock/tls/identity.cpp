#include "libzsock/tls/identity.h"

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

}  // namespace zsock::tls
