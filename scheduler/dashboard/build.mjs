// Builds the page, or its unit tests, into build/.  Runs where node_modules is:
//   node build.mjs page    build/page/: the files as browsers get them; build/files.cpp: the same,
//                          compressed, for the scheduler
//   node build.mjs tests   build/tests/: test/*.test.ts, for "node --test"
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const PAGE = "build/page";
// The files that the scheduler serves, and where they are after the build.
const FILES = [
  { path: "/", type: "text/html; charset=utf-8", file: "index.html" },
  { path: "/dashboard.js", type: "text/javascript; charset=utf-8", file: `${PAGE}/dashboard.js` },
  { path: "/style.css", type: "text/css; charset=utf-8", file: `${PAGE}/style.css` },
  { path: "/icon.svg", type: "image/svg+xml", file: "icon.svg" },
];

// A file as a C++ initializer.  The same content gives the same bytes and the same tag.
function initializer({ path, type, file }, index) {
  const content = readFileSync(file);
  const tag = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const bytes = gzipSync(content, { level: 9 });
  return {
    size: bytes.length,
    bytes: `constexpr unsigned char kBytes${index}[] = {${[...bytes].join(",")}};\n`,
    row: `    {"${path}", "${type}", "\\"${tag}\\"", kBytes${index}},\n`,
  };
}

async function buildPage() {
  rmSync(PAGE, { recursive: true, force: true });
  await build({
    entryPoints: [{ in: "src/main.ts", out: "dashboard" }, { in: "style.css", out: "style" }],
    outdir: PAGE,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome100", "firefox100", "safari16"],
    legalComments: "inline",
    logLevel: "warning",
  });
  const files = FILES.map(initializer);
  writeFileSync(
    "build/files.cpp",
    '// Written by build.mjs.\n#include "scheduler/dashboard/files.h"\n\n' +
      `namespace pi::scheduler::dashboard {\nnamespace {\n${files.map((f) => f.bytes).join("")}` +
      `constexpr File kFiles[] = {\n${files.map((f) => f.row).join("")}};\n}  // namespace\n\n` +
      "std::span<const File> files() { return kFiles; }\n\n" +
      "}  // namespace pi::scheduler::dashboard\n",
  );
  const total = files.reduce((sum, { size }) => sum + size, 0);
  console.log(`The dashboard has ${total} bytes, compressed.`);
}

async function buildTests() {
  rmSync("build/tests", { recursive: true, force: true });
  mkdirSync("build/tests", { recursive: true });
  const tests = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
  await build({
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: "build/tests",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node18",
    sourcemap: "inline",
    logLevel: "warning",
  });
}

const [what] = process.argv.slice(2);
if (what === "page") await buildPage();
else if (what === "tests") await buildTests();
else throw new Error("usage: node build.mjs page|tests");
