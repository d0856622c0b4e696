// Whether two bundles of an integration can run side by side on the same messages. They share the intake, its consumers
// and whoever waits for a reply: what changes there changes for everybody at once.

import type { Bundle } from "../../schema/bundle.ts";
import { canonical } from "../../schema/canonical.ts";

/** Why not; undefined: they can. What comes in is taken in by the stable one until the canary is promoted. */
export function unlikeness(stable: Bundle, canary: Bundle): string | undefined {
  if (stable.transport !== canary.transport) return "`transport` is another";
  if (canonical({ ...stable.objects }) !== canonical({ ...canary.objects })) return "contents lie in another store";
  return (
    difference("source", stable.sources, canary.sources) ??
    difference("target", stable.targets, canary.targets) ??
    orderText(stable, canary) ??
    replyText(stable, canary)
  );
}

function difference(what: string, before: object, after: object): string | undefined {
  const gone = Object.keys(before).find((name) => !Object.hasOwn(after, name));
  const added = Object.keys(after).find((name) => !Object.hasOwn(before, name));
  if (added !== undefined) return `the ${what} \`${added}\` is new`;
  return gone === undefined ? undefined : `the ${what} \`${gone}\` goes`;
}

function orderText({ order: before }: Bundle, { order: after }: Bundle): string | undefined {
  if (before?.partitions === after?.partitions) return undefined;
  return before === undefined ? "`order-by` is new" : "`order-by` goes";
}

const replies = ({ needs }: Bundle): boolean => needs?.includes("reply") === true;

function replyText(stable: Bundle, canary: Bundle): string | undefined {
  if (replies(stable) === replies(canary)) return undefined;
  return replies(canary) ? "`reply` is new" : "`reply` goes";
}
