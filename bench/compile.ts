// What a compile costs: whole processes as users start them, and edits inside a compiler that stays open. The targets
// are times, so the machine stands beside them; ratios within the run say how it grows.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type EditFigures, edits } from "./compile/edits.ts";
import { generate } from "./compile/generate.ts";
import { type Phase, phasesOf } from "./compile/phases.ts";
import { paired, type Ratio } from "./paired.ts";

export const vrsky = new URL("../dist/vrsky.mjs", import.meta.url).pathname;

export interface CompileFigure {
  readonly what: string;
  /** Milliseconds: median, least, most. */
  readonly ms: readonly [number, number, number];
  readonly target?: string;
}

/** Whole processes on workspaces of some sizes; the last row of each size is warm: nothing changed. */
export function* processes(sizes: readonly number[]): Generator<CompileFigure> {
  for (const size of sizes) {
    const folder = written(size);
    const runs = size > 1000 ? 3 : 5;
    const out = join(folder, "out");
    const run = (...args: readonly string[]): readonly [number, number, number] =>
      spread(Array.from({ length: runs }, () => timed(vrsky, ...args)));
    try {
      const cold = size === 1000 ? "<= 2500 ms" : undefined;
      yield { what: `validate ${size}, cold`, ms: run("validate", folder, "--no-cache"), ...target(cold) };
      yield { what: `compile ${size}, cold`, ms: run("compile", folder, "--out", out, "--no-cache"), ...target(cold) };
      timed(vrsky, "compile", folder, "--out", out);
      const warm = size === 1000 ? "<= 500 ms" : undefined;
      yield { what: `validate ${size}, nothing changed`, ms: run("validate", folder), ...target(warm) };
      yield { what: `compile ${size}, nothing changed`, ms: run("compile", folder, "--out", out), ...target(warm) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** The passes of a cold compile in one process that has been warmed up by a small one. */
export function passes(size: number): readonly Phase[] {
  const small = written(100);
  const folder = written(size);
  try {
    phasesOf(small);
    return phasesOf(folder);
  } finally {
    rmSync(small, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}

export const edited = (size: number): EditFigures => edits(size);

/** `vrsky --version` against an empty Node. */
export async function start(): Promise<Ratio> {
  const empty = new URL("compile/nothing.mjs", import.meta.url).pathname;
  const { ratio } = await paired(
    15,
    () => timed(vrsky, "--version"),
    () => timed(empty),
  );
  return ratio;
}

/** A generated workspace on the disk. */
export function written(size: number, tenants = 20): string {
  const folder = mkdtempSync(join(tmpdir(), "vrsky-bench-"));
  for (const [path, text] of generate(size, { tenants })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Milliseconds of a whole process, which must end well. */
export function timed(script: string, ...args: readonly string[]): number {
  const begin = performance.now();
  const done = spawnSync(process.execPath, [script, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (done.status !== 0) throw new Error(`${args.join(" ")} ended with ${done.status}: ${done.stderr.slice(0, 500)}`);
  return performance.now() - begin;
}

function spread(all: readonly number[]): readonly [number, number, number] {
  const sorted = [...all].sort((a, b) => a - b);
  return [sorted[Math.floor(sorted.length / 2)] ?? 0, sorted[0] ?? 0, sorted.at(-1) ?? 0];
}

const target = (text: string | undefined) => (text === undefined ? {} : { target: text });
