#include "tests/tidy/rules.h"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <string_view>

namespace pi::tidy {
namespace {

using std::string_view;

// Applies `check` to each line.  It returns a sentence on what is wrong with the line, or "".
template <typename Check>
Offences eachLine(const SourceFile& file, Check check) {
  Offences offences;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    if (std::string sentence = check(file.lines[i]); !sentence.empty()) {
      offences.push_back(at(file, i, sentence));
    }
  }
  return offences;
}

// The code of the programs; tests, benchmarks and tools are not part of it.
bool isProduct(const SourceFile& file) {
  return isCpp(file) && isInAny(file, {"common", "scheduler", "worker", "client"});
}

// Counts the characters of UTF-8 text: all bytes except continuation bytes.
std::size_t characters(string_view line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (c & '\xC0') != '\x80'; }));
}

std::size_t indentation(string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// The line on which the block that ends at `end` begins: in formatted code, the nearest line above
// with the same indentation that is neither blank nor a preprocessor directive.
std::size_t blockBegin(const SourceFile& file, std::size_t end) {
  std::size_t depth = indentation(file.lines[end]);
  for (std::size_t i = end; i-- > 0;) {
    const std::string& line = file.lines[i];
    if (line.size() > depth && indentation(line) == depth && line[depth] != '#') return i;
  }
  return 0;
}

bool isShellOrText(const SourceFile& file) {
  return isInAny(file, {"scripts", ".ci"}) || file.path.ends_with(".py") ||
         file.path.ends_with(".md");
}

// Whether a CMakeLists.txt lists the file, by its name from that folder or by its whole path.
bool lists(const SourceFile& cmake, const std::string& name, const std::string& path) {
  return std::ranges::any_of(cmake.lines, [&](string_view line) {
    for (const std::string& entry : {name, "${CMAKE_SOURCE_DIR}/" + path}) {
      auto at = line.find(entry);
      if (at == line.npos) continue;
      auto end = at + entry.size();
      bool begins = at == 0 || contains(" \t\"(", line.substr(at - 1, 1));
      if (begins && (end == line.size() || contains(" \t\")", line.substr(end, 1)))) return true;
    }
    return false;
  });
}

std::vector<std::string> matches(const std::regex& pattern, const std::string& line) {
  std::vector<std::string> found;
  for (std::sregex_iterator i(line.begin(), line.end(), pattern); i != std::sregex_iterator{};
       ++i) {
    found.push_back((*i)[1]);
  }
  return found;
}

// Whether a path names a file of the tree, with or without its ending, or a folder.
bool leadsSomewhere(const std::vector<SourceFile>& tree, const std::string& path) {
  return std::ranges::any_of(tree, [&path](const SourceFile& file) {
    string_view rest = file.path;
    if (!rest.starts_with(path)) return false;
    rest.remove_prefix(path.size());
    return rest.empty() || path.ends_with('/') || rest[0] == '/' || rest[0] == '.';
  });
}

}  // namespace

Offences clockReadings(const SourceFile& file) {
  // The second one compares the clocks of two processes, which the store keeps with the jobs.
  if (!isProduct(file) ||
      isInAny(file, {"common/net/loop/clock.cpp", "scheduler/store/clock_reading.cpp"})) {
    return {};
  }
  return eachLine(file, [](string_view line) {
    bool reads = contains(line, "_clock::now(") || contains(line, "clock_gettime(") ||
                 contains(line, "gettimeofday(");
    return std::string(
        reads ? "reads a clock; time is an argument, or comes from common/net/loop/clock.h" : "");
  });
}

Offences strayOutput(const SourceFile& file) {
  // The client prints results; the scheduler prints its addresses, and its keys without a copy.
  // Everything else is written by a function that says if it fails.
  if (!isProduct(file) || isInAny(file, {"client", "common/cli/terminal.cpp",
                                         "scheduler/access.cpp", "scheduler/entrance.cpp"})) {
    return {};
  }
  if (file.path.ends_with("/main.cpp")) return {};
  return eachLine(file, [](string_view line) {
    bool prints = contains(line, "std::cout") || findWord(line, "printf") != line.npos ||
                  contains(line, "stdout)") || contains(line, "(stdout,");
    return std::string(prints ? "writes to stdout" : "");
  });
}

Offences decodedExceptions(const SourceFile& file) {
  // The second one reads the reason in a message, which is of another type.
  if (!isProduct(file) || isInAny(file, {"common/net/transport/connect_error.cpp",
                                         "common/net/rpc/peer_network.cpp"})) {
    return {};
  }
  return eachLine(file, [](string_view line) {
    return std::string(contains(line, ".getType()")
                           ? "decodes an exception of KJ; ask common/net/transport/connect_error.h"
                           : "");
  });
}

Offences longLines(const SourceFile& file) {
  bool isMarkdown = file.path.ends_with(".md");
  return eachLine(file, [isMarkdown](string_view line) {
    auto length = characters(line);
    if (length <= (isMarkdown ? kMarkdownLineMax : kLineMax)) return std::string();
    if (isMarkdown && startsWithAny(line, {"|", "    "})) return std::string();  // Tables, code.
    return "a line of " + std::to_string(length) + " characters";
  });
}

Offences longFunctions(const SourceFile& file) {
  if (!isCpp(file)) return {};
  Offences offences;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    string_view line = file.lines[i];
    // The end of a function of a namespace or a class.
    if (line != "}" && line != "  }") continue;
    std::size_t begin = blockBegin(file, i), length = i - begin + 1;
    if (length > kFunctionMax) {
      offences.push_back(at(file, begin, "a function of " + std::to_string(length) + " lines"));
    }
  }
  return offences;
}

Offences cutTestNames(const SourceFile& file) {
  if (!isCpp(file)) return {};
  Offences offences;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    if (!string_view(file.lines[i]).starts_with("TEST_CASE")) continue;
    for (std::size_t end = i; end < file.lines.size(); ++end) {
      string_view line = file.lines[end];
      auto begin = line.find(") {");  // The test's body.
      if (contains(line.substr(0, begin), ";")) {
        offences.push_back(at(file, end, "a test's name with a semicolon"));
      }
      if (begin != line.npos) break;
    }
  }
  return offences;
}

Offences forbiddenWords(const SourceFile& file) {
  // This folder names the words.
  if (isIn(file, "tests/tidy")) return {};
  return eachLine(file, [&file](string_view line) -> std::string {
    if (contains(line, "\t") && !isShellOrText(file)) return "a tab";
    for (string_view word : {"FIXME", "XXX"}) {
      if (findWord(line, word) != line.npos)
        return std::string(word) + " does not belong on the main branch";
    }
    auto todo = findWord(line, "TODO");
    bool kindless = todo != line.npos && !line.substr(todo + 4).starts_with('(');
    return kindless ? "a TODO names its kind: TODO(perf): ..." : "";
  });
}

Offences machinePaths(const SourceFile& file) {
  if (isIn(file, "tests/tidy")) return {};
  return eachLine(file, [](string_view line) -> std::string {
    for (string_view root : {"/work", "/root", "/home"}) {
      for (auto at = line.find(root); at != line.npos; at = line.find(root, at + 1)) {
        auto end = at + root.size();
        bool begins = at == 0 || contains(" \"'`=(:", line.substr(at - 1, 1));
        if (line.substr(at).starts_with("/home/someone")) continue;  // The name that examples use.
        if (begins && (end == line.size() || !isWordCharacter(line[end]))) {
          return "names a folder of one developer's machine";
        }
      }
    }
    return "";
  });
}

Offences shapelessHeaders(const SourceFile& file) {
  if (!isHeader(file)) return {};
  auto code = std::ranges::find_if(file.lines, [](string_view l) { return !l.starts_with("//"); });
  if (code == file.lines.begin())
    return {at(file, 0, "a header opens with a sentence on its purpose")};
  if (!std::prev(code)->ends_with('.') && !std::prev(code)->ends_with('?'))
    return {at(file, 0, "the opening is a sentence")};
  if (code == file.lines.end() || *code != "#pragma once") {
    return {at(file, 0, "#pragma once follows the opening")};
  }
  return {};
}

Offences unusableScripts(const SourceFile& file) {
  if (!isInAny(file, {"scripts", ".ci"}) || file.lines.empty()) return {};
  bool program = file.lines.front().starts_with("#!");
  if (program && !file.executable) return {at(file, 0, "is not executable")};
  if (file.executable && !program) return {at(file, 0, "does not name its interpreter")};
  return {};
}

Offences unbuiltFiles(const std::vector<SourceFile>& tree) {
  Offences offences;
  for (const SourceFile& file : tree) {
    if (!file.path.ends_with(".cpp")) continue;
    bool listed = std::ranges::any_of(tree, [&file](const SourceFile& cmake) {
      constexpr string_view kName = "CMakeLists.txt";
      if (!cmake.path.ends_with(kName)) return false;
      std::string folder = cmake.path.substr(0, cmake.path.size() - kName.size());
      return file.path.starts_with(folder) &&
             lists(cmake, file.path.substr(folder.size()), file.path);
    });
    if (!listed) offences.push_back(at(file, 0, "no CMakeLists.txt builds it"));
  }
  return offences;
}

Offences deadPaths(const std::vector<SourceFile>& tree) {
  static const std::regex kLink(R"(\]\(([^)#:]+)(?:#[^)]*)?\))");
  static const std::regex kSpan(
      "`((?:client|common|docs|packaging|proto|scheduler|scripts|tests|worker)/[A-Za-z0-9_./-]+)`");
  Offences offences;
  for (const SourceFile& file : tree) {
    if (!file.path.ends_with(".md")) continue;
    auto check = [&](std::size_t index, const std::string& path) {
      if (!leadsSomewhere(tree, path)) offences.push_back(at(file, index, "no file " + path));
    };
    const auto folder = std::filesystem::path(file.path).parent_path();
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const std::string& path : matches(kLink, file.lines[i])) {
        check(i, (folder / path).lexically_normal().generic_string());
      }
      for (const std::string& path : matches(kSpan, file.lines[i])) {
        if (!contains(path, "NAME")) check(i, path);  // NAME is a placeholder.
      }
    }
  }
  return offences;
}

Offences repeatedVersions(const std::vector<SourceFile>& tree) {
  auto root = std::ranges::find(tree, "CMakeLists.txt", &SourceFile::path);
  if (root == tree.end()) return {"CMakeLists.txt:1: is missing"};
  std::string version;
  for (string_view line : root->lines) {
    constexpr string_view kKey = "project(pi VERSION ";
    if (!line.starts_with(kKey)) continue;
    line.remove_prefix(kKey.size());
    version = line.substr(0, line.find(' '));
  }
  if (version.empty()) return {at(*root, 0, "project(pi VERSION ...) is missing")};
  Offences offences;
  for (const SourceFile& file : tree) {
    if (&file == &*root || file.path == "CHANGELOG.md") continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (findWord(file.lines[i], version) == string_view::npos) continue;
      offences.push_back(at(file, i, "repeats the version number"));
    }
  }
  return offences;
}

}  // namespace pi::tidy
