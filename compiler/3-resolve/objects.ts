// Contents beside a message (`format: blob`): how large they may be, and where those lie that are larger than chunks
// carry.

import type { Manifest } from "../../schema/connector.ts";
import { mostChunkedBytes } from "../../schema/content.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { ObjectsSpec } from "../../schema/spec.gen.ts";
import { parseSize } from "../../schema/units.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import type { Connection, Objects, Setting, Source, Use } from "../integration.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import { unknownName } from "./names.ts";

/** The bytes stay beside the message. */
export const isBlob = ({ settings }: Pick<Use, "settings">): boolean =>
  settings.some(({ key, value }) => key === "format" && value.kind === "constant" && value.value === "blob");

/** Bytes of the largest content that the source takes; undefined: it takes none. */
export function largestContent({ use }: Source): number | undefined {
  if (!isBlob(use)) return undefined;
  const value = use.settings.find(({ key }) => key === "max-size")?.value;
  return (value?.kind === "constant" ? parseSize(String(value.value)) : undefined) ?? mostChunkedBytes;
}

/** The tenant's `objects:`. */
export function resolveObjects(
  raw: unknown,
  site: Site,
  manifests: readonly Manifest[],
  connections: ReadonlyMap<string, Connection>,
  report: Report,
): Use | undefined {
  if (!isJsonObject(raw)) return undefined;
  const { connection: name, path }: Unchecked<ObjectsSpec> = raw;
  if (typeof name !== "string") return undefined;
  const at = child(site, "connection");
  const connection = connections.get(name);
  if (connection === undefined) {
    report(unknownName("VRS2007", at, name, connections.keys(), { what: "connection", where: "The tenant" }));
    return undefined;
  }
  const able = manifests.filter(({ keepsObjects }) => keepsObjects === true);
  const manifest = able.find((each) => each.name === connection.connector);
  if (manifest !== undefined) return { manifest, connection, settings: pathSetting(path, child(site, "path")), site };
  const { spec, path: where } = connection.site;
  report(
    findingAt("VRS2007", at, {
      message: `Connection \`${name}\` is of kind \`${connection.connector}\`, which keeps no objects.`,
      help: `Name one of kind ${able.map((each) => `\`${each.name}\``).join(" or ")}, or leave \`objects\` out: contents then lie in NATS.`,
      labels: [{ file: spec.file, range: spec.locate(where, "key"), message: "declared here" }],
    }),
  );
  return undefined;
}

function pathSetting(path: unknown, site: Site): readonly Setting[] {
  if (typeof path !== "string") return [];
  return [{ key: "path", value: { kind: "constant", site, value: path }, schema: { type: "string" } }];
}

/** Of an integration, where a source takes what chunks do not carry. */
export function objectsOf(sources: readonly Source[], use: Use | undefined): Objects | undefined {
  const needing = sources.find((source) => (largestContent(source) ?? 0) > mostChunkedBytes);
  return needing && { site: needing.site, ...(use === undefined ? {} : { use }) };
}
