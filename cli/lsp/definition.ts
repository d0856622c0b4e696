// From a name to where it is declared.

import type { DefinitionParams, Location } from "vscode-languageserver";
import type { Spec } from "../../compiler/2-parse/spec.ts";
import { contractName } from "../../compiler/3-resolve/contracts.ts";
import { isJsonObject } from "../../schema/json.ts";
import { isStep, type NameAt, nameAt } from "./names-at.ts";
import { type Path, unquoted } from "./outline.ts";
import { samePath, textAt } from "./place.ts";
import { callOf } from "./renamed.ts";
import type { OpenFile } from "./session.ts";
import { offsetOf, rangeOf, toLocation, uriOf } from "./text-places.ts";

export function definition(open: OpenFile, { position }: Pick<DefinitionParams, "position">): Location | null {
  const found = nameAt(open.text, offsetOf(open.text, position));
  return found === undefined ? null : (declarationOf(found, open) ?? null);
}

function declarationOf(name: NameAt, open: OpenFile): Location | undefined {
  const { workspace, file } = open;
  const { specs, sources } = workspace.look();
  const tenant = /^tenants\/([^/]+)\//.exec(file)?.[1] ?? "default";
  const own = specs.filter((spec) => spec.tenant === tenant);
  const at = (spec: Spec | undefined, path: Path, part: "key" | "value" = "key"): Location | undefined =>
    spec === undefined ? undefined : toLocation(workspace.root, spec.file, spec.locate(path, part));
  const named = (kind: Spec["kind"]) => own.find((spec) => spec.kind === kind && spec.name === name.name);
  switch (name.kind) {
    case "contract": {
      const path = [...sources.keys()].find((each) => contractName(each) === name.name);
      return path === undefined ? undefined : wholeFile(workspace.root, path);
    }
    case "connection": {
      const holds = own.find((spec) => spec.kind === "connections" && has(spec, ["connections", name.name]));
      return at(holds, ["connections", name.name]);
    }
    case "fragment":
      return at(named("fragment"), ["fragment"], "value");
    case "integration":
      return at(named("integration"), ["integration"], "value");
    case "stream": {
      const [stream = "", owner = tenant] = name.name.split("/").toReversed();
      const holds = specs.find(
        (spec) => spec.kind === "tenant" && spec.tenant === owner && has(spec, ["streams", stream]),
      );
      return at(holds, ["streams", stream]);
    }
    case "secret": {
      const declared = own.find((spec) => spec.kind === "tenant");
      const list = isJsonObject(declared?.value) ? declared.value.secrets : undefined;
      const index = Array.isArray(list) ? list.indexOf(name.name) : -1;
      return index === -1 ? undefined : at(declared, ["secrets", index]);
    }
    case "setting": {
      const root = specs.find((spec) => spec.kind === "workspace");
      return root !== undefined && has(root, ["settings", name.name]) ? at(root, ["settings", name.name]) : undefined;
    }
    case "file":
      return workspace.text(name.name) === undefined ? undefined : wholeFile(workspace.root, name.name);
    case "target":
      return ownKey(open, name, ["targets", name.name]) ?? at(tested(open, name, own), ["targets", name.name]);
    case "step":
      return undefined;
    case "call": {
      const integration = tested(open, name, own);
      const { path } = integration === undefined ? {} : callOf(name.name, integration);
      return path === undefined ? undefined : at(integration, path, "value");
    }
    case "parameter":
      return ownKey(open, name, ["params", name.name]) ?? ownKey(open, name, ["params", `${name.name}?`]);
    case "variable":
      return stepOf(open, name);
  }
}

const wholeFile = (root: string, file: string): Location => ({
  uri: uriOf(root, file),
  range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
});

function has({ value }: Spec, path: readonly string[]): boolean {
  const end = path.reduce<unknown>(
    (at, key) => (isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined),
    value,
  );
  return end !== undefined;
}

/** What the document's cases are of. */
function tested({ text }: OpenFile, { document }: NameAt, own: readonly Spec[]): Spec | undefined {
  const name = textAt(text, document, ["tests"]);
  return own.find((spec) => spec.kind === "integration" && spec.name === name);
}

/** In the document itself, which may be broken. */
function ownKey({ workspace, file, text }: OpenFile, { document }: NameAt, path: Path): Location | undefined {
  const key = document.keys.find((each) => samePath(each.path, path));
  return key === undefined ? undefined : { uri: uriOf(workspace.root, file), range: rangeOf(text, key.start, key.end) };
}

/** The last step in front of the place that keeps its result under the name. */
function stepOf({ workspace, file, text }: OpenFile, { document, name, start }: NameAt): Location | undefined {
  const kept = document.scalars.filter(
    ({ path, ...scalar }) =>
      path.at(-1) === "as" && isStep(path.slice(0, -1)) && unquoted(text.slice(scalar.start, scalar.end)) === name,
  );
  const step = kept.findLast((scalar) => scalar.start <= start) ?? kept[0];
  return step === undefined
    ? undefined
    : { uri: uriOf(workspace.root, file), range: rangeOf(text, step.start, step.end) };
}
