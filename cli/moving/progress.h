// One line on a terminal, written over again and again, and gone at the end. Nothing elsewhere.
#pragma once

#include <string>

namespace cli {

class Progress {
 public:
  Progress(const std::string& what, std::size_t all);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done);

 private:
  std::string what_;
  std::size_t all_;
  bool shown_ = false;
};

}  // namespace cli
