// The command line of what looks at the text alone: validate, explain, compile.

import { type Command, Option } from "commander";
import { examples, format, noCache, type Shared, specs } from "./options.ts";

export function addCheckCommands(program: Command, { io, done }: Shared): void {
  program
    .command("validate")
    .description("check every spec and report every finding")
    .addArgument(specs())
    .addOption(format())
    .addOption(noCache())
    .option("--json", "short for --format json")
    .option("--all", "every finding, not the first 20", false)
    .option("--fix", "mend what is certain", false)
    .option("--diff", "with --fix: show it and change nothing", false)
    .addHelpText("after", examples("vrsky validate .", "vrsky validate . --fix", "vrsky validate . --format github"))
    .action(async (path: string, options) => {
      const { validate } = await import("./verbs/validate.ts");
      done(validate(path, { ...options, format: options.json === true ? "json" : options.format }, io));
    });
  program
    .command("breaking")
    .description("what others relied on at a commit and would not get any more")
    .addArgument(specs())
    .requiredOption("--against <ref>", "branch, tag or commit of the git repository")
    .option("--allow <category...>", "let these pass, such as field-optional", [])
    .addOption(
      new Option("--format <format>", "form of the findings")
        .choices(["text", "json", "github", "markdown"])
        .default("text"),
    )
    .option("--json", "short for --format json")
    .addHelpText(
      "after",
      examples(
        "vrsky breaking . --against origin/main",
        "vrsky breaking . --against v1.4.0 --allow target-moved",
        "vrsky breaking . --against origin/main --format github",
      ),
    )
    .action(async (path: string, options) => {
      const { breakingVerb } = await import("./verbs/breaking.ts");
      done(breakingVerb(path, { ...options, format: options.json === true ? "json" : options.format }, io));
    });
  program
    .command("explain")
    .description("tell what a code means, or what type stands at a place")
    .argument("<subject>", "a code, or file:line:column")
    .option("--json", "as JSON", false)
    .addHelpText("after", examples("vrsky explain VRS4002", "vrsky explain tenants/acme/orders.yaml:12:9"))
    .action(async (subject: string, options) => {
      done((await import("./verbs/explain.ts")).explain(subject, options, io));
    });
  program
    .command("compile")
    .description("write bundles, topology and manifest")
    .addArgument(specs())
    .option("--out <dir>", "output folder", "generated")
    .option("--check", "write nothing; exit 1 when the output is stale", false)
    .addOption(format())
    .addOption(noCache())
    .option("--json", "short for --format json")
    .addHelpText("after", examples("vrsky compile . --out generated", "vrsky compile . --out generated --check"))
    .action(async (path: string, options) => {
      const { compileVerb } = await import("./verbs/compile.ts");
      done(compileVerb(path, { ...options, format: options.json === true ? "json" : options.format }, io));
    });
}
