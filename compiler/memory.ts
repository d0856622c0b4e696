// What earlier compiles of one workspace found out, so that `dev` looks again only at what changed. It is a table from
// what a pass was given to what it made of it. Results hang on the very records that they were made of and are freed
// with them; nothing here decides whether something is still valid, except that equal texts are one record.

import type { SourceFile } from "./1-read/read.ts";
import type { Parsed } from "./2-parse/parse.ts";
import type { LoadedFile } from "./3-resolve/load-contracts.ts";
import { createResolver, type Resolver } from "./3-resolve/resolver.ts";
import type { CleanTests } from "./3-resolve/tests.ts";
import type { CheckMemory } from "./4-check/check.ts";
import type { Stages } from "./5-lower/lower.ts";
import type { BundleFiles } from "./6-emit/emit.ts";
import type { Integration } from "./integration.ts";

/** What `work` makes of `from`: made now, or when `from` was last seen. */
export type Once<From extends object, Made> = (from: From, work: () => Made) => Made;

export interface Memory {
  /** The text of a file's bytes. */
  readonly text: Once<Uint8Array, string | undefined>;
  /** The same record for a path as long as its text is the same. */
  readonly file: (path: string, text: string) => SourceFile;
  readonly parsed: Once<SourceFile, Parsed>;
  readonly contract: Once<SourceFile, LoadedFile>;
  readonly resolver: Resolver;
  readonly cleanTests: CleanTests;
  readonly checked: CheckMemory;
  readonly lowered: Once<Integration, Stages>;
  readonly bundled: Once<Stages, BundleFiles>;
}

export function createMemory(): Memory {
  return {
    text: once(),
    file: sameFile(),
    parsed: once(),
    contract: once(),
    resolver: createResolver(),
    cleanTests: new WeakMap(),
    checked: { printed: once(), scripts: new WeakMap() },
    lowered: once(),
    bundled: once(),
  };
}

function once<From extends object, Made>(): Once<From, Made> {
  const known = new WeakMap<From, { readonly made: Made }>();
  return (from, work) => {
    const before = known.get(from);
    if (before !== undefined) return before.made;
    const made = work();
    known.set(from, { made });
    return made;
  };
}

function sameFile(): Memory["file"] {
  const known = new Map<string, SourceFile>();
  return (path, text) => {
    const before = known.get(path);
    if (before?.text === text) return before;
    const file = { path, text };
    known.set(path, file);
    return file;
  };
}
