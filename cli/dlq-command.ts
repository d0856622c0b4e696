// The command line of `vrsky dlq`.

import { type Command, Option } from "commander";
import { context, creds, examples, nats, noCache, positive, rate, type Shared, time } from "./options.ts";

export function addDlqCommand(program: Command, { io, done }: Shared): void {
  const dlq = program.command("dlq").description("dead letters: messages that could not be delivered");
  const verb = (name: string, description: string, workspace = "<workspace>"): Command =>
    dlq
      .command(name)
      .description(description)
      .argument(workspace, "workspace or compiled folder", workspace.startsWith("[") ? "." : undefined)
      .addOption(context())
      .addOption(nats())
      .addOption(creds())
      .option("--tenant <name>", "of this tenant")
      .option("--integration <name>", "of this integration")
      .option("--target <name>", "of this target")
      .addOption(noCache());
  const filtered = (command: Command): Command =>
    command
      .addOption(new Option("--class <class>", "that died of this").choices(classes))
      .option("--since <time>", "put there since then: 1h, 7d, or an ISO date", time)
      .option("--until <time>", "put there until then", time)
      .option("--id <prefix>", "whose message id begins so")
      .option("--error <text>", "whose error has this text in it")
      .option("--bundle <hash>", "last run by this bundle; the beginning of its hash is enough");

  filtered(verb("list", "list dead letters, oldest first", "[workspace]"))
    .option("--limit <n>", "at most", positive, 50)
    .option("--after <sequence>", "go on behind this one, of one tenant", positive)
    .option("--summary", "how many died of the same thing, instead of each of them", false)
    .option("--json", "as JSON", false)
    .addHelpText(
      "after",
      examples(
        "vrsky dlq list . --context prod --since 1h",
        "vrsky dlq list . --tenant acme --class invalid --summary",
      ),
    )
    .action(async (path: string, options) => {
      done(await (await import("./verbs/dlq/list.ts")).dlqList(path, options, io));
    });
  verb("show", "one dead letter: what died where, and what it was")
    .argument("<id>", "message id or its hash")
    .option("--body", "nothing but the original bytes", false)
    .option("--content", "nothing but the bytes beside the message (`format: blob`)", false)
    .option("--json", "as JSON", false)
    .addHelpText(
      "after",
      examples(
        "vrsky dlq show . order-17 --context prod",
        "vrsky dlq show . order-17 --target crm --body > order.json",
      ),
    )
    .action(async (path: string, id: string, options) => {
      done(await (await import("./verbs/dlq/show.ts")).dlqShow(path, id, options, io));
    });
  filtered(verb("redrive", "give dead letters another try, by the bundle that is deployed now"))
    .argument("[ids...]", "message ids or their hashes")
    .option("--all", "all that the filters leave", false)
    .option("--limit <n>", "at most", positive)
    .option("--rate <rate>", "not faster than: 10/s, 600/m", rate)
    .option("--patch <file>", "change the body first: a JSON Merge Patch (RFC 7386); - is standard input")
    .option("--body <file>", "another body, for one letter; - is standard input")
    .option("--dry-run", "say what would be done", false)
    .option("--json", "as JSON", false)
    .addHelpText(
      "after",
      `
It is at least once, as every delivery: a target that may have had the message may get it again.
With \`order-by\`, what is redriven comes behind what has passed since.
${examples(
  "vrsky dlq redrive . order-17 --context prod",
  "vrsky dlq redrive . --all --integration orders --class unavailable --rate 10/s",
  `echo '{ "country": "SE" }' | vrsky dlq redrive . order-17 --patch -`,
)}`,
    )
    .action(async (path: string, ids: readonly string[], options) => {
      done(await (await import("./verbs/dlq/redrive.ts")).dlqRedrive(path, ids, options, io));
    });
  filtered(verb("purge", "throw dead letters away, for good"))
    .argument("[ids...]", "message ids or their hashes")
    .option("--all", "all of them", false)
    .option("--limit <n>", "at most", positive)
    .option("--yes", "without asking", false)
    .option("--json", "as JSON", false)
    .addHelpText(
      "after",
      examples("vrsky dlq purge . order-17", "vrsky dlq purge . --integration orders --until 30d --yes"),
    )
    .action(async (path: string, ids: readonly string[], options) => {
      done(await (await import("./verbs/dlq/purge.ts")).dlqPurge(path, ids, options, io));
    });
}

const classes = ["invalid", "not-found", "rejected", "unavailable"] as const;
