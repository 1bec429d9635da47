#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>

namespace pi::tidy {
namespace {

namespace fs = std::filesystem;

// Build folders, installed packages, and the files of other tools.
bool isForeign(const fs::path& path) {
  static constexpr std::array<std::string_view, 8> kForeign = {
      ".git",  ".cache",      ".vscode",      ".clangd",
      "build", "__pycache__", "node_modules", "package-lock.json"};
  return std::ranges::find(kForeign, path.filename().string()) != kForeign.end();
}

SourceFile read(const fs::path& root, const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  SourceFile file = sourceFile(path.lexically_relative(root).generic_string(), text);
  file.executable = (fs::status(path).permissions() & fs::perms::owner_exec) != fs::perms::none;
  return file;
}

}  // namespace

SourceFile sourceFile(std::string path, const std::string& text) {
  SourceFile file{.path = std::move(path), .lines = {}};
  if (text.find('\0') != std::string::npos) return file;  // Binary data has no lines.
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
  return file;
}

std::vector<SourceFile> readTree(const fs::path& root) {
  std::vector<SourceFile> files;
  for (auto entry = fs::recursive_directory_iterator(root); entry != end(entry); ++entry) {
    if (isForeign(entry->path())) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      files.push_back(read(root, entry->path()));
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

bool isHeader(const SourceFile& file) { return file.path.ends_with(".h"); }

bool isCpp(const SourceFile& file) {
  return isHeader(file) || file.path.ends_with(".cpp") || file.path.ends_with(".cu");
}

bool isIn(const SourceFile& file, const std::string& path) {
  return file.path == path || file.path.starts_with(path + "/");
}

}  // namespace pi::tidy
