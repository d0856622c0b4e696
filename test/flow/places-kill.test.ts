// Files on SFTP and in a bucket, with the worker killed for real just when a file is there and nobody has heard of it.

import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileTexts } from "../rig/compile.ts";
import { ended, killable } from "../rig/killable.ts";
import { type S3Rig, s3Server } from "../rig/s3-server.ts";
import { type SftpRig, sftpServer } from "../rig/sftp-server.ts";
import { until } from "../rig/wait.ts";

const count = 30;
const ids = Array.from({ length: count }, (_, n) => `m${n}`);

const workspace = ({ connection, fingerprint }: SftpRig, s3: S3Rig) => ({
  "vrsky.yaml": "workspace: places\nlanguage: 1\ndefaults: { retry: { for: 10m, initial: 50ms, max: 500ms } }\n",
  "tenants/acme/a.yaml": `tenant: acme
secrets: [supplier_key, lake_key, lake_secret]
---
connections:
  supplier:
    sftp:
      host: 127.0.0.1
      port: ${connection.port}
      user: ${connection.user}
      key: "\${ secrets.supplier_key }"
      fingerprint: "${fingerprint}"
  lake:
    s3:
      endpoint: ${s3.connection.endpoint}
      bucket: ${s3.connection.bucket}
      access-key: "\${ secrets.lake_key }"
      secret-key: "\${ secrets.lake_secret }"
---
integration: copy
source:
  file: { connection: supplier, path: "/in/*.jsonl", format: jsonl, every: 50ms, stable-for: 1ms, after: { move: /done } }
  contract: { id: string }
targets:
  server: { file: { connection: supplier, path: "/out/\${ body.id }.json", format: json } }
  bucket: { file: { connection: lake, path: "out/\${ body.id }.json", format: json } }
`,
});

test("kill -9 between a file that is there and its answer: the same file, once, and no record twice", async () => {
  await using sftp = await sftpServer({ extensions: true });
  await using s3 = await s3Server({ conditional: true });
  await using stage = await killable(compileTexts(workspace(sftp, s3)), {
    VRSKY_SECRET_ACME_SUPPLIER_KEY: sftp.key,
    VRSKY_SECRET_ACME_LAKE_KEY: s3.connection["access-key"],
    VRSKY_SECRET_ACME_LAKE_SECRET: s3.connection["secret-key"],
  });
  let worker = stage.start();
  const kills: string[] = [];
  /** Resolves once the worker that asked for it is dead. */
  const kill = async (what: string): Promise<void> => {
    kills.push(what);
    await ended(worker);
  };
  let puts = 0;
  let links = 0;
  s3.failing = (request) => {
    if (!request.startsWith("PUT out/")) return undefined;
    puts += 1;
    return puts === 10 ? { afterwards: () => kill(request) } : undefined;
  };
  sftp.afterwards = async (request) => {
    if (request === "hardlink@openssh.com") links += 1;
    if (request === "hardlink@openssh.com" && links === 10) await kill(request);
    if (request === "RENAME" && !kills.includes("RENAME")) await kill("RENAME");
  };
  await mkdir(join(sftp.root, "in"));
  await writeFile(join(sftp.root, "in/.a"), ids.map((id) => `${JSON.stringify({ id })}\n`).join(""));
  await rename(join(sftp.root, "in/.a"), join(sftp.root, "in/a.jsonl"));
  while (kills.length < 3 || worker.signalCode !== null) {
    await until("it is killed", () => worker.signalCode !== null);
    worker = stage.start();
  }
  const names = ids.map((id) => `${id}.json`).sort();
  const onServer = async (): Promise<readonly string[]> =>
    (await readdir(join(sftp.root, "out")).catch(() => [])).filter((name) => !name.startsWith(".")).sort();
  await until("all are on the server", async () => (await onServer()).length === count);
  await until("all are in the bucket", async () => (await s3.keys("out/")).length === count);
  const times = await Promise.all(names.map(async (name) => (await stat(join(sftp.root, "out", name))).mtimeMs));
  await until("the file is done", async () => (await readdir(join(sftp.root, "done"))).includes("a.jsonl"));
  await ended(worker, "SIGTERM");
  expect(kills.map((what) => what.replace(/m\d+/, "…")).sort()).toEqual([
    "PUT out/….json",
    "RENAME",
    "hardlink@openssh.com",
  ]);
  expect(await onServer()).toEqual(names);
  expect(await s3.keys("out/")).toEqual(names.map((name) => `out/${name}`));
  expect(await readdir(join(sftp.root, "done"))).toEqual(["a.jsonl"]);
  for (const id of ids) {
    const text = `${JSON.stringify({ id }, null, 2)}\n`;
    expect(await readFile(join(sftp.root, "out", `${id}.json`), "utf8")).toBe(text);
    expect(await s3.object(`out/${id}.json`)).toBe(text);
  }
  // What was there when the worker died was not written again.
  expect(await Promise.all(names.map(async (name) => (await stat(join(sftp.root, "out", name))).mtimeMs))).toEqual(
    times,
  );
  expect([...s3.made].sort()).toEqual(names.map((name) => `out/${name}`));
}, 240_000);
