// A compile case: a workspace in one file, and every finding that it must give, in the author's own words.

import type { Compiled } from "../../compiler/compile.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";
import { compileTexts } from "./compile.ts";

export interface CompileCase {
  readonly title: string;
  /** Shorthand for `tenants/acme/a.yaml`. */
  readonly spec?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** `VRS2002 tenants/acme/a.yaml:4:5 Unknown key … → Did you mean …? · label: file:line:column`: all of them, in order; none: it compiles. */
  readonly findings: readonly string[];
}

export const filesOf = ({ spec, files }: CompileCase): Readonly<Record<string, string>> => ({
  ...(spec === undefined ? {} : { "tenants/acme/a.yaml": spec }),
  ...files,
});

export const compileCase = (given: CompileCase): Compiled => compileTexts(filesOf(given));

export const findingsOf = ({ diagnostics }: Compiled): readonly string[] =>
  diagnostics.map(({ code, message, help, labels = [], ...place }) => {
    const told = `${code} ${at(place)} ${message}${help === undefined ? "" : ` → ${help}`}`;
    return [told, ...labels.map((label) => `${label.message}: ${at(label)}`)].join(" · ");
  });

const at = ({ file, range }: Pick<Diagnostic, "file" | "range">): string =>
  `${file}:${range.start.line}:${range.start.column}`;
