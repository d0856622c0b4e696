// Streams that tenants declare: who may read and write them, and the contract that they give.

import { isJsonObject } from "../../schema/json.ts";
import type { StreamSpec, TenantSpec } from "../../schema/spec.gen.ts";
import type { Spec, Unchecked } from "../2-parse/spec.ts";
import type { Stream, Use } from "../integration.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import { type Contracts, resolveContract } from "./contracts.ts";
import { keepDefault } from "./defaults.ts";
import { unknownName } from "./names.ts";
import { duration } from "./read-keys.ts";
import { alone } from "./use.ts";

/** By `tenant/name`. */
export type Streams = ReadonlyMap<string, Stream>;

export function declaredStreams(specs: readonly Spec[], contracts: Contracts, report: Report): Streams {
  const tenants = new Set(specs.filter(({ kind }) => kind !== "workspace").map(({ tenant }) => tenant));
  const found = new Map<string, Stream>();
  for (const spec of specs.filter(({ kind }) => kind === "tenant")) {
    const { streams }: Unchecked<TenantSpec> = isJsonObject(spec.value) ? spec.value : {};
    if (!isJsonObject(streams)) continue;
    for (const [name, raw] of Object.entries(streams)) {
      const key = `${spec.tenant}/${name}`;
      const stream = readStream(name, raw, { spec, path: ["streams", name] }, contracts, report);
      if (found.has(key)) continue;
      found.set(key, stream);
      for (const [index, tenant] of stream.exportTo.entries()) {
        const site: Site = { spec, path: ["streams", name, "export-to", index] };
        if (tenant === spec.tenant) {
          const help = `Its integrations read it as \`source: { stream: ${name} }\`.`;
          report(findingAt("VRS2023", site, { message: "A tenant needs no grant of its own streams.", help }));
        } else if (!tenants.has(tenant)) {
          report(unknownName("VRS2023", site, tenant, tenants, { what: "tenant", where: "The workspace" }));
        }
      }
    }
  }
  return found;
}

function readStream(name: string, raw: unknown, site: Site, contracts: Contracts, report: Report): Stream {
  const keys: Unchecked<StreamSpec> = isJsonObject(raw) ? raw : {};
  const at = child(site, "contract");
  const contract =
    keys.contract === undefined
      ? undefined
      : resolveContract(keys.contract, at, `stream.${site.spec.tenant}.${name}`, contracts, report);
  const exported = Array.isArray(keys["export-to"]) ? keys["export-to"] : [];
  return {
    tenant: site.spec.tenant,
    name,
    site,
    // Its contract is known by the stream's name wherever it is read.
    ...(contract === undefined
      ? {}
      : { contract: contract.inline ? { ...contract, name: `stream ${name}` } : contract }),
    keep: duration(keys.keep) ?? keepDefault,
    exportTo: exported.filter((tenant): tenant is string => typeof tenant === "string"),
  };
}

/** The stream that a source or target names; undefined when the use is none, or after a report. */
export function streamOf(
  { manifest, settings, site }: Use,
  tenant: string,
  streams: Streams,
  side: "source" | "target",
  report: Report,
): Stream | undefined {
  const value = settings.find(({ key }) => key === alone)?.value;
  if (manifest.name !== "stream" || value?.kind !== "constant") return undefined;
  const name = String(value.value);
  if (side === "target" && name.includes("/")) {
    const help = "Write to a stream of your own, and share it with `export-to`.";
    report(findingAt("VRS2023", site, { message: "A stream of another tenant can only be read.", help }));
    return undefined;
  }
  const found = streams.get(name.includes("/") ? name : `${tenant}/${name}`);
  if (found === undefined) {
    const own = [...streams.values()].map((stream) =>
      stream.tenant === tenant ? stream.name : shared(stream, tenant),
    );
    const names = own.filter((known): known is string => known !== undefined);
    report(unknownName("VRS2023", site, name, names, { what: "stream", where: "`streams:` of the tenant" }));
    return undefined;
  }
  if (found.tenant === tenant || found.exportTo.includes(tenant)) return found;
  const label = {
    file: found.site.spec.file,
    range: found.site.spec.locate(found.site.path, "key"),
    message: "declared here",
  };
  report(
    findingAt("VRS2023", site, {
      message: `Tenant \`${found.tenant}\` does not share stream \`${found.name}\` with \`${tenant}\`.`,
      help: `Its owner grants it: \`export-to: [${[...found.exportTo, tenant].join(", ")}]\`.`,
      labels: [label],
    }),
  );
  return undefined;
}

const shared = (stream: Stream, tenant: string): string | undefined =>
  stream.exportTo.includes(tenant) ? `${stream.tenant}/${stream.name}` : undefined;
