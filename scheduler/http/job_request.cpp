#include "scheduler/http/job_request.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "common/base/printable.h"
#include "common/model/block.h"
#include "common/model/limits.h"
#include "common/model/target.h"
#include "common/wire/limits.h"
#include "scheduler/limits.h"

namespace pi::scheduler::http {
namespace {

using nlohmann::json;

// Why a body is refused, in one sentence.
class Wrong : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// An object with known fields only.
class Body {
 public:
  Body(std::string_view text, std::initializer_list<std::string_view> fields)
      : document_(parsed(text)) {
    if (!document_.is_object()) {
      throw Wrong("the body is not a JSON object; send one such as {\"samples\": 1000000}");
    }
    for (const auto& [name, value] : document_.items()) {
      if (std::ranges::find(fields, name) == fields.end()) {
        throw Wrong("there is no field " + pi::quoted(name) + " here; leave it out");
      }
    }
  }

  // A repeated field is refused: the library would take the last one.
  static json parsed(std::string_view text) {
    std::set<std::string> names;
    auto note = [&names](int depth, json::parse_event_t event, const json& value) {
      if (event != json::parse_event_t::key || depth != 1) return true;
      auto name = value.get<std::string>();
      if (names.insert(name).second) return true;
      throw Wrong(pi::quoted(name) + " is there twice; write it once");
    };
    return json::parse(text, note, false);
  }

  bool has(const char* field) const { return document_.contains(field); }

  // A whole number in [low, high]; the library would convert others.
  std::uint64_t whole(const char* field, std::uint64_t low, std::uint64_t high) const {
    const json& value = document_.at(field);
    bool isWhole = value.is_number_unsigned();
    auto number = isWhole ? value.get<std::uint64_t>() : 0;
    if (isWhole && number >= low && number <= high) return number;
    throw Wrong(std::string(field) + " is not a whole number from " + std::to_string(low) + " to " +
                std::to_string(high) + "; write one without quotes, fraction and exponent");
  }

  std::int32_t priority() const {
    constexpr auto kLow = std::numeric_limits<std::int32_t>::min();
    constexpr auto kHigh = std::numeric_limits<std::int32_t>::max();
    const json& value = document_.at("priority");
    if (value.is_number_integer()) {
      bool isHuge = value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{kHigh};
      auto number = isHuge ? 0 : value.get<std::int64_t>();
      if (!isHuge && number >= kLow && number <= kHigh) return static_cast<std::int32_t>(number);
    }
    throw Wrong("priority is not a whole number from -2147483648 to 2147483647; write one");
  }

  // A text that people can be shown, of at most `bytesMax` bytes.
  std::string text(const char* field, std::size_t bytesMax) const {
    const json& value = document_.at(field);
    std::string text = value.is_string() ? value.get<std::string>() : "";
    if (value.is_string() && text.size() <= bytesMax && printable(text) == text) return text;
    throw Wrong(std::string(field) + " is not a text of at most " + std::to_string(bytesMax) +
                " bytes without control characters; shorten or clean it");
  }

  double targetError() const {
    const json& value = document_.at("target_error");
    double error = value.is_number() ? value.get<double>() : 0;
    if (error > 0 && error <= 1) return error;
    throw Wrong("target_error is not a number above 0 and at most 1; write one such as 1e-6");
  }

  Sampler sampler() const {
    const json& value = document_.at("sampler");
    for (Sampler sampler : kSamplers) {
      if (value == name(sampler)) return sampler;
    }
    throw Wrong("there is no such sampler; write one of " + samplerNames());
  }

 private:
  json document_;
};

// As pi-client does it.
void refuseUnreachable(const JobSpec& spec) {
  std::optional<Unreachable> why = whyUnreachable(spec);
  if (!why) return;
  std::string other =
      why->other ? ", or the sampler \"" + std::string(name(*why->other)) + "\"" : "";
  throw Wrong("target_error: " + why->sentence + other);
}

JobSpec specIn(const Body& body) {
  JobSpec spec{.stream = {.seed = kDefaultSeed}};
  if (body.has("target_error")) {
    spec.targetError = body.targetError();
    spec.samples = kTargetSamplesMax;
  } else if (!body.has("samples")) {
    throw Wrong("the job has neither samples nor a target_error; give one of them");
  }
  if (body.has("samples")) {
    std::uint64_t most = spec.targetError > 0 ? kTargetSamplesMax : kSamplesEnd - 1;
    spec.samples = body.whole("samples", 1, most);
  }
  constexpr auto kSeedMax = std::numeric_limits<std::uint64_t>::max();
  if (body.has("seed")) spec.stream.seed = body.whole("seed", 0, kSeedMax);
  if (body.has("sampler")) spec.stream.sampler = body.sampler();
  if (spec.targetError > 0) refuseUnreachable(spec);
  if (body.has("priority")) spec.priority = body.priority();
  if (body.has("max_threads")) {
    spec.threadsMax = static_cast<std::uint32_t>(body.whole("max_threads", 1, kJobThreadsMax));
  }
  if (body.has("name")) spec.name = body.text("name", kJobNameBytesMax);
  spec.chunkSize = body.has("chunk_size") ? body.whole("chunk_size", 1, kSamplesEnd - 1)
                                          : defaultChunkSize(spec);
  // As for pi-client: a chunk that is larger than its job is the whole job.
  spec.chunkSize = std::min(spec.chunkSize, firstPrefix(spec));
  return spec;
}

// The result of `read`, or why there is none.
template <typename Read>
auto readOrFail(Read read) -> OrFailure<decltype(read())> {
  try {
    return read();
  } catch (const Wrong& wrong) {
    return Failure{400, wrong.what()};
  }
}

}  // namespace

OrFailure<SubmissionRequest> parseSubmission(std::string_view text) {
  return readOrFail([text] {
    Body body(text, {"samples", "chunk_size", "seed", "sampler", "target_error", "priority",
                     "max_threads", "name", "request_id"});
    SubmissionRequest request{.spec = specIn(body)};
    if (body.has("request_id")) request.requestId = body.text("request_id", kRequestIdBytesMax);
    return request;
  });
}

OrFailure<std::string> parseCancellation(std::string_view text) {
  return readOrFail([text]() -> std::string {
    if (text.empty()) return "";
    Body body(text, {"reason"});
    return body.has("reason") ? body.text("reason", kReasonBytesMax) : "";
  });
}

OrFailure<std::int32_t> parseNewPriority(std::string_view text) {
  return readOrFail([text] {
    Body body(text, {"priority"});
    if (!body.has("priority")) throw Wrong("there is no priority in the body; give one");
    return body.priority();
  });
}

}  // namespace pi::scheduler::http
