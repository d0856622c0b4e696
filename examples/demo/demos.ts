// The demos, in the order in which `npm run demo` plays them.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Io } from "../../cli/io.ts";
import { cdcToApi } from "../cdc-to-api/demo.ts";
import { csvToPostgres } from "../csv-to-postgres/demo.ts";
import { githubToSlack } from "../github-to-slack/demo.ts";
import { ordersRouted } from "../orders-routed/demo.ts";
import type { Demo } from "./demo.ts";

export const demos: readonly Demo[] = [githubToSlack, csvToPostgres, cdcToApi, ordersRouted];

export interface Played {
  readonly line: string;
  /** What did not hold. */
  readonly wrong: readonly string[];
}

export async function playDemo(demo: Demo, io: Io): Promise<Played> {
  const folder = await mkdtemp(join(tmpdir(), `vrsky-demo-${demo.name}-`));
  const wrong: string[] = [];
  const check = (what: string, holds: boolean): void => void (holds || wrong.push(what));
  try {
    return { line: await demo.play({ folder, io, check }), wrong };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
