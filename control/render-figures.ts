// The blocks of a plan that are no changes themselves: what tenants may use of their quotas, and contracts that break
// somebody.

import type { ContractChange, IntakeUse, QuotaUse } from "../schema/plan.ts";
import { durationText } from "../schema/units.ts";
import { counted, humanSize } from "./units.ts";

type Paint = (style: "bold" | "dim" | "red" | "yellow", text: string) => string;

export function renderContracts(contracts: readonly ContractChange[], paint: Paint): readonly string[] {
  if (contracts.length === 0) return [];
  const lines = contracts.flatMap(({ tenant, stream, differences, breaks }) => [
    `  ${paint(breaks.length > 0 ? "red" : "dim", "  !")} ${tenant}/${stream}  ${readers(breaks, paint)}`,
    ...differences.map((difference) => `          ${difference}`),
  ]);
  return [["Contracts of streams that change:", ...lines].join("\n")];
}

const readers = (breaks: readonly string[], paint: Paint): string =>
  breaks.length === 0 ? paint("dim", "breaks no reader") : paint("red", `may break ${breaks.join(", ")}`);

/** `Tenant acme  storage 3 GiB → 3.5 GiB of 10 GiB · streams 8 → 10 of 20` */
export function renderQuotas(quotas: readonly QuotaUse[], paint: Paint): readonly string[] {
  if (quotas.length === 0) return [];
  const tenants = new Map<string, QuotaUse[]>();
  for (const use of quotas) tenants.set(use.tenant, [...(tenants.get(use.tenant) ?? []), use]);
  const width = [...tenants.keys()].reduce((widest, tenant) => Math.max(widest, tenant.length), 0);
  const rows = [...tenants].map(([tenant, uses]) => ({ tenant, parts: uses.map((use) => said(use)) }));
  // Figures of one kind stand below each other.
  const columns = (rows[0]?.parts ?? []).map((_, column) =>
    Math.max(...rows.map(({ parts }) => parts[column]?.length ?? 0)),
  );
  const lines = rows.map(({ tenant, parts }) => {
    const figures = parts.map((part, column) => part.padEnd(columns[column] ?? 0)).join(" · ");
    return `  Tenant ${tenant.padEnd(width)}  ${figures.trimEnd()}`;
  });
  return [[paint("bold", "What tenants may use, of what they are granted:"), ...lines].join("\n")];
}

function said({ what, before, after, granted }: QuotaUse): string {
  const figure = (count: number): string => quotaFigure(what, count);
  const use = before === after ? figure(after) : `${figure(before)} → ${figure(after)}`;
  return `${what} ${use}${granted === -1 ? "" : ` of ${figure(granted)}`}`;
}

export const quotaFigure = (what: string, count: number): string =>
  what === "storage" ? humanSize(count) : String(count);

/** Only what is bounded has a line of its own. */
export function renderIntakes(intakes: readonly IntakeUse[], paint: Paint): readonly string[] {
  if (intakes.length === 0) return [];
  const bounded = intakes.filter(({ messagesPerSecond }) => messagesPerSecond !== undefined);
  const width = bounded.reduce((widest, use) => Math.max(widest, nameOf(use).length), 0);
  const lines = bounded.map((use) => `  ${nameOf(use).padEnd(width)}  ${intakeText(use)}`);
  const free = intakes.length - bounded.length;
  const others =
    free === 0 ? [] : [`  ${counted(free, "intake")} without a stated dedupe: never full; the oldest ids make room`];
  return [[paint("bold", "What intakes take in while their targets keep up:"), ...lines, ...others].join("\n")];
}

const nameOf = ({ tenant, integration }: IntakeUse): string => `${tenant}/${integration}`;

/** `1 GiB holds the ids of 24h at up to 6 messages/s of 1 KiB; the quota lets 500/s in` */
export function intakeText({ bytes, dedupe, messagesPerSecond, messageBytes, granted }: IntakeUse): string {
  if (messagesPerSecond === undefined) return `${humanSize(bytes)}: never full; the oldest ids make room`;
  const rate = `${rateText(messagesPerSecond)} messages/s of ${humanSize(messageBytes)}`;
  const quota = granted === undefined ? "" : `; the quota lets ${rateText(granted)}/s in`;
  return `${humanSize(bytes)} holds the ids of ${durationText(dedupe)} at up to ${rate}${quota}`;
}

const rateText = (rate: number): string =>
  rate >= 10 ? String(Math.floor(rate)) : String(Number(rate.toPrecision(2)));
