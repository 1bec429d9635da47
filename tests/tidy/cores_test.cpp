#include "tests/tidy/cores.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/tidy/testing.h"

namespace pi::tidy {
namespace {

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "int x;\n";
  return text;
}

std::string classWith(std::size_t methods) {
  std::string text = "class A {\n public:\n";
  for (std::size_t i = 0; i < methods; ++i) text += "  void f" + std::to_string(i) + "(int a);\n";
  return text + "};\n";
}

}  // namespace

TEST_CASE("a core's files are short, and its classes have few methods") {
  CHECK(offenders(largeCores) == "");

  CHECK(offence(largeCores, "scheduler/core/a.cpp", lines(350)).empty());
  CHECK(offence(largeCores, "scheduler/core/a.cpp", lines(351)) ==
        "scheduler/core/a.cpp:1: 351 lines");
  CHECK(offence(largeCores, "scheduler/a.cpp", lines(351)).empty());
  CHECK(offence(largeCores, "worker/core/a.h", classWith(20)).empty());
  CHECK(offence(largeCores, "worker/core/a.h", "\n" + classWith(21)) ==
        "worker/core/a.h:2: A has 21 methods");
}

TEST_CASE("a class's methods are its member functions, inline ones and overloads included") {
  std::vector<ClassSize> classes = classesIn(sourceFile("a.h", R"(
// A comment with f(x); in it.
class A : public B {
 public:
  explicit A(int x) : x_(x) { start(); }
  ~A();
  A(const A&) = delete;
  bool operator==(const A&) const = default;
  using Call = std::function<void(int)>;
  friend void swap(A& a, A& b);

  int size() const { return x_; }
  void on(const event::Joined& joined, Instant now);
  void on(const event::Left& left, Instant now);
  template <typename T>
  T as(T fallback = T(1)) const;
  std::vector<std::pair<int, int>> pairs() const;
  static A make();

 private:
  struct Part {
    int value = f(3);
    int twice() const { return 2 * value; }
  };
  int x_ = g(1);
  int y_{2};
  std::function<void(int)> call_;
  Part part_;
};
enum class E { kA };
)"));
  REQUIRE(classes.size() == 2);
  CHECK(classes[0].name == "A");
  CHECK(classes[0].line == 2);
  CHECK(classes[0].methods == std::vector<std::string>{"size", "on", "on", "as", "pairs", "make"});
  CHECK(classes[1].name == "Part");
  CHECK(classes[1].methods == std::vector<std::string>{"twice"});
}

}  // namespace pi::tidy
