// The declared streams of a workspace and what reads them: in each account its own streams, its copies of other tenants'
// streams, the readers' durables, and at the owner the durable from which each copy is filled.

import * as address from "../../schema/address.ts";
import type {
  Consumer,
  DeclaredStream,
  Export,
  Import,
  StreamConfig,
  StreamSource,
  TenantTopology,
} from "../../schema/topology.ts";
import { streamSize } from "../3-resolve/defaults.ts";
import { contractHash } from "../contract/hash.ts";
import type { Stream, Tenant, Workspace } from "../integration.ts";

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

export interface TenantStreams extends Pick<TenantTopology, "declared" | "streams" | "consumers"> {
  readonly exports: readonly Export[];
  readonly imports: readonly Import[];
}

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

export function tenantStreams(
  tenant: Tenant,
  readers: Readers,
  storage: number,
  plain: Plain,
  own: Owner,
): TenantStreams {
  const mine = [...readers.values()].flat().filter((reader) => reader.tenant === tenant.name);
  const imported = distinct(mine.map(({ stream }) => stream).filter((stream) => stream.tenant !== tenant.name));
  const size = streamSize(storage, tenant.streams.length + imported.length);
  const make = (stream: Stream, name: string, more: Pick<StreamConfig, "subjects" | "sources">) => {
    const config = { ...plain, name, max_bytes: size, max_age: stream.keep * nanoseconds, ...more };
    return { config: { ...config, metadata: own("", config) } };
  };
  return {
    exports: tenant.streams
      .filter(({ exportTo }) => exportTo.length > 0)
      .map(({ name, exportTo }) => ({ stream: name, to: [...new Set(exportTo)].sort() })),
    imports: imported.map(({ tenant: owner, name }) => ({ tenant: owner, stream: name })),
    declared: tenant.streams.map((stream) => declared(stream, readers.get(keyOf(stream)) ?? [])),
    streams: [
      ...tenant.streams.map((stream) =>
        make(stream, address.declaredStream(stream.name), { subjects: [address.declaredFilter(stream.name)] }),
      ),
      ...imported.map((stream) =>
        make(stream, readStream(stream, tenant.name), { subjects: [], sources: [sourceOf(stream, tenant.name)] }),
      ),
    ],
    consumers: [
      ...mine.map((reader) => readerOf(reader, own)),
      ...tenant.streams.flatMap((stream) =>
        [...new Set((readers.get(keyOf(stream)) ?? []).map((reader) => reader.tenant))]
          .filter((reader) => reader !== tenant.name)
          .map((reader) => sharingOf(stream, reader, own)),
      ),
    ],
  };
}

const distinct = (streams: readonly Stream[]): readonly Stream[] => [
  ...new Map(streams.map((stream) => [keyOf(stream), stream])).values(),
];

function declared({ name, contract }: Stream, readers: readonly Reader[]): DeclaredStream {
  const names = readers.map(({ tenant, integration }) => `${tenant}/${integration}`);
  return {
    name,
    ...(contract === undefined
      ? {}
      : { contract: { name: contract.name, hash: contractHash(contract.schema), schema: contract.schema } }),
    readers: [...new Set(names)].sort(),
  };
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
    idle_heartbeat: 5_000 * nanoseconds,
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
