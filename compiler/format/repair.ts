// What natural writing breaks in YAML is mended before a text is laid out: a value that an expression cut is quoted.

import type { Diagnostic } from "../../schema/diagnostic.ts";
import { yamlFindings } from "../2-parse/parse.ts";
import { mend } from "../fix.ts";

export interface Repaired {
  readonly text: string;
  /** What is broken still. */
  readonly diagnostics: readonly Diagnostic[];
}

const mostRounds = 10;

export function repair(written: string, file: string): Repaired {
  let text = written;
  for (let round = 0; ; round += 1) {
    const broken = yamlFindings({ path: file, text }).filter(
      ({ code, severity }) => code.startsWith("VRS10") && severity === "error",
    );
    const { text: mended, fixes } = mend(text, broken);
    if (broken.length === 0 || fixes.length === 0 || round === mostRounds) return { text, diagnostics: broken };
    text = mended;
  }
}
