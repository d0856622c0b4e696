// The first page: the whole workspace as a picture, every integration by tenant, every contract.

import { printShort } from "../../compiler/contract/print-short.ts";
import type { Integration } from "../../compiler/integration.ts";
import { addressText, arriving, connectorText } from "../picture/spoken.ts";
import { fullName, type Survey } from "../picture/survey.ts";
import { usersOf } from "./contract-page.ts";
import { code, link, page, table, words } from "./markdown.ts";

export function indexPage(survey: Survey): string {
  const { workspace, contracts } = survey;
  return page([
    `# ${words(workspace.name)}`,
    "",
    "![Integrations, the streams between them and the systems around them](workspace.svg)",
    "",
    `What can be sent and received, for machines: ${link("asyncapi.yaml", "asyncapi.yaml")}.`,
    ...workspace.tenants.flatMap(({ name, integrations, streams }) => [
      "",
      ...(integrations.length + streams.length === 0 ? [] : [`## ${words(name)}`]),
      ...(integrations.length === 0 ? [] : integrationTable(integrations)),
      ...(streams.length === 0
        ? []
        : table(
            ["stream", "contract", "for"],
            streams.map(({ name: stream, contract, exportTo }) => [
              code(stream),
              contract === undefined
                ? "any"
                : contract.inline === true
                  ? code(printShort(contract.schema))
                  : link(words(contract.name), `contracts/${contract.name}.md`),
              exportTo.map(words).join(", "),
            ]),
          )),
    ]),
    ...(contracts.size === 0
      ? []
      : [
          "",
          "## Contracts",
          ...table(
            ["contract", "read by", "written by"],
            [...contracts.keys()].sort().map((name) => {
              const { readers, writers } = usersOf(name, survey);
              return [
                link(words(name), `contracts/${name}.md`),
                readers.map(words).join(", "),
                writers.map(words).join(", "),
              ];
            }),
          ),
        ]),
  ]);
}

/** What each does, where somebody said it. */
function integrationTable(integrations: readonly Integration[]): readonly string[] {
  const heads = ["integration", "from", "to", "what it does"];
  const described = integrations.some(({ description }) => description !== undefined);
  const width = described ? heads.length : heads.length - 1;
  return table(
    heads.slice(0, width),
    integrations.map((each) => row(each).slice(0, width)),
  );
}

function row(integration: Integration): readonly string[] {
  const { name, description, sources, targets, reply, paused } = integration;
  const from = sources.map(arriving).map(({ connector, address }) => `${words(connector)} ${code(address)}`);
  const to = targets.map(({ use }) => `${words(connectorText(use))} ${code(addressText(use, "target"))}`);
  return [
    `${link(words(name), `${fullName(integration)}.md`)}${paused ? " (paused)" : ""}`,
    from.join("<br>"),
    [...to, ...(reply === undefined ? [] : ["reply to the caller"])].join("<br>"),
    words(description ?? ""),
  ];
}
