// What natural writing breaks in YAML is mended before a text is laid out: a value that an expression cut is quoted.

import type { Diagnostic } from "../../schema/diagnostic.ts";
import { cutsOf } from "../2-parse/cuts.ts";
import { readWhole, type Whole, yamlFindings } from "../2-parse/parse.ts";
import { mend } from "../fix.ts";

export interface Repaired {
  readonly text: string;
  readonly whole: Whole;
  /** What is broken as it was written, where not all of it could be mended. */
  readonly diagnostics: readonly Diagnostic[];
}

const mostRounds = 10;

export function repair(written: string, file: string): Repaired {
  let text = written;
  let first: readonly Diagnostic[] = [];
  for (let round = 0; ; round += 1) {
    const whole = readWhole(text);
    const broken = yamlFindings({ path: file, text }, whole).filter(
      ({ code, severity }) => code.startsWith("VRS10") && severity === "error",
    );
    if (round === 0) first = broken;
    const { text: mended, fixes } = mend(text, broken, cutsOf(text, whole.documents));
    if (fixes.length === 0 || round === mostRounds) {
      return { text, whole, diagnostics: broken.length === 0 ? [] : first };
    }
    text = mended;
  }
}
