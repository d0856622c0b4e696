// What the printers of worker.ts share: the writer, names for generated constants, and the few questions that are
// asked of a value's type everywhere.

import { typeName, typeText } from "../contract/types.ts";
import type { Contract, Setting } from "../integration.ts";
import { expressionsIn, type Site, type Value } from "../value.ts";
import { withoutOwnKeywords } from "./print-types.ts";
import { printValue } from "./print-value.ts";
import type { Role, Writer } from "./writer.ts";

export interface Printing {
  readonly writer: Writer;
  /** A name that the module does not have yet. */
  readonly next: (prefix: string) => string;
  /** Called where the types of `body` and `vars` may be asked for: behind what stands at the site. */
  readonly probe: (site: Site) => void;
}

/** A place of the module where `body` and `vars` stand as expressions. */
export interface Probe {
  readonly site: Site;
  readonly body: number;
  readonly vars: number;
}

/** `probes` is filled when it is given; a module that is written out has none. */
export function createPrinting(writer: Writer, probes?: Probe[]): Printing {
  const counters = new Map<string, number>();
  return {
    writer,
    probe: (site) => {
      if (probes === undefined) return;
      writer.add("$types(");
      const body = writer.length();
      writer.add("body, ");
      probes.push({ site, body, vars: writer.length() });
      writer.add("vars);\n");
    },
    next: (prefix) => {
      const number = (counters.get(prefix) ?? 0) + 1;
      counters.set(prefix, number);
      return `$${prefix}${number}`;
    },
  };
}

/** Goes on only when the condition holds. */
export function printGuard(condition: Value, printing: Printing): void {
  printing.writer.add(`if (!${printCondition(condition, printing)}) return;\n`);
}

/** Binds the condition to a const, so that it narrows and can be asked for being boolean. */
export function printCondition(condition: Value, { writer, next }: Printing): string {
  const name = next("if");
  writer.add(`const ${name} = `);
  printValue(condition, writer, "value");
  writer.add("; $boolean(");
  writer.mapped("value", condition.site, "condition", () => writer.add(name));
  writer.add(");\n");
  return name;
}

/** A value that goes out: JSON, of the contract when there is one. Returns its name. */
export function printPayload(
  prefix: string,
  value: Value,
  contract: Contract | undefined,
  { writer, next }: Printing,
): string {
  const name = next(prefix);
  writer.add(`const ${name} = `);
  printSatisfying(value, contract === undefined ? "$Json" : typeName(contract.key), "payload", writer);
  writer.add(";\n");
  if (contract !== undefined) {
    writer.add("$closed<");
    const excess = `$Excess<typeof ${name}, ${typeName(contract.key)}>`;
    writer.mapped("value", value.site, "closed", () => writer.add(excess));
    writer.add(">();\n");
  }
  return name;
}

/** `satisfies` keeps the precise type and gives literals and callbacks their context. */
function printSatisfying(value: Value, type: string, role: Role, writer: Writer): void {
  writer.mapped("value", value.site, role, () => {
    printValue(value, writer, role);
    writer.add(value.kind === "map" || value.kind === "list" ? ` as const satisfies ${type}` : ` satisfies ${type}`);
  });
}

/** The same as a statement of its own. */
export function printAsked(value: Value, type: string, { writer, next }: Printing): void {
  writer.add(`const ${next("value")} = `);
  printSatisfying(value, type, "value", writer);
  writer.add(";\n");
}

/** A connector's setting against the type that its manifest gives it. */
export function printSetting(setting: Setting, printing: Printing, contract?: Contract): void {
  const { writer, next } = printing;
  if (setting.bound === "payload") {
    printPayload("setting", setting.value, contract, printing);
    return;
  }
  if (expressionsIn(setting.value).length === 0) return;
  const type = next("Setting");
  writer.add(`${typeText(withoutOwnKeywords(setting.schema), { name: type }).replace(/^export /, "")}\n`);
  writer.add(`const ${next("setting")} = `);
  printSatisfying(setting.value, `$Setting<${type}>`, "setting", writer);
  writer.add(";\n");
}
