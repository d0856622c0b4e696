// A Debian package unpacked without root: by dpkg-deb, or, where that is missing, as the `ar` archive that it is, whose
// data member any tar reads that knows the compression.

import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Unpacks the files of the package at `path` below `root`. */
export async function unpackDeb(path: string, root: string): Promise<void> {
  try {
    await run("dpkg-deb", ["-x", path, root]);
  } catch (error) {
    if (!isMissing(error)) throw new Error(`${path} cannot be unpacked by dpkg-deb`);
    await unpackByHand(path, root);
  }
}

export async function unpackByHand(path: string, root: string): Promise<void> {
  const member = dataMember(await readFile(path));
  if (member === undefined) throw new Error(`${path} is not a Debian package`);
  await mkdir(root, { recursive: true });
  const data = join(root, member.name);
  await writeFile(data, member.bytes);
  await run("tar", ["-xf", data, "-C", root]).catch(() => {
    throw new Error(`${member.name} needs dpkg-deb, or a tar that knows its compression`);
  });
}

const magic = "!<arch>\n";
const headerBytes = 60;

/** ar(5): a header of 60 characters per member, whose contents start at even offsets. */
function dataMember(archive: Buffer): { readonly name: string; readonly bytes: Buffer } | undefined {
  if (archive.toString("latin1", 0, magic.length) !== magic) return undefined;
  for (let offset = magic.length; offset + headerBytes <= archive.length; ) {
    const name = archive
      .toString("latin1", offset, offset + 16)
      .trim()
      .replace(/\/$/, "");
    const size = Number(archive.toString("latin1", offset + 48, offset + 58).trim());
    const start = offset + headerBytes;
    if (!Number.isInteger(size) || size < 0 || start + size > archive.length) return undefined;
    if (/^data\.tar(?:\.[a-z0-9]+)?$/.test(name)) return { name, bytes: archive.subarray(start, start + size) };
    offset = start + size + (size % 2);
  }
  return undefined;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
