// The whole workspace as a graph: a box for each integration, the streams between them, and the outside systems that
// tenants have connections to.

import { allSteps } from "../../compiler/3-resolve/integration.ts";
import type { Connection, Integration, Stream, Tenant, Use } from "../../compiler/integration.ts";
import { durationText } from "../../schema/units.ts";
import type { Graph, GraphEdge, GraphNode, Line } from "./graph.ts";
import { streamId, systemId } from "./graph.ts";
import { addressText, arriving, connectorText, placeOf } from "./spoken.ts";
import { fullName, type Survey, usesOf } from "./survey.ts";

/** `tenants`: only these, with the neighbours that their streams lead to. */
export function workspaceGraph({ workspace }: Survey, tenants?: readonly string[]): Graph {
  const shown = workspace.tenants.filter(({ name }) => tenants === undefined || tenants.includes(name));
  const nodes = shown.flatMap((tenant) => tenantNodes(tenant));
  const known = new Set(nodes.map(({ id }) => id));
  const edges = shown.flatMap(({ integrations }) => integrations.flatMap(edgesOf));
  const count = shown.reduce((sum, { integrations }) => sum + integrations.length, 0);
  return {
    kind: "workspace",
    title: workspace.name,
    description: `${counted(count)} of ${shown.length} ${shown.length === 1 ? "tenant" : "tenants"}, and the streams between them.`,
    groups: shown
      .filter(({ integrations, streams }) => integrations.length + streams.length > 0)
      .map(({ name, integrations }) => ({
        id: name,
        kind: "tenant",
        title: name,
        description: counted(integrations.length),
      })),
    nodes,
    edges: edges.filter(({ from, to }) => known.has(from) && known.has(to)),
  };
}

const counted = (count: number): string => `${count} ${count === 1 ? "integration" : "integrations"}`;

function tenantNodes({ integrations, streams }: Tenant): readonly GraphNode[] {
  return [...integrations.map(boxOf), ...streams.map(streamNode), ...systemsOf(integrations)];
}

function boxOf(integration: Integration): GraphNode {
  const { description, paused, site, sources, targets, steps, reply } = integration;
  const entering = sources
    .map(arriving)
    .map(({ connector, address }): Line => ({ name: "in", text: `${connector} ${address}` }));
  const asked = allSteps([...sources, { steps }, ...targets]).flatMap((step): readonly Line[] =>
    step.kind === "call" ? [{ name: "asks", text: `${connectorText(step.use)} ${addressText(step.use, "call")}` }] : [],
  );
  const leaving = targets.map(
    ({ use }): Line => ({
      name: "out",
      text: `${connectorText(use)} ${addressText(use, "target")}`,
    }),
  );
  return {
    id: fullName(integration),
    kind: "integration",
    group: integration.tenant,
    label: "integration",
    title: integration.name,
    lines: [
      ...entering,
      ...asked,
      ...leaving,
      ...(reply === undefined ? [] : [{ name: "out", text: "reply to the caller" }]),
    ],
    ...(description === undefined ? {} : { description }),
    ...(paused ? { paused: true } : {}),
    place: placeOf(site),
  };
}

function streamNode(stream: Stream): GraphNode {
  const { contract, exportTo, keep } = stream;
  const shape: readonly Line[] =
    contract === undefined || contract.inline === true ? [] : [{ name: "contract", text: contract.name }];
  return {
    id: streamId(stream.tenant, stream.name),
    kind: "stream",
    group: stream.tenant,
    label: "stream",
    title: stream.name,
    lines: [
      ...shape,
      { name: "keeps", text: durationText(keep) },
      ...(exportTo.length === 0 ? [] : [{ name: "for", text: exportTo.join(", ") }]),
    ],
    place: placeOf(stream.site),
  };
}

/** Connections that are in use. */
function systemsOf(integrations: readonly Integration[]): readonly GraphNode[] {
  const found = new Map<string, GraphNode>();
  for (const integration of integrations) {
    for (const { connection } of usesOf(integration)) {
      if (connection === undefined) continue;
      const node = systemNode(connection, integration.tenant);
      found.set(node.id, node);
    }
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

const systemNode = ({ name, connector, site }: Connection, tenant: string): GraphNode => ({
  id: systemId(tenant, name),
  kind: "system",
  group: tenant,
  label: connector,
  title: name,
  lines: [],
  place: placeOf(site),
});

function edgesOf(integration: Integration): readonly GraphEdge[] {
  const { tenant, sources, steps, targets } = integration;
  const id = fullName(integration);
  const edges: GraphEdge[] = [];
  const system = (use: Use): string | undefined =>
    use.connection === undefined ? undefined : systemId(tenant, use.connection.name);
  for (const { stream, use, poll } of sources) {
    const from = stream === undefined ? system(poll?.use ?? use) : streamId(stream.tenant, stream.name);
    const kind = stream !== undefined && stream.tenant !== tenant ? "shared" : "flow";
    if (from !== undefined) edges.push({ from, to: id, kind });
  }
  for (const step of allSteps([...sources, { steps }, ...targets])) {
    const to = step.kind === "call" ? system(step.use) : undefined;
    if (to !== undefined) edges.push({ from: id, to, kind: "asks" });
  }
  for (const { stream, use } of targets) {
    const to = stream === undefined ? system(use) : streamId(stream.tenant, stream.name);
    if (to !== undefined) edges.push({ from: id, to, kind: "flow" });
  }
  const seen = new Set<string>();
  return edges.filter(({ from, to, kind }) => {
    const key = `${from}\n${to}\n${kind}`;
    return !seen.has(key) && seen.add(key);
  });
}
