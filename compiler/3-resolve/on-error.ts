// `on-error`: one reaction for all errors, or one per class.

import type { OnError, Reaction } from "../../schema/bundle.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { ErrorClass } from "../../schema/outcome.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";

const classes = ["invalid", "not-found", "rejected", "unavailable"] as const satisfies readonly ErrorClass[];

/** `continues`: whether there is anything to go on with at this place. */
export function resolveOnError(raw: unknown, site: Site, continues: boolean, report: Report): OnError {
  if (raw === undefined) return {};
  const read = (value: unknown, at: Site): Reaction | undefined => {
    const reaction = toReaction(value);
    if (reaction !== "continue" || continues) return reaction;
    report(
      findingAt("VRS2004", at, {
        message: "A source has nothing to go on with when a message is broken.",
        help: "Choose `dead`, `drop` or `{ to: target }`.",
      }),
    );
    return undefined;
  };
  if (typeof raw === "string" || (isJsonObject(raw) && "to" in raw)) {
    const reaction = read(raw, site);
    return reaction === undefined ? {} : Object.fromEntries(classes.map((name) => [name, reaction]));
  }
  if (!isJsonObject(raw)) return {};
  const entries = classes.flatMap((name) => {
    const reaction = raw[name] === undefined ? undefined : read(raw[name], child(site, name));
    return reaction === undefined ? [] : [[name, reaction] as const];
  });
  return Object.fromEntries(entries);
}

function toReaction(raw: unknown): Reaction | undefined {
  if (raw === "dead" || raw === "drop" || raw === "continue") return raw;
  if (!isJsonObject(raw)) return undefined;
  const { to } = raw;
  if (typeof to === "string") return { to: [to] };
  return Array.isArray(to) ? { to: to.filter((name): name is string => typeof name === "string") } : undefined;
}

/** Names of targets that an `on-error` sends to. */
export function errorTargets(onError: OnError): readonly string[] {
  return Object.values(onError).flatMap((reaction) => (typeof reaction === "object" ? reaction.to : []));
}

export const mayContinue = (onError: OnError): boolean => Object.values(onError).includes("continue");
