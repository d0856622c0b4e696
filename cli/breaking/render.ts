// What `vrsky breaking` found, for people, for programs, for a pull request's annotations and for its comment.

import type { BreakingChange, Broken, Witness } from "../../compiler/breaking/compare.ts";
import { isNote, rules } from "../../compiler/breaking/rules.ts";
import type { Place } from "../../compiler/breaking/surface.ts";
import { annotation } from "../../compiler/report/github.ts";
import { code, fitted } from "../../control/markdown.ts";
import type { Json } from "../../schema/json.ts";
import type { Io } from "../io.ts";
import { type Paint, paint } from "../paint.ts";

export interface Comparison {
  readonly against: { readonly ref: string; readonly commit: string };
  readonly changes: readonly BreakingChange[];
  /** To be looked at: whether they break anybody cannot be told. */
  readonly notes: readonly BreakingChange[];
  /** Breaking, and allowed by their category. */
  readonly allowed: readonly BreakingChange[];
  /** Where the workspace lies in the repository: `flows/`, or "". */
  readonly folder: string;
}

export const renderers = { text, json, github, markdown } satisfies Record<
  string,
  (comparison: Comparison, io: Io) => void
>;

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const at = ({ file, line }: Place): string => `${file}:${line}`;

/** At most so long; a message of samples is short, but names are not ours. */
function sampleText(sample: Json): string {
  const whole = JSON.stringify(sample);
  return whole.length > 200 ? `${whole.slice(0, 199)}…` : whole;
}

/** `whoever sends to it · acme/orders, shop/orders`. */
function brokenText({ outside, integrations, tenants }: Broken): string {
  const ours = integrations.join(", ");
  const others = tenants.length === 0 ? "" : `${tenants.length === 1 ? "tenant" : "tenants"} ${tenants.join(", ")}`;
  return [outside, ours, others].filter((part) => part !== undefined && part !== "").join(" · ");
}

const sampleLabel = ({ fits }: Witness): string => (fits === "before" ? "refused now" : "comes now");

function text({ against, changes, notes, allowed }: Comparison, io: Io): void {
  const color = paint(io.colorOut);
  for (const change of changes) io.out(block(change, against.ref, color, color.red));
  for (const note of notes) io.out(block(note, against.ref, color, color.yellow));
  const { green, red, dim } = paint(io.colorErr);
  const counts = [
    ...(notes.length === 0 ? [] : [`${notes.length} to look at`]),
    ...(allowed.length === 0 ? [] : [`${allowed.length} allowed`]),
  ];
  const beside = counts.length === 0 ? "" : dim(` (${counts.join(", ")})`);
  if (changes.length === 0) io.err(`${green("compatible:")} nothing breaks against ${against.ref}${beside}\n`);
  else io.err(`${red(`${counted(changes.length, "breaking change")}`)} against ${against.ref}${beside}\n`);
}

function block(change: BreakingChange, ref: string, { bold, dim, cyan }: Paint, tint: Paint["red"]): string {
  const { category, what, text: said, broken, place, before, witness } = change;
  const where = place === undefined ? `${ref}:${at(before)}` : `${at(place)} ${dim(`(${ref}: ${at(before)})`)}`;
  const rows: readonly (readonly [string, string])[] = [
    ["at", where],
    [isNote(category) ? "concerns" : "breaks", brokenText(broken)],
    ...(witness === undefined ? [] : [[sampleLabel(witness), sampleText(witness.message)] as const]),
    ["instead", rules[category].instead],
  ];
  const lines = rows
    .filter(([, value]) => value !== "")
    .map(([label, value]) => `  ${cyan(label.padEnd(11))} ${value}\n`)
    .join("");
  return `${tint(category)} ${bold(what)}: ${said}\n${lines}\n`;
}

function json({ against, changes, notes, allowed }: Comparison, io: Io): void {
  const plain = { against: against.ref, commit: against.commit, changes, notes, allowed };
  io.out(`${JSON.stringify(plain, null, 2)}\n`);
}

/** An annotation where the file is still there; what is gone stands at the top of the workspace's own file. */
function github({ against, changes, notes, allowed, folder }: Comparison, io: Io): void {
  const one = (severity: "error" | "warning" | "notice") => (change: BreakingChange) => {
    const { category, what, text: said, broken, place, witness } = change;
    const { file, line, column } = place ?? { file: "vrsky.yaml", line: 1, column: 1 };
    const sample = witness === undefined ? [] : [`${sampleLabel(witness)}: ${sampleText(witness.message)}`];
    const lines = [
      `${what}: ${said}`,
      `${isNote(category) ? "concerns" : "breaks"} ${brokenText(broken)}`,
      ...sample,
      rules[category].instead,
    ];
    const properties = {
      file: `${folder}${file}`,
      line,
      col: column,
      title: `${isNote(category) ? "to look at" : "breaking"} against ${against.ref}: ${category}`,
    };
    return annotation(severity, properties, lines.join("\n"));
  };
  io.out([...changes.map(one("error")), ...notes.map(one("warning")), ...allowed.map(one("notice"))].join(""));
}

const commentLimit = 60_000;

function markdown({ against, changes, notes, allowed }: Comparison, io: Io): void {
  const columns = ["category", "what", "change", "breaks", "sample", "at"];
  const row = ({ category, what, text: said, broken, place, before, witness }: BreakingChange): readonly string[] => [
    code(category),
    code(what),
    code(said),
    code(brokenText(broken)),
    witness === undefined ? "" : code(sampleText(witness.message)),
    code(place === undefined ? `${against.ref}:${at(before)}` : at(place)),
  ];
  const found = changes.length === 0 ? "Nothing breaks" : `**${counted(changes.length, "breaking change")}**`;
  const head = `### VRSky: ${found} against ${code(against.ref)}\n`;
  const section = (title: string, list: readonly BreakingChange[]) =>
    list.length === 0 ? [] : [{ title, columns, rows: list.map(row), noun: "change" }];
  const sections = [...section("", changes), ...section("#### To look at", notes), ...section("#### Allowed", allowed)];
  io.out(`${fitted(head, sections, `\n<sub>Compared with ${code(against.commit)}</sub>\n`, commentLimit)}\n`);
}
