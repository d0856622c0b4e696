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

interface EmittedFile {
  readonly path: string;
  readonly text: string;
  /** SHA-256, hex. */
  readonly hash: string;
}

/** What one integration adds to the output. */
export interface BundleFiles {
  readonly coded: CodedBundle;
  readonly files: readonly EmittedFile[];
}

/** `once` remembers what was written for an integration. */
export function emit(
  workspace: Workspace,
  stages: readonly Stages[],
  contracts: Contracts,
  once: (stages: Stages, work: () => BundleFiles) => BundleFiles = (_stages, work) => work(),
): Emitted {
  const emitted = stages.map((stage) => once(stage, () => bundleFiles(stage, contracts)));
  const bundles = emitted.map(({ coded }) => coded);
  const topology = emitTopology(
    workspace,
    bundles.map(({ bundle }) => bundle),
    contracts,
  );
  const all = [
    ...emitted.flatMap(({ files }) => files),
    file("library.d.ts", typedLibrary()),
    file("nats/topology.json", json(topology)),
    file("nats/server.conf", emitServerConf(topology)),
  ];
  const manifest = emitManifest(workspace, bundles, all);
  const files = new Map([...all, file("manifest.json", json(manifest))].map(({ path, text }) => [path, text]));
  return { bundles, topology, manifest, files };
}

export function bundleFiles(stage: Stages, contracts: Contracts): BundleFiles {
  const coded = emitBundle(stage, contracts);
  const folder = `${coded.bundle.tenant}/${coded.bundle.integration}`;
  const files = [
    file(`${folder}/bundle.json`, json(coded.bundle)),
    file(`${folder}/worker.ts`, `/// <reference path="../../library.d.ts" />\n${stage.typed}`),
    { path: `${folder}/worker.mjs`, text: coded.code, hash: coded.bundle.worker },
  ];
  return { coded, files };
}

const file = (path: string, text: string): EmittedFile => ({ path, text, hash: sha256(text) });

function emitManifest(
  workspace: Workspace,
  bundles: readonly CodedBundle[],
  files: readonly EmittedFile[],
): CompiledManifest {
  const contexts = workspace.contexts.map(({ name, site: _, ...context }) => [name, context]);
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
      [...files].sort((a, b) => (a.path < b.path ? -1 : 1)).map(({ path, hash }) => [path, hash]),
    ),
  };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
