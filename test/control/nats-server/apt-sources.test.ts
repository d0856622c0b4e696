import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readMirrors } from "../../../control/nats-server/apt-sources.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "vrsky-apt-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

async function file(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content);
}

test("both formats are read, in the order of the files", async () => {
  await file(
    "sources.list",
    [
      "# deb http://old.test/debian stable main",
      "deb http://one.test/debian/ stable main contrib # near",
      "deb [arch=amd64 signed-by=/usr/share/k.gpg] https://two.test/debian stable main",
      "deb-src http://source.test/debian stable main",
      "deb cdrom:[Disc 1]/ stable main",
    ].join("\n"),
  );
  await file("sources.list.d/b.list", "deb http://four.test/debian stable main\n");
  await file(
    "sources.list.d/a.sources",
    [
      "# Modernised",
      "Types: deb deb-src",
      "# URIs: http://comment.test/debian",
      "URIs: http://three.test/debian",
      "  http://three-b.test/debian/",
      "Suites: stable",
      "",
      "Types: deb",
      "Enabled: no",
      "URIs: http://disabled.test/debian",
      "",
      "Types: deb-src",
      "URIs: http://sources-only.test/debian",
      "",
      "types: deb",
      "uris: http://one.test/debian",
    ].join("\r\n"),
  );
  await file("sources.list.d/c.list.save", "deb http://saved.test/debian stable main\n");
  expect(await readMirrors(dir)).toEqual([
    "http://one.test/debian",
    "https://two.test/debian",
    "http://three.test/debian",
    "http://three-b.test/debian",
    "http://four.test/debian",
  ]);
});

test("a list of mirrors stands for its mirrors", async () => {
  await file("mirrors/debian.list", "http://near.test/debian\tpriority:1\n# note\nhttps://far.test/debian\n");
  await file(
    "sources.list.d/debian.sources",
    `Types: deb\nURIs: mirror+file://${dir}/mirrors/debian.list\nSuites: sid\n`,
  );
  expect(await readMirrors(dir)).toEqual(["http://near.test/debian", "https://far.test/debian"]);
});

test("what cannot be fetched from over HTTP is passed over", async () => {
  await file(
    "sources.list",
    [
      "deb file:/srv/mirror stable main",
      "deb mirror+http://list.test/mirrors.txt stable main",
      "deb tor+http://onion.test/debian stable main",
      "deb http://[broken stable main",
      "deb [ arch=amd64,arm64  trusted=yes ] http://one.test/debian stable main",
    ].join("\n"),
  );
  expect(await readMirrors(dir)).toEqual(["http://one.test/debian"]);
});

test("a machine without apt has no mirrors", async () => {
  expect(await readMirrors(join(dir, "none"))).toEqual([]);
});
