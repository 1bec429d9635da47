// docs/openapi.json against the schema of OpenAPI itself.  (That it tells the truth about the
// scheduler is compared in tests/unit/http.)
import { Validator } from "@seriousme/openapi-schema-validator";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = () => JSON.parse(readFileSync(process.env.PI_OPENAPI, "utf8"));

test("the document of the API is valid OpenAPI 3.0", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(read());
  assert.ok(valid, JSON.stringify(errors, null, 2));
  assert.equal(validator.version, "3.0");
});

test("all references in it lead somewhere", async () => {
  const validator = new Validator();
  await validator.validate(read());
  assert.ok(!JSON.stringify(validator.resolveRefs()).includes("$ref"));
});

test("a field that OpenAPI does not have is noticed", async () => {
  const document = read();
  document.paths["/metrics"].get.answers = {};
  const { valid } = await new Validator().validate(document);
  assert.ok(!valid);
});
