// The screen of a VT100, as far as ncurses uses one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pi::cluster {

class Vt100 {
 public:
  Vt100(std::size_t columns, std::size_t rows);

  // Takes output of a program.  A sequence may be cut anywhere.
  void take(const std::string& output);
  // Blank, with another size.
  void resize(std::size_t columns, std::size_t rows);

  // Without blanks at the ends of lines.
  std::vector<std::string> lines() const;
  std::string text() const;

 private:
  void put(const std::string& character);
  void control(char c);
  void escape(char c);
  void sequence(const std::string& parameters, char end);
  void erase(std::size_t row, std::size_t from, std::size_t to);
  void newLine();
  void scroll(std::size_t gone, std::size_t to);

  std::size_t columns_ = 0;
  std::size_t rows_ = 0;
  std::vector<std::vector<std::string>> cells_;
  std::size_t column_ = 0;
  std::size_t row_ = 0;
  std::size_t scrollTop_ = 0;  // The rows that scroll, the last one included.
  std::size_t scrollBottom_ = 0;
  std::string pending_;  // The beginning of a sequence or a character.
};

}  // namespace pi::cluster
