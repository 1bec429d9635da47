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
    const Json& responses = document().at("paths").at(path).at("get").at("responses");
    const Json& schema = responses.at(std::to_string(answer.status))
                             .at("content")
                             .at("application/json")
                             .at("schema");
    CHECK(differenceOf(Json::parse(answer.body), schema, "answer") == "");
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
