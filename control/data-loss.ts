// Messages that nobody has read go only when somebody said their name.

import * as address from "../schema/address.ts";
import type { Change } from "../schema/plan.ts";
import type { ControlFailure, Loss } from "./failure.ts";
import { partitionedReader } from "./order-change.ts";
import { lostWith } from "./units.ts";

/** The refusal that names what would be lost; undefined when nothing is, or when all of it was allowed. */
export function refusedLoss(changes: readonly Change[], allowed: readonly string[]): ControlFailure | undefined {
  const losses = changes.flatMap((change) => {
    const { tenant, name, consequence } = change;
    if (consequence.kind !== "drops-unread" || isAllowed(change, allowed)) return [];
    return [{ tenant, name, messages: consequence.messages }];
  });
  return losses.length === 0 ? undefined : lossRefused(withoutCovered(losses));
}

/** A stream's name covers its consumers, a target's its partitions; a tenant in front keeps neighbours out. */
export function isAllowed({ tenant, name }: Pick<Change, "tenant" | "name">, allowed: readonly string[]): boolean {
  const names = [name, name.split("/")[0] ?? name, partitionedReader(name) ?? name];
  return names.some((each) => allowed.includes(each) || allowed.includes(`${tenant}/${each}`));
}

export function lossRefused(losses: readonly Loss[]): ControlFailure {
  const each = losses.map(({ tenant, name, messages }) => `${name} of tenant ${tenant} (${lostWith(name, messages)})`);
  const first = losses.every(({ name }) => address.isArchive(name)) ? "" : "let the targets read them first, or ";
  return {
    kind: "data-loss",
    message: `this would lose ${each.join(", ")}; ${first}allow it with ${lossFlags(losses)}`,
    losses,
  };
}

/** What would allow exactly these; a neighbour's objects may have the same names. */
export const lossFlags = (losses: readonly Loss[]): string =>
  losses.map(({ tenant, name }) => `--allow-data-loss=${tenant}/${name}`).join(" ");

/** Whoever allows the stream has allowed its consumers. */
function withoutCovered(losses: readonly Loss[]): readonly Loss[] {
  const streams = new Set(losses.map(({ tenant, name }) => `${tenant}/${name}`));
  return losses.filter(({ tenant, name }) => {
    const [stream, consumer] = name.split("/");
    return consumer === undefined || !streams.has(`${tenant}/${stream}`);
  });
}
