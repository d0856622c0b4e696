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

export interface UseScope {
  readonly secrets: ReadonlySet<string>;
  readonly connections: ReadonlyMap<string, Connection>;
}

/** Reads `{ http: { … } }` at `site` (the settings' own site). */
export function resolveUse(
  manifest: Manifest,
  schema: JsonSchema,
  raw: unknown,
  site: Site,
  scope: UseScope,
  report: Report,
): Use {
  const settings = isJsonObject(raw) ? raw : {};
  const connection = resolveConnectionName(manifest, settings.connection, child(site, "connection"), scope, report);
  return {
    manifest,
    site,
    settings: readSettings(schema, withoutConnection(settings), site, scope.secrets, report),
    ...(connection === undefined ? {} : { connection }),
  };
}

/** Reads every setting of one connector object against its manifest's schema. */
export function readSettings(
  schema: JsonSchema,
  raw: JsonObject,
  site: Site,
  secrets: ReadonlySet<string>,
  report: Report,
): readonly Setting[] {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return Object.entries(raw).flatMap(([key, member]) => {
    const property = properties[key];
    if (!isJsonObject(property)) return [];
    const bound = property["x-vrsky-per-message"] as Bound | undefined;
    const value = readValue(member, child(site, key), allowed(property, bound, secrets), report);
    if (property["x-vrsky-constant"] === true) reportDynamic(key, value, report);
    return [{ key, value, schema: property, ...(bound === undefined ? {} : { bound }) }];
  });
}

function allowed(property: JsonObject, bound: Bound | undefined, secrets: ReadonlySet<string>): Allowed {
  if (property["x-vrsky-constant"] === true) return constantScope;
  if (bound === undefined) return fixedScope(secrets);
  return bound === "payload" ? messageScope : deliveryScope(secrets);
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
  if (typeof raw !== "string" || manifest.connection === undefined) return undefined;
  const known = scope.connections.get(raw);
  if (known === undefined) {
    report(unknownName("VRS2007", site, raw, scope.connections.keys(), { what: "connection", where: "The tenant" }));
    return undefined;
  }
  if (known.connector === manifest.name) return known;
  report(
    findingAt("VRS2007", site, {
      message: `Connection \`${raw}\` is of kind \`${known.connector}\`, not \`${manifest.name}\`.`,
      labels: [
        { file: known.site.spec.file, range: known.site.spec.locate(known.site.path, "key"), message: "declared here" },
      ],
    }),
  );
  return undefined;
}

function withoutConnection(settings: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key !== "connection"));
}
