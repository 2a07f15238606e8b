#include "daemon/stack/base/ring_buffer.h"

#include <algorithm>

namespace zsock {

ByteRing::ByteRing(MutableBytes memory) : memory_(memory.data()), capacity_(memory.size()) {
  ZSOCK_CHECK((capacity_ & (capacity_ - 1)) == 0);
}

void ByteRing::move_to(MutableBytes memory, std::uint64_t end) {
  ZSOCK_CHECK(memory.size() >= capacity_ && end >= tail_ && end - head_ <= capacity_);
  ByteRing larger{memory};
  larger.head_ = head_;
  larger.tail_ = tail_;
  if (end != head_) {
    const auto length = static_cast<std::size_t>(end - head_);
    const std::size_t offset = static_cast<std::size_t>(head_) & (capacity_ - 1);
    const std::size_t first = std::min(length, capacity_ - offset);
    larger.write_at(head_, {memory_ + offset, first});
    larger.write_at(head_ + first, {memory_, length - first});
  }
  *this = larger;
}

void ByteRing::write_at(std::uint64_t position, ByteView bytes) {
  ZSOCK_CHECK(position >= head_ && bytes.size() <= capacity_ &&
              position - head_ <= capacity_ - bytes.size());
  if (bytes.empty()) return;
  const std::size_t offset = static_cast<std::size_t>(position) & (capacity_ - 1);
  const std::size_t first = std::min(bytes.size(), capacity_ - offset);
  std::memcpy(memory_ + offset, bytes.data(), first);
  if (first < bytes.size()) std::memcpy(memory_, bytes.data() + first, bytes.size() - first);
}

void ByteRing::append(ByteView bytes) {
  write_at(tail_, bytes);
  tail_ += bytes.size();
}

bool ByteRing::advance_tail(std::uint64_t position) {
  if (position - head_ > capacity_ || position - head_ < size()) return false;
  tail_ = position;
  return true;
}

bool ByteRing::advance_head(std::uint64_t position) {
  if (position - head_ > size()) return false;
  head_ = position;
  return true;
}

std::array<ByteView, 2> ByteRing::peek(std::uint64_t position, std::size_t length) const {
  ZSOCK_CHECK(position >= head_ && length <= size() && position - head_ <= size() - length);
  if (length == 0) return {};
  const std::size_t offset = static_cast<std::size_t>(position) & (capacity_ - 1);
  const std::size_t first = std::min(length, capacity_ - offset);
  return {ByteView{memory_ + offset, first}, ByteView{memory_, length - first}};
}

void ByteRing::read_at(std::uint64_t position, MutableBytes out) const {
  const auto parts = peek(position, out.size());
  copy_bytes(out, parts[0]);
  copy_bytes(out.subspan(parts[0].size()), parts[1]);
}

}  // namespace zsock
