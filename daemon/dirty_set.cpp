#include "daemon/dirty_set.h"

#include <algorithm>
#include <bit>

namespace zsock::host {

void DirtySet::gather(ipc::DataPage& page) {
  for (std::size_t i = 0; i < ipc::kSummaryWords; ++i) {
    if (page.summary[i].snapshot() == 0) continue;
    // The summary first: a bit set after this is found in the next turn.
    for (std::uint64_t left = page.summary[i].exchange(0); left != 0; left &= left - 1) {
      const std::size_t word = (i * 64) + static_cast<std::size_t>(std::countr_zero(left));
      merge(word, page.dirty[word].exchange(0));
    }
  }
}

std::optional<std::uint32_t> DirtySet::next() {
  if (count_ == 0) return std::nullopt;
  std::size_t word = cursor_ / 64;
  std::uint64_t bits = words_[word] & (~std::uint64_t{0} << (cursor_ % 64));
  while (bits == 0) {
    word = (word + 1) % ipc::kDirtyWords;
    bits = words_[word];
  }
  const auto bit = static_cast<std::uint32_t>(std::countr_zero(bits));
  words_[word] &= ~(std::uint64_t{1} << bit);
  --count_;
  const auto slot = static_cast<std::uint32_t>(word * 64) + bit;
  cursor_ = (slot + 1) % ipc::kSlots;
  return slot;
}

void DirtySet::add(std::uint32_t slot) {
  merge(slot / 64, std::uint64_t{1} << (slot % 64));
}

bool DirtySet::marked(ipc::DataPage& page) {
  return std::ranges::any_of(page.summary,
                             [](const auto& word) { return word.snapshot_ordered() != 0; });
}

void DirtySet::merge(std::size_t word, std::uint64_t bits) {
  count_ += static_cast<std::size_t>(std::popcount(bits & ~words_[word]));
  words_[word] |= bits;
}

}  // namespace zsock::host
