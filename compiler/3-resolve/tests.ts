// Documents of cases: `tests: orders`. They are no part of what runs; here they are found to name what is there.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import type { DefaultsSpec, WorkspaceSpec } from "../../schema/spec.gen.ts";
import type { Issue } from "../../schema/worker.ts";
import type { Spec, Unchecked } from "../2-parse/spec.ts";
import { perSchema } from "../contract/per-schema.ts";
import { validatorCode } from "../contract/validator.ts";
import type { Integration, Source, Workspace } from "../integration.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import type { Contracts } from "./contracts.ts";
import { allSteps } from "./integration.ts";
import { unknownName } from "./names.ts";
import { object } from "./read-keys.ts";
import { reportValue } from "./settings.ts";

/** What whoever runs the cases needs beside the bundles. */
export interface Tests {
  readonly documents: readonly Spec[];
  /** Types of the workspace's settings, and the values that hold in all contexts that do not say otherwise. */
  readonly settings: JsonSchema;
  readonly defaults: JsonObject;
}

export function testsOf(specs: readonly Spec[], settings: JsonSchema): Tests {
  const root = specs.find(({ kind }) => kind === "workspace");
  const { defaults }: Unchecked<WorkspaceSpec> = object(root?.value);
  const { settings: values }: Unchecked<DefaultsSpec> = object(defaults);
  return { documents: documentsIn(specs), settings, defaults: object(values) };
}

const documentsIn = (specs: readonly Spec[]): readonly Spec[] => specs.filter(({ kind }) => kind === "tests");

/** Documents that had no findings, and what they were held against: most are those of the last compile. */
export type CleanTests = WeakMap<Spec, { readonly about: Integration; readonly files: ReadonlySet<string> }>;

/** `exists`: a file of the workspace. */
export function checkTests(
  specs: readonly Spec[],
  workspace: Workspace,
  contracts: Contracts,
  exists: (path: string) => boolean,
  report: Report,
  clean: CleanTests,
): void {
  const all = workspace.tenants.flatMap(({ integrations }) => integrations);
  const known = new Map(all.map((integration) => [`${integration.tenant}/${integration.name}`, integration]));
  for (const spec of documentsIn(specs)) {
    const site: Site = { spec, path: [] };
    const about = known.get(`${spec.tenant}/${spec.name}`);
    const before = clean.get(spec);
    if (about !== undefined && before?.about === about && [...before.files].every(exists)) continue;
    clean.delete(spec);
    if (about === undefined) {
      checkIsThere(site, specs, report);
      continue;
    }
    let findings = 0;
    const files = new Set<string>();
    const around: Surroundings = {
      about,
      contracts,
      exists: (path) => {
        files.add(path);
        return exists(path);
      },
    };
    checkDocument(site, around, (finding) => {
      findings += 1;
      report(finding);
    });
    if (findings === 0) clean.set(spec, { about, files });
  }
}

/** An integration that has mistakes of its own is there all the same. */
function checkIsThere(site: Site, specs: readonly Spec[], report: Report): void {
  const { name, tenant } = site.spec;
  const all = specs.filter((each) => each.kind === "integration" && each.tenant === tenant);
  const names = all.map((each) => each.name);
  if (names.includes(name)) return;
  report(unknownName("VRS2036", child(site, "tests"), name, names, { what: "integration", where: "The tenant" }));
}

interface Surroundings {
  readonly about: Integration;
  readonly contracts: Contracts;
  readonly exists: (path: string) => boolean;
}

function checkDocument(site: Site, around: Surroundings, report: Report): void {
  const { cases } = object(site.spec.value);
  checkNames(site, around.about, report);
  if (!Array.isArray(cases)) return;
  for (const [index, value] of cases.entries()) {
    const own = child(child(site, "cases"), index);
    checkNames(own, around.about, report);
    checkExpected(child(own, "expect"), around.about, report);
    const { given, expect } = object(value);
    const refused = object(expect).refused !== undefined;
    const all = Array.isArray(given) ? given.map((each, at) => [each, child(child(own, "given"), at)] as const) : [];
    for (const [each, at] of isJsonObject(given) ? [[given, child(own, "given")] as const] : all) {
      checkGiven(object(each), at, around, refused, report);
    }
  }
}

const valueAt = ({ spec, path }: Site): Json | undefined =>
  path.reduce<Json | undefined>(
    (value, key) => (Array.isArray(value) ? value[Number(key)] : object(value)[String(key)]),
    object(spec.value),
  );

/** Keys that are names of something. */
function checkKeys(
  site: Site,
  known: readonly string[],
  what: string,
  report: Report,
  where = "The integration",
): void {
  for (const key of Object.keys(object(valueAt(site)))) {
    if (!known.includes(key)) report(unknownName("VRS2036", child(site, key), key, known, { what, where }, "key"));
  }
}

function checkNames(site: Site, about: Integration, report: Report): void {
  checkKeys(child(site, "answers"), targetsOf(about), "target", report);
  checkKeys(child(site, "calls"), callsOf(about), "call", report);
  const types = object(about.settingsSchema.properties);
  const settings = child(site, "settings");
  checkKeys(settings, Object.keys(types), "setting", report, "The workspace");
  for (const [name, value] of Object.entries(object(valueAt(settings)))) {
    if (Object.hasOwn(types, name)) reportValue(value, object(types[name]), child(settings, name), "a case", report);
  }
  checkKeys(child(site, "secrets"), [...about.secrets], "secret", report, "The tenant");
}

const callsOf = (about: Integration): readonly string[] =>
  allSteps([...about.sources, about, ...about.targets]).flatMap((step) => (step.kind === "call" ? [step.key] : []));

const targetsOf = ({ targets }: Integration): readonly string[] => targets.map(({ name }) => name);

function checkExpected(site: Site, about: Integration, report: Report): void {
  for (const key of ["targets", "dead", "lost", "drops", "retries", "continued"]) {
    checkKeys(child(site, key), targetsOf(about), "target", report);
  }
  const polled = about.sources.flatMap(({ name, poll }) => (poll === undefined ? [] : [name]));
  checkKeys(child(site, "asked"), [...callsOf(about), ...polled], "call", report);
}

function checkGiven(
  given: JsonObject,
  site: Site,
  { about, contracts, exists }: Surroundings,
  refused: boolean,
  report: Report,
): void {
  const { source, file, body, page } = given;
  const names = about.sources.map(({ name }) => name);
  const named = about.sources.find(({ name }) => name === source);
  if (typeof source === "string" && named === undefined) {
    const says = { what: "source", where: "The integration" };
    report(unknownName("VRS2036", child(site, "source"), source, names, says));
    return;
  }
  const [first, second] = about.sources;
  if (source === undefined && second !== undefined) {
    const message = "The integration has several sources, and the case does not say which.";
    report(findingAt("VRS2036", site, { message, help: `Give it \`source:\`, one of ${names.join(", ")}.` }));
    return;
  }
  if (typeof file === "string" && !exists(file)) {
    const says = { message: `The workspace has no file \`${file}\`.`, help: "Paths begin where vrsky.yaml lies." };
    report(findingAt("VRS2036", child(site, "file"), says));
  }
  const from = named ?? first;
  if (from === undefined) return;
  const polls = from.poll !== undefined;
  if (polls !== (page !== undefined)) {
    const message = polls ? "A source that polls is given a `page`." : "Only a source that polls is given a `page`.";
    const help = polls ? "Write `page:` with what the polled system answers." : "Write `body:`, `text:` or `file:`.";
    report(findingAt("VRS2036", polls ? site : child(site, "page"), { message, help }));
  } else if (body !== undefined && !refused) checkBody(body, child(site, "body"), from, contracts, report);
}

/** A body that the source's contract turns away, where nobody says that it shall. */
function checkBody(body: Json, site: Site, source: Source, contracts: Contracts, report: Report): void {
  const { contract, onError, use } = source;
  // What a connector puts around it may lack fields that nobody asks for.
  if (contract === undefined || onError.invalid !== undefined || use.manifest.source?.wraps !== undefined) return;
  const [issue] = validatorOf(contract.schema, (name) => contracts.get(name))(body);
  if (issue === undefined) return;
  const path = issue.path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const what = path.length === 0 ? "The body" : `\`${path.join(".")}\``;
  const at = path.reduce<Site>((place, key) => child(place, /^\d+$/.test(key) ? Number(key) : key), site);
  report(
    findingAt("VRS2037", at, {
      message: `${what} does not fit ${contract.name}: it ${issue.message}.`,
      help: "Say `refused: invalid` under `expect` where that is what the case shows.",
    }),
  );
}

/** The very text that the bundle has, since a worker would say the same. */
const validatorOf = perSchema((schema, refs) => {
  const made: (value: Json) => readonly Issue[] = new Function(`return ${validatorCode(schema, refs)}`)();
  return made;
});
