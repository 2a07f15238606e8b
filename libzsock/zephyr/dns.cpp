/// \file
/// dns_get_addr_info(): zsock_getaddrinfo()'s answers by a call, each question in a thread.

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include "libzsock/zephyr/address.h"
#include "libzsock/zephyr/kernel/wait.h"

#include <zephyr/net/dns_resolve.h>

namespace zsock::zephyr {
namespace {

constexpr std::size_t kMost = 8;

struct Question {
  std::uint16_t id = 0;  ///< 0: none
  std::string name{};
  int family = AF_UNSPEC;
  int limit_ms = -1;
  dns_resolve_cb_t call = nullptr;
  void* user_data = nullptr;
};

std::mutex mutex;
std::array<Question, kMost> open_questions;
std::uint16_t last_id = 0;

void hold() {
  const kernel::Lock lock;
  kernel::hold();
}
void release() {
  const kernel::Lock lock;
  kernel::release();
}

Question* find(std::uint16_t id) {
  auto* const found =
      std::ranges::find_if(open_questions, [id](const Question& open) { return open.id == id; });
  return found != open_questions.end() ? found : nullptr;
}

/// Ends the question. \return false: it was canceled
bool end(std::uint16_t id) {
  const std::lock_guard lock(mutex);
  Question* const open = find(id);
  if (open != nullptr) *open = {};
  return open != nullptr;
}

bool is_open(std::uint16_t id) {
  const std::lock_guard lock(mutex);
  return find(id) != nullptr;
}

dns_resolve_status status_of(int error) {
  return error == DNS_EAI_AGAIN ? DNS_EAI_CANCELED : static_cast<dns_resolve_status>(error);
}

/// Tells one address. Canceled meanwhile: does not.
void tell(const Question& asked, const addrinfo& entry, const char* name) {
  NativeAddress native;
  native.size = entry.ai_addrlen;
  std::memcpy(&native.storage, entry.ai_addr, entry.ai_addrlen);
  const net_sockaddr_storage address = from_native(native);
  dns_addrinfo info{};
  info.ai_family = static_cast<std::uint8_t>(address.ss_family);
  info.ai_addrlen = static_cast<net_socklen_t>(net_family2size(address.ss_family));
  std::memcpy(&info.ai_addr, &address, info.ai_addrlen);
  if (name != nullptr) std::strncpy(info.ai_canonname, name, DNS_MAX_NAME_SIZE);
  if (is_open(asked.id)) asked.call(DNS_EAI_INPROGRESS, &info, asked.user_data);
}

void answer(const Question& asked) {
  addrinfo hints{};
  hints.ai_family = asked.family;
  hints.ai_socktype = SOCK_STREAM;  // one entry per address
  hints.ai_flags = AI_CANONNAME;
  addrinfo* list = nullptr;
  const int error =
      zs_getaddrinfo_within(asked.name.c_str(), nullptr, &hints, asked.limit_ms, &list);
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    tell(asked, *entry, list->ai_canonname);
  }
  zs_freeaddrinfo(list);
  if (end(asked.id)) {
    asked.call(error == 0 ? DNS_EAI_ALLDONE : status_of(error), nullptr, asked.user_data);
  }
  release();
}

/// The program goes on until the answer; its signals are for its own threads. \return 0, EAGAIN
int start(const Question& asked) {
  hold();
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = 0;
  try {
    std::thread(answer, asked).detach();
  } catch (const std::exception&) {
    error = EAGAIN;
    release();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error;
}

/// Takes a place and a number. \return 0: there is none
std::uint16_t take_place(Question& asked) {
  const std::lock_guard lock(mutex);
  Question* const place = find(0);
  if (place == nullptr) return 0;
  do {
    ++last_id;
  } while (last_id == 0 || find(last_id) != nullptr);
  asked.id = last_id;
  *place = asked;
  return asked.id;
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int dns_get_addr_info(const char* query, dns_query_type type, uint16_t* dns_id, dns_resolve_cb_t cb,
                      void* user_data, int32_t timeout) {
  if (query == nullptr || cb == nullptr) return -EINVAL;
  if (type != DNS_QUERY_TYPE_A && type != DNS_QUERY_TYPE_AAAA) return -EINVAL;
  Question asked{.name = query,
                 .family = type == DNS_QUERY_TYPE_A ? AF_INET : AF_INET6,
                 .limit_ms = timeout,
                 .call = cb,
                 .user_data = user_data};
  const std::uint16_t id = take_place(asked);
  if (id == 0) return -EAGAIN;
  if (dns_id != nullptr) *dns_id = id;
  const int error = start(asked);
  if (error != 0) end(id);
  return -error;
}

int dns_cancel_addr_info(uint16_t dns_id) {
  Question asked;
  {
    const std::lock_guard lock(mutex);
    Question* const open = dns_id != 0 ? find(dns_id) : nullptr;
    if (open == nullptr) return -ENOENT;
    asked = *open;
    *open = {};
  }
  asked.call(DNS_EAI_CANCELED, nullptr, asked.user_data);
  return 0;
}
