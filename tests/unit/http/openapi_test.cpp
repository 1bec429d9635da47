// docs/openapi.json, compared with the paths that there are and with what they answer.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "common/model/sampler.h"
#include "scheduler/http/pages.h"
#include "tests/unit/service/captured_log.h"
#include "tests/unit/service/fixture.h"

namespace pi::scheduler::http {
namespace {

using scheduler::testing::Fixture;
using Json = nlohmann::json;

const Json& document() {
  static const Json kDocument = Json::parse(std::ifstream(PI_DOCS_DIRECTORY "/openapi.json"));
  return kDocument;
}

// Follows references within the document.
const Json& resolved(const Json& schema) {
  if (!schema.contains("$ref")) return schema;
  std::string path = schema.at("$ref");
  REQUIRE(path.starts_with("#/"));
  return document().at(Json::json_pointer(path.substr(1)));
}

// The schemas of an allOf as one.
Json united(const Json& parts) {
  Json all{{"type", "object"}, {"required", Json::array()}, {"properties", Json::object()}};
  for (const Json& part : parts) {
    const Json& schema = resolved(part);
    for (const Json& name : schema.value("required", Json::array())) all["required"] += name;
    all["properties"].update(schema.value("properties", Json::object()));
  }
  return all;
}

bool isOfType(const Json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

// Why the value is not what the schema says; empty if it is.  Unlike a validator of JSON Schema, it
// does not take fields that are not named: the document is to be complete.
std::string differenceOf(const Json& value, const Json& given, const std::string& where) {
  const Json& schema = resolved(given);
  if (schema.contains("allOf")) return differenceOf(value, united(schema.at("allOf")), where);
  if (value.is_null() && schema.value("nullable", false)) return "";
  if (!isOfType(value, schema.at("type"))) return where + " is " + value.dump();
  if (auto names = schema.find("enum"); names != schema.end()) {
    if (std::ranges::find(*names, value) == names->end()) return where + " is " + value.dump();
  }
  if (value.is_array()) {
    for (const Json& item : value) {
      if (auto wrong = differenceOf(item, schema.at("items"), where + "[]"); !wrong.empty())
        return wrong;
    }
  }
  if (!value.is_object()) return "";
  for (const Json& name : schema.value("required", Json::array())) {
    if (!value.contains(name)) return where + " has no " + name.dump();
  }
  for (const auto& [name, field] : value.items()) {
    bool isNamed = schema.contains("properties") && schema.at("properties").contains(name);
    bool isFree = schema.contains("additionalProperties");
    if (!isNamed && !isFree) return where + "." + name + " is not in the document";
    const Json& of = isNamed ? schema.at("properties").at(name) : schema.at("additionalProperties");
    if (auto wrong = differenceOf(field, of, where + "." + name); !wrong.empty()) return wrong;
  }
  return "";
}

// The names of the samplers that the page knows: the keys of its table, in their order.
std::vector<std::string> samplersOfPage() {
  std::ifstream file(PI_DOCS_DIRECTORY "/../scheduler/dashboard/src/convergence/samplers.ts");
  std::vector<std::string> names;
  bool inTable = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("} as const")) break;
    if (inTable && line.starts_with("  ") && line.find(": {") != std::string::npos) {
      names.push_back(line.substr(2, line.find(':') - 2));
    }
    inTable = inTable || line == "export const samplers = {";
  }
  return names;
}

// The mistake in an answer to this method of this path; empty if it is as the document says.
std::string wrongIn(const Answer& answer, const std::string& path, const std::string& method) {
  const Json& responses = document().at("paths").at(path).at(method).at("responses");
  std::string status = std::to_string(answer.status);
  if (!responses.contains(status)) return method + " " + path + " has no " + status;
  const Json& content = responses.at(status).at("content");
  return differenceOf(Json::parse(answer.body), content.at("application/json").at("schema"),
                      "answer");
}

std::string methodOf(const Route& route) { return route.method == Method::kGet ? "get" : "post"; }

// The path with the newest job in the place of an id.
std::string targetOf(const Route& route) {
  std::string target(route.path);
  if (auto id = target.find("{id}"); id != std::string::npos) target.replace(id, 4, "last");
  return target;
}

class NoSite final : public Site {
 public:
  kj::Promise<Answer> answer(const Judgement&, const std::string&) override { return Answer{}; }
  kj::Promise<void> show(LiveVisit) override { return kj::READY_NOW; }
};

TEST_CASE("the OpenAPI document has every path and method of the door, and no other") {
  std::set<std::string> documented, there;
  for (const auto& [path, methods] : document().at("paths").items()) {
    for (const auto& method : methods.items()) documented.insert(method.key() + " " + path);
  }
  for (const Route& route : routes()) {
    there.insert((route.method == Method::kGet ? "get " : "post ") + std::string(route.path));
  }
  CHECK(documented == there);
}

TEST_CASE("the OpenAPI document says which paths need no token") {
  for (const Route& route : routes()) {
    CAPTURE(route.path);
    const Json& operation = document()
                                .at("paths")
                                .at(std::string(route.path))
                                .at(route.method == Method::kGet ? "get" : "post");
    bool isOpen = operation.contains("security") && operation.at("security").empty();
    CHECK(isOpen == (route.need == Need::kNothing));
    CHECK(operation.contains("requestBody") == (route.need == Need::kControl));
  }
}

TEST_CASE("jobs, workers and the cluster have all their fields, as the OpenAPI document says") {
  for (const char* schema : {"Job", "Worker", "Cluster"}) {
    CAPTURE(schema);
    const Json& described = document().at("components").at("schemas").at(schema);
    std::set<std::string> required, there;
    for (const Json& name : described.at("required")) required.insert(name);
    for (const auto& field : described.at("properties").items()) there.insert(field.key());
    CHECK(required == there);
  }
}

TEST_CASE("the OpenAPI document and the page know every sampler, and no other") {
  std::vector<std::string> all;
  for (Sampler sampler : kSamplers) all.emplace_back(name(sampler));
  const Json& schemas = document().at("components").at("schemas");
  for (const char* schema : {"Job", "Submission"}) {
    CAPTURE(schema);
    CHECK(schemas.at(schema).at("properties").at("sampler").at("enum") == Json(all));
  }
  CHECK(samplersOfPage() == all);
}

TEST_CASE("answers are as the OpenAPI document says, before, while and after a job is computed") {
  scheduler::testing::CapturedLog log;
  Fixture fixture;
  Pages pages(fixture.loop, fixture.service, {});
  NoSite none;
  Door door(fixture.loop, DoorKeys{}, none);
  pages.setDoor(door);
  auto check = [&](const std::string& target, const std::string& path) {
    CAPTURE(target);
    Judgement judgement =
        judge({.target = target, .host = "localhost"}, DoorKeys{}, ControlSessions{}, Moment{});
    REQUIRE_FALSE(judgement.failure.has_value());
    Answer answer = pages.answer(judgement, "").wait(fixture.loop.waitScope());
    CHECK(wrongIn(answer, path, "get") == "");
  };
  auto checkAll = [&] {
    check("/api/v1/cluster", "/api/v1/cluster");
    check("/api/v1/jobs", "/api/v1/jobs");
    check("/api/v1/jobs/last", "/api/v1/jobs/{id}");
    check("/api/v1/workers", "/api/v1/workers");
    check("/api/v1/log", "/api/v1/log");
  };
  checkAll();  // There is no job yet: 404 is documented, too.
  fixture.submit();
  checkAll();
  auto joined = fixture.joined();
  checkAll();
  std::uint64_t id = number(joined.session.worker);
  check("/api/v1/workers/" + std::to_string(id), "/api/v1/workers/{id}");
  check("/api/v1/workers/1", "/api/v1/workers/{id}");
  fixture.lentTo(joined.session);
  auto checkPast = [&] {
    check("/api/v1/workers/" + std::to_string(id) + "/leases", "/api/v1/workers/{id}/leases");
    check("/api/v1/jobs/last/convergence", "/api/v1/jobs/{id}/convergence");
  };
  checkPast();
  check("/api/v1/workers/1/leases", "/api/v1/workers/{id}/leases");
  check("/api/v1/jobs/99/convergence", "/api/v1/jobs/{id}/convergence");
  scheduler::testing::computeAll(fixture, joined.session);
  fixture.save();
  checkAll();
  checkPast();
}

TEST_CASE("answers to changes are as the OpenAPI document says, also to wrong ones") {
  scheduler::testing::CapturedLog log;
  Fixture fixture;
  Pages pages(fixture.loop, fixture.service, {});
  auto check = [&](const std::string& target, const std::string& path, const std::string& body,
                   unsigned status) {
    CAPTURE(target);
    CAPTURE(body);
    Judgement judgement = judge({.method = Method::kPost,
                                 .target = target,
                                 .host = "localhost",
                                 .contentType = "application/json",
                                 .contentLength = "2"},
                                DoorKeys{}, ControlSessions{}, Moment{});
    REQUIRE_FALSE(judgement.failure.has_value());
    auto asked = pages.answer(judgement, body);
    if (status == 503) {
      fixture.settle();
      fixture.service.saving().notSaved("the disk is full");
    } else {
      fixture.save();
    }
    Answer answer = asked.wait(fixture.loop.waitScope());
    CHECK(answer.status == status);
    CHECK(wrongIn(answer, path, "post") == "");
  };
  const std::string kCancel = "/api/v1/jobs/{id}/cancel", kPriority = "/api/v1/jobs/{id}/priority";
  check("/api/v1/jobs", "/api/v1/jobs", R"({"samples": 5000})", 201);
  check("/api/v1/jobs", "/api/v1/jobs", R"({"target_error": 1e-30})", 400);
  check("/api/v1/jobs/1/priority", kPriority, R"({"priority": 2})", 200);
  check("/api/v1/jobs/1/priority", kPriority, "{}", 400);
  check("/api/v1/jobs/9/priority", kPriority, R"({"priority": 2})", 404);
  check("/api/v1/jobs/1/cancel", kCancel, R"({"reason": "enough"})", 200);
  check("/api/v1/jobs/1/cancel", kCancel, "[]", 400);
  check("/api/v1/jobs/9/cancel", kCancel, "", 404);
  check("/api/v1/jobs", "/api/v1/jobs", R"({"samples": 5000})", 503);
}

TEST_CASE("the OpenAPI document has every refusal that the door gives on a path") {
  DoorKeys keys;
  keys.observer.emplace(net::Secret(std::string(64, 'a')));
  for (const Route& route : routes()) {
    CAPTURE(route.path);
    RequestHead head{.method = route.method, .target = targetOf(route), .host = "localhost"};
    auto check = [&](unsigned status) {
      Judgement judgement = judge(head, keys, ControlSessions{}, Moment{});
      REQUIRE(judgement.failure.has_value());
      CHECK(judgement.failure->status == status);
      CHECK(wrongIn(answerOf(*judgement.failure), std::string(route.path), methodOf(route)) == "");
    };
    if (route.need != Need::kNothing) check(401);
    head.host = "evil.example";
    check(403);
    // The door itself, when it is full, and when it fails.
    for (unsigned status : {500u, 503u}) {
      Answer answer = answerOf(Failure{status, "x"});
      CHECK(wrongIn(answer, std::string(route.path), methodOf(route)) == "");
    }
  }
}

TEST_CASE("a value that is not as its schema says is noticed") {
  const Json& job = document().at("components").at("schemas").at("Error");
  CHECK(differenceOf(Json{{"error", "x"}}, job, "answer") == "");
  CHECK(differenceOf(Json{{"error", 1}}, job, "answer") == "answer.error is 1");
  CHECK(differenceOf(Json::object(), job, "answer") == "answer has no \"error\"");
  CHECK(differenceOf(Json{{"error", "x"}, {"y", 1}}, job, "answer") ==
        "answer.y is not in the document");
}

}  // namespace
}  // namespace pi::scheduler::http
