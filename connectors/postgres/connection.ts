// What every use of PostgreSQL shares: where the server is, how it is spoken to, and how names stand in SQL.

import type { Client, ClientConfig } from "pg";
import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import { guardedSocket } from "../guarded-socket.ts";
import type { Network } from "../network.ts";
import { objectSetting, requiredText, textSetting } from "../setting.ts";

export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly tls: TlsMode;
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Shown in pg_stat_activity. */
  readonly application: string;
  /** Where it may be; anywhere unless told. */
  readonly network?: Network;
}

/** As in libpq: `require` encrypts, and checks the certificate where a `ca` is given. */
type TlsMode = "disable" | "require" | "verify-ca" | "verify-full";

const tlsModes: readonly TlsMode[] = ["disable", "require", "verify-ca", "verify-full"];

/** Of `settings.connection`. Throws an Error that names the setting, never its value. */
export function readAddress(settings: JsonObject, application: string, network?: Network): PostgresAddress {
  const connection = objectSetting(settings, "connection");
  if (connection === undefined) throw new Error("`connection` is missing");
  const url = readUrl(requiredText(connection, "url"));
  const tls = objectSetting(connection, "tls") ?? {};
  const texts = { ca: textSetting(tls, "ca"), cert: textSetting(tls, "cert"), key: textSetting(tls, "key") };
  if ((texts.cert === undefined) !== (texts.key === undefined)) {
    throw new Error("`connection.tls`: `cert` and `key` go together");
  }
  const mode = url.searchParams.get("sslmode") ?? (isJsonObject(connection.tls) ? "verify-full" : "disable");
  const found = tlsModes.find((each) => each === mode);
  if (found === undefined) throw new Error(`\`connection.url\`: sslmode must be one of ${tlsModes.join(", ")}`);
  return {
    host: url.hostname.replace(/^\[(.+)\]$/, "$1") || "localhost",
    port: url.port === "" ? 5432 : Number(url.port),
    database: decoded(url.pathname.slice(1)) || decoded(url.username),
    user: decoded(url.username),
    password: decoded(url.password),
    tls: found,
    ...(texts.ca === undefined ? {} : { ca: texts.ca }),
    ...(texts.cert === undefined ? {} : { cert: texts.cert }),
    ...(texts.key === undefined ? {} : { key: texts.key }),
    application: application.slice(0, 63),
    ...(network === undefined ? {} : { network }),
  };
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(?:ql)?:$/.test(url.protocol) || url.username === "") {
    throw new Error("`connection.url` must be like postgres://user:password@host:5432/database");
  }
  const stranger = [...url.searchParams.keys()].find((name) => name !== "sslmode");
  if (stranger !== undefined) throw new Error("`connection.url` takes no other parameter than `sslmode`");
  return url;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("`connection.url`: a `%` in a name or password is written `%25`");
  }
}

/** For messages and for comparing: without what is secret. */
export const placeText = ({ host, port, database }: PostgresAddress): string => `${host}:${port}/${database}`;

/** Values as text have one form, whatever the server or the role is set to. */
const textForms = {
  datestyle: "ISO",
  timezone: "UTC",
  intervalstyle: "iso_8601",
  bytea_output: "hex",
  extra_float_digits: "1",
};

/** What a role may be set to, and what would keep a source from its work: it waits for others, and makes what is not there. */
const patient = {
  statement_timeout: "0",
  lock_timeout: "0",
  default_transaction_read_only: "off",
  // Its marks need no other server.
  synchronous_commit: "local",
};

export interface OpenOptions {
  /** Speaks the replication protocol as well. */
  readonly replication?: true;
  /** Values of rows are the server's text. */
  readonly asText?: true;
  /** Milliseconds that a statement may take; for ever unless told. */
  readonly statementMs?: number;
}

/** A connected client; an error of its connection later on is seen by what it does next. Rejects with pg's own error: see sql-fault.ts. */
export async function openClient(address: PostgresAddress, options: OpenOptions = {}): Promise<Client> {
  // Slow to load, and most workers never need it.
  const { default: pg } = await import("pg");
  const config: ClientConfig & { readonly replication?: string } = {
    ...clientConfig(address),
    options: Object.entries({ ...textForms, ...(options.statementMs === undefined ? patient : {}) })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    ...(options.replication ? { replication: "database" } : {}),
    ...(options.asText ? { types: { getTypeParser: () => (text: string) => text } } : {}),
    ...(options.statementMs === undefined ? {} : { statement_timeout: options.statementMs }),
  };
  const client = new pg.Client(config);
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** What pg needs to find the server, and nothing that a pooler in between would not take. */
export function clientConfig(address: PostgresAddress): ClientConfig {
  const { host, port, database, user, password, application, network } = address;
  return {
    ...(network === undefined ? {} : { stream: () => guardedSocket(network) }),
    host,
    port,
    database,
    user,
    password,
    application_name: application,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ssl: tlsOf(address),
  };
}

function tlsOf({ tls, ca, cert, key }: PostgresAddress): ClientConfig["ssl"] {
  if (tls === "disable") return false;
  return {
    rejectUnauthorized: tls !== "require" || ca !== undefined,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    // Only `verify-full` asks whether the certificate is of this host.
    ...(tls === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
  };
}

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** `orders`, `sales.orders`, `"Sales 2024"."Orders"`: names as they are in the catalogue; capitals need no quotes. */
export function readTableName(text: string): TableName {
  const parts = [...text.matchAll(/"((?:[^"]|"")+)"|([^".]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
  );
  const [first = "", second] = parts;
  return second === undefined ? { schema: "public", table: first } : { schema: first, table: second };
}

/** An identifier in SQL. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quoteTable = ({ schema, table }: TableName): string => `${quoteName(schema)}.${quoteName(table)}`;

/** For people and in `meta`: with quotes only where the name needs them. */
export const tableText = ({ schema, table }: TableName): string =>
  [schema, table].map((name) => (/^[A-Za-z_][A-Za-z0-9_$]*$/.test(name) ? name : quoteName(name))).join(".");

/** A text in SQL where no parameter may stand, as in the replication protocol. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
