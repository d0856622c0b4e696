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

/** `plan`: what stands before the replay. */
export function* jsonPieces(
  plan: object,
  count: number,
  integrations: readonly IntegrationDifference[],
  kept: KeptMessages,
): Generator<string> {
  const [head, foot] = around({ ...plan, replay: { messages: count, integrations: [] } });
  yield head;
  for (const [index, each] of integrations.entries()) {
    yield index === 0 ? `\n${indent}` : `,\n${indent}`;
    yield* ofIntegration(each, kept);
  }
  yield `${integrations.length === 0 ? "" : "\n    "}${foot}\n`;
}

const indent = "      ";

function* ofIntegration(each: IntegrationDifference, kept: KeptMessages): Generator<string> {
  if (each.kind !== "compared") return yield indented(JSON.stringify(each, null, 2));
  const leftOut = kept.leftOut(each);
  const more = leftOut === 0 ? {} : { messagesLeftOut: leftOut };
  const [head, foot] = around({ ...each, replayed: comparedCount(each), ...more, messages: [] });
  yield indented(head);
  const messages = kept.of(each);
  for (const [at, message] of messages.entries()) yield `${at === 0 ? "" : ","}\n${indent}    ${message}`;
  yield indented(`${messages.length === 0 ? "" : "\n  "}${foot}`);
}

/** What stands before and behind the items of its last list, which is its last member and empty. */
function around(value: object): readonly [string, string] {
  const text = JSON.stringify(value, null, 2);
  const at = text.lastIndexOf("[]") + 1;
  return [text.slice(0, at), text.slice(at)];
}

/** Within a text there is no line break. */
const indented = (text: string): string => text.replaceAll("\n", `\n${indent}`);
