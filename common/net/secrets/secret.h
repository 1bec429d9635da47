// Text whose memory is overwritten before it is freed, such as a key.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace pi::net {

// Overwrites the text and empties it.
void wipe(std::string& text);

// Memory for secrets: in the locked pages of keepMemoryPrivate() while there is room in them, and
// overwritten before it is freed in any case.
void* allocateSecret(std::size_t bytes);
void freeSecret(void* memory, std::size_t bytes) noexcept;

template <typename T>
struct SecretAllocator {
  using value_type = T;
  SecretAllocator() = default;
  template <typename U>
  explicit SecretAllocator(const SecretAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return static_cast<T*>(allocateSecret(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { freeSecret(memory, count * sizeof(T)); }
  bool operator==(const SecretAllocator&) const = default;
};

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
  ~Secret();

  bool empty() const { return text_.empty(); }
  // The text.  Do not keep a copy.
  std::string_view reveal() const { return text_; }
  bool operator==(const Secret&) const = default;

 private:
  std::basic_string<char, std::char_traits<char>, SecretAllocator<char>> text_;
};

}  // namespace pi::net
