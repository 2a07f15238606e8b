#pragma once
/// \file
/// The credentials of the process, by tag.

#include <zephyr/net/tls_credentials.h>

#include <span>

#include "libzsock/tls/engine.h"

namespace zsock::zephyr {

/// Is there any credential of this tag?
bool credential_exists(sec_tag_t tag);

/// Adds what the tags stand for to the settings.
void use_credentials(std::span<const sec_tag_t> tags, tls::Settings& settings);

}  // namespace zsock::zephyr
