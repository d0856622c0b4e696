// A plan for a pull request and for the summary of a CI step: the line that decides first, then what would be lost and
// the flag that would allow it, then everything else by tenant, folded when it is long.

import type { ReplayDifference } from "../schema/difference.ts";
import type { Json } from "../schema/json.ts";
import type {
  Action,
  Change,
  ContractChange,
  Drift,
  FieldChange,
  IntakeUse,
  Leftover,
  Plan,
  QuotaUse,
  RolloutPlan,
} from "../schema/plan.ts";
import { needsReplacing } from "./compare.ts";
import { lossFlags, refusedLoss } from "./data-loss.ts";
import { differenceSections } from "./difference-markdown.ts";
import { listDifference } from "./differences.ts";
import { code, fitted, htmlCode, type Section } from "./markdown.ts";
import { byTenant, renderConsequence, rolloutText, summaryLine, tells } from "./render.ts";
import { intakeText, quotaFigure } from "./render-figures.ts";
import { counted, humanValue } from "./units.ts";

/** Bytes. GitHub refuses a comment of more than 65,536 characters. */
export const commentLimit = 60_000;

export interface MarkdownOptions {
  /** Where: the name of a context. */
  readonly context: string;
  /** `plan`, `apply`. */
  readonly verb?: string;
  /** In place of the summary line: what came of it. */
  readonly result?: string;
  readonly replay?: ReplayDifference;
  /** Bytes at most. */
  readonly limit?: number;
}

/** More changes than these are folded, tenant by tenant. */
const openChanges = 15;

export function renderMarkdown(plan: Plan, options: MarkdownOptions): string {
  const { context, verb = "plan", result, replay, limit = commentLimit } = options;
  const head = [
    `### VRSky ${verb}: ${code(plan.workspace)} in ${code(context)}`,
    `**${summaryLine(plan)}**`,
    ...(result === undefined ? [] : [result]),
  ].join("\n\n");
  const sections = [
    ...losses(plan),
    ...rollouts(plan.rollouts),
    ...contracts(plan.contracts),
    ...drifts(plan.drift),
    ...changes(plan.changes),
    ...(replay === undefined ? [] : differenceSections(replay)),
    ...quotas(plan.quotas),
    ...intakes(plan.intakes),
    ...leftovers(plan.leftovers),
  ];
  const foot = plan.changes.length === 0 ? "" : `<sub>Revision ${plan.revision}, hash ${code(plan.hash)}</sub>`;
  return fitted(head, sections, foot, limit);
}

function losses({ changes }: Plan): readonly Section[] {
  const failure = refusedLoss(changes, []);
  if (failure?.kind !== "data-loss") return [];
  return [
    {
      title: [
        "> [!CAUTION]",
        "> **Unread messages would be lost.** Apply refuses this until each is allowed by name, or until the targets have read them.",
      ].join("\n"),
      columns: ["tenant", "name", "unread messages", "would be allowed by"],
      rows: failure.losses.map(({ tenant, name, messages }) => [
        code(tenant),
        code(name),
        `**${messages}**`,
        code(lossFlags([{ tenant, name, messages }])),
      ]),
      noun: "object",
    },
  ];
}

function rollouts(all: readonly RolloutPlan[]): readonly Section[] {
  if (all.length === 0) return [];
  return [
    {
      title: "#### Rollouts",
      columns: ["integration", "what it does"],
      rows: all.map((rollout) => [code(`${rollout.tenant}/${rollout.integration}`), code(rolloutText(rollout), 500)]),
      noun: "rollout",
    },
  ];
}

function contracts(all: readonly ContractChange[]): readonly Section[] {
  if (all.length === 0) return [];
  const broken = all.some(({ breaks }) => breaks.length > 0);
  return [
    {
      title: broken
        ? "> [!WARNING]\n> **Contracts change under their readers.**"
        : "#### Contracts of streams that change",
      columns: ["stream", "what is different", "may break"],
      rows: all.map(({ tenant, stream, differences, breaks }) => [
        code(`${tenant}/${stream}`),
        several(differences),
        breaks.length === 0 ? "nobody" : several(breaks),
      ]),
      noun: "contract",
    },
  ];
}

const owners = { vrsky: "ours: apply sets it back", other: "not ours: left as it is" } as const;

function drifts(drift: readonly Drift[]): readonly Section[] {
  if (drift.length === 0) return [];
  const rows = drift.flatMap(({ tenant, kind, name, fields }) =>
    fields.map((field) => [code(tenant), kind, code(name), fieldChange(field), owners[field.owner]]),
  );
  return [
    {
      title: "#### Changed by somebody else since the last apply",
      columns: ["tenant", "kind", "name", "field", "owner"],
      rows,
      noun: "field",
    },
  ];
}

const symbols: Readonly<Record<Action, string>> = {
  create: "➕ create",
  update: "✏️ update",
  replace: "♻️ replace",
  delete: "➖ delete",
};

function changes(all: readonly Change[]): readonly Section[] {
  return byTenant(all).map(([tenant, own]): Section => {
    const rows = own.map((change) => [
      symbols[change.action],
      change.kind,
      named(change),
      consequence(change),
      several(told(change), (field) => changed(change, field)),
    ]);
    const columns = ["", "kind", "name", "messages", "fields"];
    const count = counted(own.length, "change");
    return all.length <= openChanges
      ? { title: `#### Tenant ${code(tenant)}`, columns, rows, noun: "change" }
      : { title: "", fold: `Tenant ${htmlCode(tenant)}: ${count}${alarm(own)}`, columns, rows, noun: "change" };
  });
}

/** What stays to be seen of a tenant that is folded. */
function alarm(own: readonly Change[]): string {
  const lost = own.filter(({ consequence }) => consequence.kind === "drops-unread").length;
  return lost === 0 ? "" : `, <b>${lost} with unread messages</b>`;
}

const named = ({ name, movedFrom }: Change): string =>
  movedFrom === undefined ? code(name) : `${code(movedFrom)} → ${code(name)}`;

function consequence(change: Change): string {
  const text = renderConsequence(change, (_, text) => text);
  return change.consequence.kind === "drops-unread" ? `🛑 **${text}**` : text;
}

const told = ({ action, kind, fields }: Change): readonly FieldChange[] =>
  action === "create" ? fields.filter((field) => tells(kind, field)) : fields;

function changed({ action }: Change, field: FieldChange): string {
  if (action === "create") return `${code(field.field)} ${value(field.field, field.to)}`;
  return `${fieldChange(field)}${action === "replace" && needsReplacing(field) ? " (forces replacement)" : ""}`;
}

function fieldChange({ field, from, to }: FieldChange): string {
  const difference = listDifference(from, to);
  if (difference !== undefined) return `${code(field)}<br>${several(difference)}`;
  return `${code(field)} ${value(field, from)} → ${value(field, to)}`;
}

/** An empty list has no text. */
const value = (field: string, json: Json): string => code(humanValue(field, json) || "(none)");

/** In one cell; the rest as a count. */
function several<T>(items: readonly T[], write: (item: T) => string = (item) => code(String(item))): string {
  const shown = items.slice(0, 8).map(write);
  return [...shown, ...(items.length > 8 ? [`… ${items.length - 8} more`] : [])].join("<br>");
}

function quotas(all: readonly QuotaUse[]): readonly Section[] {
  if (all.length === 0) return [];
  return [
    {
      title: "",
      fold: "What tenants may use, of what they are granted",
      columns: ["tenant", "what", "before", "with this plan", "granted"],
      rows: all.map(({ tenant, what, before, after, granted }) => [
        code(tenant),
        code(what),
        quotaFigure(what, before),
        before === after ? quotaFigure(what, after) : `**${quotaFigure(what, after)}**`,
        granted === -1 ? "unlimited" : quotaFigure(what, granted),
      ]),
      noun: "figure",
    },
  ];
}

function intakes(all: readonly IntakeUse[]): readonly Section[] {
  if (all.length === 0) return [];
  return [
    {
      title: "",
      fold: "What intakes take in while their targets keep up",
      columns: ["integration", "intake"],
      rows: all.map((use) => [code(`${use.tenant}/${use.integration}`), intakeText(use)]),
      noun: "intake",
    },
  ];
}

function leftovers(all: readonly Leftover[]): readonly Section[] {
  if (all.length === 0) return [];
  return [
    {
      title: "",
      fold: `${counted(all.length, "object")} no longer in the workspace, and kept (<code>--prune</code> removes them)`,
      columns: ["tenant", "kind", "name", "unread messages"],
      rows: all.map(({ tenant, kind, name, messages }) => [code(tenant), kind, code(name), String(messages)]),
      noun: "object",
    },
  ];
}
