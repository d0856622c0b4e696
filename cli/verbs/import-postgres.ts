// vrsky import postgres: tables of a database become contracts, and its connection says which table has which. The
// password stays out of what is written: a secret stands in its place.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import {
  type PostgresAddress,
  readAddress,
  readTableName,
  type TableName,
  tableText,
} from "../../connectors/postgres/connection.ts";
import { type Introspected, introspect, tablesIn } from "../../connectors/postgres/introspect.ts";
import { sqlFault } from "../../connectors/postgres/sql-fault.ts";
import { isJsonObject } from "../../schema/json.ts";
import { shown } from "../compile-workspace.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../exit.ts";
import { type ImportedFile, type ImportOptions, writeImported } from "../import-files.ts";
import { type Io, say } from "../io.ts";
import { progress } from "../progress.ts";

export interface ImportPostgresOptions extends ImportOptions {
  /** Name of the environment variable that holds the URL. */
  readonly urlEnv: string;
  readonly tenant: string;
  /** Of the connection; the database's name unless told. */
  readonly connection?: string;
  /** With commas between; none: all of schema `public`. */
  readonly tables?: string;
}

export async function importPostgres(path: string, options: ImportPostgresOptions, io: Io): Promise<ExitCode> {
  const folder = resolve(io.cwd, path);
  if (!existsSync(join(folder, "vrsky.yaml"))) {
    const help = "Name the folder that holds vrsky.yaml.";
    return say(io, refuse(exit.findings, `${shown(folder, io)} is no workspace: it has no vrsky.yaml.`, help).refusal);
  }
  if (!/^[a-z][a-z0-9-]*$/.test(options.tenant)) {
    return say(io, refuse(exit.usage, `${options.tenant} is no name of a tenant.`).refusal);
  }
  if (options.connection !== undefined && !/^[a-z][a-z0-9-]*$/.test(options.connection)) {
    return say(io, refuse(exit.usage, `${options.connection} is no name of a connection.`).refusal);
  }
  const address = addressOf(options.urlEnv, io);
  if (!address.ok) return say(io, address.refusal);
  const reading = progress(io, "reading the tables");
  const tables = await read(address.value, options.tables);
  reading.end();
  if (!tables.ok) return say(io, tables.refusal);
  const name = options.connection ?? slug(address.value.database);
  const files = filesOf(name, address.value, tables.value, options.tenant);
  const owner = declaredIn(folder, options.tenant, name, files.connection.path);
  const { changed, kept } = writeImported(
    folder,
    [...files.contracts, ...(owner === undefined ? [files.connection] : [])],
    options,
    io,
  );
  if (owner !== undefined) {
    io.err(`\nConnection ${name} is declared in ${owner}: give it these tables there.\n`);
    io.out(files.tables);
  } else tellSecret(files.secret, options.tenant, io);
  if (kept > 0) return exit.refused;
  return options.check && changed > 0 ? exit.findings : exit.ok;
}

function addressOf(variable: string, io: Io): Result<PostgresAddress> {
  const url = io.env[variable];
  if (url === undefined || url === "") {
    return refuse(
      exit.usage,
      `${variable} is not set.`,
      `export ${variable}=postgres://user:password@host:5432/database`,
    );
  }
  try {
    return ok(readAddress({ connection: { url } }, "vrsky import"));
  } catch (error) {
    const what = error instanceof Error ? error.message.replace("`connection.url`", variable) : "is no URL";
    return refuse(exit.usage, `${what}.`);
  }
}

async function read(address: PostgresAddress, list: string | undefined): Promise<Result<readonly Introspected[]>> {
  const where = `PostgreSQL at ${address.host}:${address.port}/${address.database}`;
  try {
    const names = list === undefined ? await tablesIn(address, "public") : namesIn(list);
    const found = await introspect(address, names);
    const missing = names.filter((_, at) => found[at] === undefined).map(tableText);
    if (missing.length > 0) {
      return refuse(
        exit.findings,
        `${where} has no table ${missing.join(", ")} that this user may see.`,
        "Capitals count.",
      );
    }
    const tables = found.filter((table) => table !== undefined);
    return tables.length > 0
      ? ok(tables)
      : refuse(exit.findings, `${where} has no tables in schema public.`, "Name them with --tables.");
  } catch (error) {
    return refuse(exit.unreachable, `${where}: ${sqlFault(error).message}.`);
  }
}

/** Commas between names; inside quotes they are part of one. */
const namesIn = (list: string): readonly TableName[] =>
  [...list.matchAll(/(?:"(?:[^"]|"")*"|[^",])+/g)].map(([name]) => readTableName(name.trim()));

interface Files {
  readonly contracts: readonly ImportedFile[];
  readonly connection: ImportedFile;
  /** The connection's `tables` alone. */
  readonly tables: string;
  /** Name of the secret that is the password. */
  readonly secret: string;
}

function filesOf(name: string, address: PostgresAddress, tables: readonly Introspected[], tenant: string): Files {
  const secret = `${name.replaceAll("-", "_")}_password`;
  const names = contractsOf(tables.map((table) => table.name));
  const declared = tables.map((table, at) => ({ ...table, contract: `${names[at]}@1` }));
  const shapes = Object.fromEntries(
    declared.map(({ name: table, contract, keys }) => [tableText(table), { contract, keys }]),
  );
  const document = { connections: { [name]: { postgres: { url: urlOf(address, secret), tables: shapes } } } };
  return {
    contracts: declared.map(({ contract, schema }) => ({ path: `contracts/${contract}.yaml`, text: yaml(schema) })),
    connection: { path: `tenants/${tenant}/connection-${name}.yaml`, text: yaml(document) },
    tables: yaml({ tables: shapes }),
    secret,
  };
}

const yaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

function urlOf({ host, port, database, user, tls }: PostgresAddress, secret: string): string {
  const at = host.includes(":") ? `[${host}]` : host;
  const place = `${at}:${port}/${encodeURIComponent(database)}`;
  return `postgres://${encodeURIComponent(user)}:\${ secrets.${secret} }@${place}${tls === "disable" ? "" : `?sslmode=${tls}`}`;
}

/** Where two tables would have one contract, whoever is not called so exactly gets a hash of its name. */
function contractsOf(names: readonly TableName[]): readonly string[] {
  const slugs = names.map(({ schema, table }) =>
    schema === "public" ? slug(table) : `${slug(schema)}-${slug(table)}`,
  );
  return names.map((name, at) => {
    const own = slugs[at] ?? "";
    const alone = slugs.indexOf(own) === slugs.lastIndexOf(own);
    if (alone || (name.schema === "public" && name.table.replaceAll("_", "-") === own && !name.table.includes("-"))) {
      return `${own}-row`;
    }
    return `${own}-${createHash("sha256").update(tableText(name)).digest("hex").slice(0, 8)}-row`;
  });
}

/** A name that contracts and connections may have. */
function slug(text: string): string {
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return plain === "" ? "table" : plain;
}

/** Another file of the tenant that declares the connection. */
function declaredIn(folder: string, tenant: string, name: string, own: string): string | undefined {
  const below = `tenants/${tenant}`;
  const names = existsSync(join(folder, below))
    ? readdirSync(join(folder, below)).filter((file) => /\.ya?ml$/.test(file))
    : [];
  return names
    .map((file) => `${below}/${file}`)
    .filter((path) => path !== own)
    .find((path) =>
      parseAllDocuments(readFileSync(join(folder, path), "utf8")).some((document) => {
        const value: unknown = document.toJS();
        return isJsonObject(value) && isJsonObject(value.connections) && Object.hasOwn(value.connections, name);
      }),
    );
}

function tellSecret(secret: string, tenant: string, io: Io): void {
  const variable = `VRSKY_SECRET_${`${tenant}_${secret}`.replaceAll("-", "_").toUpperCase()}`;
  io.err(
    `\nThe password is secret ${secret}: declare it under \`secrets:\` of tenant ${tenant}, and give its value as ${variable}.\n`,
  );
}
