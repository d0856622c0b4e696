// Free names: which of them exist at this place, and what to say about those that do not.

import type { Identifier } from "acorn";
import { functions, isFunctionName } from "../../schema/functions.ts";
import { globals } from "./instead.ts";
import { escaped } from "./names.ts";
import { advice, didYouMean, type Found, type Place, refuse } from "./refusal.ts";
import { isConstantRoot, isRoot } from "./roots.ts";

export function restrictName(node: Identifier, place: Place): Found {
  const { name } = node;
  if (escaped(node)) return refuse(place, "VRS3002", node, "A name may not hold an escape.", `Write \`${name}\`.`);
  if (name === "undefined" || place.bound.has(name)) return [];
  if (isFunctionName(name)) {
    const help = `Call it: \`${functions[name].example}\`.`;
    return refuse(place, "VRS3002", node, `\`${name}\` is a function, not a value.`, help);
  }
  if (place.roots.includes(name)) return restrictRoot(node, place);
  if (name === "secrets") {
    const help = "Secrets belong in connections and connector settings, never in a payload, a condition or an id.";
    return refuse(place, "VRS3008", node, "A secret may not stand here.", help);
  }
  if (isRoot(name)) return refuse(place, "VRS3007", node, notHere(name, place), here(place));
  const known = [...place.roots, ...place.bound, ...Object.keys(functions)];
  const help = advice(globals, name) ?? didYouMean(name, known) ?? here(place);
  return refuse(place, "VRS3003", node, `There is no \`${name}\` here.`, help);
}

/** `settings.x` has been let through before; here the name stands alone, or what follows it is not constant. */
function restrictRoot(node: Identifier, place: Place): Found {
  const { name } = node;
  if (!isConstantRoot(name)) return [];
  const help = `Name the one that is meant: \`${name}.name\`.`;
  return refuse(place, "VRS3002", node, `\`${name}\` is not a value of its own.`, help);
}

function notHere(name: string, { roots }: Place): string {
  return roots.every(isConstantRoot)
    ? `\`${name}\` is not known here: the value is fixed before any message.`
    : `There is no \`${name}\` at this place.`;
}

const here = ({ roots }: Place): string =>
  roots.length === 0 ? "Write a constant." : `Here are ${roots.map((root) => `\`${root}\``).join(", ")}.`;
