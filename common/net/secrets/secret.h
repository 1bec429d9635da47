// Text that nobody else may see: wiped before its memory is given back.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace pi::net {

// Overwrites the text, and empties it.
void wipe(std::string& text);

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : text_(text) {}
  Secret(const Secret& other) = default;
  Secret(Secret&& other) noexcept { text_.swap(other.text_); }
  Secret& operator=(Secret other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~Secret() { wipe(text_); }

  bool empty() const { return text_.empty(); }
  // For those who need it just now; keep no copy.
  const std::string& reveal() const { return text_; }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

}  // namespace pi::net
