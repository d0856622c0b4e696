var __defProp = Object.defineProperty;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __knownSymbol = (name, symbol) => (symbol = Symbol[name]) ? symbol : /* @__PURE__ */ Symbol.for("Symbol." + name);
var __typeError = (msg) => {
  throw TypeError(msg);
};
var __esm = (fn, res, err) => function __init() {
  if (err) throw err[0];
  try {
    return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
  } catch (e) {
    throw err = [e], e;
  }
};
var __export = (target3, all) => {
  for (var name in all)
    __defProp(target3, name, { get: all[name], enumerable: true });
};
var __using = (stack, value, async) => {
  if (value != null) {
    if (typeof value !== "object" && typeof value !== "function") __typeError("Object expected");
    var dispose, inner;
    if (async) dispose = value[__knownSymbol("asyncDispose")];
    if (dispose === void 0) {
      dispose = value[__knownSymbol("dispose")];
      if (async) inner = dispose;
    }
    if (typeof dispose !== "function") __typeError("Object not disposable");
    if (inner) dispose = function() {
      try {
        inner.call(this);
      } catch (e) {
        return Promise.reject(e);
      }
    };
    stack.push([async, dispose, value]);
  } else if (async) {
    stack.push([async]);
  }
  return value;
};
var __callDispose = (stack, error, hasError) => {
  var E = typeof SuppressedError === "function" ? SuppressedError : function(e, s, m, _) {
    return _ = Error(m), _.name = "SuppressedError", _.error = e, _.suppressed = s, _;
  };
  var fail3 = (e) => error = hasError ? new E(e, error, "An error was suppressed during disposal") : (hasError = true, e);
  var next = (it) => {
    while (it = stack.pop()) {
      try {
        var result = it[1] && it[1].call(it[2]);
        if (it[0]) return Promise.resolve(result).then(next, (e) => (fail3(e), next()));
      } catch (e) {
        fail3(e);
      }
    }
    if (hasError) throw error;
  };
  return next();
};

// schema/json.ts
function isJsonObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
var init_json = __esm({
  "schema/json.ts"() {
    "use strict";
  }
});

// connectors/json-text.ts
function decodeText(bytes2) {
  try {
    return decoder.decode(withoutMark(bytes2));
  } catch {
    return void 0;
  }
}
function readJson(given2) {
  const bytes2 = withoutMark(given2);
  if (bytes2.length === 0) return { kind: "malformed", message: "it is empty" };
  if (nestsDeeper(bytes2, maxDepth)) return { kind: "malformed", message: `it nests deeper than ${maxDepth} levels` };
  const text4 = decodeText(bytes2);
  if (text4 === void 0) return { kind: "malformed", message: "it is not UTF-8" };
  try {
    const value = JSON.parse(text4);
    return { kind: "value", value, bytes: bytes2 };
  } catch (error) {
    return { kind: "malformed", message: `it is not valid JSON${position(error)}` };
  }
}
function withoutMark(bytes2) {
  return bytes2[0] === 239 && bytes2[1] === 187 && bytes2[2] === 191 ? bytes2.subarray(3) : bytes2;
}
function position(error) {
  const found = error instanceof Error ? /at position (\d+)/.exec(error.message) : null;
  return found === null ? "" : ` (at character ${Number(found[1]) + 1})`;
}
function nestsDeeper(bytes2, limit) {
  if (bytes2.length <= limit) return false;
  let depth = 0;
  let inText = false;
  for (let i = 0; i < bytes2.length; i++) {
    const byte = bytes2[i];
    if (byte === 34) inText = !inText;
    else if (inText) {
      if (byte === 92) i++;
    } else if (byte === 91 || byte === 123) {
      depth++;
      if (depth > limit) return true;
    } else if (byte === 93 || byte === 125) depth--;
  }
  return false;
}
var maxDepth, decoder, jsonBytes;
var init_json_text = __esm({
  "connectors/json-text.ts"() {
    "use strict";
    maxDepth = 256;
    decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    jsonBytes = (value) => Buffer.from(JSON.stringify(value), "utf8");
  }
});

// connectors/setting.ts
function textSetting(settings, key2) {
  const value = given(settings, key2);
  if (value === void 0 || typeof value === "string") return value;
  throw wrong(key2, "a text");
}
function requiredText(settings, key2) {
  const value = textSetting(settings, key2);
  if (value === void 0 || value === "") throw wrong(key2, "a text that is not empty");
  return value;
}
function choiceSetting(settings, key2, choices) {
  const value = textSetting(settings, key2);
  if (value === void 0) return void 0;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === void 0) throw wrong(key2, `one of ${choices.join(", ")}`);
  return choice;
}
function numberSetting(settings, key2, fallback) {
  const value = given(settings, key2);
  if (value === void 0) return fallback;
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw wrong(key2, "a number above 0");
}
function objectSetting(settings, key2) {
  const value = given(settings, key2);
  if (value === void 0 || isJsonObject(value)) return value;
  throw wrong(key2, "an object");
}
function textsSetting(settings, key2) {
  const value = given(settings, key2);
  const list3 = Array.isArray(value) ? value : value === void 0 ? [] : [value];
  const texts2 = list3.filter((item) => typeof item === "string" && item !== "");
  if (texts2.length === 0 || texts2.length < list3.length)
    throw wrong(key2, "a text, or a list of texts, that is not empty");
  return texts2;
}
var wrong, given;
var init_setting = __esm({
  "connectors/setting.ts"() {
    "use strict";
    init_json();
    wrong = (key2, wanted2) => new Error(`\`${key2}\` must be ${wanted2}`);
    given = (settings, key2) => settings[key2] ?? void 0;
  }
});

// schema/text-convert.ts
function convertText(schema, record2) {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const entries = Object.entries(record2).flatMap(([key2, text4]) => {
    const property2 = Object.hasOwn(properties, key2) ? properties[key2] : void 0;
    if (!isJsonObject(property2)) return [[key2, text4]];
    if (text4 === "" && !required.includes(key2)) return [];
    return [[key2, convertCell(text4, property2)]];
  });
  return Object.fromEntries(entries);
}
function convertCell(text4, schema) {
  const types2 = Array.isArray(schema.type) ? schema.type : [schema.type];
  if ((types2.includes("number") || types2.includes("integer")) && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text4.trim()))
    return Number(text4);
  if (types2.includes("boolean") && /^(?:true|false)$/i.test(text4.trim())) return text4.trim().toLowerCase() === "true";
  if (types2.includes("null") && text4 === "") return null;
  if (schema.type === void 0 && Array.isArray(schema.enum) && !schema.enum.includes(text4)) {
    return schema.enum.find((value) => String(value) === text4) ?? text4;
  }
  return text4;
}
var init_text_convert = __esm({
  "schema/text-convert.ts"() {
    "use strict";
    init_json();
  }
});

// connectors/file/records.ts
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { parse as parse3 } from "csv-parse";
async function* readRecords(path, format, options) {
  if (format === "csv") yield* readCsv(path, options.delimiter, options.schema);
  else if (format === "json") yield toRecord(await readFile(path), 1);
  else {
    let line = 0;
    for await (const text4 of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      if (format === "lines") yield { kind: "value", line, value: text4 };
      else if (text4.trim() !== "") yield toRecord(Buffer.from(text4), line);
    }
  }
}
function toRecord(bytes2, line) {
  const read2 = readJson(bytes2);
  if (read2.kind === "value") return { kind: "value", line, value: read2.value };
  return { kind: "malformed", line, message: read2.message, text: Buffer.from(bytes2).toString("utf8") };
}
async function* readCsv(path, delimiter2, schema) {
  const parser = createReadStream(path).pipe(
    parse3({ bom: true, delimiter: delimiter2, info: true, relax_column_count: true, skip_empty_lines: true })
  );
  let columns;
  for await (const row2 of parser) {
    const { record: record2, info } = row2;
    if (columns === void 0) columns = record2.map((name) => name.trim());
    else if (record2.length !== columns.length) {
      const message = `it has ${record2.length} columns, the header has ${columns.length}`;
      yield { kind: "malformed", line: info.lines, message, text: record2.join(delimiter2) };
    } else {
      const cells = Object.fromEntries(columns.map((name, index) => [name, record2[index] ?? ""]));
      yield { kind: "value", line: info.lines, value: schema === void 0 ? cells : convertText(schema, cells) };
    }
  }
}
var init_records = __esm({
  "connectors/file/records.ts"() {
    "use strict";
    init_text_convert();
    init_json_text();
  }
});

// connectors/file/root.ts
import { mkdir, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
async function inside(root2, given2, create2) {
  if (given2.includes("\0") || given2 === "") return { ok: false, message: "the path is empty or holds a NUL" };
  const path = resolve(root2, `./${given2.replace(/^\/+/, "")}`);
  if (!below(root2, path)) return { ok: false, message: `\`${given2}\` leads out of the data directory` };
  if (create2) await mkdir(dirname(path), { recursive: true });
  const [trueRoot, trueParent] = await Promise.all([
    realpath(root2),
    realpath(dirname(path)).catch(() => dirname(path))
  ]);
  if (!below(trueRoot, trueParent) && trueParent !== dirname(path)) {
    return { ok: false, message: `\`${given2}\` leads out of the data directory through a link` };
  }
  const target3 = await realpath(path).catch(() => path);
  if (target3 !== path && !below(trueRoot, target3))
    return { ok: false, message: `\`${given2}\` is a link out of the data directory` };
  return { ok: true, path };
}
function below(root2, path) {
  const short = relative(root2, path);
  return short === "" || !short.startsWith("..") && !isAbsolute(short);
}
var beside;
var init_root = __esm({
  "connectors/file/root.ts"() {
    "use strict";
    beside = (path, name) => join(dirname(path), name);
  }
});

// connectors/file/source.ts
var source_exports = {};
__export(source_exports, {
  startFileSource: () => startFileSource
});
import { appendFile, mkdir as mkdir2, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname as dirname2, extname, join as join2, relative as relative2, resolve as resolve2 } from "node:path";
async function startFileSource(context, root2) {
  const pattern = requiredText(context.settings, "path").replace(/^\/+/, "");
  const format = choiceSetting(context.settings, "format", ["csv", "json", "jsonl", "lines"]) ?? "jsonl";
  const every = numberSetting(context.settings, "every", 1e3);
  await mkdir2(join2(root2, fixedFolder(pattern)), { recursive: true });
  let stopped = false;
  let cancel = () => {
  };
  const reading = { context, root: root2, format, stopped: () => stopped };
  const sizes = /* @__PURE__ */ new Map();
  let current = Promise.resolve();
  const look = async () => {
    for (const path of await matching(root2, pattern)) {
      if (stopped) return;
      const now = await stat(join2(root2, path)).catch(() => void 0);
      if (now === void 0 || !now.isFile()) continue;
      const seen = `${now.mtimeMs}:${now.size}`;
      if (sizes.get(path) === seen) {
        sizes.delete(path);
        await takeFile(path, seen, reading);
      } else sizes.set(path, seen);
    }
  };
  const tick = () => {
    if (stopped) return;
    current = look().catch(
      (error) => context.log.warn({ error: error instanceof Error ? error.message : "unknown" }, "cannot read the folder")
    ).then(() => {
      if (!stopped) cancel = context.clock.after(sizes.size > 0 ? Math.min(100, every) : every, tick);
    });
  };
  tick();
  return {
    stop: async () => {
      stopped = true;
      cancel();
      await current;
    }
  };
}
async function matching(root2, pattern) {
  const folder2 = dirname2(pattern);
  const found = await inside(root2, join2(folder2, "x"), false);
  if (!found.ok) return [];
  const name = new RegExp(
    `^${basename(pattern).split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&")).join("[^/]*")}$`
  );
  const entries = await readdir(resolve2(root2, folder2)).catch(() => []);
  return entries.filter((entry3) => !entry3.startsWith(".") && name.test(entry3)).sort().map((entry3) => folder2 === "." ? entry3 : `${folder2}/${entry3}`);
}
async function takeFile(path, version, reading) {
  const { context, root: root2 } = reading;
  const found = await inside(root2, path, false);
  if (!found.ok) {
    context.refuse(found.message, "invalid");
    return;
  }
  if (await context.state.get(path) === version) return;
  const whole2 = await storeAll(found.path, path, version, reading);
  if (!whole2) return;
  await finish(found.path, path, version, reading);
}
async function storeAll(file2, path, version, reading) {
  const { context, format } = reading;
  const waiting = /* @__PURE__ */ new Set();
  const options = { delimiter: textSetting(context.settings, "delimiter") ?? ",", schema: context.contract };
  const records = readRecords(file2, format, options);
  for (; ; ) {
    const next = await records.next().catch((error) => ({ done: false, value: unreadable(error) }));
    if (next.done === true) break;
    if (reading.stopped()) return false;
    const task = storeOne(next.value, file2, path, version, reading).finally(() => waiting.delete(task));
    waiting.add(task);
    if (waiting.size >= inFlight) await Promise.race(waiting);
  }
  await Promise.all(waiting);
  return !reading.stopped();
}
function unreadable(error) {
  return { kind: "malformed", line: 0, message: error instanceof Error ? error.message : "unreadable", text: "" };
}
async function storeOne(record2, file2, path, version, reading) {
  const { context } = reading;
  if (record2.kind === "malformed") {
    context.refuse(`${basename(file2)} line ${record2.line}: ${record2.message}`, "invalid");
    return await setAside(file2, record2.line, record2.message, record2.text);
  }
  const incoming = {
    body: jsonBytes(record2.value),
    value: record2.value,
    id: `${path}:${version}:${record2.line}`,
    headers: {},
    meta: { file: { name: basename(path), path, line: record2.line } }
  };
  for (; ; ) {
    const accepted = await context.accept(incoming);
    if (accepted.kind === "stored" || reading.stopped()) return;
    if (accepted.kind === "invalid") {
      const why = accepted.issues.map((issue) => `${issue.path || "the record"} ${issue.message}`).join("; ");
      return await setAside(file2, record2.line, why, record2.value);
    }
    await new Promise((resume) => context.clock.after(accepted.retryAfterSeconds * 1e3, resume));
  }
}
async function setAside(file2, line, why, record2) {
  const folder2 = join2(dirname2(file2), ".rejected");
  await mkdir2(folder2, { recursive: true });
  await appendFile(join2(folder2, `${basename(file2)}.jsonl`), `${JSON.stringify({ line, why, record: record2 })}
`);
}
async function finish(file2, path, version, { context, root: root2 }) {
  const after = context.settings.after ?? "keep";
  if (after === "delete") await rm(file2, { force: true });
  else if (isJsonObject(after) && typeof after.move === "string") await move(file2, join2(root2, after.move), root2);
  else await context.state.put(path, version);
}
async function move(file2, folder2, root2) {
  const found = await inside(root2, relative2(root2, join2(folder2, basename(file2))), true);
  if (!found.ok) return;
  const extension = extname(file2);
  const stem = basename(file2, extension);
  for (let number2 = 0; ; number2++) {
    const target3 = join2(folder2, number2 === 0 ? basename(file2) : `${stem}.${number2}${extension}`);
    if (await stat(target3).catch(() => void 0) === void 0) return await rename(file2, target3);
  }
}
var inFlight, fixedFolder;
var init_source = __esm({
  "connectors/file/source.ts"() {
    "use strict";
    init_json();
    init_json_text();
    init_setting();
    init_records();
    init_root();
    inFlight = 64;
    fixedFolder = (pattern) => dirname2(pattern.split("*")[0] === pattern ? pattern : `${pattern.split("*")[0] ?? ""}x`);
  }
});

// connectors/file/target.ts
var target_exports = {};
__export(target_exports, {
  openFileTarget: () => openFileTarget
});
import { mkdir as mkdir3, open, rename as rename2 } from "node:fs/promises";
import { basename as basename2 } from "node:path";
async function openFileTarget(context, root2) {
  await mkdir3(root2, { recursive: true });
  const format = choiceSetting(context.settings, "format", ["json", "jsonl", "lines"]) ?? "jsonl";
  const mode = choiceSetting(context.settings, "mode", ["append", "create"]) ?? "append";
  const queues = /* @__PURE__ */ new Map();
  const drain = async (path, queue) => {
    while (queue.length > 0) {
      const batch = queue.splice(0, queue.length);
      const result = await append(path, batch.map((waiting) => waiting.bytes).join(""));
      for (const waiting of batch) waiting.done(result);
    }
    queues.delete(path);
  };
  const enqueue = (path, bytes2) => new Promise((done) => {
    const queue = queues.get(path);
    if (queue !== void 0) {
      queue.push({ bytes: bytes2, done });
      return;
    }
    const fresh2 = [{ bytes: bytes2, done }];
    queues.set(path, fresh2);
    void drain(path, fresh2);
  });
  const deliver = async (delivery) => {
    try {
      const given2 = requiredText(delivery.settings, "path");
      const found = await inside(root2, given2, true);
      if (!found.ok) return permanent(found.message);
      const text4 = format === "lines" && typeof delivery.body === "string" ? delivery.body : JSON.stringify(delivery.body);
      return mode === "append" ? await enqueue(found.path, `${text4}
`) : await create(found.path, `${text4}
`);
    } catch (error) {
      return failed2(error);
    }
  };
  return { deliver, close: () => Promise.resolve() };
}
async function append(path, text4) {
  try {
    const file2 = await open(path, "a+");
    try {
      const torn = await endsTorn(file2);
      await file2.appendFile(torn ? `
${text4}` : text4);
      await file2.datasync();
    } finally {
      await file2.close();
    }
    return { kind: "delivered" };
  } catch (error) {
    return failed2(error);
  }
}
async function endsTorn(file2) {
  const { size } = await file2.stat();
  if (size === 0) return false;
  const { buffer } = await file2.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 10;
}
async function create(path, text4) {
  const temporary = beside(path, `.${basename2(path)}.${process.pid}.tmp`);
  const file2 = await open(temporary, "w");
  try {
    await file2.writeFile(text4);
    await file2.datasync();
  } finally {
    await file2.close();
  }
  await rename2(temporary, path);
  return { kind: "delivered" };
}
function failed2(error) {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = `the file cannot be written (${code === "" ? "unexpected error" : code})`;
  if (forGood.has(code)) return permanent(message);
  return { kind: "transient", failure: { class: "unavailable", message } };
}
var forGood, permanent;
var init_target = __esm({
  "connectors/file/target.ts"() {
    "use strict";
    init_setting();
    init_root();
    forGood = /* @__PURE__ */ new Set(["EISDIR", "ENOTDIR", "ENAMETOOLONG", "EINVAL"]);
    permanent = (message) => ({ kind: "permanent", failure: { class: "rejected", message } });
  }
});

// connectors/http/reply.ts
function send(request, response, reply2) {
  if (response.headersSent || response.destroyed) return;
  const text4 = Buffer.from(`${JSON.stringify(reply2.body)}
`);
  const whole2 = request.complete;
  response.writeHead(reply2.status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": text4.length,
    ...whole2 ? {} : { connection: "close" },
    ...reply2.headers
  });
  if (whole2) response.end(text4);
  else closeLate(request, response, text4);
}
function closeLate(request, response, text4) {
  let seen = 0;
  const finish4 = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish4, linger.ms);
  request.on("data", (chunk) => {
    seen += chunk.length;
    if (seen > linger.bytes) finish4();
  });
  request.once("end", finish4);
  request.once("close", finish4);
  response.write(text4);
  request.resume();
}
var refusal, tryAgain, linger;
var init_reply = __esm({
  "connectors/http/reply.ts"() {
    "use strict";
    refusal = (status, error, headers6 = {}) => ({
      status,
      body: { error },
      headers: headers6
    });
    tryAgain = (error, seconds) => refusal(503, error, { "retry-after": String(Math.max(1, Math.ceil(seconds))) });
    linger = { ms: 1e3, bytes: 4 * 1024 * 1024 };
  }
});

// connectors/http/listener.ts
var listener_exports = {};
__export(listener_exports, {
  httpListener: () => httpListener
});
import { createServer } from "node:http";
import { isIP } from "node:net";
function httpListener(options) {
  const limits = { ...defaults, ...options.limits };
  const budget = { limit: limits.bodyBytes, used: 0 };
  const routes = /* @__PURE__ */ new Map();
  const server = strictServer(limits, (request, response) => {
    const handle2 = routes.get((request.url ?? "").split("?", 1)[0] ?? "");
    if (handle2 === void 0) return send(request, response, refusal(404, "Nothing is served here."));
    handle2(request, response, budget).catch(() => send(request, response, refusal(500, "The request failed.")));
  });
  let open2;
  return {
    async serve(path, handle2) {
      routes.set(path, handle2);
      open2 ??= listen(server, options);
      await open2;
      return () => {
        if (routes.get(path) === handle2) routes.set(path, leaving);
      };
    },
    async close() {
      if (open2 === void 0) return;
      await open2.catch(() => void 0);
      await closeServer(server);
    }
  };
}
function strictServer(limits, serve) {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeout,
      requestTimeout: limits.requestTimeout,
      connectionsCheckingInterval: limits.checkEvery,
      keepAliveTimeout: 65e3,
      insecureHTTPParser: false
    },
    serve
  );
  server.maxConnections = limits.connections;
  server.on("clientError", (error, socket) => {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    socket.end(`HTTP/1.1 ${statusLine(error.code)}\r
connection: close\r
content-length: 0\r
\r
`);
  });
  return server;
}
async function closeServer(server) {
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const grace = setTimeout(() => server.closeAllConnections(), 2e3);
  await new Promise((resolve8) => server.close(() => resolve8()));
  clearInterval(sweep);
  clearTimeout(grace);
}
function statusLine(code) {
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  return "400 Bad Request";
}
async function listen(server, { port, host, onListening }) {
  await new Promise((resolve8, reject) => {
    server.once(
      "error",
      (error) => reject(new Error(listenFailure(error, host, port)))
    );
    server.listen(port, host, resolve8);
  });
  const address = server.address();
  if (typeof address === "object" && address !== null) onListening?.(address.port);
}
function listenFailure(error, host, port) {
  const place = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  if (error.code === "EADDRINUSE") return `HTTP port ${place} is in use by another program: choose another port`;
  if (error.code === "EACCES")
    return `HTTP port ${place} needs more rights than this process has: choose one above 1023`;
  return `HTTP port ${place} cannot be opened (${error.code ?? error.message})`;
}
var defaults, leaving;
var init_listener = __esm({
  "connectors/http/listener.ts"() {
    "use strict";
    init_reply();
    defaults = {
      headersTimeout: 1e4,
      requestTimeout: 3e4,
      checkEvery: 2e3,
      headerBytes: 16 * 1024,
      connections: 4096,
      bodyBytes: 128 * 1024 * 1024
    };
    leaving = async (request, response) => send(request, response, tryAgain("The worker is stopping.", 5));
  }
});

// connectors/http/constant-time.ts
import { createHash as createHash3, timingSafeEqual } from "node:crypto";
function sameText(given2, wanted2) {
  return timingSafeEqual(digest(given2), digest(wanted2));
}
function oneOfTexts(given2, wanted2) {
  return wanted2.map((candidate) => sameText(given2, candidate)).includes(true);
}
function sameBytes(given2, wanted2) {
  return given2.length === wanted2.length && timingSafeEqual(given2, wanted2);
}
var digest;
var init_constant_time = __esm({
  "connectors/http/constant-time.ts"() {
    "use strict";
    digest = (text4) => createHash3("sha256").update(text4, "utf8").digest();
  }
});

// connectors/http/auth.ts
function readAuth(settings) {
  const auth = objectSetting(settings, "auth");
  if (auth === void 0) return void 0;
  const basic = objectSetting(auth, "basic");
  if (basic !== void 0) return basicAuth(requiredText(basic, "username"), textsSetting(basic, "password"));
  const key2 = objectSetting(auth, "api-key");
  if (key2 !== void 0) return keyAuth(textSetting(key2, "header") ?? "x-api-key", textsSetting(key2, "key"));
  return bearerAuth(textsSetting(auth, "bearer"));
}
function basicAuth(username, passwords) {
  const wanted2 = passwords.map((password) => `${username}:${password}`);
  return {
    header: "authorization",
    challenge: 'Basic realm="webhook", charset="UTF-8"',
    allows: (headers6) => {
      const given2 = credentials(headers6, "basic");
      return given2 !== void 0 && oneOfTexts(Buffer.from(given2, "base64").toString("utf8"), wanted2);
    }
  };
}
function bearerAuth(tokens) {
  return {
    header: "authorization",
    challenge: 'Bearer realm="webhook"',
    allows: (headers6) => {
      const given2 = credentials(headers6, "bearer");
      return given2 !== void 0 && oneOfTexts(given2, tokens);
    }
  };
}
function keyAuth(header2, keys) {
  const name = header2.toLowerCase();
  return {
    header: name,
    challenge: `ApiKey realm="webhook", header="${name}"`,
    allows: (headers6) => {
      const given2 = headers6[name];
      return typeof given2 === "string" && oneOfTexts(given2, keys);
    }
  };
}
function credentials(headers6, scheme) {
  const given2 = headers6.authorization;
  const match = typeof given2 === "string" ? /^(\S+) +(\S+) *$/.exec(given2) : null;
  return match?.[1]?.toLowerCase() === scheme ? match[2] : void 0;
}
var init_auth = __esm({
  "connectors/http/auth.ts"() {
    "use strict";
    init_setting();
    init_constant_time();
  }
});

// connectors/http/body.ts
async function readBody(request, limit, budget) {
  if (Number(request.headers["content-length"] ?? 0) > limit) return { kind: "too-large" };
  const chunks = [];
  let size = 0;
  const release2 = () => {
    budget.used -= size;
    size = 0;
  };
  const failed4 = (kind) => {
    release2();
    return { kind };
  };
  return await new Promise((resolve8) => {
    const stop = (kind) => {
      request.off("data", take2);
      resolve8(failed4(kind));
    };
    const take2 = (chunk) => {
      size += chunk.length;
      budget.used += chunk.length;
      if (size > limit) stop("too-large");
      else if (budget.used > budget.limit) stop("busy");
      else chunks.push(chunk);
    };
    const cut = () => stop("gone");
    request.on("data", take2);
    request.once("error", cut);
    request.once("close", cut);
    request.once("end", () => {
      request.off("close", cut);
      resolve8({ kind: "read", bytes: oneOf(chunks, size), release: release2 });
    });
  });
}
function oneOf(chunks, size) {
  const [first2] = chunks;
  return chunks.length === 1 && first2 !== void 0 ? first2 : Buffer.concat(chunks, size);
}
var init_body = __esm({
  "connectors/http/body.ts"() {
    "use strict";
  }
});

// connectors/http/provider-id.ts
function providerId(scheme, headers6, body) {
  return usable(byScheme(scheme, headers6, body)) ?? usable(headers6["idempotency-key"]) ?? usable(headers6["x-github-delivery"]) ?? usable(headers6["webhook-id"]);
}
function byScheme(scheme, headers6, body) {
  switch (scheme) {
    case "github":
      return headers6["x-github-delivery"];
    case "standard-webhooks":
      return headers6["webhook-id"];
    case "stripe":
      return isJsonObject(body) ? body.id : void 0;
    case "slack":
      return isJsonObject(body) ? body.event_id : void 0;
    case "hmac":
    case void 0:
      return void 0;
    default:
      return scheme;
  }
}
function usable(id) {
  return typeof id === "string" && id !== "" && id.length <= longest ? id : void 0;
}
var longest;
var init_provider_id = __esm({
  "connectors/http/provider-id.ts"() {
    "use strict";
    init_json();
    longest = 256;
  }
});

// connectors/http/signature.ts
import { createHmac } from "node:crypto";
function readSignature(settings) {
  const signature = objectSetting(settings, "signature");
  if (signature === void 0) return void 0;
  const scheme = choiceSetting(signature, "scheme", schemes) ?? "hmac";
  const rules = rulesOf(scheme, signature);
  return { scheme, headers: rules.headers, flaw: (headers6, body, now) => flawOf(rules, headers6, body, now) };
}
function flawOf(rules, headers6, body, now) {
  const claim = rules.claim(headers6);
  if ("flaw" in claim) return claim.flaw;
  if (claim.at !== void 0) {
    if (!/^\d{1,12}$/.test(claim.at)) return "the time stamp is malformed";
    if (Math.abs(now / 1e3 - Number(claim.at)) > tolerance) return "the time stamp is too old or in the future";
  }
  const wanted2 = rules.keys.map((key2) => createHmac(rules.algorithm, key2).update(claim.before).update(body).digest());
  const matches = wanted2.flatMap((digest2) => claim.signatures.map((given2) => sameBytes(given2, digest2)));
  return matches.includes(true) ? void 0 : "the signature does not match";
}
function rulesOf(scheme, settings) {
  const secrets2 = textsSetting(settings, "secret");
  const keys = secrets2.map((secret) => Buffer.from(secret, "utf8"));
  switch (scheme) {
    case "github":
      return hmac({ header: "x-hub-signature-256", algorithm: "sha256", encoding: "hex", prefix: "sha256=" }, keys);
    case "hmac":
      return hmac(
        {
          header: requiredText(settings, "header").toLowerCase(),
          algorithm: choiceSetting(settings, "algorithm", ["sha256", "sha512", "sha1"]) ?? "sha256",
          encoding: choiceSetting(settings, "encoding", ["hex", "base64"]) ?? "hex",
          prefix: textSetting(settings, "prefix") ?? ""
        },
        keys
      );
    case "standard-webhooks":
      return { headers: ["webhook-signature"], algorithm: "sha256", keys: secrets2.map(decodeSecret), claim: standard };
    case "stripe":
      return { headers: ["stripe-signature"], algorithm: "sha256", keys, claim: stripe };
    case "slack":
      return { headers: ["x-slack-signature"], algorithm: "sha256", keys, claim: slack };
    default:
      return scheme;
  }
}
function hmac({ header: header2, algorithm, encoding, prefix: prefix2 }, keys) {
  return {
    headers: [header2],
    algorithm,
    keys,
    claim: (headers6) => {
      const given2 = one(headers6, header2);
      if (given2 === void 0) return { flaw: `the header ${header2} is missing` };
      if (!given2.startsWith(prefix2)) return { flaw: `the header ${header2} is malformed` };
      return { before: "", signatures: decoded([given2.slice(prefix2.length)], encoding) };
    }
  };
}
function standard(headers6) {
  const id = one(headers6, "webhook-id");
  const at3 = one(headers6, "webhook-timestamp");
  const given2 = one(headers6, "webhook-signature");
  if (id === void 0 || at3 === void 0 || given2 === void 0) {
    return { flaw: "one of webhook-id, webhook-timestamp, webhook-signature is missing" };
  }
  const signatures = given2.split(" ").flatMap((part) => part.startsWith("v1,") ? [part.slice(3)] : []);
  return { before: `${id}.${at3}.`, at: at3, signatures: decoded(signatures.slice(0, 16), "base64") };
}
function stripe(headers6) {
  const given2 = one(headers6, "stripe-signature");
  if (given2 === void 0) return { flaw: "the header stripe-signature is missing" };
  const parts = given2.split(",").map((part) => part.trim());
  const at3 = parts.find((part) => part.startsWith("t="))?.slice(2);
  if (at3 === void 0) return { flaw: "the header stripe-signature is malformed" };
  const signatures = parts.flatMap((part) => part.startsWith("v1=") ? [part.slice(3)] : []);
  return { before: `${at3}.`, at: at3, signatures: decoded(signatures.slice(0, 16), "hex") };
}
function slack(headers6) {
  const at3 = one(headers6, "x-slack-request-timestamp");
  const given2 = one(headers6, "x-slack-signature");
  if (at3 === void 0 || given2 === void 0) {
    return { flaw: "one of x-slack-request-timestamp, x-slack-signature is missing" };
  }
  if (!given2.startsWith("v0=")) return { flaw: "the header x-slack-signature is malformed" };
  return { before: `v0:${at3}:`, at: at3, signatures: decoded([given2.slice(3)], "hex") };
}
function decodeSecret(secret) {
  const text4 = secret.replace(/^whsec_/, "");
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text4)) {
    throw new Error("`signature.secret` must be base64, as in `whsec_\u2026`, for the scheme standard-webhooks");
  }
  return Buffer.from(text4, "base64");
}
function decoded(texts2, encoding) {
  const pattern = encoding === "hex" ? /^(?:[0-9a-f]{2})+$/i : /^[A-Za-z0-9+/]+={0,2}$/;
  return texts2.filter((text4) => pattern.test(text4)).map((text4) => Buffer.from(text4, encoding));
}
function one(headers6, name) {
  const value = headers6[name];
  return typeof value === "string" ? value : void 0;
}
var tolerance, schemes;
var init_signature = __esm({
  "connectors/http/signature.ts"() {
    "use strict";
    init_setting();
    init_constant_time();
    tolerance = 300;
    schemes = ["github", "standard-webhooks", "stripe", "slack", "hmac"];
  }
});

// connectors/http/stored-headers.ts
function storedHeaders(headers6, also) {
  const stored2 = [];
  for (const [name, value] of Object.entries(headers6)) {
    if (value === void 0 || left.has(name) || also.includes(name)) continue;
    stored2.push([name, typeof value === "string" ? value : value.join(", ")]);
  }
  return Object.fromEntries(stored2);
}
var left;
var init_stored_headers = __esm({
  "connectors/http/stored-headers.ts"() {
    "use strict";
    left = /* @__PURE__ */ new Set([
      "authorization",
      "proxy-authorization",
      "cookie",
      "x-api-key",
      "api-key",
      "x-auth-token",
      "x-access-token",
      "x-csrf-token",
      "x-gitlab-token",
      "x-hub-signature",
      "x-hub-signature-256",
      "webhook-signature",
      "svix-signature",
      "stripe-signature",
      "x-slack-signature",
      "x-shopify-hmac-sha256",
      "x-twilio-signature",
      "connection",
      "keep-alive",
      "transfer-encoding",
      "te",
      "trailer",
      "upgrade",
      "proxy-connection",
      "expect",
      "content-length"
    ]);
  }
});

// connectors/http/source.ts
var source_exports2 = {};
__export(source_exports2, {
  startHttpSource: () => startHttpSource
});
async function startHttpSource(context, listener) {
  const webhook = readWebhook(context);
  const inHand = /* @__PURE__ */ new Set();
  let stopping = false;
  const take2 = async (request, body) => {
    if (stopping) return tryAgain("The worker is stopping.", 5);
    const work = answer(context, webhook, request, body);
    inHand.add(work);
    return await work.finally(() => inHand.delete(work));
  };
  const leave = await listener.serve(
    webhook.path,
    (request, response, budget) => handle(context, webhook, request, response, budget, take2)
  );
  return {
    async stop() {
      stopping = true;
      leave();
      await Promise.allSettled(inHand);
    }
  };
}
function readWebhook({ tenant, settings }) {
  const auth = readAuth(settings);
  const signature = readSignature(settings);
  const methods3 = settings.methods;
  return {
    path: `/${tenant}${requiredText(settings, "path")}`,
    methods: Array.isArray(methods3) ? methods3.map(String) : ["POST"],
    format: choiceSetting(settings, "format", ["json", "text"]) ?? "json",
    maxBody: numberSetting(settings, "max-body", 1024 * 1024),
    auth,
    signature,
    credentials: [...signature?.headers ?? [], ...auth === void 0 ? [] : [auth.header]]
  };
}
async function handle(context, webhook, request, response, budget, take2) {
  const early = beforeBody(context, webhook, request);
  if (early !== void 0) return send(request, response, early);
  const body = await readBody(request, webhook.maxBody, budget);
  switch (body.kind) {
    case "gone":
      return;
    case "busy":
      return send(request, response, tryAgain("Too much is being received at once.", 5));
    case "too-large": {
      const error = `The body is larger than ${webhook.maxBody} bytes.`;
      context.refuse(error, "invalid");
      return send(request, response, refusal(413, error));
    }
    case "read":
      try {
        send(request, response, await take2(request, body.bytes));
      } finally {
        body.release();
      }
      return;
    default:
      return body;
  }
}
function beforeBody(context, webhook, request) {
  if (!webhook.methods.includes(request.method ?? "")) {
    return refusal(405, "This method is not taken here.", { allow: webhook.methods.join(", ") });
  }
  if (webhook.auth !== void 0 && !webhook.auth.allows(request.headers)) {
    context.refuse("The credentials are missing or wrong.", "unauthorized");
    return refusal(401, "The credentials are missing or wrong.", { "www-authenticate": webhook.auth.challenge });
  }
  const encoding = request.headers["content-encoding"];
  if (encoding !== void 0 && encoding !== "identity") {
    return refusal(415, "Compressed bodies are not taken.", { "accept-encoding": "identity" });
  }
  return void 0;
}
async function answer(context, webhook, request, body) {
  const flaw = webhook.signature?.flaw(request.headers, body, context.clock.now());
  if (flaw !== void 0) {
    context.refuse(`The signature is not valid: ${flaw}.`, "unauthorized");
    return refusal(401, `The signature is not valid: ${flaw}.`);
  }
  const message = readMessage(webhook, request, body);
  if ("malformed" in message) {
    context.refuse(message.malformed, "invalid");
    return refusal(400, message.malformed);
  }
  return toReply(await context.accept(message));
}
function readMessage(webhook, request, raw) {
  const read2 = webhook.format === "json" ? readJson(raw) : readText(raw);
  if (read2.kind === "malformed") return { malformed: `The body cannot be read: ${read2.message}.` };
  const id = providerId(webhook.signature?.scheme, request.headers, read2.value);
  const traceparent = request.headers.traceparent;
  return {
    body: read2.bytes,
    value: read2.value,
    headers: storedHeaders(request.headers, webhook.credentials),
    meta: { method: request.method ?? "" },
    ...id === void 0 ? {} : { id },
    ...typeof traceparent === "string" && isTraceparent(traceparent) ? { traceparent } : {}
  };
}
function readText(raw) {
  const value = decodeText(raw);
  if (value === void 0) return { kind: "malformed", message: "it is not UTF-8" };
  return { kind: "value", value, bytes: jsonBytes(value) };
}
function isTraceparent(text4) {
  return /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(text4);
}
function toReply(accepted) {
  switch (accepted.kind) {
    case "stored":
      return { status: 202, body: { id: accepted.id } };
    case "invalid":
      return {
        status: 422,
        body: {
          error: "The body does not fit its contract.",
          issues: accepted.issues.map(({ path, message }) => ({ path, message }))
        }
      };
    case "unavailable":
      return tryAgain("The message could not be stored; send it again.", accepted.retryAfterSeconds);
    default:
      return accepted;
  }
}
var init_source2 = __esm({
  "connectors/http/source.ts"() {
    "use strict";
    init_json_text();
    init_setting();
    init_auth();
    init_body();
    init_provider_id();
    init_reply();
    init_signature();
    init_stored_headers();
  }
});

// connectors/http/classify.ts
import { STATUS_CODES } from "node:http";
function classifyStatus(what, status, retryAfter, now) {
  if (status >= 200 && status < 300) return { kind: "delivered", detail: String(status) };
  const words2 = STATUS_CODES[status];
  const message = `${what} answered ${status}${words2 === void 0 ? "" : ` ${words2}`}`;
  if (status >= 500 || transientStatus.has(status)) {
    const retryAfterMs = readRetryAfter(retryAfter, now);
    return {
      kind: "transient",
      failure: { class: "unavailable", message, status },
      ...retryAfterMs === void 0 ? {} : { retryAfterMs }
    };
  }
  if (status >= 300 && status < 400) {
    const redirect = `${message}: redirects are not followed, write the final URL`;
    return { kind: "permanent", failure: { class: "rejected", message: redirect, status } };
  }
  return {
    kind: "permanent",
    failure: { class: status === 404 || status === 410 ? "not-found" : "rejected", message, status }
  };
}
function classifyBreak(what, reason, sent) {
  const failure = { class: "unavailable", message: `${what}: ${reason}` };
  return sent ? { kind: "unknown", failure } : { kind: "transient", failure };
}
function readRetryAfter(text4, now) {
  if (text4 === void 0) return void 0;
  const ms = /^\d{1,10}$/.test(text4.trim()) ? Number(text4) * 1e3 : Date.parse(text4) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestWait) : void 0;
}
var longestWait, transientStatus;
var init_classify = __esm({
  "connectors/http/classify.ts"() {
    "use strict";
    longestWait = 24 * 60 * 60 * 1e3;
    transientStatus = /* @__PURE__ */ new Set([408, 425, 429]);
  }
});

// connectors/http/request.ts
function buildRequest(fixed, settings, body, marks2) {
  const url = buildUrl(fixed, settings);
  const content = buildContent(fixed.method, settings, body);
  const headers6 = {
    "user-agent": "vrsky",
    "idempotency-key": headerSafe(marks2.id),
    ...marks2.traceparent === void 0 ? {} : { traceparent: marks2.traceparent },
    ...content === void 0 ? {} : { "content-type": content.type },
    ...basicFrom(url),
    ...readHeaders(fixed.connection),
    ...readHeaders(settings)
  };
  url.username = "";
  url.password = "";
  url.hash = "";
  return { method: fixed.method, origin: url.origin, url, headers: headers6, body: content?.text };
}
function buildUrl(fixed, settings) {
  const base = (textSetting(settings, "url") ?? textSetting(fixed.connection, "url") ?? "").trim();
  const path = textSetting(settings, "path") ?? "";
  const text4 = path === "" ? base : `${base.replace(/\/+$/, "")}${/^[/?]/.test(path) ? "" : "/"}${path}`;
  if (/[\s\\\p{Cc}]/u.test(text4)) throw new Error("the URL holds characters that must be encoded");
  if (/\/(?:\.|%2e){1,2}(?:[/?#]|$)/i.test(text4)) throw new Error("the URL holds a `.` or `..` as a path segment");
  const url = URL.canParse(text4) ? new URL(text4) : void 0;
  if (url === void 0) throw new Error("the URL is not a valid one");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Error("the URL must begin with http:// or https://");
  return url;
}
function buildContent(method, settings, body) {
  if (settings.json !== void 0) return json(settings.json);
  const text4 = textSetting(settings, "text");
  if (text4 !== void 0) return { type: "text/plain; charset=utf-8", text: text4 };
  const raw = textSetting(settings, "body");
  if (raw !== void 0) return { type: "application/octet-stream", text: raw };
  const form = objectSetting(settings, "form");
  if (form !== void 0) return { type: "application/x-www-form-urlencoded", text: formText(form) };
  return method === "GET" || method === "DELETE" ? void 0 : json(body);
}
function formText(form) {
  const fields2 = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    if (value === null) continue;
    if (typeof value === "object") throw new Error(`the form field \`${name}\` must be a text, a number or a boolean`);
    fields2.append(name, String(value));
  }
  return fields2.toString();
}
function readHeaders(settings) {
  const given2 = settings.headers;
  if (!isJsonObject(given2)) return {};
  const read2 = [];
  for (const [name, value] of Object.entries(given2)) {
    if (value === null) continue;
    const lower2 = name.toLowerCase();
    if (reserved.has(lower2)) throw new Error(`the header \`${lower2}\` cannot be set`);
    if (typeof value === "object") throw new Error(`the header \`${lower2}\` must be a text`);
    const text4 = String(value).trim();
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text4)) {
      throw new Error(`the header \`${lower2}\` holds characters that HTTP does not allow`);
    }
    read2.push([lower2, text4]);
  }
  return Object.fromEntries(read2);
}
function basicFrom(url) {
  if (url.username === "" && url.password === "") return {};
  const plain5 = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(plain5, "utf8").toString("base64")}` };
}
function headerSafe(id) {
  if (/^[\x21-\x7e]+$/.test(id)) return id;
  return encodeURIComponent(Buffer.from(id, "utf8").toString("utf8"));
}
var methods, json, reserved;
var init_request = __esm({
  "connectors/http/request.ts"() {
    "use strict";
    init_json();
    init_setting();
    methods = ["POST", "PUT", "PATCH", "DELETE", "GET"];
    json = (value) => ({ type: "application/json", text: JSON.stringify(value) });
    reserved = /* @__PURE__ */ new Set([
      "host",
      "connection",
      "content-length",
      "transfer-encoding",
      "keep-alive",
      "upgrade",
      "te",
      "trailer",
      "expect",
      "proxy-connection"
    ]);
  }
});

// connectors/http/target.ts
var target_exports2 = {};
__export(target_exports2, {
  openHttpTarget: () => openHttpTarget
});
import { Agent, errors as errors4 } from "undici";
function openHttpTarget(context) {
  const connection = objectSetting(context.settings, "connection") ?? {};
  const fixed = { connection, method: choiceSetting(context.settings, "method", methods) ?? "POST" };
  const timeout2 = numberSetting(context.settings, "timeout", numberSetting(connection, "timeout", thirtySeconds));
  const agent = createAgent(timeout2);
  return {
    async deliver(delivery) {
      try {
        const marks2 = { id: delivery.id, traceparent: delivery.traceparent };
        const request = buildRequest(fixed, delivery.settings, delivery.body, marks2);
        return await exchange(agent, context, request, timeout2, delivery);
      } catch (error) {
        const message = error instanceof Error ? error.message : "the request cannot be made";
        return { kind: "permanent", failure: { class: "invalid", message } };
      }
    },
    close: () => agent.destroy()
  };
}
function createAgent(timeout2) {
  return new Agent({
    connect: { timeout: Math.min(timeout2, 1e4) },
    connections: 256,
    pipelining: 1,
    keepAliveTimeout: 1e4,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 32 * 1024
  });
}
async function exchange(agent, { clock }, request, timeout2, delivery) {
  const what = `${request.method} ${request.origin}`;
  const progress = { sent: false };
  const abort = new AbortController();
  const cut = (reason) => () => abort.abort(new Error(reason));
  const cancel = clock.after(timeout2, cut(`no complete answer within ${timeout2 / 1e3} s`));
  const stop = cut("the worker stopped before the answer came");
  delivery.signal.addEventListener("abort", stop, { once: true });
  if (delivery.signal.aborted) stop();
  try {
    const answer2 = await agent.compose(watching(progress)).request({
      origin: request.origin,
      path: `${request.url.pathname}${request.url.search}`,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      signal: abort.signal
    });
    await answer2.body.dump({ limit: answerBytes, signal: abort.signal }).catch(() => void 0);
    return classifyStatus(what, answer2.statusCode, first(answer2.headers["retry-after"]), clock.now());
  } catch (error) {
    return classifyBreak(what, reasonOf(error), progress.sent);
  } finally {
    cancel();
    delivery.signal.removeEventListener("abort", stop);
  }
}
function watching(progress) {
  return (dispatch) => (options, handler) => dispatch(options, {
    onRequestStart: (controller, state) => {
      progress.sent = true;
      handler.onRequestStart?.(controller, state);
    },
    onRequestUpgrade: (...given2) => handler.onRequestUpgrade?.(...given2),
    onResponseStart: (...given2) => handler.onResponseStart?.(...given2),
    onResponseData: (...given2) => handler.onResponseData?.(...given2),
    onResponseEnd: (...given2) => handler.onResponseEnd?.(...given2),
    onResponseError: (...given2) => handler.onResponseError?.(...given2)
  });
}
function reasonOf(error) {
  if (!(error instanceof Error)) return "the request failed";
  const code = "code" in error && typeof error.code === "string" ? error.code : void 0;
  if (code === void 0 && !(error instanceof errors4.UndiciError)) return error.message;
  return reasons[code ?? ""] ?? `the request failed (${code})`;
}
var answerBytes, thirtySeconds, reasons, first;
var init_target2 = __esm({
  "connectors/http/target.ts"() {
    "use strict";
    init_setting();
    init_classify();
    init_request();
    answerBytes = 128 * 1024;
    thirtySeconds = 3e4;
    reasons = {
      ECONNREFUSED: "connection refused",
      ENOTFOUND: "the host name is not known",
      EAI_AGAIN: "the host name could not be looked up",
      EHOSTUNREACH: "the host cannot be reached",
      ENETUNREACH: "the network cannot be reached",
      ECONNRESET: "the connection was cut",
      EPIPE: "the connection was cut",
      ETIMEDOUT: "the connection timed out",
      UND_ERR_CONNECT_TIMEOUT: "no connection in time",
      UND_ERR_SOCKET: "the connection was cut",
      UND_ERR_DESTROYED: "the target was closed",
      UND_ERR_CLOSED: "the target was closed"
    };
    first = (header2) => typeof header2 === "string" ? header2 : header2?.[0];
  }
});

// connectors/nats/target.ts
var target_exports3 = {};
__export(target_exports3, {
  openNatsTarget: () => openNatsTarget
});
import { headers as headers3 } from "@nats-io/nats-core";
function openNatsTarget(nats, now) {
  const captured = /* @__PURE__ */ new Map();
  const lookUp = async (subject) => {
    const answer2 = await nats.requests.send("$JS.API.STREAM.NAMES", JSON.stringify({ subject }));
    if (answer2.kind === "none") return void 0;
    const { streams } = answer2.message.json();
    const stream2 = (streams?.length ?? 0) > 0;
    if (captured.size >= mostSubjects) captured.clear();
    captured.set(subject, { stream: stream2, at: now() });
    return stream2;
  };
  const deliver = async (delivery) => {
    const subject = requiredText(delivery.settings, "subject");
    if (!nats.connected()) return unavailable("NATS is not connected");
    const known = captured.get(subject);
    const stream2 = known !== void 0 && now() - known.at < lookAgainMs ? known.stream : await lookUp(subject);
    if (stream2 === void 0) return unavailable("NATS did not say whether a stream takes the subject");
    const fields2 = headers3();
    fields2.set("Nats-Msg-Id", encodeURIComponent(delivery.id));
    if (delivery.traceparent !== void 0) fields2.set("traceparent", delivery.traceparent);
    const body = jsonBytes(delivery.body);
    if (stream2) return acknowledged(await nats.requests.send(subject, body, fields2));
    if (!nats.requests.post(subject, body, fields2)) return unavailable("NATS is not connected");
    await nats.flush();
    return { kind: "delivered" };
  };
  return {
    deliver: (delivery) => deliver(delivery).catch((error) => unknown(error instanceof Error ? error.name : "error")),
    close: () => Promise.resolve()
  };
}
function acknowledged(answer2) {
  if (answer2.kind === "none") return unknown(answer2.reason);
  if (answer2.message.headers?.code === 503) return unavailable("no stream takes the subject");
  const ack = answer2.message.json();
  if (ack.error !== void 0) return unavailable(`the stream refused it (${ack.error.err_code ?? ack.error.code})`);
  return { kind: "delivered", detail: `${ack.stream} ${ack.seq}` };
}
var lookAgainMs, mostSubjects, unavailable, unknown;
var init_target3 = __esm({
  "connectors/nats/target.ts"() {
    "use strict";
    init_json_text();
    init_setting();
    lookAgainMs = 1e4;
    mostSubjects = 1e4;
    unavailable = (message) => ({
      kind: "transient",
      failure: { class: "unavailable", message }
    });
    unknown = (reason) => ({
      kind: "unknown",
      failure: { class: "unavailable", message: `NATS did not answer (${reason})` }
    });
  }
});

// connectors/schedule/source.ts
var source_exports3 = {};
__export(source_exports3, {
  startSchedule: () => startSchedule
});
import { Cron } from "croner";
function startSchedule(context) {
  const next = planner(context);
  let stopped = false;
  let cancel = () => {
  };
  let current = Promise.resolve();
  const fire = async (due) => {
    const firedAt = new Date(due).toISOString();
    const value = context.settings.body ?? {};
    const incoming = { body: jsonBytes(value), value, id: `schedule:${firedAt}`, headers: {}, meta: { firedAt } };
    while (!stopped) {
      const accepted = await context.accept(incoming);
      if (accepted.kind !== "unavailable") return;
      await new Promise((resume) => context.clock.after(accepted.retryAfterSeconds * 1e3, resume));
    }
  };
  const arm = (after) => {
    const due = next(after);
    if (due === void 0 || stopped) return;
    const wait = due - context.clock.now();
    cancel = context.clock.after(Math.min(Math.max(0, wait), longest2), () => {
      if (wait > longest2) return arm(after);
      current = fire(due);
      arm(due);
    });
  };
  arm(context.clock.now());
  return {
    stop: async () => {
      stopped = true;
      cancel();
      await current;
    }
  };
}
function planner(context) {
  const pattern = textSetting(context.settings, "cron");
  if (pattern === void 0) {
    const every = numberSetting(context.settings, "every", 6e4);
    return (after) => (Math.floor(after / every) + 1) * every;
  }
  const cron = new Cron(pattern, { paused: true, timezone: textSetting(context.settings, "timezone") ?? "UTC" });
  return (after) => cron.nextRun(new Date(after))?.getTime();
}
var longest2;
var init_source3 = __esm({
  "connectors/schedule/source.ts"() {
    "use strict";
    init_json_text();
    init_setting();
    longest2 = 24 * 36e5;
  }
});

// bench/hop.ts
import { mkdtemp as mkdtemp3, rm as rm7 } from "node:fs/promises";
import { tmpdir as tmpdir4 } from "node:os";
import { join as join14 } from "node:path";
import { connect as connect3 } from "@nats-io/transport-node";

// schema/address.ts
import { createHash } from "node:crypto";
function idHash(messageId) {
  return createHash("sha256").update(messageId, "utf8").digest("base64url").slice(0, 16);
}
var namePattern = "^[a-z][a-z0-9-]{0,62}$";
var intakeStream = (integration) => `IN_${integration}`;
var intakeSubject = (integration, hash) => `in.${integration}.m.${hash}`;
var intakeFilter = (integration) => `in.${integration}.m.>`;
var retryStream = (integration) => `RETRY_${integration}`;
var retrySubjects = (integration) => [
  `rx.${integration}.>`,
  `rs.${integration}.>`,
  `rd.${integration}.>`
];
var stateSubject = (integration, target3, hash) => `rx.${integration}.${target3}.${hash}`;
var scheduleSubject = (integration, target3, hash) => `rs.${integration}.${target3}.${hash}`;
var dueSubject = (integration, target3, hash) => `rd.${integration}.${target3}.${hash}`;
var dueFilter = (integration, target3) => `rd.${integration}.${target3}.>`;
var deadStream = "DLQ";
var deadSubject = (integration, target3, hash) => `dlq.${integration}.${target3}.${hash}`;
var sourceStateStream = "STATE";
var sourceStateSubject = (integration, source3, key2) => `state.${integration}.${source3}.${idHash(key2)}`;
var retriesBucket = "retries";
var retriesViewFilter = (integration) => `$KV.${retriesBucket}.${integration}.>`;
var retriesViewSubject = (integration, target3, hash) => `$KV.${retriesBucket}.${integration}.${target3}.${hash}`;
var deployBucket = "vrsky";
var deployKey = (integration) => `deploy.${integration}`;
var bucketStream = (bucket) => `KV_${bucket}`;
var targetConsumer = (target3) => target3;
var inboxPrefix = (user) => `_INBOX_${user}`;

// schema/canonical.ts
init_json();
import { createHash as createHash2 } from "node:crypto";
function canonical(value) {
  return JSON.stringify(sorted(value));
}
function sha256(text4) {
  return createHash2("sha256").update(text4).digest("hex");
}
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key2, member]) => [key2, sorted(member)])
  );
}

// control/compare.ts
init_json();

// schema/topology.ts
var owned = {
  /** Always "vrsky". */
  by: "vrsky.owner",
  workspace: "vrsky.workspace",
  /** Integration, or "" for what a tenant's integrations share. */
  integration: "vrsky.integration",
  /** Hash of the wanted configuration. */
  hash: "vrsky.hash"
};

// control/jetstream-api.ts
init_json();
var notFound = /* @__PURE__ */ new Set([10014, 10037, 10059]);
var timeoutMs = 1e4;
async function call(connection, subject, body) {
  const payload = body === void 0 ? "" : JSON.stringify(body);
  return checked(await connection.request(`$JS.API.${subject}`, payload, { timeout: timeoutMs }));
}
async function publish(connection, subject, body, headers6) {
  checked(await connection.request(subject, body, { timeout: timeoutMs, headers: headers6 }));
}
function checked(answer2) {
  const value = answer2.json();
  if (value.error !== void 0) throw apiError(value.error);
  return value;
}
async function callIfThere(connection, subject, body) {
  try {
    return await call(connection, subject, body);
  } catch (error) {
    if (isApiError(error) && notFound.has(error.errCode)) return void 0;
    throw error;
  }
}
async function list(connection, subject, entries) {
  const all = [];
  for (; ; ) {
    const page2 = await call(connection, subject, { offset: all.length });
    const part = page2[entries];
    if (!Array.isArray(part) || part.length === 0) return all;
    all.push(...part);
    if (all.length >= page2.total) return all;
  }
}
function isApiError(error) {
  return error instanceof Error && error.name === "JetStreamApiError" && "errCode" in error;
}
function metadataOf(config) {
  return isJsonObject(config.metadata) ? config.metadata : {};
}
function apiError({ description, err_code, code }) {
  const error = new Error(description ?? "refused without a reason");
  return Object.assign(error, { name: "JetStreamApiError", errCode: err_code ?? code ?? 0 });
}

// control/compare.ts
function compareConfig(wanted2, live) {
  const fields2 = [.../* @__PURE__ */ new Set([...Object.keys(wanted2), ...optional.filter((field) => field in live)])].filter((field) => field !== "metadata").flatMap((field) => compareField(field, wanted2[field] ?? null, live[field]));
  if (fields2.length > 0) return fields2;
  const hash = compareField(`metadata.${owned.hash}`, hashOf(wanted2), hashOf(live));
  return hash.length > 0 ? hash : compareOwner(wanted2, live);
}
function hashOf(config) {
  return metadataOf(config)[owned.hash] ?? null;
}
function allFields(wanted2) {
  return Object.entries(wanted2).filter(([field]) => field !== "metadata" && field !== "name" && field !== "durable_name").map(([field, to]) => ({ field, from: null, to }));
}
function merged(wanted2, live) {
  const kept2 = Object.entries(live).filter(([field]) => !optional.includes(field));
  const theirs = Object.entries(metadataOf(live)).filter(([key2]) => !key2.startsWith("_nats."));
  const metadata = { ...Object.fromEntries(theirs), ...metadataOf(wanted2) };
  return { ...Object.fromEntries(kept2), ...wanted2, metadata };
}
function plain(config) {
  const value = JSON.parse(JSON.stringify(config));
  return isJsonObject(value) ? value : {};
}
var optional = ["republish"];
function compareOwner(wanted2, live) {
  const there = metadataOf(live);
  return Object.entries(metadataOf(wanted2)).flatMap(
    ([key2, value]) => compareField(`metadata.${key2}`, value, there[key2])
  );
}
function compareField(field, wanted2, live) {
  const from = live ?? absent(wanted2);
  return normal(field, wanted2) === normal(field, from) ? [] : [{ field, from, to: wanted2 }];
}
function absent(wanted2) {
  if (typeof wanted2 === "boolean") return false;
  return typeof wanted2 === "number" ? 0 : null;
}
function normal(field, value) {
  if (field.startsWith("max_") && value === -1) return "0";
  if (field === "subjects" && Array.isArray(value)) return canonical([...value].sort());
  return canonical(value);
}
function needsReplacing({ field, from, to }) {
  if (field === "retention" || field === "storage" || field === "ack_policy") return true;
  return oneWay.has(field) && from === true && to === false;
}
var oneWay = /* @__PURE__ */ new Set(["deny_delete", "deny_purge", "allow_msg_ttl", "allow_msg_schedules"]);
function jsonTexts(value) {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

// control/data-loss.ts
function refusedLoss(changes, allowed2) {
  const losses = changes.flatMap((change) => {
    const { tenant, name, consequence } = change;
    if (consequence.kind !== "drops-unread" || isAllowed(change, allowed2)) return [];
    return [{ tenant, name, messages: consequence.messages }];
  });
  return losses.length === 0 ? void 0 : lossRefused(withoutCovered(losses));
}
function isAllowed({ tenant, name }, allowed2) {
  const names3 = [name, name.split("/")[0] ?? name];
  return names3.some((each) => allowed2.includes(each) || allowed2.includes(`${tenant}/${each}`));
}
function lossRefused(losses) {
  const each = losses.map(({ tenant, name, messages }) => `${name} of tenant ${tenant} (${unread(messages)})`);
  const flags = [...new Set(losses.map(({ name }) => `--allow-data-loss=${name}`))];
  return {
    kind: "data-loss",
    message: `this would lose ${each.join(", ")}; let the targets read them first, or allow it with ${flags.join(" ")}`,
    losses
  };
}
function withoutCovered(losses) {
  const streams = new Set(losses.map(({ tenant, name }) => `${tenant}/${name}`));
  return losses.filter(({ tenant, name }) => {
    const [stream2, consumer] = name.split("/");
    return consumer === void 0 || !streams.has(`${tenant}/${stream2}`);
  });
}
var unread = (messages) => messages === 1 ? "1 unread message" : `${messages} unread messages`;

// control/deployment.ts
import { headers } from "@nats-io/transport-node";
init_json();

// control/direct.ts
import { errors } from "@nats-io/transport-node";
var waitMs = 1e4;
var page = 256;
var pageBytes = 8 * 1024 * 1024;
async function* directMessages(connection, query) {
  const { limit = Number.POSITIVE_INFINITY } = query;
  let { from = 1 } = query;
  for (let read2 = 0, pending = 1; pending > 0 && read2 < limit; ) {
    pending = 0;
    const batch = Math.min(page, Math.max(2, limit - read2));
    for await (const message of pageOf(connection, query, from, batch)) {
      from = message.sequence + 1;
      pending = message.pending;
      yield message;
      if (++read2 >= limit) return;
    }
  }
}
async function countMatching(connection, stream2, filter) {
  for await (const first2 of directMessages(connection, { stream: stream2, filter, limit: 1 })) return first2.pending + 1;
  return 0;
}
async function* pageOf(connection, { stream: stream2, filter }, seq, batch) {
  const query = JSON.stringify({ seq, next_by_subj: filter, batch, max_bytes: pageBytes });
  const answers = await connection.requestMany(`$JS.API.DIRECT.GET.${stream2}`, query, {
    strategy: "sentinel",
    maxWait: waitMs
  });
  let ended = false;
  for await (const answer2 of answers) {
    ended = answer2.data.length === 0;
    const code = answer2.headers?.code ?? 0;
    if (code === 503) throw new errors.NoRespondersError(`$JS.API.DIRECT.GET.${stream2}`);
    const message = code === 0 ? stored(answer2) : void 0;
    if (message !== void 0) yield message;
  }
  if (!ended) throw new errors.TimeoutError();
}
function stored(message) {
  const { headers: headers6, data } = message;
  if (headers6 === void 0 || !headers6.has("Nats-Sequence")) return void 0;
  return {
    subject: headers6.last("Nats-Subject"),
    sequence: Number(headers6.last("Nats-Sequence")),
    storedAt: headers6.last("Nats-Time-Stamp"),
    headers: headers6,
    body: data,
    pending: Number(headers6.last("Nats-Num-Pending"))
  };
}

// control/deployment.ts
var stream = bucketStream(deployBucket);
var subjectOf = (integration) => `$KV.${deployBucket}.${deployKey(integration)}`;
var prefix = subjectOf("");
async function readDeployments(connection) {
  const live = /* @__PURE__ */ new Map();
  for await (const message of directMessages(connection, { stream, filter: `${prefix}>` })) {
    const integration = message.subject.slice(prefix.length);
    const record2 = message.headers.has("KV-Operation") ? void 0 : parse(message.body);
    live.set(integration, { integration, sequence: message.sequence, ...record2 === void 0 ? {} : { record: record2 } });
  }
  return [...live.values()];
}
async function writeDeployment(connection, integration, record2, previous) {
  const expected = headers();
  expected.set("Nats-Expected-Last-Subject-Sequence", `${previous}`);
  await publish(connection, subjectOf(integration), JSON.stringify(record2), expected);
}
async function deleteDeployment(connection, integration, previous) {
  const marker = headers();
  marker.set("KV-Operation", "DEL");
  marker.set("Nats-Expected-Last-Subject-Sequence", `${previous}`);
  await publish(connection, subjectOf(integration), "", marker);
}
function parse(body) {
  try {
    const value = JSON.parse(new TextDecoder().decode(body));
    if (!isJsonObject(value)) return void 0;
    const { revision, bundle, at: at3 } = value;
    if (typeof revision !== "number" || typeof bundle !== "string") return void 0;
    return { revision, bundle, ...typeof at3 === "string" ? { at: at3 } : {} };
  } catch {
    return void 0;
  }
}

// control/failure.ts
import { errors as errors2 } from "@nats-io/transport-node";
var success = (value) => ({ ok: true, value });
var failed = (failure) => ({
  ok: false,
  failure
});
function exitCode(failure) {
  switch (failure.kind) {
    case "unreachable":
    case "unsupported":
      return 69;
    case "denied":
      return 77;
    case "credentials":
      return 64;
    case "conflict":
    case "stale":
    case "data-loss":
    case "failed":
      return 3;
    default:
      return failure;
  }
}
function failureOf(error, what) {
  if (isApiError(error)) return apiFailure(error, what);
  const cause = error instanceof errors2.RequestError ? error.cause ?? error : error;
  if (cause instanceof errors2.PermissionViolationError) {
    return { kind: "denied", message: `${what}: this user may not publish on ${cause.subject}` };
  }
  if (cause instanceof errors2.AuthorizationError || cause instanceof errors2.UserAuthenticationExpiredError) {
    return { kind: "denied", message: `${what}: NATS refused the credentials (${cause.message})` };
  }
  if (cause instanceof errors2.TimeoutError) {
    return { kind: "unreachable", message: `${what}: NATS did not answer in time` };
  }
  if (cause instanceof errors2.NoRespondersError) {
    return { kind: "unsupported", message: `${what}: nobody answers; JetStream is off on this server or account` };
  }
  if (cause instanceof errors2.ClosedConnectionError || cause instanceof errors2.DrainingConnectionError) {
    return { kind: "unreachable", message: `${what}: the connection to NATS is closed` };
  }
  if (cause instanceof errors2.ConnectionError || cause instanceof errors2.RequestError) {
    return { kind: "unreachable", message: `${what}: ${cause.message}` };
  }
  throw error;
}
function apiFailure(error, what) {
  if (error.errCode === 10039 || error.errCode === 10076) {
    return { kind: "unsupported", message: `${what}: JetStream is not enabled for this account` };
  }
  return { kind: "failed", message: `${what}: ${error.message} (JetStream ${error.errCode})` };
}

// control/figures.ts
async function consumerUnread(connection, info, parked) {
  const unread2 = info.num_pending + info.num_ack_pending;
  const integration = `${metadataOf(info.config)[owned.integration] ?? ""}`;
  if (!parked || info.stream_name !== retryStream(integration)) return unread2;
  return unread2 + await countMatching(connection, info.stream_name, scheduled(integration, info.name));
}
async function streamUnread(connection, info, readers, parked) {
  const { name } = info.config;
  const { messages } = info.state;
  if (messages === 0 || isView(name)) return 0;
  const integration = `${metadataOf(info.config)[owned.integration] ?? ""}`;
  if (integration !== "" && name === intakeStream(integration) && readers.length > 0) {
    return Math.min(messages, Math.max(...readers));
  }
  if (parked && integration !== "" && name === retryStream(integration)) {
    const waiting = await countMatching(connection, name, scheduled(integration));
    return waiting + await countMatching(connection, name, dueFilter(integration, "*"));
  }
  return messages;
}
async function unreadNow(connection, stream2, consumer) {
  if (consumer !== void 0) {
    const info2 = await call(connection, `CONSUMER.INFO.${stream2}.${consumer}`);
    return consumerUnread(connection, info2, true);
  }
  const info = await call(connection, `STREAM.INFO.${stream2}`);
  const consumers = await list(connection, `CONSUMER.LIST.${stream2}`, "consumers");
  const readers = consumers.filter(({ config }) => metadataOf(config)[owned.by] === "vrsky").map(({ num_pending, num_ack_pending }) => num_pending + num_ack_pending);
  return streamUnread(connection, info, readers, true);
}
var scheduled = (integration, target3) => target3 === void 0 ? `rs.${integration}.>` : scheduleSubject(integration, target3, ">");
var isView = (name) => name === bucketStream(retriesBucket) || name === bucketStream(deployBucket);

// control/carry-out.ts
async function carryOut(change, site) {
  const what = `${doing[change.action]} ${change.kind} ${change.name} of tenant ${change.tenant}`;
  try {
    switch (change.kind) {
      case "stream":
        return await streamChange(change, change.name, site);
      case "bucket":
        return await streamChange(change, bucketStream(change.name), site);
      case "consumer":
        return await consumerChange(change, site);
      case "deployment":
        return await deploymentChange(change, site);
      case "account":
        return { kind: "failed", message: `${what}: accounts are made in the server's configuration` };
      default:
        return change.kind;
    }
  } catch (error) {
    return failureOf(error, what);
  }
}
var doing = {
  create: "creating",
  update: "updating",
  replace: "replacing",
  delete: "deleting"
};
async function streamChange(change, name, site) {
  const { connection } = site;
  const wanted2 = site.wantedStreams.get(name) ?? {};
  if (change.action === "create") {
    await call(connection, `STREAM.CREATE.${name}`, wanted2);
    return void 0;
  }
  if (change.action === "update") {
    await call(connection, `STREAM.UPDATE.${name}`, merged(wanted2, site.liveStreams.get(name)?.config ?? {}));
    return void 0;
  }
  const loss = await lastLook(change, site, name);
  if (loss !== void 0) return loss;
  await callIfThere(connection, `STREAM.DELETE.${name}`);
  if (change.action === "replace") await call(connection, `STREAM.CREATE.${name}`, wanted2);
  else await clearView(name, site);
  return void 0;
}
async function clearView(name, { connection, liveStreams }) {
  const prefix2 = retryStream("");
  if (!name.startsWith(prefix2) || !liveStreams.has(bucketStream(retriesBucket))) return;
  const filter = retriesViewFilter(name.slice(prefix2.length));
  await callIfThere(connection, `STREAM.PURGE.${bucketStream(retriesBucket)}`, { filter });
}
async function consumerChange(change, site) {
  const { connection } = site;
  const [stream2 = "", name = ""] = change.name.split("/");
  const live = site.liveConsumers.get(change.name);
  const wanted2 = site.wantedConsumers.get(change.name);
  const create2 = (action, config) => call(connection, `CONSUMER.CREATE.${stream2}.${name}`, { stream_name: stream2, action, config });
  if (change.action === "update" && wanted2 !== void 0) {
    await create2("update", merged(plain(wanted2.config), live?.config ?? {}));
    return void 0;
  }
  if (change.action === "delete") {
    const loss = await lastLook(change, site, stream2, name);
    if (loss !== void 0) return loss;
  }
  if (change.action !== "create") await callIfThere(connection, `CONSUMER.DELETE.${stream2}.${name}`);
  if (change.action !== "delete" && wanted2 !== void 0) {
    await create2("create", { ...plain(wanted2.config), ...start(stream2, wanted2.integration, live, site) });
  }
  return void 0;
}
function start(stream2, integration, before, site) {
  const live = site.liveStreams.get(stream2);
  const all = { deliver_policy: "all" };
  if (live === void 0 || site.made.has(stream2) || live.config.retention === "workqueue") return all;
  if (before !== void 0) return { deliver_policy: "by_start_sequence", opt_start_seq: before.ackFloor + 1 };
  if (live.messages === 0 || site.liveDeployments.get(integration)?.record === void 0) return all;
  return { deliver_policy: "by_start_sequence", opt_start_seq: live.lastSequence + 1 };
}
async function deploymentChange(change, site) {
  const { connection, now, wantedBundles, made } = site;
  const fresh2 = made.has(bucketStream(deployBucket));
  const live = fresh2 ? void 0 : site.liveDeployments.get(change.name);
  const previous = live?.sequence ?? 0;
  if (change.action === "delete") {
    await deleteDeployment(connection, change.name, previous);
    return void 0;
  }
  const revision = (live?.record?.revision ?? 0) + 1;
  const bundle = wantedBundles.get(change.name) ?? "";
  await writeDeployment(connection, change.name, { revision, bundle, at: now().toISOString() }, previous);
  return void 0;
}
async function lastLook(change, { connection, allowDataLoss, liveStreams }, stream2, consumer) {
  if (isAllowed(change, allowDataLoss) || !liveStreams.has(stream2)) return void 0;
  const messages = await unreadNow(connection, stream2, consumer);
  return messages === 0 ? void 0 : lossRefused([{ tenant: change.tenant, name: change.name, messages }]);
}

// control/concurrently.ts
async function concurrently(items, limit, work) {
  const results = [];
  const queue = items.entries();
  let stopped = false;
  const lane = async () => {
    for (const [index, item] of queue) {
      if (stopped) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane));
  const broken2 = lanes.find((settled) => settled.status === "rejected");
  if (broken2 !== void 0) throw broken2.reason;
  return results;
}

// control/observe.ts
function emptyTenant(tenant) {
  return { tenant, streams: [], consumers: [], deployments: [], foreignStreams: [], foreignConsumers: [] };
}
var tenantsAtOnce = 8;
var requestsAtOnce = 64;
async function observe(wanted2, connections) {
  try {
    const lanes = Math.max(1, Math.floor(requestsAtOnce / Math.max(1, Math.min(tenantsAtOnce, connections.length))));
    const tenants = await concurrently(
      connections,
      tenantsAtOnce,
      (connection) => observeTenant(wanted2, connection, lanes)
    );
    return success({ tenants });
  } catch (error) {
    return failed(failureOf(error, "reading what the cluster holds"));
  }
}
async function observeTenant(wanted2, { tenant, connection }, lanes) {
  const all = await list(connection, "STREAM.LIST", "streams");
  const ours = all.filter(({ config }) => isOurs(config, wanted2.workspace));
  const plain5 = ours.filter(({ config }) => !config.name.startsWith(bucketStream("")));
  const infos = await concurrently(
    plain5,
    lanes,
    ({ config }) => list(connection, `CONSUMER.LIST.${config.name}`, "consumers")
  );
  const stays = staying(wanted2, tenant);
  const [mine, others] = partition(infos.flat(), ({ config }) => isOurs(config, wanted2.workspace));
  const consumers = await concurrently(mine, lanes, (info) => observedConsumer(connection, info, stays));
  const readers = unreadByStream(consumers);
  const deployed = ours.some(({ config }) => config.name === bucketStream(deployBucket));
  return {
    tenant,
    streams: await concurrently(
      ours,
      lanes,
      (info) => observedStream(connection, info, readers.get(info.config.name) ?? [], stays)
    ),
    consumers,
    deployments: deployed ? await readDeployments(connection) : [],
    foreignStreams: all.filter((info) => !ours.includes(info)).map(foreign),
    foreignConsumers: others.map((info) => `${info.stream_name}/${info.name}`)
  };
}
async function observedConsumer(connection, info, stays) {
  const { stream_name: stream2, name, config } = info;
  const unread2 = await consumerUnread(connection, info, !stays.has(`${stream2}/${name}`));
  return { stream: stream2, name, config, unread: unread2, inFlight: info.num_ack_pending, ackFloor: info.ack_floor.stream_seq };
}
async function observedStream(connection, info, readers, stays) {
  const { config, state } = info;
  const unread2 = await streamUnread(connection, info, readers, !stays.has(config.name));
  return {
    name: config.name,
    config,
    messages: state.messages,
    bytes: state.bytes,
    lastSequence: state.last_seq,
    unread: unread2
  };
}
function staying(wanted2, name) {
  const tenant = wanted2.tenants.find(({ tenant: tenant2 }) => tenant2 === name);
  const streams = tenant?.streams.map(({ config }) => config.name) ?? [];
  const consumers = tenant?.consumers.map(({ stream: stream2, config }) => `${stream2}/${config.durable_name}`) ?? [];
  return /* @__PURE__ */ new Set([...streams, ...consumers]);
}
function unreadByStream(consumers) {
  const byStream = /* @__PURE__ */ new Map();
  for (const { stream: stream2, unread: unread2 } of consumers) {
    const readers = byStream.get(stream2);
    if (readers === void 0) byStream.set(stream2, [unread2]);
    else readers.push(unread2);
  }
  return byStream;
}
function isOurs(config, workspace) {
  const metadata = metadataOf(config);
  return metadata[owned.by] === "vrsky" && metadata[owned.workspace] === workspace;
}
function foreign({ config }) {
  const metadata = metadataOf(config);
  const subjects = jsonTexts(config.subjects);
  const workspace = metadata[owned.by] === "vrsky" ? metadata[owned.workspace] : void 0;
  return { name: config.name, subjects, ...typeof workspace === "string" ? { workspace } : {} };
}
function partition(items, belongs) {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}

// control/bucket.ts
function bucketConfig(bucket) {
  return {
    name: bucketStream(bucket.name),
    subjects: [`$KV.${bucket.name}.>`],
    retention: "limits",
    discard: "new",
    storage: "file",
    num_replicas: 1,
    max_bytes: bucket.max_bytes,
    max_msgs_per_subject: bucket.history,
    allow_rollup_hdrs: true,
    allow_direct: true,
    deny_delete: true,
    ...bucket.markerTtl > 0 ? { allow_msg_ttl: true } : {},
    subject_delete_marker_ttl: bucket.markerTtl,
    metadata: bucket.metadata
  };
}

// control/wanted.ts
function streamLabel(stream2) {
  const prefix2 = bucketStream("");
  return stream2.startsWith(prefix2) ? { kind: "bucket", name: stream2.slice(prefix2.length) } : { kind: "stream", name: stream2 };
}
function wantedStreams(tenant) {
  return [
    ...tenant.buckets.map(bucketConfig),
    ...tenant.streams.map(({ config }) => ({ ...plain(config), name: config.name }))
  ].map((config) => ({ ...streamLabel(config.name), config }));
}
var consumerName = ({ stream: stream2, config }) => `${stream2}/${config.durable_name}`;
function nothingOf(tenant) {
  return { tenant, streams: [], consumers: [], buckets: [], deployments: [] };
}

// control/conflicts.ts
function conflicts(wanted2, live) {
  const streams = wantedStreams(wanted2);
  const foreignConsumers = new Set(live.foreignConsumers);
  return [
    ...streams.flatMap(({ config }) => {
      const subjects = jsonTexts(config.subjects);
      return live.foreignStreams.flatMap((foreign3) => streamConflict(config.name, subjects, foreign3, wanted2.tenant));
    }),
    ...wanted2.consumers.map(consumerName).filter((name) => foreignConsumers.has(name)).map(
      (name) => `consumer ${name} of tenant ${wanted2.tenant} exists and is not VRSky's: remove it or rename the target`
    )
  ];
}
function streamConflict(name, subjects, foreign3, tenant) {
  const account2 = `the account of tenant ${tenant}`;
  if (foreign3.name === name) {
    return foreign3.workspace === void 0 ? [`stream ${name} exists in ${account2} and is not VRSky's: remove it or use another account`] : [`stream ${name} in ${account2} belongs to workspace ${foreign3.workspace}: an account serves one workspace`];
  }
  const taken = foreign3.subjects.find((subject) => subjects.some((ours) => overlap(subject, ours)));
  if (taken === void 0) return [];
  return [`stream ${foreign3.name} in ${account2} takes ${taken}, which ${name} needs: narrow its subjects`];
}
function overlap(left2, right) {
  const a = left2.split(".");
  const b = right.split(".");
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === ">" || b[i] === ">") return true;
    if (a[i] !== b[i] && a[i] !== "*" && b[i] !== "*") return false;
  }
  return a.length === b.length;
}

// control/consequence.ts
var safe = { kind: "safe" };
var restartsWorker = { kind: "restarts-worker" };
var drops = (messages) => messages > 0 ? { kind: "drops-unread", messages } : safe;
var redelivers = (messages) => messages > 0 ? { kind: "redelivers", messages } : safe;
function streamUpdate(fields2, live) {
  return fields2.some((field) => truncates(field, live)) ? drops(live.unread) : safe;
}
function truncates({ field, from, to }, live) {
  if (typeof to !== "number" || to <= 0) return false;
  switch (field) {
    case "max_bytes":
      return live.bytes > to;
    case "max_msgs":
      return live.messages > to;
    case "max_age":
    case "max_msgs_per_subject":
      return typeof from !== "number" || from <= 0 || to < from;
    default:
      return false;
  }
}
function consumerUpdate(fields2, live) {
  if (fields2.some(({ field }) => field === "filter_subject")) return drops(live.unread);
  const sooner = fields2.some(({ field, from, to }) => field === "ack_wait" && Number(to) < Number(from));
  return sooner ? redelivers(live.inFlight) : safe;
}
function consumerReplacement(live) {
  return redelivers(live.unread);
}

// control/plan.ts
function plan(wanted2, observed) {
  const live = new Map(observed.tenants.map((tenant) => [tenant.tenant, tenant]));
  const names3 = new Set(wanted2.tenants.map(({ tenant }) => tenant));
  const pairs = [
    ...wanted2.tenants.map((tenant) => ({
      wanted: tenant,
      live: live.get(tenant.tenant) ?? emptyTenant(tenant.tenant)
    })),
    ...observed.tenants.filter(({ tenant }) => !names3.has(tenant)).map((live2) => ({ wanted: nothingOf(live2.tenant), live: live2 }))
  ];
  const inTheWay = pairs.flatMap(({ wanted: wanted3, live: live2 }) => conflicts(wanted3, live2));
  const [first2] = inTheWay;
  if (first2 !== void 0) {
    const more = inTheWay.length > 1 ? ` (and ${inTheWay.length - 1} more)` : "";
    return failed({ kind: "conflict", message: `${first2}${more}`, conflicts: inTheWay });
  }
  const verdicts = pairs.flatMap(({ wanted: wanted3, live: live2 }) => planTenant(wanted3, live2));
  const changes = verdicts.flatMap(({ change }) => change === void 0 ? [] : [change]);
  const drift = verdicts.flatMap(({ drift: drift2 }) => drift2 === void 0 ? [] : [drift2]);
  const content = { workspace: wanted2.workspace, changes: changes.sort((a, b) => phase(a) - phase(b)), drift };
  return success({ ...content, hash: sha256(canonical(content)) });
}
var order = ["account", "bucket", "stream", "consumer", "deployment"];
function phase({ action, kind }) {
  const step2 = order.indexOf(kind);
  return action === "delete" ? 2 * order.length - step2 : step2;
}
function planTenant(wanted2, live) {
  const liveStreams = new Map(live.streams.map((stream2) => [stream2.name, stream2]));
  const streams = wantedStreams(wanted2);
  const streamVerdicts = streams.map(
    (stream2) => planStream(wanted2.tenant, stream2, liveStreams.get(stream2.config.name))
  );
  const replaced = new Set(streamVerdicts.flatMap(({ change }) => change?.action === "replace" ? [change.name] : []));
  const liveConsumers = new Map(live.consumers.map((consumer) => [`${consumer.stream}/${consumer.name}`, consumer]));
  const liveDeployments = new Map(live.deployments.map((deployment) => [deployment.integration, deployment]));
  return [
    ...streamVerdicts,
    ...wanted2.consumers.map(
      (consumer) => planConsumer(wanted2.tenant, consumer, liveConsumers.get(consumerName(consumer)), replaced.has(consumer.stream))
    ),
    ...wanted2.deployments.map(
      (deployment) => planDeployment(
        wanted2.tenant,
        deployment,
        replaced.has(deployBucket) ? void 0 : liveDeployments.get(deployment.integration)
      )
    ),
    ...removals(wanted2, live)
  ];
}
function planStream(tenant, { kind, name, config }, live) {
  const subject = { kind, tenant, name };
  if (live === void 0) return creation(subject, config);
  const fields2 = compareConfig(config, live.config);
  if (fields2.length === 0) return {};
  const change = fields2.some(needsReplacing) ? { action: "replace", ...subject, consequence: drops(live.unread), fields: fields2 } : { action: "update", ...subject, consequence: streamUpdate(fields2, live), fields: fields2 };
  return { change, ...driftOf(subject, config, live.config, fields2) };
}
function planConsumer(tenant, consumer, live, streamReplaced) {
  const subject = { kind: "consumer", tenant, name: consumerName(consumer) };
  const config = plain(consumer.config);
  if (live === void 0) return creation(subject, config);
  const fields2 = compareConfig(config, live.config);
  if (streamReplaced) return { change: { action: "replace", ...subject, consequence: drops(live.unread), fields: fields2 } };
  if (fields2.length === 0) return {};
  const change = fields2.some(needsReplacing) ? { action: "replace", ...subject, consequence: consumerReplacement(live), fields: fields2 } : { action: "update", ...subject, consequence: consumerUpdate(fields2, live), fields: fields2 };
  return { change, ...driftOf(subject, config, live.config, fields2) };
}
function planDeployment(tenant, { integration, bundle }, live) {
  const from = live?.record?.bundle ?? null;
  if (from === bundle) return {};
  const fields2 = [{ field: "bundle", from, to: bundle }];
  const subject = { kind: "deployment", tenant, name: integration };
  return from === null ? { change: { action: "create", ...subject, consequence: safe, fields: fields2 } } : { change: { action: "update", ...subject, consequence: restartsWorker, fields: fields2 } };
}
function creation(subject, config) {
  return { change: { action: "create", ...subject, consequence: safe, fields: allFields(config) } };
}
function driftOf(subject, wanted2, live, fields2) {
  if (hashOf(wanted2) === null || hashOf(wanted2) !== hashOf(live)) return {};
  return { drift: { ...subject, fields: fields2.map(({ field, from, to }) => ({ field, from: to, to: from })) } };
}
function removals(wanted2, live) {
  const { tenant } = wanted2;
  const streams = new Set(wantedStreams(wanted2).map(({ config }) => config.name));
  const consumers = new Set(wanted2.consumers.map(consumerName));
  const deployments = new Set(wanted2.deployments.map(({ integration }) => integration));
  const bucketGoes = !streams.has(bucketStream(deployBucket));
  const removal = (subject, consequence) => ({
    change: { action: "delete", tenant, ...subject, consequence, fields: [] }
  });
  return [
    ...live.deployments.filter(({ integration, record: record2 }) => record2 !== void 0 && !deployments.has(integration) && !bucketGoes).map(({ integration }) => removal({ kind: "deployment", name: integration }, restartsWorker)),
    ...live.consumers.filter(({ stream: stream2, name }) => streams.has(stream2) && !consumers.has(`${stream2}/${name}`)).map(({ stream: stream2, name, unread: unread2 }) => removal({ kind: "consumer", name: `${stream2}/${name}` }, drops(unread2))),
    ...live.streams.filter(({ name }) => !streams.has(name)).map(({ name, unread: unread2 }) => removal(streamLabel(name), drops(unread2)))
  ];
}

// control/apply.ts
async function apply(options) {
  const observed = await observe(options.wanted, options.connections);
  if (!observed.ok) return observed;
  const planned = plan(options.wanted, observed.value);
  if (!planned.ok) return planned;
  const refused = refuse(planned.value, options);
  if (refused !== void 0) return failed(refused);
  return make(planned.value, observed.value, options);
}
function refuse(current, { agreed, allowDataLoss = [] }) {
  if (agreed !== void 0 && agreed.hash !== current.hash) {
    return { kind: "stale", message: "the cluster or the workspace has changed since this plan was made: plan again" };
  }
  return refusedLoss(current.changes, allowDataLoss);
}
var changesAtOnce = 16;
async function make(current, observed, options) {
  const { changes } = current;
  const total = changes.length;
  const sites = sitesOf(current, observed, options);
  const failures = [];
  let started = 0;
  let done = 0;
  for (const phase2 of phases(changes)) {
    await concurrently(phase2, changesAtOnce, async (change) => {
      if (failures.length > 0) return;
      started++;
      options.onStep?.({ kind: "started", change, number: started, total });
      const site = sites.get(change.tenant);
      const failure2 = site === void 0 ? notConnected(change) : await carryOut(change, site);
      if (failure2 !== void 0) {
        failures.push(failure2);
        return;
      }
      done++;
      options.onStep?.({ kind: "done", change, number: done, total });
    });
    const [failure] = failures;
    if (failure !== void 0)
      return failed({
        ...failure,
        message: `${failure.message}; ${done} of ${total} changes were made, apply again to go on`
      });
  }
  return success({ plan: current, done });
}
var notConnected = ({ tenant }) => ({
  kind: "failed",
  message: `there is no connection to the account of tenant ${tenant}`
});
function phases(changes) {
  const runs2 = [];
  for (const change of changes) {
    const run4 = runs2.at(-1);
    const last = run4?.[0];
    if (run4 !== void 0 && last !== void 0 && sameRun(last, change)) run4.push(change);
    else runs2.push([change]);
  }
  return runs2;
}
var sameRun = (a, b) => a.kind === b.kind && a.action === "delete" === (b.action === "delete");
function sitesOf(current, observed, options) {
  const wanted2 = new Map(options.wanted.tenants.map((tenant) => [tenant.tenant, tenant]));
  const live = new Map(observed.tenants.map((tenant) => [tenant.tenant, tenant]));
  return new Map(
    options.connections.map(({ tenant, connection }) => [
      tenant,
      siteOf(
        connection,
        wanted2.get(tenant) ?? nothingOf(tenant),
        live.get(tenant) ?? emptyTenant(tenant),
        current.changes.filter((change) => change.tenant === tenant),
        options
      )
    ])
  );
}
function siteOf(connection, wanted2, live, changes, { allowDataLoss = [], now }) {
  const making = changes.filter(
    ({ action, kind }) => (action === "create" || action === "replace") && (kind === "stream" || kind === "bucket")
  );
  return {
    connection,
    wantedStreams: new Map(wantedStreams(wanted2).map(({ config }) => [config.name, config])),
    wantedConsumers: new Map(wanted2.consumers.map((consumer) => [consumerName(consumer), consumer])),
    wantedBundles: new Map(wanted2.deployments.map(({ integration, bundle }) => [integration, bundle])),
    liveStreams: new Map(live.streams.map((stream2) => [stream2.name, stream2])),
    liveConsumers: new Map(live.consumers.map((consumer) => [`${consumer.stream}/${consumer.name}`, consumer])),
    liveDeployments: new Map(live.deployments.map((deployment) => [deployment.integration, deployment])),
    made: new Set(making.map(({ kind, name }) => kind === "bucket" ? bucketStream(name) : name)),
    allowDataLoss,
    now
  };
}

// control/connect.ts
import { connect, errors as errors3 } from "@nats-io/transport-node";

// schema/server-version.ts
var testedServer = "2.15.1";
var rule = "VRSky needs nats-server 2.12.14 or newer of 2.12, or 2.14.4 or newer (not 2.13)";
function supportedServer(version) {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(?:\+.*)?$/.exec(version.trim());
  if (match === null) return { ok: false, reason: `"${version}" is not a nats-server version; ${rule}` };
  const [major = 0, minor = 0, patch = 0] = match.slice(1, 4).map(Number);
  const prerelease = match[4] !== void 0;
  const since = (leastPatch) => patch > leastPatch || patch === leastPatch && !prerelease;
  const fits3 = major > 2 || major === 2 && (minor > 14 || minor === 14 && since(4) || minor === 12 && since(14));
  return fits3 ? { ok: true } : { ok: false, reason: `nats-server ${version} is not supported; ${rule}` };
}
function newestFirst(left2, right) {
  return right.localeCompare(left2, "en", { numeric: true });
}

// control/credentials.ts
init_json();
import { credsAuthenticator, usernamePasswordAuthenticator } from "@nats-io/transport-node";
function readCredentials(content, tenants) {
  if (content === void 0) return withoutCredentials(tenants);
  if (content.includes("-----BEGIN NATS USER JWT-----")) return fromCreds(content, tenants);
  return fromJson(content, tenants);
}
function withoutCredentials(tenants) {
  const [only, ...others] = tenants;
  if (others.length > 0)
    return bad(`${several(tenants)}, each in an account of its own: name their users with --creds`);
  return success(new Map(only === void 0 ? [] : [[only, void 0]]));
}
function fromCreds(content, tenants) {
  const [only, ...others] = tenants;
  if (others.length > 0) {
    return bad(
      `${several(tenants)}, but a .creds file opens one account: use a JSON file {"<tenant>": {"user", "password"}}`
    );
  }
  try {
    const login = credsAuthenticator(new TextEncoder().encode(content));
    login("nonce");
    return success(new Map(only === void 0 ? [] : [[only, login]]));
  } catch {
    return bad("the .creds file holds no usable NATS user JWT and seed");
  }
}
function fromJson(content, tenants) {
  const users = parse2(content);
  if (users === void 0) {
    return bad('the credentials file is neither JSON {"<tenant>": {"user", "password"}} nor a NATS .creds file');
  }
  const logins = /* @__PURE__ */ new Map();
  const owners = /* @__PURE__ */ new Map();
  for (const tenant of tenants) {
    const entry3 = users[tenant];
    if (entry3 === void 0) return bad(`the credentials file has no user for tenant ${tenant}`);
    const { user, password } = isJsonObject(entry3) ? entry3 : {};
    if (typeof user !== "string" || typeof password !== "string") {
      return bad(`the credentials file needs "user" and "password" as texts for tenant ${tenant}`);
    }
    const other = owners.get(user);
    if (other !== void 0)
      return bad(`tenants ${other} and ${tenant} have the same user; each needs its own account`);
    owners.set(user, tenant);
    logins.set(tenant, usernamePasswordAuthenticator(user, password));
  }
  return success(logins);
}
function parse2(content) {
  try {
    const value = JSON.parse(content);
    return isJsonObject(value) ? value : void 0;
  } catch {
    return void 0;
  }
}
var several = (tenants) => `the workspace has ${tenants.length} tenants`;
var bad = (message) => failed({ kind: "credentials", message });

// control/connect.ts
var minimumApiLevel = 2;
async function connectTenants(options) {
  const logins = readCredentials(options.credentials, options.tenants);
  if (!logins.ok) return logins;
  const results = await concurrently(
    [...logins.value],
    16,
    async ([tenant, login]) => connectTenant(tenant, login, options)
  );
  const made = results.flatMap((result) => result.ok ? [result.value] : []);
  const close = async () => {
    await Promise.all(made.map(({ connection }) => connection.close()));
  };
  const broken2 = results.find((result) => !result.ok);
  if (broken2 !== void 0 && !broken2.ok) {
    await close();
    return broken2;
  }
  return success({ tenants: made, [Symbol.asyncDispose]: close });
}
async function connectTenant(tenant, login, { url, timeoutMs: timeoutMs3 = 5e3 }) {
  const servers = url.split(",").map((server) => server.trim());
  let connection;
  try {
    connection = await connect({
      servers,
      ...login === void 0 ? {} : { authenticator: login },
      name: `vrsky control ${tenant}`,
      timeout: timeoutMs3,
      noAsyncTraces: true,
      maxReconnectAttempts: -1
    });
  } catch (error) {
    return failed(connectFailure(error, tenant, url));
  }
  const unfit = await judge(connection, tenant);
  if (unfit === void 0) return success({ tenant, connection });
  await connection.close();
  return failed(unfit);
}
async function judge(connection, tenant) {
  const verdict = supportedServer(connection.info?.version ?? "unknown");
  if (!verdict.ok) return { kind: "unsupported", message: verdict.reason };
  try {
    const { api } = await call(connection, "INFO");
    const level = api?.level ?? 0;
    if (level >= minimumApiLevel) return void 0;
    return {
      kind: "unsupported",
      message: `JetStream of this server has API level ${level}; VRSky needs ${minimumApiLevel} or more`
    };
  } catch (error) {
    return failureOf(error, `asking JetStream about the account of tenant ${tenant}`);
  }
}
function connectFailure(error, tenant, url) {
  const failure = failureOf(connectionError(error), `tenant ${tenant} at ${withoutPassword(url)}`);
  if (failure.kind !== "unreachable") return failure;
  return { kind: "unreachable", message: `no NATS server answers at ${withoutPassword(url)}; is it running?` };
}
function connectionError(error) {
  return error instanceof TypeError || error instanceof Error && "code" in error ? new errors3.ConnectionError(error.message) : error;
}
var withoutPassword = (url) => url.replaceAll(/\/\/[^@/,]*@/g, "//");

// cli/exit.ts
var exit = {
  ok: 0,
  /** Invalid spec, failed test, stale output. */
  findings: 1,
  /** Changes present; only with `plan --detailed-exitcode`. */
  changes: 2,
  /** Data loss, stale plan, locked. */
  refused: 3,
  usage: 64,
  /** NATS or the control plane cannot be reached. */
  unreachable: 69,
  /** A bug in VRSky. */
  bug: 70,
  denied: 77,
  interrupted: 130
};
var ok = (value) => ({ ok: true, value });
var refuse2 = (code, message, help2) => ({
  ok: false,
  refusal: { exit: code, message, ...help2 === void 0 ? {} : { help: help2 } }
});

// cli/cluster.ts
var tenantsOf = (ready) => ready.topology.tenants.map(({ tenant }) => tenant);
async function openCluster(ready, cluster) {
  const { url, credentials: credentials2 } = cluster;
  const connected = await connectTenants({
    url,
    tenants: tenantsOf(ready),
    ...credentials2 === void 0 ? {} : { credentials: credentials2 }
  });
  return connected.ok ? ok(connected.value) : fromControl(connected.failure);
}
function fromControl(failure) {
  return refuse2(exitCode(failure), failure.message, helpFor(failure));
}
function helpFor(failure) {
  switch (failure.kind) {
    case "unreachable":
      return "Is nats-server running there? `vrsky dev` brings its own.";
    case "data-loss":
      return `To lose them on purpose: ${failure.losses.map((loss) => `--allow-data-loss=${loss.name}`).join(" ")}`;
    case "stale":
      return "Run `vrsky plan` again and look at it.";
    case "conflict":
      return failure.conflicts.join("; ");
    default:
      return void 0;
  }
}

// cli/apply-topology.ts
async function applyTopology(wanted2, connections, options) {
  const { io } = options;
  const applied = await apply({
    wanted: wanted2,
    connections: connections.tenants,
    now: () => /* @__PURE__ */ new Date(),
    ...options.agreed === void 0 ? {} : { agreed: options.agreed },
    ...options.allowDataLoss === void 0 ? {} : { allowDataLoss: options.allowDataLoss },
    onStep: (step2) => {
      if (io?.interactive === true && step2.kind === "started") {
        io.err(
          `\r\x1B[K[${step2.number}/${step2.total}] ${step2.change.action} ${step2.change.kind} ${step2.change.name}`
        );
      }
    }
  });
  if (io?.interactive === true) io.err("\r\x1B[K");
  return applied.ok ? ok(applied.value.done) : fromControl(applied.failure);
}

// cli/house.ts
import { connect as connect2 } from "@nats-io/transport-node";

// connectors/file/connector.ts
import { resolve as resolve3 } from "node:path";

// connectors/file/manifest.ts
var belowRoot = "^(?!/)(?!([^/]*/)*\\.\\.(/|$))[^\\\\]+$";
var source = {
  type: "object",
  additionalProperties: false,
  required: ["path", "format"],
  properties: {
    path: {
      type: "string",
      pattern: belowRoot,
      maxLength: 512,
      description: "Which files, below the worker's data folder: `*` and `?` within a name, `**` for any folders. Files whose name starts with a dot are left alone unless the pattern says so.",
      examples: ["inbox/*.csv", "leads/**/*.jsonl"]
    },
    format: {
      enum: ["csv", "json", "jsonl", "lines"],
      description: "`csv`: a header row, then one message per row, converted to the contract's types. `jsonl`: one message per line. `lines`: each line is a string. `json`: the whole file is one message.",
      examples: ["csv"]
    },
    delimiter: {
      type: "string",
      minLength: 1,
      maxLength: 1,
      default: ",",
      description: "`csv` only: what stands between two fields.",
      examples: [";"]
    },
    after: {
      type: ["string", "object"],
      default: "keep",
      description: "What becomes of a file once all its records are stored: it stays and is remembered (`keep`), is deleted, or is moved to a folder, where nothing is overwritten.",
      examples: ["delete", { move: "done" }],
      if: { type: "object" },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: {
        additionalProperties: false,
        required: ["move"],
        properties: {
          move: {
            type: "string",
            pattern: belowRoot,
            description: "Folder below the data folder.",
            examples: ["done"]
          }
        }
      },
      else: { enum: ["keep", "delete"] }
    },
    every: {
      type: "string",
      "x-vrsky-format": "duration",
      default: "10s",
      description: "How often the folder is looked through, beside being told of changes by the system.",
      examples: ["1m"]
    },
    "stable-for": {
      type: "string",
      "x-vrsky-format": "duration",
      default: "1s",
      description: "A file is read once it has not changed for this long; so a file that is still being written is not.",
      examples: ["30s"]
    },
    "max-record": {
      type: "string",
      "x-vrsky-format": "size",
      default: "1MiB",
      description: "Largest record (row, line; with `json` the file) that is taken.",
      examples: ["256KiB"]
    }
  },
  if: { properties: { format: { const: "csv" } } },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: {},
  else: { properties: { delimiter: false } }
};
var target = {
  type: "object",
  additionalProperties: false,
  required: ["path", "format"],
  properties: {
    path: {
      type: "string",
      pattern: belowRoot,
      "x-vrsky-per-message": "file-segment",
      description: "File below the worker's data folder; each `${ \u2026 }` is part of one name. Folders are made as needed.",
      examples: ["out/orders.jsonl", "orders/${ meta.id }.json"]
    },
    format: {
      enum: ["json", "jsonl", "lines"],
      description: "`jsonl`: one line of JSON per message. `json`: the message as indented JSON. `lines`: the body is a string and is written as one line.",
      examples: ["jsonl"]
    },
    mode: {
      enum: ["append", "create"],
      description: "`append` adds a line to the file; `create` makes one file per message and never overwrites. Left out: `create` for `json`, else `append`.",
      examples: ["append"]
    }
  },
  if: { properties: { format: { const: "json" } } },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: { properties: { mode: { const: "create" } } }
};
var fileManifest = {
  name: "file",
  title: "Files",
  description: "Reads records from files and writes messages to files, below the worker's data folder.",
  source: {
    settings: source,
    meta: {
      type: "object",
      additionalProperties: false,
      required: ["file"],
      properties: {
        file: {
          type: "object",
          description: "The file that the record came from.",
          additionalProperties: false,
          required: ["name", "path", "line"],
          properties: {
            name: { type: "string", description: "Name without folders." },
            path: { type: "string", description: "Path below the data folder." },
            line: { type: "integer", description: "Line on which the record starts, from 1." }
          }
        }
      }
    },
    owns: "path",
    delivery: "At least once, and a record that is read again after a crash keeps its id; a file is deleted, moved or remembered only after all its records are on disk. Rows that cannot be taken do not stop the others: they are kept, with line and reason, in `.rejected/` beside the file."
  },
  target: {
    settings: target,
    payload: "body",
    delivery: "`create`: one effect when the path holds `${ meta.id }`; a message that finds its own file there is done, one that finds another's is rejected. `append`: at least once; after a crash a line may stand twice, so let each line carry its id."
  }
};

// connectors/file/connector.ts
function fileConnector(options) {
  const root2 = resolve3(options.dataDir);
  return {
    manifest: fileManifest,
    startSource: async (context) => (await Promise.resolve().then(() => (init_source(), source_exports))).startFileSource(context, root2),
    openTarget: async (context) => (await Promise.resolve().then(() => (init_target(), target_exports))).openFileTarget(context, root2)
  };
}

// connectors/http/manifest.ts
var secrets = {
  type: ["string", "array"],
  items: { type: "string", minLength: 1 },
  minItems: 1,
  maxItems: 8,
  minLength: 1,
  description: "The secret, or a list of them while one is being replaced: any of them is accepted.",
  examples: ["${ secrets.shop_webhook }", ["${ secrets.shop_webhook }", "${ secrets.shop_webhook_old }"]]
};
var headers2 = {
  type: "object",
  additionalProperties: { type: "string" },
  propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" },
  description: "Request headers by name.",
  examples: [{ authorization: "Bearer ${ secrets.crm_token }" }]
};
var timeout = {
  type: "string",
  "x-vrsky-format": "duration",
  default: "30s",
  description: "Longest time from sending the request to the end of its answer.",
  examples: ["2s", "1m"]
};
var source2 = {
  type: "object",
  additionalProperties: false,
  required: ["path"],
  properties: {
    path: {
      type: "string",
      "x-vrsky-constant": true,
      pattern: "^(/[A-Za-z0-9._~-]+)+$",
      not: { pattern: "/\\.\\.?(/|$)" },
      maxLength: 256,
      description: "Path of the webhook. It is served at `/<tenant><path>`, and belongs to one integration.",
      examples: ["/orders", "/hooks/github"]
    },
    methods: {
      type: "array",
      items: { enum: ["POST", "PUT", "PATCH"] },
      minItems: 1,
      uniqueItems: true,
      default: ["POST"],
      description: "Methods that are taken; others are answered 405.",
      examples: [["POST", "PUT"]]
    },
    format: {
      enum: ["json", "text"],
      default: "json",
      description: "How the request's body is read. `text`: the body is a string.",
      examples: ["json"]
    },
    "max-body": {
      type: "string",
      "x-vrsky-format": "size",
      default: "1MiB",
      description: "Largest body that is taken; a larger one is answered 413.",
      examples: ["64KiB"]
    },
    signature: {
      type: "object",
      description: "Proof that the sender knows the secret, checked over the raw bytes before anything is stored; a forged or stale request is answered 401. Schemes with a time stamp accept 300 s of difference.",
      examples: [{ scheme: "github", secret: "${ secrets.github_webhook }" }],
      additionalProperties: false,
      required: ["scheme", "secret"],
      properties: {
        scheme: {
          enum: ["github", "standard-webhooks", "stripe", "slack", "hmac"],
          description: "Whose rules the signature follows; `hmac` is a plain HMAC of the body in a header of your choice.",
          examples: ["github"]
        },
        secret: secrets,
        header: {
          type: "string",
          pattern: "^[A-Za-z0-9-]+$",
          description: "`hmac` only: the header that holds the signature.",
          examples: ["x-signature"]
        },
        algorithm: {
          enum: ["sha256", "sha512", "sha1"],
          default: "sha256",
          description: "`hmac` only: the hash.",
          examples: ["sha256"]
        },
        encoding: {
          enum: ["hex", "base64"],
          default: "hex",
          description: "`hmac` only: how the signature is written.",
          examples: ["base64"]
        },
        prefix: {
          type: "string",
          default: "",
          description: "`hmac` only: text before the signature.",
          examples: ["sha256="]
        }
      },
      if: { properties: { scheme: { const: "hmac" } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { required: ["header"] },
      else: { properties: { header: false, algorithm: false, encoding: false, prefix: false } }
    },
    auth: {
      type: "object",
      description: "Credentials that the sender must show; without them the answer is 401.",
      examples: [{ bearer: "${ secrets.partner_token }" }],
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
      properties: {
        basic: {
          type: "object",
          additionalProperties: false,
          required: ["username", "password"],
          description: "HTTP Basic authentication.",
          examples: [{ username: "shop", password: "${ secrets.shop_password }" }],
          properties: {
            username: { type: "string", minLength: 1, description: "User name.", examples: ["shop"] },
            password: secrets
          }
        },
        bearer: { ...secrets, description: "Accepted tokens of `Authorization: Bearer \u2026`: one, or a list." },
        "api-key": {
          type: "object",
          additionalProperties: false,
          required: ["key"],
          description: "A key in a header.",
          examples: [{ key: "${ secrets.partner_key }" }],
          properties: {
            header: {
              type: "string",
              pattern: "^[A-Za-z0-9-]+$",
              default: "x-api-key",
              description: "Name of the header.",
              examples: ["x-api-key"]
            },
            key: secrets
          }
        }
      }
    }
  }
};
var onlyPayload = (own2) => ({
  if: { required: [own2] },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: {
    properties: Object.fromEntries(["json", "text", "form", "body"].filter((k) => k !== own2).map((k) => [k, false]))
  }
});
var target2 = {
  type: "object",
  additionalProperties: false,
  properties: {
    connection: {
      type: "string",
      "x-vrsky-constant": true,
      description: "Name of the tenant's connection that holds the base URL and credentials.",
      examples: ["crm"]
    },
    url: {
      type: "string",
      minLength: 1,
      "x-vrsky-per-message": "url",
      description: "Where to send, when no connection is used. Message data may stand behind the host only.",
      examples: ["https://api.example.com/orders/${ body.id }", "${ secrets.chat_url }"]
    },
    path: {
      type: "string",
      "x-vrsky-per-message": "url",
      description: "Appended to the connection's URL. Each `${ \u2026 }` is one encoded piece.",
      examples: ["/customers/${ body.customerId }"]
    },
    method: {
      enum: ["POST", "PUT", "PATCH", "DELETE", "GET"],
      default: "POST",
      description: "Request method. `GET` and `DELETE` send no body unless one is given.",
      examples: ["PUT"]
    },
    headers: { ...headers2, "x-vrsky-per-message": "text" },
    json: {
      "x-vrsky-per-message": "payload",
      description: "What is sent as JSON; left out: the body after the steps.",
      examples: [{ text: "Order ${ body.id }" }]
    },
    text: {
      type: "string",
      "x-vrsky-per-message": "text",
      description: "What is sent as plain text.",
      examples: ["Order ${ body.id } arrived"]
    },
    form: {
      type: "object",
      additionalProperties: { type: ["string", "number", "boolean"] },
      "x-vrsky-per-message": "text",
      description: "What is sent as an HTML form (`application/x-www-form-urlencoded`).",
      examples: [{ order: "${ body.id }" }]
    },
    body: {
      type: "string",
      "x-vrsky-per-message": "text",
      description: "What is sent as it stands; give `content-type` among the headers.",
      examples: ["<order>${ body.id }</order>"]
    },
    timeout
  },
  if: { required: ["connection"] },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: { properties: { url: false } },
  else: { required: ["url"] },
  allOf: [onlyPayload("json"), onlyPayload("text"), onlyPayload("form"), onlyPayload("body")]
};
var httpManifest = {
  name: "http",
  title: "HTTP",
  description: "Takes webhooks and sends requests.",
  source: {
    settings: source2,
    meta: {
      type: "object",
      additionalProperties: false,
      required: ["method"],
      properties: { method: { type: "string", description: "Method of the request." } }
    },
    owns: "path",
    delivery: "The sender gets 202 only after the message is on disk; 503 with Retry-After means that it must send again, and a repeated id is answered 202 without storing it twice."
  },
  target: {
    settings: target2,
    payload: "body",
    delivery: "At least once: every attempt carries the same Idempotency-Key, so a receiver that honours it sees one effect."
  },
  connection: {
    type: "object",
    additionalProperties: false,
    required: ["url"],
    properties: {
      url: {
        type: "string",
        minLength: 1,
        description: "Base URL, to which a target's `path` is appended.",
        examples: ["https://crm.example.com/api", "${ settings.crmUrl }"]
      },
      headers: headers2,
      timeout
    }
  }
};

// connectors/http/connector.ts
function httpConnector(options) {
  let listener;
  const shared = () => {
    listener ??= Promise.resolve().then(() => (init_listener(), listener_exports)).then(({ httpListener: httpListener2 }) => httpListener2(options));
    return listener;
  };
  return {
    manifest: httpManifest,
    async startSource(context) {
      const { startHttpSource: startHttpSource2 } = await Promise.resolve().then(() => (init_source2(), source_exports2));
      return await startHttpSource2(context, await shared());
    },
    async openTarget(context) {
      const { openHttpTarget: openHttpTarget2 } = await Promise.resolve().then(() => (init_target2(), target_exports2));
      return openHttpTarget2(context);
    },
    async close() {
      await (await listener)?.close();
    }
  };
}

// connectors/nats/manifest.ts
var natsManifest = {
  name: "nats",
  title: "NATS",
  description: "Publishes messages as JSON in the tenant's own account.",
  target: {
    settings: {
      type: "object",
      additionalProperties: false,
      required: ["subject"],
      properties: {
        subject: {
          type: "string",
          "x-vrsky-per-message": "token",
          pattern: "^[^\\s*>]+$|\\$\\{",
          maxLength: 512,
          description: "Subject to publish to; each `${ \u2026 }` is one token.",
          examples: ["orders.paid", "orders.${ body.country }"]
        }
      }
    },
    payload: "body",
    inFlight: 256,
    delivery: "Where a stream captures the subject: acknowledged by it, and one effect within the stream's duplicate window (`Nats-Msg-Id`). Elsewhere: handed to the server, at most once from there."
  }
};

// connectors/nats/connector.ts
function natsConnector(options) {
  return {
    manifest: natsManifest,
    openTarget: async (context) => (await Promise.resolve().then(() => (init_target3(), target_exports3))).openNatsTarget(options.natsFor(context.tenant), context.clock.now)
  };
}

// connectors/schedule/manifest.ts
var scheduleManifest = {
  name: "schedule",
  title: "Schedule",
  description: "Sends a message at given times.",
  source: {
    settings: {
      type: "object",
      additionalProperties: false,
      properties: {
        cron: {
          type: "string",
          minLength: 1,
          description: "Five fields (minute, hour, day of month, month, day of week), or six with seconds in front, or `@hourly` and the like.",
          examples: ["0 2 * * *", "*/10 * * * * *"]
        },
        every: {
          type: "string",
          "x-vrsky-format": "duration",
          description: "Fires at whole multiples since 1970-01-01T00:00Z, so `1h` is at each full hour (UTC).",
          examples: ["1h", "30s"]
        },
        timezone: {
          type: "string",
          default: "UTC",
          description: "IANA name of the time zone in which `cron` is read.",
          examples: ["Europe/Oslo"]
        },
        body: {
          type: "object",
          default: {},
          description: "The message's body; give a `contract` to use its fields.",
          examples: [{ report: "daily" }]
        }
      },
      if: { required: ["every"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { cron: false, timezone: false } },
      else: { required: ["cron"] }
    },
    meta: {
      type: "object",
      additionalProperties: false,
      required: ["firedAt"],
      properties: {
        firedAt: { type: "string", description: "The planned time: ISO 8601, UTC." }
      }
    },
    body: { type: "object", additionalProperties: false, properties: {}, required: [] },
    delivery: "Each planned time fires once, however many workers run. A time that passed while no worker ran is not made up for."
  }
};

// connectors/schedule/connector.ts
function scheduleConnector() {
  return {
    manifest: scheduleManifest,
    startSource: async (context) => (await Promise.resolve().then(() => (init_source3(), source_exports3))).startSchedule(context)
  };
}

// connectors/create.ts
function createConnectors(options) {
  const { httpPort: port, httpHost: host, onListening } = options;
  return {
    http: httpConnector({ port, host, ...onListening === void 0 ? {} : { onListening } }),
    file: fileConnector({ dataDir: options.dataDir }),
    schedule: scheduleConnector(),
    nats: natsConnector({ natsFor: options.natsFor })
  };
}

// runtime/clock.ts
var systemClock = {
  now: () => Date.now(),
  after: (ms, run4) => {
    const timer = setTimeout(run4, ms);
    return () => clearTimeout(timer);
  }
};
var isoTime = (ms) => new Date(ms).toISOString();
function sleep(clock, ms) {
  return new Promise((resolve8) => {
    clock.after(ms, resolve8);
  });
}
function within(clock, ms, promise, late) {
  return new Promise((resolve8) => {
    const cancel = clock.after(ms, () => resolve8(late));
    void promise.then((value) => {
      cancel();
      resolve8(value);
    });
  });
}

// runtime/connect-options.ts
function connectOptions(user) {
  return {
    name: `vrsky ${user}`,
    inboxPrefix: inboxPrefix(user),
    // Stacks for every request cost more than the request.
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    // Accounts are changed while workers run: a moment without them must not end the connection.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 250,
    reconnectJitter: 1e3,
    pingInterval: 1e4
  };
}

// runtime/expression/failure.ts
var own = /* @__PURE__ */ new WeakSet();
function fail(message) {
  const error = new Error(message);
  own.add(error);
  throw error;
}
function failed3(place, error) {
  return { kind: "failed", place, message: explain(error) };
}
function explain(error) {
  if (!(error instanceof Error)) return "the expression failed";
  if (own.has(error)) return error.message;
  if (error instanceof RangeError) return "the value is too large or too deeply nested";
  const access3 = /^Cannot read properties of (undefined|null) \(reading '([^']{1,100})'\)$/.exec(error.message);
  if (access3 !== null) return `cannot read \`${access3[2]}\` of ${access3[1]}`;
  return `the expression failed (${error.name})`;
}
function kindOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "undefined":
      return "undefined";
    case "string":
      return "text";
    case "number":
      return Number.isFinite(value) ? "a number" : "not a finite number";
    case "boolean":
      return "a boolean";
    case "object":
      return "an object";
    default:
      return `a ${typeof value}`;
  }
}

// runtime/expression/intrinsics.ts
var { apply: apply2 } = Reflect;
var text = String.prototype;
var list2 = Array.prototype;
var { hasOwn: ownsKey, keys: keysOf, defineProperty } = Object;
var { isArray: isList } = Array;
var { isFinite: finite, isInteger: whole } = Number;
var { round, floor, ceil, abs, min, max } = Math;
var encode = encodeURIComponent;
var toNumber = Number;
var toText = String;
var { trim, trimStart, trimEnd, toUpperCase, toLowerCase, startsWith, endsWith, indexOf, slice } = text;
var { split, replaceAll, padStart, padEnd, at } = text;
var { sort, slice: sliceOf, join: join3 } = list2;
var { toFixed } = Number.prototype;
var { exec } = RegExp.prototype;
var builtin = {
  hasOwn: (value, key2) => ownsKey(value, key2),
  keys: (value) => keysOf(value),
  /** Sets an own member, whatever its name. */
  define: (object4, key2, value) => {
    defineProperty(object4, key2, { value, writable: true, enumerable: true, configurable: true });
  },
  isArray: (value) => isList(value),
  isFinite: (value) => finite(value),
  isInteger: (value) => whole(value),
  round,
  floor,
  ceil,
  abs,
  min,
  max,
  encode,
  toNumber,
  toText,
  trim: (value) => apply2(trim, value, []),
  trimStart: (value) => apply2(trimStart, value, []),
  trimEnd: (value) => apply2(trimEnd, value, []),
  toUpperCase: (value) => apply2(toUpperCase, value, []),
  toLowerCase: (value) => apply2(toLowerCase, value, []),
  startsWith: (value, part) => apply2(startsWith, value, [part]),
  endsWith: (value, part) => apply2(endsWith, value, [part]),
  indexOf: (value, part, from) => apply2(indexOf, value, [part, from]),
  slice: (value, start3, end) => apply2(slice, value, [start3, end]),
  split: (value, separator, limit) => apply2(split, value, [separator, limit]),
  replaceAll: (value, part, by) => apply2(replaceAll, value, [part, () => by]),
  padStart: (value, length, fill2) => apply2(padStart, value, [length, fill2]),
  padEnd: (value, length, fill2) => apply2(padEnd, value, [length, fill2]),
  at: (value, index) => apply2(at, value, [index]),
  sort: (value, by) => apply2(sort, value, [by]),
  sliceOf: (value, start3, end) => apply2(sliceOf, value, [start3, end]),
  join: (value, separator) => apply2(join3, value, [separator]),
  toFixed: (value, digits) => apply2(toFixed, value, [digits]),
  matches: (pattern, value) => apply2(exec, pattern, [value]) !== null
};

// runtime/expression/bounds.ts
var notInToken = /[.*>\s\p{Cc}\p{Cs}]/u;
var notInFileName = /[/\\\p{Cc}\p{Cs}]/u;
var maxLength = 255;
function createBounds(text4) {
  const filled = (value, what) => {
    const part = text4(value);
    return part === "" ? fail(`${what} would be empty`) : part;
  };
  const short = (value, what) => {
    const part = filled(value, what);
    return part.length > maxLength ? fail(`${what} would be longer than ${maxLength} characters`) : part;
  };
  const encoded = (part, what) => {
    if (part === "." || part === "..") return fail(`${what} would be \`${part}\`, which leads elsewhere`);
    if (builtin.matches(new RegExp("\\p{Cs}", "u"), part)) return fail(`${what} would hold half a character`);
    return builtin.encode(part);
  };
  return {
    /** One token of a NATS subject. */
    token: (value) => {
      const part = short(value, "a token of the subject");
      return builtin.matches(notInToken, part) ? fail("a token of a subject holds no `.`, `*`, `>` or space") : part;
    },
    /** One segment of a path. */
    segment: (value) => encoded(filled(value, "a segment of the path"), "a segment of the path"),
    /** A part of one file name. */
    fileSegment: (value) => {
      const part = short(value, "a part of the file name");
      if (part === "." || part === "..") return fail("a part of the file name would lead to another folder");
      return builtin.matches(notInFileName, part) ? fail("a file name holds no `/`, `\\` or control character") : part;
    },
    /** An encoded piece behind a literal host; may be empty. */
    url: (value) => encoded(text4(value), "a piece of the URL")
  };
}

// runtime/expression/budget.ts
var defaultLimits = {
  ticks: 1e6,
  text: 1048576,
  items: 2e5,
  values: 1e5,
  depth: 64,
  outputText: 67108864
};
function createBudget(limits) {
  let spent = 0;
  const tick = (count) => {
    spent += count;
    if (spent > limits.ticks) fail(`more than ${limits.ticks} steps of work`);
  };
  const room = (characters) => {
    if (!(characters <= limits.text)) fail(`text longer than ${limits.text} characters`);
  };
  return {
    limits,
    begin: () => {
      spent = 0;
    },
    tick,
    read: (characters) => tick(characters >>> 5),
    bounded: (text4) => {
      room(text4.length);
      return text4;
    },
    room,
    items: (count) => {
      if (count > limits.items) fail(`list longer than ${limits.items} items`);
      tick(count);
    }
  };
}

// runtime/expression/operators.ts
function createToText() {
  return (value) => {
    if (typeof value === "string") return value;
    if (typeof value === "boolean" || typeof value === "number" && builtin.isFinite(value)) return `${value}`;
    return fail(`text takes a string, number or boolean, this is ${kindOf(value)}`);
  };
}
function createOperators(budget, text4) {
  const add = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a + b;
    if (typeof a !== "string" && typeof b !== "string") {
      return fail(`\`+\` takes numbers or text, this is ${kindOf(typeof a === "number" ? b : a)}`);
    }
    const left2 = text4(a);
    const right = text4(b);
    budget.read(builtin.min(left2.length, right.length));
    return budget.bounded(left2 + right);
  };
  const compare = (operator, a, b) => {
    if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN;
    if (typeof a === "string" && typeof b === "string") {
      budget.read(a.length + b.length);
      return a < b ? -1 : a > b ? 1 : 0;
    }
    return fail(`\`${operator}\` takes two numbers or two texts, not ${kindOf(a)} and ${kindOf(b)}`);
  };
  const same = (a, b) => {
    if (typeof a === "string" && typeof b === "string" && a.length === b.length) budget.read(2 * a.length);
    return a === b;
  };
  const own2 = (value, name) => {
    if (value === void 0 || value === null) return fail(`cannot read \`${name}\` of ${kindOf(value)}`);
    return read(value, name);
  };
  return {
    add,
    same,
    own: own2,
    subtract: arithmetic("-", (a, b) => a - b),
    multiply: arithmetic("*", (a, b) => a * b),
    divide: arithmetic("/", (a, b) => a / b),
    remainder: arithmetic("%", (a, b) => a % b),
    power: arithmetic("**", (a, b) => a ** b),
    negate: (value) => -numberOf(value, "-"),
    less: (a, b) => compare("<", a, b) < 0,
    lessOrEqual: (a, b) => compare("<=", a, b) <= 0,
    greater: (a, b) => compare(">", a, b) > 0,
    greaterOrEqual: (a, b) => compare(">=", a, b) >= 0,
    /** `object[key]` with a key that only a message decides. */
    index: (value, key2) => {
      if (value === void 0 || value === null) return fail(`cannot read an item of ${kindOf(value)}`);
      if (typeof key2 === "string") budget.read(key2.length);
      else if (typeof key2 !== "number") return fail(`a key is text or a number, not ${kindOf(key2)}`);
      return read(value, key2);
    },
    /** What `...` puts into an object. */
    fields: (value) => {
      if (value === void 0 || value === null) return void 0;
      if (typeof value !== "object" || builtin.isArray(value)) {
        return fail(`\`...\` in an object takes an object, not ${kindOf(value)}`);
      }
      budget.tick(builtin.keys(value).length);
      return value;
    }
  };
}
function arithmetic(operator, calculate) {
  return (a, b) => calculate(numberOf(a, operator), numberOf(b, operator));
}
function numberOf(value, what) {
  return typeof value === "number" ? value : fail(`\`${what}\` takes a number, this is ${kindOf(value)}`);
}
function read(value, key2) {
  const holder = typeof value === "object" || typeof value === "string" ? value : null;
  if (holder === null) return void 0;
  if (typeof holder === "string") return ownOfText(holder, key2);
  return builtin.hasOwn(holder, key2) ? holder[key2] : void 0;
}
function ownOfText(value, key2) {
  if (typeof key2 === "number") return value[key2];
  return key2 === "length" ? value.length : void 0;
}

// runtime/expression/functions.ts
var decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
var maxDigits = 15;
function createFunctions(budget, text4) {
  return {
    exists: (value) => value !== void 0 && value !== null,
    round: (value, digits = 0) => {
      const number2 = numberOf(value, "round");
      if (typeof digits !== "number" || !builtin.isInteger(digits) || digits < 0 || digits > maxDigits) {
        return fail(`\`round\` takes 0 to ${maxDigits} digits`);
      }
      return roundTo(number2, digits);
    },
    floor: (value) => builtin.floor(numberOf(value, "floor")),
    ceil: (value) => builtin.ceil(numberOf(value, "ceil")),
    abs: (value) => builtin.abs(numberOf(value, "abs")),
    min: (...values) => extreme("min", builtin.min, values),
    max: (...values) => extreme("max", builtin.max, values),
    number: (value) => {
      if (typeof value !== "string") return fail(`\`number\` takes text, this is ${kindOf(value)}`);
      budget.read(value.length);
      const trimmed = builtin.trim(value);
      if (!builtin.matches(decimal, trimmed)) return void 0;
      const number2 = builtin.toNumber(trimmed);
      return builtin.isFinite(number2) ? number2 : void 0;
    },
    text: text4
  };
}
function extreme(name, pick, values) {
  if (values.length === 0) return fail(`\`${name}\` takes at least one number`);
  let result = numberOf(values[0], name);
  for (let index = 1; index < values.length; index += 1) result = pick(result, numberOf(values[index], name));
  return result;
}
function roundTo(value, digits) {
  const size = builtin.abs(value);
  if (!(size < 1e21)) return value;
  const rounded = roundSize(size, digits);
  return value < 0 && rounded !== 0 ? -rounded : rounded;
}
function roundSize(size, digits) {
  if (digits === 0) return builtin.round(size);
  const power = 10 ** digits;
  const scaled = size * power;
  const fraction = scaled - builtin.floor(scaled);
  if (scaled < 1e11 && builtin.abs(fraction - 0.5) > 1e-4) return builtin.round(scaled) / power;
  return shift(builtin.round(shift(size, digits)), -digits);
}
function shift(value, by) {
  const parts = builtin.split(builtin.toText(value), "e", 2);
  return builtin.toNumber(`${parts[0]}e${builtin.toNumber(parts[1] ?? "0") + by}`);
}

// runtime/expression/texts.ts
var comparisonsPerTick = 1024;
function createTextMethods(budget) {
  const textOf2 = (value, what) => {
    if (typeof value !== "string") return fail(`\`${what}\` takes text, this is ${kindOf(value)}`);
    budget.read(value.length);
    return value;
  };
  const plain5 = (name, run4) => (value) => budget.bounded(run4(textOf2(value, name)));
  const asks = (name, run4) => (value, part) => run4(textOf2(value, name), textOf2(part, name));
  const searched = (name, value, part) => {
    const text4 = textOf2(value, name);
    const wanted2 = textOf2(part, name);
    budget.tick(builtin.floor(builtin.max(text4.length - wanted2.length, 0) * wanted2.length / comparisonsPerTick));
    return [text4, wanted2];
  };
  const indexOf2 = (name, value, part) => {
    const found = searched(name, value, part);
    return builtin.indexOf(found[0], found[1], 0);
  };
  const pad = (name, run4) => (value, length, fill2 = " ") => {
    const wanted2 = integerOf(length, name);
    budget.room(wanted2);
    budget.read(builtin.max(wanted2, 0));
    return run4(textOf2(value, name), wanted2, textOf2(fill2, name));
  };
  return {
    trim: plain5("trim", builtin.trim),
    trimStart: plain5("trimStart", builtin.trimStart),
    trimEnd: plain5("trimEnd", builtin.trimEnd),
    toUpperCase: plain5("toUpperCase", builtin.toUpperCase),
    toLowerCase: plain5("toLowerCase", builtin.toLowerCase),
    startsWith: asks("startsWith", builtin.startsWith),
    endsWith: asks("endsWith", builtin.endsWith),
    includes: (value, part) => indexOf2("includes", value, part) !== -1,
    indexOf: (value, part) => indexOf2("indexOf", value, part),
    slice: (value, start3, end) => {
      const text4 = textOf2(value, "slice");
      return builtin.slice(text4, integerOf(start3, "slice"), end === void 0 ? text4.length : integerOf(end, "slice"));
    },
    at: (value, index) => builtin.at(textOf2(value, "at"), integerOf(index, "at")),
    split: (value, separator) => {
      const found = searched("split", value, separator);
      const pieces = builtin.split(found[0], found[1], budget.limits.items + 1);
      budget.items(pieces.length);
      return pieces;
    },
    replaceAll: (value, part, by) => {
      const found = searched("replaceAll", value, part);
      const text4 = found[0];
      const from = found[1];
      const to = textOf2(by, "replaceAll");
      const length = text4.length + occurrences(text4, from, budget) * (to.length - from.length);
      budget.room(length);
      budget.read(length);
      return builtin.replaceAll(text4, from, to);
    },
    padStart: pad("padStart", builtin.padStart),
    padEnd: pad("padEnd", builtin.padEnd)
  };
}
function occurrences(text4, part, budget) {
  if (part === "") return text4.length + 1;
  let count = 0;
  for (let at3 = builtin.indexOf(text4, part, 0); at3 !== -1; at3 = builtin.indexOf(text4, part, at3 + part.length))
    count += 1;
  budget.tick(count >>> 3);
  return count;
}
function integerOf(value, what) {
  if (typeof value === "number" && builtin.isInteger(value)) return value;
  return fail(`\`${what}\` takes a whole number, this is ${typeof value === "number" ? "none" : kindOf(value)}`);
}

// runtime/expression/lists.ts
function listOf(value, what) {
  return builtin.isArray(value) ? value : fail(`\`${what}\` takes a list, this is ${kindOf(value)}`);
}
function createListMethods(budget, text4) {
  const lists = createLists(budget);
  const search = (list3, wanted2) => {
    for (let index = 0; index < list3.length; index += 1) {
      const item = list3[index];
      budget.tick(1);
      if (typeof item === "string" && typeof wanted2 === "string" && item.length === wanted2.length) {
        budget.read(item.length);
      }
      if (item === wanted2) return index;
    }
    return -1;
  };
  const first2 = (value, name, by, wanted2) => {
    const list3 = listOf(value, name);
    for (let index = 0; index < list3.length; index += 1) {
      budget.tick(1);
      if (Boolean(by(list3[index], index)) === wanted2) return index;
    }
    return -1;
  };
  return {
    ...lists,
    find: (value, by) => {
      const index = first2(value, "find", by, true);
      return index === -1 ? void 0 : listOf(value, "find")[index];
    },
    some: (value, by) => first2(value, "some", by, true) !== -1,
    every: (value, by) => first2(value, "every", by, false) === -1,
    reduce: (value, by, start3) => {
      const list3 = listOf(value, "reduce");
      budget.tick(list3.length);
      let sum = start3;
      for (let index = 0; index < list3.length; index += 1) sum = by(sum, list3[index], index);
      return sum;
    },
    includes: (value, item) => search(value, item) !== -1,
    indexOf: (value, item) => search(value, item),
    at: (value, index) => {
      const wanted2 = integerOf(index, "at");
      return value[wanted2 < 0 ? value.length + wanted2 : wanted2];
    },
    join: (value, separator) => {
      const list3 = listOf(value, "join");
      const between = text4(separator);
      budget.tick(list3.length);
      const parts = [];
      let length = list3.length === 0 ? 0 : between.length * (list3.length - 1);
      for (let index = 0; index < list3.length; index += 1) {
        const part = text4(list3[index]);
        length += part.length;
        budget.room(length);
        parts[index] = part;
      }
      budget.room(length);
      budget.read(length);
      return builtin.join(parts, between);
    }
  };
}
function createLists(budget) {
  const append2 = (to, from) => {
    if (to.length + from.length > budget.limits.items) budget.items(to.length + from.length);
    budget.tick(from.length);
    for (let index = 0; index < from.length; index += 1) to[to.length] = from[index];
  };
  return {
    map: (value, by) => {
      const list3 = listOf(value, "map");
      budget.items(list3.length);
      const result = [];
      for (let index = 0; index < list3.length; index += 1) result[index] = by(list3[index], index);
      return result;
    },
    filter: (value, by) => {
      const list3 = listOf(value, "filter");
      budget.items(list3.length);
      const result = [];
      for (let index = 0; index < list3.length; index += 1) {
        const item = list3[index];
        if (by(item, index)) result[result.length] = item;
      }
      return result;
    },
    flatMap: (value, by) => {
      const list3 = listOf(value, "flatMap");
      budget.tick(list3.length);
      const result = [];
      for (let index = 0; index < list3.length; index += 1) append2(result, listOf(by(list3[index], index), "flatMap"));
      return result;
    },
    toSorted: (value, by) => {
      const list3 = listOf(value, "toSorted");
      budget.items(list3.length);
      return builtin.sort(builtin.sliceOf(list3, 0, list3.length), (a, b) => {
        budget.tick(1);
        const order3 = by(a, b);
        return typeof order3 === "number" ? order3 : fail(`\`toSorted\` compares to a number, this is ${kindOf(order3)}`);
      });
    },
    slice: (value, start3, end) => {
      const from = integerOf(start3, "slice");
      const result = builtin.sliceOf(value, from, end === void 0 ? value.length : integerOf(end, "slice"));
      budget.items(result.length);
      return result;
    },
    concat: (value, other) => {
      const result = [];
      append2(result, listOf(value, "concat"));
      append2(result, listOf(other, "concat"));
      return result;
    },
    /** `[a, ...b]`, by its parts. */
    list: (...parts) => {
      const result = [];
      for (let index = 0; index < parts.length; index += 1) append2(result, listOf(parts[index], "..."));
      return result;
    }
  };
}

// runtime/expression/methods.ts
function createMethods(budget, text4) {
  const texts2 = createTextMethods(budget);
  const lists = createListMethods(budget, text4);
  const both = (name, ofText, ofList) => (value, a, b) => {
    if (typeof value === "string") return ofText(value, a, b);
    if (builtin.isArray(value)) return ofList(value, a, b);
    return fail(`\`${name}\` takes text or a list, this is ${kindOf(value)}`);
  };
  const { at: textAt, includes: textIncludes, indexOf: textIndexOf, slice: textSlice, ...onlyText } = texts2;
  const { at: listAt, includes: listIncludes, indexOf: listIndexOf, slice: listSlice, ...onlyLists } = lists;
  return {
    ...onlyText,
    ...onlyLists,
    at: both("at", textAt, listAt),
    includes: both("includes", textIncludes, listIncludes),
    indexOf: both("indexOf", textIndexOf, listIndexOf),
    slice: both("slice", textSlice, listSlice),
    toFixed: (value, digits = 0) => {
      if (typeof value !== "number") return fail(`\`toFixed\` takes a number, this is ${kindOf(value)}`);
      if (typeof digits !== "number" || !builtin.isInteger(digits) || digits < 0 || digits > 100) {
        return fail("`toFixed` takes 0 to 100 digits");
      }
      return text4(builtin.isFinite(value) ? builtin.toFixed(value, digits) : value);
    }
  };
}

// runtime/expression/output.ts
function createOutput(limits) {
  let values = 0;
  let characters = 0;
  const visit3 = (value, depth) => {
    values += 1;
    if (values > limits.values) return fail(`more than ${limits.values} values in the result`);
    switch (typeof value) {
      case "string":
        characters += value.length;
        if (characters > limits.outputText) return fail(`more than ${limits.outputText} characters in the result`);
        return value;
      case "boolean":
        return value;
      case "number":
        return builtin.isFinite(value) ? value : fail("the result holds a number that is not finite");
      case "object":
        if (value === null) return value;
        if (depth === limits.depth) return fail(`the result is nested more than ${limits.depth} deep`);
        return builtin.isArray(value) ? visitList2(value, depth + 1) : visitObject(value, depth + 1);
      default:
        return fail(`the result holds ${kindOf(value)}, which is not JSON`);
    }
  };
  const visitList2 = (list3, depth) => {
    let copy;
    for (let index = 0; index < list3.length; index += 1) {
      const item = list3[index];
      const checked2 = visit3(item, depth);
      if (checked2 === item) continue;
      copy ??= builtin.sliceOf(list3, 0, list3.length);
      copy[index] = checked2;
    }
    return copy ?? list3;
  };
  const visitObject = (value, depth) => {
    const members = value;
    const keys = builtin.keys(value);
    let copy;
    for (let index = 0; index < keys.length; index += 1) {
      const key2 = keys[index] ?? "";
      const member = members[key2];
      const checked2 = member === void 0 ? void 0 : visit3(member, depth);
      if (copy === void 0 && checked2 === member && member !== void 0) continue;
      copy ??= firstMembers(members, keys, index);
      if (checked2 !== void 0) builtin.define(copy, key2, checked2);
    }
    return copy ?? value;
  };
  return (value) => {
    values = 0;
    characters = 0;
    return visit3(value, 0);
  };
}
function firstMembers(from, keys, count) {
  const copy = {};
  for (let index = 0; index < count; index += 1) {
    const key2 = keys[index] ?? "";
    builtin.define(copy, key2, from[key2]);
  }
  return copy;
}

// runtime/expression/library.ts
function createLibrary(limits = defaultLimits) {
  const budget = createBudget(limits);
  const text4 = createToText();
  const core = {
    begin: budget.begin,
    tick: budget.tick,
    bounded: budget.bounded,
    failed: failed3,
    json: createOutput(limits),
    ...createOperators(budget, text4),
    ...createBounds(text4)
  };
  const { list: list3, ...methods3 } = createMethods(budget, text4);
  const apart = { ...core, list: list3 };
  return Object.freeze({ ...createFunctions(budget, text4), ...methods3, ...apart });
}

// runtime/request.ts
import { nuid } from "@nats-io/nats-core";

// runtime/start-failure.ts
function startFailure(kind, message) {
  return Object.assign(new Error(message), { startFailure: kind });
}
function isStartFailure(error) {
  return error instanceof Error && "startFailure" in error;
}
var reasonOf2 = (error) => error instanceof Error ? error.message : String(error);

// runtime/request.ts
var timeoutMs2 = 5e3;
var sweepMs = 500;
function createRequests(connection, inboxPrefix2, clock) {
  const inbox = `${inboxPrefix2}.${nuid.next()}`;
  const waiting = /* @__PURE__ */ new Map();
  let next = 0;
  let cancelSweep;
  const settle2 = (token, answer2) => {
    const entry3 = waiting.get(token);
    waiting.delete(token);
    entry3?.resolve(answer2);
  };
  const fail3 = (reason) => {
    for (const token of [...waiting.keys()]) settle2(token, { kind: "none", reason });
  };
  const sweep = () => {
    cancelSweep = void 0;
    const now = clock.now();
    for (const [token, entry3] of waiting) {
      if (entry3.until > now) break;
      settle2(token, { kind: "none", reason: "NATS did not answer in time" });
    }
    if (waiting.size > 0) cancelSweep = clock.after(sweepMs, sweep);
  };
  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error !== null) return fail3(error.message);
      settle2(message.subject.slice(inbox.length + 1), { kind: "answer", message });
    }
  });
  return {
    send: (subject, data, headers6) => new Promise((resolve8) => {
      next += 1;
      const token = next.toString(36);
      try {
        const reply2 = `${inbox}.${token}`;
        connection.publish(subject, data, headers6 === void 0 ? { reply: reply2 } : { reply: reply2, headers: headers6 });
      } catch (error) {
        return resolve8({ kind: "none", reason: reasonOf2(error) });
      }
      waiting.set(token, { until: clock.now() + timeoutMs2, resolve: resolve8 });
      cancelSweep ??= clock.after(sweepMs, sweep);
    }),
    post: (subject, data, headers6) => {
      try {
        connection.publish(subject, data, headers6 === void 0 ? {} : { headers: headers6 });
        return true;
      } catch {
        return false;
      }
    },
    fail: fail3,
    close: () => {
      cancelSweep?.();
      subscription.unsubscribe();
      fail3("the worker has stopped");
    }
  };
}

// runtime/link.ts
function createLink(connection, inboxPrefix2, clock, log) {
  const requests = createRequests(connection, inboxPrefix2, clock);
  const listeners = /* @__PURE__ */ new Set();
  let connected = !connection.isClosed();
  let closed = false;
  const watch = async () => {
    for await (const status of connection.status()) {
      if (closed) return;
      switch (status.type) {
        case "disconnect":
          connected = false;
          requests.fail("the connection to NATS was lost");
          log.warn({}, "connection to NATS lost");
          break;
        case "reconnect":
          connected = true;
          log.info({}, "connection to NATS is back");
          for (const run4 of [...listeners]) run4();
          break;
        case "error":
          log.warn({ error: status.error.message }, "NATS reports an error");
          break;
        default:
      }
    }
    connected = false;
    requests.fail("the connection to NATS is closed");
  };
  void watch().catch((error) => log.warn({ error: reasonOf2(error) }, "the connection cannot be watched"));
  return {
    connection,
    requests: {
      ...requests,
      // What is written to a broken connection would leave after the reconnect, when nobody waits for it.
      send: (subject, data, headers6) => connected ? requests.send(subject, data, headers6) : Promise.resolve({ kind: "none", reason: "NATS is not connected" }),
      post: (subject, data, headers6) => connected && requests.post(subject, data, headers6)
    },
    inboxPrefix: inboxPrefix2,
    connected: () => connected && !connection.isClosed(),
    onReconnect: (run4) => {
      listeners.add(run4);
      return () => listeners.delete(run4);
    },
    close: () => {
      closed = true;
      listeners.clear();
      requests.close();
    }
  };
}

// runtime/log.ts
init_json();
import pino from "pino";
function createLog(options = {}) {
  const { write } = options;
  const settings = { level: options.level ?? "info", base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = write === void 0 ? pino(settings, pino.destination({ fd: 2, sync: true })) : pino(settings, { write });
  return {
    info: (fields2, message) => logger.info(fields2, message),
    warn: (fields2, message) => logger.warn(fields2, message)
  };
}
function scopedLog(log, fields2, mask) {
  const all = (own2) => masked({ ...fields2, ...own2 }, mask);
  return {
    info: (own2, message) => log.info(all(own2), mask(message)),
    warn: (own2, message) => log.warn(all(own2), mask(message))
  };
}
function masked(fields2, mask) {
  return Object.fromEntries(Object.entries(fields2).map(([key2, value]) => [key2, maskedValue(value, mask)]));
}
function maskedValue(value, mask) {
  if (typeof value === "string") return mask(value);
  if (isJsonObject(value)) return masked(value, mask);
  return Array.isArray(value) ? value.map((member) => maskedValue(member, mask)) : value;
}

// runtime/metrics.ts
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const part = ["tenant", "integration"];
  collectDefaultMetrics({ register: registry });
  const accepted = new Counter({
    name: "vrsky_accepted_total",
    help: "Messages stored for a source; duplicate: known already.",
    labelNames: [...part, "source", "duplicate"],
    registers
  });
  const refused = new Counter({
    name: "vrsky_refused_total",
    help: "Messages turned away at a source.",
    labelNames: [...part, "source", "class"],
    registers
  });
  const messages = new Counter({
    name: "vrsky_messages_total",
    help: "Attempts at a target by their outcome.",
    labelNames: [...part, "target", "outcome"],
    registers
  });
  const seconds = new Histogram({
    name: "vrsky_delivery_seconds",
    help: "Time of an attempt, from its start until its outcome is recorded.",
    labelNames: [...part, "target"],
    buckets: [1e-3, 5e-3, 0.025, 0.1, 0.5, 1, 5, 30, 120],
    registers
  });
  const inFlight3 = new Gauge({
    name: "vrsky_in_flight",
    help: "Messages in hand at a target.",
    labelNames: [...part, "target"],
    registers
  });
  return {
    observe: (event) => {
      const { tenant, integration } = event;
      switch (event.kind) {
        case "accepted":
          return accepted.inc({ tenant, integration, source: event.source, duplicate: String(event.duplicate) });
        case "refused":
          return refused.inc({ tenant, integration, source: event.source, class: event.class });
        case "outcome":
          messages.inc({ tenant, integration, target: event.target, outcome: event.outcome.kind });
          return seconds.observe({ tenant, integration, target: event.target }, event.durationMs / 1e3);
        default:
          return event;
      }
    },
    contentType: registry.contentType,
    text: (health) => {
      inFlight3.reset();
      for (const running of health.integrations) {
        const { tenant, integration } = running;
        for (const [target3, count] of Object.entries(running.inFlight)) {
          inFlight3.set({ tenant, integration, target: target3 }, count);
        }
      }
      return registry.metrics();
    }
  };
}

// runtime/monitor.ts
import { createServer as createServer2 } from "node:http";

// runtime/health.ts
function complaints(health) {
  return [
    ...health.draining ? ["draining"] : [],
    ...health.disconnected.map((tenant) => `${tenant}: NATS is not connected`),
    ...health.integrations.flatMap(
      ({ tenant, integration, missing: missing2 }) => missing2.map((part) => `${tenant}/${integration}: ${part} is not running`)
    )
  ];
}
function healthOf(tenants, running, draining) {
  const disconnected = [...tenants].filter(([, { link }]) => !link.connected()).map(([name]) => name);
  const integrations = running.map((integration) => ({
    tenant: integration.tenant,
    integration: integration.integration,
    bundle: integration.program().bundle.hash,
    inFlight: integration.inFlight(),
    missing: integration.missing()
  }));
  const ready = !draining && disconnected.length === 0 && integrations.every(({ missing: missing2 }) => missing2.length === 0);
  return { ready, draining, disconnected, integrations };
}

// runtime/monitor.ts
async function startMonitor(options) {
  const { metrics, health } = options;
  const server = createServer2((request, response) => {
    const path = (request.url ?? "").split("?")[0];
    void answer2(path, request.method, response).catch(() => response.destroy());
  });
  const answer2 = async (path, method, response) => {
    if (method !== "GET" && method !== "HEAD") return reply(response, 405, "only GET\n");
    if (path === "/healthz") return reply(response, 200, "ok\n");
    if (path === "/readyz") {
      const now = health();
      return reply(response, now.ready ? 200 : 503, now.ready ? "ok\n" : `${complaints(now).join("\n")}
`);
    }
    if (path === "/metrics") return reply(response, 200, await metrics.text(health()), metrics.contentType);
    return reply(response, 404, "/healthz, /readyz or /metrics\n");
  };
  await listening(server, options);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: () => new Promise((resolve8) => {
      server.close(() => resolve8());
      server.closeAllConnections();
    })
  };
}
function listening(server, { port, host }) {
  return new Promise((resolve8, reject) => {
    server.once("error", (error) => {
      const reason = "code" in error && error.code === "EADDRINUSE" ? "it is in use" : reasonOf2(error);
      reject(startFailure("refused", `the metrics port ${port} cannot be opened: ${reason}; choose another`));
    });
    server.listen({ port, ...host === void 0 ? {} : { host } }, resolve8);
  });
}
function reply(response, status, text4, type = "text/plain; charset=utf-8") {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(text4);
}

// runtime/attempts.ts
var sweepMs2 = 1e3;
var UnderWay = class {
  id;
  attempt;
  settings;
  body;
  traceparent;
  until;
  #settle;
  #controller;
  #ended;
  constructor(given2, until, settle2) {
    this.id = given2.id;
    this.attempt = given2.attempt;
    this.settings = given2.settings;
    this.body = given2.body;
    this.traceparent = given2.traceparent;
    this.until = until;
    this.#settle = settle2;
  }
  get signal() {
    this.#controller ??= new AbortController();
    if (this.#ended !== void 0) this.#controller.abort(this.#ended);
    return this.#controller.signal;
  }
  breakOff(reason) {
    this.#ended = new Error(reason);
    this.#controller?.abort(this.#ended);
    setImmediate(() => this.#settle(unknown2(`${reason}; it had no outcome yet`)));
  }
};
function createAttempts(clock, limitMs) {
  const underWay = /* @__PURE__ */ new Set();
  let sweeping = false;
  const breakOff = (attempt2, reason) => {
    underWay.delete(attempt2);
    attempt2.breakOff(reason);
  };
  const sweep = () => {
    sweeping = underWay.size > 0;
    const now = clock.now();
    for (const attempt2 of underWay) {
      if (attempt2.until > now) break;
      breakOff(attempt2, "the attempt took too long");
    }
    if (sweeping) clock.after(sweepMs2, sweep);
  };
  return {
    deliver: (open2, delivery) => new Promise((resolve8) => {
      const attempt2 = new UnderWay(delivery, clock.now() + limitMs, resolve8);
      const settle2 = (result) => {
        underWay.delete(attempt2);
        resolve8(result);
      };
      underWay.add(attempt2);
      if (!sweeping) {
        sweeping = true;
        clock.after(sweepMs2, sweep);
      }
      const fail3 = (error) => settle2(unknown2(reasonOf2(error)));
      try {
        open2.deliver(attempt2).then(settle2, fail3);
      } catch (error) {
        fail3(error);
      }
    }),
    abort: (reason) => {
      for (const attempt2 of [...underWay]) breakOff(attempt2, reason);
    }
  };
}
var unknown2 = (message) => ({
  kind: "unknown",
  failure: { class: "unavailable", message }
});

// runtime/context.ts
var defaultLimits2 = {
  inFlight: 64,
  inFlightBytes: 32 * 1024 * 1024,
  attemptMs: 6e5,
  acceptMessages: 1024,
  acceptBytes: 64 * 1024 * 1024,
  drainMs: 1e4,
  trimMs: 5e3
};
function teller(given2, onEvent) {
  const { tenant, integration, clock, log } = given2;
  if (onEvent === void 0) return () => void 0;
  let last = { ms: Number.NaN, text: "" };
  const at3 = (ms) => {
    if (ms !== last.ms) last = { ms, text: isoTime(ms) };
    return last.text;
  };
  return (event) => {
    try {
      onEvent({ at: at3(clock.now()), tenant, integration, ...event });
    } catch (error) {
      log.warn({ error: String(error) }, "a listener failed");
    }
  };
}

// runtime/drain.ts
async function finish2(clock, ms, running) {
  const all = (act) => Promise.all(running.map(act));
  const quiet = Promise.all([
    all((integration) => integration.stopSources()),
    all((integration) => integration.stopPulling()).then(() => all((integration) => integration.idle()))
  ]);
  const inTime = await within(clock, ms * 0.8, quiet, void 0);
  if (inTime !== void 0) return;
  for (const integration of running) integration.abort();
  const settled = await within(clock, Math.max(250, ms * 0.15), quiet, void 0);
  if (settled === void 0) for (const integration of running) integration.handBack();
}
async function flushed(clock, { connection, connected }) {
  if (!connected()) return;
  await within(clock, 1e3, connection.flush().catch(reasonOf2), void 0);
}

// runtime/gate.ts
function createGate() {
  const queue = [];
  let inside2 = 0;
  let closed = false;
  const fits3 = (alone) => !closed && (!alone || inside2 === 0);
  const take2 = (alone) => {
    inside2 += 1;
    closed = alone;
  };
  const leave = () => {
    inside2 -= 1;
    closed = false;
    for (let first2 = queue[0]; first2 !== void 0 && fits3(first2.alone); first2 = queue[0]) {
      queue.shift();
      take2(first2.alone);
      first2.enter();
    }
  };
  const enter = (alone) => {
    if (queue.length > 0 || !fits3(alone)) return new Promise((inside3) => queue.push({ alone, enter: inside3 }));
    take2(alone);
    return void 0;
  };
  return {
    enter: () => enter(false),
    leave,
    alone: async (run4) => {
      await enter(true);
      try {
        return await run4();
      } finally {
        leave();
      }
    }
  };
}

// runtime/accept.ts
import { createHash as createHash4 } from "node:crypto";

// schema/envelope.ts
var header = {
  /** The one stable id: dedupe, idempotency key, retry state, dead letter, trace. URI-component-encoded (ASCII). */
  id: "Vrsky-Id",
  /** Everything else that the source knew: an EnvelopeRecord as one line of ASCII JSON. One header, since each costs. */
  envelope: "Vrsky-Envelope",
  /** W3C trace context. */
  traceparent: "traceparent",
  /** On RETRY and DLQ: number of the attempt to make, respectively of attempts made; from 1. */
  attempt: "Vrsky-Attempt",
  /** On RETRY and DLQ: sequence of the message in the intake. */
  sequence: "Vrsky-Sequence",
  /** On DLQ: a DeadLetter record as JSON, ASCII-escaped. */
  dead: "Vrsky-Dead"
};

// runtime/envelope.ts
init_json();

// runtime/parse-json.ts
function parseJson(text4) {
  try {
    return JSON.parse(text4);
  } catch {
    return void 0;
  }
}

// runtime/envelope.ts
function envelopeHeaders(envelope) {
  const { source: source3, receivedAt, contract, bundle, meta, headers: headers6 } = envelope;
  return {
    [header.id]: encodeURIComponent(envelope.id),
    [header.envelope]: asciiJson({ source: source3, receivedAt, contract, bundle, meta, headers: headers6 }),
    ...envelope.traceparent === void 0 ? {} : { [header.traceparent]: envelope.traceparent }
  };
}
function readEnvelope(headers6, body, fallback, first2 = false) {
  let id = "";
  let record2 = "";
  let traceparent;
  let attempt2 = "";
  let sequence = "";
  for (const [name, [value = ""]] of headers6 ?? []) {
    if (name === header.id) id = value;
    else if (name === header.envelope) record2 = value;
    else if (name === header.traceparent) traceparent = value;
    else if (name === header.attempt) attempt2 = value;
    else if (name === header.sequence) sequence = value;
  }
  const known = recordIn(record2);
  return {
    id: decodeId(id) || fallback.id,
    source: known.source,
    receivedAt: known.receivedAt,
    contract: known.contract,
    bundle: known.bundle,
    meta: known.meta,
    headers: known.headers,
    traceparent,
    attempt: first2 ? 1 : positive(attempt2) ?? 1,
    sequence: first2 ? fallback.sequence : positive(sequence) ?? fallback.sequence,
    body
  };
}
function metaOf(envelope) {
  return { ...envelope.meta, id: envelope.id, source: envelope.source, receivedAt: envelope.receivedAt };
}
function travelling(headers6) {
  const kept2 = {};
  for (const name of headers6?.keys() ?? []) {
    if (!/^nats-/i.test(name)) kept2[name] = headers6?.get(name) ?? "";
  }
  return kept2;
}
function asciiJson(value) {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  );
}
function wellFormed(text4) {
  return text4.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\uFFFD");
}
function decodeId(text4) {
  if (!text4.includes("%")) return text4;
  try {
    return decodeURIComponent(text4);
  } catch {
    return text4;
  }
}
function recordIn(text4) {
  const value = parseJson(text4);
  if (!isJsonObject(value)) return nothing;
  return {
    source: textOf(value.source),
    receivedAt: textOf(value.receivedAt),
    contract: textOf(value.contract),
    bundle: textOf(value.bundle),
    meta: isJsonObject(value.meta) ? value.meta : {},
    headers: isJsonObject(value.headers) ? value.headers : {}
  };
}
var nothing = { source: "", receivedAt: "", contract: "", bundle: "", meta: {}, headers: {} };
var textOf = (value) => typeof value === "string" ? value : "";
function positive(text4) {
  const value = Number(text4);
  return Number.isSafeInteger(value) && value > 0 ? value : void 0;
}

// runtime/publish.ts
init_json();
import { headers as headers4, nuid as nuid2 } from "@nats-io/nats-core";
var expectSequence = (sequence) => ({
  "Nats-Expected-Last-Subject-Sequence": String(sequence)
});
async function publish2(requests, message) {
  return toPublished(await requests.send(message.subject, message.data, natsHeaders(message.headers)));
}
async function publishBatch(requests, messages) {
  const id = nuid2.next();
  for (const [index, message] of messages.entries()) {
    const mark = { "Nats-Batch-Id": id, "Nats-Batch-Sequence": String(index + 1) };
    if (index === messages.length - 1) {
      const all = natsHeaders({ ...message.headers, ...mark, "Nats-Batch-Commit": "1" });
      return toPublished(await requests.send(message.subject, message.data, all));
    }
    const left2 = requests.post(message.subject, message.data, natsHeaders({ ...message.headers, ...mark }));
    if (!left2) break;
  }
  return { kind: "unavailable", reason: "NATS is not connected" };
}
function natsHeaders(record2) {
  const made = headers4();
  for (const [name, value] of Object.entries(record2)) made.set(name, value);
  return made;
}
var conflictCodes = /* @__PURE__ */ new Set([10071, 10164]);
function toPublished(answer2) {
  if (answer2.kind === "none") return { kind: "unavailable", reason: answer2.reason };
  if (answer2.message.headers?.code === 503) return { kind: "unavailable", reason: "no stream takes the subject" };
  const ack = parseJson(answer2.message.string());
  if (!isJsonObject(ack)) return { kind: "unavailable", reason: "NATS gave an answer that cannot be read" };
  const { error, seq } = ack;
  if (isJsonObject(error)) {
    const description = String(error.description ?? "no description");
    if (!conflictCodes.has(error.err_code)) return { kind: "unavailable", reason: `NATS refused it: ${description}` };
    const sequence = /wrong last sequence: (\d+)/.exec(description)?.[1];
    return sequence === void 0 ? { kind: "conflict" } : { kind: "conflict", sequence: Number(sequence) };
  }
  if (typeof seq !== "number") return { kind: "unavailable", reason: "NATS gave no sequence" };
  return { kind: "stored", sequence: seq };
}

// runtime/accept.ts
var longestId = 1024;
var headroom = 16 * 1024;
var fewSeconds = 2;
var createDoor = () => ({ messages: 0, bytes: 0 });
async function accept(context, program, source3, door, incoming) {
  const accepted = await admit(context, program, source3, door, incoming).catch((error) => {
    context.log.warn({ source: source3, error: reasonOf2(error) }, "a message could not be taken in");
    return unavailable2("an error in the worker; its log says more");
  });
  const event = toEvent(accepted, source3);
  if (event !== void 0) context.tell(event);
  return accepted;
}
async function admit(context, program, source3, door, incoming) {
  const { limits } = context;
  const size = incoming.body.length;
  if (door.messages >= limits.acceptMessages || door.bytes + size > limits.acceptBytes) {
    return unavailable2("too many messages are being stored at once");
  }
  door.messages += 1;
  door.bytes += size;
  try {
    const checked2 = check(context, program, source3, incoming);
    return checked2.kind === "invalid" ? checked2 : await store(context, checked2.envelope, incoming.body);
  } finally {
    door.messages -= 1;
    door.bytes -= size;
  }
}
function check(context, { bundle, code, env: env2 }, source3, incoming) {
  const sourceCode = code.sources[source3];
  if (sourceCode === void 0) return invalid(`there is no source ${source3} any more`);
  const issues = sourceCode.check(incoming.value);
  if (issues.length > 0) return { kind: "invalid", issues };
  const receivedAt = isoTime(context.clock.now());
  const { headers: headers6, meta, value: body } = incoming;
  const scope = { ...env2, body, headers: headers6, meta: { ...meta, id: "", source: source3, receivedAt } };
  const given2 = sourceCode.messageId(scope);
  if (typeof given2 === "object") return invalid(`message-id: ${context.mask(given2.failed)}`);
  const id = wellFormed(given2 || incoming.id || hashOf2(source3, incoming.body));
  if (id.length > longestId) return invalid(`the message id is longer than ${longestId} characters`);
  const contract = bundle.contracts[bundle.sources[source3]?.contract ?? ""]?.hash ?? "";
  const { traceparent } = incoming;
  const envelope = { id, source: source3, receivedAt, contract, bundle: bundle.hash, meta, headers: headers6 };
  return { kind: "valid", envelope: traceparent === void 0 ? envelope : { ...envelope, traceparent } };
}
async function store(context, envelope, body) {
  const message = {
    subject: intakeSubject(context.integration, idHash(envelope.id)),
    data: body,
    headers: { ...envelopeHeaders(envelope), ...expectSequence(0) }
  };
  const largest = (context.link.connection.info?.max_payload ?? 1024 * 1024) - headroom;
  if (sizeOf(message) > largest) return invalid(`the message with its headers is larger than ${largest} bytes`);
  if (context.crash) await context.crash("before-store");
  const published = await publish2(context.link.requests, message);
  if (context.crash) await context.crash("after-store");
  switch (published.kind) {
    case "stored":
      return { kind: "stored", id: envelope.id, sequence: published.sequence, duplicate: false };
    case "conflict":
      if (published.sequence === void 0) return unavailable2("the same message is being stored");
      return { kind: "stored", id: envelope.id, sequence: published.sequence, duplicate: true };
    case "unavailable":
      return unavailable2(published.reason);
    default:
      return published;
  }
}
function hashOf2(source3, body) {
  return createHash4("sha256").update(source3).update("\0").update(body).digest("base64url");
}
function sizeOf({ subject, data, headers: headers6 }) {
  let size = subject.length + data.length;
  for (const [name, value] of Object.entries(headers6)) size += name.length + value.length + 4;
  return size;
}
var invalid = (message) => ({
  kind: "invalid",
  issues: [{ path: "", message }]
});
var unavailable2 = (reason) => ({ kind: "unavailable", reason, retryAfterSeconds: fewSeconds });
function toEvent(accepted, source3) {
  switch (accepted.kind) {
    case "stored":
      return { ...accepted, kind: "accepted", source: source3 };
    case "invalid": {
      const [first2] = accepted.issues;
      const where = first2?.path ? `${first2.path}: ` : "";
      return { kind: "refused", source: source3, class: "invalid", reason: `${where}${first2?.message ?? "invalid"}` };
    }
    case "unavailable":
      return { kind: "refused", source: source3, class: "unavailable", reason: accepted.reason };
    default:
      return accepted;
  }
}

// runtime/editions.ts
var kept = 4;
async function openEditions(context, connectors, first2) {
  let newestFirst2 = [];
  const openTargets = async (program) => {
    const opened = /* @__PURE__ */ new Map();
    try {
      for (const name of Object.keys(program.bundle.targets)) {
        const shared = await openTarget(context, connectors, program, name, newestFirst2);
        shared.owners += 1;
        opened.set(name, shared);
      }
    } catch (error) {
      await release(context, opened);
      throw error;
    }
    return opened;
  };
  const end = async (edition) => {
    if (edition.leases > 0 || !edition.retired) return;
    newestFirst2 = newestFirst2.filter((other) => other !== edition);
    await release(context, edition.targets);
  };
  const add = async (program) => {
    const targets = await openTargets(program);
    newestFirst2 = [{ program, targets, leases: 0, retired: false }, ...newestFirst2];
  };
  const newest = () => {
    const [edition] = newestFirst2;
    if (edition === void 0) throw new Error("an integration has no bundle");
    return edition;
  };
  await add(first2);
  return {
    current: () => newest().program,
    lease: (target3, envelope) => {
      const able = newestFirst2.filter((edition2) => edition2.targets.has(target3));
      const fitting = able.find((edition2) => contractOf(edition2.program, envelope.source) === envelope.contract);
      const edition = fitting ?? able.find(({ program }) => program.bundle.hash === envelope.bundle) ?? able[0];
      const open2 = edition?.targets.get(target3)?.open;
      if (edition === void 0 || open2 === void 0) return void 0;
      edition.leases += 1;
      return {
        program: edition.program,
        open: open2,
        checked: fitting !== void 0 || edition.program.bundle.hash === envelope.bundle,
        done: () => {
          edition.leases -= 1;
          void end(edition);
        }
      };
    },
    add,
    retire: async () => {
      const [latest, ...older] = newestFirst2;
      const covered = latest === void 0 ? /* @__PURE__ */ new Set() : contractsOf(latest.program);
      for (const [index, edition] of older.entries()) {
        const needed2 = index < kept && [...contractsOf(edition.program)].some((contract) => !covered.has(contract));
        edition.retired = !needed2;
        await end(edition);
      }
    },
    close: async () => {
      for (const edition of newestFirst2) await release(context, edition.targets);
    }
  };
}
async function openTarget(context, connectors, { bundle, code, env: env2 }, name, others) {
  const where = `${bundle.tenant}/${bundle.integration}: target ${name}`;
  const kind = bundle.targets[name]?.connector ?? "";
  const connector = Object.hasOwn(connectors, kind) ? connectors[kind] : void 0;
  if (connector?.openTarget === void 0)
    throw startFailure("incomplete", `${where}: no connector ${kind} is built in`);
  try {
    const settings = code.targets[name]?.settings(env2) ?? {};
    const key2 = `${kind} ${canonical(settings)}`;
    const same = others.map((edition) => edition.targets.get(name)).find((target3) => target3?.key === key2);
    if (same !== void 0) return same;
    const { tenant, integration, clock, log } = context;
    return { key: key2, owners: 0, open: await connector.openTarget({ tenant, integration, name, settings, clock, log }) };
  } catch (error) {
    throw startFailure("refused", context.mask(`${where} cannot be opened: ${reasonOf2(error)}`));
  }
}
async function release(context, targets) {
  for (const [name, target3] of targets) {
    target3.owners -= 1;
    if (target3.owners > 0) continue;
    await target3.open.close().catch((error) => {
      context.log.warn({ target: name, error: reasonOf2(error) }, "a target did not close in order");
    });
  }
}
function contractOf({ bundle }, source3) {
  const known = bundle.sources[source3];
  return known === void 0 ? void 0 : bundle.contracts[known.contract ?? ""]?.hash ?? "";
}
var contractsOf = (program) => new Set(Object.keys(program.bundle.sources).map((source3) => `${source3} ${contractOf(program, source3)}`));

// runtime/source-state.ts
init_json();

// runtime/stream-api.ts
init_json();
async function lastOf(requests, stream2, subject) {
  return directGet(requests, `$JS.API.DIRECT.GET.${stream2}.${subject}`, "");
}
async function firstSince(requests, stream2, time) {
  return directGet(requests, `$JS.API.DIRECT.GET.${stream2}`, JSON.stringify({ start_time: time }));
}
async function directGet(requests, subject, query) {
  const answer2 = await requests.send(subject, query);
  if (answer2.kind === "none") return { kind: "unavailable", reason: answer2.reason };
  const { headers: headers6, data } = answer2.message;
  if (headers6?.code === 404) return { kind: "none" };
  const sequence = Number(headers6?.get("Nats-Sequence"));
  if (headers6 === void 0 || !Number.isInteger(sequence) || sequence < 1) {
    return { kind: "unavailable", reason: headers6?.description ?? "the stream cannot be read" };
  }
  return { kind: "found", data, headers: headers6, sequence };
}
async function streamFacts(requests, stream2) {
  const info = await ask(requests, `$JS.API.STREAM.INFO.${stream2}`);
  const state = info?.state;
  const config = info?.config;
  if (!isJsonObject(state) || !isJsonObject(config)) return void 0;
  return {
    firstSequence: numberIn(state, "first_seq"),
    lastSequence: numberIn(state, "last_seq"),
    messages: numberIn(state, "messages"),
    bytes: numberIn(state, "bytes"),
    consumers: numberIn(state, "consumer_count"),
    maxBytes: numberIn(config, "max_bytes")
  };
}
async function consumerFacts(requests, stream2, consumer) {
  const info = await ask(requests, `$JS.API.CONSUMER.INFO.${stream2}.${consumer}`);
  const floor2 = info?.ack_floor;
  const delivered = info?.delivered;
  const config = info?.config;
  if (!isJsonObject(floor2) || !isJsonObject(delivered) || !isJsonObject(config)) return void 0;
  return {
    ackFloor: numberIn(floor2, "stream_seq"),
    delivered: numberIn(delivered, "stream_seq"),
    ackWaitMs: numberIn(config, "ack_wait") / 1e6,
    created: String(info?.created)
  };
}
async function purgeBefore(requests, stream2, sequence) {
  const done = await ask(requests, `$JS.API.STREAM.PURGE.${stream2}`, { seq: sequence });
  return done?.success === true;
}
async function ask(requests, subject, body) {
  const answer2 = await requests.send(subject, body === void 0 ? "" : JSON.stringify(body));
  if (answer2.kind === "none" || answer2.message.headers?.code === 503) return void 0;
  const value = parseJson(answer2.message.string());
  return isJsonObject(value) && value.error === void 0 ? value : void 0;
}
var numberIn = (from, key2) => {
  const value = from[key2];
  return typeof value === "number" ? value : 0;
};

// runtime/source-state.ts
function sourceState({ link, integration }, source3) {
  return {
    get: async (key2) => {
      const subject = sourceStateSubject(integration, source3, key2);
      const stored2 = await lastOf(link.requests, sourceStateStream, subject);
      if (stored2.kind === "unavailable") throw new Error(`the source's state cannot be read: ${stored2.reason}`);
      if (stored2.kind === "none") return void 0;
      const record2 = parseJson(Buffer.from(stored2.data).toString("utf8"));
      return isJsonObject(record2) ? record2.value : void 0;
    },
    put: async (key2, value) => {
      const written = await publish2(link.requests, {
        subject: sourceStateSubject(integration, source3, key2),
        // The key stands beside its value for people who look into the stream; the subject holds its hash.
        data: JSON.stringify({ key: key2, value }),
        headers: {}
      });
      if (written.kind === "stored") return;
      const reason = written.kind === "unavailable" ? written.reason : "it was changed at the same time";
      throw new Error(`the source's state cannot be written: ${reason}`);
    }
  };
}

// runtime/source.ts
function planSources(context, connectors, program, accept2) {
  if (program.bundle.paused) return [];
  return Object.keys(program.bundle.sources).map((name) => planSource(context, connectors, program, name, accept2));
}
function planSource(context, connectors, { bundle, code, env: env2 }, name, accept2) {
  const { tenant, integration, clock, log, mask } = context;
  const where = `${tenant}/${integration}: source ${name}`;
  const described = bundle.sources[name];
  const kind = described?.connector ?? "";
  const connector = Object.hasOwn(connectors, kind) ? connectors[kind] : void 0;
  const startSource = connector?.startSource?.bind(connector);
  if (startSource === void 0) throw startFailure("incomplete", `${where}: no connector ${kind} is built in`);
  const settings = evaluated(where, () => code.sources[name]?.settings(env2) ?? {}, mask);
  const contract = bundle.contracts[described?.contract ?? ""];
  const key2 = `${kind} ${canonical(settings)} ${contract?.hash ?? ""}`;
  return {
    name,
    key: key2,
    start: async () => {
      try {
        const running = await startSource({
          tenant,
          integration,
          name,
          settings,
          ...contract === void 0 ? {} : { contract: contract.schema },
          accept: (message) => accept2(name, message),
          refuse: (reason, type) => context.tell({ kind: "refused", source: name, reason: mask(reason), class: type }),
          state: sourceState(context, name),
          clock,
          log
        });
        return { name, key: key2, running };
      } catch (error) {
        throw startFailure("refused", mask(`${where} cannot be started: ${reasonOf2(error)}`));
      }
    }
  };
}
function evaluated(where, run4, mask) {
  try {
    return run4();
  } catch (error) {
    throw startFailure("refused", mask(`${where}: its settings cannot be evaluated: ${reasonOf2(error)}`));
  }
}

// runtime/attempt.ts
var utf8 = new TextDecoder("utf-8", { fatal: true });
async function attempt(context, lease, target3, envelope) {
  const ready = prepare(context, lease, target3, envelope);
  if (ready.kind !== "deliver") return ready;
  if (context.crash) await context.crash("before-deliver");
  const result = await context.attempts.deliver(lease.open, ready.delivery);
  if (context.crash) await context.crash("after-deliver");
  return toAttempted(context.mask, result);
}
function prepare({ mask }, { program, checked: checked2 }, target3, envelope) {
  const body = parseBody(envelope.body);
  if (body === void 0) return broken(mask, program, -1, "the stored body is not JSON");
  const misfit = checked2 ? void 0 : misfitOf(program, envelope.source, body.value);
  if (misfit !== void 0) return broken(mask, program, -1, misfit);
  const walked = walk(program, target3, envelope, body.value);
  switch (walked.kind) {
    case "drop":
      return { kind: "dropped", reason: walked.reason, ...placeOf(program, walked.place) };
    case "failed":
      return broken(mask, program, walked.place, walked.message);
    case "deliver": {
      const { id, attempt: attempt2, traceparent } = envelope;
      return { kind: "deliver", delivery: { id, attempt: attempt2, traceparent, settings: walked.settings, body: walked.body } };
    }
    default:
      return walked;
  }
}
function parseBody(bytes2) {
  try {
    return { value: JSON.parse(utf8.decode(bytes2)) };
  } catch {
    return void 0;
  }
}
function misfitOf({ code }, source3, body) {
  const checking = code.sources[source3] ?? Object.values(code.sources)[0];
  const [issue] = checking?.check(body) ?? [];
  return issue && `it was accepted under another contract and does not fit the present one: ${issue.path} ${issue.message}`;
}
function walk({ code, env: env2 }, target3, envelope, body) {
  try {
    const { settings, secrets: secrets2 } = env2;
    return code.walk({ settings, secrets: secrets2, body, headers: envelope.headers, meta: metaOf(envelope) }, target3);
  } catch (error) {
    return { kind: "failed", place: -1, message: reasonOf2(error) };
  }
}
function toAttempted(mask, result) {
  switch (result.kind) {
    case "delivered":
      return result.detail === void 0 ? { kind: "delivered" } : { kind: "delivered", detail: mask(oneLine(result.detail)) };
    case "permanent":
    case "unknown":
      return { kind: "failed", certainty: result.kind, reached: true, failure: clean(mask, result.failure) };
    case "transient": {
      const failed4 = { kind: "failed", certainty: "transient", reached: true };
      const failure = clean(mask, result.failure);
      return result.retryAfterMs === void 0 ? { ...failed4, failure } : { ...failed4, failure, retryAfterMs: result.retryAfterMs };
    }
    default:
      return result;
  }
}
function broken(mask, program, place, message) {
  const failure = { class: "invalid", message: mask(oneLine(message)), ...placeOf(program, place) };
  return { kind: "failed", certainty: "permanent", reached: false, failure };
}
function placeOf({ bundle }, index) {
  const place = bundle.places[index];
  return place === void 0 ? {} : { place };
}
var clean = (mask, failure) => ({ ...failure, message: mask(oneLine(failure.message)) });
function oneLine(text4) {
  const line = text4.replace(/\s+/g, " ").trim();
  return line.length > 1e3 ? `${line.slice(0, 999)}\u2026` : line;
}

// runtime/pull-session.ts
import { nuid as nuid3 } from "@nats-io/nats-core";
var expiresMs = 5e3;
var heartbeatMs = 1e3;
var silenceMs = 3 * heartbeatMs;
var nanoseconds = 1e6;
function openSession(options) {
  const { link, clock, stream: stream2, consumer, room } = options;
  const inbox = `${link.inboxPrefix}.${nuid3.next()}`;
  const next = `$JS.API.CONSUMER.MSG.NEXT.${stream2}.${consumer}`;
  let asked = 0;
  let heardAt = clock.now();
  let open2 = true;
  let cancelTick = () => void 0;
  let tellEnd = () => void 0;
  const ended = new Promise((resolve8) => {
    tellEnd = resolve8;
  });
  const end = async (reason) => {
    if (!open2) return;
    open2 = false;
    cancelTick();
    forgetReconnect();
    await drained(subscription);
    tellEnd(reason);
  };
  const refill = () => {
    const free = room() - asked;
    if (!open2 || free <= 0 || asked > 0 && free < Math.max(1, options.inFlight / 4)) return;
    if (asked === 0) heardAt = clock.now();
    const request = { batch: free, expires: expiresMs * nanoseconds, idle_heartbeat: heartbeatMs * nanoseconds };
    asked += free;
    try {
      link.connection.publish(next, JSON.stringify(request), { reply: inbox });
    } catch (error) {
      void end(reasonOf2(error));
    }
  };
  const onStatus = (message) => {
    const code = message.headers?.code;
    const description = message.headers?.description ?? "";
    if (code === 100) return;
    const unserved = Number(message.headers?.get("Nats-Pending-Messages") ?? 0);
    if (code === 404 || code === 408 || code === 409 && description === "Batch Completed") {
      asked = Math.max(0, asked - unserved);
      refill();
      return;
    }
    void end(code === 503 ? "the consumer is gone" : `${code} ${description}`);
  };
  const subscription = link.connection.subscribe(inbox, {
    callback: (error, message) => {
      heardAt = clock.now();
      if (error !== null) void end(error.message);
      else if (message.subject === inbox) onStatus(message);
      else {
        asked = Math.max(0, asked - 1);
        options.receive(message);
        refill();
      }
    }
  });
  const tick = () => {
    cancelTick = clock.after(heartbeatMs, tick);
    if (!link.connected()) return;
    options.touch();
    if (asked > 0 && clock.now() - heardAt > silenceMs) void end("no heartbeat");
    else refill();
  };
  cancelTick = clock.after(heartbeatMs, tick);
  const forgetReconnect = link.onReconnect(() => void end("reconnect"));
  refill();
  return { refill, ended, close: () => end("stopped") };
}
async function drained(subscription) {
  try {
    await subscription.drain();
  } catch {
    subscription.unsubscribe();
  }
}

// runtime/pull.ts
var remembered = 8192;
var pauseMs = 500;
var nanoseconds2 = 1e6;
function startPulling(options) {
  const { link, clock, log, stream: stream2, consumer } = options;
  const held = /* @__PURE__ */ new Map();
  const waitingForIdle = [];
  let heldBytes = 0;
  let stopping = false;
  let acked2 = createMemory();
  let created = "";
  let session;
  const release2 = (entry3) => {
    if (held.get(entry3.sequence) === entry3) held.delete(entry3.sequence);
    heldBytes -= entry3.size;
    session?.refill();
    if (held.size === 0) for (const resolve8 of waitingForIdle.splice(0)) resolve8();
  };
  const receive = (message) => {
    const info = deliveryOf(message.reply ?? "");
    if (info === void 0) return;
    if (acked2.has(info)) {
      respond(message, "+ACK");
      return;
    }
    const known = held.get(info.sequence);
    if (known !== void 0 && known.time === info.time) {
      known.message = message;
      return;
    }
    const { sequence, deliveryCount, time } = info;
    const entry3 = { sequence, time, message, settled: false, size: message.data.length, touchedAt: clock.now() };
    held.set(sequence, entry3);
    heldBytes += entry3.size;
    const answer2 = (text4) => {
      if (entry3.settled) return;
      entry3.settled = true;
      respond(entry3.message, text4);
    };
    const pulled = {
      subject: message.subject,
      headers: message.headers,
      data: message.data,
      sequence,
      deliveryCount,
      ack: () => {
        answer2("+ACK");
        acked2.add(info);
      },
      nak: (delayMs = 0) => answer2(delayMs > 0 ? `-NAK {"delay": ${Math.round(delayMs * nanoseconds2)}}` : "-NAK")
    };
    const done = () => release2(entry3);
    options.handle(pulled).then(done, (error) => {
      log.warn({ error: reasonOf2(error) }, "a message could not be handled");
      release2(entry3);
    });
  };
  const room = () => heldBytes >= options.inFlightBytes ? 0 : options.inFlight - held.size;
  const touch = (ackWaitMs) => {
    const now = clock.now();
    for (const entry3 of held.values()) {
      if (entry3.settled || now - entry3.touchedAt < ackWaitMs / 3) continue;
      entry3.touchedAt = now;
      respond(entry3.message, "+WPI");
    }
  };
  const live = async () => {
    let missing2 = false;
    while (!stopping && !link.connection.isClosed()) {
      const facts = link.connected() ? await consumerFacts(link.requests, stream2, consumer) : void 0;
      const ready = facts !== void 0 && !stopping && await options.begin(facts);
      if (facts === void 0 || !ready || stopping) {
        if (!missing2 && link.connected() && !stopping) log.warn({ stream: stream2, consumer }, "the consumer is not there yet");
        missing2 = true;
        await sleep(clock, pauseMs);
        continue;
      }
      missing2 = false;
      if (facts.created !== created) acked2 = createMemory();
      created = facts.created;
      session = openSession({ ...options, receive, room, touch: () => touch(facts.ackWaitMs) });
      const reason = await session.ended;
      session = void 0;
      if (!stopping) {
        log.info({ stream: stream2, consumer, reason }, "pulling begins anew");
        await sleep(clock, reason === "reconnect" ? 0 : pauseMs);
      }
    }
  };
  void live().catch((error) => log.warn({ stream: stream2, consumer, error: reasonOf2(error) }, "pulling has ended"));
  return {
    held: () => held.size,
    pulling: () => session !== void 0,
    stop: async () => {
      stopping = true;
      await session?.close();
    },
    idle: () => held.size === 0 ? Promise.resolve() : new Promise((resolve8) => waitingForIdle.push(resolve8)),
    handBack: () => {
      for (const entry3 of held.values()) {
        if (entry3.settled) continue;
        entry3.settled = true;
        respond(entry3.message, "-NAK");
      }
    }
  };
}
function createMemory() {
  const sequences = new Float64Array(remembered);
  const times = new Float64Array(remembered);
  return {
    has: ({ sequence, time }) => {
      const slot = sequence % remembered;
      return sequences[slot] === sequence && times[slot] === time;
    },
    add: ({ sequence, time }) => {
      const slot = sequence % remembered;
      sequences[slot] = sequence;
      times[slot] = time;
    }
  };
}
function respond(message, text4) {
  try {
    message.respond(text4);
  } catch {
  }
}
function deliveryOf(reply2) {
  const tokens = reply2.split(".");
  const offset = tokens.length === 9 ? 4 : 6;
  const deliveryCount = Number(tokens[offset]);
  const sequence = Number(tokens[offset + 1]);
  if (tokens[1] !== "ACK" || !Number.isInteger(sequence) || !Number.isInteger(deliveryCount)) return void 0;
  return { sequence, deliveryCount, time: Number(tokens[offset + 3]) };
}

// runtime/retry-state.ts
init_json();
var nothingKnown = { revision: 0 };
async function recall(context, { target: target3, hash }) {
  const { integration } = context;
  const subject = stateSubject(integration, target3, hash);
  const stored2 = await lastOf(context.link.requests, retryStream(integration), subject);
  switch (stored2.kind) {
    case "none":
      return nothingKnown;
    case "unavailable":
      return void 0;
    case "found": {
      const value = parseJson(Buffer.from(stored2.data).toString("utf8"));
      return isRetryState(value) ? { revision: stored2.sequence, state: value } : { revision: stored2.sequence };
    }
    default:
      return stored2;
  }
}
async function isBuried(context, { target: target3, hash }, sequence) {
  const subject = deadSubject(context.integration, target3, hash);
  const stored2 = await lastOf(context.link.requests, deadStream, subject);
  return stored2.kind === "found" && stored2.headers?.get(header.sequence) === String(sequence);
}
function judge2(state, mine) {
  switch (state?.state) {
    case void 0:
      return { kind: "run" };
    case "delivered":
    case "dropped":
      return { kind: "settled" };
    case "dead":
      return { kind: "dead", letter: state.letter };
    case "parked":
    case "started":
      return { kind: state.attempt > mine ? "settled" : "run" };
    default:
      return state;
  }
}
function stateMessage({ integration }, { target: target3, hash }, prior, state) {
  return {
    subject: stateSubject(integration, target3, hash),
    data: JSON.stringify(state),
    headers: {
      "Nats-Rollup": "sub",
      ...expectSequence(prior.revision),
      ...lifetime(state)
    }
  };
}
async function writeState(context, spot, prior, state) {
  const written = await publish2(context.link.requests, stateMessage(context, spot, prior, state));
  if (written.kind === "stored") showState(context, spot, state);
  return written;
}
function showState({ link, integration }, { target: target3, hash }, state) {
  const subject = retriesViewSubject(integration, target3, hash);
  link.requests.post(subject, JSON.stringify(state), natsHeaders(lifetime(state)));
}
function lifetime({ state }) {
  return state === "parked" || state === "started" ? {} : { "Nats-TTL": "1h" };
}
var states = /* @__PURE__ */ new Set(["parked", "started", "delivered", "dropped", "dead"]);
function isRetryState(value) {
  return isJsonObject(value) && states.has(value.state);
}

// runtime/backoff.ts
function nextAttempt(policy, failed4, random) {
  const { attempt: attempt2, firstFailureAt, now, retryAfterMs = 0 } = failed4;
  const deadline = firstFailureAt + policy.for;
  if (now >= deadline || now + retryAfterMs > deadline) return void 0;
  if (policy.attempts !== void 0 && attempt2 >= policy.attempts) return void 0;
  const ceiling = Math.min(policy.max, policy.initial * policy.multiplier ** (attempt2 - 1));
  const jitter = random() * (retryAfterMs > 0 ? Math.min(policy.initial, ceiling) : ceiling);
  return Math.min(deadline, now + retryAfterMs + jitter);
}

// runtime/dead-letter.ts
function publishDeadLetter(context, spot, message, letter) {
  return publish2(context.link.requests, {
    subject: deadSubject(context.integration, spot.target, spot.hash),
    data: message.data,
    headers: {
      ...travelling(message.headers),
      [header.id]: encodeURIComponent(letter.id),
      [header.attempt]: String(letter.attempts),
      [header.sequence]: String(letter.sequence),
      [header.dead]: asciiJson({ ...letter, failure: plain2(letter.failure) }),
      ...expectSequence(0)
    }
  });
}
function plain2({ class: kind, message, place, status }) {
  return {
    class: kind,
    message,
    ...place === void 0 ? {} : { place: { ...place } },
    ...status === void 0 ? {} : { status }
  };
}

// runtime/settle.ts
function settle(context, job, attempted) {
  switch (attempted.kind) {
    case "delivered":
    case "dropped":
      return finish3(context, job, attempted);
    case "failed":
      return fail2(context, job, attempted);
    default:
      return attempted;
  }
}
function finish3(context, job, outcome) {
  return job.prior.revision === 0 ? acked(context, job, outcome) : record(context, job, outcome);
}
async function record(context, job, outcome) {
  let { prior } = job;
  while (prior.revision > 0) {
    const state = { state: outcome.kind, id: job.envelope.id, at: isoTime(context.clock.now()) };
    const written = await writeState(context, job, prior, state);
    if (context.crash) await context.crash("after-finished-record");
    if (written.kind === "stored") break;
    if (written.kind === "unavailable") return handBack(context, job);
    const found = await recall(context, job);
    if (found?.state?.state !== "started") return obey(context, job, found);
    prior = found;
  }
  return acked(context, job, outcome);
}
async function fail2(context, job, failed4) {
  const { envelope, prior } = job;
  const now = context.clock.now();
  const firstFailureAt = firstFailureOf(prior.state) ?? isoTime(now);
  const possiblyDelivered = wasPossiblyDelivered(prior.state) || failed4.reached && (job.uncertain || failed4.certainty === "unknown");
  const made = { firstFailureAt, possiblyDelivered, failure: failed4.failure };
  const due = failed4.certainty === "permanent" ? void 0 : dueOf(context, job, failed4, firstFailureAt, now);
  if (due === void 0) return die(context, job, made);
  const attempt2 = envelope.attempt + 1;
  const dueAt = isoTime(due);
  const { id, sequence } = envelope;
  const state = { state: "parked", id, attempt: attempt2, dueAt, ...made, bundle: job.bundle.hash, sequence };
  const written = await publishBatch(context.link.requests, [
    stateMessage(context, job, prior, state),
    scheduleMessage(context, job, attempt2, dueAt)
  ]);
  if (context.crash) await context.crash("after-failure-batch");
  switch (written.kind) {
    case "stored":
      showState(context, job, state);
      return acked(context, job, { kind: "retry", attempt: attempt2, dueAt, failure: failed4.failure });
    case "conflict":
      return obey(context, job, await recall(context, job));
    case "unavailable":
      return handBack(context, job);
    default:
      return written;
  }
}
async function die(context, job, ending) {
  const { envelope, bundle, prior, target: target3 } = job;
  if (bundle.targets[target3]?.onError === "drop") {
    const { place } = ending.failure;
    return finish3(context, job, { kind: "dropped", reason: "on-error", ...place === void 0 ? {} : { place } });
  }
  const at3 = isoTime(context.clock.now());
  const letter = {
    id: envelope.id,
    tenant: context.tenant,
    integration: context.integration,
    target: target3,
    ...ending,
    attempts: envelope.attempt,
    diedAt: at3,
    bundle: bundle.hash,
    sequence: envelope.sequence
  };
  const written = await writeState(context, job, prior, { state: "dead", id: envelope.id, at: at3, letter });
  if (context.crash) await context.crash("after-dead-record");
  switch (written.kind) {
    case "stored":
      return bury(context, job, letter);
    case "conflict":
      return obey(context, job, await recall(context, job));
    case "unavailable":
      return handBack(context, job);
    default:
      return written;
  }
}
async function bury(context, job, letter) {
  const written = await publishDeadLetter(context, job, job.message, letter);
  if (context.crash) await context.crash("after-dead-letter");
  return written.kind === "unavailable" ? handBack(context, job) : acked(context, job, { kind: "dead", letter });
}
async function obey(context, job, found) {
  const verdict = judge2(found?.state, job.envelope.attempt);
  if (found?.state !== void 0) showState(context, job, found.state);
  if (verdict.kind === "settled") job.message.ack();
  if (verdict.kind === "dead") await bury(context, job, verdict.letter);
  return void 0;
}
function acked(context, { message }, outcome) {
  message.ack();
  return context.crash === void 0 ? outcome : afterAck(context.crash, outcome);
}
async function afterAck(crash, outcome) {
  await crash("after-ack");
  return outcome;
}
function handBack(context, { message }) {
  message.nak(pauseMs2(context));
}
var pauseMs2 = ({ random }) => 1e3 + random() * 1e3;
function dueOf(context, { bundle, target: target3, envelope }, { retryAfterMs }, firstFailureAt, now) {
  const policy = bundle.targets[target3]?.retry;
  if (policy === void 0) return void 0;
  const failed4 = { attempt: envelope.attempt, firstFailureAt: Date.parse(firstFailureAt), now };
  return nextAttempt(policy, retryAfterMs === void 0 ? failed4 : { ...failed4, retryAfterMs }, context.random);
}
function scheduleMessage({ integration }, job, attempt2, dueAt) {
  const { target: target3, hash, message, envelope } = job;
  return {
    subject: scheduleSubject(integration, target3, hash),
    data: message.data,
    headers: {
      ...travelling(message.headers),
      [header.attempt]: String(attempt2),
      [header.sequence]: String(envelope.sequence),
      "Nats-Schedule": `@at ${dueAt}`,
      "Nats-Schedule-Target": dueSubject(integration, target3, hash),
      "Nats-Rollup": "sub"
    }
  };
}
function firstFailureOf(state) {
  return state?.state === "parked" || state?.state === "started" ? state.firstFailureAt : void 0;
}
function wasPossiblyDelivered(state) {
  return state?.state === "parked" && state.possiblyDelivered;
}

// runtime/target.ts
var suspectFrom = 3;
var startsAllowed = 3;
function startTarget(context, options) {
  const target3 = { ...options, gate: createGate() };
  const pullers = [pullFrom(context, target3, "intake"), pullFrom(context, target3, "due")];
  return {
    held: () => pullers.reduce((sum, puller) => sum + puller.held(), 0),
    pulling: () => pullers.every((puller) => puller.pulling()),
    stop: async () => void await Promise.all(pullers.map((puller) => puller.stop())),
    idle: async () => void await Promise.all(pullers.map((puller) => puller.idle())),
    handBack: () => {
      for (const puller of pullers) puller.handBack();
    }
  };
}
function pullFrom(context, target3, origin) {
  const { integration, link, clock, log, limits } = context;
  const intake = intakeStream(integration);
  let highest = 0;
  let watermark = { check: Number.POSITIVE_INFINITY, repeat: 0 };
  return startPulling({
    link,
    clock,
    log,
    stream: origin === "intake" ? intake : retryStream(integration),
    consumer: targetConsumer(target3.name),
    inFlight: origin === "intake" ? target3.inFlight : Math.max(1, Math.floor(target3.inFlight / 4)),
    inFlightBytes: limits.inFlightBytes,
    begin: async ({ delivered }) => {
      const repeat = Math.max(delivered, highest);
      const facts = origin === "intake" ? await streamFacts(link.requests, intake) : void 0;
      watermark = { check: facts?.lastSequence ?? Number.POSITIVE_INFINITY, repeat };
      return origin === "due" || facts !== void 0;
    },
    handle: (message) => {
      highest = Math.max(highest, message.sequence);
      return take(context, target3, origin, watermark, message);
    }
  });
}
async function take(context, target3, origin, watermark, message) {
  if (context.crash) await context.crash("pulled");
  const { subject, headers: headers6, data, sequence } = message;
  const spot = { target: target3.name, hash: subject.slice(subject.lastIndexOf(".") + 1) };
  const envelope = readEnvelope(headers6, data, { id: spot.hash, sequence }, origin === "intake");
  const uncertain = message.deliveryCount > 1 || message.sequence <= watermark.repeat;
  const check5 = uncertain || origin === "due" || message.sequence <= watermark.check;
  const prior = check5 ? await recall(context, spot) : nothingKnown;
  if (prior === void 0) return message.nak(pauseMs2(context));
  const forgotten = prior.revision === 0 && (origin === "due" || message.deliveryCount > 1);
  if (forgotten && await isBuried(context, spot, envelope.sequence)) return message.ack();
  if (context.crash) await context.crash("recalled");
  const lease = target3.lease(envelope);
  if (lease === void 0) return message.nak(pauseMs2(context));
  const { hash } = spot;
  const job = { target: target3.name, hash, message, envelope, bundle: lease.program.bundle, prior, uncertain };
  const suspect = message.deliveryCount >= suspectFrom || prior.state?.state === "started";
  try {
    if (suspect) await context.suspects.alone(() => target3.gate.alone(() => runSuspect(context, job, lease)));
    else await runBeside(context, target3.gate, job, lease);
  } finally {
    lease.done();
  }
}
async function runBeside(context, gate, job, lease) {
  const wait = gate.enter();
  if (wait !== void 0) await wait;
  try {
    await run(context, job, lease);
  } finally {
    gate.leave();
  }
}
async function run(context, job, lease) {
  const { state } = job.prior;
  const verdict = judge2(state, job.envelope.attempt);
  if (verdict.kind !== "run" && state !== void 0) showState(context, job, state);
  if (verdict.kind === "settled") return job.message.ack();
  const startedAt = context.clock.now();
  const outcome = verdict.kind === "dead" ? await bury(context, job, verdict.letter) : await settle(context, job, await attempt(context, lease, job.target, job.envelope));
  if (outcome !== void 0) tellOutcome(context, job, startedAt, outcome);
}
async function runSuspect(context, waiting, lease) {
  const { envelope, message } = waiting;
  const prior = await recall(context, waiting);
  if (prior === void 0) return message.nak(pauseMs2(context));
  const job = { ...waiting, prior, uncertain: true };
  if (judge2(prior.state, envelope.attempt).kind !== "run") return run(context, job, lease);
  const { state } = prior;
  const firstFailureAt = state?.state === "parked" || state?.state === "started" ? state.firstFailureAt : void 0;
  const starts = state?.state === "started" ? state.started : 0;
  if (starts >= startsAllowed) return endKiller(context, job, firstFailureAt);
  const started = {
    state: "started",
    id: envelope.id,
    started: starts + 1,
    attempt: envelope.attempt,
    ...firstFailureAt === void 0 ? {} : { firstFailureAt },
    bundle: job.bundle.hash,
    sequence: envelope.sequence
  };
  const written = await writeState(context, job, prior, started);
  if (context.crash) await context.crash("after-started-record");
  if (written.kind === "conflict") return;
  if (written.kind === "unavailable") return message.nak(pauseMs2(context));
  return run(context, { ...job, prior: { revision: written.sequence, state: started } }, lease);
}
async function endKiller(context, job, firstFailureAt) {
  const startedAt = context.clock.now();
  const outcome = await die(context, job, {
    failure: { class: "unavailable", message: `killed its worker: ${startsAllowed} times started, never an outcome` },
    firstFailureAt: firstFailureAt ?? isoTime(startedAt),
    possiblyDelivered: true
  });
  if (outcome !== void 0) tellOutcome(context, job, startedAt, outcome);
}
function tellOutcome(context, { envelope, target: target3 }, startedAt, outcome) {
  const durationMs = context.clock.now() - startedAt;
  if (outcome.kind === "dead") {
    const { class: kind, message } = outcome.letter.failure;
    context.log.warn({ id: envelope.id, target: target3, class: kind, error: message }, "dead letter");
  }
  context.tell({ kind: "outcome", id: envelope.id, target: target3, attempt: envelope.attempt, durationMs, outcome });
}

// runtime/trim.ts
var defaultHistory = { ageMs: 24 * 36e5, messages: 1e6, share: 0.7 };
async function trimIntake(context, bundle, history = defaultHistory) {
  const { requests } = context.link;
  const stream2 = intakeStream(context.integration);
  const facts = await streamFacts(requests, stream2);
  if (facts === void 0 || facts.messages === 0) return { kind: "kept" };
  const targets = Object.keys(bundle.targets);
  const consumers = await Promise.all(
    targets.map((target3) => consumerFacts(requests, stream2, targetConsumer(target3)))
  );
  const floors = consumers.flatMap((consumer) => consumer === void 0 ? [] : [consumer.ackFloor]);
  if (floors.length < targets.length) return { kind: "kept", reason: "a target's consumer is missing" };
  if (facts.consumers !== targets.length) return { kind: "kept", reason: "the stream has consumers of others" };
  const outdated = await outsideHistory(context, bundle, stream2, facts, history);
  const below3 = Math.min(...floors, outdated) + 1;
  if (below3 <= facts.firstSequence) return { kind: "kept" };
  const done = await purgeBefore(requests, stream2, below3);
  return done ? { kind: "trimmed", below: below3 } : { kind: "kept", reason: "the purge was refused" };
}
async function outsideHistory({ link, clock }, bundle, stream2, facts, history) {
  const { firstSequence, lastSequence, messages, bytes: bytes2, maxBytes } = facts;
  const olderThan = async (ms) => {
    const first2 = await firstSince(link.requests, stream2, isoTime(clock.now() - ms));
    if (first2.kind === "unavailable") return 0;
    return first2.kind === "none" ? lastSequence : first2.sequence - 1;
  };
  const byCount = lastSequence - history.messages;
  const excess = maxBytes > 0 ? bytes2 - history.share * maxBytes : 0;
  const byBytes = excess > 0 ? firstSequence - 1 + Math.ceil(excess / bytes2 * messages) : 0;
  const byAge = await olderThan(history.ageMs);
  const wanted2 = Math.max(byCount, byBytes, byAge);
  if (wanted2 < firstSequence) return 0;
  const dedupe = Math.max(0, ...Object.values(bundle.sources).map((source3) => source3.dedupe));
  return Math.min(wanted2, dedupe > 0 ? await olderThan(dedupe) : wanted2);
}
function keepTrimming(context, bundle) {
  const { clock, limits, log, link } = context;
  let stopped = false;
  let said2;
  let cancel = () => void 0;
  const trim2 = async () => link.connected() && !stopped ? trimIntake(context, bundle()) : { kind: "kept" };
  const round2 = async () => {
    const trimmed = await trim2().catch((error) => ({ kind: "kept", reason: reasonOf2(error) }));
    const reason = trimmed.kind === "kept" ? trimmed.reason : void 0;
    if (reason !== void 0 && reason !== said2) log.warn({ reason }, "the intake is not trimmed");
    said2 = reason;
    if (!stopped) cancel = clock.after(limits.trimMs, () => void round2());
  };
  cancel = clock.after(limits.trimMs, () => void round2());
  return () => {
    stopped = true;
    cancel();
  };
}

// runtime/integration.ts
async function startIntegration(context, connectors, first2) {
  const editions = await openEditions(context, connectors, first2);
  const door = createDoor();
  const sources = /* @__PURE__ */ new Map();
  const targets = /* @__PURE__ */ new Map();
  let stopped = false;
  const plan2 = (program) => planSources(
    context,
    connectors,
    program,
    (source3, message) => accept(context, editions.current(), source3, door, message)
  );
  const startTargets = (program) => {
    if (program.bundle.paused) return;
    for (const name of Object.keys(program.bundle.targets)) {
      if (targets.has(name)) continue;
      const { connector = "" } = program.bundle.targets[name] ?? {};
      const inFlight3 = connectors[connector]?.manifest.target?.inFlight ?? context.limits.inFlight;
      targets.set(name, startTarget(context, { name, inFlight: inFlight3, lease: (envelope) => editions.lease(name, envelope) }));
    }
  };
  const stopTargets = async (wanted2) => {
    for (const [name, target3] of [...targets]) {
      if (wanted2(name)) continue;
      await target3.stop();
      await within(context.clock, context.limits.drainMs, target3.idle(), void 0);
      target3.handBack();
      targets.delete(name);
    }
  };
  const changeSources = async (plans) => {
    const before = [...sources.values()];
    const kept2 = (source3) => plans.some(({ name, key: key2 }) => name === source3.name && key2 === source3.key);
    for (const source3 of before.filter((running) => !kept2(running))) {
      sources.delete(source3.name);
      await source3.running.stop();
    }
    for (const planned of plans.filter(({ name }) => !sources.has(name))) {
      sources.set(planned.name, await planned.start());
    }
  };
  const stopSources = async () => {
    const running = [...sources.values()];
    sources.clear();
    await Promise.all(
      running.map(
        (source3) => source3.running.stop().catch((error) => {
          context.log.warn({ source: source3.name, error: reasonOf2(error) }, "a source did not stop in order");
        })
      )
    );
  };
  try {
    const plans = plan2(first2);
    startTargets(first2);
    await changeSources(plans);
  } catch (error) {
    await stopSources();
    await stopTargets(() => false);
    await editions.close();
    throw error;
  }
  const stopTrimming = keepTrimming(context, () => editions.current().bundle);
  return {
    tenant: context.tenant,
    integration: context.integration,
    program: editions.current,
    swap: async (program) => {
      const before = editions.current();
      const plans = plan2(program);
      await editions.add(program);
      try {
        await changeSources(plans);
      } catch (error) {
        await editions.add(before);
        await changeSources(plan2(before));
        await editions.retire();
        throw error;
      }
      startTargets(program);
      await stopTargets((name) => !program.bundle.paused && Object.hasOwn(program.bundle.targets, name));
      await editions.retire();
    },
    stopSources,
    stopPulling: async () => {
      stopped = true;
      stopTrimming();
      await Promise.all([...targets.values()].map((target3) => target3.stop()));
    },
    idle: async () => {
      await Promise.all([...targets.values()].map((target3) => target3.idle()));
    },
    abort: () => context.attempts.abort("the worker stops"),
    handBack: () => {
      for (const target3 of targets.values()) target3.handBack();
    },
    close: () => editions.close(),
    inFlight: () => Object.fromEntries([...targets].map(([name, target3]) => [name, target3.held()])),
    missing: () => {
      const { bundle } = editions.current();
      if (bundle.paused && !stopped) return [];
      const lostSources = Object.keys(bundle.sources).filter((name) => !sources.has(name));
      const lostTargets = Object.keys(bundle.targets).filter((name) => targets.get(name)?.pulling() !== true);
      return [...lostSources.map((name) => `source ${name}`), ...lostTargets.map((name) => `target ${name}`)];
    }
  };
}

// runtime/mask.ts
var shortest = 4;
function createMask(values) {
  const forms = [...values].filter((value) => value.length >= shortest).flatMap(formsOf);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return (text4) => text4;
  const pattern = new RegExp(longestFirst.map(escaped).join("|"), "g");
  return (text4) => text4.replace(pattern, "***");
}
function formsOf(value) {
  const base64 = Buffer.from(value, "utf8").toString("base64");
  return [value, percentEncoded(value), JSON.stringify(value).slice(1, -1), base64];
}
function percentEncoded(value) {
  try {
    return encodeURIComponent(value);
  } catch {
    return value;
  }
}
var escaped = (text4) => text4.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// runtime/program.ts
async function loadProgram({ bundle, code }, env2, library) {
  const name = `${bundle.tenant}/${bundle.integration}`;
  if (sha256(code) !== bundle.worker) {
    throw startFailure("damaged", `${name}: the code is not the one that the bundle was made with; compile again`);
  }
  const own2 = ownEnv(bundle, env2, name);
  const worker = await importWorker(code, name);
  const made = makeWorker(worker, library, name);
  for (const [kind, names3] of [
    ["source", Object.keys(bundle.sources)],
    ["target", Object.keys(bundle.targets)]
  ]) {
    const known = kind === "source" ? made.sources : made.targets;
    const lost = names3.find((member) => !Object.hasOwn(known, member));
    if (lost !== void 0) throw startFailure("damaged", `${name}: the code lacks the ${kind} ${lost}; compile again`);
  }
  return { bundle, code: made, env: own2, key: `${bundle.hash} ${sha256(canonical(own2))}` };
}
function ownEnv(bundle, env2, name) {
  const take2 = (kind, names3, from) => Object.fromEntries(
    names3.map((key2) => {
      const value = Object.hasOwn(from, key2) ? from[key2] : void 0;
      if (value !== void 0) return [key2, value];
      throw startFailure("incomplete", `${name}: the ${kind} ${key2} has no value in this context; give it one`);
    })
  );
  return {
    settings: take2("setting", bundle.settings, env2.settings),
    secrets: take2("secret", bundle.secrets, env2.secrets)
  };
}
async function importWorker(code, name) {
  const url = `data:text/javascript;base64,${Buffer.from(code, "utf8").toString("base64")}`;
  try {
    return await import(url);
  } catch (error) {
    throw startFailure("damaged", `${name}: the code does not load (${reasonOf2(error)}); compile again`);
  }
}
function makeWorker(module, library, name) {
  if (!isWorkerModule(module)) throw startFailure("damaged", `${name}: the code exports no worker; compile again`);
  try {
    return module.worker(library());
  } catch (error) {
    throw startFailure("damaged", `${name}: the code does not start (${reasonOf2(error)})`);
  }
}
function isWorkerModule(module) {
  return typeof module === "object" && module !== null && "worker" in module && typeof module.worker === "function";
}

// runtime/server-check.ts
init_json();
var leastLevel = 2;
async function checkServer(connection, requests) {
  const version = connection.info?.version;
  if (version === void 0)
    throw startFailure("unreachable", "NATS is not connected; start it or correct its address");
  const supported = supportedServer(version);
  if (!supported.ok) throw startFailure("unsupported", supported.reason);
  const info = await ask(requests, "$JS.API.INFO");
  if (info === void 0) {
    throw startFailure(
      "unsupported",
      `JetStream of ${connection.getServer()} does not answer; enable it for the account`
    );
  }
  const api = info.api;
  const level = isJsonObject(api) ? api.level : void 0;
  if (typeof level === "number" && level >= leastLevel) return;
  throw startFailure(
    "unsupported",
    `JetStream of ${connection.getServer()} has API level ${String(level)}; 2 is needed`
  );
}

// runtime/run.ts
async function run2(options) {
  const clock = options.clock ?? systemClock;
  const limits = { ...defaultLimits2, ...options.limits };
  const suspects = createGate();
  const tenants = /* @__PURE__ */ new Map();
  let ending;
  let changing = Promise.resolve();
  const integrations = () => [...tenants.values()].flatMap((tenant) => [...tenant.running.values()]);
  const contextOf = (name, tenant, integration) => makeContext(options, { clock, limits, suspects }, name, tenant, integration);
  const close = async () => {
    for (const integration of integrations()) await integration.close();
    for (const connector of Object.values(options.connectors)) await connector.close?.();
    for (const { link } of tenants.values()) link.close();
  };
  const apply3 = async (name, tenant, wanted2) => {
    for (const coded of wanted2) {
      const program = await loadProgram(coded, tenant.env, options.library);
      const { integration } = program.bundle;
      const known = tenant.running.get(integration);
      if (known === void 0) {
        const context = contextOf(name, tenant, integration);
        tenant.running.set(integration, await startIntegration(context, options.connectors, program));
      } else if (known.program().key !== program.key) await known.swap(program);
    }
    for (const [integration, running] of [...tenant.running]) {
      if (wanted2.some(({ bundle }) => bundle.integration === integration)) continue;
      tenant.running.delete(integration);
      await finish2(clock, limits.drainMs, [running]);
      await running.close();
    }
  };
  const exchange2 = async (wanted2) => {
    for (const { tenant: name, env: env2, bundles } of wanted2) {
      if (ending !== void 0) throw startFailure("refused", "the worker is stopping");
      const tenant = tenants.get(name);
      if (tenant === void 0) throw startFailure("incomplete", `the worker has no connection for tenant ${name}`);
      if (env2 !== void 0) setEnv(tenant, env2);
      await apply3(name, tenant, bundles);
    }
  };
  const end = (ms) => {
    ending ??= (async () => {
      await finish2(clock, ms, integrations());
      await Promise.all([...tenants.values()].map(({ link }) => flushed(clock, link)));
      await within(clock, 1e3, close(), void 0);
    })();
    return ending;
  };
  try {
    for (const { tenant: name, connection, inboxPrefix: inboxPrefix2, env: env2, bundles } of options.tenants) {
      const link = createLink(
        connection,
        inboxPrefix2 ?? "_INBOX",
        clock,
        scopedLog(options.log, { tenant: name }, plain3)
      );
      const tenant = { link, env: env2, secrets: /* @__PURE__ */ new Set(), mask: plain3, running: /* @__PURE__ */ new Map() };
      setEnv(tenant, env2);
      tenants.set(name, tenant);
      await checkServer(connection, link.requests);
      await apply3(name, tenant, bundles);
    }
  } catch (error) {
    await end(0);
    throw error;
  }
  return {
    health: () => healthOf(tenants, integrations(), ending !== void 0),
    swap: (wanted2) => {
      const change = changing.then(() => exchange2(wanted2));
      changing = change.catch(() => void 0);
      return change;
    },
    drain: () => end(limits.drainMs),
    stop: () => end(0)
  };
}
function setEnv(tenant, env2) {
  tenant.env = env2;
  for (const value of Object.values(env2.secrets)) tenant.secrets.add(value);
  tenant.mask = createMask(tenant.secrets);
}
var plain3 = (text4) => text4;
function makeContext(options, shared, tenant, owner2, integration) {
  const { link } = owner2;
  const mask = (text4) => owner2.mask(text4);
  const log = scopedLog(options.log, { tenant, integration }, mask);
  return {
    ...shared,
    attempts: createAttempts(shared.clock, shared.limits.attemptMs),
    tenant,
    integration,
    link,
    log,
    mask,
    random: options.random ?? Math.random,
    crash: options.crash,
    tell: teller({ tenant, integration, clock: shared.clock, log }, options.onEvent)
  };
}

// cli/secrets.ts
init_json();
import { readFileSync } from "node:fs";
import { resolve as resolve4 } from "node:path";
import { parse as parse4 } from "yaml";
function secretVariable(tenant, name) {
  return `VRSKY_SECRET_${`${tenant}_${name}`.replaceAll("-", "_").toUpperCase()}`;
}
function readSecrets(provider, tenant, names3, from) {
  const values = provider === "env" ? environment(tenant, names3, from.env) : file(resolve4(from.folder, provider.file), tenant);
  if (!values.ok) return values;
  const missing2 = names3.filter((name) => values.value[name] === void 0 || values.value[name] === "");
  if (missing2.length > 0) {
    const where = provider === "env" ? `set ${missing2.map((name) => secretVariable(tenant, name)).join(", ")}` : `add ${missing2.join(", ")} under \`${tenant}:\` in ${provider.file}`;
    return refuse2(
      exit.findings,
      `Secrets of tenant ${tenant} without a value: ${missing2.join(", ")}.`,
      `To go on, ${where}.`
    );
  }
  return ok(Object.fromEntries(names3.map((name) => [name, values.value[name] ?? ""])));
}
function environment(tenant, names3, env2) {
  return ok(
    Object.fromEntries(
      names3.flatMap((name) => {
        const value = env2[secretVariable(tenant, name)];
        return value === void 0 ? [] : [[name, value]];
      })
    )
  );
}
function file(path, tenant) {
  try {
    const all = parse4(readFileSync(path, "utf8"));
    const own2 = isJsonObject(all) ? all[tenant] : void 0;
    return ok(
      isJsonObject(own2) ? Object.fromEntries(Object.entries(own2).map(([name, value]) => [name, String(value)])) : {}
    );
  } catch (error) {
    return refuse2(
      exit.findings,
      `The secrets file ${path} cannot be read: ${error instanceof Error ? error.message.split("\n")[0] ?? "" : "unknown"}.`
    );
  }
}

// cli/house.ts
async function startHouse(options) {
  const { ready, cluster } = options;
  const logins = readCredentials(cluster.credentials, tenantsOf(ready));
  if (!logins.ok) return fromControl(logins.failure);
  const bundles = tenantBundles(ready, options);
  if (!bundles.ok) return bundles;
  const connections = /* @__PURE__ */ new Map();
  const doors = /* @__PURE__ */ new Map();
  const close = async () => void await Promise.all([...connections.values()].map((connection) => connection.close()));
  const host = options.host ?? "127.0.0.1";
  let httpPort;
  let worker;
  try {
    for (const [tenant, authenticator] of logins.value) {
      const servers = cluster.url.split(",").map((server) => server.trim());
      const connection = await connect2({
        ...connectOptions(`${tenant}-worker`),
        servers,
        ...authenticator === void 0 ? {} : { authenticator }
      });
      connections.set(tenant, connection);
      doors.set(tenant, natsDoor(connection, tenant));
    }
    const metrics = createMetrics();
    const started = await run2({
      tenants: bundles.value.flatMap((each) => {
        const connection = connections.get(each.tenant);
        const prefix2 = inboxPrefix(`${each.tenant}-worker`);
        return connection === void 0 ? [] : [{ ...each, connection, inboxPrefix: prefix2 }];
      }),
      connectors: createConnectors({
        httpPort: options.httpPort,
        httpHost: host,
        dataDir: options.dataDir,
        onListening: (port) => {
          httpPort = port;
        },
        natsFor: (tenant) => {
          const door = doors.get(tenant);
          if (door === void 0) throw new Error(`tenant ${tenant} is not connected`);
          return door;
        }
      }),
      library: () => createLibrary(),
      log: createLog({ level: options.quiet === true ? "silent" : "info" }),
      onEvent: (event) => {
        metrics.observe(event);
        options.onEvent?.(event);
      }
    });
    worker = started;
    const monitor = options.metricsPort === void 0 ? void 0 : await startMonitor({ port: options.metricsPort, host, metrics, health: started.health });
    return ok({
      worker: started,
      httpPort,
      metricsPort: monitor?.port,
      swap: async (next) => {
        const fresh2 = tenantBundles(next, { ...options, ready: next });
        if (!fresh2.ok) return fresh2;
        await started.swap(fresh2.value);
        return ok(void 0);
      },
      close: async () => {
        await started.drain();
        await monitor?.close();
        await close();
      }
    });
  } catch (error) {
    await worker?.stop();
    await close();
    return startRefusal(error);
  }
}
function natsDoor(connection, tenant) {
  const silent = { info: () => void 0, warn: () => void 0 };
  const link = createLink(connection, inboxPrefix(`${tenant}-worker`), systemClock, silent);
  return { requests: link.requests, connected: link.connected, flush: () => connection.flush() };
}
function startRefusal(error) {
  const message = error instanceof Error ? error.message.split("\n")[0] ?? "" : String(error);
  if (isStartFailure(error)) return refuse2(startExit(error.startFailure), message);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "EADDRINUSE")
    return refuse2(
      exit.refused,
      "The port is in use by another process.",
      "Choose another with --http-port or --metrics-port."
    );
  return refuse2(exit.unreachable, message);
}
function startExit(kind) {
  if (kind === "unreachable" || kind === "unsupported") return exit.unreachable;
  return kind === "incomplete" ? exit.refused : exit.findings;
}
function tenantBundles(ready, options) {
  const { context } = options.cluster;
  const values = ready.manifest.contexts[options.cluster.name] ?? context;
  const all = [];
  for (const tenant of tenantsOf(ready)) {
    const bundles = ready.bundles.filter(({ bundle }) => bundle.tenant === tenant && bundle.paused !== true);
    const names3 = [...new Set(bundles.flatMap(({ bundle }) => bundle.secrets))].sort();
    const secrets2 = readSecrets(values.secrets, tenant, names3, { folder: ready.folder, env: options.io.env });
    if (!secrets2.ok) return secrets2;
    all.push({
      tenant,
      bundles,
      env: { settings: { ...values.settings, ...options.settings }, secrets: secrets2.value }
    });
  }
  return ok(all);
}

// cli/io.ts
function processIo() {
  const { env: env2 } = process;
  const colorFor = (stream2) => {
    if (env2.NO_COLOR !== void 0 && env2.NO_COLOR !== "") return false;
    if (env2.FORCE_COLOR !== void 0 && env2.FORCE_COLOR !== "0") return true;
    return stream2.isTTY === true && env2.TERM !== "dumb";
  };
  return {
    out: (text4) => void process.stdout.write(text4),
    err: (text4) => void process.stderr.write(text4),
    colorOut: colorFor(process.stdout),
    colorErr: colorFor(process.stderr),
    interactive: process.stderr.isTTY === true,
    env: env2,
    cwd: process.cwd()
  };
}

// control/nats-server/embed.ts
import { constants } from "node:fs";
import { access, mkdir as mkdir4, readFile as readFile3, rename as rename3, rm as rm3, writeFile } from "node:fs/promises";
import { join as join5, resolve as resolve5 } from "node:path";
import { setTimeout as setTimeout2 } from "node:timers/promises";

// control/nats-server/child.ts
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm as rm2 } from "node:fs/promises";
import { createInterface as createInterface2 } from "node:readline";

// control/nats-server/failure.ts
function serverFailure(code, message, help2) {
  return Object.assign(new Error(message), { name: "ServerFailure", code, help: help2 });
}
function oneLine2(error) {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0] ?? "";
}

// control/nats-server/child.ts
var locked = 97;
var graceMs = 1e4;
var script = `
set -C
echo $$ 2>/dev/null >"$3" || exit ${locked}
exec 3<&0 </dev/null
( read -r _ <&3 || kill -KILL $$ ) >/dev/null 2>&1 &
exec "$1" -c "$2" 3<&-
`;
async function spawnServer(options) {
  const { binary, configPath, dir, pidPath } = options;
  const child3 = spawn("/bin/sh", ["-c", script, "vrsky", binary, configPath, pidPath], {
    cwd: dir,
    detached: true,
    stdio: ["pipe", "ignore", "pipe"]
  });
  child3.stdin.on("error", () => {
  });
  const log = serverLog(child3);
  const exited = new Promise((resolve8) => {
    child3.once("error", () => resolve8({ code: 127, signal: null }));
    child3.once("close", (code, signal) => resolve8({ code, signal }));
  }).then(async (exit2) => {
    if (exit2.code !== locked) await rm2(pidPath, { force: true });
    return exit2;
  });
  child3.once("exit", () => child3.stdin.end("ended\n"));
  const ready = log.next(/Server is ready/);
  const listening2 = log.next(/Listening for client connections on/);
  if (await ready === void 0) throw startFailure2(options, await exited, log.last());
  const port = Number(/:(\d+)\s*$/.exec(await listening2 ?? "")?.[1]);
  const kill = (signal) => {
    child3.kill(signal);
  };
  return {
    pid: child3.pid ?? 0,
    port,
    exited,
    kill,
    logged: log.next,
    stop: async () => {
      kill("SIGTERM");
      kill("SIGCONT");
      const impatient = setTimeout(() => kill("SIGKILL"), graceMs);
      await exited;
      clearTimeout(impatient);
    }
  };
}
function serverLog(child3) {
  const last = [];
  const waiting = /* @__PURE__ */ new Set();
  if (child3.stderr !== null) {
    const lines = createInterface2({ input: child3.stderr });
    lines.on("line", (line) => {
      last.push(line);
      if (last.length > 50) last.shift();
      for (const waiter of waiting) {
        if (!waiter.pattern.test(line)) continue;
        waiting.delete(waiter);
        waiter.resolve(line);
      }
    });
  }
  const end = () => {
    for (const waiter of waiting) waiter.resolve(void 0);
    waiting.clear();
  };
  void once(child3, "close").then(end, end);
  return {
    last: () => last,
    next: (pattern) => {
      if (child3.exitCode !== null || child3.signalCode !== null) return Promise.resolve(void 0);
      return new Promise((resolve8) => void waiting.add({ pattern, resolve: resolve8 }));
    }
  };
}
function startFailure2({ binary, dir }, exit2, log) {
  if (exit2.code === locked) return lockedFailure(dir);
  const errors5 = log.map((line) => /\[(?:FTL|ERR)\] (.*)$/.exec(line)?.[1]).filter((line) => line !== void 0);
  const reason = errors5.at(-1) ?? log.at(-1) ?? `exit ${exit2.code ?? exit2.signal}`;
  const port = /listening on port: (\S+?),.*in use/i.exec(reason)?.[1];
  if (port !== void 0) {
    return serverFailure(
      "port-in-use",
      `nats-server cannot listen on ${port}: the port is in use`,
      "choose another port or stop the process that holds it"
    );
  }
  const help2 = `run \`${binary} -c ${dir}/nats-server.conf\` to see all that it says`;
  return serverFailure("died", `nats-server ended at its start in ${dir}: ${reason}`, help2);
}
function lockedFailure(dir) {
  return serverFailure(
    "locked",
    `another nats-server is already running in ${dir}`,
    "stop that one or use another directory"
  );
}

// control/nats-server/config.ts
init_json();
import { randomBytes } from "node:crypto";
import { join as join4 } from "node:path";
function accountsConfig(accounts) {
  if (!isList2(accounts)) return accounts;
  return Object.fromEntries(accounts.map((name) => [name, {}]));
}
var isList2 = (value) => Array.isArray(value);
function credentialsFor(accounts, known) {
  const users = Object.values(accounts).flatMap((account2) => Object.keys(account2.users ?? {}));
  return {
    // In capitals, which no tenant's name has.
    system: known?.system ?? fresh("SYS"),
    accounts: Object.fromEntries(Object.keys(accounts).map((name) => [name, known?.accounts[name] ?? fresh(name)])),
    users: Object.fromEntries(users.map((name) => [name, known?.users[name] ?? fresh(name)]))
  };
}
var fresh = (user) => ({ user, password: randomBytes(24).toString("base64url") });
function parseCredentials(text4) {
  const store3 = parseJson2(text4);
  if (!isJsonObject(store3)) return void 0;
  const { system, accounts, users } = store3;
  const known = { accounts: credentialsByName(accounts), users: credentialsByName(users) };
  if (!isCredentials(system) || known.accounts === void 0 || known.users === void 0) return void 0;
  return { system, accounts: known.accounts, users: known.users };
}
function parseJson2(text4) {
  try {
    return JSON.parse(text4);
  } catch {
    return void 0;
  }
}
function credentialsByName(value) {
  if (!isJsonObject(value)) return void 0;
  const entries = Object.entries(value).flatMap(([name, entry3]) => isCredentials(entry3) ? [[name, entry3]] : []);
  return entries.length === Object.keys(value).length ? Object.fromEntries(entries) : void 0;
}
function isCredentials(value) {
  return typeof value === "object" && value !== null && "user" in value && "password" in value && typeof value.user === "string" && typeof value.password === "string";
}
function serverConfig({ dir, port, syncAlways, accounts, credentials: credentials2 }) {
  const account2 = ([name, config2]) => [
    name,
    {
      jetstream: config2.limits === void 0 ? "enabled" : jetstreamLimits(config2.limits),
      ...config2.limits === void 0 ? {} : { limits: connectionLimits(config2.limits) },
      users: [
        credentials2.accounts[name],
        ...Object.entries(config2.users ?? {}).map(([user, { publish: publish3, subscribe }]) => ({
          ...credentials2.users[user],
          permissions: { publish: limited(publish3), subscribe: limited(subscribe) }
        }))
      ]
    }
  ];
  const config = {
    server_name: "vrsky",
    listen: `127.0.0.1:${port}`,
    // Without it an acknowledged message is in the page cache only, for up to two minutes.
    jetstream: { store_dir: join4(dir, "store"), ...syncAlways ? { sync_interval: "always" } : {} },
    system_account: "SYS",
    accounts: { SYS: { users: [credentials2.system] }, ...Object.fromEntries(Object.entries(accounts).map(account2)) }
  };
  return `${JSON.stringify(config, null, 2)}
`;
}
function limited(subjects) {
  const allowed2 = isList2(subjects) ? subjects : subjects?.allow;
  return allowed2?.length === 0 ? { deny: [">"] } : subjects;
}
var jetstreamLimits = ({ disk, memory, streams, consumers }) => ({
  max_file: disk,
  max_mem: memory,
  max_streams: streams,
  max_consumers: consumers
});
var connectionLimits = ({ connections, payload }) => ({
  max_connections: connections,
  max_payload: payload
});

// control/nats-server/process-command.ts
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile as readFile2 } from "node:fs/promises";
import { promisify } from "node:util";
async function runningIn(pid, configPath) {
  return (await command(pid)).includes(configPath);
}
async function command(pid) {
  if (existsSync("/proc/self/cmdline")) return readFile2(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const listed2 = promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]);
  return listed2.then(
    ({ stdout }) => stdout,
    () => ""
  );
}

// control/nats-server/embed.ts
async function startNatsServer(options) {
  const dir = resolve5(options.dir);
  const syncAlways = options.syncAlways ?? true;
  const paths = {
    config: join5(dir, "nats-server.conf"),
    credentials: join5(dir, "credentials.json"),
    pid: join5(dir, "nats-server.pid")
  };
  let accounts = accountsConfig(options.accounts);
  const configure = async (port2, known) => {
    const credentials3 = credentialsFor(accounts, known);
    await writePrivate(paths.credentials, `${JSON.stringify(credentials3, null, 2)}
`);
    await writePrivate(paths.config, serverConfig({ dir, port: port2, syncAlways, accounts, credentials: credentials3 }));
    return credentials3;
  };
  const start3 = async () => {
    await unlock(paths.pid, paths.config, dir);
    return spawnServer({ binary: options.binary, dir, configPath: paths.config, pidPath: paths.pid });
  };
  await prepare2(dir);
  await unlock(paths.pid, paths.config, dir);
  let credentials2 = await configure(options.port ?? -1, await readCredentials2(paths.credentials));
  let child3 = await start3();
  const { port } = child3;
  options.say?.(`nats-server listens on 127.0.0.1:${port}, files in ${dir}`);
  const stop = () => child3.stop();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    get pid() {
      return child3.pid;
    },
    get credentials() {
      return credentials2.accounts;
    },
    get users() {
      return credentials2.users;
    },
    systemCredentials: credentials2.system,
    get exited() {
      return child3.exited;
    },
    stop,
    kill: (signal) => child3.kill(signal),
    restart: async () => {
      await stop();
      credentials2 = await configure(port, credentials2);
      child3 = await start3();
    },
    reload: async (wanted2) => {
      accounts = accountsConfig(wanted2);
      credentials2 = await configure(port, credentials2);
      const answer2 = child3.logged(/Reloaded server configuration|Failed to reload/);
      child3.kill("SIGHUP");
      const line = await answer2;
      if (line === void 0 || line.includes("Failed")) {
        throw serverFailure(
          "reload-refused",
          `nats-server did not take the new accounts: ${line?.replace(/^.*\] /, "") ?? "it has ended"}`,
          "restart it"
        );
      }
    },
    [Symbol.asyncDispose]: stop
  };
}
var patienceMs = 1e3;
async function prepare2(dir) {
  try {
    await mkdir4(dir, { recursive: true, mode: 448 });
    await access(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw serverFailure(
      "unwritable",
      `${dir} cannot be written (${reason})`,
      "make it writable or use another directory"
    );
  }
}
async function unlock(pidPath, configPath, dir) {
  const pid = Number(await readFile3(pidPath, "utf8").catch(() => ""));
  const patience = Date.now() + patienceMs;
  while (pid > 0 && await runningIn(pid, configPath)) {
    if (Date.now() > patience) throw lockedFailure(dir);
    await setTimeout2(20);
  }
  await rm3(pidPath, { force: true });
}
async function readCredentials2(path) {
  const text4 = await readFile3(path, "utf8").catch(() => void 0);
  if (text4 === void 0) return void 0;
  const known = parseCredentials(text4);
  if (known === void 0)
    throw serverFailure("died", `${path} is damaged`, "remove it: new credentials are made then");
  return known;
}
async function writePrivate(path, content) {
  const whole2 = `${path}.${process.pid}.tmp`;
  await writeFile(whole2, content, { mode: 384 });
  await rename3(whole2, path);
}

// control/nats-server/find.ts
import { homedir, tmpdir as tmpdir3 } from "node:os";
import { delimiter, join as join11, resolve as resolve6 } from "node:path";

// control/nats-server/cache.ts
import { execFile as execFile2 } from "node:child_process";
import { randomUUID } from "node:crypto";
import { constants as constants2 } from "node:fs";
import { access as access2, chmod, copyFile, lstat, mkdir as mkdir5, readdir as readdir2, readFile as readFile4, rename as rename4, rm as rm4, writeFile as writeFile2 } from "node:fs/promises";
import { dirname as dirname3, isAbsolute as isAbsolute2, join as join6 } from "node:path";
import { promisify as promisify2 } from "node:util";
function cachePlaces({ env: env2, home: home2, tmp }) {
  const temporary = join6(tmp, `vrsky-${process.getuid?.() ?? "user"}-nats-server`);
  const base = [env2.XDG_CACHE_HOME, home2 === void 0 || home2 === "" ? void 0 : join6(home2, ".cache")].find(
    (dir) => dir !== void 0 && isAbsolute2(dir)
  );
  return base === void 0 ? { temporary } : { own: join6(base, "vrsky", "nats-server"), temporary };
}
async function serverVersion(path, timeoutMs3) {
  const { stdout } = await promisify2(execFile2)(path, ["--version"], { timeout: timeoutMs3, killSignal: "SIGKILL" });
  const version = /v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  if (version === void 0) throw new Error(`${path} is not a nats-server`);
  return version;
}
async function cached(places, timeoutMs3) {
  const own2 = places.own === void 0 ? void 0 : await cachedIn(places.own, timeoutMs3);
  return own2 ?? (await isOurs2(places.temporary) ? cachedIn(places.temporary, timeoutMs3) : void 0);
}
async function cachedIn(dir, timeoutMs3) {
  const versions = (await readdir2(dir).catch(() => [])).filter((name) => supportedServer(name).ok).sort((left2, right) => Number(right === testedServer) - Number(left2 === testedServer) || newestFirst(left2, right));
  for (const version of versions) {
    const path = join6(dir, version, "nats-server");
    const runs2 = await serverVersion(path, timeoutMs3).catch(() => void 0);
    if (runs2 === version) return { path, version, pinned: await isPinned(path) };
  }
  return void 0;
}
async function store2(places, unpacked, pinned, timeoutMs3) {
  const dir = await writable(places);
  const whole2 = join6(dir, `.${randomUUID()}`);
  try {
    await copyFile(unpacked, whole2);
    await chmod(whole2, 493);
    const version = await serverVersion(whole2, timeoutMs3);
    const supported = supportedServer(version);
    if (!supported.ok) throw new Error(supported.reason);
    const path = join6(dir, version, "nats-server");
    await mkdir5(dirname3(path), { recursive: true });
    if (pinned) await rm4(note(path), { force: true });
    else await writeFile2(note(path), "newest of the package index, not checked against a known sum\n");
    await rename4(whole2, path);
    return { path, version, pinned };
  } finally {
    await rm4(whole2, { force: true });
  }
}
async function writable({ own: own2, temporary }) {
  if (own2 !== void 0 && await isMade(own2)) return own2;
  await mkdir5(temporary, { mode: 448 }).catch(() => {
  });
  if (await isOurs2(temporary)) return temporary;
  throw new Error(`neither ${own2 ?? "a home"} nor ${temporary} can be written`);
}
async function isMade(dir) {
  try {
    await mkdir5(dir, { recursive: true });
    await access2(dir, constants2.W_OK | constants2.X_OK);
    return true;
  } catch {
    return false;
  }
}
async function isOurs2(dir) {
  const found = await lstat(dir).catch(() => void 0);
  if (found === void 0 || !found.isDirectory()) return false;
  const uid = process.getuid?.();
  return uid === void 0 || found.uid === uid && (found.mode & 18) === 0;
}
var note = (path) => `${path}.unpinned`;
async function isPinned(path) {
  return readFile4(note(path)).then(
    () => false,
    () => true
  );
}

// control/nats-server/debian.ts
import { mkdtemp, rm as rm5, writeFile as writeFile4 } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as join9 } from "node:path";
import { gunzipSync } from "node:zlib";

// control/nats-server/apt-proxy.ts
import { execFile as execFile3 } from "node:child_process";
import { promisify as promisify3 } from "node:util";
async function aptConfig(env2, timeoutMs3) {
  const dump = promisify3(execFile3)("apt-config", ["dump", "Acquire"], {
    env: { ...process.env, ...env2 },
    timeout: timeoutMs3,
    killSignal: "SIGKILL"
  });
  return dump.then(
    ({ stdout }) => stdout,
    () => ""
  );
}
function proxyFor(config, mirror) {
  const { hostname, protocol } = new URL(mirror);
  const scheme = protocol.slice(0, -1);
  const keys = [scheme, "http"].flatMap((of) => [`acquire::${of}::proxy::${hostname}`, `acquire::${of}::proxy`]);
  const settings = new Map(
    [...config.matchAll(/^(\S+) "(.*)";$/gm)].map(([, key2 = "", value2 = ""]) => [key2.toLowerCase(), value2])
  );
  const value = keys.map((key2) => settings.get(key2)).find((setting) => setting !== void 0 && setting !== "");
  if (value === void 0 || /^direct$/i.test(value)) return value?.toUpperCase();
  return /^https?:\/\//.test(value) ? value : void 0;
}

// control/nats-server/apt-sources.ts
import { readdir as readdir3, readFile as readFile5 } from "node:fs/promises";
import { join as join7 } from "node:path";
async function readMirrors(aptDir) {
  const parts = (await names(join7(aptDir, "sources.list.d"))).map((name) => join7(aptDir, "sources.list.d", name));
  const uris = [];
  for (const path of [join7(aptDir, "sources.list"), ...parts]) {
    if (path.endsWith(".sources")) uris.push(...deb822Uris(await text2(path)));
    else if (path.endsWith(".list")) uris.push(...oneLineUris(await text2(path)));
  }
  const mirrors = (await Promise.all(uris.map(resolveUri))).flat().map((uri) => uri.replace(/\/+$/, ""));
  return [...new Set(mirrors)].filter((mirror) => URL.canParse(mirror));
}
function oneLineUris(content) {
  return content.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+/.exec(line);
    return match?.[1] === void 0 ? [] : [match[1]];
  });
}
function deb822Uris(content) {
  const lines = content.split(/\r?\n/).filter((line) => !line.startsWith("#"));
  return lines.join("\n").split(/\n[ \t]*\n/).map(fields).filter((stanza) => words(stanza.get("types")).includes("deb")).filter((stanza) => !/^(?:no|false|without|off|disable|0)$/i.test(stanza.get("enabled") ?? "yes")).flatMap((stanza) => words(stanza.get("uris")));
}
function fields(stanza) {
  const found = /* @__PURE__ */ new Map();
  for (const match of stanza.matchAll(/^([^\s:]+):[ \t]*(.*(?:\n[ \t]+.*)*)/gm)) {
    found.set((match[1] ?? "").toLowerCase(), (match[2] ?? "").replace(/\n[ \t]+/g, " ").trim());
  }
  return found;
}
async function resolveUri(uri) {
  if (/^https?:\/\//.test(uri)) return [uri];
  const list3 = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1];
  if (list3 === void 0) return [];
  const lines = (await text2(list3)).split(/\r?\n/).map((line) => line.trim().split(/\s/)[0] ?? "");
  return lines.filter((line) => /^https?:\/\//.test(line));
}
var words = (value) => (value ?? "").split(/\s+/).filter((word) => word !== "");
async function names(dir) {
  return (await readdir3(dir).catch(() => [])).sort();
}
async function text2(path) {
  return readFile5(path, "utf8").catch(() => "");
}

// control/nats-server/download.ts
import { createHash as createHash5 } from "node:crypto";
function isNoAnswer(error) {
  return error instanceof Error && error.name === "NoAnswer";
}
var download = async (url, { stallMs, proxy }) => {
  const { Agent: Agent2, EnvHttpProxyAgent, ProxyAgent, fetch } = await import("undici");
  const dispatcher = proxy === void 0 ? new EnvHttpProxyAgent() : proxy === "DIRECT" ? new Agent2() : new ProxyAgent(proxy);
  const { bare, authorization } = splitCredentials(url);
  const abort = new AbortController();
  const silence = setTimeout(() => abort.abort(), stallMs);
  try {
    const headers6 = authorization === void 0 ? {} : { authorization };
    const response = await fetch(bare, { dispatcher, headers: headers6, signal: abort.signal });
    if (!response.ok) throw new Error(`${bare} answered ${response.status}`);
    const chunks = [];
    for await (const chunk of response.body ?? []) {
      silence.refresh();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (abort.signal.aborted) throw noAnswer(`${bare} gave nothing for ${stallMs / 1e3} s`);
    throw readable(bare, error);
  } finally {
    clearTimeout(silence);
    void dispatcher.destroy();
  }
};
function shown(url) {
  return splitCredentials(url).bare;
}
function splitCredentials(url) {
  const parsed = new URL(url);
  if (parsed.username === "" && parsed.password === "") return { bare: url };
  const login = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  parsed.username = "";
  parsed.password = "";
  return { bare: parsed.href, authorization: `Basic ${Buffer.from(login).toString("base64")}` };
}
function readable(url, error) {
  if (!(error instanceof Error)) return new Error(`${url}: ${String(error)}`);
  if (!(error.cause instanceof Error)) return error;
  return noAnswer(`${url} cannot be reached (${error.cause.message})`);
}
function noAnswer(message) {
  return Object.assign(new Error(message), { name: "NoAnswer" });
}
function sha2562(bytes2) {
  return createHash5("sha256").update(bytes2).digest("hex");
}

// control/nats-server/unpack-deb.ts
import { execFile as execFile4 } from "node:child_process";
import { mkdir as mkdir6, readFile as readFile6, writeFile as writeFile3 } from "node:fs/promises";
import { join as join8 } from "node:path";
import { promisify as promisify4 } from "node:util";
var run3 = promisify4(execFile4);
async function unpackDeb(path, root2) {
  try {
    await run3("dpkg-deb", ["-x", path, root2]);
  } catch (error) {
    if (!isMissing(error)) throw new Error(`${path} cannot be unpacked by dpkg-deb`);
    await unpackByHand(path, root2);
  }
}
async function unpackByHand(path, root2) {
  const member = dataMember(await readFile6(path));
  if (member === void 0) throw new Error(`${path} is not a Debian package`);
  await mkdir6(root2, { recursive: true });
  const data = join8(root2, member.name);
  await writeFile3(data, member.bytes);
  await run3("tar", ["-xf", data, "-C", root2]).catch(() => {
    throw new Error(`${member.name} needs dpkg-deb, or a tar that knows its compression`);
  });
}
var magic = "!<arch>\n";
var headerBytes = 60;
function dataMember(archive) {
  if (archive.toString("latin1", 0, magic.length) !== magic) return void 0;
  for (let offset = magic.length; offset + headerBytes <= archive.length; ) {
    const name = archive.toString("latin1", offset, offset + 16).trim().replace(/\/$/, "");
    const size = Number(archive.toString("latin1", offset + 48, offset + 58).trim());
    const start3 = offset + headerBytes;
    if (!Number.isInteger(size) || size < 0 || start3 + size > archive.length) return void 0;
    if (/^data\.tar(?:\.[a-z0-9]+)?$/.test(name)) return { name, bytes: archive.subarray(start3, start3 + size) };
    offset = start3 + size + size % 2;
  }
  return void 0;
}
function isMissing(error) {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

// control/nats-server/debian.ts
var pin = (arch, sum) => ({
  path: `pool/main/n/nats-server/nats-server_2.15.1-1_${arch}.deb`,
  sha256: sum
});
var debianPins = {
  amd64: pin("amd64", "31ef4ceaa84e8248d449e508472e3770c17c3695cb5cb0ee96e03912724ea884"),
  arm64: pin("arm64", "68923b614b6b5594bbd63ffdce7258c2155ec448fb4cb7efd099bf9273eca128"),
  armhf: pin("armhf", "03416cc64479b3841f909a98df728d1552c15e5515693dc4c647044d596e8c79"),
  ppc64el: pin("ppc64el", "c925c82d3b0e481ace5a3d96c58649d7ddbc007796e8d41be9dcee253aea7b7c"),
  riscv64: pin("riscv64", "448a8f3368e2a6d20bb3aca317ddb2c952925af51ba4e2251f29347591c4fec8"),
  s390x: pin("s390x", "d3793f5f8ff98cf6d9e648626967d91f5533a3d9f40df6810a5764f78d9bb8cc")
};
var newestSuites = ["dists/sid/main", "dists/testing/main", "dists/devel/universe"];
async function fromDebian(options) {
  const config = await aptConfig(options.env, options.stallMs);
  const mirrors = (await readMirrors(options.aptDir)).map((url) => ({ url, proxy: proxyFor(config, url) }));
  if (mirrors.length === 0) throw new Error(`apt has no mirror set up in ${options.aptDir}`);
  const failures = /* @__PURE__ */ new Set();
  const silent = /* @__PURE__ */ new Set();
  const firstOf = async (ask2) => {
    for (const mirror of mirrors.filter((candidate) => !silent.has(candidate))) {
      try {
        return await ask2(mirror);
      } catch (error) {
        if (isNoAnswer(error)) silent.add(mirror);
        failures.add(oneLine2(error));
      }
    }
    return void 0;
  };
  const pinned = options.pins[debianArch(options.arch)];
  const installed = (pinned === void 0 ? void 0 : await firstOf((mirror) => install(options, mirror, pinned, true))) ?? await firstOf(async (mirror) => {
    const newest = await newestListed(options, mirror);
    options.say(`The pinned nats-server package is not to be had; taking ${newest.path}, unpinned.`);
    return install(options, mirror, newest, false);
  });
  if (installed === void 0) throw new Error([...failures].join("; "));
  return installed;
}
async function install(options, mirror, wanted2, pinned) {
  const url = `${mirror.url}/${wanted2.path}`;
  options.say(`Fetching ${shown(url)}`);
  const bytes2 = await options.download(url, { stallMs: options.stallMs, proxy: mirror.proxy });
  const actual = sha2562(bytes2);
  if (actual !== wanted2.sha256) {
    throw new Error(`${shown(url)} has SHA-256 ${actual} instead of ${wanted2.sha256}: refused`);
  }
  const dir = await mkdtemp(join9(tmpdir(), "vrsky-deb-"));
  try {
    await writeFile4(join9(dir, "package.deb"), bytes2);
    await unpackDeb(join9(dir, "package.deb"), join9(dir, "root"));
    return await store2(options.cache, join9(dir, "root", "usr", "sbin", "nats-server"), pinned, options.stallMs);
  } finally {
    await rm5(dir, { recursive: true, force: true });
  }
}
async function newestListed(options, mirror) {
  const arch = debianArch(options.arch);
  for (const suite of newestSuites) {
    const url = `${mirror.url}/${suite}/binary-${arch}/Packages.gz`;
    const index = await options.download(url, { stallMs: options.stallMs, proxy: mirror.proxy }).catch((error) => {
      if (isNoAnswer(error)) throw error;
      return void 0;
    });
    const found = index === void 0 ? void 0 : listed(gunzipSync(index).toString("utf8"));
    if (found !== void 0) return found;
  }
  throw new Error(`${shown(mirror.url)} lists no nats-server for ${arch}`);
}
function listed(index) {
  const start3 = index.search(/^Package: nats-server$/m);
  if (start3 === -1) return void 0;
  const stanza = fields(index.slice(start3, index.indexOf("\n\n", start3) + 1 || index.length));
  const path = stanza.get("filename");
  const sum = stanza.get("sha256");
  return path === void 0 || sum === void 0 ? void 0 : { path, sha256: sum };
}
function debianArch(arch) {
  const names3 = { x64: "amd64", arm: "armhf", ppc64: "ppc64el" };
  return names3[arch] ?? arch;
}

// control/nats-server/release.ts
import { execFile as execFile5 } from "node:child_process";
import { mkdtemp as mkdtemp2, rm as rm6, writeFile as writeFile5 } from "node:fs/promises";
import { tmpdir as tmpdir2 } from "node:os";
import { join as join10 } from "node:path";
import { promisify as promisify5 } from "node:util";
var releasesUrl = "https://github.com/nats-io/nats-server/releases/download";
async function fromRelease(options) {
  const base = `${options.releasesUrl}/v${testedServer}`;
  const name = `nats-server-v${testedServer}-${options.platform}-${goArch(options.arch)}`;
  const sums = Buffer.from(await options.download(`${base}/SHA256SUMS`, { stallMs: options.stallMs })).toString("utf8");
  const line = sums.split("\n").find((entry3) => entry3.trim().split(/\s+\*?/)[1] === `${name}.tar.gz`);
  const expected = line?.trim().split(/\s+/)[0];
  if (expected === void 0) throw new Error(`the release has no ${name}.tar.gz`);
  options.say(`Fetching ${base}/${name}.tar.gz`);
  const bytes2 = await options.download(`${base}/${name}.tar.gz`, { stallMs: options.stallMs });
  const actual = sha2562(bytes2);
  if (actual !== expected) throw new Error(`${name}.tar.gz has SHA-256 ${actual} instead of ${expected}: refused`);
  const dir = await mkdtemp2(join10(tmpdir2(), "vrsky-release-"));
  try {
    await writeFile5(join10(dir, "release.tar.gz"), bytes2);
    await promisify5(execFile5)("tar", ["-xzf", join10(dir, "release.tar.gz"), "-C", dir]);
    return await store2(options.cache, join10(dir, name, "nats-server"), true, options.stallMs);
  } finally {
    await rm6(dir, { recursive: true, force: true });
  }
}
function goArch(arch) {
  const names3 = { x64: "amd64", arm: "arm7" };
  return names3[arch] ?? arch;
}

// control/nats-server/find.ts
var help = "install nats-server 2.14.4 or newer (https://github.com/nats-io/nats-server/releases, `brew install nats-server`, `go install github.com/nats-io/nats-server/v2@latest`, Debian sid: `apt install nats-server`), or set VRSKY_NATS_SERVER=/path/to/nats-server, or VRSKY_NATS_URL=nats://host:4222 for a running one";
async function findServer(options = {}) {
  const env2 = options.env ?? process.env;
  const trace = [];
  for (const [origin, look] of chain(env2, options)) {
    try {
      const found = await look();
      if (found !== void 0) {
        trace.push({
          origin,
          outcome: "found",
          detail: `${found.path} ${found.version}${found.pinned ? "" : " (unpinned)"}`
        });
        return { ok: true, server: { ...found, origin }, trace };
      }
      trace.push({ origin, outcome: "absent", detail: absent2[origin] });
    } catch (error) {
      const detail = oneLine2(error);
      trace.push({ origin, outcome: "failed", detail });
      if (origin === "VRSKY_NATS_SERVER") {
        return {
          ok: false,
          message: `VRSKY_NATS_SERVER: ${detail}`,
          help: "name a supported nats-server or unset it",
          trace
        };
      }
    }
  }
  const failed4 = trace.filter(({ outcome }) => outcome === "failed").map(({ origin, detail }) => `${origin}: ${detail}`);
  const message = ["no supported nats-server on this machine", ...failed4].join("; ");
  return { ok: false, message, help, trace };
}
var absent2 = {
  VRSKY_NATS_SERVER: "not set",
  cache: "holds none yet",
  PATH: "has none",
  release: "not asked",
  debian: "not asked"
};
function chain(env2, options) {
  const mayFetch = options.fetch ?? true;
  const platform = options.platform ?? process.platform;
  const stallMs = options.stallMs ?? 3e3;
  const cache = cachePlaces({ env: env2, home: options.home ?? home(), tmp: options.tmp ?? tmpdir3() });
  const systemDirs = options.systemDirs ?? ["/usr/local/sbin", "/usr/sbin"];
  const fetching = {
    arch: options.arch ?? process.arch,
    cache,
    stallMs,
    download: options.download ?? download,
    say: options.say ?? (() => {
    })
  };
  const release2 = () => fromRelease({ ...fetching, platform, releasesUrl: options.releasesUrl ?? releasesUrl });
  const debian = () => fromDebian({ ...fetching, env: env2, aptDir: options.aptDir ?? "/etc/apt", pins: options.pins ?? debianPins });
  return [
    ["VRSKY_NATS_SERVER", () => named(env2.VRSKY_NATS_SERVER, stallMs)],
    ["cache", () => cached(cache, stallMs)],
    ["PATH", () => onPath([...(env2.PATH ?? "").split(delimiter), ...systemDirs], stallMs)],
    ["release", async () => mayFetch ? release2() : void 0],
    ["debian", async () => mayFetch && platform === "linux" ? debian() : void 0]
  ];
}
async function named(path, timeoutMs3) {
  if (path === void 0 || path === "") return void 0;
  const absolute = resolve6(path);
  const version = await serverVersion(absolute, timeoutMs3).catch(() => void 0);
  if (version === void 0) throw new Error(`${absolute} does not run as a nats-server`);
  const supported = supportedServer(version);
  if (!supported.ok) throw new Error(supported.reason);
  return { path: absolute, version, pinned: true };
}
async function onPath(dirs, timeoutMs3) {
  const refused = [];
  for (const dir of new Set(dirs)) {
    if (dir === "") continue;
    const candidate = resolve6(join11(dir, "nats-server"));
    const version = await serverVersion(candidate, timeoutMs3).catch(() => void 0);
    if (version === void 0) continue;
    const supported = supportedServer(version);
    if (supported.ok) return { path: candidate, version, pinned: true };
    refused.push(`${candidate}: ${supported.reason}`);
  }
  if (refused.length > 0) throw new Error(refused.join("; "));
  return void 0;
}
function home() {
  try {
    return homedir();
  } catch {
    return void 0;
  }
}

// bench/hop/fill.ts
var batchSize = 500;
async function fill(connection, bundle, make2, prefix2, count) {
  const requests = createRequests(connection, "_INBOX", systemClock);
  const [[source3, described] = ["", void 0]] = Object.entries(bundle.sources);
  const contract = bundle.contracts[described?.contract ?? ""]?.hash ?? "";
  for (let first2 = 0; first2 < count; first2 += batchSize) {
    const ids = Array.from({ length: Math.min(batchSize, count - first2) }, (_, index) => `${prefix2}-${first2 + index}`);
    const stored2 = await publishBatch(
      requests,
      ids.map((id) => ({
        subject: intakeSubject(bundle.integration, idHash(id)),
        data: JSON.stringify(make2(id)),
        headers: envelopeHeaders({
          id,
          source: source3,
          receivedAt: "2026-03-01T12:30:01.000Z",
          contract,
          bundle: bundle.hash,
          meta: {},
          headers: { "content-type": "application/json", "user-agent": "bench" }
        })
      }))
    );
    if (stored2.kind !== "stored") throw new Error(`the intake could not be filled: ${JSON.stringify(stored2)}`);
  }
  requests.close();
}

// bench/hop/hand-written.ts
import { jetstream } from "@nats-io/jetstream";
import { headers as headers5, nuid as nuid4 } from "@nats-io/nats-core";
async function handWritten(connection, options, onDone) {
  const inbox = `_INBOX.${nuid4.next()}`;
  const waiting = /* @__PURE__ */ new Map();
  const queue = [];
  const decoder2 = new TextDecoder();
  let token = 0;
  let finish4 = () => void 0;
  const finished = new Promise((resolve8) => {
    finish4 = resolve8;
  });
  const take2 = (message) => {
    const mapped = options.map(JSON.parse(decoder2.decode(message.data)));
    const fields2 = headers5();
    fields2.set("Nats-Msg-Id", mapped.id);
    token += 1;
    waiting.set(String(token), message);
    connection.publish(options.subject, JSON.stringify(mapped.body), { reply: `${inbox}.${token}`, headers: fields2 });
  };
  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: (error, answer2) => {
      if (error) throw error;
      const key2 = answer2.subject.slice(inbox.length + 1);
      const message = waiting.get(key2);
      if (message === void 0 || JSON.parse(answer2.string()).error !== void 0) throw new Error(answer2.string());
      waiting.delete(key2);
      message.ack();
      if (onDone()) finish4();
      const next = queue.shift();
      if (next !== void 0) take2(next);
    }
  });
  const consumer = await jetstream(connection).consumers.get(options.stream, options.consumer);
  const messages = await consumer.consume({
    max_messages: 500,
    expires: 5e3,
    callback: (message) => {
      if (waiting.size < options.inFlight) take2(message);
      else queue.push(message);
    }
  });
  await finished;
  messages.stop();
  subscription.unsubscribe();
  await connection.flush();
}

// bench/orders.ts
function smallOrder(id) {
  return padded(
    {
      id,
      customer: " Ann Andersson ",
      email: "Ann.Andersson@Example.com",
      amount: 129.95,
      currency: "SEK",
      paid: true,
      placed: "2026-03-01T12:30:00Z"
    },
    256
  );
}
function largeOrder(id) {
  return {
    id,
    customer: { id: "c-4711", name: "Ann Andersson", email: "Ann.Andersson@Example.com", city: "Lund" },
    amount: 5129.5,
    currency: "SEK",
    placed: "2026-03-01T12:30:00Z",
    lines: Array.from({ length: 40 }, (_, index) => ({
      sku: `sku-${1e3 + index}`,
      title: `Article number ${index}, the usual one, blue`,
      qty: 1 + index % 7,
      price: 9.5 + index,
      ...index % 3 === 0 ? { weight: 250 } : {}
    }))
  };
}
function order2(id) {
  return {
    id,
    status: "paid",
    placed: "2026-03-01T12:30:00Z",
    amount: 1299.95,
    currency: "sek",
    customer: { id: "c-4711", name: " Ann Andersson ", email: "ann@example.com", vip: true },
    address: { street: "Stora S\xF6dergatan 12", zip: "222 23", city: "Lund", country: "SE" },
    lines: Array.from({ length: 12 }, (_, index) => ({
      sku: `sku-${1e3 + index}`,
      title: `Article number ${index}, the usual one, blue`,
      qty: 1 + index % 7,
      price: 9.5 + index,
      tags: ["garden", "spring"]
    })),
    notes: ["ring the bell", "leave at the door"]
  };
}
function padded(order3, bytes2) {
  const missing2 = bytes2 - JSON.stringify({ ...order3, note: "" }).length;
  return { ...order3, note: "n".repeat(Math.max(0, missing2)) };
}

// bench/paired.ts
async function paired(pairs, ours, theirs) {
  const all = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      const first2 = await ours();
      all.push({ ours: first2, theirs: await theirs() });
    } else {
      const first2 = await theirs();
      all.push({ theirs: first2, ours: await ours() });
    }
  }
  const ratios = all.map((pair) => pair.ours / pair.theirs).sort((a, b) => a - b);
  return {
    ratio: { median: middle(ratios), lowest: ratios[0] ?? 0, highest: ratios.at(-1) ?? 0 },
    ours: middle(all.map((pair) => pair.ours).sort((a, b) => a - b)),
    theirs: middle(all.map((pair) => pair.theirs).sort((a, b) => a - b))
  };
}
var middle = (sorted2) => sorted2[Math.floor(sorted2.length / 2)] ?? 0;

// compiler/4-check/type-checker.ts
import { API } from "typescript/unstable/sync";
var root = "/vrsky";
var project = `${root}/tsconfig.json`;
var libraryFile = `${root}/library.d.ts`;
var compilerOptions = {
  noLib: true,
  strict: true,
  noEmit: true,
  target: "ES2023",
  module: "ESNext",
  types: [],
  noUncheckedIndexedAccess: true,
  allowUnreachableCode: true,
  allowUnusedLabels: true
};
function createTypeChecker() {
  const files = /* @__PURE__ */ new Map();
  const known = /* @__PURE__ */ new Map();
  let api;
  const open2 = () => new API({
    cwd: root,
    fs: {
      readFile: (path) => files.get(path) ?? null,
      fileExists: (path) => files.has(path),
      directoryExists: (path) => path === root || path === "/",
      getAccessibleEntries: () => ({ files: [], directories: [] }),
      realpath: (path) => path
    }
  });
  const update = (library, modules) => {
    const wanted2 = /* @__PURE__ */ new Map([[libraryFile, library]]);
    for (const [name, text4] of modules) wanted2.set(fileOf(name), text4);
    wanted2.set(project, JSON.stringify({ compilerOptions, files: [...wanted2.keys()] }));
    const changes = { created: [], changed: [], deleted: [] };
    for (const [path, text4] of wanted2) {
      const before = files.get(path);
      if (before === void 0) changes.created.push(path);
      else if (before !== text4) changes.changed.push(path);
    }
    for (const path of files.keys()) if (!wanted2.has(path)) changes.deleted.push(path);
    files.clear();
    for (const [path, text4] of wanted2) files.set(path, text4);
    return changes;
  };
  const check5 = (library, modules) => {
    const first2 = api === void 0;
    const changes = update(library, modules);
    for (const path of changes.deleted) known.delete(path);
    const everything = first2 || changes.changed.includes(libraryFile);
    const stale = everything ? [...modules.keys()].map(fileOf) : [...changes.created, ...changes.changed];
    const asked = stale.filter((path) => path !== project && path !== libraryFile);
    if (asked.length > 0 || first2) {
      api ??= open2();
      const snapshot = api.updateSnapshot(first2 ? { openProjects: [project] } : { fileChanges: changes });
      const program = snapshot.getProject(project)?.program;
      if (program === void 0) throw new Error("the type checker did not open its project");
      for (const path of asked) known.set(path, []);
      for (const path of asked) {
        const found = [...program.getSyntacticDiagnostics(path), ...program.getSemanticDiagnostics(path)];
        known.set(
          path,
          found.map((finding2) => toFinding(path, finding2))
        );
      }
      snapshot.dispose();
    }
    return [...modules.keys()].flatMap((name) => known.get(fileOf(name)) ?? []);
  };
  return {
    check: check5,
    close: () => {
      api?.close();
      api = void 0;
      files.clear();
      known.clear();
    }
  };
}
var fileOf = (module) => `${root}/${module}`;
function toFinding(path, finding2) {
  return {
    module: path.slice(root.length + 1),
    start: finding2.pos,
    end: finding2.end,
    code: finding2.code,
    lines: [finding2.text, ...chain2(finding2)]
  };
}
function chain2(finding2) {
  return (finding2.messageChain ?? []).flatMap((inner) => [inner.text, ...chain2(inner)]);
}

// schema/diagnostic.ts
function compareDiagnostics(a, b) {
  return compareText(a.file, b.file) || a.range.start.line - b.range.start.line || a.range.start.column - b.range.start.column || compareText(a.code, b.code) || compareText(a.message, b.message);
}
function hasErrors(diagnostics) {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
function compareText(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// schema/codes.ts
var entry = (severity, title, text4) => ({
  severity,
  title,
  text: text4
});
var codes = {
  VRS1001: entry(
    "error",
    "YAML that does not parse",
    "The file is not YAML. The message says where the parser stopped; the mistake is often one line above."
  ),
  VRS1002: entry(
    "error",
    "Expression cut by YAML",
    'YAML gives `: `, ` #`, `{`, `}`, `,` and quotes a meaning of their own, so an expression that holds them must be quoted or stand in a block. Write `key: "${ \u2026 }"`, or put it on its own line after `key: |-`.'
  ),
  VRS1003: entry(
    "error",
    "Expression cut by a comment",
    "In a plain scalar ` #` starts a comment, so the rest of the text is lost without a word. Quote the whole value."
  ),
  VRS1004: entry("error", "Key given twice", "A mapping holds the same key twice; YAML would keep only one of them."),
  VRS1005: entry(
    "error",
    "Expression in a key",
    "Keys are never expressions. A line break inside an unquoted expression makes YAML read the rest as a key: put the expression in a `|-` block."
  ),
  VRS1006: entry(
    "error",
    "Tag or alias where text was meant",
    "A plain value that starts with `!`, `*` or `&` is a YAML tag, alias or anchor. Quote it."
  ),
  VRS1007: entry("error", "File that cannot be read", "The file exists but could not be read, or is not UTF-8 text."),
  VRS1008: entry(
    "warning",
    "Scalar whose text is not its value",
    "`1.10` is the number 1.1 and `0600` the number 600. Quote it when the text matters."
  ),
  VRS2001: entry(
    "error",
    "Unknown kind of document",
    "Each YAML document has exactly one kind key: `workspace`, `tenant`, `connections`, `integration`, `fragment` or `tests`."
  ),
  VRS2002: entry(
    "error",
    "Unknown key",
    "The key is not part of the language here. The message names the nearest known one."
  ),
  VRS2003: entry("error", "Missing key", "A required key is not there."),
  VRS2004: entry("error", "Value of the wrong kind", "The value has another type or form than the key takes."),
  VRS2005: entry(
    "error",
    "Duration or size that cannot be read",
    "Durations are written `250ms`, `1s`, `5m`, `24h`, `7d`; sizes `64KiB`, `1MiB`."
  ),
  VRS2006: entry(
    "error",
    "Unknown connector",
    "No connector of this name is installed; `vrsky connectors list` names them."
  ),
  VRS2007: entry(
    "error",
    "Unknown connection",
    "The tenant declares no connection of this name, or it belongs to another connector."
  ),
  VRS2008: entry(
    "error",
    "Unknown target",
    "A route or an `on-error` names a target that the integration does not have."
  ),
  VRS2009: entry(
    "error",
    "Missing contract",
    "A source needs a `contract`: without it nothing after it can be checked. Use a name (`order@1`), the short form, or `any`."
  ),
  VRS2010: entry(
    "error",
    "Unknown contract",
    "No file `contracts/<name>@<version>.json` or `.yaml` exists in the workspace."
  ),
  VRS2011: entry(
    "error",
    "Two documents of one name",
    "Two documents of the same kind carry the same name in one tenant."
  ),
  VRS2012: entry(
    "error",
    "Unknown secret",
    "Secrets are declared in `tenant.yaml` under `secrets:`; this name is not."
  ),
  VRS2013: entry(
    "error",
    "Setting without a value",
    "A declared setting has no value, or one of the wrong type, in a context."
  ),
  VRS2014: entry(
    "error",
    "Contract that cannot be typed",
    "The contract uses a JSON Schema keyword or form outside the supported subset. What cannot be typed is refused, never ignored."
  ),
  VRS2015: entry("error", "Workspace without `vrsky.yaml`", "A workspace is a folder with `vrsky.yaml`."),
  VRS2016: entry(
    "error",
    "Not in this version",
    "The language has this, this version of the compiler does not run it yet."
  ),
  VRS2017: entry(
    "error",
    "Target that nothing reaches",
    "No route arm names the target, so it would never get a message."
  ),
  VRS2018: entry(
    "error",
    "Route arm that is never reached",
    "The first matching arm wins, so an arm without `when` ends the route; arms below it can never match."
  ),
  VRS3001: entry("error", "Expression that does not parse", "The text between `${` and `}` is not an expression."),
  VRS3002: entry(
    "error",
    "Forbidden construct",
    "Expressions are a safe subset of JavaScript: no statements, assignments, `new`, `this`, regular expressions, classes, functions other than callbacks, or access to prototypes."
  ),
  VRS3003: entry(
    "error",
    "Unknown name",
    "Expressions see `body`, `headers`, `meta`, `vars`, `settings`, `secrets` (in connections and connector settings) and the built-in functions."
  ),
  VRS3004: entry("error", "Unknown function or method", "Only the functions and methods of the allow-list exist."),
  VRS3005: entry(
    "error",
    "Expression too large",
    "An expression may hold 4,000 characters, 500 nodes, a depth of 32 and 3 nested callbacks."
  ),
  VRS3006: entry("error", "Unclosed expression", "A `${` has no matching `}`."),
  VRS3007: entry(
    "error",
    "Expression where a constant is needed",
    "This value is part of the topology or known before any message: it may use `settings` or `secrets` where the key allows them, never message data."
  ),
  VRS3008: entry(
    "error",
    "Secret where it may not be",
    "`secrets.x` may stand in connections and connector settings only: never in a payload, a map, a filter or a condition."
  ),
  VRS3009: entry(
    "warning",
    "Constant that looks like an expression",
    "The text starts like an expression but has no `${ \u2026 }` around it, so it is sent as it stands."
  ),
  VRS3010: entry(
    "error",
    "Dynamic part where a literal is needed",
    "Data fills parts, never places: the host of a URL, a table or a bucket is constant."
  ),
  VRS4001: entry("error", "Type mismatch", "The expression's type is not the one that is needed here."),
  VRS4002: entry("error", "Unknown property", "The type has no such property; the message names the nearest one."),
  VRS4003: entry(
    "error",
    "Value that may be missing",
    "The value may be undefined or null and must be handled first: `?.`, `??`, `exists(x)` or a filter."
  ),
  VRS4004: entry(
    "error",
    "Condition that is not boolean",
    "`filter` and `when` take a boolean: write the comparison out."
  ),
  VRS4005: entry(
    "error",
    "Field that the contract does not declare",
    "On the way out a contract is closed: a field that it does not declare is an error."
  ),
  VRS4006: entry("error", "Missing field", "The contract requires a field that this value does not give."),
  VRS4007: entry(
    "error",
    "Body of unknown type",
    "The contract is `any`, so nothing is known about the body here; `validate` it first."
  ),
  VRS4008: entry(
    "error",
    "Payload that is not JSON",
    "A message can hold text, numbers, booleans, null, lists and objects, not this."
  ),
  VRS5001: entry(
    "error",
    "Two owners of one address",
    "Two integrations claim the same path, subject or file pattern; each address has one owner."
  ),
  VRS5002: entry(
    "error",
    "Quota that does not suffice",
    "The tenant's streams may need more storage than its quota grants."
  ),
  VRS9001: entry(
    "error",
    "Bug in the compiler",
    "A finding could not be tied to a place in the spec. Please report it with the spec."
  )
};

// compiler/1-read/read.ts
var start2 = { line: 1, column: 1 };
function readWorkspace(root2, files) {
  const diagnostics = [];
  const top = files.list(root2) ?? [];
  if (!top.some((entry3) => entry3.name === "vrsky.yaml")) {
    diagnostics.push(at2("VRS2015", "vrsky.yaml", "The folder has no `vrsky.yaml`.", "Name the folder that holds it."));
    return { specs: [], contracts: [], diagnostics };
  }
  const read2 = (path) => {
    const bytes2 = files.read(`${root2}/${path}`);
    const text4 = bytes2 instanceof Uint8Array ? decode(bytes2) : void 0;
    if (text4 !== void 0) return [{ path, text: text4 }];
    const why = bytes2 instanceof Uint8Array ? "is not UTF-8 text" : `cannot be read: ${bytes2.error}`;
    diagnostics.push(at2("VRS1007", path, `The file ${why}.`, "Save it as UTF-8, readable by you."));
    return [];
  };
  const specs = [
    ...top.filter((entry3) => !entry3.folder && isSpec(entry3.name)).map((entry3) => entry3.name),
    ...walk2(root2, "tenants", files).filter(isSpec)
  ];
  const contracts = walk2(root2, "contracts", files).filter((path) => /\.(?:json|ya?ml)$/.test(path));
  return { specs: specs.sort().flatMap(read2), contracts: contracts.sort().flatMap(read2), diagnostics };
}
var isSpec = (path) => /\.ya?ml$/.test(path) && !/^secrets\./.test(path.split("/").at(-1) ?? "");
function walk2(root2, folder2, files, depth = 0) {
  if (depth > 8) return [];
  return (files.list(`${root2}/${folder2}`) ?? []).flatMap((entry3) => {
    if (entry3.name.startsWith(".") || entry3.name === "node_modules") return [];
    const path = `${folder2}/${entry3.name}`;
    return entry3.folder ? walk2(root2, path, files, depth + 1) : [path];
  });
}
function decode(bytes2) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes2);
  } catch {
    return void 0;
  }
}
function at2(code, file2, message, help2) {
  return { code, severity: codes[code].severity, file: file2, range: { start: start2, end: start2 }, message, help: help2 };
}

// compiler/2-parse/compose.ts
init_json();

// schema/spec/connections.json
var connections_default = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "ConnectionsSpec",
  type: "object",
  description: "Connections of a tenant.",
  additionalProperties: false,
  required: ["connections"],
  properties: {
    connections: {
      type: "object",
      description: "Named connector configurations, one connector each.",
      propertyNames: {
        pattern: "^[a-z][a-z0-9-]{0,62}$"
      },
      additionalProperties: {
        type: "object",
        minProperties: 1,
        maxProperties: 1,
        additionalProperties: false,
        properties: {}
      }
    }
  }
};

// schema/spec/fragment.json
var fragment_default = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "FragmentSpec",
  type: "object",
  description: "Steps with parameters, reused by `use`.",
  additionalProperties: false,
  required: ["fragment", "steps"],
  properties: {
    fragment: {
      type: "string",
      description: "Name of the fragment.",
      examples: ["normalise"],
      pattern: "^[a-z][a-z0-9-]{0,62}$"
    },
    params: {
      type: "object",
      description: "Typed parameters.",
      examples: [
        {
          country: "string"
        }
      ]
    },
    steps: {
      type: "array",
      description: "Steps, in order.",
      items: {
        type: "object",
        description: "One move on the way: exactly one of `filter` and `map`.",
        additionalProperties: false,
        properties: {
          name: {
            type: "string",
            description: "What to call the step.",
            examples: ["clean-up"],
            pattern: "^[a-z][a-z0-9-]{0,62}$"
          },
          filter: {
            type: ["string", "boolean"],
            description: "True goes on; narrows the type of what follows.",
            examples: ['${ body.status === "paid" }']
          },
          map: {
            type: "object",
            description: "The new body: exactly these fields; `...` copies all fields of a value.",
            examples: [
              {
                id: "${ body.id }"
              }
            ]
          },
          as: {
            type: "string",
            description: "Keep the result as `vars.<name>` instead of making it the body.",
            examples: ["customer"],
            pattern: "^[A-Za-z][A-Za-z0-9_]{0,62}$"
          },
          when: {
            type: ["string", "boolean"],
            description: "Do this only if true.",
            examples: ["${ body.paid }"]
          },
          contract: {
            description: "The shape of what it yields: a name (`order@1`), `any`, or the short form.",
            examples: [
              "order@1",
              "any",
              {
                id: "string"
              }
            ]
          }
        },
        if: {
          required: ["filter"]
        },
        then: {
          properties: {
            map: false,
            as: false,
            contract: false,
            when: false
          }
        },
        else: {
          required: ["map"]
        }
      }
    }
  }
};

// schema/spec/integration.json
var integration_default = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "IntegrationSpec",
  type: "object",
  description: "One flow: source, steps, route, targets.",
  additionalProperties: false,
  required: ["integration", "source", "targets"],
  properties: {
    integration: {
      type: "string",
      description: "Name of the integration.",
      examples: ["orders-to-warehouse"],
      pattern: "^[a-z][a-z0-9-]{0,62}$"
    },
    description: {
      type: "string",
      description: "For people.",
      examples: ["Orders of the shop"]
    },
    labels: {
      type: "object",
      description: "Free labels.",
      additionalProperties: {
        type: "string"
      },
      examples: [
        {
          team: "web"
        }
      ]
    },
    paused: {
      type: "boolean",
      description: "Accept nothing, deliver nothing."
    },
    "moved-from": {
      type: "string",
      description: "Its old name, when it was renamed.",
      examples: ["orders"],
      pattern: "^[a-z][a-z0-9-]{0,62}$"
    },
    source: {
      type: "object",
      description: "Where messages enter: one connector.",
      additionalProperties: false,
      properties: {
        contract: {
          description: "The shape of what it yields: a name (`order@1`), `any`, or the short form.",
          examples: [
            "order@1",
            "any",
            {
              id: "string"
            }
          ]
        },
        "message-id": {
          type: "string",
          description: "Dedupe and idempotency key.",
          examples: ["${ body.id }"]
        },
        dedupe: {
          type: "string",
          description: "How long an id is known at least.",
          examples: ["24h"],
          "x-vrsky-format": "duration"
        },
        steps: {
          type: "array",
          description: "Steps, in order.",
          items: {
            type: "object",
            description: "One move on the way: exactly one of `filter` and `map`.",
            additionalProperties: false,
            properties: {
              name: {
                type: "string",
                description: "What to call the step.",
                examples: ["clean-up"],
                pattern: "^[a-z][a-z0-9-]{0,62}$"
              },
              filter: {
                type: ["string", "boolean"],
                description: "True goes on; narrows the type of what follows.",
                examples: ['${ body.status === "paid" }']
              },
              map: {
                type: "object",
                description: "The new body: exactly these fields; `...` copies all fields of a value.",
                examples: [
                  {
                    id: "${ body.id }"
                  }
                ]
              },
              as: {
                type: "string",
                description: "Keep the result as `vars.<name>` instead of making it the body.",
                examples: ["customer"],
                pattern: "^[A-Za-z][A-Za-z0-9_]{0,62}$"
              },
              when: {
                type: ["string", "boolean"],
                description: "Do this only if true.",
                examples: ["${ body.paid }"]
              },
              contract: {
                description: "The shape of what it yields: a name (`order@1`), `any`, or the short form.",
                examples: [
                  "order@1",
                  "any",
                  {
                    id: "string"
                  }
                ]
              }
            },
            if: {
              required: ["filter"]
            },
            then: {
              properties: {
                map: false,
                as: false,
                contract: false,
                when: false
              }
            },
            else: {
              required: ["map"]
            }
          }
        }
      }
    },
    steps: {
      type: "array",
      description: "Steps, in order.",
      items: {
        type: "object",
        description: "One move on the way: exactly one of `filter` and `map`.",
        additionalProperties: false,
        properties: {
          name: {
            type: "string",
            description: "What to call the step.",
            examples: ["clean-up"],
            pattern: "^[a-z][a-z0-9-]{0,62}$"
          },
          filter: {
            type: ["string", "boolean"],
            description: "True goes on; narrows the type of what follows.",
            examples: ['${ body.status === "paid" }']
          },
          map: {
            type: "object",
            description: "The new body: exactly these fields; `...` copies all fields of a value.",
            examples: [
              {
                id: "${ body.id }"
              }
            ]
          },
          as: {
            type: "string",
            description: "Keep the result as `vars.<name>` instead of making it the body.",
            examples: ["customer"],
            pattern: "^[A-Za-z][A-Za-z0-9_]{0,62}$"
          },
          when: {
            type: ["string", "boolean"],
            description: "Do this only if true.",
            examples: ["${ body.paid }"]
          },
          contract: {
            description: "The shape of what it yields: a name (`order@1`), `any`, or the short form.",
            examples: [
              "order@1",
              "any",
              {
                id: "string"
              }
            ]
          }
        },
        if: {
          required: ["filter"]
        },
        then: {
          properties: {
            map: false,
            as: false,
            contract: false,
            when: false
          }
        },
        else: {
          required: ["map"]
        }
      }
    },
    route: {
      type: "array",
      description: "First match wins; without it every target gets every message.",
      items: {
        type: "object",
        description: "One arm.",
        additionalProperties: false,
        required: ["to"],
        properties: {
          when: {
            type: ["string", "boolean"],
            description: "Do this only if true.",
            examples: ["${ body.paid }"]
          },
          to: {
            type: "array",
            description: "Names of targets; empty drops on purpose.",
            items: {
              type: "string"
            },
            examples: [["warehouse"]]
          }
        }
      }
    },
    targets: {
      type: "object",
      description: "Where messages leave, by name.",
      minProperties: 1,
      propertyNames: {
        pattern: "^[a-z][a-z0-9-]{0,62}$"
      },
      additionalProperties: {
        type: "object",
        description: "One target: one connector.",
        additionalProperties: false,
        properties: {
          steps: {
            type: "array",
            description: "Steps, in order.",
            items: {
              type: "object",
              description: "One move on the way: exactly one of `filter` and `map`.",
              additionalProperties: false,
              properties: {
                name: {
                  type: "string",
                  description: "What to call the step.",
                  examples: ["clean-up"],
                  pattern: "^[a-z][a-z0-9-]{0,62}$"
                },
                filter: {
                  type: ["string", "boolean"],
                  description: "True goes on; narrows the type of what follows.",
                  examples: ['${ body.status === "paid" }']
                },
                map: {
                  type: "object",
                  description: "The new body: exactly these fields; `...` copies all fields of a value.",
                  examples: [
                    {
                      id: "${ body.id }"
                    }
                  ]
                },
                as: {
                  type: "string",
                  description: "Keep the result as `vars.<name>` instead of making it the body.",
                  examples: ["customer"],
                  pattern: "^[A-Za-z][A-Za-z0-9_]{0,62}$"
                },
                when: {
                  type: ["string", "boolean"],
                  description: "Do this only if true.",
                  examples: ["${ body.paid }"]
                },
                contract: {
                  description: "The shape of what it yields: a name (`order@1`), `any`, or the short form.",
                  examples: [
                    "order@1",
                    "any",
                    {
                      id: "string"
                    }
                  ]
                }
              },
              if: {
                required: ["filter"]
              },
              then: {
                properties: {
                  map: false,
                  as: false,
                  contract: false,
                  when: false
                }
              },
              else: {
                required: ["map"]
              }
            }
          },
          when: {
            type: ["string", "boolean"],
            description: "Do this only if true.",
            examples: ["${ body.paid }"]
          },
          contract: {
            description: "The shape of what it yields: a name (`order@1`), `any`, or the short form.",
            examples: [
              "order@1",
              "any",
              {
                id: "string"
              }
            ]
          },
          retry: {
            type: "object",
            description: "Capped exponential backoff with full jitter.",
            additionalProperties: false,
            required: [],
            properties: {
              for: {
                type: "string",
                description: "No attempt later than this after the first failure.",
                examples: ["24h"],
                "x-vrsky-format": "duration"
              },
              initial: {
                type: "string",
                description: "Upper bound of the first pause.",
                examples: ["1s"],
                "x-vrsky-format": "duration"
              },
              max: {
                type: "string",
                description: "Upper bound of every pause.",
                examples: ["10m"],
                "x-vrsky-format": "duration"
              },
              multiplier: {
                type: "number",
                minimum: 1,
                maximum: 10,
                description: "How fast pauses grow.",
                examples: [2]
              },
              attempts: {
                type: "integer",
                minimum: 1,
                description: "Most attempts, the first one included.",
                examples: [8]
              }
            }
          },
          "on-error": {
            enum: ["dead", "drop"],
            description: "What becomes of a message that cannot be delivered."
          }
        }
      }
    }
  }
};

// schema/spec/tenant.json
var tenant_default = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "TenantSpec",
  type: "object",
  description: "Owner and unit of isolation.",
  additionalProperties: false,
  required: ["tenant"],
  properties: {
    tenant: {
      type: "string",
      description: "Name of the tenant; the folder's name.",
      examples: ["acme"],
      pattern: "^[a-z][a-z0-9-]{0,62}$"
    },
    tier: {
      enum: ["shared", "dedicated"],
      description: "Accounts of a shared cluster, or servers of its own."
    },
    quotas: {
      type: "object",
      description: "Limits of the tenant.",
      additionalProperties: false,
      required: [],
      properties: {
        storage: {
          type: "string",
          description: "Stream storage of its account.",
          examples: ["10GiB"],
          "x-vrsky-format": "size"
        }
      }
    },
    secrets: {
      type: "array",
      description: "Names of secrets; values come from the context.",
      examples: [["crm_token"]],
      items: {
        type: "string",
        pattern: "^[a-z][a-z0-9_]{0,62}$"
      }
    }
  }
};

// schema/spec/tests.json
var tests_default = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "TestsSpec",
  type: "object",
  description: "Cases for an integration.",
  additionalProperties: false,
  required: ["tests", "cases"],
  properties: {
    tests: {
      type: "string",
      description: "Name of the integration.",
      examples: ["orders"],
      pattern: "^[a-z][a-z0-9-]{0,62}$"
    },
    cases: {
      type: "array",
      description: "Cases.",
      items: {
        type: "object",
        description: "One case.",
        properties: {
          name: {
            type: "string",
            description: "What it shows.",
            examples: ["a price"]
          }
        }
      }
    }
  }
};

// schema/spec/workspace.json
var workspace_default = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "WorkspaceSpec",
  type: "object",
  description: "The root of a workspace: `vrsky.yaml`.",
  additionalProperties: false,
  required: ["workspace"],
  properties: {
    workspace: {
      type: "string",
      description: "Name of the workspace.",
      examples: ["acme-platform"],
      pattern: "^[a-z][a-z0-9-]{0,62}$"
    },
    language: {
      const: 1,
      description: "Version of the language."
    },
    settings: {
      type: "object",
      description: "Typed settings in the short form; checked for every context.",
      examples: [
        {
          crmUrl: "string"
        }
      ]
    },
    defaults: {
      type: "object",
      description: "What holds where nothing else is said.",
      additionalProperties: false,
      required: [],
      properties: {
        settings: {
          type: "object",
          description: "Values for all contexts.",
          examples: [
            {
              bigOrder: 100
            }
          ]
        },
        retry: {
          type: "object",
          description: "Capped exponential backoff with full jitter.",
          additionalProperties: false,
          required: [],
          properties: {
            for: {
              type: "string",
              description: "No attempt later than this after the first failure.",
              examples: ["24h"],
              "x-vrsky-format": "duration"
            },
            initial: {
              type: "string",
              description: "Upper bound of the first pause.",
              examples: ["1s"],
              "x-vrsky-format": "duration"
            },
            max: {
              type: "string",
              description: "Upper bound of every pause.",
              examples: ["10m"],
              "x-vrsky-format": "duration"
            },
            multiplier: {
              type: "number",
              minimum: 1,
              maximum: 10,
              description: "How fast pauses grow.",
              examples: [2]
            },
            attempts: {
              type: "integer",
              minimum: 1,
              description: "Most attempts, the first one included.",
              examples: [8]
            }
          }
        }
      }
    },
    contexts: {
      type: "object",
      description: "Places where the workspace runs.",
      propertyNames: {
        pattern: "^[a-z][a-z0-9-]{0,62}$"
      },
      additionalProperties: {
        type: "object",
        description: "One context.",
        additionalProperties: false,
        required: [],
        properties: {
          nats: {
            type: "string",
            description: "Address of the NATS servers.",
            examples: ["nats://localhost:4222"]
          },
          settings: {
            type: "object",
            description: "Values of the settings here.",
            examples: [
              {
                crmUrl: "http://localhost:9000"
              }
            ]
          },
          secrets: {
            description: "Where secret values come from: `env`, or a file.",
            examples: [
              "env",
              {
                file: "secrets.yaml"
              }
            ],
            if: {
              type: "string"
            },
            then: {
              const: "env"
            },
            else: {
              type: "object",
              additionalProperties: false,
              required: ["file"],
              properties: {
                file: {
                  type: "string",
                  description: "Path below the workspace.",
                  examples: ["secrets.dev.yaml"]
                }
              }
            }
          }
        }
      }
    }
  }
};

// compiler/2-parse/compose.ts
function composeSchemas(manifests2) {
  const { source: source3, targets } = integration_default.properties;
  const target3 = targets.additionalProperties;
  const connection = connections_default.properties.connections;
  return {
    workspace: workspace_default,
    tenant: tenant_default,
    fragment: fragment_default,
    tests: tests_default,
    connections: {
      ...connections_default,
      properties: {
        connections: {
          ...connection,
          additionalProperties: { ...connection.additionalProperties, properties: settingsOf(manifests2, "connection") }
        }
      }
    },
    integration: {
      ...integration_default,
      properties: {
        ...integration_default.properties,
        source: oneConnector(source3, settingsOf(manifests2, "source")),
        targets: { ...targets, additionalProperties: oneConnector(target3, settingsOf(manifests2, "target")) }
      }
    }
  };
}
function settingsOf(manifests2, side) {
  const entries = manifests2.flatMap((manifest) => {
    const schema = side === "connection" ? manifest.connection : manifest[side]?.settings;
    if (schema === void 0) return [];
    const named3 = side !== "connection" && manifest.connection !== void 0 ? withConnection(schema) : schema;
    return [[manifest.name, dynamic(named3)]];
  });
  return Object.fromEntries(entries);
}
function withConnection(schema) {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const connection = { type: "string", description: "Name of a connection of the tenant.", "x-vrsky-constant": true };
  return { ...schema, properties: { connection, ...properties } };
}
function oneConnector(part, settings) {
  const names3 = Object.keys(settings);
  return {
    ...part,
    properties: { ...settings, ...part.properties },
    // Unknown and missing connectors: the first name stands for "one of them" in the message that we write ourselves.
    "x-vrsky-one-of": names3
  };
}
function dynamic(schema) {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const entries = Object.entries(properties).map(([key2, member]) => [key2, orExpression(member)]);
  return { ...schema, properties: Object.fromEntries(entries) };
}
function orExpression(schema) {
  if (!isJsonObject(schema) || schema.type === void 0 || schema["x-vrsky-constant"] === true) return schema;
  const inner = schema.type === "object" ? dynamic(schema) : schema;
  return schema.type === "string" && schema.enum === void 0 && schema.pattern === void 0 ? inner : { anyOf: [inner, { type: "string", pattern: "\\$\\{" }] };
}

// compiler/2-parse/parse.ts
import { LineCounter, parseAllDocuments as parseAllDocuments2 } from "yaml";
init_json();

// compiler/2-parse/document.ts
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq
} from "yaml";

// compiler/2-parse/offsets.ts
function scalarOffsets(text4, start3, end, type, value) {
  const block2 = type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED";
  const quoted = type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE";
  const offsets = [];
  let at3 = block2 ? blockStart(text4, start3) : quoted ? start3 + 1 : start3;
  const indent = block2 ? blockIndent(text4, at3, end) : 0;
  if (block2) at3 = skipSpaces(text4, at3, indent);
  for (let index = 0; index < value.length; index++) {
    const unit = value[index] ?? "";
    at3 = seek(text4, at3, end, unit, type);
    offsets.push(at3);
    at3 = advance(text4, at3, unit, type);
    if (block2 && text4[at3 - 1] === "\n") at3 = skipSpaces(text4, at3, indent);
  }
  offsets.push(Math.min(at3, end));
  return offsets;
}
function blockStart(text4, start3) {
  const line = text4.indexOf("\n", start3);
  return line === -1 ? text4.length : line + 1;
}
function blockIndent(text4, from, end) {
  for (const line of text4.slice(from, end).split("\n")) {
    if (line.trim() !== "") return line.length - line.trimStart().length;
  }
  return 0;
}
function skipSpaces(text4, from, most) {
  let at3 = from;
  while (at3 - from < most && text4[at3] === " ") at3 += 1;
  return at3;
}
function seek(text4, from, end, unit, type) {
  let at3 = from;
  while (at3 < end) {
    const here2 = text4[at3];
    if (type === "QUOTE_DOUBLE" && here2 === "\\") {
      if (!/[\r\n]/.test(text4[at3 + 1] ?? "")) return at3;
      at3 += 2;
      continue;
    }
    if (here2 === unit) return at3;
    if (here2 === "\n" && unit === " ") return at3;
    if (here2 === " " || here2 === "	" || here2 === "\r" || here2 === "\n") at3 += 1;
    else return at3;
  }
  return Math.min(at3, end);
}
function advance(text4, at3, unit, type) {
  const here2 = text4[at3];
  if (type === "QUOTE_DOUBLE" && here2 === "\\") {
    const kind = text4[at3 + 1];
    if (kind === "U" && /[\uD800-\uDBFF]/.test(unit)) return at3;
    return at3 + 2 + (kind === "x" ? 2 : kind === "u" ? 4 : kind === "U" ? 8 : 0);
  }
  if (type === "QUOTE_SINGLE" && here2 === "'" && text4[at3 + 1] === "'") return at3 + 2;
  return at3 + 1;
}

// compiler/2-parse/document.ts
function positionAt(lines, offset) {
  const { line, col } = lines.linePos(Math.max(0, offset));
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
function toPlain(node, document, source3, depth = 0) {
  if (depth > 100) return null;
  if (isAlias(node)) return toPlain(node.resolve(document), document, source3, depth + 1);
  if (isSeq(node)) return node.items.map((item) => toPlain(item, document, source3, depth + 1));
  if (isMap(node)) {
    const entries = node.items.map(
      (pair) => [keyText(pair), toPlain(pair.value, document, source3, depth + 1)]
    );
    return Object.fromEntries(entries);
  }
  return isScalar(node) ? scalarValue(node, source3) : null;
}
function keyText(pair) {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}
function scalarValue(node, source3) {
  const { value, range } = node;
  if (typeof value !== "string" || range == null || source3.parsed === source3.written) return value;
  const offsets = scalarOffsets(source3.parsed, range[0], range[1], node.type, value);
  return value.split("").map((unit, index) => {
    const at3 = offsets[index] ?? 0;
    return source3.parsed[at3] === source3.written[at3] ? unit : source3.written[at3] ?? unit;
  }).join("");
}
function locate(document, source3, path, part) {
  const found = follow(document, path);
  const node = part === "key" && found.key !== void 0 && found.whole ? found.key : found.node;
  const range = node?.range;
  if (range == null) return { start: positionAt(source3.lines, 0), end: positionAt(source3.lines, 0) };
  const end = Math.max(range[0], Math.min(range[1], source3.parsed.length));
  const trimmed = range[0] + source3.parsed.slice(range[0], end).trimEnd().length;
  return { start: positionAt(source3.lines, range[0]), end: positionAt(source3.lines, Math.max(range[0] + 1, trimmed)) };
}
function position2(document, source3, path, offset) {
  const { node, whole: whole2 } = follow(document, path);
  if (!whole2 || !isScalar(node) || node.range == null) return locate(document, source3, path, "value").start;
  const offsets = scalarOffsets(source3.parsed, node.range[0], node.range[1], node.type, String(node.value));
  return positionAt(source3.lines, offsets[Math.min(offset, offsets.length - 1)] ?? node.range[0]);
}
function follow(document, path) {
  let found = { node: document.contents, whole: true };
  for (const segment of path) {
    const node = isAlias(found.node) ? found.node.resolve(document) : found.node;
    const next = step(node, segment);
    if (next === void 0) return { ...found, whole: false };
    found = next;
  }
  return found;
}
function step(node, segment) {
  if (isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && keyText(item) === String(segment));
    return pair === void 0 ? void 0 : { node: pair.value ?? pair.key, key: pair.key, whole: true };
  }
  if (isSeq(node) && typeof segment === "number" && segment < node.items.length)
    return { node: node.items[segment], whole: true };
  return void 0;
}

// compiler/2-parse/expressions.ts
function expressionRegions(text4) {
  const regions = [];
  let at3 = text4.indexOf("${");
  while (at3 !== -1) {
    const end = regionEnd(text4, at3 + 2);
    regions.push({ start: at3, end });
    at3 = text4.indexOf("${", end);
  }
  return regions;
}
function regionEnd(text4, from) {
  let depth = 0;
  let quote2 = "";
  for (let at3 = from; at3 < text4.length; at3++) {
    const unit = text4[at3] ?? "";
    if (quote2 !== "") {
      if (unit === "\\") at3 += 1;
      else if (unit === quote2 || unit === "\n") quote2 = "";
    } else if (unit === '"' || unit === "'" || unit === "`") quote2 = unit;
    else if (unit === "{") depth += 1;
    else if (unit === "}" && depth-- === 0) return at3 + 1;
  }
  const line = text4.indexOf("\n", from);
  return line === -1 ? text4.length : line;
}
function masked2(text4, regions) {
  let result = "";
  let at3 = 0;
  for (const { start: start3, end } of regions) {
    result += text4.slice(at3, start3) + text4.slice(start3, end).replaceAll(/[^\r\n]/g, "x");
    at3 = end;
  }
  return result + text4.slice(at3);
}

// compiler/2-parse/kinds.ts
var kinds = ["workspace", "tenant", "connections", "integration", "fragment", "tests"];

// compiler/2-parse/traps.ts
import { isScalar as isScalar2, parseAllDocuments, visit } from "yaml";
var yamlOptions = { keepSourceTokens: true, uniqueKeys: true, prettyErrors: false, version: "1.2" };
function diagnose(code, file2, lines, start3, end, said2) {
  return {
    code,
    severity: codes[code].severity,
    file: file2,
    range: { start: positionAt(lines, start3), end: positionAt(lines, Math.max(start3 + 1, end)) },
    message: said2.message,
    ...said2.help === void 0 ? {} : { help: said2.help }
  };
}
function breakingRegions(text4, regions) {
  return regions.filter((region) => {
    const others = regions.filter((other) => other !== region);
    return errorsOf(masked2(text4, others)).length > 0;
  });
}
function errorsOf(text4) {
  return parseAllDocuments(text4, yamlOptions).flatMap((document) => document.errors);
}
var brokenByExpression = {
  message: "YAML cuts this expression: it holds `: `, ` #`, quotes, braces or commas that mean something to YAML.",
  help: 'Quote the whole value, `key: "${ \u2026 }"` (with single quotes inside), or put it on its own line after `key: |-`.'
};
function yamlError(error, file2, lines) {
  const [start3, end] = error.pos;
  if (error.code === "DUPLICATE_KEY") {
    return diagnose("VRS1004", file2, lines, start3, end, {
      message: "This key is given twice.",
      help: "Keep one of them."
    });
  }
  const plain5 = error.message.split("\n")[0] ?? "YAML cannot read this";
  if (error.code === "BAD_ALIAS" || /alias/i.test(plain5)) {
    return diagnose("VRS1006", file2, lines, start3, end, {
      message: "A plain value that starts with `*` is a YAML alias.",
      help: "Quote it."
    });
  }
  return diagnose("VRS1001", file2, lines, start3, end, { message: `YAML cannot read this: ${plain5}.` });
}
function silentTraps(document, text4, file2, lines) {
  const found = [];
  visit(document, {
    Alias: (_key, node) => {
      if (node.resolve(document) !== void 0) return;
      const [start3, , end] = node.range ?? [0, 0, 0];
      found.push(
        diagnose("VRS1006", file2, lines, start3, end, {
          message: "A plain value that starts with `*` is a YAML alias.",
          help: "Quote it."
        })
      );
    },
    Pair: (_key, pair) => {
      if (!isScalar2(pair.key) || pair.key.range == null || !String(pair.key.value).includes("${")) return;
      const [start3, end] = pair.key.range;
      const said2 = {
        message: "Keys are never expressions.",
        help: "A line break cut an expression here: put it in a `|-` block."
      };
      found.push(diagnose("VRS1005", file2, lines, start3, end, said2));
    },
    Scalar: (key2, node) => {
      if (key2 === "key" || node.range == null) return;
      const [start3, end] = node.range;
      if (node.tag?.startsWith("!") && !node.tag.startsWith("!!")) {
        found.push(
          diagnose("VRS1006", file2, lines, start3, end, {
            message: "A plain value that starts with `!` is a YAML tag.",
            help: "Quote it, or write the `!` inside the expression."
          })
        );
      }
      if (typeof node.value === "string" && /^(?:body|vars|meta)\.\w|^headers\[/.test(node.value)) {
        const said2 = {
          message: `\`${node.value.slice(0, 40)}\` is sent as this very text.`,
          help: `Did you mean \`\${ ${node.value.slice(0, 40)} }\`?`
        };
        found.push(diagnose("VRS3009", file2, lines, start3, end, said2));
      }
    }
  });
  found.push(...cutComments(document, text4, file2, lines));
  return found;
}
function cutComments(document, text4, file2, lines) {
  const found = [];
  visit(document, {
    Scalar: (_key, node) => {
      if (node.type !== "PLAIN" || node.range == null) return;
      const rest = /^[ \t]+#[^\n]*/.exec(text4.slice(node.range[1]));
      const cut = String(node.value).lastIndexOf("${") > String(node.value).lastIndexOf("}");
      if (rest === null || !(rest[0].includes("${") || cut)) return;
      const start3 = node.range[1] + rest[0].indexOf("#");
      const said2 = {
        message: "` #` starts a comment here, so the rest of the text is lost.",
        help: "Quote the whole value."
      };
      found.push(diagnose("VRS1003", file2, lines, start3, node.range[1] + rest[0].length, said2));
    }
  });
  return found;
}

// compiler/2-parse/validate.ts
init_json();
import { Ajv2020 } from "ajv/dist/2020.js";

// schema/units.ts
var milliseconds = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
var bytes = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4
};
function parseDuration(text4) {
  return parse5(/^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text4.trim()), milliseconds);
}
function parseSize(text4) {
  return parse5(/^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|TiB)$/.exec(text4.trim()), bytes);
}
function parse5(match, units) {
  if (match === null) return void 0;
  const value = Number(match[1]) * (units[match[2] ?? ""] ?? Number.NaN);
  return Number.isSafeInteger(Math.round(value)) ? Math.round(value) : void 0;
}

// compiler/nearest.ts
function distance(a, b) {
  let previous = [];
  let row2 = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((row2[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row2[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (previous[j - 2] ?? 0) + 1);
      next.push(best);
    }
    previous = row2;
    row2 = next;
  }
  return row2[b.length] ?? 0;
}
function nearest(name, known) {
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best;
  let least = limit + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}

// compiler/2-parse/later.ts
var later = /* @__PURE__ */ new Set([
  "archive",
  "backfill",
  "batch",
  "call",
  "cursor",
  "limit",
  "order-by",
  "poll",
  "postgres",
  "reply",
  "rollout",
  "s3",
  "script",
  "sftp",
  "smtp",
  "sources",
  "split",
  "stream",
  "streams",
  "transport",
  "use",
  "validate",
  "with"
]);
var isLater = (key2) => later.has(key2);

// compiler/2-parse/validate.ts
function createValidators(schemas) {
  const ajv = new Ajv2020({ allErrors: true, strict: false, verbose: true });
  ajv.addKeyword({
    keyword: "x-vrsky-format",
    validate: (format, value) => typeof value !== "string" || value.includes("${") || fits(format, value)
  });
  ajv.addKeyword({
    keyword: "x-vrsky-one-of",
    validate: (names3, value) => !isJsonObject(value) || Object.keys(value).filter((key2) => names3.includes(key2)).length === 1 || Object.keys(value).some(isLater)
  });
  const known = /* @__PURE__ */ new Map();
  return (kind) => {
    const validate2 = known.get(kind) ?? ajv.compile({ ...schemas[kind] });
    known.set(kind, validate2);
    return validate2;
  };
}
function fits(format, value) {
  if (format === "duration") return parseDuration(value) !== void 0;
  return format !== "size" || parseSize(value) !== void 0;
}
function validate(validators, kind, value) {
  const check5 = validators(kind);
  if (check5(value)) return [];
  const seen = /* @__PURE__ */ new Set();
  const complaints3 = (check5.errors ?? []).flatMap((error) => toComplaint(error) ?? []);
  const misspelt = new Set(
    complaints3.filter(({ code }) => code === "VRS2002").map(({ path }) => path.slice(0, -1).join("\n"))
  );
  return complaints3.flatMap((complaint) => {
    if (complaint.code === "VRS2003" && misspelt.has(complaint.path.join("\n"))) return [];
    const place = `${complaint.path.join("\n")}
${complaint.part}`;
    if (seen.has(place)) return [];
    seen.add(place);
    return [complaint];
  });
}
var echoes = /* @__PURE__ */ new Set(["anyOf", "oneOf", "if", "not", "allOf", "dependentSchemas"]);
function toComplaint(error) {
  if (echoes.has(error.keyword) || error.schemaPath.includes("/anyOf/1/")) return void 0;
  const path = pathOf(error.instancePath);
  const { params } = error;
  if (error.keyword === "additionalProperties" || error.keyword === "unevaluatedProperties") {
    return unknownKey(path, String(params.additionalProperty ?? params.unevaluatedProperty), error);
  }
  if (error.keyword === "required") {
    const key2 = String(params.missingProperty);
    return { code: "VRS2003", path, part: "key", message: `\`${key2}\` is missing.`, help: `Add \`${key2}:\` here.` };
  }
  if (error.keyword === "x-vrsky-format") return wrongUnit(path, error);
  if (error.keyword === "x-vrsky-one-of") return connectorWanted(path, error);
  return { code: "VRS2004", path, part: "value", message: wrongValue(path, error) };
}
function unknownKey(path, key2, error) {
  const at3 = [...path, key2];
  if (isLater(key2)) {
    return {
      code: "VRS2016",
      path: at3,
      part: "key",
      message: `\`${key2}\` is part of the language but not of this version.`
    };
  }
  const schema = error.parentSchema;
  const known = isJsonObject(schema) && isJsonObject(schema.properties) ? Object.keys(schema.properties) : [];
  const guess = nearest(key2, known);
  return {
    code: "VRS2002",
    path: at3,
    part: "key",
    message: `Unknown key \`${key2}\`.`,
    help: guess === void 0 ? `Known here: ${known.join(", ")}.` : `Did you mean \`${guess}\`?`
  };
}
function connectorWanted(path, error) {
  const names3 = Array.isArray(error.schema) ? error.schema.map(String) : [];
  return {
    code: "VRS2003",
    path,
    part: "key",
    message: "This needs exactly one connector.",
    help: `Give it one of ${names3.map((name) => `\`${name}:\``).join(" ")}.`
  };
}
function wrongUnit(path, error) {
  const duration2 = error.schema === "duration";
  return {
    code: "VRS2005",
    path,
    part: "value",
    message: `\`${String(error.data)}\` is not a ${duration2 ? "duration" : "size"}.`,
    help: duration2 ? "Write `250ms`, `1s`, `5m`, `24h` or `7d`." : "Write `64KiB`, `1MiB` or `10GiB`."
  };
}
function wrongValue(path, error) {
  const key2 = path.at(-1);
  const what = key2 === void 0 ? "The document" : typeof key2 === "number" ? `Item ${key2 + 1}` : `\`${key2}\``;
  const { params } = error;
  if (error.keyword === "enum" && Array.isArray(params.allowedValues))
    return `${what} must be one of ${params.allowedValues.join(", ")}.`;
  if (error.keyword === "type") return `${what} must be of type ${String(params.type).replace(",", " or ")}.`;
  if (error.keyword === "const") return `${what} must be ${JSON.stringify(params.allowedValue)}.`;
  return `${what} ${error.message ?? "is wrong"}.`;
}
function pathOf(pointer) {
  return pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")).map((part) => /^\d+$/.test(part) ? Number(part) : part);
}

// compiler/2-parse/parse.ts
function createParser(schemas) {
  const validators = createValidators(schemas);
  return (file2) => parseFile(file2, validators);
}
function parseFile(file2, validators) {
  const diagnostics = [];
  const { parsed, broken: broken2 } = readable2(file2.text);
  const lines = new LineCounter();
  const documents = parseAllDocuments2(parsed, { ...yamlOptions, lineCounter: lines });
  for (const region of broken2)
    diagnostics.push(diagnose("VRS1002", file2.path, lines, region.start, region.end, brokenByExpression));
  const source3 = { parsed, written: file2.text, lines };
  const specs = [...documents].flatMap((document) => {
    for (const error of document.errors) diagnostics.push(yamlError(error, file2.path, lines));
    if (document.contents === null) return [];
    diagnostics.push(...silentTraps(document, parsed, file2.path, lines));
    const spec = toSpec(document, source3, file2.path, diagnostics);
    if (spec !== void 0) diagnostics.push(...complaints2(spec, validators));
    return spec === void 0 ? [] : [spec];
  });
  return { specs, diagnostics };
}
function readable2(text4) {
  if (errorsOf(text4).length === 0) return { parsed: text4, broken: [] };
  const regions = expressionRegions(text4);
  const all = masked2(text4, regions);
  if (regions.length === 0 || errorsOf(all).length >= errorsOf(text4).length) return { parsed: text4, broken: [] };
  const broken2 = breakingRegions(text4, regions);
  return { parsed: masked2(text4, broken2.length === 0 ? regions : broken2), broken: broken2 };
}
function toSpec(document, source3, file2, diagnostics) {
  const value = toPlain(document.contents, document, source3);
  const keys = isJsonObject(value) ? kinds.filter((kind2) => Object.hasOwn(value, kind2)) : [];
  const [kind] = keys;
  if (!isJsonObject(value) || kind === void 0 || keys.length > 1) {
    const { range } = document.contents ?? {};
    const said2 = {
      message: keys.length > 1 ? `The document has several kinds: ${keys.join(", ")}.` : "The document has no kind.",
      help: `Give it exactly one of ${kinds.map((each) => `\`${each}:\``).join(" ")}.`
    };
    diagnostics.push(diagnose("VRS2001", file2, source3.lines, range?.[0] ?? 0, (range?.[0] ?? 0) + 1, said2));
    return void 0;
  }
  const named3 = value[kind];
  const spec = {
    kind,
    name: typeof named3 === "string" ? named3 : "",
    tenant: /^tenants\/([^/]+)\//.exec(file2)?.[1] ?? "default",
    file: file2,
    value,
    locate: (path, part = "value") => locate(document, source3, path, part),
    position: (path, offset) => position2(document, source3, path, offset)
  };
  return spec;
}
function complaints2(spec, validators) {
  const found = validate(validators, spec.kind, spec.value).map(
    (complaint) => ({
      code: complaint.code,
      severity: codes[complaint.code].severity,
      file: spec.file,
      range: spec.locate(complaint.path, complaint.part),
      message: complaint.message,
      ...complaint.help === void 0 ? {} : { help: complaint.help }
    })
  );
  const plainName = spec.kind === "connections" || spec.kind === "tests" || new RegExp(namePattern).test(spec.name);
  if (plainName || found.some((diagnostic) => diagnostic.code === "VRS2004")) return found;
  const range = spec.locate([spec.kind]);
  return [
    ...found,
    {
      code: "VRS2004",
      severity: "error",
      file: spec.file,
      range,
      message: `\`${spec.name}\` is not a name.`,
      help: "Names are lower case letters, digits and dashes, and start with a letter."
    }
  ];
}

// compiler/3-resolve/load-contracts.ts
import { LineCounter as LineCounter2, parseDocument } from "yaml";
init_json();

// compiler/contract/read.ts
init_json();

// compiler/contract/keywords.ts
var annotations = /* @__PURE__ */ new Set([
  "$comment",
  "$id",
  "$schema",
  "contentEncoding",
  "contentMediaType",
  "default",
  "deprecated",
  "description",
  "example",
  "examples",
  "readOnly",
  "title",
  "writeOnly"
]);
var general = /* @__PURE__ */ new Set(["$ref", "allOf", "anyOf", "const", "enum", "nullable", "oneOf", "type"]);
var typed = /* @__PURE__ */ new Map([
  ["properties", "object"],
  ["required", "object"],
  ["additionalProperties", "object"],
  ["items", "array"],
  ["prefixItems", "array"],
  ["additionalItems", "array"],
  ["minItems", "array"],
  ["maxItems", "array"],
  ["uniqueItems", "array"],
  ["minimum", "number"],
  ["maximum", "number"],
  ["exclusiveMinimum", "number"],
  ["exclusiveMaximum", "number"],
  ["minLength", "string"],
  ["maxLength", "string"],
  ["pattern", "string"],
  ["format", "string"]
]);
var rootOnly = /* @__PURE__ */ new Set(["$defs", "definitions"]);
function keywordUse(keyword) {
  if (annotations.has(keyword) || keyword.startsWith("x-")) return { kind: "annotation" };
  if (general.has(keyword)) return { kind: "general" };
  if (rootOnly.has(keyword)) return { kind: "definitions" };
  const type = typed.get(keyword);
  if (type !== void 0) return { kind: "typed", type };
  const guess = nearest(keyword, [...typed.keys(), ...general, ...rootOnly]);
  return guess === void 0 ? { kind: "unknown" } : { kind: "unknown", guess };
}

// compiler/contract/shape.ts
var formats = ["date", "date-time", "email", "uuid", "uri"];
function alternatives(shape, refs) {
  const found = [];
  const seen = /* @__PURE__ */ new Set();
  const visit3 = (member) => {
    if (member.kind === "union") member.members.forEach(visit3);
    else if (member.kind !== "ref") found.push(member);
    else if (!seen.has(member.to)) {
      seen.add(member.to);
      const target3 = refs.get(member.to);
      if (target3 !== void 0) visit3(target3);
    }
  };
  visit3(shape);
  return found;
}
function tagOf(objects, refs) {
  for (const { name } of objects[0]?.properties ?? []) {
    const values = objects.map((object4) => constants3(object4, name, refs));
    const all = values.flat();
    if (values.every((each) => each.length > 0) && new Set(all).size === all.length) return { name, values };
  }
  return void 0;
}
function constants3(object4, name, refs) {
  const property2 = object4.properties.find((each) => each.name === name);
  if (property2 === void 0 || !property2.required) return [];
  const shapes = alternatives(property2.shape, refs);
  return shapes.every((shape) => shape.kind === "literals") ? shapes.flatMap((shape) => shape.values) : [];
}

// compiler/contract/merge.ts
function mergeObjects(members, refs) {
  let rows = [[]];
  for (const member of members) {
    const leaves = alternatives(member, refs);
    const objects = leaves.filter((leaf) => leaf.kind === "object");
    if (objects.length < leaves.length || objects.length === 0)
      return { problem: "`allOf` is supported for objects only." };
    rows = rows.flatMap((row2) => objects.map((object4) => [...row2, object4]));
    if (rows.length > 1e3) return { problem: "`allOf` has more than 1,000 combinations of alternatives." };
  }
  const shapes = [];
  for (const row2 of rows) {
    const merged2 = mergeRow(row2);
    if ("problem" in merged2) return merged2;
    shapes.push(merged2.shape);
  }
  const [only] = shapes;
  return { shape: shapes.length === 1 && only !== void 0 ? only : { kind: "union", members: shapes } };
}
function mergeRow(objects) {
  const properties = /* @__PURE__ */ new Map();
  for (const property2 of objects.flatMap((object4) => object4.properties)) {
    const known = properties.get(property2.name);
    const shape = known === void 0 ? property2.shape : narrower(known.shape, property2.shape);
    if (shape === void 0) return { problem: `\`allOf\` describes \`${property2.name}\` twice, in different ways.` };
    const required = property2.required || known?.required === true;
    properties.set(property2.name, { name: property2.name, required, shape });
  }
  const names3 = [...properties.keys()];
  for (const { others, properties: own2 } of objects) {
    if (typeof others === "object") return { problem: "`allOf` with a record has no TypeScript type." };
    if (others !== "refused") continue;
    const forbidden = names3.find((name) => own2.every((property2) => property2.name !== name));
    if (forbidden !== void 0)
      return {
        problem: `\`additionalProperties: false\` in one part of \`allOf\` forbids \`${forbidden}\` of another.`
      };
  }
  const refused = objects.some((object4) => object4.others === "refused");
  const kept2 = objects.every((object4) => object4.others === "kept");
  return {
    shape: {
      kind: "object",
      properties: [...properties.values()],
      others: refused ? "refused" : kept2 ? "kept" : "dropped"
    }
  };
}
function narrower(a, b) {
  if (a.kind === "any" || canonical(a) === canonical(b)) return b;
  if (b.kind === "any") return a;
  if (b.kind === "literals" && a.kind !== "literals") return narrower(b, a);
  if (a.kind !== "literals") return void 0;
  const values = a.values.filter(
    (value) => b.kind === "literals" ? b.values.includes(value) : Object.keys(b).length === 1 && typeof value === b.kind
  );
  return values.length === 0 ? void 0 : { kind: "literals", values };
}

// compiler/contract/pattern.ts
function linearPattern(pattern) {
  if (typeof pattern !== "string") return { message: "`pattern` is a text.", help: 'Write `pattern: "^[A-Z]{3}$"`.' };
  return {
    message: "`pattern` is not supported yet.",
    help: "Check it in a `filter` step, or list the values under `enum`."
  };
}

// compiler/contract/union.ts
function unionProblem(shape, refs) {
  if (shape.kind === "array") return uniqueProblem(shape.rest, shape.prefix, refs);
  const leaves = alternatives(shape, refs);
  if (leaves.some((leaf) => leaf.kind === "any"))
    return { message: "An alternative admits everything.", help: "Then leave the others out." };
  const objects = leaves.filter((leaf) => leaf.kind === "object");
  if (objects.length > 1 && tagOf(objects, refs) === void 0) {
    return {
      message: "The objects cannot be told apart.",
      help: "Give each a required field with a constant of its own, such as `type: { const: paid }`."
    };
  }
  const claimed = /* @__PURE__ */ new Set();
  for (const leaf of leaves) {
    for (const claim of claims(leaf)) {
      if (claimed.has(claim)) return { message: `Two alternatives admit ${said(claim)}.`, help: "Make one of them." };
      claimed.add(claim);
    }
  }
  return literalOverlap(leaves);
}
function claims(leaf) {
  switch (leaf.kind) {
    case "literals":
      return leaf.values;
    case "null":
      return [null];
    case "any":
    case "object":
      return [];
    case "boolean":
    case "number":
    case "string":
    case "array":
      return [Symbol.for(leaf.kind)];
  }
}
var said = (claim) => typeof claim === "symbol" ? `every ${Symbol.keyFor(claim) ?? ""}` : JSON.stringify(claim);
function literalOverlap(leaves) {
  const kinds2 = new Set(leaves.map((leaf) => leaf.kind));
  for (const leaf of leaves) {
    if (leaf.kind !== "literals") continue;
    const covered = leaf.values.find((value) => kinds2.has(typeof value));
    if (covered !== void 0)
      return { message: `Two alternatives admit ${said(covered)}.`, help: "Leave the constant out." };
  }
  return void 0;
}
function uniqueProblem(rest, prefix2, refs) {
  const items = [...prefix2, ...rest === void 0 ? [] : [rest]].flatMap((item) => alternatives(item, refs));
  const scalar = items.every((item) => item.kind !== "any" && item.kind !== "object" && item.kind !== "array");
  if (scalar) return void 0;
  return { message: "`uniqueItems` is checked for lists of text, numbers, booleans and null only." };
}

// compiler/contract/read.ts
var maxDepth2 = 64;
var any = { kind: "any" };
var typeNames = ["string", "number", "integer", "boolean", "null", "object", "array"];
var dialects = /^https?:\/\/json-schema\.org\/(?:draft\/2020-12\/schema|draft-07\/schema)#?$/;
function readSchema(schema, resolveRef) {
  const problems = [];
  const refs = /* @__PURE__ */ new Map();
  const open2 = /* @__PURE__ */ new Set();
  const waiting = [];
  const unions = [];
  const documentOf = (root3, key2, report) => ({
    root: root3,
    key: key2,
    draft7: isJsonObject(root3) && typeof root3.$schema === "string" && root3.$schema.includes("draft-07"),
    report
  });
  const main = documentOf(schema, "", (problem) => problems.push(problem));
  checkDialect(main);
  refs.set("#", any);
  open2.add("#");
  const root2 = read2(schema, { document: main, path: [] });
  open2.delete("#");
  refs.set("#", root2);
  for (const group of ["$defs", "definitions"]) {
    const defs = isJsonObject(schema) ? schema[group] : void 0;
    if (isJsonObject(defs)) for (const name of Object.keys(defs)) define(main, group, name);
  }
  for (let next = waiting.shift(); next !== void 0; next = waiting.shift()) next();
  for (const { shape, at: at3 } of unions) {
    const problem = unionProblem(shape, refs);
    if (problem !== void 0) at3.document.report({ path: at3.path, ...problem });
  }
  reportEmptyCycles(refs, main.report);
  return { root: root2, refs, problems };
  function fail3(at3, keyword, message, help2) {
    const path = keyword === void 0 ? at3.path : [...at3.path, keyword];
    at3.document.report(help2 === void 0 ? { path, message } : { path, message, help: help2 });
  }
  function read2(value, at3) {
    if (value === true) return any;
    if (!isJsonObject(value)) {
      fail3(at3, void 0, value === false ? "A schema that admits nothing has no type." : "A schema is an object.");
      return any;
    }
    if (at3.path.length > 2 * maxDepth2) {
      fail3(at3, void 0, `The contract is nested more than ${maxDepth2} levels deep.`);
      return any;
    }
    reportKeywords(value, at3, fail3);
    if ("$ref" in value) return readRef(value, at3);
    if ("allOf" in value) return readAllOf(value, at3);
    if ("oneOf" in value || "anyOf" in value) return readAlternatives(value, at3);
    return readPlain(value, at3);
  }
  function readRef(schema2, at3) {
    const sibling = Object.keys(schema2).find(
      (key3) => key3 !== "$ref" && ["general", "typed"].includes(keywordUse(key3).kind)
    );
    if (sibling !== void 0) {
      fail3(
        at3,
        sibling,
        `\`${sibling}\` beside \`$ref\` is read differently by the drafts of JSON Schema.`,
        "Put both into `allOf`."
      );
    }
    const { $ref } = schema2;
    const key2 = typeof $ref === "string" ? reach($ref, at3) : void 0;
    if (key2 !== void 0) return { kind: "ref", to: key2 };
    return any;
  }
  function reach(ref, at3) {
    if (ref === "#") return at3.document.key === "" ? "#" : at3.document.key;
    const local2 = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(ref);
    if (local2 !== null) {
      const key2 = define(at3.document, local2[1] ?? "", unescapePointer(local2[2] ?? ""));
      if (key2 === void 0) fail3(at3, "$ref", `\`${ref}\` does not exist.`);
      return key2;
    }
    const name = /^contract:(.+)$/.exec(ref)?.[1];
    if (name === void 0) {
      fail3(
        at3,
        "$ref",
        `\`${ref}\` cannot be followed.`,
        "Refer to `#`, `#/$defs/name` or another contract, `contract:order@1`. Nothing is fetched."
      );
      return void 0;
    }
    const other = resolveRef(name);
    if (other === void 0)
      fail3(at3, "$ref", `There is no contract \`${name}\`.`, "Contracts are files in `contracts/`.");
    else if (!refs.has(ref)) enter(ref, other, { document: documentOf(other, ref, () => {
    }), path: [] });
    return other === void 0 ? void 0 : ref;
  }
  function define(document, group, name) {
    const defs = isJsonObject(document.root) ? document.root[group] : void 0;
    const schema2 = isJsonObject(defs) && Object.hasOwn(defs, name) ? defs[name] : void 0;
    if (schema2 === void 0) return void 0;
    const key2 = `${document.key}#/${group}/${name}`;
    if (!refs.has(key2)) enter(key2, schema2, { document, path: [group, name] });
    return key2;
  }
  function enter(key2, schema2, at3) {
    refs.set(key2, any);
    open2.add(key2);
    if (open2.size > maxDepth2) waiting.push(() => refs.set(key2, read2(schema2, at3)));
    else {
      refs.set(key2, read2(schema2, at3));
      open2.delete(key2);
    }
  }
  function readAllOf(schema2, at3) {
    const { allOf, ...beside2 } = schema2;
    if (!Array.isArray(allOf) || allOf.length === 0) {
      fail3(at3, "allOf", "`allOf` is a list of schemas.");
      return any;
    }
    const own2 = constrains(beside2) ? [read2(beside2, { ...at3, implied: "object" })] : [];
    const [only] = allOf;
    if (allOf.length === 1 && own2.length === 0 && only !== void 0) return read2(only, child(at3, "allOf", 0));
    const members = allOf.map((member, index) => read2(member, { ...child(at3, "allOf", index), implied: "object" }));
    return merged2([...own2, ...members], at3, "allOf");
  }
  function merged2(members, at3, keyword) {
    const circular = members.some((member) => member.kind === "ref" && open2.has(member.to));
    const result = circular ? { problem: "`allOf` refers back to itself." } : mergeObjects(members, refs);
    if ("shape" in result) return result.shape;
    fail3(at3, keyword, result.problem, "Write the fields out in one object.");
    return any;
  }
  function readAlternatives(schema2, at3) {
    const { oneOf: oneOf2, anyOf, ...beside2 } = schema2;
    const keyword = oneOf2 === void 0 ? "anyOf" : "oneOf";
    const list3 = oneOf2 ?? anyOf;
    if (oneOf2 !== void 0 && anyOf !== void 0 || !Array.isArray(list3) || list3.length === 0) {
      fail3(at3, keyword, `\`${keyword}\` is a list of schemas, and stands alone.`);
      return any;
    }
    const shared = constrains(beside2);
    const next = shared ? { ...at3, implied: "object" } : at3;
    const members = list3.map((member, index) => read2(member, { ...next, ...child(at3, keyword, index) }));
    const base = shared ? read2(beside2, next) : void 0;
    const shapes = base === void 0 ? members : members.map((member) => merged2([base, member], at3, keyword));
    const [only] = shapes;
    if (shapes.length === 1 && only !== void 0) return only;
    const union = { kind: "union", members: shapes };
    unions.push({ shape: union, at: child(at3, keyword) });
    return union;
  }
  function readPlain(schema2, at3) {
    const types2 = typesOf(schema2, at3, fail3);
    if ("const" in schema2 || "enum" in schema2) return readLiterals(schema2, types2, at3, fail3);
    if (types2 === void 0) return any;
    const members = types2.map((type) => readType(type, schema2, at3));
    const [only] = members;
    if (members.length === 1 && only !== void 0) return only;
    return { kind: "union", members };
  }
  function readType(type, schema2, at3) {
    switch (type) {
      case "string":
        return readString(schema2, at3, fail3);
      case "number":
      case "integer":
        return readNumber(type === "integer", schema2, at3, fail3);
      case "object":
        return readObject(schema2, at3);
      case "array":
        return readArray(schema2, at3);
      case "boolean":
        return { kind: "boolean" };
      default:
        return { kind: "null" };
    }
  }
  function readObject(schema2, at3) {
    const required = requiredNames(schema2, at3, fail3);
    const declared2 = schema2.properties ?? {};
    if (!isJsonObject(declared2)) fail3(at3, "properties", "`properties` is a map of schemas.");
    const properties = Object.entries(isJsonObject(declared2) ? declared2 : {}).map(([name, member]) => ({
      name,
      required: required.has(name),
      shape: read2(member, child(at3, "properties", name))
    }));
    for (const name of required) {
      if (isJsonObject(declared2) && Object.hasOwn(declared2, name)) continue;
      properties.push({ name, required: true, shape: any });
    }
    return { kind: "object", properties, others: readOthers(schema2, properties, at3) };
  }
  function readOthers(schema2, properties, at3) {
    const { additionalProperties } = schema2;
    if (additionalProperties === false) return "refused";
    if (additionalProperties === void 0 || additionalProperties === true) {
      return properties.length === 0 && !("properties" in schema2) ? "kept" : "dropped";
    }
    const shape = read2(additionalProperties, child(at3, "additionalProperties"));
    if (properties.length === 0) return shape;
    fail3(
      at3,
      "additionalProperties",
      "A schema for further fields beside `properties` has no TypeScript type.",
      "Put the record into a field of its own."
    );
    return "dropped";
  }
  function readArray(schema2, at3) {
    const { items, prefixItems, additionalItems, minItems, maxItems, uniqueItems } = schema2;
    const tupleKey = at3.document.draft7 ? "items" : "prefixItems";
    const tuple = at3.document.draft7 ? items : prefixItems;
    if (prefixItems !== void 0 && at3.document.draft7)
      fail3(at3, "prefixItems", "`prefixItems` is not in draft-07.", "Use `items: [ \u2026 ]`.");
    if (Array.isArray(items) && !at3.document.draft7)
      fail3(at3, "items", "A list under `items` is draft-07.", "Use `prefixItems`.");
    if (additionalItems !== void 0 && !(at3.document.draft7 && Array.isArray(items)))
      fail3(at3, "additionalItems", "`additionalItems` needs draft-07 and a list under `items`.");
    const prefix2 = Array.isArray(tuple) ? tuple.map((item, index) => read2(item, child(at3, tupleKey, index))) : [];
    const restKey = at3.document.draft7 && Array.isArray(items) ? "additionalItems" : "items";
    const rest = Array.isArray(schema2[restKey]) ? void 0 : schema2[restKey];
    const shape = {
      kind: "array",
      prefix: prefix2,
      rest: rest === void 0 ? any : rest === false ? void 0 : read2(rest, child(at3, restKey)),
      unique: uniqueItems === true,
      ...bounds({ minItems, maxItems }, "count", at3, fail3)
    };
    if (uniqueItems !== void 0 && typeof uniqueItems !== "boolean")
      fail3(at3, "uniqueItems", "`uniqueItems` is true or false.");
    if (shape.unique) unions.push({ shape, at: child(at3, "uniqueItems") });
    return shape;
  }
}
function child(at3, ...keys) {
  return { document: at3.document, path: [...at3.path, ...keys] };
}
function checkDialect(document) {
  const dialect = isJsonObject(document.root) ? document.root.$schema : void 0;
  if (dialect === void 0 || typeof dialect === "string" && dialects.test(dialect)) return;
  document.report({
    path: ["$schema"],
    message: "This dialect of JSON Schema is not read.",
    help: "Draft 2020-12 and draft-07 are."
  });
}
function constrains(schema) {
  return Object.keys(schema).some((key2) => ["general", "typed"].includes(keywordUse(key2).kind));
}
function reportKeywords(schema, at3, fail3) {
  for (const keyword of Object.keys(schema)) {
    const use = keywordUse(keyword);
    if (use.kind === "unknown") fail3(at3, keyword, `\`${keyword}\` is not supported.`, keywordHelp(use));
    else if (use.kind === "definitions" && at3.path.length > 0)
      fail3(at3, keyword, `\`${keyword}\` stands at the contract's root.`);
    else if (keyword === "$id" && at3.path.length > 0)
      fail3(at3, keyword, "`$id` inside a contract changes what `$ref` means.");
    else if (use.kind === "typed" && use.type === "object" && at3.implied === "object") continue;
    else if (use.kind === "typed" && !admits(schema.type, use.type)) {
      const wanted2 = use.type === "number" ? "number` or `integer" : use.type;
      fail3(
        at3,
        keyword,
        `\`${keyword}\` says nothing without \`type: ${wanted2}\`.`,
        `Add \`type: ${use.type}\`: without it other kinds of values pass.`
      );
    }
  }
}
function keywordHelp(use) {
  return use.guess === void 0 ? "Nothing is ignored: take it out, or say it with a supported keyword." : `Did you mean \`${use.guess}\`?`;
}
function admits(type, wanted2) {
  const types2 = Array.isArray(type) ? type : [type];
  return types2.includes(wanted2) || wanted2 === "number" && types2.includes("integer");
}
function typesOf(schema, at3, fail3) {
  const { type, nullable } = schema;
  if (nullable !== void 0 && (typeof nullable !== "boolean" || type === void 0))
    fail3(at3, "nullable", "`nullable` is true or false, and stands beside `type`.");
  if (type === void 0)
    return at3.implied === "object" && !("const" in schema) && !("enum" in schema) ? ["object"] : void 0;
  const names3 = (Array.isArray(type) ? type : [type]).map(String);
  const unknown4 = names3.filter((name) => !typeNames.includes(name));
  if (unknown4.length > 0 || names3.length === 0) {
    fail3(at3, "type", `\`type\` is one of ${typeNames.join(", ")}, or a list of them.`);
    return void 0;
  }
  if (nullable === true) names3.push("null");
  return [...new Set(names3)].filter((name) => name !== "integer" || !names3.includes("number"));
}
function readLiterals(schema, types2, at3, fail3) {
  const keyword = "const" in schema ? "const" : "enum";
  const listed2 = "const" in schema ? [schema.const ?? null] : schema.enum;
  const beside2 = Object.keys(schema).find((key2) => keywordUse(key2).kind === "typed");
  if (beside2 !== void 0) fail3(at3, beside2, `\`${beside2}\` beside \`${keyword}\` adds nothing.`, "Leave it out.");
  if (!Array.isArray(listed2) || listed2.length === 0 || "const" in schema && "enum" in schema) {
    fail3(at3, keyword, "`enum` is a list of values, and stands without `const`.");
    return any;
  }
  const values = listed2.filter((value) => typeof value !== "object" || value === null);
  if (values.length < listed2.length) fail3(at3, keyword, `\`${keyword}\` of objects or lists is not supported.`);
  const fitting = values.filter((value) => types2 === void 0 || types2.some((type) => isOfType(value, type)));
  if (values.length > 0 && fitting.length === 0)
    fail3(at3, keyword, `No value of \`${keyword}\` has the \`type\` that stands beside it.`);
  return fitting.length === 0 ? any : { kind: "literals", values: [...new Set(fitting)] };
}
function isOfType(value, type) {
  if (type === "null") return value === null;
  if (type === "integer") return Number.isSafeInteger(value);
  return typeof value === type;
}
function readString(schema, at3, fail3) {
  const { minLength, maxLength: maxLength2, format, pattern } = schema;
  const known = formats.find((name) => name === format);
  if (format !== void 0 && known === void 0)
    fail3(at3, "format", `This \`format\` is not checked.`, `Known are ${formats.join(", ")}.`);
  const problem = pattern === void 0 ? void 0 : linearPattern(pattern);
  if (problem !== void 0) fail3(at3, "pattern", problem.message, problem.help);
  return {
    kind: "string",
    ...bounds({ minLength, maxLength: maxLength2 }, "count", at3, fail3),
    ...known === void 0 ? {} : { format: known },
    ...typeof pattern === "string" && problem === void 0 ? { pattern } : {}
  };
}
function readNumber(integer, schema, at3, fail3) {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  return {
    kind: "number",
    integer,
    ...bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }, "number", at3, fail3)
  };
}
function bounds(given2, kind, at3, fail3) {
  const found = {};
  for (const name in given2) {
    const value = given2[name];
    if (value === void 0) continue;
    const fits3 = typeof value === "number" && (kind === "number" || Number.isSafeInteger(value) && value >= 0);
    if (fits3) found[name] = value;
    else fail3(at3, name, `\`${name}\` is ${kind === "count" ? "a whole number from 0" : "a number"}.`);
  }
  return found;
}
function requiredNames(schema, at3, fail3) {
  const { required } = schema;
  if (required === void 0) return /* @__PURE__ */ new Set();
  if (Array.isArray(required) && required.every((name) => typeof name === "string"))
    return new Set(required.map(String));
  fail3(at3, "required", "`required` is a list of field names beside `properties`.");
  return /* @__PURE__ */ new Set();
}
function reportEmptyCycles(refs, report) {
  for (const [key2, shape] of refs) {
    const seen = /* @__PURE__ */ new Set();
    let current = shape;
    while (current?.kind === "ref" && !seen.has(current.to)) {
      seen.add(current.to);
      current = refs.get(current.to);
    }
    if (current?.kind === "ref" && !key2.startsWith("contract:")) {
      report({ path: key2.split("/").slice(1), message: "The reference leads back to itself and describes nothing." });
    }
  }
}
var unescapePointer = (token) => decode2(token).replaceAll("~1", "/").replaceAll("~0", "~");
function decode2(token) {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

// compiler/contract/schema.ts
function checkSchema(schema, resolveRef) {
  return readSchema(schema, resolveRef).problems;
}

// compiler/3-resolve/load-contracts.ts
function loadContracts(files, report) {
  const loaded = files.flatMap((file2) => load(file2, report));
  const contracts = new Map(loaded.map(({ name, schema }) => [name, schema]));
  for (const { schema, file: file2, document, lines } of loaded) {
    const source3 = { parsed: file2.text, written: file2.text, lines };
    for (const problem of checkSchema(schema, (name) => contracts.get(name))) {
      report(says("VRS2014", file2, locate(document, source3, problem.path, "value"), problem));
    }
  }
  return contracts;
}
function load(file2, report) {
  const lines = new LineCounter2();
  const document = parseDocument(file2.text, {
    lineCounter: lines,
    prettyErrors: false,
    keepSourceTokens: true
  });
  const top = { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };
  const [error] = document.errors;
  if (error !== void 0) {
    const range = { start: positionAt(lines, error.pos[0]), end: positionAt(lines, error.pos[1]) };
    report(
      says("VRS1001", file2, range, { message: `The file cannot be read: ${error.message.split("\n")[0] ?? ""}.` })
    );
    return [];
  }
  const name = /^contracts\/(?:.*\/)?([a-z][a-z0-9-]*@\d+)\.(?:json|ya?ml)$/.exec(file2.path)?.[1];
  if (name === void 0) {
    const help2 = "Name it `contracts/order@1.json`: name, `@`, version.";
    report(says("VRS2004", file2, top, { message: "The file's name is no contract name.", help: help2 }));
    return [];
  }
  const schema = toPlain(document.contents, document, { parsed: file2.text, written: file2.text, lines });
  if (!isJsonObject(schema)) {
    const help2 = 'Start with `{ "type": "object", \u2026 }`; the short form lives in specs.';
    report(says("VRS2014", file2, top, { message: "The file holds no JSON Schema.", help: help2 }));
    return [];
  }
  return [{ name, schema, file: file2, document, lines }];
}
function says(code, file2, range, said2) {
  const { message, help: help2 } = said2;
  return {
    code,
    severity: codes[code].severity,
    file: file2.path,
    range,
    message,
    ...help2 === void 0 ? {} : { help: help2 }
  };
}

// compiler/3-resolve/workspace.ts
init_json();

// compiler/value.ts
init_json();

// schema/functions.ts
var entry2 = (signature, doc2, example) => ({
  signatures: [signature],
  doc: doc2,
  example
});
var functions = {
  exists: entry2(
    "<T>(value: T): value is NonNullable<T>",
    "True when the value is there: neither undefined nor null. Narrows what follows.",
    "exists(body.email)"
  ),
  round: entry2(
    "(value: number, digits?: number): number",
    "Rounds half away from zero to `digits` decimals (default 0).",
    "round(body.amount * 100)"
  ),
  floor: entry2("(value: number): number", "The greatest whole number that is not above the value.", "floor(2.7)"),
  ceil: entry2("(value: number): number", "The least whole number that is not below the value.", "ceil(2.1)"),
  abs: entry2("(value: number): number", "The value without its sign.", "abs(-3)"),
  min: entry2(
    "(first: number, ...others: readonly number[]): number",
    "The least of its arguments.",
    "min(body.qty, 10)"
  ),
  max: entry2(
    "(first: number, ...others: readonly number[]): number",
    "The greatest of its arguments.",
    "max(body.qty, 1)"
  ),
  number: entry2(
    "(text: string): number | undefined",
    "Reads a decimal number; undefined when the text is not one.",
    'number("12.5") ?? 0'
  ),
  text: entry2("(value: string | number | boolean): string", "The value as text.", "text(body.qty)")
};
var stringMethods = {
  trim: entry2("(): string", "Without white space at both ends.", "body.name.trim()"),
  trimStart: entry2("(): string", "Without white space at the start.", "body.name.trimStart()"),
  trimEnd: entry2("(): string", "Without white space at the end.", "body.name.trimEnd()"),
  toUpperCase: entry2("(): string", "In upper case, the same in every locale.", "body.country.toUpperCase()"),
  toLowerCase: entry2("(): string", "In lower case, the same in every locale.", "body.email.toLowerCase()"),
  startsWith: entry2("(part: string): boolean", "Whether the text starts so.", 'body.ref.startsWith("refs/heads/")'),
  endsWith: entry2("(part: string): boolean", "Whether the text ends so.", 'body.file.endsWith(".csv")'),
  includes: entry2("(part: string): boolean", "Whether the part occurs.", 'body.title.includes("urgent")'),
  indexOf: entry2("(part: string): number", "Where the part occurs first, -1 when it does not.", 'body.id.indexOf("-")'),
  slice: entry2(
    "(start: number, end?: number): string",
    "The part from `start` up to `end`; negative counts from the end.",
    "body.sha.slice(0, 7)"
  ),
  split: entry2("(separator: string): readonly string[]", "The pieces between the separators.", 'body.tags.split(",")'),
  replaceAll: entry2(
    "(part: string, by: string): string",
    "Every occurrence replaced; both are plain text.",
    'body.phone.replaceAll(" ", "")'
  ),
  padStart: entry2(
    "(length: number, fill?: string): string",
    "Filled at the start to the length.",
    'body.no.padStart(8, "0")'
  ),
  padEnd: entry2("(length: number, fill?: string): string", "Filled at the end to the length.", "body.code.padEnd(10)"),
  at: entry2("(index: number): string | undefined", "One character; negative counts from the end.", "body.code.at(-1)")
};
var numberMethods = {
  toFixed: entry2("(digits?: number): string", "Text with that many decimals.", "body.amount.toFixed(2)")
};
var listMethods = {
  map: entry2(
    "<U>(by: (item: T, index: number) => U): readonly U[]",
    "Each item turned into another.",
    "body.lines.map(l => l.sku)"
  ),
  filter: {
    signatures: [
      "<S extends T>(by: (item: T, index: number) => item is S): readonly S[]",
      "(by: (item: T, index: number) => boolean): readonly T[]"
    ],
    doc: "The items for which it holds.",
    example: "body.lines.filter(l => l.qty > 0)"
  },
  flatMap: entry2(
    "<U>(by: (item: T, index: number) => readonly U[]): readonly U[]",
    "Each item turned into a list, the lists joined.",
    "body.orders.flatMap(o => o.lines)"
  ),
  find: entry2(
    "(by: (item: T, index: number) => boolean): T | undefined",
    "The first item for which it holds.",
    'body.lines.find(l => l.sku === "a")'
  ),
  some: entry2(
    "(by: (item: T, index: number) => boolean): boolean",
    "Whether it holds for an item.",
    "body.lines.some(l => l.qty > 9)"
  ),
  every: entry2(
    "(by: (item: T, index: number) => boolean): boolean",
    "Whether it holds for all items.",
    "body.lines.every(l => l.qty > 0)"
  ),
  reduce: entry2(
    "<U>(by: (sum: U, item: T, index: number) => U, start: U): U",
    "All items folded into one value.",
    "body.lines.reduce((sum, l) => sum + l.qty, 0)"
  ),
  toSorted: entry2(
    "(by: (a: T, b: T) => number): readonly T[]",
    "Sorted; `by` is negative when a comes first.",
    "body.lines.toSorted((a, b) => a.qty - b.qty)"
  ),
  includes: entry2("(item: T): boolean", "Whether the item is in the list.", 'body.tags.includes("vip")'),
  indexOf: entry2("(item: T): number", "Where the item is first, -1 when it is not.", 'body.tags.indexOf("vip")'),
  join: entry2("(separator: string): string", "Text or numbers joined to one text.", 'body.tags.join(", ")'),
  slice: entry2(
    "(start: number, end?: number): readonly T[]",
    "The items from `start` up to `end`.",
    "body.commits.slice(0, 5)"
  ),
  at: entry2("(index: number): T | undefined", "One item; negative counts from the end.", "body.lines.at(-1)"),
  concat: entry2(
    "<U>(other: readonly U[]): readonly (T | U)[]",
    "This list, then the other.",
    "body.to.concat(body.cc)"
  )
};
var callbackParameters = {
  map: 2,
  filter: 2,
  flatMap: 2,
  find: 2,
  some: 2,
  every: 2,
  reduce: 3,
  toSorted: 2
};
function isFunctionName(name) {
  return Object.hasOwn(functions, name);
}
function isMethodName(name) {
  return Object.hasOwn(stringMethods, name) || Object.hasOwn(numberMethods, name) || Object.hasOwn(listMethods, name);
}
function isCallbackMethod(name) {
  return Object.hasOwn(callbackParameters, name);
}

// compiler/expression/refusal.ts
function refuse3({ expression: { offset } }, code, node, message, help2) {
  const problem = { code, message, start: offset + node.start, end: offset + node.end };
  return [help2 === void 0 ? problem : { ...problem, help: help2 }];
}
function didYouMean(name, known) {
  const guess = nearest(name, known);
  return guess === void 0 ? void 0 : `Did you mean \`${guess}\`?`;
}
function advice(table, name) {
  return Object.hasOwn(table, name) ? table[name] : void 0;
}

// compiler/expression/ambiguity.ts
function refuseAmbiguous(items, place) {
  const found = genericCall(items, place.expression.source);
  if (found === void 0) return [];
  const message = "These comparisons can be read in two ways.";
  return refuse3(place, "VRS3002", found, message, "Put each comparison in parentheses.");
}
function genericCall(items, source3) {
  let begun = false;
  for (const item of items) {
    if (item === null) continue;
    if (begun && compares(item, ">", source3)) return item;
    begun ||= compares(item, "<", source3);
  }
  return void 0;
}
function compares(node, operator, source3) {
  switch (node.type) {
    case "BinaryExpression":
      if (node.operator === operator && (operator === "<" || closesTypes(node, source3))) return true;
      return compares(node.left, operator, source3) || compares(node.right, operator, source3);
    case "LogicalExpression":
      return compares(node.left, operator, source3) || compares(node.right, operator, source3);
    case "ConditionalExpression":
      return [node.test, node.consequent, node.alternate].some((part) => compares(part, operator, source3));
    case "ArrowFunctionExpression":
      return compares(node.body, operator, source3);
    case "UnaryExpression":
    case "SpreadElement":
      return compares(node.argument, operator, source3);
    default:
      return false;
  }
}
function closesTypes({ left: left2, right }, source3) {
  return /[(`]/.test(source3.charAt(right.start)) || source3.slice(left2.end, right.start).includes("\n");
}

// compiler/expression/builtin-names.ts
var object = "constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ __proto__";
var array = "at concat copyWithin entries every fill filter find findIndex findLast findLastIndex flat flatMap forEach group groupToMap includes indexOf join keys lastIndexOf map pop push reduce reduceRight reverse shift slice some sort splice toReversed toSorted toSpliced unshift values with";
var string = "anchor at big blink bold charAt charCodeAt codePointAt concat endsWith fixed fontcolor fontsize includes indexOf isWellFormed italics lastIndexOf link localeCompare match matchAll normalize padEnd padStart repeat replace replaceAll search slice small split startsWith strike sub substr substring sup toLocaleLowerCase toLocaleUpperCase toLowerCase toUpperCase toWellFormed trim trimEnd trimLeft trimRight trimStart";
var number = "toExponential toFixed toPrecision";
var builtinNames = new Set([object, array, string, number].join(" ").split(" "));
var prototypeNames = /* @__PURE__ */ new Set([
  "constructor",
  "prototype",
  "__proto__",
  "__defineGetter__",
  "__defineSetter__",
  "__lookupGetter__",
  "__lookupSetter__"
]);

// compiler/expression/instead.ts
var constructs = {
  ThisExpression: { what: "`this`", help: "The message is `body`." },
  Super: { what: "`super`" },
  NewExpression: { what: "`new`", help: "Values are made of literals, `{ \u2026 }` and `[ \u2026 ]`." },
  FunctionExpression: { what: "`function`", help: "Write a callback as an arrow: `x => x.name`." },
  ClassExpression: { what: "`class`" },
  SequenceExpression: { what: "The comma operator", help: "Write one expression; a list is `[a, b]`." },
  AssignmentExpression: { what: "Assignment", help: "Compare with `===`; new fields are made by a `map` step." },
  UpdateExpression: { what: "`++` and `--`", help: "Write `x + 1`." },
  AwaitExpression: { what: "`await`", help: "Outside systems are asked by a `call` step." },
  YieldExpression: { what: "`yield`" },
  ImportExpression: { what: "`import`" },
  MetaProperty: { what: "`import.meta`" },
  TaggedTemplateExpression: { what: "A tagged template", help: "Write the template without a tag." }
};
var operators = {
  "==": "Write `===`; for a value that may be missing, `exists(x)`.",
  "!=": "Write `!==`; for a value that may be missing, `exists(x)`.",
  in: "Write `exists(x.name)`.",
  instanceof: "Compare a field that tells the kinds apart: `x.type === \u2026`.",
  typeof: "The contract says the types; `exists(x)` tells whether a value is there.",
  void: "Write `undefined`.",
  delete: "Leave the field out of the `map`.",
  "+": "Read a number from text with `number(x)`."
};
var globals = {
  Math: "Write `round(x)`, `floor(x)`, `ceil(x)`, `abs(x)`, `min(a, b)` or `max(a, b)` without `Math.`.",
  Date: "There is no clock: steps run again on retry. The time of arrival is `meta.receivedAt`.",
  JSON: "A body is parsed and written by its source and target; expressions see values.",
  Number: "Write `number(x)`.",
  parseInt: "Write `number(x)`.",
  parseFloat: "Write `number(x)`.",
  String: "Write `text(x)`.",
  Boolean: "Write `exists(x)` or a comparison.",
  Object: "Objects are made by `{ \u2026 }`.",
  Array: "Lists are made by `[ \u2026 ]`.",
  process: "Values from outside are `settings` and `secrets`.",
  env: "Values from outside are `settings` and `secrets`.",
  NaN: "There is no such number in JSON.",
  Infinity: "There is no such number in JSON."
};
var methods2 = {
  forEach: "Write `map`.",
  push: "Write `[...list, item]`.",
  unshift: "Write `[item, ...list]`.",
  sort: "Write `toSorted((a, b) => \u2026)`.",
  replace: "Write `replaceAll(part, by)`.",
  substring: "Write `slice(start, end)`.",
  substr: "Write `slice(start, end)`.",
  toString: "Write `text(x)`.",
  charAt: "Write `at(index)`.",
  match: "Write `includes`, `startsWith` or `endsWith`.",
  test: "Write `includes`, `startsWith` or `endsWith`.",
  trimLeft: "Write `trimStart()`.",
  trimRight: "Write `trimEnd()`.",
  toLocaleUpperCase: "Write `toUpperCase()`.",
  toLocaleLowerCase: "Write `toLowerCase()`."
};

// compiler/expression/children.ts
function childrenOf(node) {
  switch (node.type) {
    case "ParenthesizedExpression":
    case "ChainExpression":
      return [node.expression];
    case "MemberExpression":
      return node.computed ? [node.object, node.property] : [node.object];
    case "CallExpression":
      return [node.callee, ...node.arguments];
    case "ArrowFunctionExpression":
      return [node.body];
    case "ConditionalExpression":
      return [node.test, node.consequent, node.alternate];
    case "LogicalExpression":
    case "BinaryExpression":
      return [node.left, node.right];
    case "UnaryExpression":
    case "SpreadElement":
      return [node.argument];
    case "ArrayExpression":
      return node.elements.filter((element) => element !== null);
    case "ObjectExpression":
      return node.properties;
    case "Property":
      return node.computed ? [node.key, node.value] : [node.value];
    case "TemplateLiteral":
      return node.expressions;
    default:
      return [];
  }
}

// compiler/expression/names.ts
function names2(root2) {
  const roots = /* @__PURE__ */ new Set();
  const secrets2 = /* @__PURE__ */ new Set();
  const settings = /* @__PURE__ */ new Set();
  const visit3 = (node, bound) => {
    if (node.type === "Identifier") {
      if (!bound.has(node.name) && !isFunctionName(node.name) && node.name !== "undefined") roots.add(node.name);
      return;
    }
    if (node.type === "MemberExpression" && node.object.type === "Identifier") {
      const name = constantKey(node);
      if (name !== void 0 && node.object.name === "secrets") secrets2.add(name);
      if (name !== void 0 && node.object.name === "settings") settings.add(name);
    }
    const inner = node.type === "ArrowFunctionExpression" ? /* @__PURE__ */ new Set([...bound, ...parameters(node)]) : bound;
    for (const child3 of childrenOf(node)) visit3(child3, inner);
  };
  visit3(root2, /* @__PURE__ */ new Set());
  return { roots, secrets: secrets2, settings };
}
function constantKey(node) {
  const { property: property2 } = node;
  if (!node.computed) return property2.type === "Identifier" ? property2.name : void 0;
  return property2.type === "Literal" && typeof property2.value === "string" ? property2.value : void 0;
}
function parameters(node) {
  return node.params.flatMap((parameter) => parameter.type === "Identifier" ? [parameter.name] : []);
}
function propertyKey({ key: key2 }) {
  if (key2.type === "Identifier") return escaped2(key2) ? void 0 : key2.name;
  if (key2.type !== "Literal") return void 0;
  const { value } = key2;
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : void 0;
}
function escaped2(node) {
  return node.end - node.start !== node.name.length;
}

// compiler/expression/roots.ts
var knownRoots = [
  "body",
  "headers",
  "meta",
  "vars",
  "settings",
  "secrets",
  "params",
  "error",
  "batch",
  "page",
  "cursor"
];
function isRoot(name) {
  return knownRoots.some((root2) => root2 === name);
}
function isConstantRoot(name) {
  return name === "settings" || name === "secrets";
}

// compiler/expression/restrict-call.ts
var maxNestedCallbacks = 3;
function restrictCall(node, place, visit3) {
  const { callee } = node;
  if (callee.type !== "MemberExpression") {
    return [...restrictFunction(node, place), ...restrictArguments(node, void 0, place, visit3)];
  }
  const { property: property2 } = callee;
  const name = !callee.computed && property2.type === "Identifier" && !escaped2(property2) ? property2.name : void 0;
  const method = name !== void 0 && isMethodName(name) ? name : void 0;
  return [
    ...visit3(callee.object, place),
    ...method === void 0 ? refuseMethod(callee, name, place) : [],
    ...refuseOptional(node, place),
    ...restrictArguments(node, method, place, visit3)
  ];
}
function refuseOptional(node, place) {
  if (!node.optional) return [];
  return refuse3(place, "VRS3002", node, "`?.(` does not exist: what can be called is always there.", "Write `(`.");
}
function restrictFunction(node, place) {
  const { callee } = node;
  if (callee.type !== "Identifier" || escaped2(callee)) {
    return refuse3(place, "VRS3002", callee, "Only functions and methods can be called, by their names.");
  }
  if (isFunctionName(callee.name) && !place.bound.has(callee.name)) return refuseOptional(node, place);
  const known = Object.keys(functions);
  const help2 = advice(globals, callee.name) ?? didYouMean(callee.name, known) ?? `There are ${known.join(", ")}.`;
  return refuse3(place, "VRS3004", callee, `There is no function \`${callee.name}\`.`, help2);
}
function refuseMethod({ object: object4, property: property2 }, name, place) {
  if (name === void 0) {
    return refuse3(place, "VRS3002", property2, "A method is called by its plain name.", "Write `x.name(\u2026)`.");
  }
  if (object4.type === "Identifier" && !place.bound.has(object4.name) && advice(globals, object4.name)) return [];
  const known = [...Object.keys(stringMethods), ...Object.keys(numberMethods), ...Object.keys(listMethods)];
  const help2 = advice(methods2, name) ?? didYouMean(name, known);
  return refuse3(place, "VRS3004", property2, `There is no method \`${name}\`.`, help2);
}
function restrictArguments(node, method, place, visit3) {
  const takes = method !== void 0 && isCallbackMethod(method) ? method : void 0;
  if (takes !== void 0 && node.arguments.length === 0) {
    return refuse3(
      place,
      "VRS3002",
      node,
      `\`${takes}\` takes a callback.`,
      `For example \`${listMethods[takes].example}\`.`
    );
  }
  const found = node.arguments.flatMap((argument, index) => {
    if (argument.type === "SpreadElement") {
      const message = "`...` may stand in a list or an object, not in a call.";
      return refuse3(place, "VRS3002", argument, message, "Write the arguments out.");
    }
    return takes !== void 0 && index === 0 ? restrictCallback(argument, takes, place, visit3) : visit3(argument, place);
  });
  return [...refuseAmbiguous(node.arguments, place), ...found];
}
function restrictCallback(node, method, place, visit3) {
  if (node.type !== "ArrowFunctionExpression") {
    return refuse3(place, "VRS3002", node, `\`${method}\` takes a callback written in place.`, "Write `x => \u2026`.");
  }
  if (place.callbacks === maxNestedCallbacks) {
    const message = `Callbacks are nested more than ${maxNestedCallbacks} deep.`;
    return refuse3(place, "VRS3005", node, message, "Spread the work over two steps.");
  }
  if (node.async) return refuse3(place, "VRS3002", node, "`async` does not exist in expressions.");
  if (!node.expression) {
    const help2 = "An object needs parentheses: `x => ({ \u2026 })`.";
    return refuse3(place, "VRS3002", node.body, "A callback is one expression.", help2);
  }
  const inner = { ...place, bound: /* @__PURE__ */ new Set([...place.bound, ...parameters(node)]), callbacks: place.callbacks + 1 };
  return [...restrictParameters(node, method, place), ...visit3(node.body, inner)];
}
function restrictParameters(node, method, place) {
  const most = callbackParameters[method];
  const names3 = parameters(node);
  return node.params.flatMap((parameter, index) => {
    if (parameter.type !== "Identifier") {
      const help2 = "Write `x => x.name` instead of `({ name }) => name`.";
      return refuse3(place, "VRS3002", parameter, "A parameter is a plain name.", help2);
    }
    const { name } = parameter;
    if (index >= most) {
      return refuse3(place, "VRS3002", parameter, `The callback of \`${method}\` takes at most ${most} parameters.`);
    }
    if (escaped2(parameter) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      return refuse3(place, "VRS3002", parameter, "A parameter's name is made of letters, digits and `_`.");
    }
    const hides = isRoot(name) || isFunctionName(name) || name === "undefined" || place.bound.has(name);
    if (!hides && names3.indexOf(name) === index) return [];
    return refuse3(
      place,
      "VRS3002",
      parameter,
      `The parameter \`${name}\` would hide another \`${name}\`.`,
      "Rename it."
    );
  });
}

// compiler/expression/restrict-name.ts
function restrictName(node, place) {
  const { name } = node;
  if (escaped2(node)) return refuse3(place, "VRS3002", node, "A name may not hold an escape.", `Write \`${name}\`.`);
  if (name === "undefined" || place.bound.has(name)) return [];
  if (isFunctionName(name)) {
    const help3 = `Call it: \`${functions[name].example}\`.`;
    return refuse3(place, "VRS3002", node, `\`${name}\` is a function, not a value.`, help3);
  }
  if (place.roots.includes(name)) return restrictRoot(node, place);
  if (name === "secrets") {
    const help3 = "Secrets belong in connections and connector settings, never in a payload, a condition or an id.";
    return refuse3(place, "VRS3008", node, "A secret may not stand here.", help3);
  }
  if (isRoot(name)) return refuse3(place, "VRS3007", node, notHere(name, place), here(place));
  const known = [...place.roots, ...place.bound, ...Object.keys(functions)];
  const help2 = advice(globals, name) ?? didYouMean(name, known) ?? here(place);
  return refuse3(place, "VRS3003", node, `There is no \`${name}\` here.`, help2);
}
function restrictRoot(node, place) {
  const { name } = node;
  if (!isConstantRoot(name)) return [];
  const help2 = `Name the one that is meant: \`${name}.name\`.`;
  return refuse3(place, "VRS3002", node, `\`${name}\` is not a value of its own.`, help2);
}
function notHere(name, { roots }) {
  return roots.every(isConstantRoot) ? `\`${name}\` is not known here: the value is fixed before any message.` : `There is no \`${name}\` at this place.`;
}
var here = ({ roots }) => roots.length === 0 ? "Write a constant." : `Here are ${roots.map((root2) => `\`${root2}\``).join(", ")}.`;

// compiler/expression/restrict.ts
function restrict(expression, allowed2) {
  const place = { expression, roots: allowed2.roots, bound: /* @__PURE__ */ new Set(), callbacks: 0 };
  return visit2(expression.node, place).toSorted((a, b) => a.start - b.start);
}
function visit2(node, place) {
  switch (node.type) {
    case "ParenthesizedExpression":
    case "ChainExpression":
      return visit2(node.expression, place);
    case "Identifier":
      return restrictName(node, place);
    case "Literal":
      return visitLiteral(node, place);
    case "TemplateLiteral":
      return visitAll(node.expressions, place);
    case "MemberExpression":
      return visitMember(node, place);
    case "CallExpression":
      return restrictCall(node, place, visit2);
    case "ConditionalExpression":
      return visitAll([node.test, node.consequent, node.alternate], place);
    case "LogicalExpression":
      return visitAll([node.left, node.right], place);
    case "BinaryExpression":
      return [...visitOperator(node, place), ...visitAll([node.left, node.right], place)];
    case "UnaryExpression": {
      const known = node.operator === "!" || node.operator === "-";
      return [...known ? [] : refuseOperator(node, place), ...visit2(node.argument, place)];
    }
    case "ArrayExpression":
      return visitList(node, place);
    case "ObjectExpression":
      return node.properties.flatMap(
        (property2) => property2.type === "SpreadElement" ? visit2(property2.argument, place) : visitProperty(property2, place)
      );
    case "ArrowFunctionExpression": {
      const message = "A function may only be the argument of a method that takes one.";
      return refuse3(place, "VRS3002", node, message, `Those are ${Object.keys(callbackParameters).join(", ")}.`);
    }
    default: {
      const { what, help: help2 } = constructs[node.type] ?? { what: `\`${node.type}\`` };
      return refuse3(place, "VRS3002", node, `${what} does not exist in expressions.`, help2);
    }
  }
}
var visitAll = (nodes, place) => nodes.flatMap((node) => visit2(node, place));
function visitLiteral(node, place) {
  const { value } = node;
  if (node.regex !== void 0) {
    return refuse3(place, "VRS3002", node, "Regular expressions do not exist here.", methods2.match);
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return [];
  if (typeof value !== "number") {
    return refuse3(place, "VRS3002", node, "Numbers that end in `n` do not exist here.", "Leave the `n` out.");
  }
  return Number.isFinite(value) ? [] : refuse3(place, "VRS3002", node, "The number is too large.");
}
function visitMember(node, place) {
  const name = constantKey(node);
  const { object: object4 } = node;
  const fixed = name !== void 0 && object4.type === "Identifier" && isConstantRoot(object4.name) && !place.bound.has(object4.name);
  if (fixed && place.roots.includes(object4.name) && !escaped2(object4)) return visitKey(node, name, place);
  return [...visit2(object4, place), ...visitKey(node, name, place)];
}
function visitKey({ property: property2, computed }, name, place) {
  if (property2.type === "PrivateIdentifier") {
    return refuse3(place, "VRS3002", property2, "Private names do not exist here.");
  }
  if (name === void 0) return visit2(property2, place);
  if (prototypeNames.has(name)) {
    return refuse3(place, "VRS3002", property2, `\`${name}\` leads to a prototype and cannot be read.`);
  }
  if (!computed && property2.type === "Identifier" && escaped2(property2)) {
    return refuse3(place, "VRS3002", property2, "A name may not hold an escape.", `Write \`${name}\`.`);
  }
  return [];
}
function visitList(node, place) {
  const items = node.elements.flatMap((element) => {
    if (element === null) return refuse3(place, "VRS3002", node, "A list may not have holes.", "Write every item.");
    return visit2(element.type === "SpreadElement" ? element.argument : element, place);
  });
  return [...refuseAmbiguous(node.elements, place), ...items];
}
function visitProperty(node, place) {
  if (node.kind !== "init" || node.method) {
    return refuse3(place, "VRS3002", node, "An object holds values, not functions.", "Write `name: value`.");
  }
  if (node.computed) return refuse3(place, "VRS3002", node.key, "A key is constant.", "Write the key out.");
  const key2 = propertyKey(node);
  if (key2 === void 0) return refuse3(place, "VRS3002", node.key, "A key is a name, a text or a whole number.");
  if (key2 === "__proto__") return refuse3(place, "VRS3002", node.key, "`__proto__` cannot be a key.");
  return visit2(node.value, place);
}
var arithmetic2 = ["+", "-", "*", "/", "%", "**"];
var comparisons = ["<", "<=", ">", ">="];
function visitOperator(node, place) {
  const { operator, left: left2 } = node;
  if (comparisons.includes(operator)) {
    if (left2.type !== "BinaryExpression" || !comparisons.includes(left2.operator)) return [];
    return refuse3(place, "VRS3002", node, "Comparisons do not chain.", "Write `a < b && b < c`.");
  }
  const known = arithmetic2.includes(operator) || operator === "===" || operator === "!==";
  return known ? [] : refuseOperator(node, place);
}
function refuseOperator(node, place) {
  const { operator } = node;
  return refuse3(place, "VRS3002", node, `The operator \`${operator}\` does not exist here.`, operators[operator]);
}

// compiler/expression/template.ts
import { parseExpressionAt } from "acorn";

// compiler/expression/closing-brace.ts
function closingBrace(text4, start3) {
  const open2 = [];
  for (let at3 = start3; at3 < text4.length; at3 += 1) {
    const unit = text4[at3];
    if (open2.at(-1) === "`") {
      if (unit === "\\") at3 += 1;
      else if (unit === "`") open2.pop();
      else if (unit === "$" && text4[at3 + 1] === "{") {
        open2.push("{");
        at3 += 1;
      }
    } else if (unit === '"' || unit === "'") at3 = endOfString(text4, at3, unit);
    else if (unit === "`") open2.push("`");
    else if (unit === "/" && text4[at3 + 1] === "/") at3 = endOfLine(text4, at3);
    else if (unit === "/" && text4[at3 + 1] === "*") at3 = indexOrEnd(text4, "*/", at3 + 2) + 1;
    else if (unit === "{") open2.push("{");
    else if (unit === "}" && open2.pop() === void 0) return at3;
  }
  return void 0;
}
function endOfString(text4, start3, quote2) {
  for (let at3 = start3 + 1; at3 < text4.length; at3 += 1) {
    if (text4[at3] === "\\") at3 += 1;
    else if (text4[at3] === quote2) return at3;
    else if (text4[at3] === "\n") return at3 - 1;
  }
  return text4.length;
}
function endOfLine(text4, start3) {
  for (let at3 = start3; at3 < text4.length; at3 += 1) if (/[\n\r\u2028\u2029]/.test(text4.charAt(at3))) return at3;
  return text4.length;
}
function indexOrEnd(text4, what, from) {
  const found = text4.indexOf(what, from);
  return found === -1 ? text4.length : found;
}

// compiler/expression/size.ts
var maxCharacters = 4e3;
var maxNodes = 500;
var maxDepth3 = 32;
function sizeOf2(root2) {
  const open2 = [{ node: root2, depth: 1 }];
  let nodes = 0;
  let deepest = 0;
  for (let next = open2.pop(); next !== void 0; next = open2.pop()) {
    const { node, depth } = next;
    nodes += 1;
    deepest = Math.max(deepest, depth);
    for (const child3 of childrenOf(node)) open2.push({ node: child3, depth: depth + (continues(node, child3) ? 0 : 1) });
  }
  return { nodes, depth: deepest };
}
function continues(node, child3) {
  if (node.type !== "BinaryExpression" && node.type !== "LogicalExpression") return false;
  return child3 === node.left && child3.type === node.type;
}

// compiler/expression/template.ts
function parseTemplate(text4) {
  const problems = [];
  const parts = [];
  let literal3 = "";
  let at3 = 0;
  for (let next = text4.indexOf("${"); next !== -1; next = text4.indexOf("${", at3)) {
    if (next > at3 && text4[next - 1] === "$") {
      literal3 += `${text4.slice(at3, next - 1)}\${`;
      at3 = next + 2;
      continue;
    }
    literal3 += text4.slice(at3, next);
    const read2 = readExpression(text4, next + 2);
    if ("problem" in read2) problems.push(read2.problem);
    else {
      if (literal3 !== "") parts.push(literal3);
      literal3 = "";
      parts.push(read2.expression);
    }
    at3 = read2.end;
  }
  literal3 += text4.slice(at3);
  return { template: toTemplate(parts, literal3), problems };
}
function toTemplate(parts, tail) {
  const [only] = parts;
  if (only === void 0) return { kind: "constant", value: tail };
  if (parts.length === 1 && typeof only === "object" && (tail === "" || tail === "\n")) {
    return { kind: "expression", expression: only };
  }
  return { kind: "text", parts: tail === "" ? parts : [...parts, tail] };
}
function readExpression(text4, start3) {
  const close = closingBrace(text4, start3);
  if (close === void 0) return { end: text4.length, problem: unclosed(text4, start3) };
  const source3 = text4.slice(start3, close);
  const result = parse6(source3, start3);
  return "node" in result ? { end: close + 1, expression: result } : { end: close + 1, problem: result };
}
function parse6(source3, offset) {
  const bad2 = (code, message, from = 0, to = source3.length, help2) => ({
    code,
    message,
    start: offset + from,
    end: offset + to,
    ...help2 === void 0 ? {} : { help: help2 }
  });
  if (source3.length > maxCharacters) {
    const message = `The expression has ${source3.length} characters; ${maxCharacters} are allowed.`;
    return bad2("VRS3005", message, 0, source3.length, "Split it over several `map` steps.");
  }
  if (source3.trim() === "") return bad2("VRS3001", "The expression is empty.");
  const comments = [];
  try {
    const node = parseExpressionAt(source3, 0, {
      ecmaVersion: 2023,
      sourceType: "module",
      preserveParens: true,
      onComment: (_block, _text, start3, end) => comments.push({ start: start3, end })
    });
    const rest = afterTrivia(source3, node.end);
    if (rest < source3.length) {
      const next = source3.slice(rest, rest + 20);
      return bad2("VRS3001", `The expression is over before \`${next}\`.`, rest, source3.length, "Write one expression.");
    }
    const { nodes, depth } = sizeOf2(node);
    if (nodes > maxNodes) return bad2("VRS3005", `The expression has ${nodes} nodes; ${maxNodes} are allowed.`);
    if (depth > maxDepth3) return bad2("VRS3005", `The expression is nested ${depth} deep; ${maxDepth3} is allowed.`);
    return { source: source3, offset, node, comments, ...names2(node) };
  } catch (error) {
    if (error instanceof RangeError || /stack space/.test(String(error)))
      return bad2("VRS3005", `The expression is nested more than ${maxDepth3} deep.`);
    const where = Math.min(positionOf(error), source3.length - 1);
    const reason = reasonOf3(error);
    if (/regular expression/.test(reason)) {
      return bad2(
        "VRS3002",
        "Regular expressions do not exist here.",
        where,
        where + 1,
        "Use `includes`, `startsWith`."
      );
    }
    return bad2("VRS3001", `The expression does not parse: ${reason}.`, where, where + 1);
  }
}
function unclosed(text4, start3) {
  const commented = text4.slice(text4.lastIndexOf("\n") + 1).includes("//");
  return {
    code: "VRS3006",
    message: "This `${` is never closed.",
    start: start3 - 2,
    end: text4.length,
    help: commented ? "A `//` comment reaches to the end of its line; put the expression in a `|-` block to keep the lines apart." : "Add the missing `}`; a literal `${` is written `$${`."
  };
}
function afterTrivia(source3, from) {
  const rest = /^(?:\s+|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)*/.exec(source3.slice(from));
  return from + (rest?.[0].length ?? 0);
}
function positionOf(error) {
  const pos = error instanceof SyntaxError && "pos" in error ? error.pos : 0;
  return typeof pos === "number" ? pos : 0;
}
function reasonOf3(error) {
  const message = error instanceof Error ? error.message : String(error);
  const plain5 = message.replace(/\s*\(\d+:\d+\)$/, "");
  return plain5.charAt(0).toLowerCase() + plain5.slice(1);
}

// compiler/value.ts
var child2 = (site, key2) => ({ spec: site.spec, path: [...site.path, key2] });
function readValue(raw, site, allowed2, report) {
  if (typeof raw === "string") return readText2(raw, site, allowed2, report);
  if (Array.isArray(raw)) {
    return {
      kind: "list",
      site,
      items: raw.map((item, index) => readValue(item, child2(site, index), allowed2, report))
    };
  }
  if (isJsonObject(raw)) return readMap(raw, site, allowed2, report);
  const value = typeof raw === "number" || typeof raw === "boolean" ? raw : null;
  return { kind: "constant", site, value };
}
function readMap(raw, site, allowed2, report) {
  const entries = Object.entries(raw).filter(([key2]) => key2 !== "...").map(([key2, member]) => ({ key: key2, value: readValue(member, child2(site, key2), allowed2, report) }));
  if (!Object.hasOwn(raw, "...")) return { kind: "map", site, entries };
  return { kind: "map", site, entries, spread: readValue(raw["..."], child2(site, "..."), allowed2, report) };
}
function readText2(raw, site, allowed2, report) {
  const { template, problems } = parseTemplate(raw);
  for (const problem of problems) report(toDiagnostic(problem, site));
  if (template.kind === "constant") return { kind: "constant", site, value: template.value };
  for (const expression of expressionsOf(template)) {
    for (const problem of restrict(expression, { roots: allowed2.roots })) report(toDiagnostic(problem, site));
    reportSecrets(expression, site, allowed2, report);
  }
  if (template.kind === "expression") return { kind: "expression", site, expression: template.expression };
  return { kind: "text", site, parts: template.parts };
}
function expressionsOf(template) {
  if (template.expression !== void 0) return [template.expression];
  return (template.parts ?? []).filter((part) => typeof part !== "string");
}
function reportSecrets(expression, site, allowed2, report) {
  if (!allowed2.roots.includes("secrets")) return;
  for (const name of expression.secrets) {
    if (allowed2.secrets.has(name)) continue;
    const names3 = [...allowed2.secrets].sort();
    report(
      finding("VRS2012", site, textRange(site, expression.offset, expression.source.length), {
        message: `The tenant declares no secret \`${name}\`.`,
        help: names3.length === 0 ? `Add \`secrets: [${name}]\` to the tenant's document.` : `Declared are ${names3.join(", ")}; add \`${name}\` to \`secrets:\` of the tenant's document.`
      })
    );
  }
}
function toDiagnostic(problem, site) {
  return finding(problem.code, site, textRange(site, problem.start, problem.end - problem.start), problem);
}
function textRange(site, offset, length) {
  return {
    start: site.spec.position(site.path, offset),
    end: site.spec.position(site.path, offset + length)
  };
}
function finding(code, site, range, says2) {
  return {
    code,
    severity: codes[code].severity,
    file: site.spec.file,
    range,
    message: says2.message,
    ...says2.help === void 0 ? {} : { help: says2.help },
    ...says2.labels === void 0 ? {} : { labels: says2.labels }
  };
}
function findingAt(code, site, says2, part = "value") {
  return finding(code, site, site.spec.locate(site.path, part), says2);
}
function expressionsIn(value) {
  switch (value.kind) {
    case "constant":
      return [];
    case "expression":
      return [value.expression];
    case "text":
      return value.parts.filter((part) => typeof part !== "string");
    case "list":
      return value.items.flatMap(expressionsIn);
    case "map":
      return [
        ...value.spread === void 0 ? [] : expressionsIn(value.spread),
        ...value.entries.flatMap((entry3) => expressionsIn(entry3.value))
      ];
  }
}
var dataRoots = ["body", "headers", "meta", "vars"];
function readsData(expression) {
  return dataRoots.some((root2) => expression.roots.has(root2));
}

// compiler/3-resolve/addresses.ts
function reportSharedAddresses(integrations, report) {
  const owners = /* @__PURE__ */ new Map();
  for (const integration of integrations) {
    const { use } = integration.source;
    const owns = use.manifest.source?.owns;
    const setting = use.settings.find((candidate) => candidate.key === owns);
    if (setting?.value.kind !== "constant") continue;
    const address = String(setting.value.value);
    const key2 = [integration.tenant, use.manifest.name, use.connection?.name ?? "", address].join("\n");
    const owner2 = owners.get(key2);
    if (owner2 === void 0) {
      owners.set(key2, { integration: integration.name, site: setting.value.site });
      continue;
    }
    report(
      findingAt("VRS5001", setting.value.site, {
        message: `\`${address}\` already belongs to integration \`${owner2.integration}\`.`,
        help: `Choose another ${setting.key}, or route from one integration to several targets.`,
        labels: [
          {
            file: owner2.site.spec.file,
            range: owner2.site.spec.locate(owner2.site.path),
            message: `owned by ${owner2.integration}`
          }
        ]
      })
    );
  }
}

// compiler/3-resolve/integration.ts
init_json();

// compiler/contract/short.ts
init_json();
var types = /* @__PURE__ */ new Map([
  ["string", { type: "string" }],
  ["number", { type: "number" }],
  ["integer", { type: "integer" }],
  ["boolean", { type: "boolean" }],
  ["null", { type: "null" }],
  ["any", {}],
  ["json", {}],
  ["date", { type: "string", format: "date" }],
  ["date-time", { type: "string", format: "date-time" }]
]);
var foreign2 = /* @__PURE__ */ new Map([
  ["int", "`integer`"],
  ["long", "`integer`"],
  ["float", "`number`"],
  ["double", "`number`"],
  ["decimal", "`number`"],
  ["bool", "`boolean`"],
  ["str", "`string`"],
  ["datetime", "`date-time`"],
  ["timestamp", "`date-time`"],
  ["object", "`{ name: string }` with the fields that it has"],
  ["map", "`{ name: string }` with the fields that it has"],
  ["array", "`[string]` with what it holds"],
  ["list", "`[string]` with what it holds"],
  ["undefined", "a `?` after the key"]
]);
var maxDepth4 = 64;
function readShort(value) {
  const problems = [];
  const schema = readShape(value, [], problems);
  return problems.length > 0 ? { problems } : { schema };
}
function readShape(value, path, problems) {
  if (path.length > maxDepth4) {
    problems.push({ path, message: `The contract is nested more than ${maxDepth4} levels deep.` });
    return {};
  }
  if (typeof value === "string") return readText3(value, path, problems);
  if (value === null) return { type: "null" };
  if (typeof value === "boolean" || typeof value === "number") return { const: value };
  if (Array.isArray(value)) return readList(value, path, problems);
  if (typeof value === "object") return readMap2(value, path, problems);
  problems.push({ path, message: "A contract is made of type names, `{ \u2026 }` and `[ \u2026 ]`." });
  return {};
}
function readMap2(map, path, problems) {
  const properties = /* @__PURE__ */ new Map();
  const required = [];
  for (const [key2, member] of Object.entries(map)) {
    const optional3 = key2.endsWith("?");
    const name = optional3 ? key2.slice(0, -1) : key2;
    const problem = keyProblem(key2, name, properties);
    if (problem !== void 0) problems.push({ path: [...path, key2], ...problem });
    const schema = readShape(member, [...path, key2], problems);
    properties.set(name, optional3 ? orNull(schema) : schema);
    if (!optional3) required.push(name);
  }
  return { type: "object", properties: Object.fromEntries(properties), required };
}
function keyProblem(key2, name, known) {
  if (name === "") return { message: `\`${key2}\` is no field name.` };
  if (key2 === "...")
    return { message: "`...` has no meaning in a contract.", help: "Name the fields, or refer to a contract by name." };
  if (known.has(name))
    return { message: `\`${name}\` is declared twice.`, help: `Keep one of \`${name}\` and \`${name}?\`.` };
  return void 0;
}
function readList(list3, path, problems) {
  const members = list3.map((member, index) => readShape(member, [...path, index], problems));
  const [only] = members;
  if (only === void 0) {
    problems.push({ path, message: "The list says nothing about its items.", help: "Write `[string]` or `[any]`." });
    return {};
  }
  return members.length === 1 ? { type: "array", items: only } : { oneOf: members };
}
function orNull(schema) {
  if (Object.keys(schema).length === 0) return schema;
  if ("const" in schema) return { enum: [schema.const ?? null, null] };
  if (Array.isArray(schema.enum))
    return schema.enum.includes(null) ? schema : { ...schema, enum: [...schema.enum, null] };
  if (Array.isArray(schema.oneOf))
    return { oneOf: admitsNull(schema.oneOf) ? schema.oneOf : [...schema.oneOf, { type: "null" }] };
  if (typeof schema.type === "string")
    return schema.type === "null" ? schema : { ...schema, type: [schema.type, "null"] };
  if (Array.isArray(schema.type))
    return schema.type.includes("null") ? schema : { ...schema, type: [...schema.type, "null"] };
  return { oneOf: [schema, { type: "null" }] };
}
function admitsNull(members) {
  return members.some(
    (member) => isJsonObject(member) && (member.type === "null" || Array.isArray(member.type) && member.type.includes("null") || Array.isArray(member.enum) && member.enum.includes(null))
  );
}
function readText3(text4, path, problems) {
  const before = problems.length;
  const words2 = splitAlternatives(text4).map(({ word, offset }) => readWord(word, offset, path, problems));
  if (problems.length > before) return {};
  const literals = words2.filter((word) => word.kind === "literal");
  const bare = literals.filter((word) => word.bare);
  const [single] = bare;
  if (single !== void 0 && bare.length === 1) reportSlip(String(single.value), single.offset, path, problems);
  return join12(
    literals.map((word) => word.value),
    words2.filter((word) => word.kind === "type").map((word) => word.schema)
  );
}
function join12(literals, schemas) {
  const nullable = schemas.some((schema) => schema.type === "null");
  const others = schemas.filter((schema) => schema.type !== "null");
  const values = [...new Set(nullable && literals.length > 0 ? [...literals, null] : literals)];
  const choice = values.length === 0 ? [] : [values.length === 1 ? { const: values[0] ?? null } : { enum: values }];
  const plain5 = others.filter((schema) => typeof schema.type === "string" && Object.keys(schema).length === 1);
  const names3 = [...new Set(plain5.map((schema) => schema.type ?? null))];
  if (nullable && literals.length === 0) names3.push("null");
  const [name] = names3;
  const typed2 = name === void 0 ? [] : [{ type: names3.length === 1 ? name : names3 }];
  const members = [...typed2, ...others.filter((schema) => !plain5.includes(schema)), ...choice];
  const [only] = members;
  return members.length === 1 && only !== void 0 ? only : { oneOf: members };
}
function splitAlternatives(text4) {
  const parts = text4.matchAll(/(\s*)((?:"(?:[^"\\]|\\.)*"|'[^']*'|)[^|]*)(?:\||$)/g);
  const words2 = [...parts].map((part) => ({
    word: (part[2] ?? "").trim(),
    offset: part.index + (part[1] ?? "").length
  }));
  return words2.length > 1 && !text4.trimEnd().endsWith("|") ? words2.slice(0, -1) : words2;
}
function readWord(word, offset, path, problems) {
  const type = types.get(word);
  if (type !== void 0) return { kind: "type", schema: type };
  if (/^[a-z][a-z0-9-]*@\d+$/i.test(word)) return { kind: "type", schema: { $ref: `contract:${word}` } };
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(word)) return { kind: "literal", value: Number(word), bare: false, offset };
  if (word === "true" || word === "false") return { kind: "literal", value: word === "true", bare: false, offset };
  const quoted = /^'([^']*)'$/.exec(word)?.[1] ?? readQuoted(word);
  if (quoted !== void 0) return { kind: "literal", value: quoted, bare: false, offset };
  if (!/^[\p{L}\p{N}_.:/+#-]+$/u.test(word)) problems.push({ path, offset, ...wordProblem(word) });
  return { kind: "literal", value: word, bare: true, offset };
}
function readQuoted(word) {
  if (!/^"(?:[^"\\]|\\.)*"$/.test(word)) return void 0;
  try {
    return String(JSON.parse(word));
  } catch {
    return void 0;
  }
}
function wordProblem(word) {
  const shown3 = `\`${word}\``;
  const stem = word.replace(/(?:\?|\[\])$/, "");
  if (word === "") return { message: "An alternative is missing beside `|`.", help: "Write `paid | open`." };
  if (word.endsWith("?") && stem !== "")
    return { message: `${shown3}: the \`?\` belongs to the key.`, help: `Write \`key?: ${stem}\`.` };
  if (word.endsWith("[]") && stem !== "")
    return { message: `${shown3} is no type.`, help: `A list is written \`[${stem}]\`.` };
  if (word.includes("${"))
    return { message: "A contract holds no expressions.", help: "Name the type: `string`, `number`, \u2026" };
  return {
    message: `${shown3} is neither a type nor a single word.`,
    help: "If this very text is meant, put it in single quotes inside double ones: `\"'big order'\"`."
  };
}
function reportSlip(word, offset, path, problems) {
  const lower2 = word.toLowerCase();
  const meant = foreign2.get(lower2) ?? wrap([...types.keys()].find((name) => name === lower2 || name.length > 4 && distance(name, lower2) === 1));
  if (meant === void 0) return;
  problems.push({
    path,
    offset,
    message: `\`${word}\` is no type.`,
    help: `Did you mean ${meant}? If the text is meant, quote it: \`"'${word}'"\`.`
  });
}
var wrap = (name) => name === void 0 ? void 0 : `\`${name}\``;

// compiler/3-resolve/names.ts
function unknownName(code, site, name, known, says2) {
  const names3 = [...known].sort();
  const guess = nearest(name, names3);
  const help2 = guess !== void 0 ? `Did you mean \`${guess}\`?` : names3.length === 0 ? `${says2.where} declares none.` : `${says2.where} has ${names3.map((known2) => `\`${known2}\``).join(", ")}.`;
  return findingAt(code, site, { message: `Unknown ${says2.what} \`${name}\`.`, help: help2 });
}

// compiler/3-resolve/contracts.ts
var namedContract = /^[a-z][a-z0-9-]*@\d+$/i;
function resolveContract(raw, site, key2, contracts, report) {
  if (raw === "any") return void 0;
  if (typeof raw === "string" && namedContract.test(raw.trim())) return named2(raw.trim(), site, contracts, report);
  const read2 = readShort(raw);
  if ("problems" in read2) {
    for (const problem of read2.problems) report(toDiagnostic2(problem, site));
    return void 0;
  }
  const problems = checkSchema(read2.schema, (name) => contracts.get(name));
  for (const problem of problems) report(findingAt("VRS2014", site, problem));
  if (problems.length > 0) return void 0;
  return { key: key2, name: key2, schema: read2.schema, site };
}
function named2(name, site, contracts, report) {
  const schema = contracts.get(name);
  if (schema !== void 0) return { key: name, name, schema, site };
  report(unknownName("VRS2010", site, name, contracts.keys(), { what: "contract", where: "`contracts/`" }));
  return void 0;
}
function toDiagnostic2(problem, site) {
  const place = { spec: site.spec, path: [...site.path, ...problem.path] };
  if (problem.offset === void 0) return findingAt("VRS2004", place, problem);
  const start3 = place.spec.position(place.path, problem.offset);
  return finding("VRS2004", place, { start: start3, end: place.spec.locate(place.path).end }, problem);
}
function referredContracts(schema, contracts) {
  const found = /* @__PURE__ */ new Map();
  const visit3 = (value) => {
    if (Array.isArray(value)) value.forEach(visit3);
    else if (typeof value === "object" && value !== null) {
      for (const [key2, member] of Object.entries(value)) {
        if (key2 === "$ref" && typeof member === "string" && member.startsWith("contract:")) {
          const name = member.slice("contract:".length);
          const target3 = contracts.get(name);
          if (target3 !== void 0 && !found.has(name)) {
            found.set(name, target3);
            visit3(target3);
          }
        } else visit3(member);
      }
    }
  };
  visit3(schema);
  return found;
}

// compiler/3-resolve/defaults.ts
var second = 1e3;
var minute = 60 * second;
var hour = 60 * minute;
var retryDefaults = { for: 24 * hour, initial: second, max: 10 * minute, multiplier: 2 };
var dedupeDefault = 24 * hour;
var storageDefault = 10 * 1024 ** 3;
var intakeBytes = 1024 ** 3;

// compiler/3-resolve/scope.ts
var none = /* @__PURE__ */ new Set();
var messageScope = { roots: ["body", "headers", "meta", "vars", "settings"], secrets: none };
var sourceScope = { roots: ["body", "headers", "meta", "settings"], secrets: none };
var fixedScope = (secrets2) => ({ roots: ["settings", "secrets"], secrets: secrets2 });
var deliveryScope = (secrets2) => ({
  roots: [...messageScope.roots, "secrets"],
  secrets: secrets2
});
var constantScope = { roots: [], secrets: none };

// compiler/3-resolve/steps.ts
init_json();
function resolveSteps(raw, site, contract, report) {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((step2, index) => {
    const read2 = isJsonObject(step2) ? resolveStep(step2, child2(site, index), contract, report) : void 0;
    return read2 === void 0 ? [] : [read2];
  });
}
function resolveStep(raw, site, readContract, report) {
  if ("filter" in raw)
    return { kind: "filter", site, condition: resolveCondition(raw.filter, child2(site, "filter"), report) };
  if (!isJsonObject(raw.map)) return void 0;
  const value = readValue(raw.map, child2(site, "map"), messageScope, report);
  const contract = "contract" in raw ? readContract(raw.contract, child2(site, "contract")) : void 0;
  const when = "when" in raw ? resolveCondition(raw.when, child2(site, "when"), report) : void 0;
  return {
    kind: "map",
    site,
    value,
    ...typeof raw.as === "string" ? { as: raw.as } : {},
    ...when === void 0 ? {} : { when },
    ...contract === void 0 ? {} : { contract }
  };
}
function resolveCondition(raw, site, report) {
  return readValue(raw, site, messageScope, report);
}

// compiler/3-resolve/use.ts
init_json();
function resolveUse(manifest, schema, raw, site, scope, report) {
  const settings = isJsonObject(raw) ? raw : {};
  const connection = resolveConnectionName(manifest, settings.connection, child2(site, "connection"), scope, report);
  return {
    manifest,
    site,
    settings: readSettings(schema, withoutConnection(settings), site, scope.secrets, report),
    ...connection === void 0 ? {} : { connection }
  };
}
function readSettings(schema, raw, site, secrets2, report) {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return Object.entries(raw).flatMap(([key2, member]) => {
    const property2 = properties[key2];
    if (!isJsonObject(property2)) return [];
    const bound = property2["x-vrsky-per-message"];
    const value = readValue(member, child2(site, key2), allowed(property2, bound, secrets2), report);
    if (property2["x-vrsky-constant"] === true) reportDynamic(key2, value, report);
    return [{ key: key2, value, schema: property2, ...bound === void 0 ? {} : { bound } }];
  });
}
function allowed(property2, bound, secrets2) {
  if (property2["x-vrsky-constant"] === true) return constantScope;
  if (bound === void 0) return fixedScope(secrets2);
  return bound === "payload" ? messageScope : deliveryScope(secrets2);
}
function reportDynamic(key2, value, report) {
  if (value.kind === "constant" || expressionsIn(value).length === 0) return;
  report(
    findingAt("VRS3007", value.site, {
      message: `\`${key2}\` must be a constant: it is part of the topology.`,
      help: "Write the value itself."
    })
  );
}
function resolveConnectionName(manifest, raw, site, scope, report) {
  if (typeof raw !== "string") return void 0;
  const known = scope.connections.get(raw);
  if (known === void 0) {
    report(unknownName("VRS2007", site, raw, scope.connections.keys(), { what: "connection", where: "The tenant" }));
    return void 0;
  }
  if (known.connector === manifest.name) return known;
  report(
    findingAt("VRS2007", site, {
      message: `Connection \`${raw}\` is of kind \`${known.connector}\`, not \`${manifest.name}\`.`,
      labels: [
        { file: known.site.spec.file, range: known.site.spec.locate(known.site.path, "key"), message: "declared here" }
      ]
    })
  );
  return void 0;
}
function withoutConnection(settings) {
  return Object.fromEntries(Object.entries(settings).filter(([key2]) => key2 !== "connection"));
}

// compiler/3-resolve/integration.ts
function resolveIntegration(spec, around, report) {
  if (!isJsonObject(spec.value)) return void 0;
  const raw = spec.value;
  const site = { spec, path: [] };
  const found = /* @__PURE__ */ new Map();
  const contract = contractReader(around.contracts, found, report);
  const source3 = resolveSource(raw.source, child2(site, "source"), around, contract, report);
  const steps = resolveSteps(raw.steps, child2(site, "steps"), contract, report);
  const targets = resolveTargets(raw.targets, child2(site, "targets"), around, contract, report);
  const route = resolveRoute(raw.route, child2(site, "route"), targets, report);
  if (source3 === void 0) return void 0;
  return {
    tenant: spec.tenant,
    name: spec.name,
    site,
    ...typeof raw.description === "string" ? { description: raw.description } : {},
    ...isJsonObject(raw.labels) ? { labels: texts(raw.labels) } : {},
    paused: raw.paused === true,
    source: source3,
    steps,
    ...route === void 0 ? {} : { route },
    targets,
    contracts: found,
    settingsSchema: around.settingsSchema,
    secrets: around.secrets
  };
}
function contractReader(contracts, found, report) {
  return (raw, site) => {
    const contract = resolveContract(raw, site, inlineKey(site), contracts, report);
    if (contract !== void 0) found.set(contract.key, contract);
    return contract;
  };
}
function inlineKey(site) {
  return site.path.slice(0, -1).join(".");
}
function resolveSource(raw, site, around, readContract, report) {
  if (!isJsonObject(raw)) return void 0;
  const use = resolveConnector(raw, site, "source", around, report);
  if (use === void 0) return void 0;
  const contract = resolveSourceContract(raw, site, use, readContract, report);
  const messageId = "message-id" in raw ? readValue(raw["message-id"], child2(site, "message-id"), sourceScope, report) : void 0;
  return {
    name: use.manifest.name,
    site,
    use,
    ...contract === void 0 ? {} : { contract },
    ...messageId === void 0 ? {} : { messageId },
    steps: resolveSteps(raw.steps, child2(site, "steps"), readContract, report),
    dedupe: duration(raw.dedupe) ?? dedupeDefault
  };
}
function resolveSourceContract(raw, site, use, readContract, report) {
  if ("contract" in raw) return readContract(raw.contract, child2(site, "contract"));
  const own2 = use.manifest.source?.body;
  if (own2 !== void 0) return { key: "source", name: `${use.manifest.name} body`, schema: own2, site };
  report(
    findingAt(
      "VRS2009",
      site,
      {
        message: "The source has no contract, so nothing after it can be checked.",
        help: "Add `contract: order@1`, a short one such as `contract: { id: string }`, or `contract: any`."
      },
      "key"
    )
  );
  return void 0;
}
function resolveConnector(raw, site, side, around, report) {
  for (const manifest of around.manifests) {
    const schema = manifest[side]?.settings;
    if (schema === void 0 || !Object.hasOwn(raw, manifest.name)) continue;
    return resolveUse(manifest, schema, raw[manifest.name], child2(site, manifest.name), around, report);
  }
  return void 0;
}
function resolveTargets(raw, site, around, readContract, report) {
  if (!isJsonObject(raw)) return [];
  return Object.entries(raw).flatMap(([name, member]) => {
    const at3 = child2(site, name);
    if (!isJsonObject(member)) return [];
    const use = resolveConnector(member, at3, "target", around, report);
    if (use === void 0) return [];
    const contract = "contract" in member ? readContract(member.contract, child2(at3, "contract")) : void 0;
    const when = "when" in member ? resolveCondition(member.when, child2(at3, "when"), report) : void 0;
    return [
      {
        name,
        site: at3,
        use,
        ...when === void 0 ? {} : { when },
        steps: resolveSteps(member.steps, child2(at3, "steps"), readContract, report),
        ...contract === void 0 ? {} : { contract },
        retry: resolveRetry(member.retry, around.retry),
        onError: member["on-error"] === "drop" ? "drop" : "dead"
      }
    ];
  });
}
function resolveRoute(raw, site, targets, report) {
  if (!Array.isArray(raw)) return void 0;
  const names3 = new Set(targets.map((target3) => target3.name));
  const reached = /* @__PURE__ */ new Set();
  const arms = raw.flatMap((arm, index) => {
    if (!isJsonObject(arm)) return [];
    const at3 = child2(site, index);
    const to = Array.isArray(arm.to) ? arm.to.filter((name) => typeof name === "string") : [];
    for (const [position3, name] of to.entries()) {
      if (!names3.has(name)) {
        const place = child2(child2(at3, "to"), position3);
        report(unknownName("VRS2008", place, name, names3, { what: "target", where: "`targets`" }));
      }
      reached.add(name);
    }
    const when = "when" in arm ? resolveCondition(arm.when, child2(at3, "when"), report) : void 0;
    return [{ site: at3, to, ...when === void 0 ? {} : { when } }];
  });
  reportDeadArms(arms, report);
  for (const target3 of targets) if (!reached.has(target3.name)) reportUnreached(target3, report);
  return arms;
}
function reportDeadArms(arms, report) {
  const open2 = arms.findIndex((arm2) => arm2.when === void 0);
  if (open2 === -1 || open2 === arms.length - 1) return;
  const arm = arms[open2];
  if (arm === void 0) return;
  report(
    findingAt("VRS2018", arm.site, {
      message: "This arm has no `when`, so the arms below it are never reached.",
      help: "Move it to the end, or give it a `when`."
    })
  );
}
function reportUnreached(target3, report) {
  report(
    findingAt(
      "VRS2017",
      target3.site,
      {
        message: `No route arm names target \`${target3.name}\`, so it would never get a message.`,
        help: "Name it in an arm's `to`, or remove it."
      },
      "key"
    )
  );
}
function resolveRetry(own2, inherited2) {
  const merged2 = { ...object2(inherited2), ...object2(own2) };
  const attempts = merged2.attempts;
  return {
    for: duration(merged2.for) ?? retryDefaults.for,
    initial: duration(merged2.initial) ?? retryDefaults.initial,
    max: duration(merged2.max) ?? retryDefaults.max,
    multiplier: typeof merged2.multiplier === "number" ? merged2.multiplier : retryDefaults.multiplier,
    ...typeof attempts === "number" ? { attempts } : {}
  };
}
function duration(raw) {
  return typeof raw === "string" ? parseDuration(raw) : void 0;
}
function object2(raw) {
  return isJsonObject(raw) ? raw : {};
}
function texts(raw) {
  return Object.fromEntries(Object.entries(raw).map(([key2, value]) => [key2, String(value)]));
}

// compiler/3-resolve/settings.ts
init_json();
var empty = { type: "object", properties: {}, required: [], additionalProperties: false };
function resolveSettings(root2, report) {
  const raw = isJsonObject(root2.value) ? root2.value.settings : void 0;
  if (raw === void 0) return empty;
  const read2 = readShort(raw);
  if (!("problems" in read2)) return read2.schema;
  for (const problem of read2.problems)
    report(findingAt("VRS2004", { spec: root2, path: ["settings", ...problem.path] }, problem));
  return empty;
}
function resolveContexts(root2, schema, report) {
  const raw = isJsonObject(root2.value) ? root2.value : {};
  const defaults2 = isJsonObject(raw.defaults) ? object3(raw.defaults.settings) : {};
  const declared2 = object3(raw.contexts);
  const contexts = Object.keys(declared2).length === 0 ? { dev: {} } : declared2;
  return Object.entries(contexts).map(([name, member]) => {
    const context = object3(member);
    const site = { spec: root2, path: ["contexts", name] };
    const settings = { ...defaults2, ...object3(context.settings) };
    reportSettings(name, settings, schema, site, report);
    return {
      name,
      settings,
      secrets: secretsProvider(context.secrets),
      ...typeof context.nats === "string" ? { nats: context.nats } : {}
    };
  });
}
function reportSettings(context, settings, schema, site, report) {
  const properties = object3(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required : [];
  for (const [key2, property2] of Object.entries(properties)) {
    const value = settings[key2];
    const place = { spec: site.spec, path: [...site.path, "settings", key2] };
    if (value === void 0) {
      if (required.includes(key2)) report(missing(key2, context, site));
    } else if (!fits2(value, object3(property2))) {
      report(
        findingAt("VRS2013", place, {
          message: `Setting \`${key2}\` must be ${describe(object3(property2))} in context \`${context}\`.`
        })
      );
    }
  }
  for (const key2 of Object.keys(settings)) {
    if (Object.hasOwn(properties, key2)) continue;
    report(
      findingAt(
        "VRS2013",
        { spec: site.spec, path: [...site.path, "settings", key2] },
        {
          message: `Setting \`${key2}\` of context \`${context}\` is not declared.`,
          help: "Declare it under `settings:` of the workspace, or remove it."
        }
      )
    );
  }
}
function missing(key2, context, site) {
  return findingAt("VRS2013", site, {
    message: `Setting \`${key2}\` has no value in context \`${context}\`.`,
    help: `Give it one under \`contexts.${context}.settings\`, or for all contexts under \`defaults.settings\`.`
  });
}
function fits2(value, schema) {
  if (Array.isArray(schema.enum)) return schema.enum.includes(value);
  const types2 = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types2.some((type) => {
    if (type === void 0) return true;
    if (type === "integer") return Number.isSafeInteger(value);
    if (type === "null") return value === null;
    if (type === "array") return Array.isArray(value);
    if (type === "object") return isJsonObject(value);
    return typeof value === type;
  });
}
function describe(schema) {
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.map(String).join(", ")}`;
  return `of type ${Array.isArray(schema.type) ? schema.type.join(" or ") : String(schema.type)}`;
}
function secretsProvider(raw) {
  return isJsonObject(raw) && typeof raw.file === "string" ? { file: raw.file } : "env";
}
function object3(raw) {
  return isJsonObject(raw) ? raw : {};
}

// compiler/3-resolve/workspace.ts
function resolveWorkspace(specs, contracts, manifests2, report) {
  reportTwins(specs, report);
  const root2 = specs.find((spec) => spec.kind === "workspace");
  if (root2 === void 0 || !isJsonObject(root2.value)) return void 0;
  const settingsSchema = resolveSettings(root2, report);
  const contexts = resolveContexts(root2, settingsSchema, report);
  const retry = isJsonObject(root2.value.defaults) ? root2.value.defaults.retry : void 0;
  const names3 = [...new Set(specs.filter((spec) => spec.kind !== "workspace").map((spec) => spec.tenant))].sort();
  const tenants = names3.map((name) => {
    const own2 = specs.filter((spec) => spec.tenant === name);
    return resolveTenant(name, own2, { manifests: manifests2, contracts, settingsSchema, retry }, report);
  });
  const integrations = tenants.flatMap((tenant) => tenant.integrations);
  reportSharedAddresses(integrations, report);
  return { name: root2.name, contexts, tenants };
}
function resolveTenant(name, specs, shared, report) {
  const declared2 = specs.find((spec) => spec.kind === "tenant");
  const secrets2 = declaredSecrets(declared2);
  const connections = resolveConnections(specs, shared.manifests, secrets2, report);
  const around = { ...shared, secrets: secrets2, connections };
  const integrations = specs.filter((spec) => spec.kind === "integration").map((spec) => resolveIntegration(spec, around, report)).filter((integration) => integration !== void 0).sort((a, b) => a.name < b.name ? -1 : 1);
  const storage = storageQuota(declared2);
  return { name, integrations, ...storage === void 0 ? {} : { storage } };
}
function declaredSecrets(spec) {
  const raw = isJsonObject(spec?.value) ? spec.value.secrets : void 0;
  return new Set(Array.isArray(raw) ? raw.filter((name) => typeof name === "string") : []);
}
function storageQuota(spec) {
  const quotas = isJsonObject(spec?.value) ? spec.value.quotas : void 0;
  const raw = isJsonObject(quotas) ? quotas.storage : void 0;
  return typeof raw === "string" ? parseSize(raw) : void 0;
}
function resolveConnections(specs, manifests2, secrets2, report) {
  const connections = /* @__PURE__ */ new Map();
  for (const spec of specs.filter((candidate) => candidate.kind === "connections")) {
    const raw = isJsonObject(spec.value) ? spec.value.connections : void 0;
    if (!isJsonObject(raw)) continue;
    for (const [name, member] of Object.entries(raw)) {
      const site = { spec, path: ["connections", name] };
      const connection = resolveConnection(name, member, site, manifests2, secrets2, report);
      const twin = connections.get(name);
      if (twin !== void 0) report(twinFinding("connection", name, site, twin.site));
      else if (connection !== void 0) connections.set(name, connection);
    }
  }
  return connections;
}
function resolveConnection(name, raw, site, manifests2, secrets2, report) {
  if (!isJsonObject(raw)) return void 0;
  for (const manifest of manifests2) {
    const schema = manifest.connection;
    const settings = raw[manifest.name];
    if (schema === void 0 || !isJsonObject(settings)) continue;
    const at3 = child2(site, manifest.name);
    return { name, connector: manifest.name, settings: readSettings(schema, settings, at3, secrets2, report), site };
  }
  return void 0;
}
function reportTwins(specs, report) {
  const seen = /* @__PURE__ */ new Map();
  for (const spec of specs) {
    if (spec.kind === "connections" || spec.kind === "tests") continue;
    const owner2 = spec.kind === "workspace" ? "workspace" : `${spec.tenant}/${spec.kind}/${spec.kind === "tenant" ? "" : spec.name}`;
    const twin = seen.get(owner2);
    if (twin === void 0) seen.set(owner2, spec);
    else report(twinFinding(spec.kind, spec.name, { spec, path: [spec.kind] }, { spec: twin, path: [twin.kind] }));
  }
}
function twinFinding(what, name, site, first2) {
  return findingAt("VRS2011", site, {
    message: `There is already ${what === "integration" ? "an" : "a"} ${what} \`${name}\` here.`,
    help: "Rename one of them.",
    labels: [{ file: first2.spec.file, range: first2.spec.locate(first2.path), message: "the first one" }]
  });
}

// compiler/contract/js-text.ts
function jsText(value) {
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

// compiler/contract/types.ts
function typeName(key2) {
  const name = key2.replace(/^[a-z]|-[a-z]|@|[^a-z0-9]/g, (part) => {
    if (/[a-z]$/.test(part)) return part.slice(-1).toUpperCase();
    if (part === "@") return "_";
    if (part === ".") return "$_";
    return `$${part.codePointAt(0)?.toString(16) ?? ""}$`;
  });
  return /^\d/.test(name) ? `$${name}` : name;
}
function typeText(schema, options) {
  const { root: root2, refs } = readSchema(schema, () => ({}));
  const nameOf = (key2) => {
    if (key2 === "#") return options.name;
    if (key2.startsWith("contract:")) return typeName(key2.slice("contract:".length));
    const [group, ...name] = key2.slice("#/".length).split("/");
    return `${options.name}${group === "$defs" ? "$" : "$$"}${typeName(name.join("/"))}`;
  };
  const own2 = [...refs].filter(([key2]) => key2.startsWith("#/"));
  const declarations = [...own2, ["#", root2]].map(
    ([key2, shape]) => `export type ${nameOf(key2)} = ${printShape(shape, nameOf)};`
  );
  return declarations.join("\n");
}
function printShape(shape, nameOf) {
  switch (shape.kind) {
    case "any":
      return "$Json";
    case "ref":
      return nameOf(shape.to);
    case "literals":
      return shape.values.map(printLiteral).join(" | ");
    case "union":
      return [...new Set(shape.members.map((member) => printShape(member, nameOf)))].join(" | ");
    case "array":
      return printArray(shape, nameOf);
    case "object":
      return printObject(shape, nameOf);
    case "null":
    case "boolean":
    case "number":
    case "string":
      return shape.kind;
  }
}
var printLiteral = (value) => jsText(value);
function printArray(shape, nameOf) {
  const rest = shape.rest === void 0 ? void 0 : printShape(shape.rest, nameOf);
  if (shape.prefix.length === 0) return `readonly (${rest ?? "never"})[]`;
  const certain = shape.minItems ?? 0;
  const items = shape.prefix.map((item, index) => `(${printShape(item, nameOf)})${index < certain ? "" : "?"}`);
  return `readonly [${[...items, ...rest === void 0 ? [] : [`...(${rest})[]`]].join(", ")}]`;
}
function printObject(shape, nameOf) {
  if (shape.others === "kept") return "{ readonly [key: string]: $Json }";
  if (typeof shape.others === "object") return `{ readonly [key: string]: ${printShape(shape.others, nameOf)} }`;
  if (shape.properties.length === 0) return "{ readonly $empty?: never }";
  return `{ ${shape.properties.map((property2) => printProperty(property2, nameOf)).join("; ")} }`;
}
function printProperty({ name, required, shape }, nameOf) {
  const type = printShape(shape, nameOf);
  return `readonly ${jsText(name)}${required ? `: ${type}` : `?: ${type} | undefined`}`;
}

// compiler/expression/library.ts
var needed = `interface Object {}
interface Function {}
interface CallableFunction {}
interface NewableFunction {}
interface IArguments {}
interface RegExp {}
interface Boolean {}
interface Array<T> extends ReadonlyArray<T> {}
type NonNullable<T> = T & {};
type Exclude<T, U> = T extends U ? never : T;`;
var iteration = `interface SymbolConstructor { readonly iterator: unique symbol }
declare const Symbol: SymbolConstructor;
interface IteratorYieldResult<T> { readonly done?: false; readonly value: T }
interface IteratorReturnResult<T> { readonly done: true; readonly value: T }
type IteratorResult<T, R = undefined> = IteratorYieldResult<T> | IteratorReturnResult<R>;
interface Iterator<T, R = undefined, N = unknown> { next(...input: [] | [N]): IteratorResult<T, R> }
interface Iterable<T, R = undefined, N = unknown> { [Symbol.iterator](): Iterator<T, R, N> }
interface IterableIterator<T, R = undefined, N = unknown> extends Iterator<T, R, N> {
  [Symbol.iterator](): IterableIterator<T, R, N>;
}`;
function libraryDts() {
  return `// The functions and methods of expressions. Written by the VRSky compiler.
${needed}
${iteration}
${block("interface String", stringMethods, "readonly length: number;", "readonly [index: number]: string;")}
${block("interface Number", numberMethods)}
${block(
    "interface ReadonlyArray<T>",
    listMethods,
    "readonly length: number;",
    "readonly [index: number]: T;",
    "[Symbol.iterator](): IterableIterator<T>;"
  )}
${Object.entries(functions).map(declared).join("\n")}
`;
}
function declared([name, entry3]) {
  return [doc(entry3), ...entry3.signatures.map((signature) => `declare function ${name}${signature};`)].join("\n");
}
function block(head, methods3, ...more) {
  const lines = Object.entries(methods3).flatMap(([name, entry3]) => [
    doc(entry3),
    ...entry3.signatures.map((signature) => `${name}${signature};`)
  ]);
  return `${head} {
${[...more, ...lines].map((line) => `  ${line}`).join("\n")}
}`;
}
var doc = (entry3) => `/** ${entry3.doc} \`${entry3.example}\` */`;

// compiler/4-check/bounds.ts
function checkBounds(integration, report) {
  for (const target3 of integration.targets) {
    for (const setting of target3.use.settings) if (setting.bound === "url") checkUrl(setting.value, report);
  }
}
var hostEnded = /^https?:\/\/[^/?#\s]+[/?#]/i;
function checkUrl(value, report) {
  if (value.kind === "expression" && readsData(value.expression)) report(tooFree(value));
  if (value.kind !== "text") return;
  let before = "";
  for (const part of value.parts) {
    if (typeof part === "string") before += part;
    else if (!readsData(part)) before += before === "" ? "https://operator" : "x";
    else if (hostEnded.test(before)) before += "x";
    else {
      report(tooFree(value));
      return;
    }
  }
}
function tooFree(value) {
  return findingAt("VRS3010", value.site, {
    message: "Message data may not choose the host of a URL.",
    help: "Start with a literal host, or one from `settings`: `https://api.example.com/items/${ body.id }`."
  });
}

// compiler/4-check/findings.ts
function toDiagnostic3(found, spans, names3, root2) {
  const span = spans.find((candidate) => candidate.start <= found.start && found.start < candidate.end);
  if (span === void 0) return unmapped(found, root2);
  const told = tell(found, span.role, (text4) => plain4(text4, names3));
  return finding(told.code, span.origin.site, rangeOf(found, span, spans), told);
}
function rangeOf(found, span, spans) {
  const { origin } = span;
  if (origin.kind !== "expression") return origin.site.spec.locate(origin.site.path, origin.kind);
  const start3 = offsetIn(span, found.start);
  const last = spans.find(
    (candidate) => candidate.origin.kind === "expression" && candidate.origin.site === origin.site && candidate.start < found.end && found.end <= candidate.end
  );
  const end = last === void 0 ? offsetIn(span, Math.min(found.end, span.end)) : offsetIn(last, found.end);
  return textRange(origin.site, start3, Math.max(end - start3, 0));
}
function offsetIn({ origin, start: start3, inserted }, position3) {
  if (origin.kind !== "expression") return 0;
  return inserted === true ? origin.offset : origin.offset + position3 - start3;
}
var property = /^Property '(.+?)' does not exist on type '(.+)'\.(?: Did you mean '(.+)'\?)?/s;
var assign = /^(?:Argument of type|Type) '(.+)' (?:is not assignable to (?:parameter of )?type|does not satisfy the (?:expected type|constraint)) '(.+)'\.$/s;
var absent3 = /\b(?:undefined|null)\b/;
function tell(found, role, words2) {
  const first2 = found.lines[0] ?? "";
  const last = found.lines.at(-1) ?? first2;
  const unknown4 = property.exec(first2);
  if (unknown4 !== null) return unknownProperty(unknown4, words2);
  if (possiblyMissing.has(found.code))
    return missingValue(words2(/^'(.+?)' is possibly/s.exec(first2)?.[1] ?? "The value"));
  if (role === "closed") return undeclared(last, words2);
  if (missingKeys.has(found.code) || missingKey.test(last)) return { code: "VRS4006", message: words2(last) };
  if (excessKeys.has(found.code)) return { code: "VRS4005", message: words2(last) };
  const pair = assign.exec(last) ?? assign.exec(first2);
  if (pair !== null) return mismatch(pair[1] ?? "", pair[2] ?? "", first2, role, words2);
  if (found.code === 18046 || found.code === 2571) return opaque();
  return { code: "VRS4001", message: words2(first2 === last ? first2 : `${first2} ${last}`) };
}
var possiblyMissing = /* @__PURE__ */ new Set([2531, 2532, 2533, 18047, 18048, 18049, 2721, 2722, 2723]);
var missingKeys = /* @__PURE__ */ new Set([2739, 2740, 2741]);
var missingKey = /^(?:Property '.+' is missing in type|Type '.+' is missing the following properties)/s;
var excessKeys = /* @__PURE__ */ new Set([2353, 2561]);
function unknownProperty(match, words2) {
  const [, name = "", type = "", guess] = match;
  if (type.includes("$Any")) return opaque();
  if (type === "never") {
    return {
      code: "VRS4002",
      message: `No message can reach this place, so there is no \`${name}\`.`,
      help: "A filter or an earlier route arm already excludes every case."
    };
  }
  return {
    code: "VRS4002",
    message: `There is no \`${name}\` on ${words2(`'${type}'`)}.`,
    ...guess === void 0 ? {} : { help: `Did you mean \`${guess}\`?` }
  };
}
function missingValue(what) {
  return {
    code: "VRS4003",
    message: `\`${what}\` may be missing.`,
    help: 'Handle it: `?.`, `?? "a default"`, or a filter with `exists(\u2026)`.'
  };
}
function opaque() {
  return {
    code: "VRS4007",
    message: "The contract is `any`, so nothing is known about the body here.",
    help: "Give the source a contract."
  };
}
function undeclared(line, words2) {
  const keys = [...(assign.exec(line)?.[1] ?? line).matchAll(/"([^"]+)"/g)].map((match) => `\`${match[1] ?? ""}\``);
  return {
    code: "VRS4005",
    message: `The contract does not declare ${words2(keys.join(", "))}.`,
    help: "Leave it out, or declare it."
  };
}
function mismatch(from, to, first2, role, words2) {
  const outer = assign.exec(first2);
  const whole2 = outer?.[1] ?? from;
  if (from.includes("$Secret")) {
    return { code: "VRS3008", message: "A secret may stand in connections and connector settings only." };
  }
  if (absent3.test(whole2) && !absent3.test(outer?.[2] ?? to)) {
    return {
      code: "VRS4003",
      message: `The value may be missing: it is ${words2(`'${whole2}'`)}.`,
      help: 'Handle it: `?? "a default"`, `?.`, or a filter with `exists(\u2026)`.'
    };
  }
  if (role === "condition") {
    return {
      code: "VRS4004",
      message: `A condition must be boolean, this is ${words2(`'${whole2}'`)}.`,
      help: "Write the comparison out: `x === \u2026`, `x > 0`, `exists(x)`."
    };
  }
  if (role === "text" || role === "setting") {
    return { code: "VRS4001", message: `Text takes a string, number or boolean, this is ${words2(`'${from}'`)}.` };
  }
  if (to === "$Json" || to.includes("$Json"))
    return { code: "VRS4008", message: `This cannot be sent: ${words2(`'${from}'`)} is not JSON.` };
  return { code: "VRS4001", message: `This is ${words2(`'${from}'`)}, ${words2(`'${to}'`)} is wanted.` };
}
function plain4(text4, names3) {
  return text4.replaceAll(/\b[A-Za-z_][A-Za-z0-9_]*\b/g, (word) => names3.get(word) ?? word).replaceAll("readonly ", "").replaceAll("$Json", "JSON").replaceAll("$Any", "any").replaceAll("$Secret", "secret").replaceAll(/\$[A-Z][A-Za-z]*<([^<>]*)>/g, "$1").replaceAll(/'((?:[^'\\]|\\.)*)'/g, "`$1`");
}
function unmapped(found, root2) {
  return finding("VRS9001", root2, root2.spec.locate([]), {
    message: `The type checker said: ${found.lines.join(" ")} (TS${found.code} in ${found.module} at ${found.start})`,
    help: "Please report it with the spec."
  });
}

// compiler/4-check/keys.ts
init_json();
function checkKeys(value, contract, refs, report) {
  check2(value, contract.schema, { root: contract.schema, name: contract.name, refs, report });
}
function check2(value, schema, checking) {
  const solid = resolve7(schema, checking);
  if (solid === void 0) return;
  if (value.kind === "list") {
    const items = solid.items;
    if (isJsonObject(items)) for (const item of value.items) check2(item, items, checking);
  }
  if (value.kind !== "map" || !isJsonObject(solid.properties)) return;
  checkMap(value, solid, solid.properties, checking);
}
function checkMap(value, schema, properties, checking) {
  const declared2 = Object.keys(properties);
  const given2 = new Set(value.entries.map((entry3) => entry3.key));
  for (const entry3 of value.entries) {
    const property2 = properties[entry3.key];
    if (isJsonObject(property2)) check2(entry3.value, property2, checking);
    else if (!Object.hasOwn(properties, entry3.key) && schema.additionalProperties === false) {
      const guess = nearest(entry3.key, declared2);
      checking.report(
        findingAt(
          "VRS4005",
          entry3.value.site,
          {
            message: `\`${checking.name}\` does not declare \`${entry3.key}\`.`,
            help: guess === void 0 ? `Declared are ${declared2.join(", ")}.` : `Did you mean \`${guess}\`?`
          },
          "key"
        )
      );
    }
  }
  if (value.spread !== void 0) return;
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const missing2 = required.filter((key2) => !given2.has(key2));
  if (missing2.length === 0) return;
  checking.report(
    findingAt(
      "VRS4006",
      value.site,
      {
        message: `${missing2.map((key2) => `\`${key2}\``).join(", ")} ${missing2.length === 1 ? "is" : "are"} missing: \`${checking.name}\` requires ${missing2.length === 1 ? "it" : "them"}.`
      },
      "key"
    )
  );
}
function resolve7(schema, checking) {
  let current = schema;
  for (let hops = 0; hops < 32; hops++) {
    const ref = current.$ref;
    if (typeof ref !== "string")
      return "oneOf" in current || "anyOf" in current || "allOf" in current ? void 0 : current;
    const next = ref.startsWith("contract:") ? checking.refs.get(ref.slice("contract:".length)) : local(ref, checking.root);
    if (next === void 0) return void 0;
    current = next;
  }
  return void 0;
}
function local(ref, root2) {
  const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(ref)?.[1];
  const defs = root2.$defs ?? root2.definitions;
  const found = name !== void 0 && isJsonObject(defs) ? defs[name] : void 0;
  return isJsonObject(found) ? found : void 0;
}

// compiler/4-check/prelude.ts
var prelude = `
/** Text of a secret: may stand in connections and connector settings only. */
interface $Secret { readonly $secret: never }
/** A body whose contract is \`any\`: it can be passed on, not looked into. */
interface $Any { readonly $any: never }
type $Primitive = string | number | boolean | null | undefined;
/** What a message may hold. */
type $Json = $Primitive | $Any | readonly $Json[] | { readonly [key: string]: $Json };
/** A setting's value, with secrets allowed wherever text is. */
type $Setting<T> = T extends string ? T | $Secret : T extends $Primitive ? T : { readonly [K in keyof T]: $Setting<T[K]> };
type $Keys<C> = C extends unknown ? keyof C : never;
type $At<C, K> = C extends unknown ? (K extends keyof C ? C[K] : never) : never;
/** The keys of T that contract C does not declare, at any depth. */
type $Excess<T, C> = T extends $Primitive ? never
  : C extends $Any ? never
  : T extends readonly (infer E)[] ? (C extends readonly (infer D)[] ? $Excess<E, D> : never)
  : { [K in keyof T]-?: K extends $Keys<C> ? $Excess<T[K], $Solid<$At<C, K>>> : K }[keyof T];
type $Solid<T> = T extends $Primitive ? never : T;
declare function $closed<E extends never>(): void;
declare function $boolean(condition: boolean): void;
declare function $text(...parts: readonly (string | number | boolean)[]): string;
declare function $settingText(...parts: readonly (string | number | boolean | $Secret)[]): string;
declare function $part<T extends string | number | boolean>(part: T): T;
declare function $settingPart<T extends string | number | boolean | $Secret>(part: T): T;
declare function $fields<T extends $Record>(value: T): T;
type $Record = { readonly [key: string]: $Json };
type $Headers = { readonly [name: string]: string | undefined };
type $Meta = { readonly id: string; readonly source: string; readonly receivedAt: string };
`;

// compiler/4-check/print-value.ts
function printValue(value, writer, role) {
  switch (value.kind) {
    case "constant":
      writer.mapped("value", value.site, role, () => writer.add(literal(value.value)));
      return;
    case "expression":
      writer.expression(value.expression, value.site, role);
      return;
    case "text":
      printText(value.parts, value.site, writer, role);
      return;
    case "list":
      writer.mapped("value", value.site, role, () => {
        writer.add("[");
        for (const item of value.items) {
          printValue(item, writer, role);
          writer.add(", ");
        }
        writer.add("]");
      });
      return;
    case "map":
      writer.mapped("value", value.site, role, () => {
        writer.add("{ ");
        if (value.spread !== void 0) {
          writer.add("...$fields(");
          printValue(value.spread, writer, role);
          writer.add("), ");
        }
        for (const entry3 of value.entries) {
          writer.mapped("value", entry3.value.site, role, () => writer.add(JSON.stringify(entry3.key)));
          writer.add(": ");
          printValue(entry3.value, writer, role);
          writer.add(", ");
        }
        writer.add("}");
      });
  }
}
function printText(parts, site, writer, role) {
  const inner = role === "setting" ? "setting" : "text";
  writer.mapped("value", site, inner, () => {
    writer.add(role === "setting" ? "$settingText(" : "$text(");
    for (const part of parts) {
      if (typeof part === "string") continue;
      writer.expression(part, site, inner);
      writer.add(", ");
    }
    writer.add(")");
  });
}
function literal(value) {
  return typeof value === "string" ? JSON.stringify(value).replaceAll(/[\u2028\u2029]/g, escapeUnit) : String(value);
}
function escapeUnit(unit) {
  return `\\u${unit.charCodeAt(0).toString(16)}`;
}

// compiler/expression/print-ts.ts
function printTs(expression) {
  const { source: source3, comments } = expression;
  let text4 = "";
  let at3 = 0;
  for (const { start: start3, end } of comments) {
    if (start3 < at3) continue;
    text4 += source3.slice(at3, start3) + source3.slice(start3, end).replaceAll(/[^\n\r\u2028\u2029]/g, " ");
    at3 = end;
  }
  return text4 + source3.slice(at3);
}
function textParts(expression) {
  const found = [];
  const visit3 = (node) => {
    for (const part of partsOf(node)) if (!isPart(part)) found.push({ start: part.start, end: part.end });
    for (const child3 of childrenOf(node)) visit3(child3);
  };
  visit3(expression.node);
  return found.sort((a, b) => a.start - b.start || b.end - a.end);
}
function partsOf(node) {
  if (node.type === "TemplateLiteral") return node.expressions;
  return node.type === "BinaryExpression" && node.operator === "+" ? [node.left, node.right] : [];
}
function isPart(node) {
  switch (node.type) {
    case "ParenthesizedExpression":
      return isPart(node.expression);
    case "Literal":
      return node.value !== null;
    case "TemplateLiteral":
    case "BinaryExpression":
    case "UnaryExpression":
      return true;
    default:
      return false;
  }
}

// compiler/4-check/writer.ts
function createWriter() {
  const chunks = [];
  const spans = [];
  let length = 0;
  const add = (text4) => {
    chunks.push(text4);
    length += text4.length;
  };
  return {
    add,
    expression: (expression, site, role) => {
      const text4 = printTs(expression);
      let at3 = 0;
      const origin = () => ({ kind: "expression", site, offset: expression.offset + at3 });
      const insert = (own2) => {
        spans.push({ start: length, end: length + own2.length, role, origin: origin(), inserted: true });
        add(own2);
      };
      const copy = (to) => {
        spans.push({ start: length, end: length + to - at3, role, origin: origin() });
        add(text4.slice(at3, to));
        at3 = to;
      };
      add("(");
      for (const mark of marks(expression)) {
        copy(mark.at);
        insert(mark.opens ? role === "setting" ? "$settingPart(" : "$part(" : ")");
      }
      copy(text4.length);
      add(")");
    },
    mapped: (kind, site, role, write) => {
      const start3 = length;
      write();
      spans.push({ start: start3, end: length, role, origin: { kind, site } });
    },
    text: () => chunks.join(""),
    spans: () => spans
  };
}
function marks(expression) {
  const parts = textParts(expression);
  const ends = parts.map(({ end }) => ({ at: end, opens: false }));
  const starts = parts.map(({ start: start3 }) => ({ at: start3, opens: true }));
  return [...ends, ...starts].sort((a, b) => a.at - b.at);
}

// compiler/4-check/print-worker.ts
function printWorker(integration, contracts) {
  const writer = createWriter();
  const counters = /* @__PURE__ */ new Map();
  const next = (prefix2) => {
    const number2 = (counters.get(prefix2) ?? 0) + 1;
    counters.set(prefix2, number2);
    return `$${prefix2}${number2}`;
  };
  const printing = { writer, next };
  writer.add(`// Integration ${integration.tenant}/${integration.name} as the type checker reads it.

`);
  printTypes(integration, contracts, writer);
  printSource(integration.source, printing);
  for (const target3 of integration.targets) printFixed(target3, printing);
  printWalk(integration, printing);
  return writer;
}
function printTypes(integration, contracts, writer) {
  const declared2 = /* @__PURE__ */ new Map();
  for (const contract of integration.contracts.values()) {
    for (const [name, schema] of referredContracts(contract.schema, contracts)) declared2.set(name, schema);
    declared2.set(contract.key, contract.schema);
  }
  const { source: source3 } = integration;
  if (source3.contract !== void 0) declared2.set(source3.contract.key, source3.contract.schema);
  for (const [name, schema] of [...declared2].sort(([a], [b]) => a < b ? -1 : 1)) {
    writer.add(`${typeText(schema, { name: typeName(name) })}
`);
  }
  writer.add(`${typeText(integration.settingsSchema, { name: "Settings" })}
`);
  const secrets2 = [...integration.secrets].sort().map((name) => `readonly ${JSON.stringify(name)}: $Secret`);
  writer.add(`export type Secrets = { ${secrets2.join("; ")} };
`);
  const meta = source3.use.manifest.source?.meta;
  if (meta !== void 0) writer.add(`${typeText(meta, { name: "SourceMeta" })}
`);
  const body = source3.contract === void 0 ? "$Any" : typeName(source3.contract.key);
  writer.add(`export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Scope = Env & { readonly body: ${body}; readonly headers: $Headers; readonly meta: $Meta${meta === void 0 ? "" : " & SourceMeta"} };

`);
}
function printSource(source3, printing) {
  const { writer } = printing;
  printEnvFunction(`source_${identifier(source3.name)}`, source3.use.settings, source3.use.connection?.settings, printing);
  if (source3.messageId === void 0) return;
  writer.add("export function messageId({ body, headers, meta, settings }: Scope) {\n  return ");
  printSatisfying(source3.messageId, "string | number | null | undefined", "value", writer);
  writer.add(";\n}\n\n");
}
function printFixed(target3, printing) {
  const fixed = target3.use.settings.filter((setting) => setting.bound === void 0);
  printEnvFunction(`target_${identifier(target3.name)}`, fixed, target3.use.connection?.settings, printing);
}
function printEnvFunction(name, own2, connection, printing) {
  const settings = [...own2, ...connection ?? []].filter((setting) => expressionsIn(setting.value).length > 0);
  if (settings.length === 0) return;
  printing.writer.add(`export function ${name}({ settings, secrets }: Env) {
`);
  for (const setting of settings) printSetting(setting, printing);
  printing.writer.add("}\n\n");
}
function printWalk(integration, printing) {
  const { writer } = printing;
  const names3 = integration.targets.map((target3) => JSON.stringify(target3.name));
  writer.add(`export function walk(scope: Scope, target: ${names3.join(" | ") || "never"}) {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
`);
  const depth = printSteps([...integration.source.steps, ...integration.steps], printing);
  if (integration.route === void 0) for (const target3 of integration.targets) printTarget(target3, printing);
  else printRoute(integration, printing);
  writer.add(`${"}".repeat(depth)}
}
`);
}
function printSteps(steps, printing) {
  let depth = 0;
  for (const step2 of steps) {
    if (step2.kind === "filter") printGuard(step2.condition, printing);
    else {
      printMap(step2, printing);
      depth += 1;
    }
  }
  return depth;
}
function printGuard(condition2, printing) {
  const name = printCondition(condition2, printing);
  printing.writer.add(`if (!${name}) return;
`);
}
function printCondition(condition2, { writer, next }) {
  const name = next("if");
  writer.add(`const ${name} = `);
  printValue(condition2, writer, "value");
  writer.add("; $boolean(");
  writer.mapped("value", condition2.site, "condition", () => writer.add(name));
  writer.add(");\n");
  return name;
}
function printMap(step2, printing) {
  const { writer, next } = printing;
  const when = step2.when === void 0 ? void 0 : printCondition(step2.when, printing);
  const name = next("map");
  writer.add(`const ${name} = `);
  printContracted(step2.value, step2.contract, writer);
  writer.add(";\n");
  if (step2.contract !== void 0) printClosed(name, step2.contract, step2.value, writer);
  if (step2.as === void 0) {
    const body = next("body");
    writer.add(`const ${body} = ${when === void 0 ? name : `${when} ? ${name} : body`};
{ const body = ${body};
`);
    return;
  }
  const vars = next("vars");
  const value = when === void 0 ? name : `${when} ? ${name} : undefined`;
  writer.add(`const ${vars} = { ...vars, ${JSON.stringify(step2.as)}: ${value} } as const;
{ const vars = ${vars};
`);
}
function printContracted(value, contract, writer) {
  printSatisfying(value, contract === void 0 ? "$Json" : typeName(contract.key), "payload", writer);
}
function printSatisfying(value, type, role, writer) {
  writer.mapped("value", value.site, role, () => {
    printValue(value, writer, role);
    writer.add(value.kind === "map" || value.kind === "list" ? ` as const satisfies ${type}` : ` satisfies ${type}`);
  });
}
function printClosed(name, contract, value, writer) {
  writer.add("$closed<");
  writer.mapped("value", value.site, "closed", () => writer.add(`$Excess<typeof ${name}, ${typeName(contract.key)}>`));
  writer.add(">();\n");
}
function printRoute(integration, printing) {
  const { writer } = printing;
  for (const arm of integration.route ?? []) {
    if (arm.when === void 0) writer.add("{\n");
    else writer.add(`if (${printCondition(arm.when, printing)}) {
`);
    for (const target3 of integration.targets) if (arm.to.includes(target3.name)) printTarget(target3, printing);
    writer.add("return;\n}\n");
  }
}
function printTarget(target3, printing) {
  const { writer } = printing;
  writer.add(`if (target === ${JSON.stringify(target3.name)}) {
`);
  if (target3.when !== void 0) printGuard(target3.when, printing);
  const depth = printSteps(target3.steps, printing);
  const payload = target3.use.manifest.target?.payload;
  for (const setting of target3.use.settings) if (setting.bound !== void 0) printSetting(setting, printing, target3);
  if (payload === "body") printBody(target3, writer);
  writer.add(`return;
${"}".repeat(depth + 1)}
`);
}
function printBody(target3, writer) {
  const type = target3.contract === void 0 ? "$Json" : typeName(target3.contract.key);
  const site = target3.contract?.site ?? target3.site;
  writer.mapped("value", site, "payload", () => writer.add(`body satisfies ${type};
`));
  if (target3.contract === void 0) return;
  writer.add("$closed<");
  writer.mapped("value", site, "closed", () => writer.add(`$Excess<typeof body, ${type}>`));
  writer.add(">();\n");
}
function printSetting(setting, { writer, next }, target3) {
  const name = next("setting");
  if (setting.bound === "payload") {
    writer.add(`const ${name} = `);
    printContracted(setting.value, target3?.contract, writer);
    writer.add(";\n");
    if (target3?.contract !== void 0) printClosed(name, target3.contract, setting.value, writer);
    return;
  }
  if (expressionsIn(setting.value).length === 0) return;
  const type = next("Setting");
  writer.add(
    `${typeText(withoutOwnKeywords(setting.schema), { name: type }).replace(/^export /, "")}
const ${name} = `
  );
  printSatisfying(setting.value, `$Setting<${type}>`, "setting", writer);
  writer.add(";\n");
}
function withoutOwnKeywords(schema) {
  return JSON.parse(
    canonical(schema),
    (key2, value) => key2.startsWith("x-vrsky-") ? void 0 : value
  );
}
function identifier(name) {
  return name.replaceAll("-", "_");
}

// compiler/4-check/check.ts
var typedLibrary = () => `${libraryDts()}
${prelude}`;
function check3(integrations, contracts, checker, report) {
  const modules = /* @__PURE__ */ new Map();
  for (const integration of integrations) {
    checkBounds(integration, report);
    checkAllKeys(integration, contracts, report);
    modules.set(moduleName(integration), { integration, writer: printWorker(integration, contracts) });
  }
  const texts2 = new Map([...modules].map(([name, { writer }]) => [name, writer.text()]));
  for (const found of checker.check(typedLibrary(), texts2)) {
    const module = modules.get(found.module);
    if (module === void 0 || isEcho(found)) continue;
    const { integration, writer } = module;
    report(toDiagnostic3(found, writer.spans(), authorsNames(integration, contracts), integration.site));
  }
  return [...modules].map(([name, { integration }]) => ({ integration, typed: texts2.get(name) ?? "" }));
}
function isEcho(found) {
  return found.code === 2344 && !(found.lines.at(-1) ?? "").includes('"');
}
function moduleName(integration) {
  return `${integration.tenant}/${integration.name}/worker.ts`;
}
function authorsNames(integration, contracts) {
  const names3 = /* @__PURE__ */ new Map();
  for (const contract of integration.contracts.values()) {
    names3.set(typeName(contract.key), contract.name);
    for (const name of referredContracts(contract.schema, contracts).keys()) names3.set(typeName(name), name);
  }
  return names3;
}
function checkAllKeys(integration, contracts, report) {
  const steps = [
    ...integration.source.steps,
    ...integration.steps,
    ...integration.targets.flatMap((target3) => target3.steps)
  ];
  for (const step2 of steps) checkStepKeys(step2, contracts, report);
  for (const target3 of integration.targets) {
    if (target3.contract === void 0 || target3.use.manifest.target?.payload !== "settings") continue;
    const payload = target3.use.settings.find((setting) => setting.bound === "payload");
    if (payload !== void 0) checkKeys(payload.value, target3.contract, contracts, report);
  }
}
function checkStepKeys(step2, contracts, report) {
  if (step2.kind === "map" && step2.contract !== void 0) checkKeys(step2.value, step2.contract, contracts, report);
}
function withoutEchoes(diagnostics) {
  const seen = /* @__PURE__ */ new Set();
  const keyed = new Set(diagnostics.filter(isKeyFinding).map((diagnostic) => diagnostic.file));
  return diagnostics.filter((diagnostic) => {
    const { start: start3 } = diagnostic.range;
    const place = `${diagnostic.file}:${start3.line}:${start3.column}:${diagnostic.code}:${keyed.has(diagnostic.file) ? diagnostic.message : ""}`;
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}
function isKeyFinding(diagnostic) {
  return diagnostic.code === "VRS4005" || diagnostic.code === "VRS4006";
}

// compiler/5-lower/places.ts
function createPlaces() {
  const numbers = /* @__PURE__ */ new Map();
  const list3 = [];
  return {
    number: (site) => {
      const place = toPlace(site);
      const key2 = `${place.file}
${place.line}
${place.column}
${place.path}`;
      const known = numbers.get(key2);
      if (known !== void 0) return known;
      list3.push(place);
      numbers.set(key2, list3.length - 1);
      return list3.length - 1;
    },
    list: () => list3
  };
}
function toPlace(site) {
  const { start: start3 } = site.spec.locate(site.path);
  return { file: site.spec.file, line: start3.line, column: start3.column, path: site.path.join(".") };
}

// compiler/5-lower/print-worker.ts
init_json();

// compiler/contract/writing.ts
function writeFunctions(shapes, write) {
  const names3 = /* @__PURE__ */ new Map();
  const waiting = [];
  let count = 0;
  const writing = {
    shapes,
    fresh: (prefix2) => `${prefix2}${count++}`,
    functionFor: (key2) => {
      const known = names3.get(key2);
      if (known !== void 0) return known;
      const name = `f${names3.size}`;
      names3.set(key2, name);
      waiting.push(key2);
      return name;
    }
  };
  const root2 = writing.functionFor("#");
  const functions2 = [];
  for (let key2 = waiting.shift(); key2 !== void 0; key2 = waiting.shift()) {
    functions2.push(write(shapes.refs.get(key2) ?? { kind: "any" }, writing.functionFor(key2), writing));
  }
  return { root: root2, functions: functions2 };
}
var inherited = new Set(Object.getOwnPropertyNames(Object.prototype));
function fieldOf(object4, name) {
  const read2 = `${object4}[${jsText(name)}]`;
  return inherited.has(name) ? `(own(${object4}, ${jsText(name)}) ? ${read2} : undefined)` : read2;
}
function dispatchOf(shape, shapes) {
  const leaves = alternatives(shape, shapes.refs);
  const objects = leaves.filter((leaf) => leaf.kind === "object");
  return {
    scalars: leaves.filter((leaf) => leaf.kind !== "object" && leaf.kind !== "array"),
    array: leaves.find((leaf) => leaf.kind === "array"),
    objects,
    tag: objects.length > 1 ? tagOf(objects, shapes.refs) : void 0
  };
}

// compiler/contract/projector.ts
function projectorCode(schema, refs) {
  const { root: root2, functions: functions2 } = writeFunctions(readSchema(schema, refs), (shape, name, writing) => {
    return `const ${name} = (v) => ${project2(shape, "v", writing) ?? "v"};`;
  });
  return `(() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
${functions2.join("\n")}
return ${root2};
})()`;
}
function project2(shape, value, writing) {
  switch (shape.kind) {
    case "ref":
      return `${writing.functionFor(shape.to)}(${value})`;
    case "array":
      return projectArray(shape, value, writing);
    case "object":
      return projectObject(shape, value, writing);
    case "union":
      return projectUnion(shape, value, writing);
    default:
      return void 0;
  }
}
function projectArray(shape, value, writing) {
  const item = writing.fresh("i");
  const index = writing.fresh("n");
  const prefix2 = shape.prefix.map((member) => project2(member, item, writing) ?? item);
  const rest = shape.rest === void 0 ? item : project2(shape.rest, item, writing) ?? item;
  if ([...prefix2, rest].every((text4) => text4 === item)) return void 0;
  const choices = prefix2.map((text4, position3) => `${index} === ${position3} ? ${text4} : `).join("");
  return `(isArray(${value}) ? ${value}.map((${item}, ${index}) => ${choices}${rest}) : ${value})`;
}
function projectObject(shape, value, writing) {
  if (shape.others === "kept" && shape.properties.length === 0) return void 0;
  const object4 = writing.fresh("o");
  const field = writing.fresh("t");
  const lines = shape.properties.map(({ name, shape: inner }) => {
    const projected = project2(inner, field, writing) ?? field;
    const assign2 = name === "__proto__" ? `Object.defineProperty(r, "__proto__", { value: ${projected}, enumerable: true, configurable: true, writable: true })` : `r[${jsText(name)}] = ${projected}`;
    return `${field} = ${fieldOf(object4, name)}; if (${field} !== undefined) ${assign2};`;
  });
  const others = typeof shape.others === "object" ? recordLines(shape, shape.others, object4, writing) : "";
  return `(isObject(${value}) ? ((${object4}) => { const r = {}; let ${field}; ${lines.join(" ")} ${others}return r; })(${value}) : ${value})`;
}
function recordLines(shape, inner, object4, writing) {
  const key2 = writing.fresh("k");
  const read2 = `${object4}[${key2}]`;
  const declared2 = shape.properties.map(({ name }) => `${key2} !== ${jsText(name)} && `).join("");
  return `for (const ${key2} in ${object4}) if (${declared2}own(${object4}, ${key2}) && ${key2} !== "__proto__") r[${key2}] = ${project2(inner, read2, writing) ?? read2}; `;
}
function projectUnion(shape, value, writing) {
  const { array: array2, objects, tag } = dispatchOf(shape, writing.shapes);
  const [first2] = objects;
  const list3 = array2 === void 0 ? void 0 : projectArray(array2, value, writing);
  const only = first2 === void 0 || objects.length > 1 ? void 0 : projectObject(first2, value, writing);
  if (tag !== void 0) {
    const cases2 = objects.map((object4, index) => {
      const values = (tag.values[index] ?? []).map((constant) => `${fieldOf(value, tag.name)} === ${jsText(constant)}`);
      return `(${values.join(" || ") || "false"}) ? ${projectObject(object4, value, writing) ?? value} : `;
    });
    return `(isObject(${value}) ? ${cases2.join("")}${value} : ${list3 ?? value})`;
  }
  if (only === void 0) return list3;
  return list3 === void 0 ? only : `(isArray(${value}) ? ${list3} : ${only})`;
}

// compiler/contract/formats.ts
var day = `const isDay = (y, m, d) => m >= 1 && m <= 12 && d >= 1 && d <= (m === 2 ? (y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0) ? 29 : 28) : m === 4 || m === 6 || m === 9 || m === 11 ? 30 : 31);`;
var formatHelpers = {
  date: {
    helper: "isDate",
    message: "must be a date such as 2025-01-31",
    text: `${day}
const isDate = (text) => { const m = /^(\\d{4})-(\\d\\d)-(\\d\\d)$/.exec(text); return m !== null && isDay(+m[1], +m[2], +m[3]); };`
  },
  "date-time": {
    helper: "isDateTime",
    message: "must be a date and time with zone such as 2025-01-31T12:00:00Z",
    // A leap second exists at 23:59:60 UTC alone.
    text: `const isDateTime = (text) => {
const m = /^(\\d{4}-\\d\\d-\\d\\d)T(\\d\\d):(\\d\\d):(\\d\\d)(?:\\.\\d+)?(?:Z|([+-])(\\d\\d):(\\d\\d))$/i.exec(text);
if (m === null || !isDate(m[1])) return false;
const h = +m[2], s = +m[4], oh = +(m[6] ?? 0), om = +(m[7] ?? 0);
if (h > 23 || +m[3] > 59 || s > 60 || oh > 23 || om > 59) return false;
const utc = h * 60 + +m[3] - (m[5] === "-" ? -1 : 1) * (oh * 60 + om);
return s < 60 || (utc + 2880) % 1440 === 1439;
};`
  },
  email: {
    helper: "isEmail",
    message: "must be an e-mail address",
    text: `const isEmail = (text) => text.length <= 320 && /^[a-z0-9!#$%&'*+/=?^_\`{|}~-]+(?:\\.[a-z0-9!#$%&'*+/=?^_\`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(text);`
  },
  uuid: {
    helper: "isUuid",
    message: "must be a UUID",
    text: `const isUuid = (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);`
  },
  uri: {
    helper: "isUri",
    message: "must be a URI with its scheme",
    text: `const isUri = (text) => /^[a-z][a-z0-9+.-]*:[\\w.~:/?#[\\]@!$&'()*+,;=%-]*$/i.test(text) && !/%(?![0-9a-f]{2})/i.test(text);`
  }
};

// compiler/contract/validator.ts
var maxIssues = 20;
var maxDepth5 = 256;
function validatorCode(schema, refs) {
  const constants4 = [];
  const { root: root2, functions: functions2 } = writeFunctions(readSchema(schema, refs), (shape, name, writing) => {
    const lines = check4(shape, { value: "v", path: pathOf2("p"), constants: constants4, writing });
    if (lines.length === 0) return `const ${name} = () => {};`;
    return `const ${name} = (v, p, d, out) => {
if (d > ${maxDepth5}) return say(out, p, "is nested too deep");
${lines.join("\n")}
};`;
  });
  const body = [...functions2, ...constants4].join("\n");
  const helpers2 = helperTexts.filter(({ name }) => new RegExp(`\\b${name}\\(`).test(body));
  return `(() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < ${maxIssues}) out.push({ path, message }); };
${[...helpers2.map((helper) => helper.text), body].join("\n")}
return (value) => { const out = []; ${root2}(value, "", 0, out); return out; };
})()`;
}
var pathOf2 = (head) => ({ head, tail: "" });
var printPath = ({ head, tail }) => tail === "" ? head : `${head} + ${jsText(tail)}`;
var below2 = ({ head, tail }, name) => ({
  head,
  tail: `${tail}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`
});
var belowVariable = (path, variable) => pathOf2(`${printPath({ ...path, tail: `${path.tail}/` })} + ${variable}`);
var say = (at3, message) => `say(out, ${printPath(at3.path)}, ${jsText(message)});`;
function check4(shape, at3) {
  switch (shape.kind) {
    case "any":
      return [];
    case "ref":
      return [`${at3.writing.functionFor(shape.to)}(${at3.value}, ${printPath(at3.path)}, d + 1, out);`];
    case "union":
      return checkUnion(shape, at3);
    default: {
      const inner = checkInner(shape, at3);
      const wrong2 = `if (!(${test(shape, at3)})) ${say(at3, `must be ${describe2(shape)}`)}`;
      return inner.length === 0 ? [wrong2] : [wrong2, "else {", ...inner, "}"];
    }
  }
}
function test(shape, { value, constants: constants4, writing }) {
  switch (shape.kind) {
    case "any":
      return "true";
    case "null":
      return `${value} === null`;
    case "boolean":
    case "string":
      return `typeof ${value} === "${shape.kind}"`;
    case "number":
      return `Number.${shape.integer ? "isSafeInteger" : "isFinite"}(${value})`;
    case "array":
      return `isArray(${value})`;
    case "object":
      return `typeof ${value} === "object" && ${value} !== null && !isArray(${value})`;
    case "literals": {
      if (shape.values.length <= 8) return shape.values.map((each) => `${value} === ${jsText(each)}`).join(" || ");
      const name = writing.fresh("set");
      constants4.push(`const ${name} = new Set([${shape.values.map(jsText).join(", ")}]);`);
      return `${name}.has(${value})`;
    }
  }
}
function describe2(shape) {
  switch (shape.kind) {
    case "any":
      return "any value";
    case "null":
      return "null";
    case "boolean":
      return "true or false";
    case "string":
      return "a string";
    case "number":
      return shape.integer ? "an integer" : "a number";
    case "array":
      return "a list";
    case "object":
      return "an object";
    case "literals":
      return describeValues(shape.values);
  }
}
function describeValues(values) {
  const shown3 = values.slice(0, 10).map((value) => typeof value === "string" && /^[\w.:/+#-]+$/.test(value) ? value : jsText(value));
  if (values.length === 1) return shown3.join("");
  return `one of ${shown3.join(", ")}${values.length > shown3.length ? ", \u2026" : ""}`;
}
function checkInner(shape, at3) {
  switch (shape.kind) {
    case "string":
      return checkString(shape, at3);
    case "number":
      return checkNumber(shape, at3);
    case "array":
      return checkArray(shape, at3);
    case "object":
      return checkObject(shape, at3);
    case "any":
    case "null":
    case "boolean":
    case "literals":
      return [];
  }
}
function checkUnion(shape, at3) {
  const { scalars, array: array2, objects, tag } = dispatchOf(shape, at3.writing.shapes);
  if (scalars.some((leaf) => leaf.kind === "any")) return [];
  const branches = scalars.map((leaf) => ({
    condition: test(leaf, at3),
    lines: checkInner(leaf, at3)
  }));
  if (array2 !== void 0) branches.push({ condition: test(array2, at3), lines: checkInner(array2, at3) });
  const [first2] = objects;
  if (first2 !== void 0) {
    branches.push({
      condition: test(first2, at3),
      lines: tag === void 0 ? checkObject(first2, at3) : checkTagged(objects, tag, at3)
    });
  }
  const kinds2 = [...scalars, ...array2 === void 0 ? [] : [array2], ...first2 === void 0 ? [] : [first2]].map(
    describe2
  );
  const last = kinds2.pop() ?? "";
  const wanted2 = kinds2.length === 0 ? last : `${kinds2.join(", ")} or ${last}`;
  const chain3 = branches.map(({ condition: condition2, lines }) => `if (${condition2}) {
${lines.join("\n")}
}`);
  return [`${chain3.join(" else ")} else ${say(at3, `must be ${wanted2}`)}`];
}
function checkTagged(objects, tag, at3) {
  const at22 = { ...at3, path: below2(at3.path, tag.name) };
  const cases2 = objects.map((object4, index) => {
    const labels = (tag.values[index] ?? []).map((value) => `case ${jsText(value)}:`).join(" ");
    return `${labels} {
${checkObject(object4, at3).join("\n")}
break; }`;
  });
  const name = at3.writing.fresh("t");
  return [
    `const ${name} = ${fieldOf(at3.value, tag.name)};`,
    `switch (${name}) {`,
    ...cases2,
    `default: if (${name} === undefined) ${say(at22, "is required")} else ${say(at22, `must be ${describeValues(tag.values.flat())}`)}`,
    "}"
  ];
}
function checkString(shape, at3) {
  const lines = [];
  const { minLength, maxLength: maxLength2, format, pattern } = shape;
  if (minLength !== void 0 && minLength > 0)
    lines.push(
      `if (!atLeast(${at3.value}, ${minLength})) ${say(at3, minLength === 1 ? "must not be empty" : `must be ${minLength} characters or longer`)}`
    );
  if (maxLength2 !== void 0)
    lines.push(`if (!atMost(${at3.value}, ${maxLength2})) ${say(at3, `must be ${maxLength2} characters or shorter`)}`);
  if (format !== void 0) {
    const { helper, message } = formatHelpers[format];
    lines.push(`if (!${helper}(${at3.value})) ${say(at3, message)}`);
  }
  if (pattern !== void 0) {
    const name = at3.writing.fresh("pattern");
    at3.constants.push(`const ${name} = new RegExp(${jsText(pattern)}, "u");`);
    lines.push(`if (!${name}.test(${at3.value})) ${say(at3, "must match the contract's pattern")}`);
  }
  return lines;
}
function checkNumber(shape, at3) {
  const bounds2 = [
    { bound: shape.minimum, operator: ">=", words: "at least" },
    { bound: shape.maximum, operator: "<=", words: "at most" },
    { bound: shape.exclusiveMinimum, operator: ">", words: "greater than" },
    { bound: shape.exclusiveMaximum, operator: "<", words: "less than" }
  ];
  return bounds2.flatMap(
    ({ bound, operator, words: words2 }) => bound === void 0 ? [] : [`if (!(${at3.value} ${operator} ${jsText(bound)})) ${say(at3, `must be ${words2} ${bound}`)}`]
  );
}
function checkArray(shape, at3) {
  const lines = [];
  const { minItems, maxItems } = shape;
  const max2 = shape.rest === void 0 ? Math.min(maxItems ?? Number.POSITIVE_INFINITY, shape.prefix.length) : maxItems;
  if (minItems !== void 0 && minItems > 0)
    lines.push(
      `if (${at3.value}.length < ${minItems}) ${say(at3, minItems === 1 ? "must not be empty" : `must have ${minItems} items or more`)}`
    );
  if (max2 !== void 0) lines.push(`if (${at3.value}.length > ${max2}) ${say(at3, `must have ${max2} items or fewer`)}`);
  if (shape.unique)
    lines.push(`if (new Set(${at3.value}).size < ${at3.value}.length) ${say(at3, "must not hold an item twice")}`);
  for (const [index, item] of shape.prefix.entries()) {
    const value = at3.writing.fresh("v");
    const inner = check4(item, { ...at3, value, path: below2(at3.path, String(index)) });
    if (inner.length > 0)
      lines.push(`if (${at3.value}.length > ${index}) {
const ${value} = ${at3.value}[${index}];`, ...inner, "}");
  }
  if (shape.rest !== void 0) lines.push(...checkItems(shape.rest, shape.prefix.length, at3));
  return lines;
}
function checkItems(item, start3, at3) {
  const [value, index] = [at3.writing.fresh("v"), at3.writing.fresh("i")];
  const inner = check4(item, { ...at3, value, path: belowVariable(at3.path, index) });
  if (inner.length === 0) return [];
  return [
    `for (let ${index} = ${start3}; ${index} < ${at3.value}.length && out.length < ${maxIssues}; ${index}++) {`,
    `const ${value} = ${at3.value}[${index}];`,
    ...inner,
    "}"
  ];
}
function checkObject(shape, at3) {
  const lines = [];
  for (const { name, required, shape: member } of shape.properties) {
    const value = at3.writing.fresh("v");
    const at22 = { ...at3, value, path: below2(at3.path, name) };
    const inner = check4(member, at22);
    if (!required && inner.length === 0) continue;
    lines.push(`const ${value} = ${fieldOf(at3.value, name)};`);
    if (required) lines.push(`if (${value} === undefined) ${say(at22, "is required")}`);
    if (inner.length > 0) lines.push(`${required ? "else" : `if (${value} !== undefined)`} {`, ...inner, "}");
  }
  return [...lines, ...checkOthers(shape, at3)];
}
function checkOthers({ properties, others }, at3) {
  if (others === "dropped" || others === "kept") return [];
  const key2 = at3.writing.fresh("k");
  const path = `${printPath(at3.path)} + shown(${key2})`;
  const loop = `for (const ${key2} of Object.keys(${at3.value})) {
if (out.length >= ${maxIssues}) break;`;
  if (others === "refused") {
    const names3 = at3.writing.fresh("set");
    at3.constants.push(`const ${names3} = new Set([${properties.map((property2) => jsText(property2.name)).join(", ")}]);`);
    return [
      loop,
      `if (!${names3}.has(${key2}) && ${at3.value}[${key2}] !== undefined) say(out, ${path}, "is not declared");`,
      "}"
    ];
  }
  const value = at3.writing.fresh("v");
  const inner = check4(others, { ...at3, value, path: pathOf2(`(${path})`) });
  if (inner.length === 0) return [];
  return [loop, `const ${value} = ${at3.value}[${key2}];`, ...inner, "}"];
}
var helperTexts = [
  {
    name: "shown",
    // A key is the sender's text: it is shown only when it looks like a name.
    text: `const shown = (key) => /^[\\w.@:-]{1,64}$/.test(key) ? "/" + key : "/*";`
  },
  {
    name: "atLeast",
    text: `const atLeast = (text, count) => text.length >= count && (text.length >= 2 * count || points(text) >= count);`
  },
  {
    name: "atMost",
    text: `const atMost = (text, count) => text.length <= count || (text.length <= 2 * count && points(text) <= count);`
  },
  {
    name: "points",
    text: `const points = (text) => { let count = 0; for (const _ of text) count++; return count; };`
  },
  ...Object.values(formatHelpers).map(({ helper, text: text4 }) => ({ name: helper, text: text4 }))
];

// compiler/expression/printed.ts
function quote(text4) {
  return JSON.stringify(text4).replaceAll(
    /[\u2028\u2029<]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  );
}
function unknown3(what) {
  throw new Error(`an expression with \`${what}\` reached the printer`);
}

// compiler/expression/print-chain.ts
function printChain(node, scope, print2) {
  const links = [];
  let base = node;
  while (base.type === "MemberExpression" || base.type === "CallExpression") {
    if (base.type === "CallExpression") {
      const { callee } = base;
      if (callee.type === "Identifier") break;
      if (callee.type !== "MemberExpression") return unknown3("call");
      links.unshift(printMethod(base, callee, scope, print2));
      base = callee.object;
    } else {
      links.unshift(printMember(base, scope, print2));
      base = base.object;
    }
  }
  const start3 = base.type === "CallExpression" ? printFunction(base, scope, print2) : print2(base, scope);
  return follow2(base.type === "Literal" ? `(${start3})` : start3, links, scope);
}
function follow2(start3, links, scope) {
  let code = start3;
  for (const [index, link] of links.entries()) {
    const rest = links.slice(index);
    if (!link.optional || rest.every(({ own: own2 }) => own2 !== void 0)) {
      code = link.own === void 0 ? link.apply(code) : code + link.own(link.optional);
      continue;
    }
    const [, ...others] = rest;
    const name = `$t${scope.next()}`;
    const inner = follow2(name, [{ ...link, optional: false }, ...others], scope);
    return `((${name}) => (${name} === undefined || ${name} === null ? undefined : ${inner}))(${code})`;
  }
  return code;
}
function printMember(node, scope, print2) {
  const { optional: optional3 } = node;
  const name = constantKey(node);
  if (name !== void 0) {
    if (prototypeNames.has(name)) return unknown3(name);
    const key2 = quote(name);
    if (builtinNames.has(name)) return { optional: optional3, apply: (object4) => `$.own(${object4}, ${key2})` };
    const plain5 = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
    return ownLink(optional3, plain5 ? name : `[${key2}]`, plain5);
  }
  const { property: property2 } = node;
  if (property2.type === "Literal" && typeof property2.value === "number" && Number.isSafeInteger(property2.value)) {
    return ownLink(optional3, `[${property2.value}]`, false);
  }
  const index = print2(property2, scope);
  return { optional: optional3, apply: (object4) => `$.index(${object4}, ${index})` };
}
function ownLink(optional3, access3, plain5) {
  const own2 = (asks) => asks ? `?.${access3}` : plain5 ? `.${access3}` : access3;
  return { optional: optional3, own: own2, apply: (object4) => object4 + own2(false) };
}
function printMethod(node, callee, scope, print2) {
  const name = callee.property.type === "Identifier" && !callee.computed ? callee.property.name : unknown3("call");
  if (!isMethodName(name)) return unknown3(name);
  const rest = node.arguments.map((argument) => printArgument(argument, scope, print2));
  return { optional: callee.optional, apply: (object4) => `$.${name}(${[object4, ...rest].join(", ")})` };
}
function printFunction(node, scope, print2) {
  const name = node.callee.type === "Identifier" ? node.callee.name : unknown3("call");
  if (!isFunctionName(name) || scope.bound.has(name)) return unknown3(name);
  return `$.${name}(${node.arguments.map((argument) => printArgument(argument, scope, print2)).join(", ")})`;
}
function printArgument(node, scope, print2) {
  return node.type === "ArrowFunctionExpression" ? printCallback(node, scope, print2) : print2(node, scope);
}
var nodesPerTick = 16;
function printCallback(node, scope, print2) {
  const bound = new Map(scope.bound);
  const names3 = node.params.map((parameter) => {
    if (parameter.type !== "Identifier") return unknown3("parameter");
    const name = `$p${scope.next()}`;
    bound.set(parameter.name, name);
    return name;
  });
  if (node.body.type === "BlockStatement") return unknown3("block");
  const body = print2(node.body, { ...scope, bound });
  const ticks = Math.floor(sizeOf2(node.body).nodes / nodesPerTick);
  return `(${names3.join(", ")}) => ${ticks === 0 ? body : `($.tick(${ticks}), ${body})`}`;
}

// compiler/expression/print-js.ts
function printJs(expression) {
  let count = 0;
  return print(expression.node, { bound: /* @__PURE__ */ new Map(), next: () => count++ });
}
function print(node, scope) {
  switch (node.type) {
    case "ParenthesizedExpression":
    case "ChainExpression":
      return print(node.expression, scope);
    case "Identifier":
      return printName(node.name, scope);
    case "Literal":
      return printLiteral2(node.value);
    case "TemplateLiteral":
      return printTemplate(node, scope);
    case "MemberExpression":
    case "CallExpression":
      return printChain(node, scope, print);
    case "ConditionalExpression":
      return `(${print(node.test, scope)} ? ${print(node.consequent, scope)} : ${print(node.alternate, scope)})`;
    case "LogicalExpression":
      return `(${print(node.left, scope)} ${node.operator} ${print(node.right, scope)})`;
    case "BinaryExpression":
      return printOperator(node, scope);
    case "UnaryExpression":
      if (node.operator === "!") return `(!${print(node.argument, scope)})`;
      if (node.operator === "-") return printNegative(node.argument, scope);
      return unknown3(node.operator);
    case "ArrayExpression":
      return printList(node.elements, scope);
    case "ObjectExpression":
      return printObject2(node, scope);
    default:
      return unknown3(node.type);
  }
}
function printNegative(node, scope) {
  if (node.type === "Literal" && typeof node.value === "number") return `(-${printLiteral2(node.value)})`;
  return `$.negate(${print(node, scope)})`;
}
function printName(name, { bound }) {
  if (name === "undefined") return "undefined";
  return bound.get(name) ?? (isRoot(name) ? name : unknown3(name));
}
function printLiteral2(value) {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return value === null || typeof value === "boolean" ? String(value) : unknown3("Literal");
}
function printTemplate({ quasis, expressions }, scope) {
  const parts = quasis.flatMap((quasi, index) => {
    const text4 = quasi.value.cooked ?? "";
    const next = expressions[index];
    return [...text4 === "" ? [] : [quote(text4)], ...next === void 0 ? [] : [`$.text(${print(next, scope)})`]];
  });
  if (expressions.length === 0) return parts[0] ?? '""';
  return `$.bounded(${parts.join(" + ")})`;
}
var helpers = {
  "+": "add",
  "-": "subtract",
  "*": "multiply",
  "/": "divide",
  "%": "remainder",
  "**": "power",
  "<": "less",
  "<=": "lessOrEqual",
  ">": "greater",
  ">=": "greaterOrEqual"
};
function printOperator(node, scope) {
  const left2 = print(node.left, scope);
  const right = print(node.right, scope);
  if (node.operator === "===" || node.operator === "!==") {
    if (isShort(node.left) || isShort(node.right)) return `(${left2} ${node.operator} ${right})`;
    return node.operator === "===" ? `$.same(${left2}, ${right})` : `(!$.same(${left2}, ${right}))`;
  }
  return `$.${helpers[node.operator] ?? unknown3(node.operator)}(${left2}, ${right})`;
}
function isShort(node) {
  if (node.type === "Literal") return typeof node.value !== "string" || node.value.length <= 64;
  return node.type === "Identifier" && node.name === "undefined";
}
function printList(elements, scope) {
  const printed = elements.map((element) => {
    if (element === null) return unknown3("hole");
    if (element.type !== "SpreadElement") return { spread: false, code: print(element, scope) };
    return { spread: true, code: print(element.argument, scope) };
  });
  if (!printed.some(({ spread }) => spread)) return `[${printed.map(({ code }) => code).join(", ")}]`;
  const chunks = [];
  let plain5 = [];
  for (const { spread, code } of printed) {
    if (!spread) {
      plain5.push(code);
      continue;
    }
    if (plain5.length > 0) chunks.push(`[${plain5.join(", ")}]`);
    plain5 = [];
    chunks.push(code);
  }
  if (plain5.length > 0) chunks.push(`[${plain5.join(", ")}]`);
  return `$.list(${chunks.join(", ")})`;
}
function printObject2(node, scope) {
  const members = node.properties.map((property2) => {
    if (property2.type === "SpreadElement") return `...$.fields(${print(property2.argument, scope)})`;
    const key2 = propertyKey(property2);
    if (key2 === void 0 || key2 === "__proto__") return unknown3("key");
    return `${quote(key2)}: ${print(property2.value, scope)}`;
  });
  return `({ ${members.join(", ")} })`;
}

// compiler/5-lower/print-value.ts
var bounders = {
  token: "token",
  segment: "segment",
  "file-segment": "fileSegment",
  url: "url",
  text: "text",
  payload: "text"
};
function printValue2(value, bound = "payload") {
  switch (value.kind) {
    case "constant":
      return literal2(value.value);
    case "expression":
      return isPart2(bound) && readsData(value.expression) ? `$.${bounders[bound]}(${printJs(value.expression)})` : printJs(value.expression);
    case "text":
      return value.parts.map((part) => typeof part === "string" ? literal2(part) : printPart(part, bound)).join(" + ");
    case "list":
      return `[${value.items.map((item) => printValue2(item, bound)).join(", ")}]`;
    case "map": {
      const spread = value.spread === void 0 ? [] : [`...${printValue2(value.spread, bound)}`];
      const entries = value.entries.map((entry3) => `${printKey(entry3.key)}: ${printValue2(entry3.value, bound)}`);
      return `({ ${[...spread, ...entries].join(", ")} })`;
    }
  }
}
function printPart(part, bound) {
  return `$.${readsData(part) ? bounders[bound] : "text"}(${printJs(part)})`;
}
var isPart2 = (bound) => bound !== "text" && bound !== "payload";
function printKey(key2) {
  return key2 === "__proto__" ? '["__proto__"]' : literal2(key2);
}
function literal2(value) {
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

// compiler/5-lower/units.ts
init_json();
function convertUnits(value, schema) {
  if (value.kind === "map") {
    const properties = isJsonObject(schema.properties) ? schema.properties : {};
    const entries = value.entries.map((entry3) => {
      const property2 = properties[entry3.key];
      return isJsonObject(property2) ? { key: entry3.key, value: convertUnits(entry3.value, property2) } : entry3;
    });
    return { ...value, entries };
  }
  if (value.kind !== "constant" || typeof value.value !== "string") return value;
  const format = schema["x-vrsky-format"];
  const number2 = format === "duration" ? parseDuration(value.value) : format === "size" ? parseSize(value.value) : void 0;
  return number2 === void 0 ? value : { ...value, value: number2 };
}

// compiler/5-lower/print-worker.ts
function printWorker2(integration, refs, places) {
  const { source: source3 } = integration;
  const contracts = [...integration.contracts.values()].sort((a, b) => a.key < b.key ? -1 : 1);
  const names3 = new Map(contracts.map((contract, index) => [contract.key, `check${index}`]));
  const checks = contracts.map(
    (contract) => `  const ${names3.get(contract.key)} = ${validatorCode(contract.schema, refs)};`
  );
  const project3 = source3.contract === void 0 ? "(body) => body" : projectorCode(source3.contract.schema, refs);
  const walk3 = [...walkLines(integration, names3, places)];
  return `// Integration ${integration.tenant}/${integration.name}. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
${[...checks, `  const project = ${project3};`].join("\n")}
  const broken = (place, contract, issues) => ({
    kind: "failed",
    place,
    message: "does not fit " + contract + ": " + issues.map((issue) => (issue.path || "the body") + " " + issue.message).join("; "),
  });
  return {
    sources: {
      ${literal2(source3.name)}: {
        settings: ({ settings, secrets }) => (${printSettings(source3.use, () => true)}),
        check: ${source3.contract === void 0 ? "() => []" : names3.get(source3.contract.key)},
        messageId: ${printMessageId(source3, places)},
      },
    },
    targets: {
${integration.targets.map((target3) => `      ${literal2(target3.name)}: { settings: ({ settings, secrets }) => (${printSettings(target3.use, (setting) => setting.bound === void 0)}) },`).join("\n")}
    },
    walk: (scope, target) => {
      const { headers, meta, settings, secrets } = scope;
      let at = 0;
      $.begin();
      try {
        let body = project(scope.body);
        let vars = {};
${walk3.map((line) => `        ${line}`).join("\n")}
      } catch (error) {
        return $.failed(at, error);
      }
    },
  };
};
`;
}
function printSettings(use, keep) {
  const own2 = use.settings.filter(keep).map(printSetting2);
  const connection = use.connection?.settings.map(printSetting2);
  const all = connection === void 0 ? own2 : [...own2, `"connection": { ${connection.join(", ")} }`];
  return `{ ${all.join(", ")} }`;
}
function printSetting2(setting) {
  return `${literal2(setting.key)}: ${printValue2(convertUnits(setting.value, setting.schema), setting.bound ?? "text")}`;
}
function printMessageId(source3, places) {
  if (source3.messageId === void 0) return "() => undefined";
  const at3 = places.number(source3.messageId.site);
  return `(scope) => {
          const { headers, meta, settings } = scope;
          $.begin();
          try {
            const body = project(scope.body);
            const id = ${printValue2(source3.messageId)};
            return id === undefined || id === null ? undefined : $.text(id);
          } catch (error) {
            return { failed: $.failed(${at3}, error).message, place: ${at3} };
          }
        }`;
}
function* walkLines(integration, names3, places) {
  const walking = { names: names3, places };
  yield* stepLines([...integration.source.steps, ...integration.steps], walking);
  if (integration.route === void 0) {
    for (const target3 of integration.targets) yield* targetLines(target3, walking);
    yield drop("route", places.number(integration.site));
    return;
  }
  for (const arm of integration.route) {
    const place = places.number(arm.site);
    yield `at = ${place};`;
    yield arm.when === void 0 ? "{" : `if (${condition(arm.when)}) {`;
    for (const target3 of integration.targets) {
      if (arm.to.includes(target3.name)) for (const line of targetLines(target3, walking)) yield `  ${line}`;
    }
    yield `  ${drop("route", place)}`;
    yield "}";
  }
  yield drop("route", places.number({ ...integration.site, path: ["route"] }));
}
function* stepLines(steps, walking) {
  for (const step2 of steps) {
    if (step2.kind === "filter") yield* guardLines(step2.condition, "filter", walking.places);
    else yield* mapLines(step2, walking);
  }
}
function* guardLines(value, reason, places) {
  const place = places.number(value.site);
  yield `at = ${place};`;
  yield `if (!(${condition(value)})) ${drop(reason, place)}`;
}
function* mapLines(step2, walking) {
  const { places } = walking;
  const assign2 = step2.as === void 0 ? "body = next;" : `vars = { ...vars, ${literal2(step2.as)}: next };`;
  if (step2.when !== void 0) yield `at = ${places.number(step2.when.site)};`;
  yield step2.when === void 0 ? "{" : `if (${condition(step2.when)}) {`;
  for (const line of mapEntryLines(step2.value, places)) yield `  ${line}`;
  yield* indented(contractLines("next", step2.contract, step2.site, walking));
  yield `  ${assign2}`;
  yield "}";
}
function* mapEntryLines(map, places) {
  if (map.spread !== void 0) {
    yield `at = ${places.number(map.spread.site)};`;
    yield `const rest = ${printValue2(map.spread)};`;
  }
  const fields2 = [];
  for (const [index, entry3] of map.entries.entries()) {
    if (entry3.value.kind === "constant") {
      fields2.push(`${key(entry3.key)}: ${printValue2(entry3.value)}`);
      continue;
    }
    yield `at = ${places.number(entry3.value.site)};`;
    yield `const f${index} = ${printValue2(entry3.value)};`;
    fields2.push(`${key(entry3.key)}: f${index}`);
  }
  const spread = map.spread === void 0 ? [] : ["...rest"];
  yield `const next = { ${[...spread, ...fields2].join(", ")} };`;
}
var key = (name) => name === "__proto__" ? '["__proto__"]' : literal2(name);
function* targetLines(target3, walking) {
  const { places } = walking;
  yield `if (target === ${literal2(target3.name)}) {`;
  if (target3.when !== void 0) yield* indented(guardLines(target3.when, "when", places));
  yield* indented(stepLines(target3.steps, walking));
  const perMessage = target3.use.settings.filter((setting) => setting.bound !== void 0);
  for (const [index, setting] of perMessage.entries()) {
    yield `  at = ${places.number(setting.value.site)};`;
    yield `  const s${index} = ${printValue2(convertUnits(setting.value, setting.schema), setting.bound)};`;
  }
  yield* indented(payloadLines(target3, perMessage, walking));
  const settings = perMessage.map((setting, index) => `${literal2(setting.key)}: s${index}`).join(", ");
  yield `  at = ${places.number(target3.site)};`;
  yield `  return { kind: "deliver", settings: $.json({ ${settings} }), body: $.json(body) };`;
  yield "}";
}
function* payloadLines(target3, perMessage, walking) {
  const payload = perMessage.findIndex((setting) => setting.bound === "payload");
  const inSettings = target3.use.manifest.target?.payload === "settings";
  if (inSettings && payload === -1) return;
  yield* contractLines(
    inSettings ? `s${payload}` : "body",
    target3.contract,
    target3.contract?.site ?? target3.site,
    walking
  );
}
function* contractLines(name, contract, site, walking) {
  if (contract === void 0 || !needsRunTime(contract.schema)) return;
  const place = walking.places.number(site);
  yield `{ const issues = ${walking.names.get(contract.key)}(${name}); if (issues.length > 0) return broken(${place}, ${literal2(contract.name)}, issues); }`;
}
var typeKeywords = /* @__PURE__ */ new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minItems",
  "maxItems",
  "uniqueItems",
  "$ref"
]);
function needsRunTime(schema) {
  return Object.entries(schema).some(([keyword, value]) => {
    if (typeKeywords.has(keyword)) return true;
    if (keyword === "type") return value === "integer" || Array.isArray(value) && value.includes("integer");
    if (keyword === "properties" && isJsonObject(value))
      return Object.values(value).some((member) => isJsonObject(member) && needsRunTime(member));
    if (Array.isArray(value)) return value.some((member) => isJsonObject(member) && needsRunTime(member));
    return isJsonObject(value) && keyword !== "const" && keyword !== "default" && needsRunTime(value);
  });
}
var condition = (value) => `${printValue2(value)} === true`;
var drop = (reason, place) => `return { kind: "drop", reason: "${reason}", place: ${place} };`;
function* indented(lines) {
  for (const line of lines) yield `  ${line}`;
}

// compiler/5-lower/lower.ts
function lower(checked2, contracts) {
  const { integration, typed: typed2 } = checked2;
  const places = createPlaces();
  const code = printWorker2(integration, (name) => contracts.get(name), places);
  const expressions = valuesOf(integration).flatMap(expressionsIn);
  return {
    integration,
    typed: typed2,
    code,
    places: places.list(),
    settings: sortedUnion(expressions.map((expression) => expression.settings)),
    secrets: sortedUnion(expressions.map((expression) => expression.secrets))
  };
}
function valuesOf(integration) {
  const { source: source3, targets } = integration;
  const uses = [source3.use, ...targets.map((target3) => target3.use)];
  const steps = [...source3.steps, ...integration.steps, ...targets.flatMap((target3) => target3.steps)];
  return [
    ...uses.flatMap((use) => [...use.settings, ...use.connection?.settings ?? []].map((setting) => setting.value)),
    ...steps.flatMap((step2) => step2.kind === "filter" ? [step2.condition] : [step2.value, ...optional2(step2.when)]),
    ...optional2(source3.messageId),
    ...(integration.route ?? []).flatMap((arm) => optional2(arm.when)),
    ...targets.flatMap((target3) => optional2(target3.when))
  ];
}
var optional2 = (value) => value === void 0 ? [] : [value];
function sortedUnion(sets) {
  return [...new Set(sets.flatMap((set) => [...set]))].sort();
}

// compiler/contract/hash.ts
function contractHash(schema) {
  return sha256(canonical(schema));
}

// compiler/6-emit/bundle.ts
function emitBundle(stages, contracts) {
  const { integration, code } = stages;
  const record2 = {
    format: 1,
    tenant: integration.tenant,
    integration: integration.name,
    ...integration.description === void 0 ? {} : { description: integration.description },
    ...integration.labels === void 0 ? {} : { labels: integration.labels },
    ...integration.paused ? { paused: true } : {},
    worker: sha256(code),
    sources: { [integration.source.name]: emitSource(integration.source) },
    targets: Object.fromEntries(integration.targets.map((target3) => [target3.name, emitTarget(target3)])),
    contracts: emitContracts(stages, contracts),
    settings: stages.settings,
    secrets: stages.secrets,
    places: stages.places
  };
  return { bundle: { ...record2, hash: sha256(canonical(record2)) }, code };
}
function emitSource(source3) {
  const { manifest, settings } = source3.use;
  const address = settings.find((setting) => setting.key === manifest.source?.owns)?.value;
  return {
    connector: source3.use.manifest.name,
    ...source3.use.connection === void 0 ? {} : { connection: source3.use.connection.name },
    ...source3.contract === void 0 ? {} : { contract: source3.contract.key },
    ...address?.kind === "constant" ? { address: String(address.value) } : {},
    dedupe: source3.dedupe,
    place: toPlace(source3.site)
  };
}
function emitTarget(target3) {
  return {
    connector: target3.use.manifest.name,
    ...target3.use.connection === void 0 ? {} : { connection: target3.use.connection.name },
    retry: target3.retry,
    onError: target3.onError,
    place: toPlace(target3.site)
  };
}
function emitContracts(stages, contracts) {
  const schemas = /* @__PURE__ */ new Map();
  const { source: source3, contracts: used } = stages.integration;
  if (source3.contract !== void 0) schemas.set(source3.contract.key, source3.contract.schema);
  for (const contract of used.values()) schemas.set(contract.key, contract.schema);
  for (const schema of [...schemas.values()]) {
    for (const [name, referred] of referredContracts(schema, contracts)) schemas.set(name, referred);
  }
  const sorted2 = [...schemas].sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(sorted2.map(([key2, schema]) => [key2, { hash: contractHash(schema), schema }]));
}

// compiler/6-emit/server-conf.ts
function passwordVariable(tenant, role) {
  return `VRSKY_${tenant.replaceAll("-", "_").toUpperCase()}_${role.toUpperCase()}_PASSWORD`;
}
function emitServerConf(topology) {
  return `# nats-server -c server.conf, with one environment variable per password. Written by the VRSky compiler.

jetstream {
  store_dir: "./jetstream"
  # A PubAck means fsynced: without this line a power cut may lose acknowledged messages.
  sync_interval: always
}

accounts {
${topology.tenants.map(account).join("\n")}
}
`;
}
function account(tenant) {
  const { limits } = tenant.account;
  const users = tenant.users.map(
    (user) => `      {
        user: ${text3(user.name)}, password: $${passwordVariable(tenant.tenant, "worker")}
        permissions: {
          publish: [
${user.permissions.publish.map((subject) => `            ${text3(subject)}`).join("\n")}
          ]
          subscribe: [${user.permissions.subscribe.map(text3).join(", ")}]
        }
      }`
  );
  return `  ${text3(tenant.account.name)}: {
    jetstream: { max_file: ${limits.disk}, max_mem: ${limits.memory}, max_streams: ${limits.streams}, max_consumers: ${limits.consumers} }
    users: [
      { user: ${text3(`${tenant.tenant}-admin`)}, password: $${passwordVariable(tenant.tenant, "admin")} }
${users.join("\n")}
    ]
  }`;
}
var text3 = (value) => JSON.stringify(value);

// compiler/6-emit/permissions.ts
function workerPermissions(tenant) {
  const publish3 = tenant.integrations.flatMap(integrationPublishes);
  const shared = [
    "$JS.API.INFO",
    ...directGets(deadStream),
    ...directGets(sourceStateStream),
    `$JS.API.STREAM.INFO.${bucketStream(deployBucket)}`,
    ...directGets(bucketStream(deployBucket))
  ];
  const inbox = `${inboxPrefix(`${tenant.name}-worker`)}.>`;
  return { publish: [.../* @__PURE__ */ new Set([...publish3, ...shared])].sort(), subscribe: [inbox] };
}
function integrationPublishes(integration) {
  const { name } = integration;
  const intake = intakeStream(name);
  const retry = retryStream(name);
  return [
    intakeFilter(name),
    ...retrySubjects(name),
    `dlq.${name}.>`,
    `state.${name}.>`,
    retriesViewFilter(name),
    `$JS.API.STREAM.INFO.${intake}`,
    `$JS.API.STREAM.INFO.${retry}`,
    `$JS.API.STREAM.PURGE.${intake}`,
    ...directGets(intake),
    ...directGets(retry),
    ...integration.targets.flatMap((target3) => [
      ...consumerRights(intake, targetConsumer(target3.name)),
      ...consumerRights(retry, targetConsumer(target3.name)),
      ...target3.use.manifest.name === "nats" ? natsTargetRights(target3.use.settings) : []
    ])
  ];
}
function consumerRights(stream2, consumer) {
  return [
    `$JS.API.CONSUMER.MSG.NEXT.${stream2}.${consumer}`,
    `$JS.API.CONSUMER.INFO.${stream2}.${consumer}`,
    `$JS.ACK.${stream2}.${consumer}.>`,
    `$JS.ACK.*.*.${stream2}.${consumer}.>`
  ];
}
var directGets = (stream2) => [
  `$JS.API.DIRECT.GET.${stream2}`,
  `$JS.API.DIRECT.GET.${stream2}.>`
];
function natsTargetRights(settings) {
  const subject = settings.find((setting) => setting.key === "subject")?.value;
  const names3 = "$JS.API.STREAM.NAMES";
  if (subject?.kind === "constant") return [String(subject.value), names3];
  if (subject?.kind === "expression") return ["*", names3];
  if (subject?.kind !== "text") return [];
  const filled = subject.parts.map((part) => typeof part === "string" ? part : "\0").join("");
  const tokens = filled.split(".").map((token) => token.includes("\0") ? "*" : token);
  return [tokens.join("."), names3];
}

// compiler/6-emit/topology.ts
var nanoseconds3 = 1e6;
var kibibyte = 1024;
function emitTopology(workspace, bundles) {
  const tenants = workspace.tenants.filter((tenant) => tenant.integrations.length > 0).map((tenant) => emitTenant(workspace.name, tenant, bundles));
  return { workspace: workspace.name, tenants };
}
function emitTenant(workspace, tenant, bundles) {
  const storage = tenant.storage ?? storageDefault;
  const own2 = owner(workspace);
  const intake = intakeSize(storage, tenant.integrations.length);
  const streams = tenant.integrations.flatMap((integration) => integrationStreams(integration.name, intake, own2));
  const shared = [deadStream2(own2), stateStream(own2), retriesView(own2)];
  return {
    tenant: tenant.name,
    account: {
      name: tenant.name,
      limits: { connections: 1e3, payload: 1024 * kibibyte, disk: storage, memory: 0, streams: -1, consumers: -1 }
    },
    users: [{ name: `${tenant.name}-worker`, permissions: workerPermissions(tenant) }],
    streams: [...streams, ...shared.map((config) => ({ config }))],
    consumers: tenant.integrations.flatMap((integration) => consumersOf(integration, own2)),
    buckets: bucketsOf(own2),
    deployments: bundles.filter((bundle) => bundle.tenant === tenant.name).map((bundle) => ({ integration: bundle.integration, bundle: bundle.hash }))
  };
}
function owner(workspace) {
  return (integration, config) => ({
    [owned.by]: "vrsky",
    [owned.workspace]: workspace,
    [owned.integration]: integration,
    [owned.hash]: sha256(canonical(config)).slice(0, 16)
  });
}
function intakeSize(storage, integrations) {
  return Math.min(intakeBytes, Math.floor(storage / 2 / Math.max(1, integrations)));
}
var plainStream = {
  retention: "limits",
  discard: "new",
  storage: "file",
  num_replicas: 1,
  max_bytes: -1,
  max_msgs: -1,
  max_age: 0,
  max_msg_size: -1,
  max_msgs_per_subject: -1,
  // Ids are kept by subject and compare-and-set, so the server's own window is as short as it may be.
  duplicate_window: 100 * nanoseconds3,
  allow_rollup_hdrs: false,
  allow_direct: true,
  allow_atomic: false,
  allow_msg_ttl: false,
  allow_msg_schedules: false,
  deny_delete: false,
  deny_purge: false
};
function integrationStreams(name, intake, own2) {
  const intakeConfig = {
    ...plainStream,
    name: intakeStream(name),
    subjects: [`in.${name}.>`],
    max_bytes: intake,
    allow_atomic: true
  };
  const retryConfig = {
    ...plainStream,
    name: retryStream(name),
    subjects: retrySubjects(name),
    retention: "workqueue",
    discard: "old",
    allow_rollup_hdrs: true,
    allow_atomic: true,
    allow_msg_ttl: true,
    allow_msg_schedules: true
  };
  return [intakeConfig, retryConfig].map((config) => ({
    integration: name,
    config: { ...config, metadata: own2(name, config) }
  }));
}
function deadStream2(own2) {
  const config = { ...plainStream, name: deadStream, subjects: ["dlq.>"], discard: "old" };
  return { ...config, metadata: own2("", config) };
}
function stateStream(own2) {
  const config = {
    ...plainStream,
    name: sourceStateStream,
    subjects: ["state.>"],
    discard: "old",
    max_msgs_per_subject: 1
  };
  return { ...config, metadata: own2("", config) };
}
function retriesView(own2) {
  const config = {
    ...plainStream,
    name: bucketStream(retriesBucket),
    subjects: [`$KV.${retriesBucket}.>`],
    discard: "old",
    max_msgs_per_subject: 1,
    allow_msg_ttl: true
  };
  return { ...config, metadata: own2("", config) };
}
function consumersOf(integration, own2) {
  return integration.targets.flatMap(
    (target3) => [
      { stream: intakeStream(integration.name), filter: intakeFilter(integration.name) },
      { stream: retryStream(integration.name), filter: dueFilter(integration.name, target3.name) }
    ].map(({ stream: stream2, filter }) => {
      const config = {
        durable_name: targetConsumer(target3.name),
        filter_subject: filter,
        ack_policy: "explicit",
        ack_wait: 6e4 * nanoseconds3,
        max_deliver: -1,
        max_ack_pending: 1e3
      };
      const metadata = own2(integration.name, config);
      return { stream: stream2, integration: integration.name, target: target3.name, config: { ...config, metadata } };
    })
  );
}
function bucketsOf(own2) {
  const deploy = { name: deployBucket, history: 10, markerTtl: 0, max_bytes: -1 };
  return [deploy].map((bucket) => ({ ...bucket, metadata: own2("", bucket) }));
}

// compiler/6-emit/emit.ts
function emit(workspace, stages, contracts) {
  const files = /* @__PURE__ */ new Map();
  const bundles = stages.map((stage) => {
    const coded = emitBundle(stage, contracts);
    const folder2 = `${coded.bundle.tenant}/${coded.bundle.integration}`;
    files.set(`${folder2}/bundle.json`, json2(coded.bundle));
    files.set(`${folder2}/worker.ts`, `/// <reference path="../../library.d.ts" />
${stage.typed}`);
    files.set(`${folder2}/worker.mjs`, coded.code);
    return coded;
  });
  const topology = emitTopology(
    workspace,
    bundles.map(({ bundle }) => bundle)
  );
  files.set("library.d.ts", typedLibrary());
  files.set("nats/topology.json", json2(topology));
  files.set("nats/server.conf", emitServerConf(topology));
  const manifest = emitManifest(workspace, bundles, files);
  files.set("manifest.json", json2(manifest));
  return { bundles, topology, manifest, files };
}
function emitManifest(workspace, bundles, files) {
  const contexts = workspace.contexts.map(({ name, nats, settings, secrets: secrets2 }) => [
    name,
    { ...nats === void 0 ? {} : { nats }, settings, secrets: secrets2 }
  ]);
  return {
    format: 1,
    workspace: workspace.name,
    language: 1,
    contexts: Object.fromEntries(contexts),
    integrations: bundles.map(({ bundle }) => ({
      tenant: bundle.tenant,
      integration: bundle.integration,
      hash: bundle.hash
    })),
    files: Object.fromEntries(
      [...files].sort(([a], [b]) => a < b ? -1 : 1).map(([path, text4]) => [path, sha256(text4)])
    )
  };
}
var json2 = (value) => `${JSON.stringify(value, null, 2)}
`;

// compiler/compile.ts
function compile(options) {
  const found = [];
  const report = (diagnostic) => {
    found.push(diagnostic);
  };
  const read2 = readWorkspace(options.root, options.files);
  read2.diagnostics.forEach(report);
  const sources = new Map([...read2.specs, ...read2.contracts].map((file2) => [file2.path, file2.text]));
  const parse7 = createParser(composeSchemas(options.manifests));
  const specs = read2.specs.flatMap((file2) => {
    const parsed = parse7(file2);
    parsed.diagnostics.forEach(report);
    return parsed.specs;
  });
  const contracts = loadContracts(read2.contracts, report);
  const workspace = resolveWorkspace(specs, contracts, options.manifests, report);
  const integrations = workspace?.tenants.flatMap((tenant) => tenant.integrations) ?? [];
  const checked2 = check3(integrations, contracts, options.checker, report);
  const diagnostics = [...withoutEchoes(found)].sort(compareDiagnostics);
  if (workspace === void 0 || hasErrors(diagnostics)) return { diagnostics, sources };
  const stages = checked2.map((each) => lower(each, contracts));
  return { diagnostics, sources, emitted: emit(workspace, stages, contracts) };
}

// connectors/all.ts
var manifests = [httpManifest, fileManifest, scheduleManifest, natsManifest];

// cli/files.ts
import { readdirSync, readFileSync as readFileSync2, statSync } from "node:fs";
import { join as join13 } from "node:path";
var nodeFiles = {
  list: (folder2) => {
    try {
      return readdirSync(folder2, { withFileTypes: true }).map((entry3) => ({
        name: entry3.name,
        folder: entry3.isDirectory() || entry3.isSymbolicLink() && isFolder(join13(folder2, entry3.name))
      }));
    } catch {
      return void 0;
    }
  },
  read: (path) => {
    try {
      return readFileSync2(path);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
};
function isFolder(path) {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

// cli/compile-workspace.ts
function compileFolder(folder2) {
  const checker = createTypeChecker();
  try {
    return compileWith(folder2, checker);
  } finally {
    checker.close();
  }
}
function compileWith(folder2, checker) {
  return compile({ root: folder2, files: nodeFiles, manifests, checker });
}

// bench/workspace.ts
var folder = new URL("workspace", import.meta.url).pathname;
var env = { settings: { factor: 100 }, secrets: {} };
function benchWorkspace() {
  const { emitted, diagnostics } = compileFolder(folder);
  if (emitted === void 0) throw new Error(`the workspace does not compile: ${JSON.stringify(diagnostics)}`);
  return { folder, ...emitted };
}
function bundleOf(ready, integration) {
  const found = ready.bundles.find(({ bundle }) => bundle.integration === integration);
  if (found === void 0) throw new Error(`the workspace has no ${integration}`);
  return found;
}
function programOf(ready, integration) {
  return loadProgram(bundleOf(ready, integration), env, () => createLibrary());
}

// bench/hop.ts
var mapSmall = (body) => {
  const order3 = body;
  return {
    id: order3.id,
    body: {
      id: order3.id,
      buyer: order3.customer.trim(),
      email: order3.email.toLowerCase(),
      cents: Math.round(Number(order3.amount) * 100),
      currency: order3.currency,
      paid: order3.paid,
      note: order3.note ?? ""
    }
  };
};
var mapLarge = (body) => {
  const order3 = body;
  return {
    id: order3.id,
    body: {
      id: order3.id,
      buyer: order3.customer.name,
      email: order3.customer.email.toLowerCase(),
      cents: Math.round(order3.amount * 100),
      lines: order3.lines.map(({ sku, title, qty, price }) => ({
        sku,
        title,
        quantity: qty,
        cents: Math.round(price * 100)
      }))
    }
  };
};
var cases = [
  { integration: "small", what: "hop of 256 B : loop by hand", make: smallOrder, map: mapSmall, count: 2e4 },
  { integration: "large", what: "hop of 4 KB : loop by hand", make: largeOrder, map: mapLarge, count: 8e3 }
];
var inFlight2 = 256;
async function* hop(pairs = 5) {
  const dir = await mkdtemp3(join14(tmpdir4(), "vrsky-bench-"));
  try {
    var _stack = [];
    try {
      const server = __using(_stack, await startServer(dir), true);
      const bench = await prepare3(server);
      for (const each of cases) {
        let round2 = 0;
        const ours = () => measure(bench, each, `o${round2++}`, runWorker);
        const theirs = () => measure(bench, each, `t${round2++}`, runByHand);
        await ours();
        await theirs();
        yield { what: each.what, ...await paired(pairs, ours, theirs) };
      }
      await bench.admin.close();
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      var _promise = __callDispose(_stack, _error, _hasError);
      _promise && await _promise;
    }
  } finally {
    await rm7(dir, { recursive: true, force: true });
  }
}
async function startServer(dir) {
  const found = await findServer({ say: (line) => process.stderr.write(`${line}
`) });
  if (!found.ok) throw new Error(found.message);
  return startNatsServer({ binary: found.server.path, dir, accounts: ["acme"], syncAlways: false });
}
async function prepare3(server) {
  var _stack = [];
  try {
    const ready = benchWorkspace();
    const context = { settings: env.settings, secrets: "env" };
    const cluster = {
      name: "bench",
      context,
      url: server.url,
      credentials: JSON.stringify(server.credentials)
    };
    const connections = __using(_stack, must(await openCluster(ready, cluster)), true);
    must(await applyTopology(ready.topology, connections, {}));
    const login = server.credentials.acme;
    const admin = await connect3({
      servers: server.url,
      noAsyncTraces: true,
      ...login === void 0 ? {} : { user: login.user, pass: login.password }
    });
    await call2(admin, "STREAM.CREATE.BENCH", {
      name: "BENCH",
      subjects: ["bench.out.>"],
      duplicate_window: 1e9
    });
    return { ready, cluster, admin };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function must(result) {
  if (result.ok) return result.value;
  throw new Error(result.refusal.message);
}
async function measure(bench, each, prefix2, start3) {
  const { admin, ready } = bench;
  const { bundle } = bundleOf(ready, each.integration);
  const stream2 = intakeStream(each.integration);
  await call2(admin, `STREAM.PURGE.${stream2}`);
  await call2(admin, "STREAM.PURGE.BENCH");
  const pause = (until) => call2(admin, `CONSUMER.PAUSE.${stream2}.${targetConsumer("out")}`, { pause_until: until });
  await pause("2100-01-01T00:00:00Z");
  const side = await start3(bench, each);
  await fill(admin, bundle, each.make, prefix2, each.count);
  await pause("0001-01-01T00:00:00Z");
  const seconds = await side.seconds;
  await side.close();
  const state = Object((await call2(admin, "STREAM.INFO.BENCH")).state);
  if (state.messages !== each.count) throw new Error(`${state.messages} of ${each.count} messages arrived`);
  return (each.count - 1) / seconds;
}
async function runWorker({ ready, cluster }, { integration, count }) {
  const { seconds, tick } = stopwatch(count);
  const house = must(
    await startHouse({
      ready: { ...ready, bundles: [bundleOf(ready, integration)] },
      cluster,
      settings: env.settings,
      httpPort: 0,
      dataDir: tmpdir4(),
      quiet: true,
      io: processIo(),
      onEvent: (event) => {
        if (event.kind !== "outcome") return;
        if (event.outcome.kind !== "delivered") throw new Error(JSON.stringify(event));
        tick();
      }
    })
  );
  return { seconds, close: () => house.close() };
}
async function runByHand({ cluster, admin }, { integration, map, count }) {
  const login = JSON.parse(cluster.credentials ?? "{}").acme;
  const connection = await connect3({
    servers: cluster.url,
    user: login.user,
    pass: login.password,
    noAsyncTraces: true
  });
  await admin.flush();
  const stream2 = intakeStream(integration);
  const options = {
    stream: stream2,
    consumer: targetConsumer("out"),
    subject: `bench.out.${integration}`,
    map,
    inFlight: inFlight2
  };
  const { seconds, tick } = stopwatch(count);
  const running = handWritten(connection, options, tick);
  return {
    seconds,
    close: async () => {
      await running;
      await connection.close();
    }
  };
}
function stopwatch(count) {
  let done = 0;
  let firstAt = 0;
  let stop = () => void 0;
  const seconds = new Promise((resolve8) => {
    stop = resolve8;
  });
  const tick = () => {
    done += 1;
    if (done === 1) firstAt = performance.now();
    if (done === count) stop((performance.now() - firstAt) / 1e3);
    return done === count;
  };
  return { seconds, tick };
}
async function call2(connection, name, body = {}) {
  const answer2 = await connection.request(`$JS.API.${name}`, JSON.stringify(body), { timeout: 1e4 });
  const value = answer2.json();
  if (value.error !== void 0) throw new Error(`${name}: ${JSON.stringify(value.error)}`);
  return value;
}

// bench/mapping.ts
var rounds = 2e4;
async function mapping(pairs = 11) {
  const program = await programOf(benchWorkspace(), "order");
  const text4 = JSON.stringify(order2("o-1"));
  const meta = { id: "o-1", source: "http", receivedAt: "2026-03-01T12:30:01.000Z" };
  let written = 0;
  const floor2 = () => {
    written += JSON.stringify(JSON.parse(text4)).length;
  };
  const mapped = () => {
    const walked = program.code.walk({ ...env, body: JSON.parse(text4), headers: {}, meta }, "out");
    if (walked.kind !== "deliver") throw new Error(`the order did not pass: ${JSON.stringify(walked)}`);
    written += JSON.stringify(walked.body).length;
  };
  const time = (run4) => () => {
    const start3 = performance.now();
    for (let round2 = 0; round2 < rounds; round2 += 1) run4();
    return performance.now() - start3;
  };
  time(floor2)();
  time(mapped)();
  const { ratio } = await paired(pairs, time(mapped), time(floor2));
  if (written === 0) throw new Error("nothing was written");
  return { bytes: text4.length, ratio };
}

// bench/run.ts
var wanted = process.argv.slice(2);
var runs = (name) => wanted.length === 0 || wanted.includes(name);
var say2 = (text4) => void process.stdout.write(`${text4}
`);
var shown2 = ({ median, lowest, highest }) => `${median.toFixed(2)}   (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
var row = (what, ratio, target3) => say2(`${what.padEnd(58)} ${shown2(ratio).padEnd(24)} target ${target3}`);
say2("Ratios: median of pairs that ran in turns (lowest to highest)\n");
if (runs("mapping")) {
  const { bytes: bytes2, ratio } = await mapping();
  row(`mapping an order of ${bytes2} B : parse + stringify`, ratio, "<= 1.25");
}
if (runs("hop")) {
  for await (const { what, ratio, ours, theirs } of hop()) {
    row(what, ratio, ">= 0.85");
    say2(`  ${Math.round(ours)} messages/s : ${Math.round(theirs)} messages/s`);
  }
}
