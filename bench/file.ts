// A CSV file of several times the heap that a process is allowed: read by the file source against a plain loop over a CSV
// parser, each in a process of its own, in turns.

import { spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { paired, type Ratio } from "./paired.ts";

const heapMegabytes = 48;
const megabytes = 96;

export interface FileFigures {
  readonly ratio: Ratio;
  /** MB/s. */
  readonly ours: number;
  readonly theirs: number;
  /** The greatest that the process was, in MB. */
  readonly resident: number;
  readonly megabytes: number;
  readonly heapMegabytes: number;
}

export async function fileReading(pairs = 3): Promise<FileFigures> {
  const folder = mkdtempSync(join(tmpdir(), "vrsky-bench-file-"));
  try {
    const path = join(folder, "rows.csv");
    await generate(path);
    let resident = 0;
    const run = (side: "ours" | "theirs") => (): number => {
      const told = runSide(side, folder);
      if (side === "ours") resident = Math.max(resident, told.resident);
      return megabytes / told.seconds;
    };
    const result = await paired(pairs, run("ours"), run("theirs"));
    return { ...result, resident, megabytes, heapMegabytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function generate(path: string): Promise<void> {
  const out = createWriteStream(path);
  out.write("id,name,city,note,amount\n");
  let written = 0;
  for (let n = 0; written < megabytes * 1024 * 1024; n += 1) {
    const row = `${n},Person ${n},Oslo,"said ""hello"", then left",${n * 0.25}\n`;
    written += row.length;
    if (!out.write(row)) await new Promise((resolve) => out.once("drain", () => resolve(undefined)));
  }
  out.end();
  await finished(out);
}

function runSide(side: string, folder: string): { readonly seconds: number; readonly resident: number } {
  const script = new URL("file/side.ts", import.meta.url).pathname;
  const args = [`--max-old-space-size=${heapMegabytes}`, "--import", "tsx", script, side, folder];
  const done = spawnSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return JSON.parse(done.stdout);
}
