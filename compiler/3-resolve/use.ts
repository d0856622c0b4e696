// The connector part of a source, target or connection: which connector, which connection, and each setting read in
// the scope that its manifest grants it.

import type { Bound, Manifest } from "../../schema/connector.ts";
import { isJsonObject, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import type { Connection, Setting, Use } from "../integration.ts";
import {
  type Allowed,
  child,
  expressionsIn,
  findingAt,
  type Report,
  readValue,
  type Site,
  type Value,
} from "../value.ts";
import { unknownName } from "./names.ts";
import { constantScope, deliveryScope, fixedScope, messageScope } from "./scope.ts";
import { isTemplate, type ReadText, resolveTemplate } from "./template.ts";

export interface UseScope extends Files {
  readonly connections: ReadonlyMap<string, Connection>;
}

/** What settings are read with. */
export interface Files {
  readonly secrets: ReadonlySet<string>;
  /** Files of the workspace, for templates. */
  readonly text: ReadText;
}

/** What the evaluated settings of one use may see. */
export interface UseRoots {
  /** Per message, beside `secrets`; absent: the message itself. */
  readonly delivery?: readonly string[];
  /** Payload; absent: the message itself. */
  readonly payload?: readonly string[];
}

/** Reads `{ http: { … } }` at `site` (the settings' own site). */
export function resolveUse(
  manifest: Manifest,
  schema: JsonSchema,
  raw: unknown,
  site: Site,
  scope: UseScope,
  report: Report,
  roots: UseRoots = {},
): Use {
  const settings = isJsonObject(raw) ? raw : {};
  const connection = resolveConnectionName(manifest, settings.connection, child(site, "connection"), scope, report);
  const read =
    typeof raw === "string"
      ? [readSetting(alone, raw, { ...schema, "x-vrsky-constant": true }, site, scope, report)]
      : readSettings(schema, withoutConnection(settings), site, scope, report, roots);
  return { manifest, site, settings: read, ...(connection === undefined ? {} : { connection }) };
}

/** Key of the setting of a connector that takes one text and no map: `stream: contacts`. */
export const alone = "name";

/** Reads every setting of one connector object against its manifest's schema. */
export function readSettings(
  schema: JsonSchema,
  raw: JsonObject,
  site: Site,
  scope: Files,
  report: Report,
  roots: UseRoots = {},
): readonly Setting[] {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return Object.entries(raw).flatMap(([key, member]) => {
    const property = properties[key];
    if (isJsonObject(property) && property["x-vrsky-page"] === true) return [];
    return isJsonObject(property) ? [readSetting(key, member, property, child(site, key), scope, report, roots)] : [];
  });
}

function readSetting(
  key: string,
  raw: unknown,
  schema: JsonObject,
  site: Site,
  scope: Files,
  report: Report,
  roots: UseRoots = {},
): Setting {
  const bound = schema["x-vrsky-per-message"] as Bound | undefined;
  const seen = allowed(schema, bound, scope.secrets, roots);
  const value =
    bound === "text" && isTemplate(raw)
      ? resolveTemplate(raw.template, site, seen, scope.text, report)
      : readValue(raw, site, seen, report);
  if (schema["x-vrsky-constant"] === true) reportDynamic(key, value, report);
  return { key, value, schema, ...(bound === undefined ? {} : { bound }) };
}

/** The connector that a `call` asks, or the request of a `poll`. */
export function resolveCall(
  raw: JsonObject,
  site: Site,
  around: UseScope & { readonly manifests: readonly Manifest[] },
  more: readonly string[],
  report: Report,
  only?: readonly string[],
): Use | undefined {
  const roots = only ?? messageScope(more).roots;
  for (const manifest of around.manifests) {
    if (manifest.call === undefined || !Object.hasOwn(raw, manifest.name)) continue;
    const at = child(site, manifest.name);
    const uses = { delivery: roots, payload: roots };
    return resolveUse(manifest, manifest.call.settings, raw[manifest.name], at, around, report, uses);
  }
  return undefined;
}

function allowed(
  property: JsonObject,
  bound: Bound | undefined,
  secrets: ReadonlySet<string>,
  { delivery, payload }: UseRoots,
): Allowed {
  if (property["x-vrsky-constant"] === true) return constantScope;
  if (bound === undefined) return fixedScope(secrets);
  if (bound === "payload") return { ...messageScope(), ...(payload === undefined ? {} : { roots: payload }) };
  return deliveryScope(secrets, delivery);
}

function reportDynamic(key: string, value: Value, report: Report): void {
  const expressions = expressionsIn(value);
  // One that reads something was told already that there is nothing to read.
  if (expressions.length === 0 || expressions.some(({ roots }) => roots.size > 0)) return;
  report(
    findingAt("VRS3007", value.site, {
      message: `\`${key}\` must be a constant: it is part of the topology.`,
      help: "Write the value itself.",
    }),
  );
}

function resolveConnectionName(
  manifest: Manifest,
  raw: unknown,
  site: Site,
  scope: UseScope,
  report: Report,
): Connection | undefined {
  // A connector without connections has no such key; the schema says so.
  const kinds = connectionKinds(manifest);
  if (typeof raw !== "string" || kinds.length === 0) return undefined;
  const known = scope.connections.get(raw);
  if (known === undefined) {
    report(unknownName("VRS2007", site, raw, scope.connections.keys(), { what: "connection", where: "The tenant" }));
    return undefined;
  }
  if (kinds.includes(known.connector)) return known;
  report(
    findingAt("VRS2007", site, {
      message: `Connection \`${raw}\` is of kind \`${known.connector}\`, not ${kinds.map((kind) => `\`${kind}\``).join(" or ")}.`,
      labels: [
        { file: known.site.spec.file, range: known.site.spec.locate(known.site.path, "key"), message: "declared here" },
      ],
    }),
  );
  return undefined;
}

/** The kinds of connection that a source or target of the connector may name. */
const connectionKinds = ({ name, connection, connections = [] }: Manifest): readonly string[] =>
  connection === undefined ? connections : [name, ...connections];

function withoutConnection(settings: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key !== "connection"));
}
