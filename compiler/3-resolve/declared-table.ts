// What a connection declares of the tables behind it: the contract of a row, and by which columns rows are told apart.
// A target that writes there must fit, and does not compile else.

import { isJsonObject } from "../../schema/json.ts";
import type { Contract, DeclaredTable, Use } from "../integration.ts";
import { child, findingAt, type Report, type Site, type Value } from "../value.ts";
import { type Contracts, resolveContract } from "./contracts.ts";

export function declaredTable(use: Use, contracts: Contracts, report: Report): DeclaredTable | undefined {
  const { connection, manifest } = use;
  const declared = manifest.target?.declared;
  if (connection === undefined || declared === undefined) return undefined;
  const name = constantText(settingOf(use, declared.by));
  if (name === undefined) return undefined;
  const all = valueAt(connection.site.spec.value, [...connection.site.path, connection.connector, declared.in]);
  if (!isJsonObject(all)) return undefined;
  const key = [name, `${declared.prefix}${name}`, withoutPrefix(name, declared.prefix)].find((each) =>
    Object.hasOwn(all, each),
  );
  const raw = key === undefined ? undefined : all[key];
  if (key === undefined || !isJsonObject(raw)) return undefined;
  const site: Site = {
    spec: connection.site.spec,
    path: [...connection.site.path, connection.connector, declared.in, key],
  };
  reportKey(use, key, raw.keys, site, report);
  const at = child(site, "contract");
  const contract = resolveContract(raw.contract, at, `table.${connection.name}.${key}`, contracts, report);
  return contract === undefined ? undefined : { site, contract: known(contract, key) };
}

/** An inline one is known by the table's name wherever it is met. */
const known = (contract: Contract, table: string): Contract =>
  contract.inline === true ? { ...contract, name: `table ${table}` } : contract;

function reportKey(use: Use, table: string, keys: unknown, site: Site, report: Report): void {
  const given = use.settings.find(({ key }) => key === use.manifest.target?.declared?.key)?.value;
  const columns = constantTexts(given);
  if (given === undefined || columns === undefined || !Array.isArray(keys)) return;
  const isKey = (key: unknown): boolean =>
    Array.isArray(key) && key.length === columns.length && columns.every((column) => key.includes(column));
  if (keys.some(isKey)) return;
  const shown = keys.map((key: unknown) => `[${Array.isArray(key) ? key.join(", ") : ""}]`).join(" or ");
  report(
    findingAt("VRS2034", given.site, {
      message: `Nothing makes \`${columns.join("`, `")}\` unique in table \`${table}\`.`,
      help: shown === "" ? "The table needs a primary key or a unique index." : `Rows are told apart by ${shown}.`,
      labels: [{ file: site.spec.file, range: site.spec.locate(site.path, "key"), message: "declared here" }],
    }),
  );
}

/** The setting by which the target takes changes of rows, where it does. */
export function changesSetting(use: Use): Value | undefined {
  const { changes } = use.manifest.target ?? {};
  const value = changes === undefined ? undefined : settingOf(use, changes.setting);
  return constantText(value) === changes?.is ? value : undefined;
}

const settingOf = ({ settings }: Use, key: string): Value | undefined =>
  settings.find((setting) => setting.key === key)?.value;

const constantText = (value: Value | undefined): string | undefined =>
  value?.kind === "constant" && typeof value.value === "string" ? value.value : undefined;

function constantTexts(value: Value | undefined): readonly string[] | undefined {
  if (value?.kind !== "list") return undefined;
  const texts = value.items.map(constantText);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

const withoutPrefix = (name: string, prefix: string): string =>
  name.startsWith(prefix) ? name.slice(prefix.length) : name;

const valueAt = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((at, key) => (isJsonObject(at) ? at[key] : undefined), value);
