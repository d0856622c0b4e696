// The command line of `vrsky rollout`.

import type { Command } from "commander";
import { context, creds, examples, inWorkspace, nats, noCache, type Shared, withWorkspace } from "./options.ts";

export function addRolloutCommand(program: Command, { io, done }: Shared): void {
  const rollout = program.command("rollout").description("decide over a canary before its figures do");
  const verb = (name: "promote" | "abort", description: string): void => {
    withWorkspace(rollout.command(name).description(description), "integration", "name, or TENANT/INTEGRATION")
      .addOption(context())
      .addOption(nats())
      .addOption(creds())
      .option("--json", "as JSON", false)
      .addOption(noCache())
      .addHelpText("after", examples(`vrsky rollout ${name} . orders --context prod`))
      .action(async (first: string | undefined, second: string | undefined, options, command: Command) => {
        const [path, integration] = inWorkspace(command, first, second);
        const { decideVerb } = await import("./verbs/rollout/decide.ts");
        done(await decideVerb(path, integration, name === "promote" ? "promoted" : "rolled-back", options, io));
      });
  };
  verb("promote", "the canary runs everything from now on");
  verb("abort", "the canary is given up: the stable bundle runs everything");
}
