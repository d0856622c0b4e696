// Public data that others wrote, with what each record is, read here by other parsers than ours.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { Json, JsonObject } from "../../schema/json.ts";

type ColumnType = "string" | "integer" | "number";

export interface DataSet {
  readonly name: string;
  readonly file: string;
  /** Settings of the file source beside `path`. */
  readonly settings: JsonObject;
  /** JSON Schema of a record. */
  readonly contract: JsonObject;
  /** Of a flat record, in order: what a table or CSV needs. A name that ends with `?` may be missing. */
  readonly columns?: Readonly<Record<string, ColumnType>>;
  /** What it holds, in order. */
  records(): readonly Json[];
}

const vega = new URL("../../node_modules/vega-datasets/data", import.meta.url).pathname;
const own = new URL("data/", import.meta.url).pathname;

export const plainName = (column: string): string => column.replace(/\?$/, "");

/** Cells as the types of their columns; an empty cell that may be missing is left out. */
export function typed(cells: Readonly<Record<string, string>>, columns: DataSet["columns"] = {}): JsonObject {
  const entries = Object.entries(columns).flatMap(([column, type]): [string, Json][] => {
    const text = cells[plainName(column)] ?? "";
    if (text === "" && column.endsWith("?")) return [];
    return [[plainName(column), type === "string" ? text : Number(text)]];
  });
  return Object.fromEntries(entries);
}

export const cellsIn = (text: string, delimiter = ","): readonly Record<string, string>[] =>
  parse(text, { columns: true, delimiter, bom: true });

function table(file: string, columns: NonNullable<DataSet["columns"]>, delimiter = ","): DataSet {
  const path = join(vega, file);
  return {
    name: file.replace(/\..*$/, ""),
    file: path,
    settings: { format: "csv", ...(delimiter === "," ? {} : { delimiter }) },
    contract: contractOf(columns),
    columns,
    records: () => cellsIn(readFileSync(path, "utf8"), delimiter).map((cells) => typed(cells, columns)),
  };
}

const contractOf = (columns: NonNullable<DataSet["columns"]>): JsonObject => ({
  type: "object",
  required: Object.keys(columns).filter((column) => !column.endsWith("?")),
  properties: Object.fromEntries(Object.entries(columns).map(([column, type]) => [plainName(column), { type }])),
});

function list(file: string, items: string, read: (document: Record<string, Json>) => Json | undefined): DataSet {
  const path = join(vega, file);
  return {
    name: file.replace(/\..*$/, ""),
    file: path,
    settings: { format: "json", items },
    contract: {},
    records: () => {
      const records = read(JSON.parse(readFileSync(path, "utf8")));
      return Array.isArray(records) ? records : [];
    },
  };
}

const texts = (names: string): Record<string, ColumnType> =>
  Object.fromEntries(names.split(",").map((name) => [name, "string"]));

const texted = { type: "string" };
const listOf = (name: string): JsonObject => ({
  type: "object",
  required: [name],
  properties: { [name]: { type: "array", items: texted } },
});
const item: JsonObject = {
  type: "object",
  required: ["name", "description"],
  properties: {
    name: texted,
    shortDescription: texted,
    description: texted,
    countryList: listOf("iso3166Id"),
    languageList: listOf("iso639Id"),
  },
};

const layouts: DataSet = {
  name: "layouts",
  file: join(own, "keyboard-layouts.xml"),
  settings: { format: "xml", items: "/xkbConfigRegistry/layoutList/layout" },
  contract: {
    type: "object",
    required: ["configItem"],
    properties: {
      configItem: item,
      variantList: {
        type: "object",
        required: ["variant"],
        properties: {
          variant: {
            type: "array",
            items: { type: "object", required: ["configItem"], properties: { configItem: item } },
          },
        },
      },
    },
  },
  records: () =>
    inside(readFileSync(join(own, "keyboard-layouts.xml"), "utf8"), "layout").map((layout) => {
      const [head = "", tail] = layout.split(/<variantList\/?>/);
      const variant = inside(tail ?? "", "variant").map((each) => ({ configItem: itemIn(each) }));
      return { configItem: itemIn(head), ...(tail === undefined ? {} : { variantList: { variant } }) };
    }),
};

function inside(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"))].map(([, content = ""]) => content);
}

const plain = (text: string): string =>
  text.trim().replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function itemIn(text: string): JsonObject {
  const one = (name: string): JsonObject => {
    const [found] = inside(text, name);
    return found === undefined ? {} : { [name]: plain(found) };
  };
  const many = (name: string, member: string): JsonObject => {
    const [found] = inside(text, name);
    return found === undefined ? {} : { [name]: { [member]: inside(found, member).map(plain) } };
  };
  return {
    ...one("name"),
    ...one("shortDescription"),
    ...one("description"),
    ...many("countryList", "iso3166Id"),
    ...many("languageList", "iso639Id"),
  };
}

export const dataSets: readonly DataSet[] = [
  table("airports.csv", { ...texts("iata,name,city,state,country"), latitude: "number", longitude: "number" }),
  table("seattle-weather.csv", {
    date: "string",
    precipitation: "number",
    temp_max: "number",
    temp_min: "number",
    wind: "number",
    weather: "string",
  }),
  table("la-riots.csv", {
    ...texts("first_name,last_name"),
    "age?": "integer",
    ...texts("gender,race,death_date,address,neighborhood,type"),
    longitude: "number",
    latitude: "number",
  }),
  table("disasters.csv", { Entity: "string", Year: "integer", Deaths: "integer" }),
  table("unemployment.tsv", { id: "integer", rate: "number" }, "\t"),
  list("movies.json", "/*", (document) => document as unknown as Json),
  list("penguins.json", "/*", (document) => document as unknown as Json),
  list("earthquakes.json", "/features/*", ({ features }) => features),
  layouts,
];
