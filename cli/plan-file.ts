// A plan kept in a file between `plan --out` and `apply --plan`: readable, and refused when somebody changed it.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { planHash } from "../control/plan-hash.ts";
import { planJson } from "../control/render.ts";
import { isJsonObject } from "../schema/json.ts";
import type { Plan } from "../schema/plan.ts";
import { exit, ok, type Result, refuse } from "./exit.ts";
import type { Io } from "./io.ts";

/** `context`: for which it was made. */
export function writePlan(path: string, plan: Plan, context: string, io: Io): Result<void> {
  try {
    writeFileSync(resolve(io.cwd, path), `${JSON.stringify({ context, ...planJson(plan) }, null, 2)}\n`);
    return ok(undefined);
  } catch (error) {
    return refuse(exit.usage, `The plan cannot be written: ${reason(error)}.`);
  }
}

/** Of a plan that was agreed to only the hash is needed; its content must be what the hash was made over. */
export function readPlan(path: string, context: string, io: Io): Result<Pick<Plan, "hash" | "workspace">> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(resolve(io.cwd, path), "utf8"));
  } catch (error) {
    return refuse(exit.usage, `The plan ${path} cannot be read: ${reason(error)}.`, "`vrsky plan --out` writes one.");
  }
  if (!isPlan(value)) {
    return refuse(exit.usage, `${path} is no plan of vrsky.`, "`vrsky plan --out` writes one.");
  }
  if (planHash(value) !== value.hash) {
    return refuse(exit.refused, `${path} was changed after it was made: its hash does not fit.`, "Plan again.");
  }
  if (value.context !== context) {
    return refuse(
      exit.refused,
      `${path} was made for context ${value.context}, and this is ${context}.`,
      "Plan again.",
    );
  }
  return ok(value);
}

function isPlan(value: unknown): value is Plan & { readonly context: string } {
  if (!isJsonObject(value)) return false;
  const { context, workspace, revision, changes, drift, leftovers, hash } = value;
  return (
    typeof context === "string" &&
    typeof workspace === "string" &&
    typeof revision === "number" &&
    typeof hash === "string" &&
    [changes, drift, leftovers].every(Array.isArray)
  );
}

const reason = (error: unknown): string => (error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown");
