#pragma once
/// \file
/// The entry point that libFuzzer and the replay of a corpus share.

#include <cstddef>
#include <cstdint>

/// One input. Aborts when a property does not hold; returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
