// An empty folder that is gone afterwards, also when somebody ends the demo in the middle.

import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const wholly = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 };

export async function inFolder<T>(prefix: string, run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  const leave = (): void => rmSync(folder, wholly);
  process.once("exit", leave);
  try {
    return await run(folder);
  } finally {
    process.off("exit", leave);
    await rm(folder, wholly);
  }
}
