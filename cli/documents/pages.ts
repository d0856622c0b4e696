// All documents of a workspace, by path: an index, a page and a picture for each integration, a page for each contract,
// and the AsyncAPI document.

import { stringify } from "yaml";
import type { Integration } from "../../compiler/integration.ts";
import { integrationsGraph } from "../picture/detail.ts";
import { workspaceGraph } from "../picture/overview.ts";
import { fullName, integrationsOf, type Survey } from "../picture/survey.ts";
import { svg } from "../picture/svg.ts";
import { asyncApi } from "./asyncapi.ts";
import { contractPage } from "./contract-page.ts";
import { indexPage } from "./index-page.ts";
import { integrationPage } from "./integration-page.ts";

/** `toWorkspace`: from the folder of the documents to that of the workspace. */
export function documents(survey: Survey, toWorkspace: string): ReadonlyMap<string, string> {
  const { workspace, contracts } = survey;
  const files = new Map<string, string>([
    ["README.md", indexPage(survey)],
    ["workspace.svg", svg(workspaceGraph(survey))],
    ["asyncapi.yaml", asyncApiText(survey, "yaml")],
  ]);
  const bundles = new Map(survey.bundles().map(({ bundle }) => [`${bundle.tenant}/${bundle.integration}`, bundle]));
  const add = (integration: Integration): void => {
    const name = fullName(integration);
    const bundle = bundles.get(name);
    if (bundle === undefined) return;
    files.set(`${name}.md`, integrationPage(integration, bundle, { survey, toWorkspace: `../${toWorkspace}` }));
    files.set(`${name}.svg`, svg(integrationsGraph([integration], survey)));
  };
  integrationsOf(workspace).forEach(add);
  for (const [name, schema] of contracts) files.set(`contracts/${name}.md`, contractPage(name, schema, survey));
  return files;
}

export function asyncApiText(survey: Survey, form: "yaml" | "json"): string {
  const document = asyncApi(survey);
  // Without anchors: the same part may stand in it twice.
  return form === "json"
    ? `${JSON.stringify(document, undefined, 2)}\n`
    : stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 });
}
