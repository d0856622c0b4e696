// Save → diagnostics, in the compiler: one file of a workspace changes, and everything is asked again.

import { scriptTools } from "../../cli/script-tools.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { createCompiler } from "../../compiler/compile.ts";
import { manifests } from "../../connectors/all.ts";
import { generate } from "./generate.ts";
import { memoryFiles, memoryRoot } from "./memory-files.ts";

export interface Spread {
  /** Milliseconds. */
  readonly median: number;
  readonly p95: number;
}

export interface EditFigures {
  /** One spec: a constant, an expression, a mistake and its repair in turns. */
  readonly spec: Spread;
  /** The same with all files of the output. */
  readonly specEmitted: Spread;
  /** A contract: a field that all its integrations read goes, and comes back. */
  readonly contract: Spread;
}

export function edits(integrations: number, count = 60): EditFigures {
  const texts = generate(integrations);
  const files = memoryFiles(texts);
  const checker = createTypeChecker();
  try {
    const compiled = createCompiler({ root: memoryRoot, files, manifests, checker, scripts: scriptTools() });
    const first = compiled();
    if (first.emitted === undefined)
      throw new Error(`the workspace does not compile: ${JSON.stringify(first.diagnostics[0])}`);
    const specs = [...texts.keys()].filter((path) => /flow-\d+\.yaml$/.test(path));
    const contracts = [...texts.keys()].filter((path) => /order-\d+@1\.json$/.test(path));
    const timed = (path: string, text: string, findings: boolean, emit: boolean): number => {
      files.write(path, text);
      const start = performance.now();
      const { diagnostics, emitted } = emit ? { ...compiled() } : pick(compiled());
      const taken = performance.now() - start;
      if (diagnostics.length > 0 !== findings) throw new Error(`${path}: ${diagnostics.length} findings`);
      if (emit && emitted === undefined) throw new Error(`${path}: nothing was emitted`);
      return taken;
    };
    const editSpec = (index: number, emit: boolean): number => {
      const path = specs[(index * 7) % specs.length] ?? "";
      const text = files.text(path);
      if (!emit && index % 3 === 0) {
        const broken = timed(path, text.replace("body.amount * 100", "body.amuont * 100"), true, false);
        files.write(path, text);
        compiled();
        return broken;
      }
      const edited =
        index % 3 === 1 ? `# Edit ${index}.\n${text}` : text.replace(/line\.qty > \d+/, `line.qty > ${100 + index}`);
      return timed(path, edited, false, emit);
    };
    const editContract = (index: number): number => {
      const path = contracts[(index * 5) % contracts.length] ?? "";
      const text = files.text(path);
      const broken = timed(path, text.replaceAll('"amount"', '"price"'), true, false);
      files.write(path, text);
      compiled();
      return broken;
    };
    const rounds = Array.from({ length: count }, (_, index) => index);
    // The first edits warm the code up, as they do in `dev`.
    for (let index = 0; index < 10; index += 1) editSpec(index + count, false);
    return {
      spec: spread(rounds.map((index) => editSpec(index, false))),
      specEmitted: spread(rounds.map((index) => editSpec(index, true))),
      contract: spread(rounds.map(editContract)),
    };
  } finally {
    checker.close();
  }
}

const pick = ({ diagnostics }: ReturnType<ReturnType<typeof createCompiler>>) => ({ diagnostics, emitted: undefined });

function spread(all: readonly number[]): Spread {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { median: at(0.5), p95: at(0.95) };
}
