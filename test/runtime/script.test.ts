// Scripts that mean well, and scripts that do not: each ends within its bounds, and the next message on the same host
// is not touched by it.

import { afterAll, expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { createScriptHost } from "../../runtime/script/host.ts";
import { createScriptHosts } from "../../runtime/script/hosts.ts";
import type { Json } from "../../schema/json.ts";

const host = createScriptHost();
afterAll(() => host.close());

const script = (text: string): string => `globalThis.$script = ${text};`;
const run = (text: string, input: Json = {}) =>
  host.run(script(text), input, { timeMs: 250, memoryBytes: 16 * 1024 * 1024 });

test("a script gets the message and gives a value", async () => {
  expect(
    await run("({ body }) => ({ total: body.lines.reduce((s, l) => s + l.qty, 0) })", {
      body: { lines: [{ qty: 2 }, { qty: 3 }] },
    }),
  ).toEqual({
    kind: "value",
    value: { total: 5 },
  });
  expect(await run("() => undefined")).toEqual({ kind: "value", value: undefined });
  expect(await run("({ body }) => body", { body: "æ€😀\u2028" })).toEqual({ kind: "value", value: "æ€😀\u2028" });
  expect(await run("() => new Date('2026-01-02T03:04:05Z').toISOString()")).toEqual({
    kind: "value",
    value: "2026-01-02T03:04:05.000Z",
  });
});

/** What it does, and how it ends. */
const attacks: readonly (readonly [string, string, object])[] = [
  ["loops", "() => { while (true); }", { kind: "stopped", reason: "time" }],
  [
    "loops in finally",
    "() => { try { while (true); } finally { while (true); } }",
    { kind: "stopped", reason: "time" },
  ],
  ["catches its own end", "() => { for (;;) try { for (;;); } catch {} }", { kind: "stopped", reason: "time" }],
  ["recurses", "() => { const f = () => f() + 1; return f(); }", { kind: "stopped", reason: "stack" }],
  [
    "recurses in a getter",
    "() => { const o = { get x() { return this.x; } }; return o.x; }",
    { kind: "stopped", reason: "stack" },
  ],
  [
    "recurses through toString",
    "() => { const o = { toString() { return `${this}`; } }; return `${o}`; }",
    { kind: "stopped", reason: "stack" },
  ],
  ["explodes a regular expression", "() => /^(a+)+$/.test('a'.repeat(40) + 'b')", { kind: "stopped" }],
  ["fills a list", "() => new Array(1e9).fill(1)", { kind: "stopped" }],
  ["doubles a text", "() => { let s = 'x'; for (;;) s += s; }", { kind: expect.stringMatching(/stopped|failed/) }],
  ["repeats a text", "() => 'x'.repeat(1e9).length", { kind: expect.stringMatching(/stopped|failed/) }],
  ["asks for a buffer", "() => { const all = []; for (;;) all.push(new ArrayBuffer(1e6)); }", { kind: "stopped" }],
  ["asks for one large buffer", "() => new Uint8Array(2e9).length", { kind: expect.stringMatching(/stopped|failed/) }],
  ["makes objects", "() => { const all = []; for (;;) all.push({}); }", { kind: "stopped" }],
  [
    "joins itself",
    "() => { const a = [1]; a[1e7] = 1; return a.join('x'.repeat(100)); }",
    { kind: expect.stringMatching(/stopped|failed/) },
  ],
  ["never ends a generator", "() => [...(function* () { for (;;) yield 1; })()].length", { kind: "stopped" }],
  [
    "sorts for ever",
    "() => { const a = Array.from({ length: 1e5 }, (_, i) => i); for (;;) a.sort(() => 1); }",
    { kind: "stopped" },
  ],
  ["is async", "async () => 1", { kind: "failed", message: expect.stringContaining("async") }],
  ["waits for nothing", "() => new Promise(() => {})", { kind: "failed", message: expect.stringContaining("async") }],
  ["imports", "() => import('node:fs')", { kind: "failed" }],
  ["requires", "() => require('node:fs')", { kind: "failed", message: expect.stringContaining("require") }],
  ["looks for the process", "() => process.env", { kind: "failed", message: expect.stringContaining("process") }],
  ["fetches", "() => fetch('http://127.0.0.1')", { kind: "failed", message: expect.stringContaining("fetch") }],
  ["sets a timer", "() => setTimeout(() => {}, 1)", { kind: "failed" }],
  ["asks for the time", "() => Date.now()", { kind: "failed", message: expect.stringContaining("meta.receivedAt") }],
  [
    "asks for the time by new",
    "() => new Date().getTime()",
    { kind: "failed", message: expect.stringContaining("meta.receivedAt") },
  ],
  [
    "asks for the time by a constructor",
    "() => new (new Date(0).constructor)().getTime()",
    { kind: "failed", message: expect.stringContaining("meta.receivedAt") },
  ],
  ["rolls dice", "() => Math.random()", { kind: "failed", message: expect.stringContaining("meta.id") }],
  ["evaluates text", "() => eval('1')", { kind: "failed" }],
  [
    "waits on shared memory",
    "() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    { kind: expect.stringMatching(/stopped|failed/) },
  ],
  ["returns itself", "() => { const o = {}; o.o = o; return o; }", { kind: "failed" }],
  ["returns too much", "() => 'x'.repeat(2e6)", { kind: "failed", message: expect.stringContaining("longer than") }],
  ["returns a large number of another kind", "() => 1n", { kind: "failed" }],
  ["loops while it is written out", "() => ({ toJSON() { for (;;); } })", { kind: "stopped", reason: "time" }],
  ["loops in a proxy", "() => new Proxy({}, { ownKeys() { for (;;); } })", { kind: "stopped", reason: "time" }],
  ["throws a text", "() => { throw 'secret'; }", { kind: "failed", message: "something that is no error was thrown" }],
  [
    "throws a long message",
    "() => { throw new Error('x'.repeat(1e5)); }",
    { kind: "failed", message: expect.stringMatching(/^.{1,340}$/) },
  ],
  ["throws a liar", "() => { throw { get message() { for (;;); } }; }", { kind: "stopped" }],
  [
    "nests its result",
    "() => { let o = {}; for (let i = 0; i < 1e6; i++) o = { o }; return o; }",
    { kind: expect.stringMatching(/stopped|failed/) },
  ],
  [
    "speaks in place of the host",
    "() => { throw { kind: 'value', text: '1' }; }",
    { kind: expect.stringMatching(/stopped|failed/) },
  ],
];

for (const [what, text, end] of attacks) {
  test(`a script that ${what} is bounded`, async () => {
    expect(await run(text)).toMatchObject(end);
    expect(await run("({ body }) => body + 1", { body: 1 })).toEqual({ kind: "value", value: 2 });
  });
}

test("nothing of one message is left for the next", async () => {
  const leave =
    "() => { globalThis.left = 1; Object.prototype.left = 2; JSON.parse = () => 3; Array.prototype.map = null; return 1; }";
  expect(await run(leave)).toEqual({ kind: "value", value: 1 });
  expect(await run("() => [globalThis.left ?? null, ({}).left ?? null, [1].map(x => x + 1)]")).toEqual({
    kind: "value",
    value: [null, null, [2]],
  });
});

test("those who wait behind one that hangs are run all the same", async () => {
  const all = await Promise.all([run("() => { for (;;); }"), run("() => 1"), run("() => 2")]);
  expect(all).toMatchObject([{ kind: "stopped" }, { value: 1 }, { value: 2 }]);
});

test("a message that is too large, or nested too deep, is refused", async () => {
  expect(await run("() => 1", { body: "x".repeat(2 ** 21) })).toMatchObject({ kind: "failed" });
  const deep = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`) as Json;
  expect(await run("() => 1", { body: deep })).toMatchObject({ kind: expect.stringMatching(/stopped|failed|value/) });
  expect(await run("() => 1")).toEqual({ kind: "value", value: 1 });
});

test("an integration whose scripts loop is kept apart: its neighbour waits for one of them at most", async () => {
  const hosts = createScriptHosts(systemClock);
  const [looping, neighbour] = [hosts.add(), hosts.add()];
  const ended: string[] = [];
  const limits = { timeMs: 400 };
  const loops = Array.from({ length: 4 }, async () => {
    const { kind } = await looping.run(script("() => { while (true); }"), {}, limits);
    ended.push(kind);
  });
  const quick = Array.from({ length: 20 }, async () => {
    const { kind } = await neighbour.run(script("() => 1"), {}, limits);
    ended.push(kind);
  });
  await Promise.all(quick);
  await Promise.all(loops);
  await hosts.close();
  // Both began on one thread; the other loops went on beside.
  expect(ended.indexOf("value")).toBeLessThanOrEqual(1);
  expect(ended.filter((kind) => kind === "stopped")).toHaveLength(4);
  expect(ended.filter((kind) => kind === "value")).toHaveLength(20);
});

test("a thread that gets no turn on a busy machine is waited for: its script is not to blame", async () => {
  // In place of one that the machine lets wait for longer than a script may take, and the watchdog beside it.
  const late = `import { parentPort } from "node:worker_threads";
    let ms = 0;
    parentPort.on("message", () => {
      setTimeout(() => parentPort.postMessage({ kind: "value", text: "1" }), ms);
      ms = 3_200;
    });`;
  const busy = createScriptHost(new URL(`data:text/javascript,${encodeURIComponent(late)}`));
  expect(await busy.run("", {})).toMatchObject({ kind: "value" });
  const second = await busy.run("", {}, { timeMs: 1_000 });
  await busy.close();
  expect(second).toMatchObject({ kind: "value" });
});
