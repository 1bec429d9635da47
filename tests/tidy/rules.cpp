#include "tests/tidy/rules.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string_view>

namespace pi::tidy {
namespace {

using std::string_view;
using Names = std::vector<string_view>;

Offence at(const SourceFile& file, std::size_t index, const std::string& what) {
  return file.path + ":" + std::to_string(index + 1) + ": " + what;
}

// Says `what(line)` of each line of which it is not empty.
template <typename What>
Offences eachLine(const SourceFile& file, What what) {
  Offences offences;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    if (std::string said = what(file.lines[i]); !said.empty()) {
      offences.push_back(at(file, i, said));
    }
  }
  return offences;
}

bool contains(string_view text, string_view part) { return text.find(part) != text.npos; }

bool startsWithAny(string_view text, const Names& starts) {
  return std::ranges::any_of(starts, [text](auto start) { return text.starts_with(start); });
}

bool isInAny(const SourceFile& file, std::initializer_list<const char*> paths) {
  return std::ranges::any_of(paths, [&file](const char* path) { return isIn(file, path); });
}

// The programs themselves, and not the tests, benchmarks and tools around them.
bool isProduct(const SourceFile& file) {
  return isCpp(file) && isInAny(file, {"common", "scheduler", "worker", "client"});
}

bool isWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Where `word` stands alone in `text`, from `from` on; npos when nowhere.
std::size_t findWord(string_view text, string_view word, std::size_t from = 0) {
  for (auto at = text.find(word, from); at != text.npos; at = text.find(word, at + 1)) {
    bool begins = at == 0 || !isWordCharacter(text[at - 1]);
    auto end = at + word.size();
    if (begins && (end == text.size() || !isWordCharacter(text[end]))) return at;
  }
  return text.npos;
}

// What an #include line names, in its < > or " "; empty for every other line.
string_view includedBy(string_view line) {
  if (!line.starts_with("#include ")) return {};
  auto begin = line.find_first_of("<\"");
  auto end = begin == line.npos ? begin : line.find_first_of(">\"", begin + 1);
  return end == line.npos ? string_view{} : line.substr(begin, end + 1 - begin);
}

// A row of ARCHITECTURE.md's table of layers.
struct Layer {
  const char* folder;
  Names allowed;    // Besides the C++ standard library; empty allows all that is not forbidden.
  Names forbidden;  // Starts of what may not be included.
};

const Names kImpureHeaders = {"<thread>", "<mutex>",    "<shared_mutex>", "<condition_variable>",
                              "<future>", "<iostream>", "<fstream>"};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> kLayers = {
      {"common/base", {"\"common/base/"}, kImpureHeaders},
      {"common/model", {"\"common/base/", "\"common/model/", "\"pi_git_commit.h"}, kImpureHeaders},
      {"scheduler/core",
       {"\"common/base/", "\"common/model/", "\"scheduler/core/"},
       kImpureHeaders},
      {"worker/core", {"\"common/base/", "\"common/model/", "\"worker/core/"}, kImpureHeaders},
      {"worker/kernels",
       {"\"common/base/", "\"common/model/", "\"worker/kernels/", "<immintrin.h", "<arm_"},
       kImpureHeaders},
      {"common/wire",
       {"\"common/base/", "\"common/model/", "\"common/wire/", "\"proto/", "<capnp/", "<kj/"},
       kImpureHeaders},
      {"common/net", {}, {"\"scheduler/", "\"worker/", "\"client/"}},
      {"scheduler/store",
       {"\"common/base/", "\"common/model/", "\"scheduler/core/changes.h", "\"scheduler/store/",
        "<sqlite3.h", "<fcntl.h", "<unistd.h", "<sys/"},
       {"<iostream>", "<fstream>"}},
      {"scheduler/http", {}, {"\"scheduler/store/", "\"scheduler/session"}},
      {"scheduler", {}, {"\"worker/", "\"client/"}},
      {"worker", {}, {"\"scheduler/", "\"client/"}},
      {"", {}, {"<immintrin.h", "<arm_"}},
  };
  return kLayers;
}

bool allows(const Layer& layer, string_view included) {
  if (startsWithAny(included, layer.forbidden)) return false;
  bool standard = included.starts_with('<') && included.find_first_of("./") == included.npos;
  return standard || layer.allowed.empty() || startsWithAny(included, layer.allowed);
}

bool appliesTo(const Layer& layer, const SourceFile& file) {
  string_view folder = layer.folder;
  return folder.empty() ? !isIn(file, "worker/kernels") : isIn(file, layer.folder);
}

// Of UTF-8: every byte but those that continue a character.
std::size_t characters(string_view line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (c & '\xC0') != '\x80'; }));
}

std::size_t indentation(string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// The line on which the block ending at `end` began: the nearest one above, as little indented,
// that is neither blank nor a directive.  clang-format makes that true.
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

// True when one of `text`'s words, as CMake separates them, names `name` or its whole path.
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

}  // namespace

Offences brokenLayers(const SourceFile& file) {
  if (!isCpp(file)) return {};
  return eachLine(file, [&file](string_view line) -> std::string {
    string_view included = includedBy(line);
    if (included.empty()) return "";
    for (const Layer& layer : layers()) {
      if (appliesTo(layer, file) && !allows(layer, included)) {
        return "may not include " + std::string(included);
      }
    }
    return "";
  });
}

Offences clockReadings(const SourceFile& file) {
  if (!isProduct(file) || file.path == "common/net/loop/clock.cpp") return {};
  return eachLine(file, [](string_view line) {
    bool reads = contains(line, "_clock::now(") || contains(line, "clock_gettime(") ||
                 contains(line, "gettimeofday(");
    return std::string(reads ? "reads a clock; time is an argument, or comes from pi::net" : "");
  });
}

Offences strayOutput(const SourceFile& file) {
  // The client's job is to print; the scheduler announces where it is found.
  if (!isProduct(file) || isInAny(file, {"client", "scheduler/serve.cpp"})) return {};
  if (file.path.ends_with("/main.cpp")) return {};
  return eachLine(file, [](string_view line) {
    bool prints = contains(line, "std::cout") || findWord(line, "printf") != line.npos;
    return std::string(prints ? "writes to stdout" : "");
  });
}

Offences longLines(const SourceFile& file) {
  if (file.path.ends_with(".md")) return {};
  return eachLine(file, [](string_view line) {
    auto length = characters(line);
    return length <= kLineMax ? "" : "a line of " + std::to_string(length) + " characters";
  });
}

Offences longFunctions(const SourceFile& file) {
  if (!isCpp(file)) return {};
  Offences offences;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    string_view line = file.lines[i];
    // A function of a namespace, or one in a class; a longer block inside either shows as well.
    if (line != "}" && line != "  }") continue;
    std::size_t begin = blockBegin(file, i), length = i - begin + 1;
    if (length > kFunctionMax) {
      offences.push_back(at(file, begin, "a function of " + std::to_string(length) + " lines"));
    }
  }
  return offences;
}

Offences forbiddenWords(const SourceFile& file) {
  // This folder has to name them.
  if (isIn(file, "tests/tidy")) return {};
  return eachLine(file, [&file](string_view line) -> std::string {
    if (contains(line, "\t") && !isShellOrText(file)) return "a tab";
    for (string_view word : {"FIXME", "XXX"}) {
      if (findWord(line, word) != line.npos)
        return std::string(word) + " is not for the main branch";
    }
    auto todo = findWord(line, "TODO");
    bool kindless = todo != line.npos && !line.substr(todo + 4).starts_with('(');
    return kindless ? "a TODO says its kind: TODO(perf): ..." : "";
  });
}

Offences machinePaths(const SourceFile& file) {
  if (isIn(file, "tests/tidy")) return {};
  return eachLine(file, [](string_view line) -> std::string {
    for (string_view root : {"/work", "/root", "/home"}) {
      for (auto at = line.find(root); at != line.npos; at = line.find(root, at + 1)) {
        auto end = at + root.size();
        bool begins = at == 0 || contains(" \"'`=(:", line.substr(at - 1, 1));
        if (line.substr(at).starts_with("/home/someone")) continue;  // For examples.
        if (begins && (end == line.size() || !isWordCharacter(line[end]))) {
          return "names a folder of somebody's machine";
        }
      }
    }
    return "";
  });
}

Offences shapelessHeaders(const SourceFile& file) {
  if (!isHeader(file)) return {};
  auto code = std::ranges::find_if(file.lines, [](string_view l) { return !l.starts_with("//"); });
  if (code == file.lines.begin()) return {at(file, 0, "a header opens with what it is for")};
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

}  // namespace pi::tidy
