// What `vrsky dev` says when it is up: what runs, where, and a request to paste for each webhook.

import { visible } from "../control/units.ts";
import type { RunEvent } from "../schema/outcome.ts";
import { calledAs } from "./called-as.ts";
import { ofDev } from "./cluster.ts";
import { type Ready, shown } from "./compile-workspace.ts";
import { curl } from "./curl.ts";
import type { House } from "./house.ts";
import type { Io } from "./io.ts";
import { paint } from "./paint.ts";
import { shellWord } from "./shell-word.ts";

export function welcome(ready: Ready, house: House, natsUrl: string, dataDir: string, io: Io): void {
  const color = paint(io.colorErr);
  io.err(`\n${color.bold("VRSky dev")}  ${counted(ready.bundles.length)}, NATS at ${natsUrl}\n`);
  for (const { bundle } of ready.bundles) {
    const sources = new Set(Object.values(bundle.sources).map(({ connector }) => connector));
    const flow = `${[...sources].join(", ")} → ${Object.keys(bundle.targets).join(", ")}`;
    io.err(`  ${color.green("●")} ${bundle.tenant}/${bundle.integration.padEnd(24)} ${color.dim(flow)}\n`);
  }
  io.err(`  files below ${shown(dataDir, io)}\n`);
  for (const { bundle } of ready.bundles) {
    const source = Object.values(bundle.sources).find(({ connector }) => connector === "http");
    if (source?.address === undefined || house.httpPort === undefined) continue;
    const url = `http://127.0.0.1:${house.httpPort}/${bundle.tenant}${source.address}`;
    if (source.guards !== undefined) {
      io.err(`\n  POST ${url}  ${color.dim(`(the sender proves itself: ${source.guards.join(", ")})`)}\n`);
      continue;
    }
    io.err(`\n  try: ${color.cyan(curl(url, source, bundle))}\n`);
  }
  const look = pasted(["status"], ready, io);
  io.err(`\n  look: ${color.cyan(look)}   ${color.dim("(or trace, tap, top, dlq)")}\n`);
  io.err(`  ${color.dim("edit a spec to see it swapped in; Ctrl-C stops")}\n\n`);
}

/** Where a message can be looked at, said of the first one alone: how it is done is known then. */
export function firstTrace(ready: Ready, io: Io): (event: RunEvent) => void {
  let said = false;
  const unkept = new Set(
    ready.bundles.flatMap(({ bundle }) => (bundle.transport === "ephemeral" ? [bundle.integration] : [])),
  );
  return (event) => {
    // Of what is ephemeral nothing is kept that could be looked at.
    if (said || event.kind !== "outcome" || unkept.has(event.integration)) return;
    said = true;
    const color = paint(io.colorErr);
    io.err(
      `${color.dim("              what became of it:")} ${color.cyan(pasted(["trace", visible(shellWord(event.id))], ready, io))}\n`,
    );
  };
}

/** A verb on this workspace while it runs here, to be pasted in another terminal. */
function pasted([verb = "", ...words]: readonly string[], { folder, manifest }: Ready, io: Io): string {
  const place = shown(folder, io);
  const elsewhere = Object.values(manifest.contexts)[0]?.nats !== undefined;
  const parts = [calledAs(io), verb, ...(place === "." ? [] : [shellWord(place)]), ...words];
  return [...parts, ...(elsewhere ? ["--nats", ofDev] : [])].join(" ");
}

export const counted = (count: number): string => `${count} ${count === 1 ? "integration" : "integrations"}`;
