// What all scenarios share: the compiled integrations, the pool of worker processes, and the line of progress.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import type { Emitted } from "../../compiler/6-emit/emit.ts";
import { compileWith } from "../rig/compile-with.ts";
import type { LabIntegration } from "./integrations.ts";
import { openPool, type Pool } from "./pool.ts";

export interface Lab extends AsyncDisposable {
  readonly pool: Pool;
  compiled(integration: LabIntegration): Emitted;
  /** What happens now, in a few words. */
  say(text: string): void;
}

const workspace = `workspace: lab
language: 1
settings: { receiver: string, database: string }
contexts: { dev: { settings: { receiver: "http://127.0.0.1:1", database: "postgres://me@127.0.0.1:1/none" } } }
`;

export async function openLab(say: (text: string) => void): Promise<Lab> {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-lab-"));
  const checker = createTypeChecker();
  const pool = await openPool(join(dir, "workers.log"));
  const known = new Map<string, Emitted>();
  return {
    pool,
    say,
    compiled: (integration) => {
      const before = known.get(integration.name);
      if (before !== undefined) return before;
      const texts = { "vrsky.yaml": workspace, "tenants/acme/lab.yaml": `tenant: acme\n---\n${integration.text}` };
      const { emitted, diagnostics } = compileWith(checker, texts);
      if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
      known.set(integration.name, emitted);
      return emitted;
    },
    [Symbol.asyncDispose]: async () => {
      checker.close();
      await pool[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
