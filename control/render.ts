// A plan as text in Terraform's shape, and as the JSON that scripts rely on.

import type { JsonObject } from "../schema/json.ts";
import type { Action, Change, Drift, FieldChange, Kind, Leftover, Plan, RolloutPlan } from "../schema/plan.ts";
import { needsReplacing, plain } from "./compare.ts";
import { listDifference } from "./differences.ts";
import { renderContracts, renderIntakes, renderQuotas } from "./render-figures.ts";
import { shareText } from "./rollout/aim.ts";
import { tally } from "./tally.ts";
import { counted, humanValue, lostWith, visible } from "./units.ts";

export interface RenderOptions {
  readonly color: boolean;
}

type Style = "green" | "yellow" | "red" | "bold" | "dim";
type Paint = (style: Style, text: string) => string;

const codes: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

/** Ends with the summary line and a line break. */
export function renderPlan(plan: Plan, { color }: RenderOptions): string {
  const paint: Paint = color ? (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m` : (_, text) => text;
  const blocks = [
    ...renderDrift(plan.drift, paint),
    ...renderChanges(plan.changes, paint),
    ...renderRollouts(plan.rollouts, paint),
    ...renderContracts(plan.contracts, paint),
    ...renderQuotas(plan.quotas, paint),
    ...renderIntakes(plan.intakes, paint),
    ...renderLeftovers(plan.leftovers, paint),
    summary(plan, paint),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** Everything of the plan, with the tally that the summary line says. */
export function planJson(plan: Plan): JsonObject {
  return plain({ ...plan, summary: tally(plan.changes) });
}

/** `Plan: 2 to add, 1 to change, 0 to destroy.` or `No changes. …`. */
export function summaryLine(plan: Plan): string {
  if (plan.changes.length === 0) return "No changes. The cluster holds what the workspace wants.";
  const { add, change, destroy } = tally(plan.changes);
  return `Plan: ${add} to add, ${change} to change, ${destroy} to destroy.`;
}

function summary(plan: Plan, paint: Paint): string {
  const line = paint("bold", summaryLine(plan));
  const lost = plan.changes.filter(({ consequence }) => consequence.kind === "drops-unread").length;
  const note =
    lost === 0 ? [] : [paint("red", `${counted(lost, "change")} would lose messages: see --allow-data-loss.`)];
  return [line, ...note, ...(plan.changes.length > 0 ? [paint("dim", `Hash: ${plan.hash}`)] : [])].join("\n");
}

function renderChanges(changes: readonly Change[], paint: Paint): readonly string[] {
  if (changes.length === 0) return [];
  const widths = columns(changes);
  const blocks = byTenant(changes).map(([tenant, own]) =>
    [paint("bold", `  Tenant ${tenant}`), ...own.flatMap((change) => renderChange(change, widths, paint))].join("\n"),
  );
  return ["VRSky will make these changes, in this order:", ...blocks];
}

interface Widths {
  readonly kind: number;
  readonly name: number;
}

function columns(items: readonly Pick<Change, "kind" | "name" | "movedFrom">[]): Widths {
  const widest = (texts: readonly string[]): number => texts.reduce((width, text) => Math.max(width, text.length), 0);
  return { kind: widest(items.map(({ kind }) => kind)), name: Math.min(48, widest(items.map(titleOf))) };
}

const symbols: Readonly<Record<Action, readonly [string, Style]>> = {
  create: ["+", "green"],
  update: ["~", "yellow"],
  replace: ["-/+", "red"],
  delete: ["-", "red"],
};

const titleOf = ({ name, movedFrom }: Pick<Change, "name" | "movedFrom">): string =>
  movedFrom === undefined ? name : `${movedFrom} -> ${name}`;

function renderChange(change: Change, widths: Widths, paint: Paint): readonly string[] {
  const [symbol, style] = symbols[change.action];
  const title = `${change.kind.padEnd(widths.kind)}  ${titleOf(change).padEnd(widths.name)}`;
  const head = `  ${paint(style, symbol.padStart(3))} ${title}  ${renderConsequence(change, paint)}`;
  const fields =
    change.action === "create" ? change.fields.filter((field) => tells(change.kind, field)) : change.fields;
  return [
    head,
    ...renderFields(fields, change.action === "create" ? newValue : changedValue(change.action, paint), paint),
  ];
}

/** What a reader wants to know of something new; the rest is in `--json`. */
const telling: Readonly<Record<Kind, readonly string[]>> = {
  account: [],
  stream: ["subjects", "retention", "max_bytes"],
  bucket: ["max_msgs_per_subject", "max_bytes"],
  consumer: ["filter_subject", "ack_wait", "max_ack_pending"],
  deployment: ["bundle"],
};

export const tells = (kind: Kind, { field }: FieldChange): boolean => telling[kind].includes(field);

export function renderConsequence({ consequence, name }: Pick<Change, "consequence" | "name">, paint: Paint): string {
  switch (consequence.kind) {
    case "safe":
      return paint("dim", "safe");
    case "restarts-worker":
      return paint("yellow", "restarts worker");
    case "canary":
      return paint("yellow", `canary ${shareText(consequence)}`);
    case "redelivers":
      return paint("yellow", `redelivers ${counted(consequence.messages, "message")}`);
    case "migrates":
      return paint("yellow", `keeps ${counted(consequence.messages, "message")} by moving them`);
    case "drains":
      return paint(
        "yellow",
        consequence.messages === 0
          ? "takes in no more"
          : `delivers ${counted(consequence.messages, "message")}, takes in no more`,
      );
    case "drops-unread":
      return paint("red", `drops ${lostWith(name, consequence.messages)}`);
    default:
      return consequence satisfies never;
  }
}

type RenderValue = (change: FieldChange) => string;

const newValue: RenderValue = ({ field, to }) => humanValue(field, to) || "(none)";

function changedValue(action: Action, paint: Paint): RenderValue {
  return (change) => {
    const { field, from, to } = change;
    const difference = listDifference(from, to);
    if (difference !== undefined) return difference.map((line) => `\n            ${humanValue(field, line)}`).join("");
    const forced = action === "replace" && needsReplacing(change) ? paint("red", "  # forces replacement") : "";
    return `${humanValue(field, from)} -> ${humanValue(field, to)}${forced}`;
  };
}

function renderFields(fields: readonly FieldChange[], value: RenderValue, paint: Paint): readonly string[] {
  const width = fields.reduce((widest, { field }) => Math.max(widest, field.length + 1), 0);
  return fields.map(
    (change) => `          ${paint("dim", `${visible(change.field)}:`.padEnd(width))} ${value(change)}`,
  );
}

function renderDrift(drift: readonly Drift[], paint: Paint): readonly string[] {
  if (drift.length === 0) return [];
  const widths = columns(drift);
  const owners = (fields: Drift["fields"]): RenderValue => {
    const others = new Set(fields.filter(({ owner }) => owner === "other").map(({ field }) => field));
    const value = changedValue("update", paint);
    return (change) =>
      `${value(change)}${paint("dim", others.has(change.field) ? "  # not ours: left as it is" : "  # ours: set back")}`;
  };
  const lines = drift.flatMap(({ kind, name, tenant, fields }) => [
    `  ${paint("yellow", "  !")} ${kind.padEnd(widths.kind)}  ${name.padEnd(widths.name)}  ${paint("dim", `tenant ${tenant}`)}`,
    ...renderFields(fields, owners(fields), paint),
  ]);
  return [["Changed by somebody else since the last apply:", ...lines].join("\n")];
}

/** Those that begin are among the changes. */
function renderRollouts(rollouts: readonly RolloutPlan[], paint: Paint): readonly string[] {
  const told = rollouts.filter(({ state }) => state !== "begins");
  if (told.length === 0) return [];
  const lines = told.map(({ tenant, integration, ...rollout }) => {
    return `  ${paint("yellow", "  ~")} ${tenant}/${integration}: ${visible(rolloutText({ integration, ...rollout }))}`;
  });
  return [["Rollouts:", ...lines].join("\n")];
}

export function rolloutText(rollout: Omit<RolloutPlan, "tenant">): string {
  const bundle = rollout.bundle.slice(0, 8);
  switch (rollout.state) {
    case "begins":
      return `canary ${bundle} begins, ${shareText(rollout)}`;
    case "replaces":
      return `canary ${bundle} takes the place of the one that runs, which is given up`;
    case "goes-on":
      return `canary ${bundle} goes on, ${shareText(rollout)}`;
    case "rolled-back":
      return `canary ${bundle} was rolled back and is not tried again: ${rollout.reason ?? ""} (--retry-rollout ${rollout.integration} does)`;
    default:
      return rollout.state satisfies never;
  }
}

function renderLeftovers(leftovers: readonly Leftover[], paint: Paint): readonly string[] {
  if (leftovers.length === 0) return [];
  const widths = columns(leftovers);
  const lines = leftovers.map(({ kind, name, tenant, messages }) => {
    const title = `${kind.padEnd(widths.kind)}  ${name.padEnd(widths.name)}`;
    const unread = messages === 0 ? "" : `, ${lostWith(name, messages)}`;
    return `  ${paint("dim", "  ·")} ${title}  ${paint("dim", `tenant ${tenant}${unread}`)}`;
  });
  return [["No longer in the workspace, and kept (--prune removes them):", ...lines].join("\n")];
}

export function byTenant(changes: readonly Change[]): readonly (readonly [string, readonly Change[]])[] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const group = groups.get(change.tenant);
    if (group === undefined) groups.set(change.tenant, [change]);
    else group.push(change);
  }
  return [...groups];
}
