// The command line of those who watch: status, trace, tap, top.

import type { Command } from "commander";
import {
  context,
  creds,
  examples,
  inWorkspace,
  nats,
  noCache,
  positive,
  type Shared,
  withWorkspace,
  workspace,
} from "./options.ts";

export function addWatchCommands(program: Command, { io, done }: Shared): void {
  const verb = (name: string, description: string): Command => program.command(name).description(description);
  const cluster = (command: Command): Command =>
    command.addOption(context()).addOption(nats()).addOption(creds()).option("--tenant <name>", "of this tenant");

  cluster(
    verb("status", "what waits, is in flight, parked or dead, for each integration and target").addArgument(
      workspace(),
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
  cluster(
    withWorkspace(
      verb("trace", "where a message is, and what became of it at each target"),
      "id",
      "message id or its hash",
    ),
  )
    .option("--integration <name>", "in this integration")
    .option("--preview <characters>", "of a body", positive, 200)
    .option("--no-payload", "neither bodies nor headers")
    .option("--json", "as JSON", false)
    .addOption(noCache())
    .addHelpText(
      "after",
      examples("vrsky trace o-1001", "vrsky trace . o-1001 --context prod", "vrsky trace . o-1001 --json --no-payload"),
    )
    .action(async (first: string | undefined, second: string | undefined, options, command: Command) => {
      const [path, id] = inWorkspace(command, first, second);
      done(await (await import("./verbs/trace.ts")).traceVerb(path, id, options, io));
    });
  cluster(
    withWorkspace(verb("tap", "messages of an integration as they come in"), "integration", "name of the integration"),
  )
    .option("--target <name>", "and what becomes of them there")
    .option("--count <n>", "end after so many", positive)
    .option("--preview <characters>", "of a body", positive, 200)
    .option("--no-payload", "no bodies")
    .option("--json", "one line of JSON for each", false)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky tap . orders --context prod", "vrsky tap . orders --target crm --count 10"))
    .action(async (first: string | undefined, second: string | undefined, options, command: Command) => {
      const [path, integration] = inWorkspace(command, first, second);
      done(await (await import("./verbs/tap.ts")).tapVerb(path, integration, options, io));
    });
  cluster(verb("top", "the status on a whole screen, each second, furthest behind first").addArgument(workspace()))
    .option("--integration <name>", "of this integration")
    .option("--count <n>", "end after so many looks", positive)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky top . --context prod"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/top.ts")).topVerb(path, options, io));
    });
}
