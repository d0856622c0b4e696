// Any expression of the grammar over hostile data, from a fixed seed: it is refused or printed; what is printed reaches
// nothing but its roots and the library; evaluated, it gives plain data or a failure in words of ours, within its steps
// and twice the same. What the type checker lets through never meets a value of another kind.

import { type AnyNode, parse } from "acorn";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { typedLibrary } from "../../compiler/4-check/check.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { printJs } from "../../compiler/expression/print-js.ts";
import { printTs } from "../../compiler/expression/print-ts.ts";
import { defaultLimits } from "../../runtime/expression/budget.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import {
  callbackParameters,
  functions,
  isCallbackMethod,
  listMethods,
  numberMethods,
  stringMethods,
} from "../../schema/functions.ts";
import { runs } from "../rig/runs.ts";
import { evaluate, read } from "./evaluate.ts";

/** Told by a failure, together with the path; another one is tried with `VRSKY_FUZZ_SEED`. */
const seed = Number(process.env.VRSKY_FUZZ_SEED ?? 20_240_501);

const quoted = fc.constantFrom(
  ..."|a|b|x y|__proto__|constructor|EUR|dns|hex|day|1d 2h|UTC|Asia/Tokyo|yyyy-MM-dd|2024-05-01|2024-05-01T10:00:00Z|12.5".split(
    "|",
  ),
  ...'{"a":[1]}|[[[|\ud800|😀|é|^a+$|(|%41|%|YQ==|=|\\|`|\'|${|\u2028|-1|1e999'.split("|"),
);
const literal = fc.oneof(
  quoted.map((text) => JSON.stringify(text)),
  fc.constantFrom("0", "1", "2", "-1", "0.5", "1e9", "9007199254740991", "1e300", "true", "false", "null", "undefined"),
);
const data = fc.constantFrom(
  ..."body|body.n|body.t|body.flag|body.gone|body.nothing|body.ns|body.ts|body.rows|body.map|body.proto|body.long|body.date".split(
    "|",
  ),
  ..."headers|headers.host|settings.url|meta.id".split("|"),
);
/** Refused, most of them: they must not slip through beside what is let through. */
const forbidden = fc.constantFrom(
  ..."this|globalThis|process|require|Function|eval|$|$.json|secrets.x|arguments|new Date()|body.constructor|import.meta".split(
    "|",
  ),
  ..."body.__proto__|x => x|round|/a/|body`x`|[,]|{ __proto__: 1 }|{ [body.t]: 1 }|a|typeof 1|body = 1|void 0|await 1".split(
    "|",
  ),
);
const name = fc.constantFrom(..."a|n|t|length|qty|sku|link|values|key|toString|__proto__|constructor|$any".split("|"));
const methodNames = [stringMethods, numberMethods, listMethods].flatMap((table) => Object.keys(table));

interface Grammar {
  readonly any: string;
  readonly list: string;
  readonly arguments: string;
  readonly callback: string;
}

function grammar(withForbidden: boolean): fc.LetrecValue<Grammar> {
  return fc.letrec<Grammar>((tie: fc.LetrecTypedTie<Grammar>): fc.LetrecValue<Grammar> => {
    const any = tie("any");
    const list = tie("list");
    const of = (...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
      fc
        .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
        .map((all) => all.join(""));
    const operator = fc.constantFrom(
      ..."+ - * / % ** < <= > >= === !== && || ??".split(" ").map((sign) => ` ${sign} `),
    );
    const method = fc.constantFrom(...methodNames).chain((called) => {
      const rest = isCallbackMethod(called)
        ? of(callbackFor(callbackParameters[called], any), called === "reduce" ? of(", ", any) : "")
        : tie("arguments");
      return of(fc.oneof(any, list), fc.constantFrom(".", ".", "?."), `${called}(`, rest, ")");
    });
    const calls = of(fc.constantFrom(...Object.keys(functions)), "(", tie("arguments"), ")");
    // What stands twice comes twice as often.
    const choices: readonly fc.Arbitrary<string>[] = [
      ...[data, data, data, literal, literal, literal, calls, calls, calls, calls, calls, method, method, method, list],
      of("(", any, operator, any, ")"),
      of("(", any, " ? ", any, " : ", any, ")"),
      of("(", fc.constantFrom("!", "-"), any, ")"),
      of("(", any, ")", fc.constantFrom(".", "?."), name),
      of("(", any, ")[", any, "]"),
      of("({ a: ", any, ", 'key': ", any, ", ...", any, " })"),
      of("`<${ ", any, " }>`"),
      withForbidden ? forbidden : data,
    ];
    return {
      any: fc.oneof({ depthSize: "small", maxDepth: 5 }, ...choices),
      list: fc.oneof(
        { depthSize: "small", maxDepth: 5 },
        fc.constantFrom("body.ns", "body.ts", "body.rows", "[]"),
        of("[", any, ", ...", list, "]"),
        of("range(", fc.constantFrom("3", "20", "1e9", "body.n"), ")"),
      ),
      arguments: fc.array(any, { maxLength: 4 }).map((all) => all.join(", ")),
      callback: callbackFor(2, any),
    };
  });
}

/** A callback whose parameters stand somewhere in its body. */
function callbackFor(most: number, any: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: 1e6 }), any).map(([count, at, body]) => {
    const own = Array.from({ length: count }, (_, index) => `p${at}_${index}`);
    const uses = own.length === 0 ? body : fc.sample(fc.constantFrom(...own), { numRuns: 1, seed: at })[0];
    return `(${own.join(", ")}) => ${at % 3 === 0 ? body : at % 3 === 1 ? uses : `(${uses} ?? ${body})`}`;
  });
}

const body = freeze({
  n: 3,
  t: "text, more",
  flag: true,
  nothing: null,
  ns: [3, -1, 2.5],
  ts: ["b", "a", "b"],
  rows: [
    { sku: "s1", qty: 2, tags: ["x"] },
    { sku: "s2", qty: 5, tags: [] },
  ],
  map: { a: 1, b: 2 },
  proto: JSON.parse('{ "__proto__": { "polluted": 1 }, "constructor": { "x": 1 }, "toJSON": 1, "then": 2 }') as unknown,
  long: "ab ".repeat(2000),
  date: "2024-05-01T10:00:00Z",
});
const input = freeze({ body, headers: { host: "h" }, meta: { id: "m" }, settings: { url: "u" } });
const limits = { ...defaultLimits, ticks: 20_000, text: 20_000, items: 5000, values: 5000 };

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

describe("any expression", () => {
  const known = Object.keys(createLibrary());

  test("is refused or printed, reaches no global, and ends in data or in a failure of ours", () => {
    const counts = { refused: 0, value: 0, failed: 0 };
    fc.assert(
      fc.property(grammar(true).any, (source) => {
        const expression = readWhole(source);
        if (expression === undefined) {
          counts.refused += 1;
          return;
        }
        expectClosed(printJs(expression), known);
        const result = evaluate(source, input, limits);
        counts[result.kind] += 1;
        if (result.kind === "refused") throw new Error("refused the second time");
        if (result.kind === "failed") expect(result.message).not.toMatch(/^the expression failed/);
        else expectData(result.value);
        expect(JSON.stringify(evaluate(source, input, limits))).toBe(JSON.stringify(result));
        expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
      }),
      { seed, numRuns: runs(2400) },
    );
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(120);
  });

  test("spends no more than its steps, which the library counts", () => {
    fc.assert(
      fc.property(grammar(false).any, (source) => {
        if (readWhole(source) === undefined) return;
        const large = evaluate(source, input, limits);
        // What ends within its steps does so with fewer of them, or says so.
        const small = evaluate(source, input, { ...limits, ticks: 50 });
        if (small.kind === "failed" && /more than 50 steps/.test(small.message)) return;
        expect(JSON.stringify(small)).toBe(JSON.stringify(large));
      }),
      { seed, numRuns: runs(800) },
    );
  });
});

function readWhole(source: string) {
  const result = read(source, ["body", "headers", "meta", "settings"]);
  if ("node" in result) return result;
  expect(result.length).toBeGreaterThan(0);
  for (const { code, start, end, message } of result) {
    expect(code).toMatch(/^VRS3\d{3}$/);
    expect(message).toMatch(/\.$/);
    expect(start).toBeGreaterThanOrEqual(2);
    expect(end).toBeGreaterThanOrEqual(start);
    expect(end).toBeLessThanOrEqual(source.length + 3);
  }
  return undefined;
}

/** Every name that the code uses is a root, the library, or one of its own parameters; of the library, what it has. */
function expectClosed(code: string, known: readonly string[]): void {
  const allowed = new Set(["$", "undefined", "body", "headers", "meta", "settings"]);
  const visit = (node: AnyNode, bound: ReadonlySet<string>): void => {
    if (node.type === "Identifier") {
      if (!bound.has(node.name) && !allowed.has(node.name)) throw new Error(`${node.name} in ${code}`);
      return;
    }
    if (node.type === "MemberExpression" && node.object.type === "Identifier" && node.object.name === "$") {
      const called = node.property.type === "Identifier" ? node.property.name : "";
      if (node.computed || !known.includes(called)) throw new Error(`$.${called} in ${code}`);
      return;
    }
    if (/^(?:This|New|Function|Class|Assignment|Update|Await|Yield|Import|Meta|Tagged)/.test(node.type)) {
      throw new Error(`${node.type} in ${code}`);
    }
    const inner = new Set(bound);
    if (node.type === "ArrowFunctionExpression") {
      for (const parameter of node.params) if (parameter.type === "Identifier") inner.add(parameter.name);
    }
    for (const child of childNodes(node)) visit(child, inner);
  };
  visit(parse(`(${code})`, { ecmaVersion: 2023 }), new Set());
}

/** All nodes right below, but for names that are no references. */
function childNodes(node: AnyNode): readonly AnyNode[] {
  const found: AnyNode[] = [];
  for (const [part, value] of Object.entries(node)) {
    const isName = (part === "property" || part === "key") && "computed" in node && node.computed === false;
    if (isName) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one === "object" && one !== null && "type" in one) found.push(one as AnyNode);
    }
  }
  return found;
}

/** Data alone: what JSON gives back as it was. */
function expectData(value: unknown): void {
  if (value === undefined) return;
  const text = JSON.stringify(value);
  expect(JSON.stringify(JSON.parse(text))).toBe(text);
  const visit = (one: unknown): void => {
    expect(["string", "number", "boolean", "object"]).toContain(typeof one);
    if (typeof one !== "object" || one === null) return;
    const prototype: unknown = Object.getPrototypeOf(one);
    expect(prototype === Object.prototype || prototype === Array.prototype).toBe(true);
    for (const member of Object.values(one)) visit(member);
  };
  visit(value);
}

describe("what the checker lets through", () => {
  const checker = createTypeChecker();
  afterAll(() => checker.close());
  const library = `${typedLibrary()}
type Body = {
  readonly n: number; readonly t: string; readonly flag: boolean; readonly nothing: string | null;
  readonly gone?: string | null | undefined; readonly ns: readonly number[]; readonly ts: readonly string[];
  readonly rows: readonly { readonly sku: string; readonly qty: number; readonly tags: readonly string[] }[];
  readonly map: { readonly [key: string]: number }; readonly proto: $Any; readonly long: string; readonly date: string;
};
declare const body: Body;
declare const headers: $Headers;
declare const meta: $Meta;
declare const settings: { readonly url: string };`;

  test("meets no value of another kind than its type", () => {
    const sources = fc
      .sample(typed(), { seed, numRuns: runs(1200) })
      .filter((source) => readWhole(source) !== undefined);
    const modules = new Map(
      [...new Set(sources)].map((source, index) => {
        const expression = readWhole(source);
        if (expression === undefined) throw new Error(source);
        return [`m${index}.ts`, { source, text: `export const value = (${printTs(expression)});` }] as const;
      }),
    );
    const found = checker.check(library, new Map([...modules].map(([module, { text }]) => [module, text])));
    const wrong = new Set(found.map(({ module }) => module));
    const right = [...modules].filter(([module]) => !wrong.has(module));
    for (const [, { source }] of right) {
      const result = evaluate(source, input, limits);
      if (result.kind === "failed")
        expect(result.message, source).not.toMatch(/, this is (?!none|not a finite)|^cannot read|takes two|not JSON/);
    }
    expect(right.length).toBeGreaterThan(400);
  });
});

interface Typed {
  readonly number: string;
  readonly count: string;
  readonly text: string;
  readonly boolean: string;
  readonly numbers: string;
  readonly texts: string;
  readonly object: string;
}

/** Expressions whose parts are of the types that the functions want, as far as their names say. */
function typed(): fc.Arbitrary<string> {
  const all = fc.letrec<Typed>((tie) => {
    const number = tie("number");
    const count = tie("count");
    const text = tie("text");
    const boolean = tie("boolean");
    const numbers = tie("numbers");
    const texts = tie("texts");
    const object = tie("object");
    const limits = { depthSize: "small" as const, maxDepth: 4 };
    const pick = (choices: string) => fc.constantFrom(...choices.split(" | "));
    /** `sum(#numbers)`: the text with its marks filled in. */
    const of = (...forms: readonly string[]): fc.Arbitrary<string> =>
      fc.constantFrom(...forms).chain((form) => {
        const parts = form.split(/#(\w+)/);
        const filled = parts.map((part, index) => {
          if (index % 2 === 0) return fc.constant(part);
          return { number, count, text, boolean, numbers, texts, object }[part as keyof Typed];
        });
        return fc.tuple(...filled).map((pieces) => pieces.join(""));
      });
    return {
      number: fc.oneof(
        limits,
        pick("body.n | 2 | -1 | 0.5 | (body.ns[0] ?? 1) | 1e9"),
        of("round(#number)", "sum(#numbers)", "(average(#numbers) ?? #number)", "(maxOf(#numbers) ?? #number)"),
        of("(number(#text) ?? #number)", "(integer(#text) ?? #number)", "clamp(#number, #number, #number)"),
        of("mod(#number, #number)", "(unix(#text) ?? #number)", "(daysBetween(#text, #text) ?? #number)", "#count"),
        of("(toMinor(#number, #text) ?? #number)", "(fromMinor(#number, 'EUR') ?? #number)", "(weekday(#text) ?? 1)"),
        of("body.rows.sumBy(r => r.qty * #number)", "(#numbers.findLast(x => x > #number) ?? #number)"),
        of("(values(body.map).find(x => x === #number) ?? 1)", "orFail(body.ns[1], #text)"),
      ),
      count: fc.oneof(
        limits,
        pick("0 | 1 | 2 | 5 | body.n | body.ts.length"),
        of("keys(#object).length", "#texts.length", "#text.indexOf(#text)", "#numbers.findIndex(x => x > #number)"),
        of("chunk(#texts, 2).length", "zip(#texts, #numbers).length", "words(#text).length"),
      ),
      text: fc.oneof(
        limits,
        pick("body.t | 'a' | body.date | (body.gone ?? 'b') | (headers.host ?? '') | settings.url | meta.id"),
        of("text(#number)", "text(#boolean)", "truncate(#text, #count)", "slug(#text)", "capitalize(#text)"),
        of("toJson(#object)", "toJson(#numbers)", "toJson(parseJson(#text) ?? null)", "sha256(#text, 'base64')"),
        of("(base64Decode(base64(#text)) ?? #text)", "(urlDecode(#text) ?? hex(#text))", "hmacSha256(#text, #text)"),
        of("(uuid5(#text, #text) ?? #text)", "formatNumber(#number, { decimals: 2, thousands: ' ' })"),
        of(
          "(formatMoney(#count, 'EUR') ?? #text)",
          "(date(#text, #text) ?? #text)",
          "(dateFromUnix(#number) ?? #text)",
        ),
        of(
          "(formatDate(#text, 'yyyy-MM-dd') ?? #text)",
          "(addTime(#text, #text) ?? #text)",
          "(keys(#object)[0] ?? #text)",
        ),
        of("(startOf(#text, 'month', 'Asia/Tokyo') ?? #text)", "(parseDate(#text, 'yyyy-MM-dd') ?? #text)"),
        of("#texts.join(#text)", "`${ #number } ${ #text }`", "(#texts.at(#count) ?? #text)", "#text.slice(#count)"),
        of("orFail(#texts[0], #text)", "entries(body.map).map(e => e.key).join(#text)", "(#boolean ? #text : #text)"),
      ),
      boolean: fc.oneof(
        limits,
        pick("true | body.flag | exists(body.gone) | exists(body.nothing)"),
        of(
          "matches(#text, '^a+$')",
          "isEmpty(#texts)",
          "isEmpty(#object)",
          "isEmpty(body.gone)",
          "(#number > #number)",
        ),
        of("#texts.includes(#text)", "#numbers.some(x => x > #number)", "(#text < #text)", "exists(parseJson(#text))"),
      ),
      numbers: fc.oneof(
        limits,
        pick("body.ns | [1, 2] | body.rows.map(r => r.qty) | range(3) | values(body.map)"),
        of(
          "range(#count)",
          "sorted(#numbers)",
          "unique(#numbers)",
          "chunk(#numbers, 2).flat()",
          "#numbers.toReversed()",
        ),
        of("#numbers.sortBy(x => -x)", "#numbers.uniqueBy(x => mod(x, 2))", "zip(#numbers, #texts).map(p => p[0])"),
        of("entries(#numbers.groupBy(x => x > #number)).map(e => e.value.length)", "#texts.map(t => t.length)"),
      ),
      texts: fc.oneof(
        limits,
        pick("body.ts | ['a', 'b'] | body.rows.flatMap(r => r.tags)"),
        of("words(#text)", "lines(#text)", "sorted(#texts)", "unique(#texts)", "keys(#object)", "#text.split(#text)"),
        of(
          "#texts.sortBy(t => t.length)",
          "body.rows.uniqueBy(r => r.qty).map(r => r.sku)",
          "#texts.filter(t => #boolean)",
        ),
        of("values(#texts.keyBy(t => t))", "values(fromEntries(#texts.map(t => ({ key: t, value: t }))))"),
      ),
      object: fc.oneof(
        limits,
        pick("body.map | body.rows.groupBy(r => r.sku) | pick(body, 't', 'gone') | omit(body, 'proto', 'rows')"),
        of("{ a: #number, b: #text }", "{ ...#object, c: #texts }", "#texts.groupBy(t => t)", "#numbers.keyBy(x => x)"),
        of(
          "fromEntries(entries(body.map))",
          "omit({ x: #number, y: parseJson(#text) }, 'x')",
          "pick({ x: #text }, 'x')",
        ),
      ),
    };
  });
  return fc.oneof(all.number, all.text, all.boolean, all.numbers, all.texts, all.object);
}
