// Shared by the tests of the tidy rules: the project's tree, and crafted files.
#pragma once

#include <string>
#include <vector>

#include "tests/tidy/source_tree.h"
#include "tests/tidy/text.h"

namespace pi::tidy {

using Rule = Offences (*)(const SourceFile&);

inline const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> kTree = readTree(PI_SOURCE_DIR);
  return kTree;
}

inline std::string joined(const Offences& offences) {
  std::string text;
  for (const Offence& offence : offences) text += "\n" + offence;
  return text;
}

// All offences against a rule in the whole tree, one per line; "" if there is none.
inline std::string offenders(Rule rule) {
  std::string text;
  for (const SourceFile& file : tree()) text += joined(rule(file));
  return text;
}

// The first offence in a crafted file, or "".
inline std::string offence(Rule rule, const std::string& path, const std::string& text) {
  Offences offences = rule(sourceFile(path, text));
  return offences.empty() ? "" : offences.front();
}

}  // namespace pi::tidy
