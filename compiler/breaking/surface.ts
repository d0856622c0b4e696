// What the outside sees of a workspace, as plain data with places: where messages come in and in which form, what is
// sent, answered and shared.

import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";
import type { ContractPlaces } from "../3-resolve/contract-places.ts";
import { type Contracts, referredContracts } from "../3-resolve/contracts.ts";
import { allSteps, failingNames } from "../3-resolve/integration.ts";
import type { ContractVersion } from "../contract/breaking.ts";
import type { Contract, Integration, Source, Step, Stream, Target, Use, Workspace } from "../integration.ts";
import { child, type Site, type Value } from "../value.ts";

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A setting as it is written: `orders.${ body.country }`. */
export interface Word {
  readonly text: string;
  readonly place: Place;
}

/** How a sender proves itself. */
export interface Guard {
  /** Without what is secret. */
  readonly form: string;
  /** Any of these is accepted, as they are written. */
  readonly secrets: readonly string[];
  readonly place: Place;
}

/** A contract in use, and where. */
export interface Used {
  /** `order@1`, or `the contract of the source`. */
  readonly name: string;
  readonly version: ContractVersion;
  /** Written where it is used. */
  readonly inline: boolean;
  /** Where a field is written: `lines[].qty`; "" is where the contract is used. */
  readonly at: (path: string) => Place;
}

export interface SourceSurface {
  readonly name: string;
  readonly connector: string;
  readonly address?: Word;
  /** By name of the setting. */
  readonly guards: ReadonlyMap<string, Guard>;
  readonly format?: Word;
  readonly methods: readonly string[];
  readonly contract?: Used;
  /** Milliseconds. */
  readonly dedupe?: number;
  /** It reads a declared stream: what comes in is the stream's business. */
  readonly reads?: { readonly tenant: string; readonly stream: string };
  readonly place: Place;
}

export interface TargetSurface {
  readonly name: string;
  readonly connector: string;
  /** Settings that say where it goes, by name. */
  readonly where: ReadonlyMap<string, Word>;
  /** What decides which messages go there: the route, `when` and filters of its own. */
  readonly conditions: readonly Word[];
  /** It goes into a declared stream, which says what it takes. */
  readonly shared: boolean;
  readonly contract?: Used;
  readonly place: Place;
}

/** A part of the reply, by its path: `json.price`. */
export interface Part {
  readonly place: Place;
  /** Of a constant. */
  readonly constant?: string;
  /** Fields may be in it that are not seen here. */
  readonly open?: true;
}

export interface IntegrationSurface {
  readonly tenant: string;
  readonly name: string;
  readonly movedFrom?: string;
  readonly sources: readonly SourceSurface[];
  readonly targets: readonly TargetSurface[];
  /** What decides for all targets: the filters on the way. */
  readonly conditions: readonly Word[];
  /** Answers that are asked for on the way, by the step's key. */
  readonly calls: ReadonlyMap<string, Used>;
  readonly reply?: { readonly parts: ReadonlyMap<string, Part>; readonly place: Place };
  readonly place: Place;
}

export interface StreamSurface {
  readonly tenant: string;
  readonly name: string;
  readonly contract?: Used;
  /** Milliseconds. */
  readonly keep: number;
  readonly exportTo: readonly string[];
  /** `globex/ledger`, sorted. */
  readonly readers: readonly string[];
  readonly place: Place;
}

export interface Surface {
  readonly integrations: readonly IntegrationSurface[];
  readonly streams: readonly StreamSurface[];
  /** The files in `contracts/`, by name. */
  readonly contracts: ReadonlyMap<string, Place>;
}

/** What is read here: the contracts by name, and where their parts are written. */
interface Read {
  readonly contracts: Contracts;
  readonly places: ContractPlaces;
}

export function surfaceOf(workspace: Workspace, contracts: Contracts, places: ContractPlaces): Surface {
  const read = { contracts, places };
  const integrations = workspace.tenants.flatMap((tenant) => tenant.integrations);
  return {
    integrations: integrations.map((each) => integrationSurface(each, read)),
    streams: workspace.tenants.flatMap(({ streams }) => streams.map((each) => streamSurface(each, integrations, read))),
    contracts: new Map([...contracts.keys()].map((name) => [name, fileOf(name, places)])),
  };
}

function integrationSurface(integration: Integration, read: Read): IntegrationSurface {
  const { tenant, name, movedFrom, sources, targets, steps, reply, site } = integration;
  const failing = failingNames(integration);
  const parts = new Map<string, Part>();
  for (const { key, value } of reply?.settings ?? []) collect(value, key, parts);
  return {
    tenant,
    name,
    ...(movedFrom === undefined ? {} : { movedFrom }),
    sources: sources.map((each) => sourceSurface(each, read)),
    targets: targets.map((each) => targetSurface(each, routed(each, integration, failing), read)),
    conditions: filters([...sources, { steps }]),
    calls: new Map(allSteps([...sources, { steps }, ...targets]).flatMap((each) => call(each, read))),
    ...(reply === undefined ? {} : { reply: { parts, place: placeOf(reply.site) } }),
    place: placeOf(site, "key"),
  };
}

function call(step: Step, read: Read): readonly (readonly [string, Used])[] {
  if (step.kind !== "call" || step.contract === undefined) return [];
  return [[step.key, used(step.contract, step.site, read)]];
}

const filters = (owners: Parameters<typeof allSteps>[0]): readonly Word[] =>
  allSteps(owners).flatMap((step) => (step.kind === "filter" ? [condition("filter", step.condition)] : []));

const condition = (key: string, value: Value): Word => ({
  text: `${key} ${printed(value)}`,
  place: placeOf(value.site),
});

/** The route as one target sees it: the arms in their order, up to the last that leads there. Empty: it gets all. */
function routed({ name, site }: Target, { route }: Integration, failing: ReadonlySet<string>): readonly Word[] {
  if (route === undefined) return failing.has(name) ? [{ text: "only what failed", place: placeOf(site) }] : [];
  const last = route.findLastIndex(({ to }) => to.includes(name));
  const arms = route.slice(0, last + 1);
  const [first] = arms;
  if (first === undefined || (arms.at(-1)?.when === undefined && arms.every(({ to }) => to.includes(name)))) return [];
  const texts = arms.map(({ when, to }) => {
    const text = when === undefined ? "the rest" : printed(when);
    return to.includes(name) ? text : `not ${text}`;
  });
  return [{ text: `route ${texts.join(", ")}`, place: placeOf(first.site) }];
}

function sourceSurface(source: Source, read: Read): SourceSurface {
  const { name, use, poll, contract = poll?.contract, dedupe, stream, site } = source;
  const { owns, guards = [], settings } = use.manifest.source ?? {};
  const word = wordIn(use, settings, site);
  const address = owns === undefined ? undefined : word(owns);
  const format = word("envelope") ?? word("format");
  return {
    name,
    connector: use.manifest.name,
    ...(address === undefined ? {} : { address }),
    guards: new Map(use.settings.flatMap(({ key, value }) => (guards.includes(key) ? [[key, guardOf(value)]] : []))),
    ...(format === undefined ? {} : { format }),
    methods: word("methods")?.text.split(", ") ?? [],
    ...(contract === undefined ? {} : { contract: used(contract, site, read) }),
    ...(dedupe === undefined ? {} : { dedupe }),
    ...(stream === undefined ? {} : { reads: { tenant: stream.tenant, stream: stream.name } }),
    place: placeOf(site),
  };
}

function guardOf(value: Value): Guard {
  const secrets: string[] = [];
  const form = (part: Value): string => {
    if (part.kind === "map") return part.entries.map(({ key, value: inner }) => `${key}: ${form(inner)}`).join(", ");
    if (part.kind === "list") return [...new Set(part.items.map(form))].join(", ");
    if (part.kind === "constant") return String(part.value);
    secrets.push(printed(part));
    return "a secret";
  };
  return { form: form(value), secrets, place: placeOf(value.site) };
}

function targetSurface(
  { name, use, contract, stream, when, steps, site }: Target,
  route: readonly Word[],
  read: Read,
): TargetSurface {
  const { seen = [], settings } = use.manifest.target ?? {};
  const word = wordIn(use, settings, site);
  const shared =
    stream === undefined ? [] : entry("stream", { text: `${stream.tenant}/${stream.name}`, place: placeOf(site) });
  return {
    name,
    connector: use.manifest.name,
    // Hosts are left out: they are the contexts' and the connections' business.
    where: new Map([...seen.flatMap((key) => entry(key, word(key))), ...shared]),
    conditions: [...route, ...(when === undefined ? [] : [condition("when", when)]), ...filters([{ steps }])],
    shared: stream !== undefined,
    ...(contract === undefined || stream !== undefined ? {} : { contract: used(contract, site, read) }),
    place: placeOf(site),
  };
}

const entry = (key: string, word: Word | undefined): readonly (readonly [string, Word])[] =>
  word === undefined ? [] : [[key, word]];

/** A setting by its path, `cloudevents.type`: as it is written, or what it is when nobody says. */
const wordIn =
  ({ settings }: Use, schema: JsonSchema | undefined, site: Site) =>
  (path: string): Word | undefined =>
    wordAt({ kind: "map", site, entries: settings }, schema, path.split("."), site);

function wordAt(
  value: Value | undefined,
  schema: Json | undefined,
  [key, ...rest]: readonly string[],
  site: Site,
): Word | undefined {
  const said = isJsonObject(schema) ? schema : {};
  if (key === undefined) {
    if (value !== undefined) return { text: printed(value), place: placeOf(value.site) };
    return said.default === undefined ? undefined : { text: [said.default].flat().join(", "), place: placeOf(site) };
  }
  if (value?.kind !== "map") return undefined;
  const below = isJsonObject(said.properties) ? said.properties[key] : undefined;
  return wordAt(value.entries.find((each) => each.key === key)?.value, below, rest, site);
}

function printed(value: Value): string {
  switch (value.kind) {
    case "constant":
      return String(value.value);
    case "expression":
      return `\${ ${value.expression.source.trim()} }`;
    case "text":
      return value.parts.map((part) => (typeof part === "string" ? part : `\${ ${part.source.trim()} }`)).join("");
    case "list":
      return value.items.map((item) => printed(item)).join(", ");
    case "map":
      return value.entries.map(({ key, value: inner }) => `${key}: ${printed(inner)}`).join(", ");
    case "template":
      return "a template";
    default:
      return value satisfies never;
  }
}

/** Every leaf of a value by its path. */
function collect(value: Value, path: string, parts: Map<string, Part>): void {
  const place = placeOf(value.site);
  if (value.kind === "map") {
    if (value.spread !== undefined) parts.set(path, { place, open: true });
    for (const { key, value: member } of value.entries) collect(member, `${path}.${key}`, parts);
  } else if (value.kind === "constant") parts.set(path, { place, constant: JSON.stringify(value.value) });
  else parts.set(path, { place, open: true });
}

function streamSurface(stream: Stream, integrations: readonly Integration[], read: Read): StreamSurface {
  const { tenant, name, contract, keep, exportTo, site } = stream;
  const reading = integrations.filter(({ sources }) =>
    sources.some((source) => source.stream?.tenant === tenant && source.stream.name === name),
  );
  return {
    tenant,
    name,
    ...(contract === undefined ? {} : { contract: used(contract, site, read) }),
    keep,
    exportTo,
    readers: reading.map((each) => `${each.tenant}/${each.name}`).sort(),
    place: placeOf(site),
  };
}

function used(contract: Contract, site: Site, { contracts, places }: Read): Used {
  const { name, schema } = contract;
  const refs = Object.fromEntries(referredContracts(schema, contracts));
  const whole = placeOf(child(site, "contract"));
  return {
    name,
    version: { schema, refs },
    inline: contract.inline === true,
    at: (path) => {
      const found = path === "" ? undefined : places.at(contract, { path: inSchema(path) });
      return found === undefined ? whole : { file: found.file, ...found.range.start };
    },
  };
}

const fileOf = (name: string, places: ContractPlaces): Place => ({
  file: places.file(name) ?? `contracts/${name}`,
  line: 1,
  column: 1,
});

/** `lines[].qty` → properties, lines, items, properties, qty. */
const inSchema = (path: string): readonly (string | number)[] =>
  (path.match(/\[\d*\]|[^.[\]]+/g) ?? []).flatMap((part) => {
    if (part === "[]") return ["items"];
    if (part.startsWith("[")) return ["prefixItems", Number(part.slice(1, -1))];
    return part === "*" ? ["additionalProperties"] : ["properties", part];
  });

function placeOf({ spec, path }: Site, part: "key" | "value" = "key"): Place {
  return { file: spec.file, ...spec.locate(path, part).start };
}
