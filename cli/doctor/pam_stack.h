// The modules that PAM calls for a service, in their order.
#pragma once

#include "cli/doctor/machine.h"

namespace cli {

struct PamLine {
  std::string control;  // "required", "[success=1 default=ignore]"
  std::string module;   // a file's name or path; empty for a substack
  std::vector<PamLine> substack = {};
};
using PamStack = std::vector<PamLine>;

// The lines of `type` ("auth", "session", "password") in /etc/pam.d/SERVICE, else in
// /usr/lib/pam.d/SERVICE; what is included is in its place. At most 16 deep.
PamStack pam_stack(const Machine& machine, const std::string& service, const std::string& type);

// The modules' names, "pam_unix" for "/lib/security/pam_unix.so"; substacks' among them.
std::vector<std::string> pam_modules(const PamStack& stack);

// The modules that are called when `verifier` finds the password right, and all before it ignore
// the question. Control values as in pam.conf(5).
std::vector<std::string> pam_called(const PamStack& stack, const std::string& verifier);

}  // namespace cli
