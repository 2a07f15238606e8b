#include "daemon/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "daemon/stack/base/check.h"

namespace zsock::host {

struct Mailbox::Letter {
  Mail mail;
  Letter* older = nullptr;
};

Mailbox::Mailbox() : bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  ZSOCK_CHECK(bell_.valid());
}

Mailbox::~Mailbox() {
  take();
}

void Mailbox::post(Mail mail) {
  auto* letter = new Letter{std::move(mail)};
  Letter* older = newest_.load(std::memory_order_relaxed);
  do {
    letter->older = older;
  } while (!newest_.compare_exchange_weak(older, letter, std::memory_order_acq_rel));
  // Whoever finds it empty rings; the owner then takes all at once.
  if (older == nullptr) ring();
}

bool Mailbox::post(const RxFrame& frame) {
  const std::size_t size = frame.bytes.size();
  if (frame_octets_.fetch_add(size, std::memory_order_relaxed) + size > kFrameOctets) {
    frame_octets_.fetch_sub(size, std::memory_order_relaxed);
    return false;
  }
  post(FrameMail{.bytes = {frame.bytes.begin(), frame.bytes.end()},
                 .checksum_verified = frame.checksum_verified,
                 .segment_size = frame.segment_size});
  return true;
}

void Mailbox::ring() const {
  const std::uint64_t one = 1;
  if (::write(bell_.get(), &one, sizeof(one)) < 0) return;  // it is full of rings already
}

std::vector<Mail> Mailbox::take() {
  std::vector<Mail> mail;
  for (Letter* letter = newest_.exchange(nullptr, std::memory_order_acquire); letter != nullptr;) {
    const std::unique_ptr<Letter> opened(letter);
    letter = opened->older;
    if (const auto* frame = std::get_if<FrameMail>(&opened->mail)) {
      frame_octets_.fetch_sub(frame->bytes.size(), std::memory_order_relaxed);
    }
    mail.push_back(std::move(opened->mail));
  }
  std::ranges::reverse(mail);
  return mail;
}

}  // namespace zsock::host
