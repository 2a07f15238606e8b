// FZ-7. The input is the story of one connection: segments whose fields are offsets from where the
// connection stands, calls of its application, and time. After each step the invariants hold, what
// is readable is what was sent to it, and what it sends is what was written.

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "daemon/stack/tcp/connection.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/story.h"

namespace zsock::tcp {
namespace {

using namespace wire::tcp_flag;  // NOLINT(google-build-using-namespace): flag names only
using fuzz::Story;

constexpr Seq kIss{0xffffff00U};  // both sides cross the wrap early
constexpr Seq kIrs{0xfffffe00U};
constexpr std::size_t kLongestText = 3000;
constexpr int kSteps = 300;  ///< of one story

/// The octet at a position of either stream.
std::byte octet(std::uint64_t position) {
  return static_cast<std::byte>((position * 31 + position / 251) & 0xffU);
}

class Scene {
 public:
  explicit Scene(Story& story)
      : story_(story),
        receive_(std::size_t{256} << (story.u8() % 6)),
        transmit_(std::size_t{256} << (story.u8() % 6)) {
    config_.timestamps = story.flip();
    config_.window_scaling = story.flip();
    options_.no_delay = story.flip();
    options_.keep_alive = story.flip();
    story.flip() ? begin_active() : begin_passive();
    check();
  }

  void step() {
    switch (story_.u8() % 8) {
      case 0:
      case 1:
      case 2:
        return take_segment();
      case 3:
      case 4:
        return application();
      case 5:
        return pass_time();
      default:
        return drain();
    }
  }

  /// Left alone, the connection never spins: each deadline served moves the next one on.
  void leave_alone() {
    drain();
    for (int i = 0; i < 200; ++i) {
      const auto due = connection_->deadline();
      if (!due) return;
      now_ = std::max(now_, *due);
      connection_->on_deadline(now_);
      drain();
      ZSOCK_CHECK(!connection_->deadline() || *connection_->deadline() > now_);
    }
  }

 private:
  void begin_active() {
    const ConnectionInit init{.iss = kIss,
                              .timestamp_offset = 7,
                              .local_mss = 1460,
                              .path_mss = 1460,
                              .receive_limit = static_cast<std::uint32_t>(receive_.size()) << 4U};
    connection_.emplace(config_, counters_, init, options_, Rings{receive_, transmit_});
    connection_->open(now_);
    drain();
    Segment syn_ack{.seq = kIrs, .ack = kIss + 1, .flags = kSyn | kAck, .window = story_.u16()};
    offer_options(syn_ack);
    if (story_.flip()) connection_->on_segment(syn_ack, now_);
  }

  void begin_passive() {
    HalfOpen half_open{.iss = kIss, .irs = kIrs, .timestamp_offset = 7, .local_mss = 1460};
    half_open.peer_mss = static_cast<std::uint16_t>(216 + story_.u8() * 8);
    half_open.peer_window = story_.u16();
    half_open.window_scaling = config_.window_scaling;
    half_open.peer_scale = story_.u8() % 15;
    half_open.timestamps = config_.timestamps;
    half_open.peer_timestamp = peer_clock_;
    half_open.syn_ack_sent = now_;
    connection_.emplace(config_, counters_, half_open, 1460, options_, Rings{receive_, transmit_});
    if (story_.flip()) take_segment();
  }

  void offer_options(Segment& segment) {
    segment.options.max_segment_size = static_cast<std::uint16_t>(216 + story_.u8() * 8);
    if (story_.flip()) segment.options.window_scale = story_.u8();
    if (story_.flip()) {
      segment.options.timestamps = wire::TcpTimestamps{.value = peer_clock_, .echo = 0};
    }
  }

  void take_segment() {
    // Where the peer would go on, and somewhat beside it.
    const bool opening = connection_->state() == State::syn_sent;
    const Seq seq = opening ? kIrs : receive_next_ + story_.offset();
    const std::uint8_t flags = story_.u8() < 200 ? kAck : story_.u8();
    const Seq first = seq + ((flags & kSyn) != 0 ? 1U : 0U);
    std::vector<std::byte> text(story_.u8() < 128 ? 0 : story_.u16() % kLongestText);
    for (std::size_t i = 0; i < text.size(); ++i) {
      text[i] = octet(distance(kIrs + 1, first + static_cast<std::uint32_t>(i)));
    }
    Segment segment{.seq = seq,
                    .ack = send_next_ + story_.offset(),
                    .flags = flags,
                    .window = story_.u16(),
                    .urgent = story_.u16(),
                    .text = text};
    if (story_.u8() < 200) {
      peer_clock_ += story_.u8();
      segment.options.timestamps =
          wire::TcpTimestamps{.value = peer_clock_ - story_.offset(), .echo = story_.offset()};
    }
    connection_->on_segment(segment, now_);
    check();
  }

  void application() {
    switch (story_.u8() % 8) {
      case 0:
      case 1:
        return write();
      case 2:
      case 3:
        return read();
      case 4:
        if (story_.flip()) connection_->shutdown_send(now_);
        if (story_.flip()) connection_->shutdown_receive();
        return check();
      case 5:
        options_.no_delay = story_.flip();
        options_.cork = story_.flip();
        connection_->set_options(options_, now_);
        return check();
      case 6:
        return lie();
      default:
        if (story_.u8() > 250) story_.flip() ? connection_->close(now_) : connection_->abort(now_);
        return check();
    }
  }

  /// A hostile application: an index beyond the ring is refused, or ignored when nothing is sent
  /// any more.
  void lie() {
    const std::uint64_t tail = connection_->transmit_tail();
    static_cast<void>(connection_->written(transmit_.size() + written_ + 1, now_));
    ZSOCK_CHECK(connection_->transmit_tail() == tail);
    const std::uint64_t beyond = connection_->receive_tail() + 1;
    static_cast<void>(connection_->consumed(beyond, now_));
    check();
  }

  void write() {
    const std::uint64_t room = connection_->transmit_head() + transmit_.size() - written_;
    const std::uint64_t size = std::min<std::uint64_t>(room, story_.u16());
    for (std::uint64_t i = 0; i < size; ++i, ++written_) {
      transmit_[written_ & (transmit_.size() - 1)] = octet(written_);
    }
    ZSOCK_CHECK(connection_->written(written_, now_));
    check();
  }

  void read() {
    const std::uint64_t ready = connection_->receive_tail() - consumed_;
    const std::uint64_t size = std::min<std::uint64_t>(ready, story_.u16());
    for (std::uint64_t i = 0; i < size; ++i, ++consumed_) {
      ZSOCK_CHECK(receive_[consumed_ & (receive_.size() - 1)] == octet(consumed_));
    }
    ZSOCK_CHECK(connection_->consumed(consumed_, now_));
    check();
  }

  void pass_time() {
    const auto due = connection_->deadline();
    if (due && story_.flip()) {
      now_ = std::max(now_, *due);
    } else {
      now_ += Duration{story_.u16() * 100};
    }
    if (due && *due <= now_) connection_->on_deadline(now_);
    check();
  }

  void drain() {
    for (int i = 0; connection_->has_output(now_); ++i) {
      ZSOCK_CHECK(i < 1000);
      SegmentOut segment;
      if (connection_->poll_segment(segment, story_.flip() ? 65535 : 0, now_)) inspect(segment);
      check();
    }
  }

  /// Text is what was written at its place; nothing lies beyond what was written and its FIN.
  void inspect(const SegmentOut& segment) {
    if (segment.has(kRst)) return;
    const std::uint32_t start = distance(kIss + 1, segment.seq + (segment.has(kSyn) ? 1U : 0U));
    std::uint64_t position = start;
    for (const ByteView part : segment.text) {
      for (const std::byte sent : part) ZSOCK_CHECK(sent == octet(position++));
    }
    // What an application writes after its shutdown does not count.
    const std::uint64_t tail = connection_->transmit_tail();
    if (segment.text_size() != 0) ZSOCK_CHECK(position <= tail);
    if (segment.has(kFin)) ZSOCK_CHECK(position == tail);
    const Seq end = segment.seq + static_cast<std::uint32_t>(segment.text_size()) +
                    (segment.has(kSyn) ? 1U : 0U) + (segment.has(kFin) ? 1U : 0U);
    if (end.after(send_next_)) send_next_ = end;
    if (segment.has(kAck)) {
      ZSOCK_CHECK(segment.ack.after_or_at(receive_next_));  // INV-2
      receive_next_ = segment.ack;
    }
  }

  void check() {
    connection_->check_invariants();
    ZSOCK_CHECK(connection_->transmit_head() <= connection_->transmit_tail());
    ZSOCK_CHECK(connection_->transmit_tail() <= written_);
    ZSOCK_CHECK(connection_->receive_tail() >= receive_tail_);
    receive_tail_ = connection_->receive_tail();
    ZSOCK_CHECK(receive_tail_ - consumed_ <= receive_.size());
    static_cast<void>(connection_->take_events());
  }

  Story& story_;
  Config config_{};
  Counters counters_{};
  SocketOptions options_{};
  std::vector<std::byte> receive_;
  std::vector<std::byte> transmit_;
  std::optional<Connection> connection_{};
  Instant now_{std::chrono::hours{1}};
  Seq send_next_ = kIss + 1;
  Seq receive_next_ = kIrs + 1;
  std::uint32_t peer_clock_ = 1000;
  std::uint64_t written_ = 0;
  std::uint64_t consumed_ = 0;
  std::uint64_t receive_tail_ = 0;
};

}  // namespace
}  // namespace zsock::tcp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  zsock::fuzz::Story story{data, size};
  zsock::tcp::Scene scene{story};
  for (int i = 0; i < zsock::tcp::kSteps && !story.over(); ++i) scene.step();
  scene.leave_alone();
  return 0;
}
