// XML as JSON values and back, by fast-xml-parser. XML has no types and no lists: the contract says which texts are
// numbers and which single elements are lists. Attributes are `@name`, text beside them is `#text`; prefixes are left
// out on the way in and written as given on the way out. Documents with a DOCTYPE are refused, so that entities of
// their own do not exist.

import { XMLBuilder, XMLParser, XMLValidator } from "fast-xml-parser";
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../schema/json.ts";
import { convertCell, solidSchema } from "../schema/text-convert.ts";
import { decodeText, jsonBytes, type ReadJson } from "./json-text.ts";

export type DecodedXml =
  | { readonly kind: "value"; readonly value: Json }
  | { readonly kind: "invalid"; readonly message: string };

const deepest = 64;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // References are read below: the five of XML itself and numbers, nothing that a document declares.
  processEntities: false,
});

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  suppressBooleanAttributes: false,
  processEntities: true,
});

/** `schema`: the contract of the message; without one every text stays text. */
export function decodeXml(text: string, schema?: JsonSchema): DecodedXml {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return invalid("it has a DOCTYPE, which is not taken");
  if (tooDeep(text)) return invalid(`it is nested more than ${deepest} deep`);
  const checked = XMLValidator.validate(text);
  if (checked !== true)
    return invalid(`line ${checked.err.line}: ${flaws[checked.err.code] ?? "it is not well formed"}`);
  try {
    return { kind: "value", value: convert(parser.parse(text) as Json, schema ?? {}, schema ?? {}) };
  } catch {
    return invalid("it is not well formed");
  }
}

/** Bytes of a document as JSON. */
export function readXml(bytes: Uint8Array, schema: JsonSchema | undefined): ReadJson {
  const text = decodeText(bytes);
  if (text === undefined) return { kind: "malformed", message: "it is not UTF-8" };
  const decoded = decodeXml(text, schema);
  if (decoded.kind === "invalid") return { kind: "malformed", message: decoded.message };
  return { kind: "value", value: decoded.value, bytes: jsonBytes(decoded.value) };
}

/** An element by itself, without its name. `schema`: the contract of what it holds. */
export function readXmlElement(bytes: Uint8Array, name: string, schema: JsonSchema | undefined): ReadJson {
  const { $defs = {}, definitions = {} } = schema ?? {};
  const around = { type: "object", properties: { [name]: schema ?? {} }, $defs, definitions };
  const read = readXml(bytes, around);
  if (read.kind === "malformed") return read;
  const value = isJsonObject(read.value) ? (read.value[name] ?? null) : null;
  return { kind: "value", value, bytes: jsonBytes(value) };
}

/** The parser's own messages quote the document. */
const flaws: Readonly<Record<string, string>> = {
  InvalidTag: "an element is not closed, or closed twice",
  InvalidXml: "it is no XML document",
  InvalidAttr: "an attribute is not written as XML wants it",
  InvalidChar: "it holds a character that XML does not allow",
};

const invalid = (message: string): DecodedXml => ({ kind: "invalid", message });

/** Counted before the parser sees it: what it builds is walked by functions that call themselves. */
function tooDeep(text: string): boolean {
  let depth = 0;
  for (const [tag] of text.matchAll(/<[^!?][^>]*>/g)) {
    if (tag.startsWith("</")) depth -= 1;
    else if (!tag.endsWith("/>")) depth += 1;
    if (depth > deepest) return true;
  }
  return false;
}

/** One root element, its name as the key. Names are written as they are given. */
export function encodeXml(value: Json): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${String(builder.build(withoutNull(value)))}`;
}

/** A missing value is no element; the builder would write an empty one. */
function withoutNull(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNull);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNull(member ?? null)]));
}

function convert(value: Json, given: JsonSchema, root: JsonSchema): Json {
  const schema = solidSchema(given, root);
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (types.includes("array")) {
    const items = isJsonObject(schema.items) ? schema.items : {};
    return (Array.isArray(value) ? value : [value]).map((item) => convert(item, items, root));
  }
  if (Array.isArray(value)) return value.map((item) => convert(item, schema, root));
  if (typeof value === "string") {
    const text = readReferences(value);
    return types.includes("object") && text === "" ? convertObject({}, schema, root) : convertCell(text, schema);
  }
  return isJsonObject(value) ? convertObject(value, schema, root) : value;
}

function convertObject(value: JsonObject, schema: JsonSchema, root: JsonSchema): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const entries = Object.entries(value).map(([key, member]): [string, Json] => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    return [key, convert(member ?? null, isJsonObject(property) ? property : {}, root)];
  });
  // An empty list leaves no trace in XML.
  const lists = Object.entries(properties).flatMap(([key, property]): [string, Json][] => {
    const missing = required.includes(key) && !Object.hasOwn(value, key);
    return missing && isJsonObject(property) && solidSchema(property, root).type === "array" ? [[key, []]] : [];
  });
  return Object.fromEntries([...entries, ...lists]);
}

const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function readReferences(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(lt|gt|amp|quot|apos));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}
