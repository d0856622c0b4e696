// The command line of `vrsky keys`.

import { type Command, Option } from "commander";
import { context, examples, nats, type Shared } from "./options.ts";

const role = (): Option =>
  new Option("--role <role>", "what the users may do: a worker's work, or everything")
    .choices(["worker", "control"])
    .default("worker");

export function addKeysCommand(program: Command, { io, done }: Shared): void {
  const keys = program.command("keys").description("operator mode: keys, credentials, the server's configuration");
  const verb = (name: string, description: string, workspace = "[workspace]"): Command =>
    keys
      .command(name)
      .description(description)
      .argument(workspace, "workspace or compiled folder", workspace.startsWith("[") ? "." : undefined)
      .addOption(context())
      .option("--store <dir>", "folder of the keys, instead of the context's `keys`");

  verb("init", "make a key store, or add keys for tenants that are new")
    .addHelpText("after", examples("vrsky keys init . --context prod"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/keys/init.ts")).keysInit(path, options, io));
    });
  verb("server", "write server.conf of a nats-server that trusts these keys")
    .requiredOption("--out <dir>", "folder of server.conf")
    .option("--memory", "all accounts stand in the file and none can be changed while it runs", false)
    .addHelpText("after", examples("vrsky keys server . --context prod --out nats"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/keys/init.ts")).keysServer(path, options, io));
    });
  verb("list", "public keys with role and age, and who was given credentials")
    .option("--json", "as JSON", false)
    .addHelpText("after", examples("vrsky keys list . --context prod", "vrsky keys list . --json"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/keys/list.ts")).keysList(path, options, io));
    });
  verb("creds", "give credentials: a .creds file of its owner alone")
    .requiredOption("--tenant <name>", "tenant, or PLATFORM or SYS")
    .addOption(role())
    .option("--name <name>", "whose they are (default: TENANT-ROLE)")
    .option("--expires <time>", "for how long they are good, such as 90d (default: for ever)")
    .requiredOption("--out <file>", "file to write")
    .addHelpText(
      "after",
      examples("vrsky keys creds . --context prod --tenant acme --expires 90d --out creds/acme.creds"),
    )
    .action(async (path: string, options) => {
      done(await (await import("./verbs/keys/change.ts")).keysCreds(path, options, io));
    });
  verb("rotate", "exchange the key that signs credentials: a new one beside the old, then --finish")
    .addOption(nats())
    .option("--tenant <name>", "tenant whose users it signs, or PLATFORM or SYS")
    .option("--bundles", "instead: the key that signs bundles", false)
    .addOption(role())
    .option("--finish", "refuse from now on what older keys have signed", false)
    .option("--force", "with --finish: lock out who is still connected with it", false)
    .addHelpText("after", examples("vrsky keys rotate . --tenant acme", "vrsky keys rotate . --tenant acme --finish"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/keys/change.ts")).keysRotate(path, options, io));
    });
  verb("revoke", "take credentials back, at once", "<workspace>")
    .argument("[users...]", "public keys, from `keys list`")
    .addOption(nats())
    .requiredOption("--tenant <name>", "tenant, or PLATFORM or SYS")
    .option("--all", "everything that was issued until now", false)
    .addHelpText(
      "after",
      examples("vrsky keys revoke . --tenant acme UABC…", "vrsky keys revoke . --tenant acme --all"),
    )
    .action(async (path: string, users: readonly string[], options) => {
      done(await (await import("./verbs/keys/change.ts")).keysRevoke(path, users, options, io));
    });
  verb("export", "all seeds as one JSON text, for a variable of a CI")
    .requiredOption("--out <file>", "file to write, of its owner alone")
    .addHelpText("after", examples("vrsky keys export . --context prod --out /dev/shm/keys"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/keys/init.ts")).keysExport(path, options, io));
    });
}
