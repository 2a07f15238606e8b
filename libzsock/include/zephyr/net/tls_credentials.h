/** \file Certificates and keys that TLS sockets find by tag (ZSOCK_TLS_SEC_TAG_LIST). */
#ifndef ZEPHYR_NET_TLS_CREDENTIALS_H_
#define ZEPHYR_NET_TLS_CREDENTIALS_H_

#include <stddef.h>
#include <time.h>

#define SEC_TAG_TLS_INVALID (-1)

typedef int sec_tag_t;

enum tls_credential_type {
  TLS_CREDENTIAL_NONE = 0,
  TLS_CREDENTIAL_CA_CERTIFICATE = 1,
  TLS_CREDENTIAL_PUBLIC_CERTIFICATE = 2,
  /** Until Zephyr 4.0. */
  TLS_CREDENTIAL_SERVER_CERTIFICATE = 2,
  TLS_CREDENTIAL_PRIVATE_KEY = 3,
  TLS_CREDENTIAL_PSK = 4,
  TLS_CREDENTIAL_PSK_ID = 5,
  TLS_CREDENTIAL_PRIVATE_KEY_PSA = 6
};

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * `cred` is not copied: it must stay until it is deleted and no socket uses it. Certificates and
 * keys are DER or PEM.
 * \return 0; -EEXIST: the tag has one of this type; -EINVAL: no octets; -ENOMEM
 */
int tls_credential_add(sec_tag_t tag, enum tls_credential_type type, const void* cred,
                       size_t credlen);
/** \return 0, *credlen is its size; -ENOENT; -EFBIG: more than *credlen */
int tls_credential_get(sec_tag_t tag, enum tls_credential_type type, void* cred, size_t* credlen);
/**
 * When the certificate stops being valid (notAfter, UTC); the first of those in the credential.
 * \return 0; -ENOENT; -EINVAL: no certificate, or none that can be read; -ENOMEM; -ENOTSUP: without
 * libzsock-tls.so
 */
int tls_credential_expiry(sec_tag_t tag, enum tls_credential_type type, time_t* expiry);
/** \return 0; -ENOENT */
int tls_credential_delete(sec_tag_t tag, enum tls_credential_type type);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_TLS_CREDENTIALS_H_ */
