// A file that the user has named for a result.
#pragma once

#include <fstream>
#include <string>

namespace pi::client {

// Replaces the file.  All functions throw Failure if it cannot be written; the sentence names
// `option`, which chose the file.
class ResultFile {
 public:
  // "-" is stdout.
  ResultFile(std::string path, std::string option);

  void write(const std::string& text);
  void close();

 private:
  bool isStdout() const { return path_ == "-"; }
  void check() const;

  const std::string path_;
  const std::string option_;
  std::ofstream file_;
};

}  // namespace pi::client
