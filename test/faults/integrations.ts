// What the fault lab runs: small integrations with every end that a message can have, and what must become of each
// message, computed here a second time so that the compiled code is judged by something else than itself.

import { canonical, sha256 } from "../../schema/canonical.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import type { Part } from "../rig/oracle.ts";
import { between, type Random } from "../rig/random.ts";

/** What becomes of a message: `flaky` works at the second request, `refused` never, `broken` fails in the steps. */
export type Kind = "plain" | "skipped" | "flaky" | "refused" | "broken";

export interface Message {
  readonly id: string;
  readonly body: JsonObject;
}

export interface LabIntegration {
  readonly name: string;
  readonly text: string;
  readonly targets: readonly string[];
  message(number: number, random: Random, sender: number): Message;
  /** What must become of it at a target. */
  parts(message: Message, target: string): readonly Part[];
}

const partOf = (id: string, end: Part["end"], body: Json): Part => ({ id, end, hash: sha256(canonical(body)) });

function kindOf(random: Random): Kind {
  const dice = random();
  if (dice < 0.06) return "skipped";
  if (dice < 0.14) return "flaky";
  if (dice < 0.18) return "refused";
  return dice < 0.2 ? "broken" : "plain";
}

/** Three targets: one that honours Idempotency-Key, files whose name is the id, and one that is sent lists. */
export const orders: LabIntegration = {
  name: "orders",
  targets: ["inbox", "files", "bulk"],
  text: `integration: orders
source:
  http: { path: /orders }
  contract: { id: string, kind: string, amount: integer, text: string, lines: [{ sku: string, quantity: integer }] }
  message-id: \${ body.id }
steps:
  - filter: \${ body.kind !== "skipped" }
  - map:
      id: \${ body.id }
      kind: \${ body.kind }
      double: \${ body.amount * 2 }
      text: \${ body.text.toUpperCase() }
      first: \${ body.lines[0]?.sku ?? "" }
      # Longer than a text may be.
      padded: '\${ "x".padEnd(body.kind === "broken" ? 2000000 : 3, "y") }'
targets:
  inbox:
    http: { url: "\${ settings.receiver }/inbox", timeout: 1s }
    retry: { for: 24h, initial: 60ms, max: 400ms }
  files:
    file: { path: "out/\${ body.id }.json", format: json, mode: create }
    retry: { for: 24h, initial: 60ms, max: 400ms }
  bulk:
    batch: { count: 4, within: 100ms }
    http: { url: "\${ settings.receiver }/bulk", timeout: 1s }
    retry: { for: 24h, initial: 60ms, max: 400ms }
`,
  message: (number, random) => {
    const id = `o${number}`;
    const lines = Array.from({ length: between(random, 1, 4) }, (_, index) => ({
      sku: `sku-${index}`,
      quantity: index,
    }));
    const text = "ö€ text ".repeat(between(random, 1, 40));
    return { id, body: { id, kind: kindOf(random), amount: between(random, 1, 1_000_000), text, lines } };
  },
  parts: ({ id, body }, target) => {
    const { kind = "", amount, text } = body;
    const mapped = {
      id,
      kind,
      double: Number(amount) * 2,
      text: String(text).toUpperCase(),
      first: "sku-0",
      padded: "xyy",
    };
    const dead = kind === "broken" || (kind === "refused" && target !== "files");
    return [partOf(id, kind === "skipped" ? "dropped" : dead ? "dead" : "delivered", mapped)];
  },
};

/** The same with messages of 48 KiB, for a disk that is to fill. */
export const fat: LabIntegration = {
  ...orders,
  message: (number, random, sender) => {
    const { id, body } = orders.message(number, random, sender);
    return { id, body: { ...body, text: "fat ".repeat(12 * 1024) } };
  },
};

/** Each sender has three keys of its own, and numbers that rise; a key's messages come one after the other. */
export const ordered: LabIntegration = {
  name: "ordered",
  targets: ["inbox"],
  text: `integration: ordered
source:
  http: { path: /ordered }
  contract: { id: string, kind: string, key: string, number: integer }
  message-id: \${ body.id }
order-by: \${ body.key }
targets:
  inbox:
    http: { url: "\${ settings.receiver }/inbox", timeout: 1s }
    retry: { for: 24h, initial: 60ms, max: 400ms }
`,
  message: (number, random, sender) => {
    const id = `k${number}`;
    const dice = random();
    const kind = dice < 0.05 ? "flaky" : dice < 0.07 ? "refused" : "plain";
    return { id, body: { id, kind, key: `${sender}-${number % 3}`, number } };
  },
  parts: ({ id, body }) => [partOf(id, body.kind === "refused" ? "dead" : "delivered", body)],
};
