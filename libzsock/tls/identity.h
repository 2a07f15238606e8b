#pragma once
/// \file
/// Certificates and keys, as mbedTLS has them.

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include "libzsock/tls/engine.h"

namespace zsock::tls {

class Identity {
 public:
  Identity();
  ~Identity();
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  /// \return 0 or mbedTLS's error
  int read(const Settings& settings);

  [[nodiscard]] bool has_authorities() const { return authorities_.version != 0; }
  [[nodiscard]] bool has_certificate() const { return own_.version != 0; }
  mbedtls_x509_crt* authorities() { return &authorities_; }
  mbedtls_x509_crt* own() { return &own_; }
  mbedtls_pk_context* key() { return &key_; }

 private:
  mbedtls_x509_crt authorities_;
  mbedtls_x509_crt own_;
  mbedtls_pk_context key_;
};

}  // namespace zsock::tls
