// Where the parts of contracts are written, for findings that concern a field elsewhere: a file of contracts/ is parsed
// with positions only when somebody asks, an inline contract stands in its spec.

import { Document, LineCounter } from "yaml";
import type { Label } from "../../schema/diagnostic.ts";
import type { SourceFile } from "../1-read/read.ts";
import { locate, type Source } from "../2-parse/document.ts";
import type { Path } from "../2-parse/spec.ts";
import { readYaml } from "../2-parse/yaml.ts";
import type { Part } from "../contract/part.ts";
import { placeInShort } from "../contract/short.ts";
import type { Contract } from "../integration.ts";
import { contractName } from "./contracts.ts";

type Place = Pick<Label, "file" | "range">;

export interface ContractPlaces {
  /** The key of a part of this contract; undefined when that is the whole of a file. */
  at(contract: Pick<Contract, "name" | "inline" | "site">, part: Pick<Part, "contract" | "path">): Place | undefined;
  /** Path of the file that holds it. */
  file(name: string): string | undefined;
}

export function contractPlaces(files: readonly SourceFile[]): ContractPlaces {
  const documents = new Map<string, { readonly document: Document; readonly source: Source }>();
  const inFile = (name: string, path: Path): Place | undefined => {
    const file = path.length === 0 ? undefined : files.find((each) => contractName(each.path) === name);
    if (file === undefined) return undefined;
    const known = documents.get(name) ?? read(file.text);
    documents.set(name, known);
    return { file: file.path, range: locate(known.document, known.source, path, "key") };
  };
  return {
    file: (name) => files.find(({ path }) => contractName(path) === name)?.path,
    at: ({ name, inline, site: { spec, path } }, part) => {
      if (part.contract !== undefined || inline !== true) return inFile(part.contract ?? name, part.path);
      const place = [...path, ...placeInShort(valueAt(spec.value, path), part.path)];
      return { file: spec.file, range: spec.locate(place, "key") };
    },
  };
}

function read(text: string) {
  const lines = new LineCounter();
  const document = readYaml(text, lines)[0] ?? new Document(null);
  return { document, source: { parsed: text, written: text, lines } };
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, key)
        ? (at as Readonly<Record<string, unknown>>)[key]
        : undefined,
    value,
  );
}
