// Where messages enter: `source:`, or each of `sources:`.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import type { SourceSpec } from "../../schema/spec.gen.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import type { Contract, Poll, Source, Stream, Use } from "../integration.ts";
import { child, findingAt, readValue, type Site } from "../value.ts";
import { resolveConnector } from "./connector.ts";
import { resolveOnError } from "./on-error.ts";
import { resolvePoll } from "./poll.ts";
import { duration } from "./read-keys.ts";
import { sourceScope } from "./scope.ts";
import { type Reading, resolveSteps } from "./steps.ts";
import { streamOf } from "./stream.ts";
import { reportSubject } from "./subject.ts";

/** `name`: of one among several; a single source is called by its connector. */
export function resolveSource(raw: unknown, site: Site, reading: Reading, name?: string): Source | undefined {
  if (!isJsonObject(raw)) return undefined;
  const { around, report } = reading;
  const use = resolveConnector(raw, site, "source", around, report);
  if (use === undefined) return undefined;
  reportSubject(use, report);
  const keys: Unchecked<SourceSpec> = raw;
  const polls = use.manifest.source?.polls === true;
  const poll = polls ? resolvePoll(raw.poll, child(site, "poll"), reading) : undefined;
  const stream = streamOf(use, around.tenant, around.streams, "source", report);
  const contract = contractOf(keys, site, use, poll, stream, reading);
  const id = keys["message-id"];
  const dedupe = duration(keys.dedupe);
  return {
    name: name ?? use.manifest.name,
    site,
    use,
    ...(poll === undefined ? {} : { poll }),
    ...(contract === undefined ? {} : { contract }),
    ...(id === undefined ? {} : { messageId: readValue(id, child(site, "message-id"), sourceScope, report) }),
    steps: resolveSteps(keys.steps, child(site, "steps"), reading),
    onError: resolveOnError(keys["on-error"], child(site, "on-error"), false, report),
    ...(dedupe === undefined ? {} : { dedupe }),
    ...(stream === undefined ? {} : { stream }),
  };
}

function contractOf(
  raw: Unchecked<SourceSpec>,
  site: Site,
  use: Use,
  poll: Poll | undefined,
  stream: Stream | undefined,
  reading: Reading,
): Contract | undefined {
  const key = site.path.join(".");
  const { source } = use.manifest;
  if ("contract" in raw) {
    const own = reading.contract(raw.contract, child(site, "contract"));
    return own === undefined || source?.wraps === undefined ? own : wrapped(own, source.wraps, key);
  }
  if (use.manifest.name === "stream") return stream?.contract;
  if (poll !== undefined) return itemsOf(poll, key);
  const body = source?.body ?? bodyWhen(use);
  if (body !== undefined) return { key, name: `${use.manifest.name} body`, schema: body, site };
  reading.report(
    findingAt(
      "VRS2009",
      site,
      {
        message: "The source has no contract, so nothing after it can be checked.",
        help: "Add `contract: order@1`, a short one such as `contract: { id: string }`, or `contract: any`.",
      },
      "key",
    ),
  );
  return undefined;
}

/** What a connector puts around a body of the contract; a named one is referred to. */
function wrapped(contract: Contract, wraps: JsonSchema, key: string): Contract {
  const inner: JsonSchema = contract.inline ? contract.schema : { $ref: `contract:${contract.name}` };
  const fill = (schema: Json): Json => {
    if (Array.isArray(schema)) return schema.map(fill);
    if (!isJsonObject(schema)) return schema;
    if (schema["x-vrsky-contract"] === true) {
      return schema["x-vrsky-partial"] === true ? { ...inner, "x-vrsky-partial": true } : inner;
    }
    return Object.fromEntries(Object.entries(schema).map(([name, member]) => [name, fill(member)]));
  };
  const schema = fill(wraps);
  const named = contract.inline ? contract.name : `a change of \`${contract.name}\``;
  return { key, name: named, inline: true, schema: isJsonObject(schema) ? schema : {}, site: contract.site };
}

function bodyWhen({ manifest, settings }: Use): JsonSchema | undefined {
  const when = manifest.source?.bodyWhen;
  return when !== undefined && says(settings, when) ? when.body : undefined;
}

/** What the connector adds to `meta`, with these settings. */
export function metaOf({ manifest, settings }: Use): JsonSchema | undefined {
  const { meta, metaWhen: when } = manifest.source ?? {};
  if (meta === undefined || when === undefined || !says(settings, when)) return meta;
  return {
    ...meta,
    required: [...list(meta.required), ...list(when.meta.required)],
    properties: { ...object(meta.properties), ...object(when.meta.properties) },
  };
}

const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const object = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

function says(settings: Use["settings"], { setting, is }: { readonly setting: string; readonly is: string }): boolean {
  const value = settings.find(({ key }) => key === setting)?.value;
  return value?.kind === "constant" && value.value === is;
}

/**
 * One message per item of the page, or the page itself. The list is a path into the page's contract; anything freer
 * would need types before there are any.
 */
function itemsOf({ contract, items }: Poll, key: string): Contract | undefined {
  if (contract === undefined || items === undefined) return contract;
  if (items.kind !== "expression") return undefined;
  const path = items.expression.source.trim().split(".").slice(1);
  let schema: Json | undefined = contract.schema;
  for (const name of path) {
    const properties: Json | undefined = isJsonObject(schema) ? schema.properties : undefined;
    schema = isJsonObject(properties) ? properties[name] : undefined;
  }
  const item: Json | undefined = isJsonObject(schema) ? schema.items : undefined;
  return isJsonObject(item)
    ? { ...contract, key, name: "an item of the page", inline: true, schema: item as JsonObject }
    : undefined;
}
