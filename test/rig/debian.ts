// Debian's own tools where the machine has them, for tests of what only a Debian-like machine does.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export function hasProgram(name: string): boolean {
  return spawnSync(name, ["--version"]).status === 0;
}

const packer = "dpkg-deb";
export const canPack = hasProgram(packer);

/** Packs the files of a folder into a package at `path`. */
export async function packDeb(content: string, path: string, compression = "xz"): Promise<void> {
  await mkdir(join(content, "DEBIAN"), { recursive: true });
  await writeFile(
    join(content, "DEBIAN", "control"),
    "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n",
  );
  execFileSync(packer, ["--root-owner-group", `-Z${compression}`, "-b", content, path]);
}
