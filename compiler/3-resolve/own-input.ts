// An integration that publishes to what it reads itself: each message comes back as another one, without end. Told where
// nothing in the integration could end it.

import { bucketStream } from "../../schema/address.ts";
import type { Integration, Source, Step, Target, Use } from "../integration.ts";
import { child, findingAt, type Report, type Value } from "../value.ts";

type Parts = Pick<Integration, "sources" | "steps" | "route" | "targets">;

/** `aside`: targets that get what went wrong, and no other message. */
export function reportOwnInput({ sources, steps, route, targets }: Parts, aside: ReadonlySet<string>, report: Report) {
  if (route !== undefined || steps.some(mayEnd)) return;
  const readings = sources.filter((source) => source.use.manifest.name === "nats" && !source.steps.some(mayEnd));
  for (const target of targets) {
    if (target.use.manifest.name !== "nats" || aside.has(target.name) || isChosen(target)) continue;
    const reading = readings.find(({ use }) => reads(patternOf(use), writingOf(target.use)));
    if (reading !== undefined) report(finding(target, reading));
  }
}

function finding(target: Target, source: Source) {
  const key = target.use.settings.some((setting) => setting.key === "bucket") ? "key" : "subject";
  return findingAt("VRS5006", child(target.use.site, key), {
    message: `What \`${target.name}\` publishes here, source \`${source.name}\` of this integration reads: each message comes back as another, without end.`,
    help: "Read less, publish elsewhere, or end it with a `filter`.",
  });
}

const mayEnd = (step: Step): boolean =>
  step.kind === "filter" || step.kind === "validate" || (step.kind === "use" && step.steps.some(mayEnd));

const isChosen = ({ when, steps }: Target): boolean => when !== undefined || steps.some(mayEnd);

const settingOf = ({ settings }: Use, key: string): Value | undefined =>
  settings.find((setting) => setting.key === key)?.value;

/** Tokens; data is a token that is none. */
function tokensOf(value: Value | undefined): readonly string[] | undefined {
  if (value?.kind === "constant") return String(value.value).split(".");
  if (value?.kind === "expression") return [data];
  if (value?.kind !== "text") return undefined;
  return value.parts
    .map((part) => (typeof part === "string" ? part : data))
    .join("")
    .split(".");
}

const data = "\0";

function inBucket(use: Use, tokens: readonly string[] | undefined): readonly string[] | undefined {
  const bucket = settingOf(use, "bucket");
  if (bucket === undefined) return tokens;
  return bucket.kind === "constant" && tokens !== undefined
    ? [bucketStream(String(bucket.value)), ...tokens]
    : undefined;
}

const patternOf = (use: Use): readonly string[] | undefined =>
  inBucket(use, tokensOf(settingOf(use, "subject") ?? settingOf(use, "key")) ?? [">"]);

const writingOf = (use: Use): readonly string[] | undefined =>
  inBucket(use, tokensOf(settingOf(use, "subject") ?? settingOf(use, "key")));

/** Whatever the data is. */
function reads(pattern: readonly string[] | undefined, written: readonly string[] | undefined): boolean {
  if (pattern === undefined || written === undefined) return false;
  const open = pattern.at(-1) === ">";
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (open ? written.length <= fixed.length : written.length !== fixed.length) return false;
  return fixed.every((token, index) => token === "*" || token === written[index]);
}
