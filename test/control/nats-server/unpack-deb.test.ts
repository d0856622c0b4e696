import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unpackByHand, unpackDeb } from "../../../control/nats-server/unpack-deb.ts";
import { canPack, packDeb } from "../../rig/debian.ts";

const onDebian = test.skipIf(!canPack);

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "vrsky-deb-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

async function build(compression: string): Promise<string> {
  const content = join(dir, "content");
  await mkdir(join(content, "usr", "sbin"), { recursive: true });
  await writeFile(join(content, "usr", "sbin", "program"), "#!/bin/sh\n", { mode: 0o755 });
  const path = join(dir, "p.deb");
  await packDeb(content, path, compression);
  return path;
}

onDebian.each([
  ["dpkg-deb", unpackDeb, "xz"],
  ["hand", unpackByHand, "xz"],
  ["hand", unpackByHand, "gzip"],
  ["hand", unpackByHand, "none"],
])("by %s: %s %s", async (_, unpack, compression) => {
  await unpack(await build(compression), join(dir, "root"));
  const program = join(dir, "root", "usr", "sbin", "program");
  expect(await readFile(program, "utf8")).toBe("#!/bin/sh\n");
  expect((await stat(program)).mode & 0o111).toBe(0o111);
});

test("what is no package is refused in one line", async () => {
  const path = join(dir, "p.deb");
  for (const content of ["", "<html>", "!<arch>\n", `!<arch>\n${"data.tar.xz".padEnd(48)}${"999".padEnd(10)}\`\n`]) {
    await writeFile(path, content);
    await expect(unpackByHand(path, join(dir, "root"))).rejects.toThrow(`${path} is not a Debian package`);
  }
});
