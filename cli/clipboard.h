// The desktop's clipboard, through wl-copy (Wayland) or xclip (X11).
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/secret.h"

namespace cli {

struct ClipboardTool {
  std::vector<std::string> copy;   // takes what to copy from its standard input
  std::vector<std::string> paste;  // writes what is there
  std::vector<std::string> clear;
};

// The tool for the desktop that this runs in; Code::not_supported when it runs in none.
base::Result<ClipboardTool> clipboard_tool();

// Code::not_supported when the tool is not installed, Code::io when it fails.
base::Outcome copy_to_clipboard(const ClipboardTool& tool, const Secret& secret);

// Leaves a process behind that clears the clipboard after `delay`, unless something else was copied
// by then. It holds no secret, only a keyed hash to know it again by. The caller has left the bus.
base::Outcome clear_later(const ClipboardTool& tool, Secret secret, std::chrono::seconds delay);

}  // namespace cli
