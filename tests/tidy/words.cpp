#include "tests/tidy/words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace pi::tidy {
namespace {

using std::string_view;

struct Phrase {
  string_view text;   // In lower case.
  string_view plain;  // What to write instead.
};

constexpr std::array kPhrases = {
    Phrase{"whoever", "name the people or the process"},
    Phrase{"whomever", "name the people or the process"},
    Phrase{"whatever comes", "name what may come"},
    Phrase{"nobody", "no one, no worker, no client"},
    Phrase{"anew", "again"},
    Phrase{"heed", "check, follow"},
    Phrase{"heeds", "checks, follows"},
    Phrase{"heeded", "checked, followed"},
    Phrase{"heeding", "checking, following"},
    Phrase{"everybody", "every user, all peers"},
    Phrase{"all the same", "nevertheless, anyway"},
    Phrase{"at the most", "at most"},
    Phrase{"give way", "yield, close, drop"},
    Phrase{"gives way", "yields, closes, drops"},
    Phrase{"gave way", "yielded, closed, dropped"},
    Phrase{"given way", "yielded, closed, dropped"},
    Phrase{"giving way", "yielding, closing, dropping"},
    Phrase{"for ever", "without end, forever"},
    Phrase{"told so", "name the message and its receiver"},
    Phrase{"of whom", "split the sentence"},
    Phrase{"as good as", "almost, or the exact condition"},
    Phrase{"save that", "except that"},
    Phrase{"likewise", "also, or repeat the words"},
    Phrase{"in the midst", "during"},
    Phrase{"by then", "before that, at that time"},
    Phrase{"no more", "no longer"},
    Phrase{"goes on", "continues"},
    Phrase{"went on", "continued"},
    Phrase{"somebody", "name the people or the process"},
    Phrase{"rightly", "correctly"},
    Phrase{"for want of", "without, because there is no"},
    Phrase{"he", "they for people, it for a process"},
    Phrase{"she", "they for people, it for a process"},
    Phrase{"his", "their for people, its for a process"},
    Phrase{"her", "their for people, its for a process"},
    Phrase{"himself", "themselves for people, itself for a process"},
    Phrase{"herself", "themselves for people, itself for a process"},
};

// A file as one line: line breaks, indentation and comment marks are one space.
struct Flat {
  std::string text;
  std::vector<std::size_t> lines;  // Of each character of `text`.
};

// The line without indentation, comment marks and the like in front.
string_view withoutMarks(string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t/#>*"), line.size()));
  return line;
}

Flat flattened(const SourceFile& file) {
  Flat flat;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    for (char c : withoutMarks(file.lines[i])) {
      flat.text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      flat.lines.push_back(i);
    }
    flat.text += ' ';
    flat.lines.push_back(i);
  }
  return flat;
}

// The file's text with C++ code replaced by spaces: comments and string literals are left.
std::vector<std::string> textOnly(const SourceFile& file) {
  std::vector<std::string> lines = file.lines;
  if (!isCpp(file)) return lines;
  const std::string code = codeOnly(file);
  std::size_t position = 0;
  for (std::string& line : lines) {
    for (char& c : line) {
      bool text = code[position++] == ' ' || c == '"';
      if (!text) c = ' ';
    }
    ++position;
  }
  return lines;
}

// Whether a sentence begins at `position`.
bool beginsSentence(const std::vector<std::string>& lines, std::size_t index,
                    std::size_t position) {
  string_view before = string_view(lines[index]).substr(0, position);
  auto last = before.find_last_not_of(" \t*-#>/");
  if (last != before.npos) {
    bool spaced = position > last + 1;
    return (spaced && contains(".!?:|", before.substr(last, 1))) || before[last] == '"';
  }
  bool marked = contains(before, "* ") || contains(before, "- ") || contains(before, "# ");
  if (marked || index == 0) return true;
  auto isComment = [](string_view line) {
    auto at = line.find_first_not_of(" \t");
    return at != line.npos && (line[at] == '#' || line.substr(at).starts_with("//"));
  };
  if (isComment(lines[index]) && !isComment(lines[index - 1])) return true;
  string_view previous = withoutMarks(lines[index - 1]);
  auto end = previous.find_last_not_of(" \t");
  return end == previous.npos || contains(".!?:", previous.substr(end, 1));
}

// Whether the sentence at `position` ends with a question mark.
bool asks(const std::vector<std::string>& lines, std::size_t index, std::size_t position) {
  for (std::size_t i = index; i < std::min(lines.size(), index + 4); ++i, position = 0) {
    auto end = lines[i].find_first_of("?.!|\"", position);
    if (end != std::string::npos) return lines[i][end] == '?';
  }
  return false;
}

// Whether "no more", with `rest` after it, stands for "no longer"; "no more input" and "no more
// than ten" are fine.
bool meansNoLonger(string_view rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (rest.empty() || !isWordCharacter(rest[0])) return true;
  string_view next = rest.substr(0, rest.find_first_of(" .,;:)"));
  constexpr std::array kWords = {"after", "and",  "if",   "in",    "once", "or",   "when",
                                 "kept",  "held", "lent", "known", "read", "sent", "there"};
  return next.ends_with("ed") || std::ranges::find(kWords, next) != kWords.end();
}

void addPhrases(const SourceFile& file, Offences& offences) {
  const Flat flat = flattened(file);
  for (const Phrase& phrase : kPhrases) {
    for (auto at = findWord(flat.text, phrase.text); at != flat.text.npos;
         at = findWord(flat.text, phrase.text, at + 1)) {
      string_view rest = string_view(flat.text).substr(at + phrase.text.size());
      if (phrase.text == "no more" && !meansNoLonger(rest)) continue;
      offences.push_back(
          tidy::at(file, flat.lines[at],
                   "\"" + std::string(phrase.text) + "\"; plainer: " + std::string(phrase.plain)));
    }
  }
}

void addBeginnings(const SourceFile& file, Offences& offences) {
  const std::vector<std::string> lines = textOnly(file);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (string_view word : {"Of", "What"}) {
      for (auto at = findWord(lines[i], word); at != string_view::npos;
           at = findWord(lines[i], word, at + 1)) {
        if (!beginsSentence(lines, i, at)) continue;
        if (word == "What" && asks(lines, i, at)) continue;
        offences.push_back(
            tidy::at(file, i, "a sentence begins with \"" + std::string(word) + "\""));
      }
    }
  }
}

// Headings such as "---- what the core does ----": "what" stands for a noun.
void addHeadings(const SourceFile& file, Offences& offences) {
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    string_view line = file.lines[i];
    bool isHeading = contains(line, "// ---- what ") || contains(line, "# ---- what ") ||
                     (file.path.ends_with(".md") && startsWithAny(line, {"# what ", "## what "}));
    if (isHeading) offences.push_back(tidy::at(file, i, "a heading begins with \"what\""));
  }
}

// Names of tests begin with a small letter: "what a worker reports is ..." has no subject.
void addTestNames(const SourceFile& file, Offences& offences) {
  const Flat flat = flattened(file);
  const string_view text = flat.text;
  for (string_view call :
       {"test_case(", "subcase(", "add_test(name", "test(", "describe(", "it("}) {
    for (auto at = text.find(call); at != text.npos; at = text.find(call, at + 1)) {
      if (at > 0 && isWordCharacter(text[at - 1])) continue;
      auto quote = text.find_first_not_of(' ', at + call.size());
      if (quote == text.npos || text[quote] != '"') continue;
      string_view name = text.substr(quote + 1);
      for (string_view word : {"of ", "what ", "who "}) {
        if (!name.starts_with(word)) continue;
        std::string quoted = "\"" + std::string(word.substr(0, word.size() - 1)) + "\"";
        offences.push_back(
            tidy::at(file, flat.lines[quote], "the name of a test begins with " + quoted));
      }
    }
  }
}

}  // namespace

Offences unplainWords(const SourceFile& file) {
  // This folder names the phrases, a corpus holds bytes, and the license is not ours to word.
  if (isInAny(file, {"tests/tidy", "tests/fuzz/corpus", "LICENSE"})) return {};
  Offences offences;
  addPhrases(file, offences);
  addBeginnings(file, offences);
  addHeadings(file, offences);
  addTestNames(file, offences);
  return offences;
}

}  // namespace pi::tidy
