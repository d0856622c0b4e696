// Schemas of the supported subset, and documents for them: valid, nearly valid and hostile.

import fc from "fast-check";
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";

/** Names and texts that have broken generated code before. */
export const attacks = [
  "constructor",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "__defineGetter__",
  "'; throw 1; '",
  '"); throw 1; ("',
  "`${globalThis}`",
  "line\nbreak",
  "\u2028",
  "\\",
  "a/b~c",
  "*/ throw 1 /*",
  "</script>",
  "",
  "0",
  "x".repeat(300),
];

const names = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "c") },
  { weight: 1, arbitrary: fc.constantFrom(...attacks) },
);
const texts = fc.oneof(
  fc.constantFrom("", "a", "ab", "😀", "😀😀", "\ud83d", ...attacks),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const numbers = fc.oneof(
  fc.constantFrom(0, -0, 1, 1.5, 2, 3, -1, 0.1, 0.3, 19.99, 1e15, 1e-7, 5e-324, Number.MAX_SAFE_INTEGER),
  fc.integer({ min: -5, max: 5 }),
);
const scalars = fc.oneof(texts, numbers, fc.boolean(), fc.constant(null));
/** Integers that JSON can write and a number cannot hold are refused, which ajv does not do. */
const held = (text: string): Json =>
  JSON.parse(text, (_, value: Json) => (Number.isInteger(value) && !Number.isSafeInteger(value) ? 0.5 : value));
const anything = fc.oneof(scalars, fc.json({ maxDepth: 3 }).map(held));

const optional = (entries: Readonly<Record<string, fc.Arbitrary<Json>>>): fc.Arbitrary<JsonObject> =>
  fc.record(entries, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
const put = <T extends JsonObject>(base: T, more: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonSchema> =>
  more.map((rest) => ({ ...base, ...rest }));
const count = fc.integer({ min: 0, max: 3 });

const leaf: fc.Arbitrary<JsonSchema> = fc.oneof(
  put(
    { type: "string" },
    optional({ minLength: count, maxLength: count, pattern: fc.constantFrom("^a", "b$", "^.{1,2}$") }),
  ),
  put({ type: "number" }, optional({ minimum: numbers, maximum: numbers, multipleOf: fc.constantFrom(0.5, 1, 2) })),
  put({ type: "integer" }, optional({ exclusiveMinimum: numbers, exclusiveMaximum: numbers })),
  fc.constantFrom<JsonSchema>({}, { type: "boolean" }, { type: "null" }, { type: ["string", "null"], maxLength: 2 }),
  fc.constantFrom<JsonSchema>({ type: "integer", nullable: true, minimum: 0 }, { type: ["boolean", "number"] }),
  scalars.map((value) => ({ const: value })),
  fc.uniqueArray(scalars, { minLength: 1, maxLength: 12 }).map((values) => ({ enum: values })),
);

const list = (item: fc.Arbitrary<JsonSchema>): fc.Arbitrary<JsonSchema> =>
  fc.oneof(
    put({ type: "array" }, optional({ items: item, minItems: count, maxItems: count })),
    put(
      { type: "array" },
      optional({
        prefixItems: fc.array(item, { minLength: 1, maxLength: 2 }),
        items: fc.oneof(item, fc.constant(false)),
        minItems: count,
      }),
    ),
    put(
      { type: "array", uniqueItems: true },
      fc.record({
        items: fc.constantFrom<JsonSchema>({ type: "integer" }, { type: ["string", "null"] }, { enum: [1, "1", true] }),
      }),
    ),
  );

const fields = (member: fc.Arbitrary<JsonSchema>): fc.Arbitrary<JsonSchema> =>
  fc.uniqueArray(fc.tuple(names, member, fc.boolean()), { maxLength: 4, selector: ([name]) => name }).map((list) => ({
    properties: Object.fromEntries(list.map(([name, schema]) => [name, schema])),
    required: list.filter(([, , required]) => required).map(([name]) => name),
  }));

const object = (member: fc.Arbitrary<JsonSchema>): fc.Arbitrary<JsonSchema> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(fields(member), optional({ additionalProperties: fc.boolean() }))
        .map(([own, more]) => ({ type: "object", ...own, ...more })),
    },
    { weight: 1, arbitrary: member.map((value) => ({ type: "object", additionalProperties: value })) },
    { weight: 1, arbitrary: fc.constant<JsonSchema>({ type: "object" }) },
    {
      weight: 1,
      arbitrary: fc
        .array(fields(member), { minLength: 1, maxLength: 2 })
        .map((parts) => ({ allOf: [{ type: "object", properties: { z: { type: "integer" } } }, ...parts] })),
    },
  );

/** Objects that a field tells apart, and at most one of every other kind. */
const choice = (member: fc.Arbitrary<JsonSchema>): fc.Arbitrary<JsonSchema> =>
  fc
    .tuple(
      fc.constantFrom("oneOf", "anyOf"),
      fc.array(fields(member), { maxLength: 3 }),
      fc.constantFrom("kind", "constructor"),
      optional({ text: leaf, list: list(member) }),
    )
    .map(
      ([keyword, objects, tag, others]): JsonSchema => ({
        [keyword]: [
          ...objects.map((own, index) => ({ type: "object", ...tagged(own, tag, index) })),
          ...(others.text === undefined ? [{ type: "null" }] : [others.text]),
          ...(others.list === undefined ? [] : [others.list]),
        ],
      }),
    );

function tagged(own: JsonSchema, tag: string, index: number): JsonSchema {
  const properties = isJsonObject(own.properties) ? own.properties : {};
  const required = Array.isArray(own.required) ? own.required : [];
  return {
    properties: { ...properties, [tag]: { enum: [index, `k${index}`] } },
    required: [...new Set([...required, tag])],
  };
}

const { node } = fc.letrec<{ node: JsonSchema }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: "small", withCrossShrink: true },
    leaf,
    object(tie("node")),
    object(tie("node")),
    list(tie("node")),
    choice(tie("node")),
    fc.constantFrom<JsonSchema>({ $ref: "#/$defs/one" }, { $ref: "#/$defs/two" }),
    fc.constantFrom<JsonSchema>({ oneOf: [{ $ref: "#/$defs/two" }, { type: "null" }] }),
  ),
}));

/** A contract with two definitions that may refer to each other. */
export const schemas: fc.Arbitrary<JsonSchema> = fc
  .tuple(object(node), node, object(node))
  .map(([root, one, two]) => ({ ...root, $defs: { one, two } }));

/** A document for the schema: most parts fit, some are nearly right or something else altogether. */
export function documents(schema: JsonSchema): fc.Arbitrary<Json> {
  const odds = fc.array(anything, { minLength: 4, maxLength: 4 });
  return fc.tuple(fc.nat(), odds).map(([seed, odd]) => fill(schema, schema, diceOf(seed, odd), 0));
}

interface Dice {
  roll(sides: number): number;
  odd(): Json;
}

function diceOf(seed: number, odd: readonly Json[]): Dice {
  let state = seed;
  const roll = (sides: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % sides;
  };
  return { roll, odd: () => odd[roll(odd.length)] ?? null };
}

function fill(schema: Json | undefined, root: JsonSchema, dice: Dice, depth: number): Json {
  if (!isJsonObject(schema) || dice.roll(25) === 0) return dice.odd();
  const pick = (list: Json | undefined): Json => (Array.isArray(list) ? (list[dice.roll(list.length)] ?? null) : null);
  const { $ref, $defs: _, ...rest } = schema;
  if (typeof $ref === "string") {
    const name = $ref.slice("#/$defs/".length);
    return depth > 8 ? null : fill(isJsonObject(root.$defs) ? root.$defs[name] : {}, root, dice, depth + 1);
  }
  if (rest.oneOf !== undefined || rest.anyOf !== undefined)
    return fill(pick(rest.oneOf ?? rest.anyOf), root, dice, depth + 1);
  if (Array.isArray(rest.allOf)) {
    const parts = rest.allOf.map((part) =>
      fill({ type: "object", ...(isJsonObject(part) ? part : {}) }, root, dice, depth + 1),
    );
    return Object.assign({}, ...parts.filter(isJsonObject)) as Json;
  }
  if ("const" in rest) return rest.const ?? null;
  if ("enum" in rest) return pick(rest.enum);
  const type = Array.isArray(rest.type) ? pick(rest.type) : rest.type;
  if (type === "object") return fillObject(rest, root, dice, depth);
  if (type === "array") return fillList(rest, root, dice, depth);
  if (type === "string") return pick(["", "a", "ab", "b", "😀", "😀b", "abc"]);
  if (type === "integer" || type === "number") return pick([0, 1, 2, 3, -1, type === "number" ? 1.5 : 4]);
  if (type === "boolean") return dice.roll(2) === 0;
  return type === "null" ? null : dice.odd();
}

function fillObject(schema: JsonObject, root: JsonSchema, dice: Dice, depth: number): Json {
  const declared = Object.entries(isJsonObject(schema.properties) ? schema.properties : {});
  const required = Array.isArray(schema.required) ? schema.required : [];
  const own = declared.flatMap(([name, member]) => {
    const left = dice.roll(required.includes(name) ? 20 : 2) === 0;
    return left ? [] : [[name, fill(member, root, dice, depth + 1)] as const];
  });
  const more = isJsonObject(schema.additionalProperties) ? schema.additionalProperties : undefined;
  const extra = more === undefined ? dice.roll(6) === 0 : dice.roll(2) === 0;
  const name = attacks[dice.roll(attacks.length)] ?? "";
  return Object.fromEntries([
    ...(extra ? [[name, more === undefined ? dice.odd() : fill(more, root, dice, depth + 1)] as const] : []),
    ...own,
  ]);
}

function fillList(schema: JsonObject, root: JsonSchema, dice: Dice, depth: number): Json {
  const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  return Array.from({ length: depth > 8 ? 0 : dice.roll(4) }, (_, index) =>
    fill(prefix[index] ?? schema.items ?? {}, root, dice, depth + 1),
  );
}
