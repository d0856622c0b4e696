// vrsky tap and vrsky top against a real server and a real worker.

import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { paint } from "../../cli/paint.ts";
import { tapVerb } from "../../cli/verbs/tap.ts";
import { topVerb } from "../../cli/verbs/top.ts";
import { topFrame } from "../../cli/watch/top-frame.ts";
import type { Status } from "../../control/watch/status.ts";
import { command } from "../rig/command.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";
import { type Watched, watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string, where: string, token?: string }, message-id: "\${ body.id }" }
steps: [{ filter: "\${ body.where !== 'nowhere' }" }]
targets: { crm: { http: { url: "\${ settings.receiver }/\${ body.where }" }, retry: { for: 7d, initial: 20h, max: 24h } } }
`,
};

const options = { json: false, preview: 200, payload: true };

/** Posts new messages until something comes of it: when the tap has begun is its own affair. */
async function postUntil(world: Watched, where: string, over: () => boolean): Promise<void> {
  for (let number = 0; !over(); number += 1) {
    await world.post("/acme/orders", { id: `${where}-${number}`, where, token: "geheim" });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("messages as they come in, what becomes of them, and no consumer for it", async () => {
  await using world = await watched(texts);
  world.answers.set("/bad", () => 400);
  const tapped = async (where: string, more: object) => {
    let over = false;
    const tap = world
      .verb((io) => tapVerb(world.folder, "orders", { ...options, ...world.cluster, ...more }, io))
      .finally(() => {
        over = true;
      });
    await postUntil(world, where, () => over);
    return tap;
  };
  const plain = await tapped("crm", { count: 2 });
  expect(plain.code).toBe(0);
  expect(plain.out).toMatch(
    /^\d\d:\d\d:\d\d\.\d+ {2}crm-\d+ from http {2}\{"id":"crm-\d+","where":"crm","token":"•••"\}\n.*crm-\d+.*\n$/,
  );
  const json = await tapped("crm2", { count: 1, json: true, payload: false });
  expect(JSON.parse(json.out)).toEqual({
    at: expect.any(String),
    id: expect.stringMatching(/^crm2-/),
    sequence: expect.any(Number),
    source: "http",
    bytes: expect.any(Number),
  });
  expect((await tapped("crm3", { count: 1, target: "crm" })).out).toMatch(/ → crm {2}delivered \(recomputed\)\n$/);
  expect((await tapped("bad", { count: 1, target: "crm" })).out).toMatch(/ → crm {2}dead after 1 attempt .*400/);
  expect((await tapped("nowhere", { count: 1, target: "crm" })).out).toMatch(/ → crm {2}dropped by filter at .*:3:/);
  const info = await api(world.admin, "STREAM.INFO.IN_orders");
  expect(info.state).toMatchObject({ consumer_count: 1 });

  const wrong = async (integration: string, more: object) => {
    const { code, err } = await world.verb((io) =>
      tapVerb(world.folder, integration, { ...options, ...world.cluster, ...more }, io),
    );
    return `${code} ${err.split("\n")[0]}`;
  };
  expect(await wrong("nothing", {})).toBe("1 error: There is no integration `nothing`.");
  expect(await wrong("orders", { target: "x" })).toBe("1 error: `orders` has no target `x`.");
  expect(await wrong("orders", { creds: world.workerCreds, count: 1 })).toMatch(/^77 /);
});

test("Ctrl-C ends them with 130 and leaves nothing behind", async () => {
  await using world = await watched(texts);
  const { nats, creds } = world.cluster;
  const interrupted = async (begun: RegExp, ...args: readonly string[]) => {
    const child = spawn(process.execPath, [...command, ...args, "--nats", nats, "--creds", creds], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await until(`${args[0]} has begun`, () => begun.test(said));
    child.kill("SIGINT");
    return ended;
  };
  expect(await interrupted(/Ctrl-C ends it/, "tap", world.folder, "orders")).toBe(130);
  expect(await interrupted(/vrsky top/, "top", world.folder)).toBe(130);
  const info = await api(world.admin, "STREAM.INFO.IN_orders");
  expect(info.state).toMatchObject({ consumer_count: 1 });
});

test("top without a screen prints lines, with one it redraws it and gives it back", async () => {
  await using world = await watched(texts);
  const lines = await world.verb((io) => topVerb(world.folder, { ...world.cluster, count: 2 }, io));
  expect(lines.code).toBe(0);
  expect(lines.out.match(/^vrsky top {2}\d\d:\d\d:\d\d {2}1 integration, 1 target: /gm)).toHaveLength(2);
  expect(lines.out).toMatch(/acme\/orders +crm/);
  const screen = await world.verb((io) =>
    topVerb(world.folder, { ...world.cluster, count: 1 }, { ...io, screen: () => ({ columns: 20, rows: 4 }) }),
  );
  const [drawn = ""] = screen.out.split("\u001b[H").slice(1);
  expect(screen.out.startsWith("\u001b[?1049h")).toBe(true);
  expect(screen.out.endsWith("\u001b[?1049l")).toBe(true);
  const shown = (drawn.split("\u001b[J")[0] ?? "").split("\n").map((line) => line.replace("\u001b[K", ""));
  expect(shown.length).toBeLessThanOrEqual(4);
  for (const line of shown) expect(line.length).toBeLessThanOrEqual(20);
});

test("what is furthest behind is on top, and lines are cut to the screen, colours aside", () => {
  const target = { waiting: 0, inFlight: 0, parked: 0, held: 0, suspects: 0, dead: 0, due: 0, settled: 0, missing: [] };
  const status: Status = {
    at: "2026-01-01T00:01:00.000Z",
    integrations: Array.from({ length: 50 }, (_, index) => ({
      tenant: "acme",
      integration: `i${index}`,
      paused: false,
      draining: false,
      wanted: true,
      sources: [],
      targets: [{ ...target, target: "out", lag: index }],
    })),
  };
  const frame = topFrame(status, { columns: 30, rows: 10 }, paint(true), "NATS is away");
  expect(frame).toHaveLength(10);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  const plain = frame.map((line) => line.replaceAll(/\u001b\[[0-9;]*m/g, ""));
  expect(plain.every((line) => line.length <= 30)).toBe(true);
  expect(plain[0]).toBe("vrsky top  00:01:00  NATS is a");
  expect(plain.slice(3, 5).map((line) => line.split(" ")[0])).toEqual(["acme/i49", "acme/i48"]);
  expect(plain.at(-1)).toMatch(/^… and 44 more/);
});
