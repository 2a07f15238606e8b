#include "drivers/factory.h"

#include <gmock/gmock.h>

namespace zsock::drivers {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string refusal(std::string_view spec) {
  const auto parsed = parse_device_spec(spec);
  return parsed ? "accepted" : parsed.error().message;
}

TEST(DeviceSpecText, BareDevices) {
  const auto tap = parse_device_spec("tap:zs0");
  ASSERT_TRUE(tap.has_value());
  EXPECT_EQ(tap->kind, DeviceKind::tap);
  EXPECT_EQ(tap->name, "zs0");
  EXPECT_EQ(tap->offload, Offload::on);
  EXPECT_FALSE(tap->mtu.has_value());
  EXPECT_FALSE(tap->faults.any());
  EXPECT_EQ(parse_device_spec("memory:")->kind, DeviceKind::memory);
  EXPECT_EQ(parse_device_spec("packet:eth1")->kind, DeviceKind::packet);
  EXPECT_EQ(parse_device_spec("xdp:eth1")->kind, DeviceKind::xdp);
}

TEST(DeviceSpecText, EveryOption) {
  const auto spec = parse_device_spec(
      "tap:zs0,mtu=9000,mac=02:00:5e:00:53:01,offload=off,trace=/tmp/x.pcap,loss=0.01,dup=0.5,"
      "reorder=1,corrupt=1e-3,delay=20ms,jitter=150us,rate=100mbit,queue=64,seed=7");
  ASSERT_TRUE(spec.has_value()) << spec.error().message;
  EXPECT_EQ(spec->mtu, 9000);
  EXPECT_EQ(spec->mac, (wire::MacAddr{{2, 0, 0x5e, 0, 0x53, 1}}));
  EXPECT_EQ(spec->offload, Offload::off);
  EXPECT_EQ(spec->trace, "/tmp/x.pcap");
  EXPECT_DOUBLE_EQ(spec->faults.loss, 0.01);
  EXPECT_DOUBLE_EQ(spec->faults.duplicate, 0.5);
  EXPECT_DOUBLE_EQ(spec->faults.reorder, 1);
  EXPECT_DOUBLE_EQ(spec->faults.corrupt, 0.001);
  EXPECT_EQ(spec->faults.delay, 20ms);
  EXPECT_EQ(spec->faults.jitter, 150us);
  EXPECT_EQ(spec->faults.rate, 100'000'000U);
  EXPECT_EQ(spec->faults.queue_frames, 64U);
  EXPECT_EQ(spec->faults.seed, 7U);
}

TEST(DeviceSpecText, UnitsOfRateAndTime) {
  EXPECT_EQ(parse_device_spec("memory:,rate=1000bit")->faults.rate, 1000U);
  EXPECT_EQ(parse_device_spec("memory:,rate=64kbit")->faults.rate, 64'000U);
  EXPECT_EQ(parse_device_spec("memory:,rate=1000gbit")->faults.rate, 1'000'000'000'000U);
  EXPECT_EQ(parse_device_spec("memory:,delay=60s")->faults.delay, 60s);
}

TEST(DeviceSpecText, RefusalsNameTheOption) {
  EXPECT_THAT(refusal("tap:zs0,colour=red"), HasSubstr("unknown option 'colour'"));
  EXPECT_THAT(refusal("tap:zs0,"), HasSubstr("unknown option ''"));
  EXPECT_THAT(refusal("tap:zs0,mtu"), HasSubstr("option mtu needs a value"));
  EXPECT_THAT(refusal("tap:zs0,mtu=1500,mtu=1500"), HasSubstr("option mtu is given twice"));
  for (const char* bad : {"mtu=67",
                          "mtu=65522",
                          "mtu=",
                          "mtu=1500x",
                          "mtu=-1",
                          "mtu=99999999999999999999",
                          "mac=02:00:5e:00:53",
                          "mac=03:00:5e:00:53:01",
                          "mac=00:00:00:00:00:00",
                          "offload=yes",
                          "trace=",
                          "loss=1.1",
                          "loss=-0.1",
                          "loss=nan",
                          "loss=",
                          "dup=2",
                          "reorder=x",
                          "corrupt=inf",
                          "delay=20",
                          "delay=61s",
                          "delay=-1ms",
                          "delay=ms",
                          "jitter=99999999999999999999s",
                          "rate=999bit",
                          "rate=1001gbit",
                          "rate=100",
                          "rate=1.5mbit",
                          "queue=0",
                          "queue=1000001",
                          "seed=-1",
                          "seed=18446744073709551616"}) {
    const std::string option = std::string(bad).substr(0, std::string(bad).find('='));
    EXPECT_THAT(refusal(std::string("tap:zs0,") + bad), HasSubstr("option " + std::string(bad)));
    EXPECT_THAT(refusal(std::string("tap:zs0,") + bad), HasSubstr("expected ")) << option;
  }
}

TEST(DeviceSpecText, RefusesUnknownKindsAndNames) {
  for (const char* bad : {"", "tap", "zs0", "tun:zs0", "Tap:zs0", ":zs0"}) {
    EXPECT_THAT(refusal(bad), HasSubstr("expected tap:NAME")) << bad;
  }
  for (const char* bad : {"tap:", "tap:a234567890123456", "tap:a/b", "tap:a b", "tap:zs%d",
                          "tap:..", "xdp:", "packet:"}) {
    EXPECT_THAT(refusal(bad), HasSubstr("is not an interface name")) << bad;
  }
  EXPECT_THAT(refusal("memory:zs0"), HasSubstr("memory: takes no name"));
}

TEST(OpenDevice, MemoryTakesItsOptions) {
  const auto spec = parse_device_spec("memory:,mtu=1400,mac=02:00:5e:00:53:01,offload=off");
  const auto device = open_device(*spec, {});
  ASSERT_TRUE(device.has_value());
  const DeviceInfo info = (*device)->info();
  EXPECT_EQ(info.mtu, 1400);
  EXPECT_EQ(info.mac, (wire::MacAddr{{2, 0, 0x5e, 0, 0x53, 1}}));
  EXPECT_FALSE(info.checksum_offload);
}

TEST(OpenDevice, FaultsTakeTheOffloadAway) {
  EXPECT_TRUE((*open_device(*parse_device_spec("memory:"), {}))->info().checksum_offload);
  EXPECT_FALSE((*open_device(*parse_device_spec("memory:,loss=0.1"), {}))->info().checksum_offload);
}

TEST(OpenDevice, LineSinkSeesFramesWithoutATraceFile) {
  std::string seen;
  const OpenContext context{.line_sink = [&seen](std::string_view line) { seen += line; }};
  const auto device = open_device(*parse_device_spec("memory:"), context);
  TxFrame frame;
  frame.header_size = 5;
  ASSERT_TRUE((*device)->send(frame));
  EXPECT_THAT(seen, HasSubstr("malformed frame, length 5"));
}

TEST(OpenDevice, UnwritableTraceIsAnError) {
  const auto device = open_device(*parse_device_spec("memory:,trace=/no/such/folder/x.pcap"), {});
  ASSERT_FALSE(device.has_value());
  EXPECT_THAT(device.error().message, HasSubstr("/no/such/folder/x.pcap"));
}

TEST(DeviceSpecText, XdpHasOptionsOfItsOwn) {
  EXPECT_EQ(parse_device_spec("xdp:eth1")->mode, XdpMode::best);
  EXPECT_EQ(parse_device_spec("xdp:eth1,mode=zero-copy")->mode, XdpMode::zero_copy);
  EXPECT_EQ(parse_device_spec("xdp:eth1,mode=copy")->mode, XdpMode::copy);
  EXPECT_EQ(parse_device_spec("xdp:eth1,mode=generic,rx-queue=255")->rx_queue, 255U);
  EXPECT_THAT(refusal("xdp:eth1,mode=fast"), HasSubstr("mode=fast: expected zero-copy, copy or"));
  EXPECT_THAT(refusal("xdp:eth1,rx-queue=256"), HasSubstr("expected 0 to 255"));
  EXPECT_THAT(refusal("packet:eth1,mode=copy"), HasSubstr("option mode is of xdp: only"));
  EXPECT_THAT(refusal("tap:zs0,rx-queue=0"), HasSubstr("option rx-queue is of xdp: only"));
}

#ifdef ZSOCK_XDP
TEST(OpenDevice, XdpSaysWhyItCannotOpen) {
  const auto device = open_device(*parse_device_spec("xdp:zsnone"), {});
  ASSERT_FALSE(device.has_value());
  EXPECT_THAT(device.error().message,
              ::testing::AnyOf(HasSubstr("no interface zsnone"), HasSubstr("no permission"),
                               HasSubstr("cannot open xdp:zsnone")));
}
#else
TEST(OpenDevice, SaysWhatThisBuildDoesNotSupport) {
  const auto device = open_device(*parse_device_spec("xdp:eth1"), {});
  ASSERT_FALSE(device.has_value());
  EXPECT_EQ(device.error().message, "xdp:eth1: not supported by this build");
}
#endif

}  // namespace
}  // namespace zsock::drivers
