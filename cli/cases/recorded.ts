// A case made of a message that was traced: what came in, and at which targets it died of what they answered.

import { isMap, isPair, isScalar, isSeq, parseAllDocuments, stringify } from "yaml";
import { redacted } from "../../control/watch/redact.ts";
import type { Hop, TracedMessage } from "../../control/watch/trace.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";

/** Undefined: its body is not JSON. What looks like a secret is left out. */
export function recordedCase({ id, targets }: Hop, { envelope }: TracedMessage): JsonObject | undefined {
  const { source, receivedAt, headers, meta, body } = envelope;
  const answers = targets.flatMap(({ target, state, failure }) => {
    // What failed in the steps fails there again.
    if (state !== "dead" || failure === undefined || failure.place !== undefined) return [];
    return [[target, failure.status ?? { error: failure.class }] as const];
  });
  const value = parsed(body);
  if (value === undefined) return undefined;
  const some = (key: string, members: JsonObject): JsonObject =>
    Object.keys(members).length === 0 ? {} : { [key]: members };
  return {
    name: `message ${id}`,
    at: receivedAt,
    given: {
      source,
      id,
      ...some("headers", safe(headers)),
      ...some("meta", safe(meta)),
      body: plain(redacted(value)),
    },
    ...some("answers", Object.fromEntries(answers)),
  };
}

const safe = (value: JsonObject | Readonly<Record<string, string>>): JsonObject => {
  const shown = plain(redacted(value));
  return isJsonObject(shown) ? shown : {};
};

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null));

function parsed(body: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

const warning = "# Recorded: it holds data of a real message. Look through it before you commit it.";

const words: Readonly<Record<string, string>> = { delivers: "delivered", drops: "dropped" };

/** What became of it there, in a line: `crm dead: rejected; paid delivered`. */
export const endsOf = ({ targets }: Hop): string =>
  targets
    .map(({ target, item = "", state, failure, recomputed }) => {
      // What succeeds at once leaves no record: the steps tell what it came to.
      const known = state === "done" && recomputed !== undefined ? (words[recomputed.kind] ?? recomputed.kind) : state;
      return `${target}${item} ${known}${failure === undefined ? "" : `: ${failure.class}`}`;
    })
    .join("; ");

/** The text of a file of cases with one more; `text` undefined: there is no file yet. */
export function withCase(text: string | undefined, integration: string, given: JsonObject, ends: string): string {
  const document = `tests: ${integration}\ncases:\n${item(given, ends, 2)}\n`;
  if (text === undefined || text.trim() === "") return document;
  for (const each of parseAllDocuments(text)) {
    if (!("contents" in each) || !isMap(each.contents) || each.get("tests") !== integration) continue;
    const cases = each.get("cases", true);
    const last: unknown = isSeq(cases) && cases.flow !== true ? cases.items.at(-1) : undefined;
    if (!isMap(last) || last.flow === true) continue;
    const [first] = last.items;
    const start = isPair(first) && isScalar(first.key) ? first.key.range?.[0] : undefined;
    const end = each.contents.range?.[1];
    if (start === undefined || end === undefined) continue;
    const column = start - (text.lastIndexOf("\n", start - 1) + 1) - 2;
    // `cases` may have keys of the document behind it.
    const behind = isSeq(cases) ? (cases.range?.[1] ?? end) : end;
    const before = text.slice(0, behind).trimEnd();
    return `${before}\n${item(given, ends, column)}\n${text.slice(behind).replace(/^\n/, "")}`;
  }
  return `${text.trimEnd()}\n---\n${document}`;
}

function item(given: JsonObject, ends: string, indent: number): string {
  const margin = " ".repeat(indent);
  const lines = stringify([given], { lineWidth: 0 }).trimEnd().split("\n");
  return [
    `${margin}${warning}`,
    `${margin}# There: ${ends}`,
    ...lines.map((line) => (line === "" ? "" : margin + line)),
  ].join("\n");
}
