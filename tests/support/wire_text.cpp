#include "tests/support/wire_text.h"

#include <string_view>

#include "daemon/stack/base/check.h"

namespace zsock::test {

namespace {

constexpr std::string_view kLetters = "FSRP.UEW";  // bit 0 first
constexpr std::string_view kNoSegment = "-";

template <class T>
bool agree(const std::optional<T>& left, const std::optional<T>& right) {
  return !left || !right || *left == *right;
}

}  // namespace

std::uint8_t parse_flags(const std::string& letters) {
  unsigned flags = 0;
  for (const char letter : letters) {
    const std::size_t bit = kLetters.find(letter);
    ZSOCK_CHECK(bit != std::string_view::npos);
    flags |= 1U << bit;
  }
  return static_cast<std::uint8_t>(flags);
}

std::string format_flags(std::uint8_t flags) {
  std::string letters;
  for (const char letter : std::string_view{"SFRPUEW."}) {
    if (((unsigned{flags} >> kLetters.find(letter)) & 1U) != 0) letters += letter;
  }
  return letters;
}

bool operator==(const Seg& left, const Seg& right) {
  if (left.flags == kNoSegment || right.flags == kNoSegment) return left.flags == right.flags;
  const bool text = left.text.empty() || right.text.empty() || left.text == right.text;
  return parse_flags(left.flags) == parse_flags(right.flags) && left.seq == right.seq &&
         left.length() == right.length() && text && agree(left.ack, right.ack) &&
         agree(left.win, right.win) && agree(left.urg, right.urg) && agree(left.mss, right.mss) &&
         agree(left.ws, right.ws) && agree(left.ts, right.ts) &&
         agree(left.sack_ok, right.sack_ok) && agree(left.sack, right.sack);
}

std::ostream& operator<<(std::ostream& out, const Seg& segment) {
  if (segment.flags == kNoSegment) return out << "nothing";
  out << "Flags [" << segment.flags << "], seq " << segment.seq;
  if (segment.length() > 0) out << ':' << segment.seq + segment.length();
  if (segment.ack) out << ", ack " << *segment.ack;
  if (segment.win) out << ", win " << *segment.win;
  if (segment.urg) out << ", urg " << *segment.urg;
  if (segment.mss) out << ", mss " << *segment.mss;
  if (segment.ws) out << ", wscale " << unsigned{*segment.ws};
  if (segment.ts) out << ", TS val " << segment.ts->val << " ecr " << segment.ts->ecr;
  if (segment.sack_ok.value_or(false)) out << ", sackOK";
  if (segment.sack) {
    out << ", sack";
    for (const auto& [begin, end] : *segment.sack) out << " {" << begin << ':' << end << '}';
  }
  out << ", length " << segment.length();
  if (!segment.text.empty() && segment.text.size() <= 40) out << ": \"" << segment.text << '"';
  return out;
}

}  // namespace zsock::test
