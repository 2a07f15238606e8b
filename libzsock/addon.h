#pragma once
/// \file
/// Libraries that libzsock loads when it first needs them, so that programs that do not need them
/// carry nothing of theirs: the resolver (c-ares), TLS (mbedTLS).

namespace zsock::lib {

/// A function of an add-on: `file` is looked for beside the object that libzsock is in, then where
/// the dynamic linker looks. Stays loaded.
/// \return nullptr when there is no such file or function
void* addon_function(const char* file, const char* name);

}  // namespace zsock::lib
