// The local disk as a place: whole or not at all, never over another's, never outside.

import { appendFile, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { localPlace } from "../../connectors/file/local-place.ts";
import type { Place } from "../../connectors/file/place.ts";
import { type Beside, failureOf, keepsFiles, madeByOne, overwritesNothing, textOf } from "../rig/place.ts";

let folder = "";
let root = "";
let place: Place;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-place-"));
  root = join(folder, "data");
  place = await localPlace(root);
});

afterEach(async () => {
  await place.close();
  await rm(folder, { recursive: true, force: true });
});

const beside: Beside = {
  put: (path, text) => writeFile(join(root, path), text),
  text: (path) => readFile(join(root, path), "utf8"),
};

test("a file is found, read from an offset, moved and removed", async () => {
  await keepsFiles(place, beside);
});

test("create: nothing is overwritten unless told, and what breaks off leaves nothing", async () => {
  await overwritesNothing(place, beside);
  await madeByOne(place, beside);
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from("half");
      throw new Error("cut");
    })(),
  );
  await expect(place.create("c", broken, { replace: false })).rejects.toThrow();
  const stopping = new AbortController();
  const endless = Readable.from(
    (async function* () {
      for (let n = 0; ; n += 1) {
        if (n === 3) stopping.abort();
        yield Buffer.from("more");
        await new Promise(setImmediate);
      }
    })(),
  );
  await expect(place.create("d", endless, { replace: false, signal: stopping.signal })).rejects.toThrow();
  expect((await readdir(root)).sort()).toEqual(["a", "b"]);
});

test("move: nothing is overwritten; a crash between the two names is finished by the next attempt", async () => {
  await place.create("a", Buffer.from("a"), { replace: false });
  await place.create("b", Buffer.from("b"), { replace: false });
  expect(await place.move("a", "b")).toBe(false);
  await link(join(root, "a"), join(root, "c"));
  expect(await place.move("a", "c")).toBe(true);
  expect((await readdir(root)).sort()).toEqual(["b", "c"]);
});

test("append: the header once, and half a line is ended", async () => {
  const addition = (lines: string) => ({ lines: Buffer.from(lines), header: Buffer.from("head\n") });
  await place.append?.("out/a.csv", addition("1\n"));
  await appendFile(join(root, "out/a.csv"), "tor");
  await place.append?.("out/a.csv", addition("2\n"));
  expect(await beside.text("out/a.csv")).toBe("head\n1\ntor\n2\n");
});

test.each(["..", "../x", "a/../../x", "/../x", "a\u0000b", "", "link/x", "link/new/x", "dangling", "gone/x"])(
  "a path of %j reaches nothing outside",
  async (path) => {
    await mkdir(join(folder, "outside"));
    await writeFile(join(folder, "outside/x"), "secret");
    await symlink(join(folder, "outside"), join(root, "link"));
    await symlink(join(folder, "made"), join(root, "dangling"));
    await symlink(join(folder, "made-too"), join(root, "gone"));
    const bytes = Buffer.from("mine\n");
    const attempts = [
      failureOf(place.read(path)),
      failureOf(place.find(path)),
      failureOf(place.create(path, bytes, { replace: true })),
      failureOf(place.append?.(path, { lines: bytes, header: bytes }) ?? Promise.resolve()),
      failureOf(place.move(path, "here")),
      failureOf(place.remove(path)),
    ];
    for (const failure of await Promise.all(attempts)) expect(failure).toMatchObject({ kind: "rejected" });
    expect((await readdir(folder)).sort()).toEqual(["data", "outside"]);
    expect(await readdir(join(folder, "outside"))).toEqual(["x"]);
    expect(await readFile(join(folder, "outside/x"), "utf8")).toBe("secret");
  },
);

test("odd names are names", async () => {
  const names = ["a b.txt", "ø\u{1f600}.txt", "'\"`$(x).txt", "-rf", "%2e%2e", "a\nb", "x".repeat(255), "tab\t"];
  for (const name of names) {
    expect(await place.create(name, Buffer.from(name), { replace: false })).toBe(true);
    expect(await textOf(place, name)).toBe(name);
  }
  expect((await place.list("*")).map(({ path }) => path)).toEqual([...names].sort());
  expect(await failureOf(place.create("x".repeat(256), Buffer.from("x"), { replace: false }))).toMatchObject({
    kind: "rejected",
    message: "ENAMETOOLONG",
  });
});

test("a folder that many make at once is a folder for all of them", async () => {
  for (let round = 0; round < 30; round += 1) {
    const made = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        // One after the other, so that some come in the middle of the making.
        for (let turn = 0; turn < n; turn += 1) await new Promise(setImmediate);
        return await place.create(`new-${round}/${n}`, Buffer.from("x"), { replace: false });
      }),
    );
    expect(made.every((each) => each)).toBe(true);
  }
});
