#include "tests/cluster/vt100.h"

#include <algorithm>
#include <sstream>

namespace pi::cluster {
namespace {

constexpr char kEscape = '\x1b';

// The bytes of a character that begins with this one.
std::size_t bytesOf(char first) {
  auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xF0) return 4;
  if (byte >= 0xE0) return 3;
  return byte >= 0xC0 ? 2 : 1;
}

bool isEndOfSequence(char c) { return c >= '@' && c <= '~' && c != '['; }

}  // namespace

Vt100::Vt100(std::size_t columns, std::size_t rows) { resize(columns, rows); }

void Vt100::resize(std::size_t columns, std::size_t rows) {
  columns_ = columns;
  rows_ = rows;
  cells_.assign(rows, std::vector<std::string>(columns, " "));
  column_ = row_ = 0;
  scrollTop_ = 0;
  scrollBottom_ = rows - 1;
}

void Vt100::take(const std::string& output) {
  for (char c : output) {
    if (pending_.empty() && c != kEscape && static_cast<unsigned char>(c) < 0xC0) {
      static_cast<unsigned char>(c) < ' ' ? control(c) : put(std::string(1, c));
      continue;
    }
    pending_ += c;
    bool isSequence = pending_.front() == kEscape;
    if (!isSequence && pending_.size() == bytesOf(pending_.front())) {
      put(pending_);
    } else if (!isSequence || pending_.size() == 1) {
      continue;
    } else if (pending_[1] == '[') {
      if (!isEndOfSequence(c)) continue;
      sequence(pending_.substr(2, pending_.size() - 3), c);
    } else if (pending_[1] == '(' || pending_[1] == ')') {  // A character set.
      if (pending_.size() < 3) continue;
    } else {
      escape(pending_[1]);
    }
    pending_.clear();
  }
}

void Vt100::put(const std::string& character) {
  if (column_ == columns_) {  // The last column holds the cursor back until more comes.
    column_ = 0;
    newLine();
  }
  cells_[row_][column_++] = character;
}

void Vt100::control(char c) {
  if (c == '\r') column_ = 0;
  if (c == '\n') newLine();
  if (c == '\b' && column_ > 0) --column_;
  if (c == '\t') column_ = std::min((column_ / 8 + 1) * 8, columns_ - 1);
}

void Vt100::newLine() {
  if (row_ == scrollBottom_) {
    scroll(scrollTop_, scrollBottom_);
  } else if (row_ + 1 < rows_) {
    ++row_;
  }
}

// The row `gone` disappears, those between move, and an empty one comes at `to`.
void Vt100::scroll(std::size_t gone, std::size_t to) {
  cells_.erase(cells_.begin() + static_cast<std::ptrdiff_t>(gone));
  cells_.insert(cells_.begin() + static_cast<std::ptrdiff_t>(to),
                std::vector<std::string>(columns_, " "));
}

void Vt100::escape(char c) {
  if (c != 'M') return;
  if (row_ == scrollTop_) {
    scroll(scrollBottom_, scrollTop_);
  } else if (row_ > 0) {
    --row_;
  }
}

void Vt100::sequence(const std::string& parameters, char end) {
  std::vector<std::size_t> numbers;
  std::istringstream words(parameters);
  for (std::string word; std::getline(words, word, ';');) {
    numbers.push_back(word.empty() || word.front() == '?' ? 0 : std::stoul(word));
  }
  std::size_t first = numbers.empty() ? 0 : numbers[0];
  std::size_t count = std::max<std::size_t>(first, 1);
  if (end == 'A') row_ -= std::min(row_, count);
  if (end == 'B') row_ = std::min(row_ + count, rows_ - 1);
  if (end == 'C') column_ = std::min(column_ + count, columns_ - 1);
  if (end == 'D') column_ -= std::min(column_, count);
  if (end == 'H') {
    row_ = std::min(count, rows_) - 1;
    column_ = std::min(std::max<std::size_t>(numbers.size() < 2 ? 1 : numbers[1], 1), columns_) - 1;
  }
  if (end == 'r') {  // The rows that scroll.
    scrollTop_ = std::min(count, rows_) - 1;
    scrollBottom_ = std::min(numbers.size() < 2 ? rows_ : numbers[1], rows_) - 1;
    column_ = row_ = 0;
  }
  if (end == 'K') first == 1 ? erase(row_, 0, column_ + 1) : erase(row_, column_, columns_);
  if (end == 'J') {
    erase(row_, first == 2 ? 0 : column_, columns_);
    for (std::size_t row = first == 2 ? 0 : row_ + 1; row < rows_; ++row) erase(row, 0, columns_);
  }
}

void Vt100::erase(std::size_t row, std::size_t from, std::size_t to) {
  for (std::size_t column = from; column < std::min(to, columns_); ++column) {
    cells_[row][column] = " ";
  }
}

std::vector<std::string> Vt100::lines() const {
  std::vector<std::string> lines;
  for (const auto& row : cells_) {
    std::string line;
    for (const std::string& cell : row) line += cell;
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(line);
  }
  return lines;
}

std::string Vt100::text() const {
  std::string text;
  for (const std::string& line : lines()) text += line + "\n";
  return text;
}

}  // namespace pi::cluster
