// What a program does to the files below a folder, in order: every change that reaches the kernel,
// whether SQLite makes it or we do.
//
// The program that links this has its own open, write, fsync and so on, which the libraries that it
// loads use too. Nothing is recorded, and nothing is synced to a real disk, but between start() and
// stop().
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace power {

// path -> contents
using Image = std::map<std::string, std::string>;

struct Step {
  enum class Kind { make, write, resize, sync, rename, remove, sync_folder };
  Kind kind{};
  int file = 0;          // which file, whatever it is called by now; 0 for rename, remove, folders
  std::string path;      // make, rename, remove, sync_folder
  std::string to;        // rename
  std::uint64_t at = 0;  // write: the offset; resize: the size
  std::string data;      // write
};

// The files of an image are numbered from 1, in the order of their paths.
void start_recording(const std::string& folder, const Image& already_there);
std::size_t recorded_steps();
std::vector<Step> stop_recording();

}  // namespace power
