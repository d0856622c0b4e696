// Compiles a workspace that is held in memory, for tests.

import { afterAll } from "vitest";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import type { Compiled } from "../../compiler/compile.ts";
import { compileWith } from "./compile-with.ts";

/** One for all compiles of a test file: each would start a process of its own. */
const checker = createTypeChecker();
afterAll(() => checker.close());

/** `files` by path below the workspace; `vrsky.yaml` is there unless given. */
export const compileTexts = (files: Readonly<Record<string, string>>): Compiled => compileWith(checker, files);

/** `VRS4002 11:67` for each finding. */
export const places = (compiled: Compiled): readonly string[] =>
  compiled.diagnostics.map(({ code, range }) => `${code} ${range.start.line}:${range.start.column}`);
