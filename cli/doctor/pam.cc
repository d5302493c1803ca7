// Whether logins unlock the keyring: pam_coffer in the files of PAM.
#include <fmt/format.h>

#include <algorithm>

#include "cli/doctor/checks.h"
#include "cli/doctor/pam_stack.h"

namespace cli {
namespace {

constexpr const char* kOurs = "pam_coffer";
constexpr const char* kServices[] = {"gdm-password", "sddm", "lightdm", "greetd",
                                     "lxdm",         "ly",   "xdm",     "login"};
constexpr const char* kVerifiers[] = {"pam_unix", "pam_sss",  "pam_winbind",
                                      "pam_ldap", "pam_krb5", "pam_systemd_home"};
constexpr const char* kOthers[] = {"pam_gnome_keyring", "pam_kwallet", "pam_kwallet5"};
constexpr const char* kByHand = "see pam_coffer(8), and data/pam/README.md of Coffer's sources";

using Names = std::vector<std::string>;

bool holds(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_before(const Names& names, const std::string& first, const std::string& second) {
  const auto at = std::find(names.begin(), names.end(), second);
  return at != names.end() && std::find(names.begin(), at, first) != at;
}

// The one that finds most passwords right, where there are several.
std::string verifier_in(const Names& modules) {
  for (const char* verifier : kVerifiers)
    if (holds(modules, verifier)) return verifier;
  return {};
}

std::string how_to_add(const Machine& machine) {
  if (machine.exists("/usr/share/pam-configs/coffer"))
    return "sudo pam-auth-update --enable coffer";
  return fmt::format("add \"optional pam_coffer.so\": {}", kByHand);
}

Finding problem(const std::string& service, const std::string& what, std::string advice) {
  return {"login", State::warning, fmt::format("/etc/pam.d/{}: {}", service, what),
          std::move(advice)};
}

std::optional<Finding> check_auth(const Machine& machine, const std::string& service) {
  const PamStack stack = pam_stack(machine, service, "auth");
  const Names modules = pam_modules(stack);
  if (!holds(modules, kOurs))
    return problem(service, "no auth line with pam_coffer: the login does not unlock the keyring",
                   how_to_add(machine));
  const std::string verifier = verifier_in(modules);
  if (verifier.empty()) return std::nullopt;
  if (!is_before(modules, verifier, kOurs))
    return problem(
        service,
        fmt::format("pam_coffer comes before {}, and gets passwords that nobody checked", verifier),
        fmt::format("move its auth line behind the one of {}: {}", verifier, kByHand));
  if (!holds(pam_called(stack, verifier), kOurs))
    return problem(service, fmt::format("a right password jumps over pam_coffer (at {})", verifier),
                   fmt::format("move its auth line to where that jump goes: {}", kByHand));
  return std::nullopt;
}

std::optional<Finding> check_session(const Machine& machine, const std::string& service) {
  const Names modules = pam_modules(pam_stack(machine, service, "session"));
  if (!holds(modules, kOurs))
    return problem(service, "no session line with pam_coffer: the password is not handed over",
                   how_to_add(machine));
  for (const char* maker : {"pam_systemd", "pam_elogind"})
    if (is_before(modules, kOurs, maker))
      return problem(service,
                     fmt::format("its session line comes before {}, which makes /run/user", maker),
                     fmt::format("move the line of pam_coffer behind it: {}", kByHand));
  return std::nullopt;
}

std::optional<Finding> check_others(const Machine& machine, const std::string& service) {
  for (const char* type : {"auth", "session"}) {
    const Names modules = pam_modules(pam_stack(machine, service, type));
    for (const char* other : kOthers)
      if (holds(modules, other))
        return problem(service, fmt::format("{} is there too, and starts another provider", other),
                       fmt::format("take the lines with {}.so out of /etc/pam.d/{} and what it "
                                   "includes",
                                   other, service));
  }
  return std::nullopt;
}

}  // namespace

Findings check_pam(const Machine& machine) {
  Findings found;
  std::string good;
  for (const char* service : kServices) {
    if (!machine.exists("/etc/pam.d/" + std::string(service)) &&
        !machine.exists("/usr/lib/pam.d/" + std::string(service)))
      continue;
    const std::size_t before = found.size();
    for (const auto check : {check_auth, check_session, check_others})
      if (auto problem = check(machine, service)) {
        found.push_back(*std::move(problem));
        if (check == check_auth && !holds(pam_modules(pam_stack(machine, service, "auth")), kOurs))
          break;  // the rest follows from that
      }
    if (found.size() == before) good += (good.empty() ? "" : ", ") + std::string(service);
  }
  if (!good.empty())
    found.push_back({"login", State::good, fmt::format("unlocks the keyring ({})", good)});
  return found;
}

}  // namespace cli
