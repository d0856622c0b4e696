// The connectors that a tenant is granted: whatever uses another one is told so where it does. Streams need no grant,
// they lead to no outside system.

import type { Connection, Integration, Step, Tenant, Use } from "../integration.ts";
import { nearest } from "../nearest.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";

/** `raw`: the tenant's `connectors`; without it every connector is granted. Unknown names are told as well. */
export function checkGrants(
  { name, integrations }: Pick<Tenant, "name" | "integrations">,
  connections: Iterable<Connection>,
  grants: { readonly raw: unknown; readonly site: Site },
  known: readonly string[],
  report: Report,
): void {
  if (!Array.isArray(grants.raw)) return;
  const granted = grants.raw
    .filter((each): each is string => typeof each === "string")
    .map((each, index) => meant(each, child(grants.site, index), known, report));
  const allowed = new Set([...granted, "stream"]);
  const check = (connector: string, site: Site): void => {
    if (allowed.has(connector)) return;
    const { spec, path } = grants.site;
    const help =
      granted.length === 0
        ? "It is granted none."
        : `It is granted ${granted.map((each) => `\`${each}\``).join(", ")}; add \`${connector}\` to its \`connectors:\` or use another.`;
    const labels = [{ file: spec.file, range: spec.locate(path, "key"), message: "granted here" }];
    const message = `Tenant \`${name}\` may not use connector \`${connector}\`.`;
    report(findingAt("VRS6001", site, { message, help, labels }, "key"));
  };
  for (const { connector, site } of connections) check(connector, child(site, connector));
  for (const use of integrations.flatMap(usesOf)) check(use.manifest.name, use.site);
}

/** A name that is nearly right is one mistake: what it was meant to grant is granted. */
function meant(connector: string, site: Site, known: readonly string[], report: Report): string {
  if (known.includes(connector)) return connector;
  const guess = nearest(connector, known);
  const help = guess === undefined ? `There are ${known.join(", ")}.` : `Did you mean \`${guess}\`?`;
  report(findingAt("VRS2006", site, { message: `There is no connector \`${connector}\`.`, help }));
  return guess ?? connector;
}

/** A source that polls asks by another connector: that is the one to be granted. */
function usesOf({ sources, steps, targets }: Integration): readonly Use[] {
  return [
    ...sources.map(({ use, poll }) => poll?.use ?? use),
    ...targets.map(({ use }) => use),
    ...[...sources, ...targets, { steps }].flatMap((part) => part.steps).flatMap(asksOf),
  ];
}

function asksOf(step: Step): readonly Use[] {
  if (step.kind === "use") return step.steps.flatMap(asksOf);
  return step.kind === "call" ? [step.use] : [];
}
