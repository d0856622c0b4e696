// The declared streams of a workspace and what reads them: in each account its own streams, its copies of other tenants'
// streams, the readers' durables, and at the owner the durable from which each copy is filled.

import * as address from "../../schema/address.ts";
import { streamSize } from "../../schema/quotas.ts";
import type { Account, Consumer, DeclaredStream, StreamConfig, StreamSource } from "../../schema/topology.ts";
import { type Contracts, referredContracts } from "../3-resolve/contracts.ts";
import { contractHash } from "../contract/hash.ts";
import type { Contract, Stream, Tenant, Workspace } from "../integration.ts";

/** One source that reads one stream. */
interface Reader {
  readonly tenant: string;
  readonly integration: string;
  readonly source: string;
  readonly stream: Stream;
}

/** All of a workspace, by what they read: `acme/paid-orders`. */
export type Readers = ReadonlyMap<string, readonly Reader[]>;

type Owner = (integration: string, config: object) => Readonly<Record<string, string>>;

type Plain = Omit<StreamConfig, "name" | "subjects" | "metadata">;

const nanoseconds = 1_000_000;

const keyOf = ({ tenant, name }: Stream): string => `${tenant}/${name}`;

export function readersIn({ tenants }: Workspace): Readers {
  const found = new Map<string, Reader[]>();
  for (const { name, integration, source, stream } of tenants.flatMap(readings)) {
    const readers = found.get(keyOf(stream)) ?? [];
    found.set(keyOf(stream), [...readers, { tenant: name, integration, source, stream }]);
  }
  return found;
}

const readings = ({ name, integrations }: Tenant) =>
  integrations.flatMap((integration) =>
    integration.sources.flatMap(({ name: source, stream }) =>
      stream === undefined ? [] : [{ name, integration: integration.name, source, stream }],
    ),
  );

/** What a tenant reads a stream from: its own, or its copy of another's. */
export const readStream = (stream: Stream, tenant: string): string =>
  stream.tenant === tenant ? address.declaredStream(stream.name) : address.sharedStream(stream.tenant, stream.name);

/** What the account gives to others and takes from them. */
export function sharedBy(tenant: Tenant, readers: Readers): Pick<Account, "exports" | "imports"> {
  return {
    exports: tenant.streams
      .filter(({ exportTo }) => exportTo.length > 0)
      .map(({ name, exportTo }) => ({ stream: name, to: [...new Set(exportTo)].sort() })),
    imports: importedBy(tenant, readers).map(({ tenant: owner, name }) => ({ tenant: owner, stream: name })),
  };
}

export const declaredBy = (tenant: Tenant, readers: Readers, contracts: Contracts): readonly DeclaredStream[] =>
  tenant.streams.map((stream) => declared(stream, readers.get(keyOf(stream)) ?? [], contracts));

/** How many of them there are: its own, and its copies of others'. */
export const sharedStreams = (tenant: Tenant, readers: Readers): number =>
  tenant.streams.length + importedBy(tenant, readers).length;

/** Its own streams, and its copies of others'. */
export function streamsOf(
  tenant: Tenant,
  readers: Readers,
  storage: number,
  plain: Plain,
  own: Owner,
): readonly StreamConfig[] {
  const imported = importedBy(tenant, readers);
  const max_bytes = streamSize(storage, sharedStreams(tenant, readers));
  const make = ({ keep }: Stream, name: string, more: Pick<StreamConfig, "subjects" | "sources">): StreamConfig => {
    const config = { ...plain, name, max_bytes, max_age: keep * nanoseconds, ...more };
    return { ...config, metadata: own("", config) };
  };
  return [
    ...tenant.streams.map((stream) =>
      make(stream, address.declaredStream(stream.name), { subjects: [address.declaredFilter(stream.name)] }),
    ),
    ...imported.map((stream) =>
      make(stream, readStream(stream, tenant.name), { subjects: [], sources: [sourceOf(stream, tenant.name)] }),
    ),
  ];
}

/** The durables of its integrations' sources, and those that fill other tenants' copies of its streams. */
export function readersOf(tenant: Tenant, readers: Readers, own: Owner): readonly Consumer[] {
  const filling = tenant.streams.flatMap((stream) =>
    [...new Set((readers.get(keyOf(stream)) ?? []).map((reader) => reader.tenant))]
      .filter((reader) => reader !== tenant.name)
      .map((reader) => sharingOf(stream, reader, own)),
  );
  return [...readingOf(tenant, readers).map((reader) => readerOf(reader, own)), ...filling];
}

const readingOf = ({ name }: Tenant, readers: Readers): readonly Reader[] =>
  [...readers.values()].flat().filter(({ tenant }) => tenant === name);

const importedBy = (tenant: Tenant, readers: Readers): readonly Stream[] =>
  distinct(readingOf(tenant, readers).flatMap(({ stream }) => (stream.tenant === tenant.name ? [] : [stream])));

const distinct = (streams: readonly Stream[]): readonly Stream[] => [
  ...new Map(streams.map((stream) => [keyOf(stream), stream])).values(),
];

function declared({ name, contract }: Stream, readers: readonly Reader[], contracts: Contracts): DeclaredStream {
  const names = readers.map(({ tenant, integration }) => `${tenant}/${integration}`);
  return {
    name,
    ...(contract === undefined ? {} : { contract: promised(contract, contracts) }),
    readers: [...new Set(names)].sort(),
  };
}

/** With whatever it refers to: a change there is a change of what readers get. */
function promised({ name, schema }: Contract, contracts: Contracts): NonNullable<DeclaredStream["contract"]> {
  const refs = Object.fromEntries(referredContracts(schema, contracts));
  const hash = contractHash(schema);
  return { name, hash, schema, ...(Object.keys(refs).length === 0 ? {} : { refs }) };
}

function readerOf({ tenant, integration, source, stream }: Reader, own: Owner): Consumer {
  const config = {
    durable_name: address.readerConsumer(integration, source),
    filter_subject: address.declaredFilter(stream.name),
    ack_policy: "explicit" as const,
    ack_wait: 60_000 * nanoseconds,
    max_deliver: -1 as const,
    max_ack_pending: 1000,
  };
  const metadata = own(integration, config);
  return { stream: readStream(stream, tenant), integration, target: source, config: { ...config, metadata } };
}

function sharingOf({ tenant, name }: Stream, reader: string, own: Owner): Consumer {
  const config = {
    durable_name: address.sharingConsumer(tenant, reader),
    deliver_subject: address.sharedDelivery(reader, name),
    ack_policy: "flow_control" as const,
    flow_control: true as const,
    // What a server that sources from it sets.
    idle_heartbeat: 1_000 * nanoseconds,
    max_deliver: -1 as const,
    max_ack_pending: 1000,
  };
  const metadata = own("", config);
  return { stream: address.declaredStream(name), integration: "", target: reader, config: { ...config, metadata } };
}

const sourceOf = ({ tenant, name }: Stream, reader: string): StreamSource => ({
  name: address.declaredStream(name),
  external: { api: address.sharedApi(tenant, name), deliver: "" },
  consumer: { name: address.sharingConsumer(tenant, reader), deliver_subject: address.sharedArrival(tenant, name) },
});
