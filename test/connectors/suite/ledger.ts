// The suite's own end of each integration: a target that writes down what it gets, and a source by which the suite sends.

import type { Accepted, Connector, Manifest, SourceContext } from "../../../schema/connector.ts";
import { isJsonObject, type Json } from "../../../schema/json.ts";
import type { Item } from "./rig.ts";

const settings = { type: "object", additionalProperties: false, properties: {} };

export const ledgerManifest: Manifest = {
  name: "ledger",
  title: "Ledger",
  description: "The suite's own.",
  stability: "experimental",
  source: {
    settings,
    meta: { type: "object", additionalProperties: false, properties: {}, required: [] },
    delivery: "Answers.",
    errors: [],
  },
  target: { settings, payload: "body", seen: [], delivery: "Writes down.", errors: [] },
  examples: [],
};

export interface Ledger {
  readonly connector: Connector;
  /** What came to the target of an integration, in order. */
  entries(integration: string): readonly Item[];
  send(integration: string, item: Item): Promise<Accepted>;
}

export function createLedger(): Ledger {
  const sources = new Map<string, SourceContext>();
  const entries = new Map<string, Item[]>();
  return {
    entries: (integration) => entries.get(integration) ?? [],
    send: async (integration, value) => {
      const source = sources.get(integration);
      if (source === undefined) throw new Error(`${integration} does not run`);
      return source.accept({ body: Buffer.from(JSON.stringify(value)), value, headers: {}, meta: {} });
    },
    connector: {
      manifest: ledgerManifest,
      startSource: async (context) => {
        sources.set(context.integration, context);
        return {
          stop: async () => {
            if (sources.get(context.integration) === context) sources.delete(context.integration);
          },
        };
      },
      openTarget: async ({ integration }) => ({
        deliver: async ({ body }) => {
          entries.set(integration, [...(entries.get(integration) ?? []), asItem(body)]);
          return { kind: "delivered" };
        },
        close: async () => undefined,
      }),
    },
  };
}

/** Whatever the way made of it: what is no item any more has no id. */
export function asItem(body: Json): Item {
  const { id, n, text } = isJsonObject(body) ? body : {};
  return {
    id: typeof id === "string" ? id : JSON.stringify(body),
    n: typeof n === "number" ? n : -1,
    text: typeof text === "string" ? text : "",
  };
}
