#include "drivers/memory.h"

#include <deque>
#include <utility>
#include <vector>

#include "drivers/transport.h"

namespace zsock::drivers {
namespace {

struct Message {
  std::vector<std::byte> bytes{};
  bool checksum_verified = false;
  std::uint16_t segment_size = 0;
};

/// Frames on their way to one end.
struct Queue {
  std::deque<Message> messages{};
};

constexpr std::uint32_t kMaxSegmentation = 65535 - 60 - 60;

class MemoryEnd final : public Device {
 public:
  MemoryEnd(DeviceInfo info, const MemoryOptions& options, std::shared_ptr<Queue> in,
            std::weak_ptr<Queue> out)
      : info_(std::move(info)), options_(options), in_(std::move(in)), out_(std::move(out)) {}

  [[nodiscard]] DeviceInfo info() const override { return info_; }
  [[nodiscard]] int fd() const override { return -1; }

  Result<RxFrame, std::error_code> receive(MutableBytes buffer) override {
    ZSOCK_CHECK(buffer.size() >= kReceiveBufferOctets);
    if (in_->messages.empty()) {
      return Err{std::make_error_code(std::errc::resource_unavailable_try_again)};
    }
    const Message message = std::move(in_->messages.front());
    in_->messages.pop_front();
    copy_bytes(buffer, message.bytes);
    return RxFrame{.bytes = buffer.first(message.bytes.size()),
                   .checksum_verified = message.checksum_verified,
                   .segment_size = message.segment_size};
  }

  Status<std::error_code> send(const TxFrame& frame) override {
    const std::shared_ptr<Queue> peer = out_.lock();
    Segmenter segmenter(frame);
    const bool whole = options_.offload == Offload::on && frame.needs_checksum;
    if (segmenter.largest_frame() > info_.mtu + kEthernetOctets) {
      return Err{std::make_error_code(std::errc::message_size)};
    }
    if (!peer) return {};
    const std::size_t coming = whole ? 1 : segmenter.frames_left();
    if (peer->messages.size() + coming > options_.queue_frames) {
      return Err{std::make_error_code(std::errc::resource_unavailable_try_again)};
    }
    if (whole) {
      peer->messages.push_back(whole_message(frame));
      return {};
    }
    for (std::size_t i = 0; i < coming; ++i) {
      Message message{.bytes = std::vector<std::byte>(segmenter.largest_frame())};
      message.bytes.resize(segmenter.next(message.bytes).size());
      peer->messages.push_back(std::move(message));
    }
    return {};
  }

 private:
  static Message whole_message(const TxFrame& frame) {
    Message message{.checksum_verified = true};
    message.bytes.reserve(frame.size());
    const ByteView header = frame.header_bytes();
    message.bytes.assign(header.begin(), header.end());
    for (std::size_t i = 0; i < frame.payload_parts; ++i) {
      const ByteView part = frame.payload.at(i);
      message.bytes.insert(message.bytes.end(), part.begin(), part.end());
    }
    const bool merged =
        frame.segmentation != Segmentation::none && frame.payload_size() > frame.segment_size;
    if (merged) message.segment_size = frame.segment_size;
    return message;
  }

  DeviceInfo info_;
  MemoryOptions options_;
  std::shared_ptr<Queue> in_;
  std::weak_ptr<Queue> out_;  ///< expired: nobody there
};

DeviceInfo info_of(const MemoryOptions& options, const wire::MacAddr& mac) {
  const bool offload = options.offload == Offload::on;
  return DeviceInfo{.name = "memory",
                    .mac = mac,
                    .mtu = options.mtu,
                    .max_segmentation = offload ? kMaxSegmentation : 0,
                    .datagram_segmentation = offload,
                    .checksum_offload = offload};
}

}  // namespace

MemoryWire make_memory_wire(const MemoryOptions& options) {
  const auto to_left = std::make_shared<Queue>();
  const auto to_right = std::make_shared<Queue>();
  return {std::make_unique<MemoryEnd>(info_of(options, options.left), options, to_left, to_right),
          std::make_unique<MemoryEnd>(info_of(options, options.right), options, to_right, to_left)};
}

std::unique_ptr<Device> make_memory_device(const MemoryOptions& options) {
  return std::move(make_memory_wire(options).left);
}

}  // namespace zsock::drivers
