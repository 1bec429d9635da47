#include "scheduler/allocation/text/shell_words.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/printable.h"

namespace pi::allocation {
namespace {

bool isSpace(char c) { return c == ' ' || c == '\t'; }

// Inside of double quotes a backslash has a meaning only in front of these.
bool isSpecialInQuotes(char c) { return c == '"' || c == '\\' || c == '$' || c == '`'; }

bool isPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("%+,-./:=@_").find(c) != std::string_view::npos;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  Parsed<std::vector<std::string>> split() {
    while (at_ < text_.size() && error_.empty()) readCharacter();
    if (error_.empty()) endWord();
    if (!error_.empty()) return {.error = error_};
    return {.value = std::move(words_)};
  }

 private:
  void readCharacter() {
    char c = text_[at_++];
    if (isSpace(c)) return endWord();
    if (!word_) word_.emplace();
    if (c == '\'') return readSingleQuoted();
    if (c == '"') return readDoubleQuoted();
    if (c == '\\') return readEscaped();
    add(c);
  }

  void readSingleQuoted() {
    auto end = text_.find('\'', at_);
    if (end == text_.npos) return failOpen('\'');
    *word_ += text_.substr(at_, end - at_);
    at_ = end + 1;
  }

  void readDoubleQuoted() {
    while (at_ < text_.size()) {
      char c = text_[at_++];
      if (c == '"') return;
      bool isEscape = c == '\\' && at_ < text_.size() && isSpecialInQuotes(text_[at_]);
      if (isEscape) {
        *word_ += text_[at_++];
      } else {
        add(c);
      }
    }
    failOpen('"');
  }

  void readEscaped() {
    if (at_ == text_.size()) return fail("ends with a backslash; write \\\\ for a backslash");
    *word_ += text_[at_++];
  }

  // A character that a shell might replace.
  void add(char c) {
    if (c == '$' || c == '`') {
      fail(std::string("has a ") + c + ", and no shell reads it; write the value itself, or \\" +
           c + " for the character");
    }
    *word_ += c;
  }

  void endWord() {
    if (word_) words_.push_back(*std::exchange(word_, std::nullopt));
  }

  void failOpen(char quote) { fail(std::string("has a ") + quote + " without its end; add one"); }

  void fail(const std::string& what) {
    if (error_.empty()) error_ = quoted(text_) + " " + what;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<std::string> word_;  // The word that is being read: '' is one, too.
  std::vector<std::string> words_;
  std::string error_;
};

}  // namespace

Parsed<std::vector<std::string>> shellWords(std::string_view text) {
  return Splitter(text).split();
}

std::string shellQuoted(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, isPlain)) return std::string(word);
  std::string text = "'";
  for (char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

std::string shellText(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += shellQuoted(word);
  }
  return text;
}

}  // namespace pi::allocation
