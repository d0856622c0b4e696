// One mutant and what becomes of it: the compiler refuses it, a case fails, or nobody notices.

import { scriptTools } from "../../cli/script-tools.ts";
import { readYaml } from "../../compiler/2-parse/yaml.ts";
import type { TypeChecker } from "../../compiler/4-check/type-checker.ts";
import { type Compiled, createCompiler } from "../../compiler/compile.ts";
import { manifests } from "../../connectors/all.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import { filesOf, type Texts } from "../rig/texts.ts";
import { type Mutant, mutantsOf, siblingsIn } from "./mutants.ts";

export type Verdict =
  | { readonly kind: "compiler"; readonly code: string }
  | { readonly kind: "caught"; readonly by: readonly Failed[] }
  | { readonly kind: "survived" }
  /** The compiler makes the very same of it. */
  | { readonly kind: "same" };

export interface Judged extends Mutant {
  /** A path where it begins. */
  readonly workspace: string;
  readonly verdict: Verdict;
}

/** A case, and what it says. */
export interface Failed {
  /** `tenant/name`. */
  readonly integration: string;
  readonly name: string;
  readonly says: string;
}

/** Runs the cases of the named integrations (`tenant/name`). */
export type RunCases = (
  compiled: Compiled,
  texts: Texts,
  integrations: ReadonlySet<string>,
) => Promise<readonly Failed[]>;

/** Judges every mutant of a workspace, one after the other. */
export async function judgeAll(
  workspace: string,
  texts: Texts,
  tools: { readonly checker: TypeChecker; readonly run: RunCases },
  wanted: (mutant: Mutant) => boolean,
  told: (judged: Judged) => void,
): Promise<void> {
  let now = texts;
  const files = filesOf("/w", () => now);
  const compile = createCompiler({ root: "/w", files, manifests, checker: tools.checker, scripts: scriptTools() });
  const own = hashesOf(compile());
  if (own === undefined) throw new Error("the workspace itself does not compile");
  const broken = await tools.run(compile(), now, new Set(own.keys()));
  if (broken[0] !== undefined) throw new Error(`a case fails without any change:\n${broken[0].says}`);
  for (const mutant of mutantsIn(texts).filter(wanted)) {
    const tell = (verdict: Verdict): void => told({ ...mutant, workspace, verdict });
    now = new Map(texts).set(mutant.file, mutant.text);
    const compiled = compile();
    const hashes = hashesOf(compiled);
    if (hashes === undefined) {
      tell({ kind: "compiler", code: compiled.diagnostics[0]?.code ?? "" });
      continue;
    }
    const changed = new Set([...hashes.keys()].filter((name) => hashes.get(name) !== own.get(name)));
    const by = changed.size === 0 ? [] : await tools.run(compiled, now, changed);
    if (by.length > 0) tell({ kind: "caught", by });
    else tell({ kind: changed.size === 0 ? "same" : "survived" });
  }
}

const nameOf = ({ bundle }: CodedBundle): string => `${bundle.tenant}/${bundle.integration}`;

const hashesOf = ({ emitted }: Compiled): ReadonlyMap<string, string> | undefined =>
  emitted && new Map(emitted.bundles.map((each) => [nameOf(each), each.bundle.hash]));

function mutantsIn(texts: Texts): readonly Mutant[] {
  const yaml = [...texts].filter(([path]) => /\.(?:ya?ml|json)$/.test(path));
  const siblings = siblingsIn(yaml.flatMap(([, text]) => readYaml(text).map(({ contents }) => contents)));
  return yaml
    .filter(([path]) => path.startsWith("tenants/"))
    .flatMap(([path, text]) => mutantsOf(path, text, siblings));
}
