// A scheduler that is played, to develop the page without a cluster:
//   node mock/server.mjs [--workers N] [--jobs N] [--port N] [--control] [--leases MS] [--age S]
// It serves build/page, the live socket, and what else the page asks for.  Lines on its standard
// input: "restart" plays a restart, "refuse" a wrong token, "losses" the loss of some workers,
// "fill" and "empty" pages of others that take all places, and that end.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { setInterval } from "node:timers";
import { parseArgs } from "node:util";
import { Cluster } from "./cluster.mjs";
import { Viewer } from "./viewer.mjs";

const { values: options } = parseArgs({
  options: {
    workers: { type: "string", default: "20" },
    jobs: { type: "string", default: "4" },
    port: { type: "string", default: "8788" },
    leases: { type: "string", default: "2500" },
    age: { type: "string", default: "120" },
    control: { type: "boolean", default: false },
  },
});
const frameMs = 250;
const types = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
const files = {
  "/": "index.html", "/dashboard.js": "build/page/dashboard.js",
  "/style.css": "build/page/style.css", "/icon.svg": "icon.svg",
};

let cluster = newCluster();
let refuses = false;
let isFull = false;
const full = { error: "all 32 places for viewers are taken (limit); close some pages" };
const sockets = new Set();

function newCluster(age = Number(options.age)) {
  return new Cluster({
    workers: Number(options.workers), jobs: Number(options.jobs),
    leaseMs: Number(options.leases), ageSeconds: age,
  });
}

const server = createServer((request, response) => {
  const { pathname: path, searchParams } = new URL(request.url, "http://localhost");
  response.setHeader("Content-Security-Policy", "default-src 'none'; script-src 'self'; " +
    "style-src 'self'; connect-src 'self'; img-src 'self'");
  const file = files[path];
  if (file !== undefined) {
    response.setHeader("Content-Type", `${types[file.split(".").at(-1)]}; charset=utf-8`);
    response.end(readFileSync(new URL(`../${file}`, import.meta.url)));
    return;
  }
  const [status, body] = answer(request.method, path, Number(searchParams.get("limit") ?? 1000));
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
});

function answer(method, path, limit) {
  if (refuses) return [401, { error: "the token has expired" }];
  const [, kind, id, what] = /^\/api\/v1\/(\w+)(?:\/(\d+)\/(\w+))?$/.exec(path) ?? [];
  if (isFull && kind === "live") return [429, full];
  if (method === "GET" && kind === "cluster") return [200, cluster.scheduler()];
  if (method === "GET" && what === "leases") {
    return [200, { leases: cluster.leasesOf(Number(id), limit) }];
  }
  if (method === "POST" && !options.control) return [403, { error: "this session only looks" }];
  if (method === "POST" && what === "cancel") return [200, cluster.cancel(Number(id))];
  if (method === "POST") return [200, {}];
  return [404, { error: "there is no such path" }];
}

server.on("upgrade", (request, socket) => {
  if (refuses) {
    socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
    return;
  }
  if (isFull) {
    socket.end("HTTP/1.1 429 Too Many Requests\r\n\r\n");
    return;
  }
  const accept = createHash("sha1")
    .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
    `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  const viewer = new Viewer(cluster, options.control);
  const peer = { socket, viewer };
  sockets.add(peer);
  let pending = Buffer.alloc(0);
  socket.on("data", (data) => {
    pending = Buffer.concat([pending, data]);
    for (let text = take(); text !== null; text = take()) viewer.follow(JSON.parse(text));
  });
  // The next text message of the browser, or null.
  function take() {
    if (pending.length < 6) return null;
    if ((pending[0] & 0x0f) !== 1) {
      socket.destroy();
      return null;
    }
    const isLong = (pending[1] & 0x7f) === 126;
    const head = isLong ? 4 : 2;
    const length = isLong ? pending.readUInt16BE(2) : pending[1] & 0x7f;
    if (pending.length < head + 4 + length) return null;
    const mask = pending.subarray(head, head + 4);
    const body = Buffer.from(pending.subarray(head + 4, head + 4 + length));
    pending = pending.subarray(head + 4 + length);
    body.forEach((byte, i) => { body[i] = byte ^ mask[i % 4]; });
    return body.toString();
  }
  socket.on("error", () => socket.destroy());
  socket.on("close", () => sockets.delete(peer));
});

// One unmasked text message.
function message(text) {
  const body = Buffer.from(text);
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65536 ? 4 : 10);
  head[0] = 0x81;
  if (head.length === 2) head[1] = body.length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(body.length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(body.length), 2);
  }
  return Buffer.concat([head, body]);
}

setInterval(() => {
  if (sockets.size === 0) return;  // It is played for those who look.
  cluster.advance();
  for (const { socket, viewer } of sockets) {
    if (socket.writableLength === 0) socket.write(message(JSON.stringify(viewer.frame())));
  }
}, frameMs);

function disconnect() {
  for (const { socket } of sockets) socket.destroy();
}

const commands = {
  losses: () => cluster.loseSome(),
  refuse: () => {
    refuses = true;
    disconnect();
  },
  fill: () => { isFull = true; },
  empty: () => { isFull = false; },
  restart: () => {
    cluster = newCluster(0);
    disconnect();
  },
};
createInterface({ input: process.stdin }).on("line", (line) => commands[line.trim()]?.());

server.listen(Number(options.port), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
