// The command line of what changes a cluster: plan, apply, history, rollback, destroy.

import { type Command, Option } from "commander";
import {
  context,
  creds,
  duration,
  examples,
  force,
  nats,
  noCache,
  positive,
  prune,
  type Shared,
  workspace,
} from "./options.ts";

export function addDeployCommands(program: Command, { io, done }: Shared): void {
  program
    .command("plan")
    .description("show what apply would change, and what that does to messages")
    .addArgument(workspace())
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .addOption(
      new Option("--format <format>", "form of the plan").choices(["text", "json", "markdown"]).default("text"),
    )
    .option("--json", "short for --format json", false)
    .option("--detailed-exitcode", "exit 2 when there are changes", false)
    .option("--out <file>", "keep the plan, for apply --plan")
    .option("--at-once <name...>", "what these want runs everything at once, whatever their rollout says", [])
    .option("--retry-rollout <name...>", "try a canary that was rolled back once more", [])
    .option("--replay <count>", "the last messages through what runs and what would run: what differs", positive)
    .option("--replay-of <integration...>", "with --replay: these, whether the plan changes them or not")
    .addOption(
      new Option("--replay-fail-on <what>", "with --replay: exit 1 when any message differs, or would be dead").choices(
        ["any", "dead"],
      ),
    )
    .option("--replay-answers <file>", "with --replay: what calls answer, by name; without it they end the comparison")
    .option("--replay-time <duration>", "with --replay: all that it may take; 10m unless told", duration)
    .option("--values", "with --replay: the values that differ, which are people's data", false)
    .addOption(prune())
    .addOption(noCache())
    .addHelpText(
      "after",
      examples(
        "vrsky plan . --context prod",
        "vrsky plan . --nats nats://127.0.0.1:4222 --json",
        "vrsky plan . --context prod --replay 1000",
      ),
    )
    .action(async (path: string, options) => {
      done(await (await import("./verbs/plan.ts")).planVerb(path, options, io));
    });
  program
    .command("apply")
    .description("make the cluster what the workspace says")
    .addArgument(workspace())
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--json", "the applied plan as JSON", false)
    .option("--allow-data-loss <name...>", "lose the unread messages of these", [])
    .option("--plan <file>", "make exactly the changes of this plan, or none")
    .option("--at-once <name...>", "what these want runs everything at once, whatever their rollout says", [])
    .option("--retry-rollout <name...>", "try a canary that was rolled back once more", [])
    .option("--watch", "follow the git checkout's upstream branch, and apply what is pushed there", false)
    .option("--every <duration>", "with --watch: between two looks", "30s")
    .option("--once", "with --watch: one look, for cron", false)
    .option("--status-file <file>", "with --watch: the last result as JSON")
    .addOption(prune())
    .addOption(force())
    .addOption(noCache())
    .addHelpText(
      "after",
      examples(
        "vrsky apply . --context prod",
        "vrsky apply . --plan plan.json --prune",
        "vrsky apply /srv/flows --context prod --watch --every 1m --status-file /run/vrsky/status.json",
      ),
    )
    .action(async (path: string, options) => {
      done(
        options.watch || options.once
          ? await (await import("./verbs/apply-watch.ts")).applyWatch(path, options, io)
          : await (await import("./verbs/plan.ts")).applyVerb(path, options, io),
      );
    });
  program
    .command("history")
    .description("what was applied, by whom and when")
    .addArgument(workspace())
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--audit", "every record of the audit stream", false)
    .option("--json", "as JSON", false)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky history . --context prod", "vrsky history . --audit --json"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/history.ts")).historyVerb(path, options, io));
    });
  program
    .command("rollback")
    .description("apply an earlier revision again")
    .addArgument(workspace())
    .requiredOption("--to <revision>", "number of the revision; `vrsky history` lists them", positive)
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--dry-run", "show the plan and change nothing", false)
    .option("--allow-data-loss <name...>", "lose the unread messages of these", [])
    .addOption(prune())
    .addOption(force())
    .option("--json", "the applied plan as JSON", false)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky rollback . --to 12 --dry-run", "vrsky rollback . --to 12 --context prod"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/rollback.ts")).rollbackVerb(path, options, io));
    });
  program
    .command("destroy")
    .description("remove everything that the workspace has on the cluster")
    .addArgument(workspace())
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--yes", "do it; without it the plan is shown", false)
    .option("--allow-data-loss <name...>", "lose the unread messages of these", [])
    .addOption(force())
    .option("--json", "the plan as JSON", false)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky destroy . --context staging", "vrsky destroy . --context staging --yes"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/destroy.ts")).destroyVerb(path, options, io));
    });
}
