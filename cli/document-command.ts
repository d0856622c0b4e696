// The command line of what shows a workspace to people: pictures and documents.

import { type Command, Option } from "commander";
import { examples, type Shared, specs } from "./options.ts";

export function addDocumentCommands(program: Command, { io, done }: Shared): void {
  program
    .command("graph")
    .description("draw the workspace, or integrations step by step")
    .addArgument(specs())
    .option("--integration <name...>", "the steps of these: tenant/name, or name")
    .option("--tenant <name...>", "only what these own")
    .addOption(
      new Option("--format <format>", "form of the picture; svg unless told").choices([
        "svg",
        "mermaid",
        "dot",
        "json",
      ]),
    )
    .option("--out <file>", "write it there; the ending says the form: .svg, .mmd, .dot, .json")
    .addHelpText(
      "after",
      examples("vrsky graph . --out workspace.svg", "vrsky graph . --integration acme/orders --format json"),
    )
    .action(async (path: string, options) => {
      done((await import("./verbs/graph.ts")).graphVerb(path, options, io));
    });
  program
    .command("docs")
    .description("write the workspace as Markdown with pictures, and as an AsyncAPI document")
    .addArgument(specs())
    .option("--out <dir>", "folder of the documents", "docs/integrations")
    .option("--check", "write nothing; exit 1 when the documents are stale", false)
    .option("--asyncapi <file>", "only the AsyncAPI document, as .yaml or .json")
    .addHelpText("after", examples("vrsky docs .", "vrsky docs . --check", "vrsky docs . --asyncapi asyncapi.json"))
    .action(async (path: string, options) => {
      done((await import("./verbs/docs.ts")).docsVerb(path, options, io));
    });
}
