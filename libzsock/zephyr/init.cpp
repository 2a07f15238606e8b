/// \file
/// SYS_INIT(): the functions of a program, sorted, before its main().

#include <zephyr/init.h>

#include <algorithm>
#include <mutex>
#include <tuple>
#include <vector>

namespace {

struct Done {
  std::mutex mutex;
  std::vector<const zsock_init_entry*> sections;
};

// Never destroyed, and there before any constructor of a program.
Done& done() {
  static Done& instance = *new Done;
  return instance;
}

bool first_time(const zsock_init_entry* begin) {
  const std::lock_guard lock(done().mutex);
  std::vector<const zsock_init_entry*>& sections = done().sections;
  if (std::find(sections.begin(), sections.end(), begin) != sections.end()) return false;
  sections.push_back(begin);
  return true;
}

}  // namespace

void zsock_init_run(const zsock_init_entry* begin, const zsock_init_entry* end) {
  if (!first_time(begin)) return;
  std::vector<zsock_init_entry> entries(begin, end);
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.level, a.priority) < std::tie(b.level, b.priority);
  });
  for (const zsock_init_entry& entry : entries) entry.function();
}
