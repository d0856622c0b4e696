// A content that is larger than memory would like, from an HTTP sender to a file by a worker as users start it, which is
// killed while it comes in and while it goes out.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Compiled } from "../../compiler/compile.ts";
import { freePort } from "./free-port.ts";
import { ended, type Killable, killable } from "./killable.ts";
import { hashOf } from "./object-store.ts";
import { until } from "./wait.ts";

export interface Passed {
  /** Of what was sent, and of what arrived. */
  readonly sent: string;
  readonly arrived: string;
  readonly files: readonly string[];
  /** In the intake: heads and chunks. */
  readonly messages: number;
  /** The most that one of the workers ever had, in MB. */
  readonly resident: number;
  /** How many times a worker died with the content half in or half out. */
  readonly kills: { readonly coming: number; readonly going: number };
  readonly seconds: { readonly in: number; readonly out: number };
}

/** `tenant`: more of its document, and further documents. */
export const filmsWorkspace = (limit: string, tenant = ""): Readonly<Record<string, string>> => ({
  "vrsky.yaml": "workspace: films\nlanguage: 1\n",
  "tenants/acme/tenant.yaml": `tenant: acme\nquotas: { storage: 16GiB }\n${tenant}`,
  "tenants/acme/a.yaml": `integration: films
source:
  http: { path: /films, format: blob, max-size: ${limit} }
  message-id: \${ body.sha256 }
targets:
  out: { file: { path: "films/\${ meta.id }.bin", format: blob }, retry: { for: 10m, initial: 100ms, max: 1s } }
`,
});

export interface PassOptions {
  readonly bytes: number;
  /** A `filmsWorkspace` that takes as many. */
  readonly compiled: Compiled;
  readonly env?: Readonly<Record<string, string>>;
}

export async function passLarge({ bytes, compiled, env = {} }: PassOptions): Promise<Passed> {
  await using stage = await killable(compiled, env);
  const port = await freePort();
  const folder = join(stage.dataDir, "films");
  const kills = { coming: 0, going: 0 };
  let resident = 0;
  const note = async ({ pid }: { readonly pid?: number | undefined }): Promise<void> => {
    resident = Math.max(resident, await mostResident(pid));
  };

  let worker = stage.start(String(port));
  await listening(port);
  let broken = false;
  const dying = send(port, bytes, (sent) => {
    if (broken || sent < bytes / 2) return;
    broken = true;
    kills.coming += 1;
    void note(worker).then(() => ended(worker));
  });
  if ((await dying) !== 0) throw new Error("it was answered by a worker that was dead");
  worker = stage.start(String(port));
  await listening(port);
  const begun = performance.now();
  const status = await send(port, bytes);
  if (status !== 202) throw new Error(`the sender was answered ${status}`);
  const taken = performance.now();

  // Half of it stands in the file that will be: the next worker begins anew.
  await until(
    "half of it is written",
    async () => (await largest(folder)) > bytes / 2 || (await done(folder)),
    300_000,
  );
  if (!(await done(folder))) {
    kills.going += 1;
    await note(worker);
    await ended(worker);
    worker = stage.start(String(port));
  }
  await until("it is there", () => done(folder), 300_000);
  const arrivedAt = performance.now();
  await until("it is acknowledged", async () => (await unread(stage)) === 0, 120_000);
  await note(worker);
  const files = (await readdir(folder)).filter((name) => name.endsWith(".bin") && !name.startsWith("."));
  return {
    sent: (await hashOf(pattern(bytes))).sha256,
    arrived: await fileHash(join(folder, files[0] ?? "")),
    files,
    messages: await inStream(stage, "IN_films"),
    resident,
    kills,
    seconds: { in: (taken - begun) / 1000, out: (arrivedAt - taken) / 1000 },
  };
}

/** Says at each place where it stands; no two pieces are the same. */
async function* pattern(bytes: number, onSent: (sent: number) => void = () => undefined) {
  const piece = Buffer.alloc(64 * 1024, "0123456789abcdef");
  for (let sent = 0; sent < bytes; ) {
    piece.writeDoubleBE(sent, 0);
    const some = Buffer.from(piece.subarray(0, Math.min(piece.length, bytes - sent)));
    sent += some.length;
    yield some;
    onSent(sent);
  }
}

/** Status of the answer; 0 when there was none. */
function send(port: number, bytes: number, onSent?: (sent: number) => void): Promise<number> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/octet-stream", "content-length": bytes };
    const asked = request({ host: "127.0.0.1", port, path: "/acme/films", method: "POST", headers }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode ?? 0));
      answer.once("error", () => resolve(0));
    });
    asked.once("error", () => resolve(0));
    void pipeline(Readable.from(pattern(bytes, onSent)), asked).catch(() => undefined);
  });
}

const listening = (port: number): Promise<unknown> =>
  until("it listens", () =>
    fetch(`http://127.0.0.1:${port}/acme/none`).then(
      () => true,
      () => false,
    ),
  );

const entries = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);

const done = async (folder: string): Promise<boolean> =>
  (await entries(folder)).some((name) => name.endsWith(".bin") && !name.startsWith("."));

async function largest(folder: string): Promise<number> {
  const sizes = (await entries(folder)).map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return Math.max(0, ...(await Promise.all(sizes)));
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** As the system counts it, in MB; 0 where it does not say. */
async function mostResident(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1000;
}

async function info(stage: Killable, call: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await stage.connection("acme").request(`$JS.API.${call}`);
  return answer.json();
}

const inStream = async (stage: Killable, stream: string): Promise<number> =>
  Number(Object((await info(stage, `STREAM.INFO.${stream}`)).state).messages);

async function unread(stage: Killable): Promise<number> {
  const { num_pending, num_ack_pending } = await info(stage, "CONSUMER.INFO.IN_films.out");
  return Number(num_pending) + Number(num_ack_pending);
}
