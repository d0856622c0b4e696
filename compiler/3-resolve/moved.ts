// Renames that the author declares: what an integration owns on the cluster under its old name is to follow it. A name
// can be left by one only, and only when nobody has it any more.

import type { Integration } from "../integration.ts";
import { child, findingAt, type Report } from "../value.ts";

export function reportMoves(integrations: readonly Integration[], report: Report): void {
  const byName = new Map(integrations.map((each) => [`${each.tenant}/${each.name}`, each]));
  const claimed = new Map<string, Integration>();
  for (const integration of integrations) {
    const { tenant, name, movedFrom } = integration;
    if (movedFrom === undefined) continue;
    const key = `${tenant}/${movedFrom}`;
    const there = byName.get(key);
    const other = claimed.get(key);
    const say = (message: string, help: string, owner?: Integration): void => {
      const labels = owner === undefined ? {} : { labels: [labelOf(owner)] };
      report(findingAt("VRS5003", child(integration.site, "moved-from"), { message, help, ...labels }));
    };
    if (movedFrom === name) {
      say("`moved-from` names the integration itself.", "Give the name that it had before, or leave it out.");
    } else if (there !== undefined) {
      say(
        `Integration \`${movedFrom}\` still exists, so its messages stay with it.`,
        `Remove \`${movedFrom}\`, or leave \`moved-from\` out.`,
        there,
      );
    } else if (other !== undefined) {
      say(
        `\`${other.name}\` is already what became of \`${movedFrom}\`: its messages can follow one integration only.`,
        "Leave `moved-from` with the one that shall have them.",
        other,
      );
    } else claimed.set(key, integration);
  }
}

function labelOf({ name, site: { spec } }: Integration) {
  return { file: spec.file, range: spec.locate(["integration"]), message: `${name} is here` };
}
