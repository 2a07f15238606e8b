#include "libzsock/zephyr/tls_credentials.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include "libzsock/addon.h"

namespace zsock::zephyr {
namespace {

struct Credential {
  sec_tag_t tag;
  tls_credential_type type;
  tls::Bytes bytes;
};

struct Store {
  std::mutex mutex;
  std::vector<Credential> all;

  auto find(sec_tag_t tag, tls_credential_type type) {
    return std::ranges::find_if(
        all, [&](const Credential& each) { return each.tag == tag && each.type == type; });
  }
};

// Never destroyed: threads may outlive static objects.
Store& store() {
  static Store& instance = *new Store;
  return instance;
}

void use(const Credential& credential, tls::Settings& settings) {
  switch (credential.type) {
    case TLS_CREDENTIAL_CA_CERTIFICATE:
      settings.authorities.push_back(credential.bytes);
      break;
    case TLS_CREDENTIAL_PUBLIC_CERTIFICATE:
      settings.certificates.push_back(credential.bytes);
      break;
    case TLS_CREDENTIAL_PRIVATE_KEY:
      settings.private_key = credential.bytes;
      break;
    case TLS_CREDENTIAL_PSK:
      settings.psk = credential.bytes;
      break;
    case TLS_CREDENTIAL_PSK_ID:
      settings.psk_identity = credential.bytes;
      break;
    default:
      break;
  }
}

}  // namespace

bool credential_exists(sec_tag_t tag) {
  const std::lock_guard lock(store().mutex);
  return std::ranges::any_of(store().all,
                             [tag](const Credential& each) { return each.tag == tag; });
}

void use_credentials(std::span<const sec_tag_t> tags, tls::Settings& settings) {
  const std::lock_guard lock(store().mutex);
  for (const sec_tag_t tag : tags) {
    for (const Credential& each : store().all) {
      if (each.tag == tag) use(each, settings);
    }
  }
}

}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int tls_credential_add(sec_tag_t tag, tls_credential_type type, const void* cred,
                       size_t credlen) try {
  if (cred == nullptr || credlen == 0) return -EINVAL;
  const std::lock_guard lock(store().mutex);
  if (store().find(tag, type) != store().all.end()) return -EEXIST;
  const auto* octets = static_cast<const unsigned char*>(cred);
  store().all.push_back({.tag = tag, .type = type, .bytes = {octets, credlen}});
  return 0;
} catch (const std::bad_alloc&) {
  return -ENOMEM;
}

int tls_credential_get(sec_tag_t tag, tls_credential_type type, void* cred, size_t* credlen) {
  const std::lock_guard lock(store().mutex);
  const auto found = store().find(tag, type);
  if (found == store().all.end()) return -ENOENT;
  if (found->bytes.size > *credlen) return -EFBIG;
  std::memcpy(cred, found->bytes.data, found->bytes.size);
  *credlen = found->bytes.size;
  return 0;
}

int tls_credential_expiry(sec_tag_t tag, tls_credential_type type, time_t* expiry) {
  if (expiry == nullptr) return -EINVAL;
  const std::lock_guard lock(store().mutex);
  const auto found = store().find(tag, type);
  if (found == store().all.end()) return -ENOENT;
  if (type != TLS_CREDENTIAL_CA_CERTIFICATE && type != TLS_CREDENTIAL_PUBLIC_CERTIFICATE) {
    return -EINVAL;
  }
  static auto* const find_expiry = reinterpret_cast<zsock::tls::FindExpiry*>(
      zsock::lib::addon_function("libzsock-tls.so.0", "zsock_tls_expiry"));
  if (find_expiry == nullptr) return -ENOTSUP;
  std::int64_t seconds = 0;
  const int error = find_expiry(&found->bytes, &seconds);
  if (error == 0) *expiry = static_cast<time_t>(seconds);
  return -error;
}

int tls_credential_delete(sec_tag_t tag, tls_credential_type type) {
  const std::lock_guard lock(store().mutex);
  const auto found = store().find(tag, type);
  if (found == store().all.end()) return -ENOENT;
  store().all.erase(found);
  return 0;
}
