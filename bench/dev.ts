// Save → the mistake on the terminal, as somebody sees it who has `vrsky dev` running: the disk, the watcher, the
// compiler and the frame around the finding included.

import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { vrsky, written } from "./compile.ts";

export interface DevFigure {
  /** Milliseconds from the start to the request that can be pasted. */
  readonly up: number;
  /** Milliseconds, of each edit, ascending. */
  readonly seen: readonly number[];
}

export async function devSeen(size: number, edits = 15): Promise<DevFigure> {
  const folder = written(size);
  const begin = performance.now();
  const child = spawn(process.execPath, [vrsky, "dev", folder, "--http-port", "0"], {
    env: { ...process.env, NO_COLOR: "1", ...secrets() },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const until = async (words: RegExp): Promise<void> => {
    for (const end = performance.now() + 240_000; !words.test(said); await setTimeout(1)) {
      if (child.exitCode !== null || performance.now() > end) throw new Error(`dev: ${said.slice(-500)}`);
    }
  };
  try {
    await until(/edit a spec/);
    const up = performance.now() - begin;
    const file = join(folder, "tenants/shop-0/flow-0.yaml");
    const text = readFileSync(file, "utf8");
    const seen: number[] = [];
    for (let edit = 0; edit < edits; edit += 1) {
      await setTimeout(300);
      said = "";
      const saved = performance.now();
      writeFileSync(file, text.replace("body.amount * 100", "body.amuont * 100"));
      await until(/amuont/);
      seen.push(performance.now() - saved);
      writeFileSync(file, text);
      await until(/as before/);
    }
    return { up, seen: seen.toSorted((a, b) => a - b) };
  } finally {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null) {
      child.kill("SIGINT");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Values for what the generated tenants declare; nobody is asked with them. */
function secrets(): Readonly<Record<string, string>> {
  const names = Array.from({ length: 20 }, (_, tenant) =>
    ["CRM_TOKEN", "SHOP_WEBHOOK", "CHAT_URL"].map((name) => [
      `VRSKY_SECRET_SHOP_${tenant}_${name}`,
      name === "CHAT_URL" ? "http://127.0.0.1:1" : "bm90IGEgc2VjcmV0",
    ]),
  );
  return Object.fromEntries(names.flat());
}
