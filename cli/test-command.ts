// The command line of `vrsky test`.

import { type Command, InvalidArgumentError } from "commander";
import { examples, type Shared } from "./options.ts";

export function addTestCommand(program: Command, { io, done }: Shared): void {
  program
    .command("test")
    .description("run the cases that stand beside the specs")
    .argument("[workspace]", "folder with vrsky.yaml", ".")
    .option("--filter <text>", "cases whose integration or name holds it")
    .option("--seed <number>", "instead of the cases' own", whole)
    .option("--json", "as JSON", false)
    .addHelpText("after", examples("vrsky test", "vrsky test . --filter orders"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/test.ts")).testVerb(path, options, io));
    });
}

function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
