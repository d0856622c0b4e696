// `--where`: an expression of the language over one message, compiled and type-checked as a filter that stands right
// behind the source: against the contract and the metadata of each source that the integration has today.

import type { TypeChecker } from "../../compiler/4-check/type-checker.ts";
import { compile } from "../../compiler/compile.ts";
import type { ScriptTools } from "../../compiler/script/bundle.ts";
import { metaOf } from "../../runtime/envelope.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import { loadCode } from "../../runtime/program.ts";
import { reasonOf } from "../../runtime/start-failure.ts";
import type { Bundle } from "../../schema/bundle.ts";
import type { Manifest } from "../../schema/connector.ts";
import type { Envelope } from "../../schema/envelope.ts";
import type { Json } from "../../schema/json.ts";
import type { WorkerCode } from "../../schema/worker.ts";
import type { Where } from "./replay.ts";

export interface WhereTools {
  readonly manifests: readonly Manifest[];
  readonly checker: TypeChecker;
  readonly scripts: ScriptTools;
}

export type CompiledWhere =
  | { readonly ok: true; readonly where: Where }
  | { readonly ok: false; readonly message: string; readonly help?: string };

const target = "out";

/** `text`: with `${ … }` around it, as in a spec, or without. */
export async function compileWhere(text: string, bundle: Bundle, tools: WhereTools): Promise<CompiledWhere> {
  const sources = Object.keys(bundle.sources);
  const expression = text.trim().startsWith("${") ? text.trim() : `\${ ${text} }`;
  const { emitted, diagnostics } = compile({
    root: "/w",
    files: inMemory(filesFor(bundle, sources, expression)),
    manifests: [...sources.map((source, index) => readerOf(bundle, source, index, tools.manifests)), writer],
    checker: tools.checker,
    scripts: tools.scripts,
  });
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (emitted === undefined || error !== undefined) {
    return {
      ok: false,
      message: error?.message ?? "It does not compile.",
      ...(error?.help === undefined ? {} : { help: error.help }),
    };
  }
  const codes = new Map<string, WorkerCode>();
  for (const [index, source] of sources.entries()) {
    const coded = emitted.bundles.find((each) => each.bundle.integration === nameOf(index));
    if (coded !== undefined) codes.set(source, await loadCode(coded, () => createLibrary()));
  }
  const [first] = codes.values();
  return {
    ok: true,
    where: ({ envelope }, body) => {
      // A source that was renamed: any of those that are there.
      const code = codes.get(envelope.source) ?? first;
      return code === undefined ? { failed: "it has no source" } : holds(code, envelope, body);
    },
  };
}

function holds(code: WorkerCode, envelope: Envelope, body: Json): ReturnType<Where> {
  const { headers } = envelope;
  try {
    const walked = code.walk({ settings: {}, secrets: {}, body, headers, meta: metaOf(envelope) }, target);
    if (walked.kind === "failed") return { failed: `--where: ${walked.message}` };
    return walked.kind === "deliver";
  } catch (error) {
    return { failed: `--where: ${reasonOf(error)}` };
  }
}

const nameOf = (index: number): string => `where-${index}`;

/** A source of that metadata and nothing else. */
function readerOf(bundle: Bundle, source: string, index: number, manifests: readonly Manifest[]): Manifest {
  const { connector } = bundle.sources[source] ?? {};
  const known = manifests.find(({ name }) => name === connector)?.source;
  return {
    ...plain(`kept${index}`),
    source: {
      settings: nothing,
      meta: known?.meta ?? { ...nothing, required: [] },
      delivery: "",
      errors: [],
    },
  };
}

const nothing = { type: "object", additionalProperties: false, properties: {} } as const;
const plain = (name: string) =>
  ({ name, title: name, description: name, stability: "experimental", examples: [] }) as const;
const writer: Manifest = {
  ...plain("nowhere"),
  target: { settings: nothing, payload: "body", seen: [], delivery: "", errors: [] },
};

function filesFor(bundle: Bundle, sources: readonly string[], expression: string): ReadonlyMap<string, string> {
  const files = new Map([["vrsky.yaml", "workspace: where\nlanguage: 1\n"]]);
  for (const [key, { schema }] of Object.entries(bundle.contracts)) {
    if (/^[a-z][a-z0-9-]*@\d+$/.test(key)) files.set(`contracts/${key}.json`, JSON.stringify(schema));
  }
  const integrations = sources.map((source, index) => {
    const key = bundle.sources[source]?.contract;
    const contract = key === undefined ? "any" : contractFor(bundle, key, index, files);
    return JSON.stringify({
      integration: nameOf(index),
      source: { [`kept${index}`]: {}, contract },
      steps: [{ filter: expression }],
      targets: { [target]: { nowhere: {} } },
    });
  });
  files.set("tenants/where/where.yaml", integrations.join("\n---\n"));
  return files;
}

/** One without a name of its own gets one. */
function contractFor(bundle: Bundle, key: string, index: number, files: Map<string, string>): string {
  if (files.has(`contracts/${key}.json`)) return key;
  const name = `kept-${index}@1`;
  files.set(`contracts/${name}.json`, JSON.stringify(bundle.contracts[key]?.schema ?? {}));
  return name;
}

function inMemory(files: ReadonlyMap<string, string>) {
  const encoder = new TextEncoder();
  const paths = [...files.keys()].map((path) => `/w/${path}`);
  return {
    list: (folder: string) => {
      const below = paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
      if (below.length === 0) return undefined;
      const names = new Map(below.map((path) => [path.split("/")[0] ?? "", path.includes("/")]));
      return [...names].map(([name, isFolder]) => ({ name, folder: isFolder }));
    },
    read: (path: string) => {
      const text = files.get(path.slice("/w/".length));
      return text === undefined ? { error: "there is no such file" } : encoder.encode(text);
    },
  };
}
