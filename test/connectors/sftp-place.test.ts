// Files on an SFTP server as a place, against a real SSH server that serves a folder.

import { appendFile, mkdir, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { placeFailureOf } from "../../connectors/file/place.ts";
import { startFileSource } from "../../connectors/file/source.ts";
import { networks } from "../../connectors/network.ts";
import { sftpPlace } from "../../connectors/sftp/place.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { JsonObject } from "../../schema/json.ts";
import { sourceRig } from "../rig/connector.ts";
import { faultProxy } from "../rig/fault-proxy.ts";
import { type Beside, failureOf, keepsFiles, madeByOne, overwritesNothing, textOf } from "../rig/place.ts";
import { type SftpRig, sftpServer } from "../rig/sftp-server.ts";
import { until } from "../rig/wait.ts";

const loopback = networks(["loopback"])("acme");

function open(connection: JsonObject, { warnings = [] as string[], believed = new Map<string, string>() } = {}) {
  const log = { info: () => undefined, warn: (_fields: JsonObject, message: string) => void warnings.push(message) };
  const place = sftpPlace(connection, { network: loopback, clock: systemClock, log, believed });
  return Object.assign(place, { warnings, [Symbol.asyncDispose]: () => place.close() });
}

const known = ({ connection, fingerprint }: SftpRig): JsonObject => ({ ...connection, fingerprint });

const beside = ({ root }: SftpRig): Beside => ({
  put: (path, text) => writeFile(join(root, path), text),
  text: (path) => readFile(join(root, path), "utf8"),
});

const lines = (text: string) => ({ lines: Buffer.from(text), header: Buffer.from("head\n") });

for (const extensions of [false, true]) {
  const server = extensions ? "a server with OpenSSH's extensions" : "a server of version 3 and no more";

  test(`${server}: a file is made, found, read from an offset, moved and removed`, async () => {
    await using rig = await sftpServer({ extensions });
    await using place = open(known(rig));
    await keepsFiles(place, beside(rig));
    await writeFile(join(rig.root, "d"), "d");
    expect(await place.move("d", "done/d")).toBe(true);
    // Its answer was lost, and it is asked for again.
    expect(await place.move("d", "done/d")).toBe(true);
    expect(rig.connections).toBe(1);
    expect(place.warnings).toEqual([]);
  });

  test(`${server}: what is made appears whole, overwrites only when told, and leaves nothing when it breaks off`, async () => {
    await using rig = await sftpServer({ extensions });
    await using place = open(known(rig));
    await overwritesNothing(place, beside(rig));
    await madeByOne(place, beside(rig));
    const stop = new AbortController();
    const endless = Readable.from(
      (function* () {
        for (let n = 0; ; n += 1) {
          if (n === 50) stop.abort(new Error("stop"));
          yield Buffer.alloc(40_000);
        }
      })(),
    );
    expect(await failureOf(place.create("c", endless, { replace: false, signal: stop.signal }))).toMatchObject({
      message: "stop",
    });
    expect((await readdir(rig.root)).sort()).toEqual(["a", "b"]);
  });

  test(`${server}: lines are added at the end, behind a header, half a line is ended first and half an addition taken back`, async () => {
    await using rig = await sftpServer({ extensions });
    await using place = open(known(rig));
    const at = (path: string) => readFile(join(rig.root, path), "utf8");
    await place.append?.("log/a.csv", lines("1\n"));
    await place.append?.("log/a.csv", lines("2\n"));
    expect(await at("log/a.csv")).toBe("head\n1\n2\n");
    await appendFile(join(rig.root, "log/a.csv"), "tor");
    await place.append?.("log/a.csv", lines("3\n"));
    expect(await at("log/a.csv")).toBe("head\n1\n2\ntor\n3\n");
    if (!extensions) return;
    rig.failing = "fsync@openssh.com";
    const long = `${"x".repeat(100_000)}\n`;
    expect(await failureOf(Promise.resolve(place.append?.("log/a.csv", lines(long))))).toMatchObject({
      kind: "unavailable",
    });
    expect(await at("log/a.csv")).toBe("head\n1\n2\ntor\n3\n");
  });
}

test("a large file arrives as it is, both ways, in many requests at once", async () => {
  await using rig = await sftpServer();
  await using place = open(known(rig));
  const bytes = Buffer.alloc(5_000_001);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 31 + (at >> 11)) & 0xff;
  const parts = function* () {
    for (let at = 0; at < bytes.length; at += 777_777) yield bytes.subarray(at, at + 777_777);
  };
  expect(await place.create("large", Readable.from(parts()), { replace: false })).toBe(true);
  expect(bytes.equals(await readFile(join(rig.root, "large")))).toBe(true);
  for (const from of [0, 1, 32_768, 4_999_999]) {
    const chunks: Buffer[] = [];
    for await (const chunk of await place.read("large", from)) chunks.push(chunk);
    expect(bytes.subarray(from).equals(Buffer.concat(chunks))).toBe(true);
  }
  // A reader that has enough leaves no handle behind.
  for await (const _ of await place.read("large")) break;
  expect(rig.requests.filter((name) => name === "OPEN")).toHaveLength(6);
  await expect.poll(() => rig.requests.filter((name) => name === "CLOSE").length).toBe(6);
});

test("patterns: hidden names, folders on the way and odd names are told apart; links are left alone", async () => {
  await using rig = await sftpServer();
  await using place = open(known(rig));
  const odd = [
    "a b.csv",
    "å – 見.csv",
    'it\'s "q".csv',
    "100%.csv",
    "a#b?.csv",
    "new\nline.csv",
    "back\\slash.csv",
    "$(x).csv",
    "-rf.csv",
  ];
  await mkdir(join(rig.root, "out/2026/05"), { recursive: true });
  await mkdir(join(rig.root, "out/.hidden"), { recursive: true });
  for (const name of odd) await writeFile(join(rig.root, "out", name), name);
  await writeFile(join(rig.root, "out/2026/05/deep.csv"), "");
  await writeFile(join(rig.root, "out/.hidden/no.csv"), "");
  await writeFile(join(rig.root, "out/.no.csv"), "");
  await writeFile(join(rig.root, "out/no.txt"), "");
  await symlink(join(rig.root, "out/no.txt"), join(rig.root, "out/link.csv"));
  await symlink("/", join(rig.root, "out/slash"));
  const paths = async (pattern: string) => (await place.list(pattern)).map(({ path }) => path);
  expect(await paths("out/*.csv")).toEqual(odd.map((name) => `out/${name}`).sort());
  expect(await paths("/out/*.csv")).toEqual(odd.map((name) => `/out/${name}`).sort());
  expect(await paths("**/deep.csv")).toEqual(["out/2026/05/deep.csv"]);
  expect(await paths("out/*/*/*.csv")).toEqual(["out/2026/05/deep.csv"]);
  expect(await paths("out/2026/**")).toEqual(["out/2026/05/deep.csv"]);
  expect(await paths("out/*/*.csv")).toEqual([]);
  for (const name of odd) expect(await textOf(place, `out/${name}`)).toBe(name);
});

test("a listing that leads elsewhere, has no attributes or no end does no harm", async () => {
  await using rig = await sftpServer({ namesOnly: true });
  await using place = open(known(rig));
  await writeFile(join(rig.root, "true.csv"), "1");
  await mkdir(join(rig.root, "folder.csv"));
  const stats = { mode: 0o100644, uid: 0, gid: 0, size: 1, atime: 0, mtime: 0 };
  for (const filename of ["../../etc/passwd.csv", "a/../../b.csv", "/etc/c.csv", "nul\0.csv", "gone.csv"])
    rig.listed.push({ filename, longname: filename, attrs: stats });
  expect(await place.list("*.csv")).toMatchObject([{ path: "true.csv", size: 1 }]);
  expect(place.warnings).toHaveLength(4);
  for (const path of ["../a", "a/../../b", "", "nul\0"]) {
    expect(await failureOf(place.find(path))).toMatchObject({ kind: "rejected" });
    expect(await failureOf(place.create(path, Buffer.from("x"), { replace: true }))).toMatchObject({
      kind: "rejected",
    });
  }
});

test("a folder of a thousand files is listed whole", async () => {
  await using rig = await sftpServer();
  await using place = open(known(rig));
  await mkdir(join(rig.root, "many"));
  const names = Array.from({ length: 1_000 }, (_, n) => `many/${String(n).padStart(5, "0")}.csv`);
  for (const name of names) await writeFile(join(rig.root, name), "");
  expect((await place.list("many/*.csv")).map(({ path }) => path)).toEqual(names);
});

test("a cut connection fails what is under way and is made anew by the next request", async () => {
  await using rig = await sftpServer();
  await using wire = await faultProxy(() => rig.port);
  await using place = open({ ...known(rig), port: wire.port });
  await writeFile(join(rig.root, "large"), Buffer.alloc(20_000_000, "x"));
  let got = 0;
  const read = async (): Promise<void> => {
    for await (const chunk of await place.read("large")) {
      got += chunk.length;
      if (got > 1_000_000) wire.reset();
    }
  };
  expect(await failureOf(read())).toMatchObject({ kind: "disconnected" });
  expect(got).toBeLessThan(20_000_000);
  expect(await place.find("large")).toMatchObject({ size: 20_000_000 });
  expect(rig.connections).toBe(2);
  // The server goes and comes again.
  await rig.stop();
  expect(await failureOf(place.list("*"))).toMatchObject({ kind: "disconnected" });
  await rig.start();
  expect(await place.list("*")).toHaveLength(1);
  // Cut in the middle of a new file: it is not there, and made once by the next attempt.
  rig.requests.length = 0;
  const cutting = Readable.from(
    (function* () {
      for (let n = 0; n < 100; n += 1) {
        if (n === 50) wire.cut();
        yield Buffer.alloc(40_000, "y");
      }
    })(),
  );
  expect(await failureOf(place.create("new", cutting, { replace: false }))).toMatchObject({ kind: "disconnected" });
  expect(await readdir(rig.root)).not.toContain("new");
  expect(await place.create("new", Buffer.from("whole"), { replace: false })).toBe(true);
  expect(await place.create("new", Buffer.from("whole"), { replace: false })).toBe(false);
});

test("a server that says nothing any more is given up after the timeout", async () => {
  await using rig = await sftpServer();
  await using place = open({ ...known(rig), timeout: 200 });
  expect(await place.list("*")).toEqual([]);
  rig.silent = "OPENDIR";
  expect(await failureOf(place.list("*"))).toEqual({
    kind: "disconnected",
    message: "SFTP: the server did not answer within 0.2 s",
  });
  rig.silent = undefined;
  expect(await place.list("*")).toEqual([]);
});

test("a user gets in by password, by prompt, by key", async () => {
  await using rig = await sftpServer();
  await using prompting = await sftpServer({ prompts: true });
  const { host, port, user } = rig.connection;
  for (const connection of [
    known(rig),
    known(prompting),
    { host, port, user, key: rig.key, fingerprint: rig.fingerprint },
    {
      host,
      port,
      user,
      key: rig.key,
      fingerprint: ["SHA256:uNiVztksCsDhcc0u9e8BrrJXjvAYRHBpuDVqpA1IlCc", rig.fingerprint],
    },
  ]) {
    await using place = open(connection);
    expect(await place.list("*")).toEqual([]);
  }
});

test("what is wrong with a connection is said by the setting's name, and shows no value", async () => {
  await using rig = await sftpServer();
  const { connection, fingerprint, key } = rig;
  const other = "SHA256:uNiVztksCsDhcc0u9e8BrrJXjvAYRHBpuDVqpA1IlCc";
  const messageOf = async (change: JsonObject): Promise<string> => {
    const given: JsonObject = { ...connection, fingerprint, ...change };
    await using place = open(given);
    const failure = await failureOf(place.list("*"));
    expect(failure).toMatchObject({ kind: "disconnected" });
    const message = placeFailureOf(failure)?.message ?? Object(failure).message;
    for (const value of [given.password, given.user, given.key]) if (value) expect(message).not.toContain(value);
    return message;
  };
  expect(await messageOf({ password: "wrong-secret" })).toBe("SFTP: the server does not let `user` in with `password`");
  expect(await messageOf({ user: "nobody-here" })).toBe("SFTP: the server does not let `user` in with `password`");
  expect(await messageOf({ fingerprint: other })).toBe(
    `SFTP: the server's key (ecdsa-sha2-nistp256) is ${fingerprint}, and \`fingerprint\` says another: either the server was given a new key, or it is not the server`,
  );
  expect(await messageOf({ port: 1 })).toBe("SFTP: nothing listens there (`host`, `port`)");
  expect(await messageOf({ host: "nowhere.invalid" })).toMatch(/\(`host`\)$/);
  expect(await messageOf({ host: "10.0.0.1" })).toContain("it leads to a private network");
  await using useless = await sftpServer({ noFiles: true });
  expect(await messageOf(known(useless))).toBe("SFTP: the server lets `user` in, and gives it no SFTP");
  const refusal = (change: JsonObject) => () => open({ ...connection, ...change });
  expect(refusal({ key: "-----BEGIN nothing" })).toThrow("`key` must be a private key in OpenSSH's form or PEM");
  expect(refusal({ fingerprint: "md5:00" })).toThrow("`fingerprint` must be a SHA-256 fingerprint");
  expect(refusal({ password: null })).toThrow("`sftp` needs a `key` or a `password`");
  expect(key).toContain("PRIVATE KEY");
});

test("a locked key needs its passphrase", async () => {
  await using rig = await sftpServer();
  const { utils } = await import("ssh2");
  const locked = utils.generateKeyPairSync("ecdsa", {
    bits: 256,
    passphrase: "open sesame",
    cipher: "aes256-ctr",
    rounds: 4,
  });
  const { host, port, user } = rig.connection;
  const refusal = (change: JsonObject) => () => open({ host, port, user, ...change });
  expect(refusal({ key: locked.private })).toThrow("`key` is locked: give its `passphrase`");
  expect(refusal({ key: locked.private, passphrase: "guess" })).toThrow("`passphrase` does not open `key`");
  expect(refusal({ key: locked.public })).toThrow("`key` must be the private key, not the public one");
  await using place = open({ host, port, user, key: locked.private, passphrase: "open sesame" });
  expect(await failureOf(place.list("*"))).toMatchObject({
    message: "SFTP: the server does not let `user` in with `key`",
  });
});

test("without a fingerprint the first key is believed, said aloud, and held on to", async () => {
  await using rig = await sftpServer();
  const believed = new Map<string, string>();
  const warnings: string[] = [];
  await using place = open(rig.connection, { warnings, believed });
  await place.list("*");
  await place.list("*");
  expect(warnings).toEqual([
    `the server's key (ecdsa-sha2-nistp256) is ${rig.fingerprint}, and nothing says that it should be: add \`fingerprint: ${rig.fingerprint}\``,
  ]);
  // Somebody else answers at its place.
  await using other = await sftpServer();
  const { port } = rig.connection;
  await using wire = await faultProxy(() => other.port);
  believed.set(`127.0.0.1:${wire.port}`, believed.get(`127.0.0.1:${port}`) ?? "");
  await using again = open({ ...rig.connection, port: wire.port }, { warnings, believed });
  expect(await failureOf(again.list("*"))).toMatchObject({ kind: "disconnected" });
  expect(other.requests).toEqual([]);
});

test("a source whose server is away says that it is not connected", async () => {
  await using rig = await sftpServer();
  await rig.stop();
  const settings = {
    path: "*.jsonl",
    format: "jsonl",
    every: 10,
    connection: { connector: "sftp", ...rig.connection },
  };
  const source = sourceRig({ settings });
  const running = await startFileSource(source.context, "/nowhere", { network: loopback, believed: new Map() });
  await until("it says so", () => source.failures.length > 0);
  await running.stop();
  expect(source.failures[0]).toEqual({
    kind: "disconnected",
    reason: "SFTP: nothing listens there (`host`, `port`)",
  });
});

test("times that a server sets back are seen as a change", async () => {
  await using rig = await sftpServer();
  await using place = open(known(rig));
  await writeFile(join(rig.root, "a"), "1");
  const first = await place.find("a");
  await utimes(join(rig.root, "a"), 1_000, 1_000);
  expect((await place.find("a"))?.version).not.toBe(first?.version);
});
