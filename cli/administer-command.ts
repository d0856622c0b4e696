// The command line of who keeps a house in order: tenants, doctor.

import type { Command } from "commander";
import { context, creds, examples, nats, noCache, type Shared, workspace } from "./options.ts";

export function addAdministerCommands(program: Command, { io, done }: Shared): void {
  program
    .command("tenants")
    .description("what each tenant holds, may use and is granted")
    .addArgument(workspace())
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--json", "as JSON", false)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky tenants . --context prod"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/tenants.ts")).tenantsVerb(path, options, io));
    });
  program
    .command("doctor")
    .description("what this machine has, and what a server promises")
    .addOption(nats())
    .addOption(creds())
    .option("--json", "as JSON", false)
    .addHelpText("after", examples("vrsky doctor", "vrsky doctor --nats nats://127.0.0.1:4222"))
    .action(async (options) => {
      done(await (await import("./verbs/doctor.ts")).doctorVerb(options, io));
    });
}
