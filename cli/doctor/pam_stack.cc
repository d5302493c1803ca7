#include "cli/doctor/pam_stack.h"

#include <algorithm>
#include <sstream>

namespace cli {
namespace {

constexpr int kDeepest = 16;

std::string name_of(const std::string& module) {
  const std::string file = module.substr(module.rfind('/') + 1);
  return file.ends_with(".so") ? file.substr(0, file.size() - 3) : file;
}

// One word, or what is in brackets.
std::string take_control(std::istringstream& words) {
  std::string control;
  words >> control;
  while (control.starts_with('[') && !control.ends_with(']')) {
    std::string more;
    if (!(words >> more)) break;
    control += " " + more;
  }
  return control;
}

class Parser {
 public:
  Parser(const Machine& machine, std::string type) : machine_(machine), type_(std::move(type)) {}

  PamStack parse(const std::string& service, int depth) const {
    PamStack stack;
    if (depth > kDeepest || service.find("..") != std::string::npos) return stack;
    auto text = machine_.read("/etc/pam.d/" + service);
    if (!text) text = machine_.read("/usr/lib/pam.d/" + service);
    if (!text) return stack;
    std::istringstream lines(joined(*text));
    for (std::string line; std::getline(lines, line);) add(stack, line, depth);
    return stack;
  }

 private:
  // A backslash at its end continues a line.
  static std::string joined(std::string text) {
    for (std::size_t at; (at = text.find("\\\n")) != std::string::npos;)
      text.replace(at, 2, 1, ' ');
    return text;
  }

  void append(PamStack& stack, PamStack more) const {
    constexpr std::size_t kMost = 512;
    for (PamLine& line : more)
      if (stack.size() < kMost) stack.push_back(std::move(line));
  }

  void add(PamStack& stack, const std::string& line, int depth) const {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string type, module;
    if (!(words >> type)) return;
    if (type == "@include") {
      if (words >> module) append(stack, parse(module, depth + 1));
      return;
    }
    if (type.starts_with('-')) type.erase(0, 1);
    if (type != type_) return;
    const std::string control = take_control(words);
    if (!(words >> module)) return;
    if (control == "include")
      append(stack, parse(module, depth + 1));
    else if (control == "substack")
      append(stack, {{control, "", parse(module, depth + 1)}});
    else
      append(stack, {{control, module}});
  }

  const Machine& machine_;
  std::string type_;
};

// What a module's success does: how many lines are skipped; nothing: the stack ends.
std::optional<std::size_t> after_success(const std::string& control) {
  if (control == "sufficient") return std::nullopt;
  const std::size_t at = control.find("success=");
  if (!control.starts_with('[') || at == std::string::npos) return 0;
  const std::string action = control.substr(at + 8, control.find_first_of(" ]", at) - at - 8);
  if (action == "done" || action == "die") return std::nullopt;
  std::size_t skipped = 0;
  for (const char digit : action) {
    if (digit < '0' || digit > '9' || skipped > 1000) return 0;
    skipped = 10 * skipped + static_cast<std::size_t>(digit - '0');
  }
  return skipped;
}

void call(const PamStack& stack, const std::string& verifier, std::vector<std::string>& called) {
  for (std::size_t i = 0; i < stack.size(); ++i) {
    const PamLine& line = stack[i];
    if (line.module.empty()) {
      call(line.substack, verifier, called);
      continue;
    }
    called.push_back(name_of(line.module));
    if (called.back() != verifier) continue;
    const auto skipped = after_success(line.control);
    if (!skipped) return;
    i += *skipped;
  }
}

void collect(const PamStack& stack, std::vector<std::string>& into) {
  for (const PamLine& line : stack)
    if (line.module.empty())
      collect(line.substack, into);
    else
      into.push_back(name_of(line.module));
}

}  // namespace

PamStack pam_stack(const Machine& machine, const std::string& service, const std::string& type) {
  return Parser(machine, type).parse(service, 0);
}

std::vector<std::string> pam_modules(const PamStack& stack) {
  std::vector<std::string> names;
  collect(stack, names);
  return names;
}

std::vector<std::string> pam_called(const PamStack& stack, const std::string& verifier) {
  std::vector<std::string> called;
  call(stack, verifier, called);
  return called;
}

}  // namespace cli
