// The command line of `vrsky replay`.

import { type Command, InvalidArgumentError } from "commander";
import {
  context,
  creds,
  examples,
  inWorkspace,
  nats,
  noCache,
  rate,
  type Shared,
  time,
  withWorkspace,
} from "./options.ts";

export function addReplayCommand(program: Command, { io, done }: Shared): void {
  withWorkspace(
    program.command("replay").description("run again what went through, by the bundle that is deployed now"),
    "integration",
    "name of the integration",
  )
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--tenant <name>", "of this tenant")
    .option("--from <time>", "what came in then or later: 2h ago, or an ISO date or time", time)
    .option("--to <time>", "and before that; now when not said", time)
    .option("--target <name>", "to this target; again for more; all when not said", more)
    .option("--where <expression>", "only messages of which this is true, as in a filter")
    .option("--rate <rate>", "not faster than: 100/s, 600/m", rate)
    .option("--run <name>", "name of the run; one that was begun goes on where it was")
    .option("--dry-run", "list what there is, and send nothing", false)
    .option("--bodies", "with --dry-run: bodies, headers and metadata as well", false)
    .option("--yes", "without asking", false)
    .option("--json", "as JSON; with --dry-run one line for each message", false)
    .addOption(noCache())
    .addHelpText(
      "after",
      `
Each message goes under an id of its own, \`<id>~replay-<run>\`, which is its idempotency key too.
${examples(
  "vrsky replay . orders --from 2026-03-01 --to 2026-04-01 --dry-run",
  "vrsky replay . orders --from 2h --target warehouse --rate 20/s --context prod",
  "vrsky replay . orders --from 1d --where 'body.total > 100' --yes",
  "vrsky replay . orders --run 20260301-101500-k3f",
)}`,
    )
    .action(async (first: string | undefined, second: string | undefined, options, command: Command) => {
      const [path, integration] = inWorkspace(command, first, second);
      if (options.bodies && !options.dryRun)
        command.error("error: --bodies goes with --dry-run", { code: "vrsky.usage" });
      done(await (await import("./verbs/replay.ts")).replayVerb(path, integration, options, io));
    });
}

function more(name: string, before: readonly string[] = []): readonly string[] {
  if (name === "") throw new InvalidArgumentError("a name is wanted.");
  return [...before, name];
}
