// What to write instead: for JavaScript that an author brings along and the language does not have.

/** By kind of node; every kind that is neither allowed nor here is told by its name. */
export const constructs: Readonly<Record<string, { readonly what: string; readonly help?: string }>> = {
  ThisExpression: { what: "`this`", help: "The message is `body`." },
  Super: { what: "`super`" },
  NewExpression: { what: "`new`", help: "Values are made of literals, `{ … }` and `[ … ]`." },
  FunctionExpression: { what: "`function`", help: "Write a callback as an arrow: `x => x.name`." },
  ClassExpression: { what: "`class`" },
  SequenceExpression: { what: "The comma operator", help: "Write one expression; a list is `[a, b]`." },
  AssignmentExpression: { what: "Assignment", help: "Compare with `===`; new fields are made by a `map` step." },
  UpdateExpression: { what: "`++` and `--`", help: "Write `x + 1`." },
  AwaitExpression: { what: "`await`", help: "Outside systems are asked by a `call` step." },
  YieldExpression: { what: "`yield`" },
  ImportExpression: { what: "`import`" },
  MetaProperty: { what: "`import.meta`" },
  TaggedTemplateExpression: { what: "A tagged template", help: "Write the template without a tag." },
};

export const operators: Readonly<Record<string, string>> = {
  "==": "Write `===`; for a value that may be missing, `exists(x)`.",
  "!=": "Write `!==`; for a value that may be missing, `exists(x)`.",
  in: "Write `exists(x.name)`.",
  instanceof: "Compare a field that tells the kinds apart: `x.type === …`.",
  typeof: "The contract says the types; `exists(x)` tells whether a value is there.",
  void: "Write `undefined`.",
  delete: "Leave the field out of the `map`.",
  "+": "Read a number from text with `number(x)`.",
};

/** Global names of JavaScript, in calls or before a dot. */
export const globals: Readonly<Record<string, string>> = {
  Math: "Write `round(x)`, `floor(x)`, `ceil(x)`, `abs(x)`, `min(a, b)` or `max(a, b)` without `Math.`.",
  Date: "There is no clock: steps run again on retry. The time of arrival is `meta.receivedAt`.",
  JSON: "A body is parsed and written by its source and target; expressions see values.",
  Number: "Write `number(x)`.",
  parseInt: "Write `number(x)`.",
  parseFloat: "Write `number(x)`.",
  String: "Write `text(x)`.",
  Boolean: "Write `exists(x)` or a comparison.",
  Object: "Objects are made by `{ … }`.",
  Array: "Lists are made by `[ … ]`.",
  process: "Values from outside are `settings` and `secrets`.",
  env: "Values from outside are `settings` and `secrets`.",
  NaN: "There is no such number in JSON.",
  Infinity: "There is no such number in JSON.",
};

export const methods: Readonly<Record<string, string>> = {
  forEach: "Write `map`.",
  push: "Write `[...list, item]`.",
  unshift: "Write `[item, ...list]`.",
  sort: "Write `toSorted((a, b) => …)`.",
  replace: "Write `replaceAll(part, by)`.",
  substring: "Write `slice(start, end)`.",
  substr: "Write `slice(start, end)`.",
  toString: "Write `text(x)`.",
  charAt: "Write `at(index)`.",
  match: "Write `includes`, `startsWith` or `endsWith`.",
  test: "Write `includes`, `startsWith` or `endsWith`.",
  trimLeft: "Write `trimStart()`.",
  trimRight: "Write `trimEnd()`.",
  toLocaleUpperCase: "Write `toUpperCase()`.",
  toLocaleLowerCase: "Write `toLowerCase()`.",
};
