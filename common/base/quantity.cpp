#include "common/base/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>

#include "common/base/printable.h"

namespace pi {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kDigits = "0123456789";
constexpr std::uint64_t kUint64Max = std::numeric_limits<std::uint64_t>::max();

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// Removes the leading digits from `text`; returns them without the underscores between them.
std::string takeDigits(std::string_view& text) {
  std::string digits;
  while (!text.empty()) {
    bool joins = text[0] == '_' && !digits.empty() && text.size() > 1 && isDigit(text[1]);
    if (joins) text.remove_prefix(1);
    if (!isDigit(text[0])) break;
    digits += text[0];
    text.remove_prefix(1);
  }
  return digits;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// digits * 10^exponent.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

// Larger than the exponent of any valid number.  Clamping to it keeps sums from overflowing.
constexpr int kExponentMax = 10'000;

std::optional<int> takeExponent(std::string_view& text) {
  bool negative = take(text, "-");
  if (!negative) take(text, "+");
  std::string digits = takeDigits(text);
  if (digits.empty()) return std::nullopt;
  int exponent = kExponentMax;
  // A number that is out of range leaves kExponentMax in place.
  std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  exponent = std::min(exponent, kExponentMax);
  return negative ? -exponent : exponent;
}

int takeSuffix(std::string_view& text) {
  if (take(text, "k") || take(text, "K")) return 3;
  if (take(text, "M")) return 6;
  if (take(text, "G")) return 9;
  if (take(text, "T")) return 12;
  return 0;
}

// Reads a number in one of the forms of parseCount; nullopt if `text` is anything else.
std::optional<Decimal> readDecimal(std::string_view text) {
  Decimal decimal{.digits = takeDigits(text)};
  if (take(text, ".")) {
    std::string fraction = takeDigits(text);
    if (decimal.digits.empty() || fraction.empty()) return std::nullopt;
    decimal.digits += fraction;
    decimal.exponent = -static_cast<int>(std::min<std::size_t>(fraction.size(), kExponentMax));
  }
  if (decimal.digits.empty()) return std::nullopt;
  if (take(text, "e") || take(text, "E")) {
    std::optional<int> exponent = takeExponent(text);
    if (!exponent) return std::nullopt;
    decimal.exponent += *exponent;
  }
  decimal.exponent += takeSuffix(text);
  if (!text.empty()) return std::nullopt;
  return decimal;
}

enum class Fault { kNone, kNotWhole, kTooLarge };

struct Whole {
  std::uint64_t value = 0;
  Fault fault = Fault::kNone;
};

// Reads a whole number exactly.
Whole readWhole(std::string_view text) {
  std::optional<Decimal> decimal = readDecimal(text);
  if (!decimal) return {.fault = Fault::kNotWhole};
  std::string& digits = decimal->digits;
  digits.erase(0, digits.find_first_not_of('0'));
  while (!digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++decimal->exponent;
  }
  if (digits.empty()) return {};
  if (decimal->exponent < 0) return {.fault = Fault::kNotWhole};
  if (digits.size() + static_cast<std::size_t>(decimal->exponent) > 20) {
    return {.fault = Fault::kTooLarge};
  }
  digits.append(static_cast<std::size_t>(decimal->exponent), '0');
  Whole whole;
  auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), whole.value);
  if (fault != std::errc{}) whole.fault = Fault::kTooLarge;
  return whole;
}

// A unit of time and its spelling.
struct Unit {
  std::string_view name;
  Duration length;
};
// The first match is taken, so "ms" comes before "m".
constexpr std::array kUnits{Unit{"d", 24h},  Unit{"h", 1h}, Unit{"ms", 1ms},
                            Unit{"m", 1min}, Unit{"s", 1s}, Unit{"us", 1us}};
constexpr Duration kDurationMax = 36'500 * Duration(24h);

// "whole.fraction" times `unit`, rounded down to nanoseconds; nullopt if above kDurationMax.
std::optional<Duration> times(std::string_view whole, std::string_view fraction, Duration unit) {
  std::int64_t count = 0;
  auto [end, fault] = std::from_chars(whole.data(), whole.data() + whole.size(), count);
  if (fault != std::errc{} || count > kDurationMax / unit) return std::nullopt;
  Duration sum = count * unit;
  for (char digit : fraction) {
    unit /= 10;
    sum += (digit - '0') * unit;
  }
  return sum <= kDurationMax ? std::optional(sum) : std::nullopt;
}

enum class Reading { kDone, kUnreadable, kTooLong };

// "1h30m", "2.5s", "90".
Reading readUnits(std::string_view text, Duration& sum) {
  Duration last = Duration::max();
  do {
    std::string whole = takeDigits(text);
    std::string fraction;
    if (whole.empty()) return Reading::kUnreadable;
    if (take(text, ".")) {
      fraction = takeDigits(text);
      if (fraction.empty()) return Reading::kUnreadable;
    }
    Duration unit = 1s;  // A number without any unit is in seconds.
    bool plain = text.empty() && last == Duration::max();
    if (!plain) {
      const auto* found = std::find_if(kUnits.begin(), kUnits.end(),
                                       [&](Unit each) { return take(text, each.name); });
      if (found == kUnits.end() || found->length >= last) return Reading::kUnreadable;
      unit = found->length;
    }
    last = unit;
    std::optional<Duration> part = times(whole, fraction, unit);
    if (!part || sum + *part > kDurationMax) return Reading::kTooLong;
    sum += *part;
  } while (!text.empty());
  return Reading::kDone;
}

// "[D-][HH:]MM:SS", as batch systems write a time limit.
Reading readClock(std::string_view text, Duration& sum) {
  std::size_t dash = text.find('-');
  std::size_t colons = static_cast<std::size_t>(std::count(text.begin(), text.end(), ':'));
  bool hasDays = dash != std::string_view::npos;
  if (colons > 2 || (hasDays && colons != 2)) return Reading::kUnreadable;
  if (hasDays) {
    std::optional<Duration> days = times(text.substr(0, dash), "", 24h);
    if (dash == 0 || text.substr(0, dash).find_first_not_of(kDigits) != std::string_view::npos) {
      return Reading::kUnreadable;
    }
    if (!days) return Reading::kTooLong;
    sum = *days;
    text.remove_prefix(dash + 1);
  }
  bool first = !hasDays;  // The first field may exceed 59.
  for (Duration unit = colons == 2 ? Duration(1h) : Duration(1min); unit >= 1s; unit /= 60) {
    std::string_view field = text.substr(0, text.find(':'));
    text.remove_prefix(std::min(text.size(), field.size() + 1));
    if (field.empty() || field.find_first_not_of(kDigits) != std::string_view::npos) {
      return Reading::kUnreadable;
    }
    if (!first && field.size() > 2) return Reading::kUnreadable;
    std::optional<Duration> part = times(field, "", unit);
    if (!part || sum + *part > kDurationMax) return Reading::kTooLong;
    if (!first && *part >= (unit == 1h ? 24 : 60) * unit) return Reading::kUnreadable;
    sum += *part;
    first = false;
  }
  return Reading::kDone;
}

std::string format(const char* pattern, auto... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

}  // namespace

Parsed<std::uint64_t> parseCount(std::string_view text, std::string_view things) {
  Whole whole = readWhole(text);
  if (whole.fault == Fault::kTooLarge || whole.value >= kCountEnd) {
    return {.error = quoted(text) + " is too large; the maximum is 9223372036854775807"};
  }
  if (whole.fault == Fault::kNotWhole) {
    return {.error = quoted(text) + " is not a whole number of " + std::string(things) +
                     "; write for example 1000, 1e9 or 10M"};
  }
  if (whole.value == 0) return {.error = quoted(text) + " is too small; the minimum is 1"};
  return {.value = whole.value};
}

Parsed<std::uint64_t> parseSeed(std::string_view text) {
  Whole whole = readWhole(text);
  if (whole.fault == Fault::kNone) return {.value = whole.value};
  return {.error = quoted(text) + " is not a seed; write a whole number from 0 to " +
                   std::to_string(kUint64Max)};
}

Parsed<std::uint64_t> parseWhole(std::string_view text, std::uint64_t low, std::uint64_t high) {
  std::uint64_t value = 0;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool read = fault == std::errc{} && end == text.data() + text.size();
  if (read && low <= value && value <= high) return {.value = value};
  return {.error = quoted(text) + " is not valid; write a whole number from " +
                   std::to_string(low) + " to " + std::to_string(high)};
}

Parsed<std::int32_t> parsePriority(std::string_view text) {
  std::int32_t value = 0;
  std::string_view number = text;
  if (number.starts_with('+') && !number.starts_with("+-")) number.remove_prefix(1);
  auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (fault == std::errc{} && end == number.data() + number.size()) return {.value = value};
  return {.error = quoted(text) +
                   " is not a priority; write a whole number such as 5 or -5, from " +
                   std::to_string(std::numeric_limits<std::int32_t>::min()) + " to " +
                   std::to_string(std::numeric_limits<std::int32_t>::max())};
}

Parsed<Duration> parseDuration(std::string_view text) {
  Duration sum{};
  bool isClock = text.find(':') != std::string_view::npos;
  Reading reading = isClock ? readClock(text, sum) : readUnits(text, sum);
  if (reading == Reading::kTooLong) {
    return {.error = quoted(text) + " is too long; the maximum is 36500d"};
  }
  if (reading == Reading::kUnreadable) {
    return {.error = quoted(text) + " is not a duration; write for example 90s, 1h30m or 01:30:00"};
  }
  // Zero often means "no limit", so a duration that would be rounded down to zero is refused.
  if (sum == Duration{} && text.find_first_of("123456789") != std::string_view::npos) {
    return {.error = quoted(text) + " is too short; the minimum is 0.001us"};
  }
  return {.value = sum};
}

std::string countText(std::uint64_t count) {
  std::string digits = std::to_string(count);
  std::size_t significant = digits.find_last_not_of('0') + 1;
  if (count >= 1'000'000 && significant <= 3) {
    std::string text = digits.substr(0, 1);
    if (significant > 1) text += "." + digits.substr(1, significant - 1);
    return text + "e" + std::to_string(digits.size() - 1);
  }
  for (std::size_t left = digits.size(); left > 3; left -= 3) digits.insert(left - 3, 1, '_');
  return digits;
}

std::string countText(std::uint64_t count, std::string_view thing) {
  return countText(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

std::string rateText(std::uint64_t samplesPerSecond) {
  if (samplesPerSecond < 1000) return std::to_string(samplesPerSecond) + " samples/s";
  constexpr std::string_view kPrefixes = " kMGTPE";
  double scaled = static_cast<double>(samplesPerSecond);
  std::size_t prefix = 0;
  // A rate that would print as 1000 gets the next prefix.
  for (; scaled >= 999.5; ++prefix) scaled /= 1000;
  int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
  return format("%.*f %c samples/s", decimals, scaled, kPrefixes[prefix]);
}

std::string durationText(Duration duration) {
  using Count = long long;
  duration = std::max(duration, Duration{});
  auto whole = [&](Duration unit) -> Count {
    return duration / unit + (duration % unit >= unit / 2 ? 1 : 0);
  };
  if (duration == Duration{}) return "0 s";
  if (whole(1us) < 1000) return format("%lld us", whole(1us));
  if (whole(1ms) < 1000) return format("%lld ms", whole(1ms));
  if (whole(100ms) < 100) return format("%lld.%lld s", whole(100ms) / 10, whole(100ms) % 10);
  if (Count all = whole(1s); all < 60) return format("%lld s", all);
  if (Count all = whole(1s); all < 3600) return format("%lldm %02llds", all / 60, all % 60);
  if (Count all = whole(1min); all < 1440) return format("%lldh %02lldm", all / 60, all % 60);
  return format("%lldd %02lldh", whole(1h) / 24, whole(1h) % 24);
}

}  // namespace pi
