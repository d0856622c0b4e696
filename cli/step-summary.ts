// The summary page of a CI step: GitHub names a file in GITHUB_STEP_SUMMARY and shows what is appended to it.

import { appendFileSync, statSync } from "node:fs";
import { type MarkdownOptions, renderMarkdown } from "../control/render-markdown.ts";
import type { Plan } from "../schema/plan.ts";
import type { Io } from "./io.ts";
import { paint } from "./paint.ts";

/** GitHub refuses a summary of more than 1 MiB, all that a step appends together. */
const summaryLimit = 1_000_000;

/** Does nothing where there is no such file; one that cannot be written is a warning. */
export function addStepSummary(plan: Plan, options: MarkdownOptions, io: Io): void {
  const path = io.env.GITHUB_STEP_SUMMARY;
  if (path === undefined || path === "") return;
  try {
    const taken = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const limit = Math.max(1000, summaryLimit - taken);
    appendFileSync(path, `${renderMarkdown(plan, { ...options, limit })}\n`);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    io.err(`${paint(io.colorErr).yellow("warning:")} the step's summary ${path} cannot be written (${reason})\n`);
  }
}
