// The command line of `vrsky source`.

import type { Command } from "commander";
import { context, creds, examples, nats, noCache, type Shared } from "./options.ts";

export function addSourceCommand(program: Command, { io, done }: Shared): void {
  program
    .command("source")
    .description("sources that have halted: what only a person can decide")
    .command("resnapshot")
    .description("a postgres source begins anew: another slot, and all rows once more")
    .argument("<workspace>", "workspace or compiled folder")
    .argument("<integration>", "TENANT/INTEGRATION")
    .argument("[source]", "which one, where it has several postgres sources")
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--yes", "without asking", false)
    .option("--dry-run", "say what would be done", false)
    .option("--json", "as JSON", false)
    .addOption(noCache())
    .addHelpText(
      "after",
      examples(
        "vrsky source resnapshot . acme/orders-to-erp --context prod --dry-run",
        "vrsky source resnapshot . acme/orders-to-erp --context prod",
      ),
    )
    .action(async (path: string, integration: string, source: string | undefined, options) => {
      const { sourceResnapshot } = await import("./verbs/source/resnapshot.ts");
      done(await sourceResnapshot(path, integration, source, options, io));
    });
}
