// The command line of `vrsky test`.

import { type Command, InvalidArgumentError } from "commander";
import { context, creds, examples, nats, type Shared, specs } from "./options.ts";

export function addTestCommand(program: Command, { io, done }: Shared): void {
  program
    .command("test")
    .description("run the cases that stand beside the specs")
    .addArgument(specs())
    .option("--filter <text>", "cases whose integration or name holds it")
    .option("--seed <number>", "instead of the cases' own", whole)
    .option("-u, --update", "write what happened into the cases that fail or expect nothing yet", false)
    .option("--coverage", "tell what no case reaches", false)
    .option("--coverage-min <percent>", "fail where an integration's coverage is less", percent)
    .option("--junit <file>", "write the results as JUnit XML, too")
    .option("--json", "as JSON", false)
    .option("--record <id>", "make a case of a message that the cluster knows, as `trace` finds it")
    .option("--integration <name>", "with --record: where several know it")
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--watch", "again after each edit", false)
    .addHelpText(
      "after",
      examples(
        "vrsky test",
        "vrsky test . --filter orders --coverage",
        "vrsky test . -u",
        "vrsky test . --junit results.xml --coverage-min 100",
        "vrsky test . --record o-1001 --context prod",
      ),
    )
    .action(async (path: string, options) => {
      if (options.record !== undefined) {
        done(await (await import("./verbs/test-record.ts")).recordVerb(path, options.record, options, io));
      } else done(await (await import("./verbs/test.ts")).testVerb(path, options, io));
    });
}

function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function percent(text: string): number {
  if (whole(text) > 100) throw new InvalidArgumentError("It must be 100 or less.");
  return Number(text);
}
