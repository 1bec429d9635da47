#include "scheduler/http/job_request.h"

#include <doctest/doctest.h>

#include "common/model/block.h"
#include "common/model/limits.h"

using namespace pi;
using namespace pi::scheduler::http;

namespace {

JobSpec specOf(const std::string& body) {
  auto parsed = parseSubmission(body);
  if (const auto* failure = std::get_if<Failure>(&parsed)) FAIL(failure->sentence);
  return std::get<SubmissionRequest>(parsed).spec;
}

template <typename T>
std::string refusalOf(const OrFailure<T>& parsed) {
  const auto* failure = std::get_if<Failure>(&parsed);
  if (failure == nullptr) return "";
  CHECK(failure->status == 400);
  return failure->sentence;
}
std::string refusalOf(const std::string& body) { return refusalOf(parseSubmission(body)); }

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a job with its samples alone has the defaults of pi-client") {
  JobSpec spec = specOf(R"({"samples": 10000000000})");
  CHECK(spec ==
        JobSpec{.stream = {.seed = 2017}, .samples = 10'000'000'000, .chunkSize = 10'000'000});
}

TEST_CASE("every field of a job is read") {
  JobSpec spec = specOf(
      R"({"samples": 1000, "chunk_size": 10, "seed": 18446744073709551615, "sampler": "sobol",
          "priority": -5, "max_threads": 64, "name": "night", "request_id": "abc"})");
  CHECK(spec == JobSpec{.stream = {.seed = 18446744073709551615u, .sampler = Sampler::kSobol},
                        .samples = 1000,
                        .chunkSize = 10,
                        .priority = -5,
                        .threadsMax = 64,
                        .name = "night"});
  auto parsed = parseSubmission(R"({"samples": 1, "request_id": "abc"})");
  CHECK(std::get<SubmissionRequest>(parsed).requestId == "abc");
}

TEST_CASE("a chunk that is larger than the job is the whole job") {
  CHECK(specOf(R"({"samples": 1000, "chunk_size": 5000})").chunkSize == 1000);
}

TEST_CASE("with a target error the samples are the most") {
  CHECK(specOf(R"({"target_error": 1e-3})").targetError == 1e-3);
  CHECK(specOf(R"({"target_error": 1e-3, "samples": 5000})").samples == 5000);
}

TEST_CASE("a body that is no job is refused with a sentence") {
  for (const char* body : {"",
                           "[]",
                           "1",
                           "null",
                           "{",
                           "{}",
                           R"({"samples": 0})",
                           R"({"samples": -1})",
                           R"({"samples": 1.5})",
                           R"({"samples": 1e3})",
                           R"({"samples": "1000"})",
                           R"({"samples": 9223372036854775808})",
                           R"({"samples": 99999999999999999999})",
                           R"({"samples": null})",
                           R"({"samples": 1, "chunk_size": 0})",
                           R"({"samples": 1, "seed": -1})",
                           R"({"samples": 1, "sampler": "dice"})",
                           R"({"samples": 1, "sampler": 1})",
                           R"({"samples": 1, "priority": 2147483648})",
                           R"({"samples": 1, "priority": -2147483649})",
                           R"({"samples": 1, "priority": 18446744073709551615})",
                           R"({"samples": 1, "priority": 0.5})",
                           R"({"samples": 1, "max_threads": 0})",
                           R"({"samples": 1, "max_threads": 1000001})",
                           R"({"samples": 1, "max_threads": "8"})",
                           R"({"samples": 1, "name": 1})",
                           R"({"samples": 1, "name": "a\nb"})",
                           R"({"samples": 1, "name": "\u202e"})",
                           R"({"target_error": 0})",
                           R"({"target_error": 2})",
                           R"({"target_error": "1e-3"})",
                           R"({"target_error": 1e-30})",
                           R"({"target_error": 1e-30, "samples": 1000})",
                           R"({"samples": 1, "samples": 5})",
                           R"({"samples": 1, "color": "red"})"}) {
    CAPTURE(body);
    CHECK_FALSE(refusalOf(body).empty());
  }
  CHECK(mentions(refusalOf(R"({"samples": 1, "color": "red"})"), "\"color\""));
  CHECK(mentions(refusalOf("{}"), "samples"));
  CHECK(refusalOf(R"({"samples": 1, "samples": 5})") ==
        "\"samples\" is there twice; write it once");
  CHECK(mentions(refusalOf(R"({"samples": 1, "sampler": "dice"})"), "random or sobol"));
  CHECK(mentions(refusalOf(R"({"target_error": 1e-11})"),
                 "target_error: 1e-11 needs about 2.7e+22 samples"));
  CHECK(mentions(refusalOf(R"({"target_error": 1e-11})"), ", or the sampler \"sobol\""));
  CHECK(specOf(R"({"target_error": 1e-11, "sampler": "sobol"})").targetError == 1e-11);
  CHECK_FALSE(
      refusalOf("{\"samples\": 1, \"name\": \"" + std::string(kJobNameBytesMax + 1, 'a') + "\"}")
          .empty());
  // Deep nesting does not overflow the stack.
  CHECK_FALSE(refusalOf(std::string(10'000, '[')).empty());
}

TEST_CASE("a cancellation may have a reason") {
  CHECK(std::get<std::string>(parseCancellation("")).empty());
  CHECK(std::get<std::string>(parseCancellation("{}")).empty());
  CHECK(std::get<std::string>(parseCancellation(R"({"reason": "enough"})")) == "enough");
  CHECK_FALSE(refusalOf(parseCancellation("enough")).empty());
  CHECK_FALSE(refusalOf(parseCancellation(R"({"reason": 1})")).empty());
  CHECK_FALSE(refusalOf(parseCancellation(R"({"why": "enough"})")).empty());
}

TEST_CASE("a new priority is a whole number") {
  CHECK(std::get<std::int32_t>(parseNewPriority(R"({"priority": -2147483648})")) == -2147483648);
  CHECK(std::get<std::int32_t>(parseNewPriority(R"({"priority": 2147483647})")) == 2147483647);
  for (const char* body : {"", "{}", "5", R"({"priority": "5"})", R"({"priority": 5, "job": 1})"}) {
    CAPTURE(body);
    CHECK_FALSE(refusalOf(parseNewPriority(body)).empty());
  }
}
