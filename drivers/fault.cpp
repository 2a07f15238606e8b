#include "drivers/fault.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "drivers/offload.h"

namespace zsock::drivers {
namespace {

constexpr Duration kRetry = std::chrono::milliseconds(1);  // when `inner` is full
constexpr int kMaxPulls = 64;                              // frames of `inner` per receive()

std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

class Fault final : public Device {
 public:
  Fault(std::unique_ptr<Device> inner, const FaultOptions& options)
      : inner_(std::move(inner)),
        outgoing_(options, options.seed),
        incoming_(options, ~options.seed),
        received_(kReceiveBufferOctets),
        cut_(kReceiveBufferOctets) {}

  [[nodiscard]] DeviceInfo info() const override {
    DeviceInfo info = inner_->info();
    info.max_segmentation = 0;
    info.datagram_segmentation = false;
    info.checksum_offload = false;
    return info;
  }
  [[nodiscard]] int fd() const override { return inner_->fd(); }

  Result<RxFrame, std::error_code> receive(MutableBytes buffer) override {
    more_inside_ = false;
    for (int i = 0; i < kMaxPulls; ++i) {
      if (const auto frame = incoming_.due(now_)) {
        copy_bytes(buffer, *frame);
        const std::size_t size = frame->size();
        incoming_.pop();
        return RxFrame{.bytes = buffer.first(size)};
      }
      const auto frame = inner_->receive(received_);
      if (!frame) return Err{frame.error()};
      take(*frame);
    }
    more_inside_ = true;
    return Err{std::make_error_code(std::errc::resource_unavailable_try_again)};
  }

  Status<std::error_code> send(const TxFrame& frame) override {
    push_cut(outgoing_, frame);
    flush();
    return {};
  }

  [[nodiscard]] std::optional<Instant> next_deadline() const override {
    std::optional<Instant> out = outgoing_.next_due();
    if (out && *out <= now_) out = now_ + kRetry;  // flush() has tried it
    const auto own = earlier(out, incoming_.next_due());
    const auto pull = more_inside_ ? std::optional(now_) : std::nullopt;
    return earlier(earlier(own, pull), inner_->next_deadline());
  }

  void advance(Instant now) override {
    now_ = now;
    inner_->advance(now);
    flush();
  }

 private:
  /// Frames that contradict their own offload facts are dropped.
  void take(const RxFrame& frame) {
    if (frame.bytes.empty() || frame.bytes.size() > kMaxFrameOctets) return;
    if (const auto again = resend_form(frame)) push_cut(incoming_, *again);
  }

  void push_cut(Impairment& link, const TxFrame& frame) {
    Segmenter segmenter(frame);
    for (ByteView bytes = segmenter.next(cut_); !bytes.empty(); bytes = segmenter.next(cut_)) {
      link.push(bytes, now_);
    }
  }

  void flush() {
    while (const auto frame = outgoing_.due(now_)) {
      const auto sent = inner_->send(plain_frame(*frame));
      if (!sent && sent.error() == std::errc::resource_unavailable_try_again) return;
      outgoing_.pop();
    }
  }

  std::unique_ptr<Device> inner_;
  Impairment outgoing_;
  Impairment incoming_;
  std::vector<std::byte> received_;
  std::vector<std::byte> cut_;
  Instant now_{};
  bool more_inside_ = false;
};

}  // namespace

std::unique_ptr<Device> make_fault(std::unique_ptr<Device> inner, const FaultOptions& options) {
  return std::make_unique<Fault>(std::move(inner), options);
}

}  // namespace zsock::drivers
