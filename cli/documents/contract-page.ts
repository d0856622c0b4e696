// The page of a contract: its fields, who writes and who reads it, and the schema itself.

import { allSteps } from "../../compiler/3-resolve/integration.ts";
import type { Contract, Integration } from "../../compiler/integration.ts";
import type { JsonSchema } from "../../schema/json.ts";
import { fullName, integrationsOf, type Survey } from "../picture/survey.ts";
import { fieldTable } from "./fields.ts";
import { block, link, page, words } from "./markdown.ts";

export function contractPage(name: string, schema: JsonSchema, survey: Survey): string {
  const { readers, writers } = usersOf(name, survey);
  const list = (all: readonly string[]): string =>
    all.length === 0 ? "nobody" : all.map((each) => link(words(each), `../${each}.md`)).join(", ");
  const { title, description } = schema;
  return page([
    `# ${words(name)}`,
    "",
    typeof title === "string" ? words(title) : "",
    "",
    typeof description === "string" ? words(description) : "",
    "",
    ...fieldTable(schema, (other) => `${other}.md`),
    "",
    `- Read by: ${list(readers)}`,
    `- Written by: ${list(writers)}`,
    "",
    "## Schema",
    ...block("json", JSON.stringify(schema, undefined, 2)),
  ]);
}

/** Whoever takes it in or asks for it reads it; whoever makes or sends it writes it. */
export function usersOf(
  name: string,
  { workspace }: Survey,
): { readonly readers: readonly string[]; readonly writers: readonly string[] } {
  const is = (contract: Contract | undefined): boolean => contract?.name === name && contract.inline !== true;
  const reads = ({ sources, steps, targets }: Integration): boolean =>
    sources.some(({ contract, stream }) => is(contract ?? stream?.contract)) ||
    allSteps([...sources, { steps }, ...targets]).some(
      (step) => (step.kind === "call" || step.kind === "validate" || step.kind === "script") && is(step.contract),
    );
  const writes = ({ sources, steps, targets }: Integration): boolean =>
    targets.some(({ contract, stream, table }) => is(contract) || is(stream?.contract) || is(table?.contract)) ||
    allSteps([...sources, { steps }, ...targets]).some((step) => step.kind === "map" && is(step.contract));
  const all = integrationsOf(workspace);
  return { readers: all.filter(reads).map(fullName), writers: all.filter(writes).map(fullName) };
}
