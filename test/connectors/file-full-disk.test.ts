// A disk that takes no more: what could not be written is for later, and nothing of it stands in a file. The system's own
// limit on a file's size cuts a write short wherever tests run; where they may mount, a small disk is filled, too.

import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { scriptFile } from "../rig/scripts.ts";

const run = promisify(execFile);

interface Told {
  readonly delivered: readonly number[];
  readonly failures: readonly string[];
}

async function fill(folder: string, limit: string, code: string): Promise<void> {
  const line = `trap '' XFSZ; ${limit} exec '${process.execPath}' '${scriptFile("disk")}' '${folder}'`;
  const { stdout } = await run("bash", ["-c", line], { cwd: new URL("../..", import.meta.url).pathname });
  const { append, create }: Readonly<Record<string, Told>> = JSON.parse(stdout);
  for (const told of [append, create]) {
    expect(new Set(told?.failures)).toEqual(new Set([`transient the file cannot be written (${code})`]));
  }
  const lines = (await readFile(join(folder, "grows.jsonl"), "utf8")).split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.map((line) => JSON.parse(line).n)).toEqual(append?.delivered);
  const whole = (await readdir(folder)).filter((name) => name !== "grows.jsonl").sort();
  expect(whole).toEqual((create?.delivered ?? []).map((n) => `whole-${n}.jsonl`).sort());
}

test("a write that is cut short leaves whole lines and whole files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vrsky-full-"));
  try {
    await fill(folder, "ulimit -f 64;", "EFBIG");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a disk that is full leaves whole lines and whole files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vrsky-full-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=400k,mode=0700", "vrsky-full", folder]).status === 0;
  try {
    // Without the right to mount, the same by the limit, which is all that there is then.
    await (mounted ? fill(folder, "", "ENOSPC") : fill(folder, "ulimit -f 80;", "EFBIG"));
  } finally {
    if (mounted) spawnSync("umount", ["-l", folder]);
    await rm(folder, { recursive: true, force: true });
  }
});
