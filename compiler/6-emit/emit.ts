// emit: bundles, topology and manifest as the files of a compiled workspace. Same input, same bytes.

import type { CodedBundle } from "../../schema/bundle.ts";
import { sha256 } from "../../schema/canonical.ts";
import type { CompiledManifest } from "../../schema/manifest.ts";
import type { Topology } from "../../schema/topology.ts";
import type { Contracts } from "../3-resolve/contracts.ts";
import { typedLibrary } from "../4-check/check.ts";
import type { Stages } from "../5-lower/lower.ts";
import type { Workspace } from "../integration.ts";
import { emitBundle } from "./bundle.ts";
import { emitServerConf } from "./server-conf.ts";
import { emitTopology } from "./topology.ts";

export interface Emitted {
  readonly bundles: readonly CodedBundle[];
  readonly topology: Topology;
  readonly manifest: CompiledManifest;
  /** Path below the output folder, forward slashes → text; `manifest.json` included. */
  readonly files: ReadonlyMap<string, string>;
}

export function emit(workspace: Workspace, stages: readonly Stages[], contracts: Contracts): Emitted {
  const files = new Map<string, string>();
  const bundles = stages.map((stage) => {
    const coded = emitBundle(stage, contracts);
    const folder = `${coded.bundle.tenant}/${coded.bundle.integration}`;
    files.set(`${folder}/bundle.json`, json(coded.bundle));
    files.set(`${folder}/worker.ts`, `/// <reference path="../../library.d.ts" />\n${stage.typed}`);
    files.set(`${folder}/worker.mjs`, coded.code);
    return coded;
  });
  const topology = emitTopology(
    workspace,
    bundles.map(({ bundle }) => bundle),
  );
  files.set("library.d.ts", typedLibrary());
  files.set("nats/topology.json", json(topology));
  files.set("nats/server.conf", emitServerConf(topology));
  const manifest = emitManifest(workspace, bundles, files);
  files.set("manifest.json", json(manifest));
  return { bundles, topology, manifest, files };
}

function emitManifest(
  workspace: Workspace,
  bundles: readonly CodedBundle[],
  files: ReadonlyMap<string, string>,
): CompiledManifest {
  const contexts = workspace.contexts.map(({ name, nats, settings, secrets }) => [
    name,
    { ...(nats === undefined ? {} : { nats }), settings, secrets },
  ]);
  return {
    format: 1,
    workspace: workspace.name,
    language: 1,
    contexts: Object.fromEntries(contexts),
    integrations: bundles.map(({ bundle }) => ({
      tenant: bundle.tenant,
      integration: bundle.integration,
      hash: bundle.hash,
    })),
    files: Object.fromEntries(
      [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, text]) => [path, sha256(text)]),
    ),
  };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
