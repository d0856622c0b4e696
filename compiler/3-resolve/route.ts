// `route`: the one place where targets are chosen. Names are looked up, arms and targets that nothing reaches are told.

import { isJsonObject } from "../../schema/json.ts";
import type { ArmSpec } from "../../schema/spec.gen.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import type { Arm, Target } from "../integration.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import { unknownName } from "./names.ts";
import { resolveCondition } from "./steps.ts";

export function resolveRoute(
  raw: unknown,
  site: Site,
  targets: readonly Target[],
  failing: ReadonlySet<string>,
  report: Report,
): readonly Arm[] | undefined {
  if (!Array.isArray(raw)) return undefined;
  const names = new Set(targets.map((target) => target.name));
  const reached = new Set<string>(failing);
  const arms = raw.flatMap((item: unknown, index): Arm[] => {
    if (!isJsonObject(item)) return [];
    const arm: Unchecked<ArmSpec> = item;
    const at = child(site, index);
    const to = Array.isArray(arm.to) ? arm.to.filter((name): name is string => typeof name === "string") : [];
    for (const [position, name] of to.entries()) {
      if (!names.has(name)) reportTarget(name, child(child(at, "to"), position), names, report);
      reached.add(name);
    }
    const when =
      arm.when === undefined ? undefined : resolveCondition(arm.when, child(at, "when"), { roots: [], report });
    return [{ site: at, to, ...(when === undefined ? {} : { when }) }];
  });
  reportDeadArms(arms, report);
  for (const target of targets) if (!reached.has(target.name)) reportUnreached(target, report);
  return arms;
}

export function reportTarget(name: string, site: Site, names: ReadonlySet<string>, report: Report): void {
  report(unknownName("VRS2008", site, name, names, { what: "target", where: "`targets`" }));
}

function reportDeadArms(arms: readonly Arm[], report: Report): void {
  const open = arms.findIndex((arm) => arm.when === undefined);
  if (open === -1 || open === arms.length - 1) return;
  const arm = arms[open];
  if (arm === undefined) return;
  report(
    findingAt("VRS2018", arm.site, {
      message: "This arm has no `when`, so the arms below it are never reached.",
      help: "Move it to the end, or give it a `when`.",
    }),
  );
}

function reportUnreached(target: Target, report: Report): void {
  report(
    findingAt(
      "VRS2017",
      target.site,
      {
        message: `No route arm names target \`${target.name}\`, so it would never get a message.`,
        help: "Name it in an arm's `to`, or remove it.",
      },
      "key",
    ),
  );
}
