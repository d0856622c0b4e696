import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FindOptions, findServer, givenServerUrl } from "../../../control/nats-server/find.ts";
import { canPack, packDeb } from "../../rig/debian.ts";

/** Machines of other distributions cannot pack Debian packages. */
const onDebian = test.skipIf(!canPack);

const poolPath = "pool/main/n/nats-server/nats-server_2.15.1-1_amd64.deb";

let dir: string;
let mirror: Server;
let url: string;
/** What the mirror answers by path; "stall" sends the head and one byte and then nothing, "hang" not even those. */
let files: Map<string, Buffer | "stall" | "hang">;
/** Paths that were asked for, in order. */
let asked: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "vrsky-find-"));
  files = new Map();
  asked = [];
  mirror = createServer((request, response) => {
    asked.push(request.url ?? "");
    const body = files.get((request.url ?? "").slice(1));
    if (body === undefined) response.writeHead(404).end();
    else if (body === "hang") return;
    else if (body === "stall") response.writeHead(200, { "content-length": 1000 }).write("x");
    else response.end(body);
  });
  await new Promise<void>((resolve) => mirror.listen(0, "127.0.0.1", resolve));
  const address = mirror.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  write("apt/sources.list", `deb ${url} stable main\n`);
  mkdirSync(join(dir, "tmp"));
});

afterEach(async () => {
  mirror.closeAllConnections();
  await new Promise((resolve) => mirror.close(resolve));
  await rm(dir, { recursive: true, force: true });
});

function write(path: string, content: string): string {
  const whole = join(dir, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
  return whole;
}

/** A program that says what the real one says of its version. */
function binary(path: string, version: string): string {
  const whole = write(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  chmodSync(whole, 0o755);
  return whole;
}

async function debianPackage(version: string): Promise<Buffer> {
  binary("package/usr/sbin/nats-server", version);
  await packDeb(join(dir, "package"), join(dir, "built.deb"));
  return readFileSync(join(dir, "built.deb"));
}

const sum = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const cachePath = (version: string): string => join(dir, "cache/vrsky/nats-server", version, "nats-server");

function find(options: FindOptions = {}) {
  return findServer({
    env: { XDG_CACHE_HOME: join(dir, "cache"), PATH: join(dir, "bin") },
    home: dir,
    tmp: join(dir, "tmp"),
    systemDirs: [],
    aptDir: join(dir, "apt"),
    releasesUrl: `${url}/releases`,
    platform: "linux",
    arch: "x64",
    pins: {},
    stallMs: 5_000,
    ...options,
  });
}

onDebian("the pinned package is fetched once and found in the cache afterwards", async () => {
  const deb = await debianPackage("2.15.1");
  files.set(poolPath, deb);
  const pins = { amd64: { path: poolPath, sha256: sum(deb) } };
  const first = await find({ pins });
  expect(first).toMatchObject({
    ok: true,
    server: { path: cachePath("2.15.1"), version: "2.15.1", origin: "debian", pinned: true },
  });
  files.clear();
  expect(await find({ pins })).toMatchObject({ ok: true, server: { origin: "cache", pinned: true } });
  expect(readdirSync(dirname(dirname(cachePath("2.15.1"))))).toEqual(["2.15.1"]);
});

onDebian("a package with another sum is refused and leaves nothing", async () => {
  files.set(poolPath, await debianPackage("2.15.1"));
  const result = await find({ pins: { amd64: { path: poolPath, sha256: "0".repeat(64) } } });
  expect(result).toMatchObject({ ok: false, message: expect.stringMatching(/SHA-256 .* instead of 0{64}: refused/) });
  expect(existsSync(cachePath("2.15.1"))).toBe(false);
});

onDebian("without the pinned package the newest of the index is taken and called unpinned", async () => {
  const deb = await debianPackage("2.16.0");
  const path = "pool/main/n/nats-server/nats-server_2.16.0-1_amd64.deb";
  files.set(path, deb);
  const index = `Package: nats-other\nFilename: other.deb\nSHA256: 0\n\nPackage: nats-server\nVersion: 2.16.0-1\nFilename: ${path}\nSHA256: ${sum(deb)}\n\nPackage: natsort\nFilename: n.deb\n`;
  files.set("dists/sid/main/binary-amd64/Packages.gz", gzipSync(index));
  const said: string[] = [];
  const pins = { amd64: { path: poolPath, sha256: "0".repeat(64) } };
  const result = await find({ pins, say: (line) => said.push(line) });
  expect(result).toMatchObject({ ok: true, server: { version: "2.16.0", origin: "debian", pinned: false } });
  expect(said.join("\n")).toContain("unpinned");
  expect(await find()).toMatchObject({ ok: true, server: { origin: "cache", version: "2.16.0", pinned: false } });
});

onDebian("an index that lists an unsupported version only is no source", async () => {
  const deb = await debianPackage("2.10.27");
  files.set(poolPath, deb);
  const index = `Package: nats-server\nFilename: ${poolPath}\nSHA256: ${sum(deb)}\n`;
  files.set("dists/sid/main/binary-amd64/Packages.gz", gzipSync(index));
  expect(await find()).toMatchObject({ ok: false, message: expect.stringContaining("2.10.27 is not supported") });
});

onDebian("a mirror that falls silent is cut, and the next one asked", async () => {
  const deb = await debianPackage("2.15.1");
  files.set(`slow/${poolPath}`, "stall");
  files.set(`good/${poolPath}`, deb);
  write("apt/sources.list", `deb ${url}/slow sid main\ndeb ${url}/good sid main\n`);
  const result = await find({ pins: { amd64: { path: poolPath, sha256: sum(deb) } }, stallMs: 1_000 });
  expect(result).toMatchObject({ ok: true, server: { origin: "debian", pinned: true } });
});

test("hosts that never answer cost one cut each, and leave nothing behind", async () => {
  files.set("releases/v2.15.1/SHA256SUMS", "hang");
  files.set(poolPath, "hang");
  const result = await find({ pins: { amd64: { path: poolPath, sha256: "0".repeat(64) } }, stallMs: 300 });
  expect(result).toMatchObject({
    ok: false,
    message: expect.stringMatching(/release: .*SHA256SUMS gave nothing for 0.3 s; debian: .*_amd64.deb gave nothing/),
  });
  expect(asked).toEqual(["/releases/v2.15.1/SHA256SUMS", `/${poolPath}`]);
  expect(existsSync(join(dir, "cache"))).toBe(false);
});

onDebian("a mirror's user and password are used and never shown", async () => {
  const deb = await debianPackage("2.15.1");
  files.set(`mine/${poolPath}`, deb);
  mirror.prependListener("request", (request) => {
    if (request.headers.authorization !== `Basic ${btoa("me:s3cret")}`) request.url = "/refused";
  });
  write("apt/sources.list", `deb ${url.replace("//", "//me:s3cret@")}/mine sid main\n`);
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  const bad = await find({ pins: { amd64: { path: poolPath, sha256: "0".repeat(64) } }, say });
  const good = await find({ pins: { amd64: { path: poolPath, sha256: sum(deb) } }, say });
  expect(good).toMatchObject({ ok: true, server: { origin: "debian" } });
  expect(JSON.stringify([bad, good, said])).not.toContain("s3cret");
});

onDebian("two that fetch at once both get a whole one", async () => {
  const deb = await debianPackage("2.15.1");
  files.set(poolPath, deb);
  const pins = { amd64: { path: poolPath, sha256: sum(deb) } };
  const both = await Promise.all([find({ pins }), find({ pins })]);
  for (const result of both) expect(result).toMatchObject({ ok: true, server: { path: cachePath("2.15.1") } });
  expect(readdirSync(dirname(cachePath("2.15.1")))).toEqual(["nats-server"]);
});

onDebian("without a home that can be written the cache goes to a private temporary folder", async () => {
  const deb = await debianPackage("2.15.1");
  files.set(poolPath, deb);
  const pins = { amd64: { path: poolPath, sha256: sum(deb) } };
  const env = { PATH: "", XDG_CACHE_HOME: "relative/is/ignored" };
  for (const home of ["", write("file", "")]) {
    const result = await find({ env, home, pins });
    if (!result.ok) throw new Error(result.message);
    expect(result.server.path.startsWith(join(dir, "tmp"))).toBe(true);
    expect(statSync(dirname(dirname(result.server.path))).mode & 0o777).toBe(0o700);
  }
  expect(asked.filter((path) => path.endsWith(".deb"))).toHaveLength(1);
});

onDebian("a temporary folder that others can write is neither read nor filled", async () => {
  const deb = await debianPackage("2.15.1");
  files.set(poolPath, deb);
  const pins = { amd64: { path: poolPath, sha256: sum(deb) } };
  const open = join(dir, "tmp", `vrsky-${process.getuid?.()}-nats-server`);
  binary(join("tmp", basename(open), "2.15.1", "nats-server"), "2.15.1");
  chmodSync(open, 0o777);
  expect(await find({ env: {}, home: "", pins })).toMatchObject({
    ok: false,
    message: expect.stringMatching(/neither a home nor .* can be written/),
  });
});

test("the official release comes first, checked against its own sums", async () => {
  const name = "nats-server-v2.15.1-linux-amd64";
  binary(`${name}/nats-server`, "2.15.1");
  execFileSync("tar", ["-czf", join(dir, "release.tar.gz"), "-C", dir, name]);
  const archive = readFileSync(join(dir, "release.tar.gz"));
  files.set(`releases/v2.15.1/${name}.tar.gz`, archive);
  files.set("releases/v2.15.1/SHA256SUMS", Buffer.from(`${"0".repeat(64)}  ${name}.tar.gz\n`));
  expect(await find()).toMatchObject({ ok: false, message: expect.stringContaining("refused") });
  files.set(
    "releases/v2.15.1/SHA256SUMS",
    Buffer.from(`${"0".repeat(64)}  other.zip\n${sum(archive)}  ${name}.tar.gz\n`),
  );
  const result = await find();
  expect(result).toMatchObject({ ok: true, server: { origin: "release", version: "2.15.1", pinned: true } });
  expect(result.trace.map(({ origin, outcome }) => `${origin} ${outcome}`)).toEqual([
    "VRSKY_NATS_SERVER absent",
    "cache absent",
    "PATH absent",
    "release found",
  ]);
});

test("PATH is passed over when its server is too old, and taken when it is not", async () => {
  binary("bin/nats-server", "2.13.1");
  expect(await find({ fetch: false })).toMatchObject({
    ok: false,
    message: expect.stringContaining("2.13.1 is not supported"),
  });
  binary("bin/nats-server", "2.14.4");
  expect(await find({ fetch: false })).toMatchObject({ ok: true, server: { origin: "PATH", version: "2.14.4" } });
});

test("a server that the user names is taken or refused, never replaced", async () => {
  binary("bin/nats-server", "2.15.1");
  const named = binary("mine/nats-server", "2.12.14");
  const env = { XDG_CACHE_HOME: join(dir, "cache"), PATH: join(dir, "bin") };
  expect(await find({ env: { ...env, VRSKY_NATS_SERVER: named } })).toMatchObject({
    ok: true,
    server: { path: named, origin: "VRSKY_NATS_SERVER" },
  });
  expect(await find({ env: { ...env, VRSKY_NATS_SERVER: join(dir, "none") } })).toMatchObject({
    ok: false,
    message: expect.stringContaining("does not run as a nats-server"),
  });
  binary("mine/nats-server", "2.14.3");
  expect(await find({ env: { ...env, VRSKY_NATS_SERVER: named } })).toMatchObject({
    ok: false,
    message: expect.stringContaining("2.14.3 is not supported"),
  });
});

test("a relative path is made absolute, for the server runs elsewhere", async () => {
  const named = binary("mine/nats-server", "2.15.1");
  const env = { VRSKY_NATS_SERVER: relative(process.cwd(), named) };
  expect(await find({ env })).toMatchObject({ ok: true, server: { path: named } });
});

test("a program that hangs when asked for its version is cut", async () => {
  const named = write("mine/nats-server", "#!/bin/sh\nexec sleep 60\n");
  chmodSync(named, 0o755);
  expect(await find({ env: { VRSKY_NATS_SERVER: named }, stallMs: 200 })).toMatchObject({ ok: false });
});

test("a running server is named by its URL", () => {
  expect(givenServerUrl({ VRSKY_NATS_URL: "nats://host:4222" })).toBe("nats://host:4222");
  expect(givenServerUrl({ VRSKY_NATS_URL: "" })).toBeUndefined();
  expect(givenServerUrl({})).toBeUndefined();
});

test("a cached binary that does not run here is passed over", async () => {
  write("cache/vrsky/nats-server/2.15.1/nats-server", "not a program");
  const result = await find({ fetch: false });
  expect(result).toMatchObject({ ok: false, help: expect.stringContaining("VRSKY_NATS_SERVER=") });
});
