// One mistake, one finding. What breaks early makes later passes stumble over the same text: what they say there is an
// echo. The cause is the finding of the earlier pass; codes tell the pass by their first digit.

import type { Diagnostic, Position, Range } from "../../schema/diagnostic.ts";

/** The findings without those that only repeat another at its place. */
export function withoutEchoes(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const unique = firstOfEach(diagnostics);
  const errors = unique.filter(({ severity }) => severity === "error");
  const files = new Map<string, Diagnostic[]>();
  for (const error of errors) {
    const others = files.get(error.file);
    if (others === undefined) files.set(error.file, [error]);
    else others.push(error);
  }
  const causes = new Map<string, readonly Diagnostic[]>();
  const causesOf = (one: Diagnostic): readonly Diagnostic[] => {
    if (one.code === "VRS2010") return errors;
    const key = `${passOf(one)} ${one.file}`;
    const known = causes.get(key) ?? (files.get(one.file) ?? []).filter((other) => mayCause(one, other));
    causes.set(key, known);
    return known;
  };
  return unique.filter((one) => !causesOf(one).some((other) => other !== one && isEcho(one, other)));
}

/** Common steps are seen once per target, and a broken alias once per star. */
function firstOfEach(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    const key = keyOf(diagnostic);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function keyOf({ code, file, range, message }: Diagnostic): string {
  const { line, column } = range.start;
  // A value that is no JSON is none wherever it goes.
  if (code === "VRS4008") return `${code} ${file} ${message}`;
  if (code === "VRS1006") return `${code} ${file} ${line}`;
  // Several keys may be missing or too many at one place.
  const several = code === "VRS4005" || code === "VRS4006";
  return `${code} ${file} ${line}:${column} ${several ? message : ""}`;
}

/** A first sieve: most findings of a file are of one pass, and none of them is an echo of another. */
const mayCause = (one: Diagnostic, other: Diagnostic): boolean =>
  passOf(other) < passOf(one) || other.code === "VRS2008";

/** Whether `one` says again what `other`, the finding of an earlier pass, has said. */
function isEcho(one: Diagnostic, other: Diagnostic): boolean {
  // The contract is there; its file says what is wrong with it.
  if (one.code === "VRS2010") return one.message.includes(`\`${contractOf(other.file)}\``);
  if (one.file !== other.file) return false;
  const [pass, earlier] = [passOf(one), passOf(other)];
  // What YAML cut is not what the author meant, nor is anything else of that line.
  if (earlier === 1 && pass > 1) return one.range.start.line === other.range.start.line;
  // A misspelt name leaves its namesake without a route.
  if (one.code === "VRS2017") return other.code === "VRS2008";
  return earlier < pass && pass <= 4 && overlap(one.range, other.range);
}

const contractOf = (file: string): string | undefined => /^contracts\/(?:.*\/)?([^/]+)\.\w+$/.exec(file)?.[1];

const passOf = ({ code }: Diagnostic): number => Number(code[3]);

const before = (a: Position, b: Position): boolean => a.line < b.line || (a.line === b.line && a.column < b.column);

const overlap = (a: Range, b: Range): boolean => before(a.start, b.end) && before(b.start, a.end);
