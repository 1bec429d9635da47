#include "tests/tidy/limits.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <regex>
#include <set>
#include <span>
#include <stdexcept>
#include <string_view>

namespace pi::tidy {
namespace {

using std::string_view;

struct Unit {
  string_view name;
  Value factor;
};

constexpr Value kKibi = 1024;
constexpr Unit kTextUnits[] = {
    {"KiB", kKibi},
    {"MiB", kKibi* kKibi},
    {"GiB", kKibi* kKibi* kKibi},
    {"Ki", kKibi},
    {"Mi", kKibi* kKibi},
    {"ms", 1e-3},
    {"us", 1e-6},
    {"s", 1},
    {"min", 60},
    {"h", 3600},
};
constexpr Unit kDurations[] = {
    {"hours", 3600},        {"h", 3600},    {"minutes", 60},        {"min", 60},
    {"seconds", 1},         {"s", 1},       {"milliseconds", 1e-3}, {"ms", 1e-3},
    {"MINUTES", 60},        {"SECONDS", 1}, {"microseconds", 1e-6}, {"us", 1e-6},
    {"MILLISECONDS", 1e-3},
};

const Unit* unitNamed(std::span<const Unit> units, string_view name) {
  auto found = std::ranges::find(units, name, &Unit::name);
  return found == units.end() ? nullptr : &*found;
}

std::vector<std::string> cellsOf(const std::string& row) {
  std::vector<std::string> cells;
  std::string cell;
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row[i] == '|') {
      cells.push_back(cell);
      cell.clear();
    } else {
      cell += row[i];
    }
  }
  return cells;
}

// Recursive descent over the grammar that limits.h describes.
class Expression {
 public:
  Expression(string_view text, const Constants& constants, int depth)
      : text_(text), constants_(constants), depth_(depth) {}

  Value value() {
    Value result = shift();
    if (peek() != '\0') refuse();
    return result;
  }

 private:
  [[noreturn]] void refuse() const {
    throw std::invalid_argument("cannot evaluate \"" + std::string(text_) + "\"");
  }

  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take(string_view token) {
    peek();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Value shift() {
    Value result = sum();
    while (take("<<")) result *= std::pow(2, sum());
    return result;
  }

  Value sum() {
    Value result = product();
    while (true) {
      if (take("+"))
        result += product();
      else if (take("-"))
        result -= product();
      else
        return result;
    }
  }

  Value product() {
    Value result = operand();
    while (true) {
      if (take("*"))
        result *= operand();
      else if (take("/"))
        result /= operand();
      else
        return result;
    }
  }

  Value operand() {
    char c = peek();
    if (c == '(' || c == '{') {
      ++at_;
      Value result = shift();
      if (!take(c == '(' ? ")" : "}")) refuse();
      return result;
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return number();
    if (isWordCharacter(c)) return named();
    refuse();
  }

  Value number() {
    std::string digits;
    while (at_ < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '\'' || text_[at_] == '.' || text_[at_] == 'e')) {
      if (text_[at_] != '\'') digits += text_[at_];
      ++at_;
    }
    string_view suffix = word();
    Value result = std::stod(digits);
    if (suffix.empty() || suffix.find_first_not_of("uUlLzZ") == suffix.npos) return result;
    const Unit* unit = unitNamed(kDurations, suffix);
    if (unit == nullptr) refuse();
    return result * unit->factor;
  }

  string_view word() {
    std::size_t begin = at_;
    while (at_ < text_.size() && isWordCharacter(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // A constant, a unit such as kj::SECONDS, or a type whose value follows in brackets.
  Value named() {
    string_view name = word();
    while (take("::")) name = word();
    if (peek() == '{' || peek() == '(') {
      const Unit* unit = unitNamed(kDurations, name);
      bool integer = name.ends_with("_t") || name == "Duration";
      if (unit == nullptr && !integer) refuse();
      return operand() * (unit == nullptr ? 1 : unit->factor);
    }
    if (const Unit* unit = unitNamed(kDurations, name)) return unit->factor;
    auto found = constants_.find(std::string(name));
    if (found == constants_.end() || depth_ > 8) refuse();
    return Expression(found->second.expression, constants_, depth_ + 1).value();
  }

  string_view text_;
  const Constants& constants_;
  int depth_;
  std::size_t at_ = 0;
};

bool isProductHeader(const SourceFile& file) {
  return isHeader(file) && isInAny(file, {"common", "scheduler", "worker", "client"});
}

// Whether the file reads what a peer sends: its limits are nowhere but in a limits.h.
bool readsPeers(const SourceFile& file) {
  return isCpp(file) &&
         isInAny(file, {"common/net", "common/wire", "scheduler/core", "scheduler/http",
                        "scheduler/live", "scheduler/rpc", "scheduler/service", "worker/core"});
}

std::string shown(Value value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

bool isLimitsHeader(const std::string& path) { return path.ends_with("/limits.h"); }

// The sentence on what is wrong with one constant of a row, or "".
std::string wrongConstant(const std::string& name, Value written, const LimitRow& row,
                          const Constants& constants) {
  auto [first, last] = constants.equal_range(name);
  if (first == last) return "no header defines " + name;
  auto isNamed = [&](const Constants::value_type& each) {
    const std::string& file = each.second.file;
    return isLimitsHeader(file) || std::ranges::find(row.headers, file) != row.headers.end();
  };
  if (std::none_of(first, last, isNamed)) return "name the header: " + first->second.file;
  for (auto each = first; each != last; ++each) {
    try {
      Value value = valueOf(each->second.expression, constants);
      if (std::abs(value - written) <= 1e-9 * std::abs(value)) continue;
      return name + " is " + shown(value) + " in " + each->second.file + ", " + shown(written) +
             " here";
    } catch (const std::invalid_argument& error) {
      return name + " in " + each->second.file + ": " + error.what();
    }
  }
  return "";
}

// The whole comment that ends above the line, joined by spaces.
std::string commentAbove(const SourceFile& file, std::size_t line) {
  std::string comment;
  for (; line > 0 && file.lines[line - 1].starts_with("// "); --line) {
    comment = file.lines[line - 1].substr(3) + " " + comment;
  }
  return comment;
}

bool isExempt(const SourceFile& file, const Constant& constant) {
  return contains(commentAbove(file, constant.line), "Not in SECURITY.md: ");
}

// Whether a constant for the whole program has the name of a limit.
bool looksLikeLimit(const SourceFile& file, const std::string& name, const Constant& constant) {
  static const std::regex kName("k[A-Z]\\w*(Max|Min|Most|Least|Limit|Kept|Timeout|Divisor)");
  bool isLocal = file.lines[constant.line].starts_with(' ');  // To a function, class or file.
  return !isLocal && std::regex_match(name, kName);
}

// The constants and fields that the file gives a value.
Constants definitionsIn(const SourceFile& file) {
  static const std::regex kDefinition(
      R"((\w+)\s*(?:=\s*([^;{}=]+(?:\{[^;{}]*\}[^;{}]*)*)|(\{[^;{}]+\}));)");
  Constants constants;
  const std::string code = codeOnly(file);
  for (std::sregex_iterator i(code.begin(), code.end(), kDefinition); i != std::sregex_iterator{};
       ++i) {
    auto line = std::count(code.begin(), code.begin() + i->position(0), '\n');
    constants.emplace((*i)[1], Constant{file.path, static_cast<std::size_t>(line),
                                        (*i)[2].matched ? (*i)[2].str() : (*i)[3].str()});
  }
  return constants;
}

}  // namespace

std::vector<Value> valuesIn(const std::string& text) {
  static const std::regex kNumber(
      R"((\d[\d,]*(?:\.\d+)?)(?:\^(\d+))?(?: ?(KiB|MiB|GiB|Ki|Mi|ms|us|min|s|h)\b)?)");
  std::vector<Value> values;
  for (std::sregex_iterator i(text.begin(), text.end(), kNumber); i != std::sregex_iterator{};
       ++i) {
    std::string digits = (*i)[1];
    std::erase(digits, ',');
    Value value = std::stod(digits);
    if ((*i)[2].matched) value = std::pow(value, std::stod((*i)[2]));
    if ((*i)[3].matched) value *= unitNamed(kTextUnits, (*i)[3].str())->factor;
    values.push_back(value);
  }
  return values;
}

std::vector<LimitRow> limitRows(const SourceFile& security) {
  static const std::regex kName("`(?:(?:\\w+::)*(\\w+)|([\\w/]+\\.h))`");
  std::vector<LimitRow> rows;
  bool inTable = false;
  for (std::size_t i = 0; i < security.lines.size(); ++i) {
    const std::string& line = security.lines[i];
    std::vector<std::string> cells = cellsOf(line);
    inTable = line.starts_with('|') && (inTable || cells.back() == " constant ");
    if (!inTable || cells.size() != 4 || cells[0] == " limit " || cells[0] == "---") continue;
    LimitRow row{i, cells[1], valuesIn(cells[1]), {}, {}};
    const std::string& names = cells[3];
    for (std::sregex_iterator name(names.begin(), names.end(), kName);
         name != std::sregex_iterator{}; ++name) {
      if ((*name)[1].matched)
        row.constants.push_back((*name)[1]);
      else
        row.headers.push_back((*name)[2]);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Constants constantsIn(const std::vector<SourceFile>& tree) {
  Constants constants;
  for (const SourceFile& file : tree) {
    if (isProductHeader(file)) constants.merge(definitionsIn(file));
  }
  return constants;
}

Value valueOf(const std::string& expression, const Constants& constants) {
  return Expression(expression, constants, 0).value();
}

Offences wrongLimits(const std::vector<SourceFile>& tree) {
  auto security = std::ranges::find(tree, "SECURITY.md", &SourceFile::path);
  if (security == tree.end()) return {"SECURITY.md:1: is missing"};
  const Constants constants = constantsIn(tree);
  const std::vector<LimitRow> rows = limitRows(*security);
  Offences offences;
  for (const LimitRow& row : rows) {
    if (row.constants.empty()) {
      offences.push_back(at(*security, row.line, "names no constant"));
      continue;
    }
    if (row.constants.size() != row.values.size()) {
      offences.push_back(at(*security, row.line,
                            std::to_string(row.values.size()) + " numbers, but " +
                                std::to_string(row.constants.size()) + " constants"));
      continue;
    }
    for (std::size_t i = 0; i < row.constants.size(); ++i) {
      std::string wrong = wrongConstant(row.constants[i], row.values[i], row, constants);
      if (!wrong.empty()) offences.push_back(at(*security, row.line, wrong));
    }
  }
  if (rows.empty()) offences.push_back(at(*security, 0, "has no table of limits"));
  return offences;
}

Offences unlistedLimits(const std::vector<SourceFile>& tree) {
  std::set<std::string> listed;
  for (const SourceFile& file : tree) {
    if (file.path != "SECURITY.md") continue;
    for (const LimitRow& row : limitRows(file)) {
      listed.insert(row.constants.begin(), row.constants.end());
    }
  }
  Offences offences;
  for (const SourceFile& file : tree) {
    if (!isProductHeader(file) && !readsPeers(file)) continue;
    for (const auto& [name, constant] : definitionsIn(file)) {
      if (isExempt(file, constant)) continue;
      if (isLimitsHeader(file.path)) {
        if (listed.contains(name)) continue;
        offences.push_back(at(file, constant.line, name + " has no row in SECURITY.md"));
      } else if (looksLikeLimit(file, name, constant)) {
        offences.push_back(at(file, constant.line, name + " belongs into a limits.h"));
      }
    }
  }
  return offences;
}

}  // namespace pi::tidy
