// A plan with its replay as one JSON object. However many messages differ, they are kept as text, written out one to a
// line, and never joined: what is longer than a text may be is no reason to fail.

import { comparedCount } from "../../control/difference-text.ts";
import type { IntegrationDifference, MessageDifference } from "../../schema/difference.ts";

type Named = Pick<IntegrationDifference, "tenant" | "integration">;

export interface KeptMessages {
  add(of: Named, message: MessageDifference): void;
  of(integration: Named): readonly string[];
  /** Of how many there was no room for. */
  leftOut(integration: Named): number;
}

/** Characters of all together. */
const mostKept = 256 * 1024 * 1024;

export function keepMessages(most = mostKept): KeptMessages {
  const kept = new Map<string, string[]>();
  const left = new Map<string, number>();
  let taken = 0;
  const nameOf = ({ tenant, integration }: Named): string => `${tenant}/${integration}`;
  return {
    add: (of, message) => {
      const [name, text] = [nameOf(of), JSON.stringify(message)];
      if (taken + text.length > most) return void left.set(name, (left.get(name) ?? 0) + 1);
      taken += text.length;
      const own = kept.get(name);
      if (own === undefined) kept.set(name, [text]);
      else own.push(text);
    },
    of: (integration) => kept.get(nameOf(integration)) ?? [],
    leftOut: (integration) => left.get(nameOf(integration)) ?? 0,
  };
}

/** Nothing else in it is written like that: within a text there is no quote without a backslash before it. */
const place = '"messages": []';

/** `plan`: what stands before the replay. */
export function* jsonPieces(
  plan: object,
  count: number,
  integrations: readonly IntegrationDifference[],
  kept: KeptMessages,
): Generator<string> {
  const compared = integrations.filter((each) => each.kind === "compared");
  const told = integrations.map((each) => {
    if (each.kind !== "compared") return each;
    const leftOut = kept.leftOut(each);
    const more = leftOut === 0 ? {} : { messagesLeftOut: leftOut };
    return { ...each, replayed: comparedCount(each), ...more, messages: [] };
  });
  const text = JSON.stringify({ ...plan, replay: { messages: count, integrations: told } }, null, 2);
  const parts = text.split(place);
  for (const [index, part] of parts.entries()) {
    yield part;
    const of = compared[index];
    if (index === parts.length - 1 || of === undefined) continue;
    const messages = kept.of(of);
    yield messages.length === 0 ? place : '"messages": [\n';
    for (const [at, message] of messages.entries()) {
      yield `          ${message}${at === messages.length - 1 ? "\n        ]" : ",\n"}`;
    }
  }
  yield "\n";
}
