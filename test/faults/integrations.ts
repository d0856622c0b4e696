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
  /** Deliveries that one message may be, where that is more than one. */
  readonly most?: number;
  /** What must become of it at a target. */
  parts(message: Message, target: string): readonly Part[];
}

const partOf = (id: string, end: Part["end"], body: Json): Part => ({ id, end, hash: sha256(canonical(body)) });

function kindOf(random: Random): Kind {
  const dice = random();
  if (dice < 0.06) return "skipped";
  if (dice < 0.1) return "flaky";
  if (dice < 0.14) return "refused";
  return dice < 0.16 ? "broken" : "plain";
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

/** What the inbox refuses goes on to another target. */
export const rerouted: LabIntegration = {
  name: "rerouted",
  targets: ["inbox", "spare"],
  text: `integration: rerouted
source:
  http: { path: /rerouted }
  contract: { id: string, kind: string }
  message-id: \${ body.id }
route: [{ to: [inbox] }]
targets:
  inbox:
    http: { url: "\${ settings.receiver }/inbox", timeout: 1s }
    retry: { for: 24h, initial: 60ms, max: 400ms }
    on-error: { rejected: { to: spare } }
  spare:
    http: { url: "\${ settings.receiver }/spare", timeout: 1s, json: { id: "\${ meta.id }", was: "\${ error.class }" } }
    retry: { for: 24h, initial: 60ms, max: 400ms }
`,
  message: (number, random) => {
    const id = `r${number}`;
    return { id, body: { id, kind: random() < 0.2 ? "refused" : "plain" } };
  },
  parts: ({ id, body }, target) => {
    const refused = body.kind === "refused";
    if (target === "inbox") return [partOf(id, refused ? "dropped" : "delivered", body)];
    const sentOn = `${id}/error/inbox`;
    return refused ? [partOf(sentOn, "delivered", { id: sentOn, was: "rejected" })] : [];
  },
};

/** Three ways into tables; a row in a thousand breaks a constraint, and its list is sent again one by one. */
export const rows: LabIntegration = {
  name: "rows",
  targets: ["inserted", "copied", "upserted"],
  text: `integration: rows
source:
  http: { path: /rows }
  contract: { id: string, kind: string, amount: integer, text: string }
  message-id: \${ body.id }
steps:
  - filter: \${ body.kind !== "skipped" }
  - map: { id: "\${ body.id }", double: "\${ body.amount * 2 }", text: "\${ body.text.toUpperCase() }" }
targets:
  inserted:
    batch: { count: 100, within: 50ms }
    postgres: { connection: lab, table: inserted }
    retry: { for: 24h, initial: 60ms, max: 400ms }
  copied:
    batch: { count: 200, within: 50ms }
    postgres: { connection: lab, table: copied, mode: copy }
    retry: { for: 24h, initial: 60ms, max: 400ms }
  upserted:
    batch: { count: 50, within: 20ms }
    postgres: { connection: lab, table: upserted, mode: upsert, key: [id] }
    retry: { for: 24h, initial: 60ms, max: 400ms }
---
connections:
  lab: { postgres: { url: "\${ settings.database }", timeout: 5s } }
`,
  message: (number, random) => {
    const id = `p${number}`;
    const dice = random();
    const kind = dice < 0.02 ? "skipped" : dice < 0.021 ? "refused" : "plain";
    const text = "ö€\t\\ text ".repeat(between(random, 1, 20));
    return { id, body: { id, kind, amount: kind === "refused" ? -1 : between(random, 1, 1_000_000), text } };
  },
  parts: ({ id, body: { kind, amount, text } }) => {
    const end = kind === "skipped" ? "dropped" : kind === "refused" ? "dead" : "delivered";
    return [partOf(id, end, { id, double: Number(amount) * 2, text: String(text).toUpperCase() })];
  },
};

/** One message, several items: each has an end of its own. */
export const lines: LabIntegration = {
  name: "lines",
  most: 5,
  targets: ["inbox", "bulk"],
  text: `integration: lines
source:
  http: { path: /lines }
  contract: { id: string, lines: [{ id: string, kind: string, amount: integer }] }
  message-id: \${ body.id }
steps:
  - split: \${ body.lines }
  - filter: \${ body.kind !== "skipped" }
  - map: { id: "\${ body.id }", kind: "\${ body.kind }", double: "\${ body.amount * 2 }" }
targets:
  inbox:
    http: { url: "\${ settings.receiver }/inbox", timeout: 1s }
    retry: { for: 24h, initial: 60ms, max: 400ms }
  bulk:
    batch: { count: 4, within: 100ms }
    http: { url: "\${ settings.receiver }/bulk", timeout: 1s }
    retry: { for: 24h, initial: 60ms, max: 400ms }
`,
  message: (number, random) => {
    const id = `l${number}`;
    const items = Array.from({ length: between(random, 1, 5) }, (_, index) => {
      const kind = kindOf(random);
      return { id: `${id}.${index}`, kind: kind === "broken" ? "plain" : kind, amount: between(random, 1, 1_000) };
    });
    return { id, body: { id, lines: items } };
  },
  parts: ({ body }) =>
    (Array.isArray(body.lines) ? body.lines : []).map((line) => {
      const { id, kind, amount } = Object(line);
      const end = kind === "skipped" ? "dropped" : kind === "refused" ? "dead" : "delivered";
      return partOf(String(id), end, { id, kind, double: Number(amount) * 2 });
    }),
};

/** Nothing of it is stored. */
export const fleeting: LabIntegration = {
  name: "fleeting",
  targets: ["inbox", "desk"],
  text: `integration: fleeting
transport: ephemeral
source:
  http: { path: /fleeting }
  contract: { id: string, kind: string, text: string }
  message-id: \${ body.id }
targets:
  inbox: { http: { url: "\${ settings.receiver }/inbox", timeout: 1s } }
  desk: { http: { url: "\${ settings.receiver }/desk", timeout: 1s } }
`,
  message: (number, random) => {
    const id = `e${number}`;
    return { id, body: { id, kind: "plain", text: "ö€ text ".repeat(between(random, 1, 40)) } };
  },
  parts: ({ id, body }) => [partOf(id, "delivered", body)],
};
