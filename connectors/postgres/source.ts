// A postgres source from its settings to the first change. Whatever must be decided by a person halts it here, before
// anything has been read.

import type { Client } from "pg";
import { type RunningSource, type SourceContext, sourceError, sourceFailureOf } from "../../schema/connector.ts";
import type { Network } from "../network.ts";
import { choiceSetting, textsSetting } from "../setting.ts";
import { checkServer, findTable, identify, seeOperators, type Table } from "./catalog.ts";
import { openClient, type PostgresAddress, quoteName, readAddress, readTableName } from "./connection.ts";
import { follow } from "./follow.ts";
import { failureOf, halt } from "./halt.ts";
import { slotName } from "./place.ts";
import { prepare } from "./prepare.ts";
import type { Site } from "./slot.ts";
import { sqlFault } from "./sql-fault.ts";
import { type ChangeStream, end, openStream } from "./stream.ts";

interface Settings {
  readonly address: PostgresAddress;
  readonly tables: readonly string[];
  readonly snapshot: boolean;
  readonly truncate: "halt" | "ignore";
}

function readSettings({ tenant, integration, name, settings }: SourceContext, network?: Network): Settings {
  return {
    address: readAddress(settings, `vrsky ${tenant}/${integration} ${name}`, network),
    tables: textsSetting(settings, "tables"),
    snapshot: settings.snapshot !== false,
    truncate: choiceSetting(settings, "truncate", ["halt", "ignore"]) ?? "halt",
  };
}

export async function startPostgresSource(context: SourceContext, network?: Network): Promise<RunningSource> {
  const settings = readSettings(context, network);
  const open: Client[] = [];
  let stream: ChangeStream | undefined;
  const destroy = (): void => {
    for (const client of open) client.connection.stream.destroy();
  };
  // Making a slot waits for transactions that run; whoever wants to stop does not.
  context.signal.addEventListener("abort", destroy);
  try {
    const following = await start();
    context.signal.removeEventListener("abort", destroy);
    return following;
  } catch (error) {
    context.signal.removeEventListener("abort", destroy);
    await stream?.close();
    if (!context.signal.aborted) await Promise.all(open.map((client) => end(client, context.clock)));
    throw sourceFailureOf(error) === undefined ? sourceError(failureOf(error, context)) : error;
  }

  async function connect(options: Parameters<typeof openClient>[1]): Promise<Client> {
    const client = await openClient(settings.address, options);
    open.push(client);
    return client;
  }

  async function start(): Promise<RunningSource> {
    const { address, snapshot, truncate } = settings;
    const replication = await connect({ replication: true }).catch((error: unknown) => {
      if (sqlFault(error).code !== "42501") throw error;
      throw halt(sqlFault(error).message, `ALTER ROLE ${quoteName(address.user)} REPLICATION`);
    });
    const server = await identify(replication);
    const client = await connect({ asText: true });
    await checkServer(client, server);
    const tables: Table[] = [];
    for (const text of settings.tables) tables.push(await findTable(client, readTableName(text)));
    await seeOperators(client, tables);
    const slot = slotName(context.tenant, context.integration, context.name);
    const site: Site = { where: context, client, server, user: address.user, name: slot, tables };
    const place = await prepare({ context, site, snapshot });
    stream = await openStream({
      client: replication,
      clock: context.clock,
      slot,
      publication: slot,
      from: place.position,
    });
    return follow({ context, address, client, stream, server, site, place, tables, truncate });
  }
}
