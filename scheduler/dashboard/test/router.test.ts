import assert from "node:assert/strict";
import { test } from "node:test";
import { panelNames, parseRoute, routeText, shownPanels } from "../src/router";

test("without a hash all panels are shown", () => {
  assert.deepEqual(shownPanels(parseRoute("")), panelNames);
  assert.deepEqual(shownPanels(parseRoute("#")), panelNames);
});

test("each panel can be shown alone", () => {
  for (const name of panelNames) assert.deepEqual(shownPanels(parseRoute(`#${name}`)), [name]);
});

test("a link to a job shows its estimate and its convergence", () => {
  const route = parseRoute("#job=7");
  assert.deepEqual(route.jobs, [7]);
  assert.deepEqual(shownPanels(route), ["headline", "convergence"]);
});

test("a link to the convergence names several jobs", () => {
  assert.deepEqual(parseRoute("#convergence=7,5,x,-1").jobs, [7, 5]);
});

test("links that mean nothing show all panels", () => {
  for (const hash of ["#nothing", "#job", "#job=x", "#job=1,2", "#__proto__", "#job=0"]) {
    assert.equal(parseRoute(hash).alone, null, hash);
  }
});

test("a route that is written is read as the same route", () => {
  for (const hash of ["#", "#job=7", "#convergence=7,5", "#workers"]) {
    assert.equal(routeText(parseRoute(hash)), hash);
  }
});
