// A body of 60 MB from HTTP into a file, by a worker as users start it, killed for real while it takes the body in and
// while it writes it out: it arrives once and whole, and the worker never holds it in memory.

import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as address from "../../schema/address.ts";
import { compileTexts } from "../rig/compile.ts";
import { freePort } from "../rig/free-port.ts";
import { ended, killable } from "../rig/killable.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const workspace = {
  "vrsky.yaml": "workspace: large\nlanguage: 1\ndefaults: { retry: { for: 10m, initial: 50ms, max: 500ms } }\n",
  "tenants/acme/a.yaml": `integration: films
source: { http: { path: /films, format: blob } }
targets:
  shelf: { file: { path: "out/\${ body.name }", format: blob } }
`,
};

const film = randomBytes(60_000_000);
const sha256 = createHash("sha256").update(film).digest("hex");
const mostBytes = 200 * 1024 * 1024;

interface Upload {
  /** Of the answer; undefined when there was none. */
  readonly status: Promise<number | undefined>;
  sent(): number;
}

function upload(port: number): Upload {
  let sent = 0;
  const headers = { "content-length": film.length, "content-disposition": 'attachment; filename="film.bin"' };
  const status = new Promise<number | undefined>((resolve) => {
    const options = { port, host: "127.0.0.1", method: "POST", path: "/acme/films", headers, agent: false };
    const request = httpRequest(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", () => resolve(undefined));
    const write = (): void => {
      if (sent >= film.length || request.destroyed) return void request.end();
      const part = film.subarray(sent, sent + 1_000_000);
      sent += part.length;
      request.write(part, write);
    };
    write();
  });
  return { status, sent: () => sent };
}

/** Bytes that the process has had in memory at most. */
async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest("hex");
}

test("60 MB arrive once and whole though the worker is killed on both sides, and it stays below 200 MB", async () => {
  await using stage = await killable(compileTexts(workspace));
  const port = await freePort();
  const shelf = join(stage.dataDir, "out");
  const onShelf = (): Promise<readonly string[]> => readdir(shelf).catch(() => []);
  const peaks: number[] = [];
  let worker = stage.start(String(port));
  const kill = async (): Promise<void> => {
    peaks.push(await peakOf(worker.pid));
    await ended(worker);
    worker = stage.start(String(port));
  };
  const taken = () => until("the worker takes it in", async () => (await upload(port).status) === 202);
  const messages = async () => Object(await api(stage.connection("acme"), "STREAM.INFO.IN_films")).state.messages;

  let first = upload(port);
  await until("half of it is sent", () => {
    // Nobody listens before the worker has started.
    if (first.sent() < film.length / 20) first = upload(port);
    return first.sent() > film.length / 2;
  });
  await kill();
  expect(await first.status).toBeUndefined();
  expect(await messages()).toBe(0);

  await taken();
  const head = address.intakeSubject("films", address.idHash(sha256));
  expect(await messages()).toBe(116);
  await until("it is being written", async () => (await onShelf()).length > 0);
  const before = await onShelf();
  await kill();
  await until("it is there", async () => (await onShelf()).includes("film.bin"));
  expect(await hashOf(join(shelf, "film.bin"))).toBe(sha256);

  // Who has not heard of it sends it again, and is told that it is there.
  await taken();
  expect(await messages()).toBe(116);
  expect((await onShelf()).filter((name) => !name.startsWith("."))).toEqual(["film.bin"]);
  peaks.push(await peakOf(worker.pid));
  process.stdout.write(
    `60 MB through a worker killed twice (on the shelf then: ${before}), stored as ${head}: at most ${peaks.map((peak) => Math.round(peak / 1024 / 1024)).join(", ")} MiB of memory\n`,
  );
  expect(peaks.filter((peak) => !(peak < mostBytes))).toEqual([]);
}, 180_000);
