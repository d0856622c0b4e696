// The command line of who writes specs: contracts, and what is taken over from elsewhere.

import type { Command } from "commander";
import { examples, type Shared, specs } from "./options.ts";

export function addAuthorCommands(program: Command, { io, done }: Shared): void {
  program
    .command("init")
    .description("a new workspace that works: webhook, typed map, file, and their cases")
    .argument("[folder]", "new or not; what is there is never written over", ".")
    .addHelpText("after", examples("vrsky init my-flows"))
    .action(async (path: string) => {
      done((await import("./verbs/init.ts")).initVerb(path, io));
    });
  program
    .command("fmt")
    .description("write the specs as they should be; mend what YAML cuts")
    .argument("[paths...]", "files and folders; none: the workspace here; - is standard input")
    .option("--check", "write nothing; exit 1 when a file would change", false)
    .option("--diff", "write nothing; show the lines that would change", false)
    .option("--json", "as JSON", false)
    .addHelpText(
      "after",
      examples("vrsky fmt", "vrsky fmt tenants/acme --diff", "vrsky fmt - < tenants/acme/orders.yaml"),
    )
    .action(async (paths: readonly string[], options) => {
      done(await (await import("./verbs/fmt.ts")).fmtVerb(paths, options, io));
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
        done((await import("./verbs/infer.ts")).inferVerb(files, options, io));
      });
  const contract = program.command("contract").description("contracts of messages");
  inferring(contract.command("infer").description("write a contract from sample messages"));
  inferring(program.command("infer").description("short for contract infer"));
  program
    .command("import")
    .description("write connections and contracts from what is there")
    .command("postgres")
    .description("tables of a PostgreSQL database: a contract for each, and the connection that declares them")
    .addArgument(specs())
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
      done(await (await import("./verbs/import-postgres.ts")).importPostgres(path, options, io));
    });
}
