// The command line of those who watch: status, trace, tap, top.

import type { Command } from "commander";
import type { Shared } from "./keys-command.ts";

export interface WatchShared extends Shared {
  readonly creds: Shared["context"];
  readonly noCache: Shared["context"];
}

export function addWatchCommands(program: Command, shared: WatchShared): void {
  const { io, context, nats, creds, noCache, examples, done } = shared;
  const verb = (name: string, description: string): Command => program.command(name).description(description);
  const cluster = (command: Command): Command =>
    command.addOption(context()).addOption(nats()).addOption(creds()).option("--tenant <name>", "of this tenant");

  cluster(
    verb("status", "what waits, is in flight, parked or dead, for each integration and target").argument(
      "[workspace]",
      "workspace or compiled folder",
      ".",
    ),
  )
    .option("--integration <name>", "of this integration")
    .option("--watch", "again and again until stopped", false)
    .option("--json", "as JSON; with --watch one line for each look", false)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky status . --context prod", "vrsky status . --integration orders --watch"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/status.ts")).statusVerb(path, options, io));
    });
}
