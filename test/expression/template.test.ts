import { describe, expect, test } from "vitest";
import { printTs } from "../../compiler/expression/print-ts.ts";
import { parseTemplate, type Template } from "../../compiler/expression/template.ts";

function sources(template: Template): unknown {
  switch (template.kind) {
    case "constant":
      return template.value;
    case "expression":
      return [template.expression.source];
    case "text":
      return template.parts.map((part) => (typeof part === "string" ? part : [part.source]));
  }
}

describe("a scalar's parts", () => {
  test.each<[string, unknown]>([
    ["plain", "plain"],
    ["", ""],
    ["$5 and {x}", "$5 and {x}"],
    ["$${ not } one", "${ not } one"],
    ["a $${x} ${ y }", ["a ${x} ", [" y "]]],
    ["${ x }", [" x "]],
    ["${ x }\n", [" x "]],
    ["${ x }\n\n", [[" x "], "\n\n"]],
    [" ${ x }", [" ", [" x "]]],
    ["${a}${b}", [["a"], ["b"]]],
    ["${ { a: { b: 1 } } }", [" { a: { b: 1 } } "]],
    ['${ "}" }', [' "}" ']],
    ["${ '\\'}' }", [" '\\'}' "]],
    ["${ `}${ `}` }` }", [" `}${ `}` }` "]],
    ["${ a /* } */ }", [" a /* } */ "]],
    ["${ a // don't }\n }", [" a // don't }\n "]],
    ["${ (a) }", [" (a) "]],
    ["${ a / b / c }", [" a / b / c "]],
    ["${ 😀😀 }x", "x"],
  ])("%j", (text, expected) => {
    const { template } = parseTemplate(text);
    expect(sources(template)).toEqual(expected);
  });

  test("an expression knows where it stands and what it reads", () => {
    const { template } = parseTemplate("é ${ secrets.key + settings['crm-url'] + (s => s.body)(body) }");
    const expression = template.kind === "text" ? template.parts[1] : undefined;
    if (typeof expression !== "object") throw new Error("no expression");
    expect(expression.offset).toBe(4);
    expect([...expression.roots].sort()).toEqual(["body", "secrets", "settings"]);
    expect([...expression.secrets]).toEqual(["key"]);
    expect([...expression.settings]).toEqual(["crm-url"]);
  });
});

describe("what does not parse", () => {
  test.each<[string, string, number, number]>([
    ["${ a", "VRS3006", 0, 4],
    ["x ${ a // tail }", "VRS3006", 2, 16],
    ["${}", "VRS3001", 2, 2],
    ["${ a b }", "VRS3001", 5, 7],
    ["${ a + }", "VRS3001", 6, 7],
    ["${ a; b }", "VRS3001", 4, 8],
    ["${ if (a) b }", "VRS3001", 3, 4],
    ["${ /x }", "VRS3002", 4, 5],
  ])("%j is %s", (text, code, start, end) => {
    const { problems } = parseTemplate(text);
    expect(problems.map((problem) => [problem.code, problem.start, problem.end])).toEqual([[code, start, end]]);
  });

  test("one bad expression does not hide the next", () => {
    const { problems } = parseTemplate("${ a + } ${ b } ${ * }");
    expect(problems.map(({ start }) => start)).toEqual([6, 19]);
  });
});

describe("the checker's text", () => {
  const typed = (text: string): string => {
    const { template } = parseTemplate(text);
    if (template.kind !== "expression") throw new Error(template.kind);
    return printTs(template.expression);
  };

  test.each([
    ["${ a // @ts-ignore\n.b }", " a              \n.b "],
    ["${ /* @ts-nocheck\n*/ a }", "               \n   a "],
    ["${ '// kept' + `/* kept */` }", " '// kept' + `/* kept */` "],
    ["${ body.map(x => /* one */ (/* two */ x)) }", " body.map(x =>           (          x)) "],
    ["${ body.a /* end */ }", " body.a           "],
  ])("%j", (text, expected) => {
    expect(typed(text)).toBe(expected);
    expect(typed(text).length).toBe(text.length - 3);
  });
});
