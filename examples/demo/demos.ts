// The demos, in the order in which `npm run demo` plays them.

import type { Io } from "../../cli/io.ts";
import { cdcToApi } from "../cdc-to-api/demo.ts";
import { csvToPostgres } from "../csv-to-postgres/demo.ts";
import { githubToSlack } from "../github-to-slack/demo.ts";
import { ordersRouted } from "../orders-routed/demo.ts";
import type { Demo } from "./demo.ts";
import { inFolder } from "./folder.ts";

export const demos: readonly Demo[] = [githubToSlack, csvToPostgres, cdcToApi, ordersRouted];

export interface Played {
  readonly line: string;
  /** What did not hold. */
  readonly wrong: readonly string[];
}

export async function playDemo(demo: Demo, io: Io): Promise<Played> {
  const wrong: string[] = [];
  const check = (what: string, holds: boolean): void => void (holds || wrong.push(what));
  const line = await inFolder(`vrsky-demo-${demo.name}-`, (folder) => demo.play({ folder, io, check }));
  return { line, wrong };
}
