// vrsky: the front door. Each verb is loaded when it is asked for, so that the rest costs nothing at start.

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { addConnectorsCommand } from "./connectors-command.ts";
import { addDlqCommand } from "./dlq-command.ts";
import { type ExitCode, exit } from "./exit.ts";
import { processIo } from "./io.ts";
import { addKeysCommand } from "./keys-command.ts";
import { addSourceCommand } from "./source-command.ts";
import { addWatchCommands } from "./watch-command.ts";

const io = processIo();
const context = (): Option => new Option("--context <name>", "context of the workspace");
const nats = (): Option =>
  new Option("--nats <url>", "NATS servers, instead of the context's; dev: that of a running vrsky dev");
const creds = (): Option =>
  new Option("--creds <path>", "credentials: JSON by tenant, a NATS .creds file, or a folder of TENANT.creds");
const allowNetwork = (unless: string): Option =>
  new Option(
    "--allow-network <network...>",
    "what may be connected to beside public addresses: loopback, private, an address, a CIDR block; tenant=… for one",
  ).default([], unless);
const noCache = (): Option => new Option("--no-cache", "take nothing from earlier runs, and keep nothing");
const prune = (): Option =>
  new Option("--prune", "remove integrations and tenants that the workspace no longer has").default(false);
const force = (): Option =>
  new Option("--force", "take the lease of an apply that is dead, forget a journal that is damaged").default(false);
const format = (): Option =>
  new Option("--format <format>", "form of the findings").choices(["text", "json", "github", "sarif"]).default("text");

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError("a port is a number from 0 to 65535.");
  return value;
}

function revision(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("a revision is a number from 1.");
  return value;
}

async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exit.ok;
  const program = new Command("vrsky")
    .description("Integrations as code on NATS.")
    .version(packageJson.version)
    .exitOverride();
  program.configureOutput({ writeErr: io.err, writeOut: io.out });
  const examples = (...lines: readonly string[]): string =>
    `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}\n`;

  program
    .command("validate")
    .description("check every spec and report every finding")
    .argument("<workspace>", "folder with vrsky.yaml")
    .addOption(format())
    .addOption(noCache())
    .option("--json", "short for --format json")
    .option("--all", "every finding, not the first 20", false)
    .option("--fix", "mend what is certain", false)
    .option("--diff", "with --fix: show it and change nothing", false)
    .addHelpText("after", examples("vrsky validate .", "vrsky validate . --fix", "vrsky validate . --format github"))
    .action(async (path: string, options) => {
      const { validate } = await import("./verbs/validate.ts");
      code = validate(path, { ...options, format: options.json === true ? "json" : options.format }, io);
    });
  program
    .command("compile")
    .description("write bundles, topology and manifest")
    .argument("<workspace>", "folder with vrsky.yaml")
    .option("--out <dir>", "output folder", "generated")
    .option("--check", "write nothing; exit 1 when the output is stale", false)
    .addOption(format())
    .addOption(noCache())
    .option("--json", "short for --format json")
    .addHelpText("after", examples("vrsky compile . --out generated", "vrsky compile . --out generated --check"))
    .action(async (path: string, options) => {
      const { compileVerb } = await import("./verbs/compile.ts");
      code = compileVerb(path, { ...options, format: options.json === true ? "json" : options.format }, io);
    });
  program
    .command("explain")
    .description("tell what a code means, or what type stands at a place")
    .argument("<subject>", "a code, or file:line:column")
    .option("--json", "as JSON", false)
    .addHelpText("after", examples("vrsky explain VRS4002", "vrsky explain tenants/acme/orders.yaml:12:9"))
    .action(async (subject: string, options) => {
      code = (await import("./verbs/explain.ts")).explain(subject, options, io);
    });
  program
    .command("schema")
    .description("JSON Schemas for editors, with the names of this workspace")
    .argument("[workspace]", "folder with vrsky.yaml", ".")
    .option("--write", "write them to .vrsky/schemas", false)
    .option("--check", "write nothing; exit 1 when they are stale", false)
    .option("--json", "print them", false)
    .addHelpText("after", examples("vrsky schema --write", "vrsky schema . --check"))
    .action(async (path: string, options) => {
      code = (await import("./verbs/schema.ts")).schemaVerb(path, options, io);
    });
  const inferring = (command: Command): Command =>
    command
      .argument("[files...]", "files of JSON, or of JSON lines; none: standard input")
      .option("--short", "the short form instead of JSON Schema", false)
      .option("--each", "the samples are the items of a list", false)
      .option("--out <file>", "write it there, such as contracts/order@1.json")
      .option("--force", "replace the file", false)
      .addHelpText("after", examples("vrsky contract infer samples/*.json --out contracts/order@1.json"))
      .action(async (files: readonly string[], options) => {
        code = (await import("./verbs/infer.ts")).inferVerb(files, options, io);
      });
  const contract = program.command("contract").description("contracts of messages");
  inferring(contract.command("infer").description("write a contract from sample messages"));
  inferring(program.command("infer").description("short for contract infer"));
  program
    .command("import")
    .description("write connections and contracts from what is there")
    .command("postgres")
    .description("tables of a PostgreSQL database: a contract for each, and the connection that declares them")
    .argument("[workspace]", "folder with vrsky.yaml", ".")
    .requiredOption("--url-env <name>", "environment variable that holds the database's URL")
    .requiredOption("--tenant <name>", "whose connection it is")
    .option("--tables <names>", "with commas between, such as orders,sales.lines; none: all of schema public")
    .option("--connection <name>", "name of the connection; the database's unless told")
    .option("--force", "replace files that were edited by hand", false)
    .option("--check", "write nothing; exit 1 when the tables are no more as they were imported", false)
    .addHelpText(
      "after",
      examples(
        "vrsky import postgres . --url-env SHOP_URL --tenant acme --tables orders,customers",
        "vrsky import postgres . --url-env SHOP_URL --tenant acme --check",
      ),
    )
    .action(async (path: string, options) => {
      code = await (await import("./verbs/import-postgres.ts")).importPostgres(path, options, io);
    });
  program
    .command("plan")
    .description("show what apply would change, and what that does to messages")
    .argument("<workspace>", "workspace or compiled folder")
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .addOption(
      new Option("--format <format>", "form of the plan").choices(["text", "json", "markdown"]).default("text"),
    )
    .option("--json", "short for --format json", false)
    .option("--detailed-exitcode", "exit 2 when there are changes", false)
    .option("--out <file>", "keep the plan, for apply --plan")
    .addOption(prune())
    .addOption(noCache())
    .addHelpText("after", examples("vrsky plan . --context prod", "vrsky plan . --nats nats://127.0.0.1:4222 --json"))
    .action(async (path: string, options) => {
      code = await (await import("./verbs/plan.ts")).planVerb(path, options, io);
    });
  program
    .command("apply")
    .description("make the cluster what the workspace says")
    .argument("<workspace>", "workspace or compiled folder")
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--json", "the applied plan as JSON", false)
    .option("--allow-data-loss <name...>", "lose the unread messages of these", [])
    .option("--plan <file>", "make exactly the changes of this plan, or none")
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
      code =
        options.watch || options.once
          ? await (await import("./verbs/apply-watch.ts")).applyWatch(path, options, io)
          : await (await import("./verbs/plan.ts")).applyVerb(path, options, io);
    });
  program
    .command("tenants")
    .description("what each tenant holds, may use and is granted")
    .argument("<workspace>", "workspace or compiled folder")
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--json", "as JSON", false)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky tenants . --context prod"))
    .action(async (path: string, options) => {
      code = await (await import("./verbs/tenants.ts")).tenantsVerb(path, options, io);
    });
  program
    .command("history")
    .description("what was applied, by whom and when")
    .argument("<workspace>", "workspace or compiled folder")
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--audit", "every record of the audit stream", false)
    .option("--json", "as JSON", false)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky history . --context prod", "vrsky history . --audit --json"))
    .action(async (path: string, options) => {
      code = await (await import("./verbs/history.ts")).historyVerb(path, options, io);
    });
  program
    .command("rollback")
    .description("apply an earlier revision again")
    .argument("<workspace>", "workspace or compiled folder")
    .requiredOption("--to <revision>", "number of the revision; `vrsky history` lists them", revision)
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
      code = await (await import("./verbs/rollback.ts")).rollbackVerb(path, options, io);
    });
  program
    .command("destroy")
    .description("remove everything that the workspace has on the cluster")
    .argument("<workspace>", "workspace or compiled folder")
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
      code = await (await import("./verbs/destroy.ts")).destroyVerb(path, options, io);
    });
  program
    .command("run")
    .description("run a worker of what is deployed, now and after each apply, until it is told to stop")
    .argument("<workspace>", "workspace or compiled folder")
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--http-port <port>", "port of the webhooks", port, 8080)
    .option("--host <address>", "address that webhooks and metrics listen on", "0.0.0.0")
    .option("--data-dir <dir>", "root of the file connector; {tenant} in it: one for each", "data")
    .addOption(allowNetwork("none"))
    .option("--metrics-port <port>", "port of /metrics, /healthz, /readyz", port)
    .option("--local", "run the folder's own bundles, whatever is deployed", false)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky run generated --context prod --metrics-port 9100", "vrsky run . --local"))
    .action(async (path: string, options) => {
      code = await (await import("./verbs/run.ts")).runVerb(path, options, io);
    });
  program
    .command("dev")
    .description("the local loop: embedded NATS, compile, apply, run, watch")
    .argument("<workspace>", "folder with vrsky.yaml")
    .option("--http-port <port>", "port of the webhooks", port, 8080)
    .option("--data-dir <dir>", "root of the file connector (default: WORKSPACE/.vrsky/data)")
    .addOption(allowNetwork("loopback private"))
    .option("--metrics-port <port>", "port of /metrics, /healthz, /readyz", port)
    .addHelpText("after", examples("vrsky dev .", "vrsky dev examples --http-port 9000"))
    .action(async (path: string, options) => {
      code = await (await import("./verbs/dev.ts")).devVerb(path, options, io);
    });
  program
    .command("doctor")
    .description("what this machine has, and what a server promises")
    .addOption(nats())
    .addOption(creds())
    .option("--json", "as JSON", false)
    .addHelpText("after", examples("vrsky doctor", "vrsky doctor --nats nats://127.0.0.1:4222"))
    .action(async (options) => {
      code = await (await import("./verbs/doctor.ts")).doctorVerb(options, io);
    });
  const done = (result: ExitCode): void => {
    code = result;
  };
  addDlqCommand(program, { io, context, nats, creds, noCache, examples, done });
  addSourceCommand(program, { io, context, nats, creds, noCache, examples, done });
  addConnectorsCommand(program, { io, examples, done });
  addKeysCommand(program, { io, context, nats, examples, done });
  addWatchCommands(program, { io, context, nats, creds, noCache, examples, done });

  try {
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exit.ok : exit.usage;
  }
}

try {
  process.exitCode = await main(process.argv);
} catch (error) {
  const line = error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : String(error);
  io.err(
    `bug in VRSky: ${line}\n  Please report it${process.env.VRSKY_DEBUG === undefined ? "; VRSKY_DEBUG=1 shows where." : `:\n${error instanceof Error ? error.stack : ""}`}\n`,
  );
  process.exitCode = exit.bug;
}
