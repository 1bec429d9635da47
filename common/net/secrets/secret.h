// Text whose memory is overwritten before it is freed, such as a key.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace pi::net {

// Overwrites the text and empties it.
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
  // The text.  Do not keep a copy.
  const std::string& reveal() const { return text_; }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

}  // namespace pi::net
