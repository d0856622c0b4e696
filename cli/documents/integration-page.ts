// The page of one integration: what it does, how to send to it, what happens to a message, what it needs.

import { printShort } from "../../compiler/contract/print-short.ts";
import type { Contract, Integration, Source, Target } from "../../compiler/integration.ts";
import type { Bundle } from "../../schema/bundle.ts";
import { isJsonObject } from "../../schema/json.ts";
import { durationText, sizeText } from "../../schema/units.ts";
import { curl } from "../curl.ts";
import { limitText } from "../picture/detail.ts";
import { addressText, connectorText, guardText, placeOf, plainText, settingOf, valueText } from "../picture/spoken.ts";
import { fullName, neighbours, type Survey, usesOf } from "../picture/survey.ts";
import { fieldTable } from "./fields.ts";
import { block, code, link, page, table, words } from "./markdown.ts";
import { errors, stepList } from "./step-words.ts";

export interface PageContext {
  readonly survey: Survey;
  /** From the page's folder to the workspace: `../../..`. */
  readonly toWorkspace: string;
}

const contractPage = (name: string): string => `../contracts/${name}.md`;
type ContractLink = (name: string) => string;
const integrationLink = (name: string): string => link(words(name), `../${name}.md`);

export function integrationPage(
  integration: Integration,
  bundle: Bundle,
  { survey, toWorkspace }: PageContext,
): string {
  const { name, description, labels, paused, sources, steps, targets, route, reply, orderBy, site } = integration;
  const { file, line } = placeOf(site);
  // What a connector gives by itself has a contract without a page.
  const contractLink: ContractLink = (contract) =>
    survey.contracts.has(contract) ? link(words(contract), contractPage(contract)) : words(contract);
  const tags = Object.entries(labels ?? {}).map(([key, value]) => code(`${key}: ${value}`));
  return page([
    `# ${words(fullName(integration))}`,
    "",
    description === undefined ? "" : words(description),
    "",
    ...(paused ? ["It is paused: it takes in no messages.", ""] : []),
    ...(integration.ephemeral ? ["It is ephemeral: messages pass at most once and are stored nowhere.", ""] : []),
    `Written in ${link(code(`${file}:${line}`), `${toWorkspace}/${file}`)}.${tags.length === 0 ? "" : ` Labels: ${tags.join(", ")}.`}`,
    "",
    `![What happens to a message](${encodeURIComponent(name)}.svg)`,
    "",
    sources.length === 1 ? "## Source" : "## Sources",
    ...sources.flatMap((source) => sourceWords(source, integration, bundle, contractLink)),
    ...(orderBy === undefined
      ? []
      : ["", `Messages with the same ${code(valueText(orderBy))} are delivered in order, at each target.`]),
    ...(steps.length === 0 ? [] : ["", "## Steps", "", ...stepList(steps, contractLink)]),
    ...(reply === undefined
      ? []
      : [
          "",
          "## Reply",
          "",
          "The caller waits for the steps, and is answered:",
          "",
          ...reply.settings.map(({ key, value }) => `- ${code(key)} = ${code(valueText(value))}`),
        ]),
    ...(route === undefined
      ? []
      : [
          "",
          "## Route",
          "",
          "The first that matches.",
          ...table(
            ["", "when", "to"],
            route.map(({ when, to }, index) => [
              `${index + 1}`,
              when === undefined ? "otherwise" : code(valueText(when)),
              to.length === 0 ? "dropped" : to.map(code).join(", "),
            ]),
          ),
        ]),
    ...(targets.length === 0 ? [] : ["", "## Targets"]),
    ...targets.flatMap((target) => targetWords(target, contractLink)),
    ...needsWords(integration, bundle),
    ...neighbourWords(integration, survey),
  ]);
}

function sourceWords(
  source: Source,
  integration: Integration,
  bundle: Bundle,
  contractLink: ContractLink,
): readonly string[] {
  const { use, poll, contract, messageId, steps, stream, onError, dedupe } = source;
  const shape = contract ?? stream?.contract;
  const every = settingOf(use, "every");
  const address = poll === undefined ? servedAt(use, integration) : addressText(poll.use, "call");
  const asks =
    poll === undefined
      ? ""
      : ` asks ${words(connectorText(poll.use))}${every === undefined ? "" : ` every ${words(plainText(every.value))}`}:`;
  return [
    ...(integration.sources.length > 1 ? ["", `### ${words(source.name)}`] : []),
    "",
    `${words(connectorText(use))}${asks} ${code(address)}`,
    "",
    ...(shape === undefined
      ? ["- Takes anything: there is no contract."]
      : shape.inline === true
        ? []
        : [`- Contract: ${contractLink(shape.name)}`]),
    ...(messageId === undefined
      ? []
      : [
          `- Message id: ${code(valueText(messageId))}${dedupe === undefined ? "" : `, known for ${durationText(dedupe)}`}`,
        ]),
    ...guardWords(use),
    ...errors(onError).map((text) => `- ${text}`),
    ...curlWords(source, integration, bundle),
    ...(shape === undefined ? [] : fieldTable(shape.schema, contractPage)),
    ...(steps.length === 0 ? [] : ["", "Its own steps:", "", ...stepList(steps, contractLink)]),
  ];
}

/** A webhook is below its tenant's name. */
function servedAt(use: Source["use"], { tenant }: Integration): string {
  const address = addressText(use, "source");
  return use.manifest.name === "http" ? address.replace(" /", ` /${tenant}/`) : address;
}

/** How a sender proves itself: the kind, never with what. */
function guardWords(use: Source["use"]): readonly string[] {
  return (use.manifest.source?.guards ?? []).flatMap((guard) => {
    const setting = settingOf(use, guard);
    return setting === undefined
      ? []
      : [`- The sender proves itself by ${words(guard)}: ${words(guardText(setting.value))}.`];
  });
}

function curlWords({ name, use }: Source, { tenant }: Integration, bundle: Bundle): readonly string[] {
  const source = bundle.sources[name];
  if (use.manifest.name !== "http" || source?.address === undefined) return [];
  const url = `http://127.0.0.1:8080/${tenant}${source.address}`;
  const guarded = source.guards === undefined ? "" : ", with the sender's proof added";
  return ["", `To try it against ${code("vrsky dev")}${guarded}:`, ...block("sh", curl(url, source, bundle))];
}

const fates: Readonly<Record<string, string>> = {
  drop: "the message is dropped",
  continue: "it counts as done",
};

function targetWords(target: Target, contractLink: ContractLink): readonly string[] {
  const { name, use, when, steps, contract, stream, retry, limit, batch, onError } = target;
  const shape: Contract | undefined = contract ?? stream?.contract;
  const payload = use.settings.filter(({ bound, key }) => bound === "payload" || key === "text");
  return [
    "",
    `### ${words(name)}`,
    "",
    `${words(connectorText(use))} ${code(addressText(use, "target"))}`,
    "",
    ...(when === undefined ? [] : [`- Only when ${code(valueText(when))}.`]),
    ...(shape === undefined
      ? []
      : [`- Contract: ${shape.inline === true ? code(printShort(shape.schema)) : contractLink(shape.name)}`]),
    ...payload.map(({ key, value }) => `- Sends ${words(key)}: ${code(valueText(value))}`),
    ...(limit === undefined ? [] : [`- At most ${limitText(limit)}.`]),
    ...(batch === undefined
      ? []
      : [
          `- Sends lists of up to ${batch.count} messages, after ${durationText(batch.within)} at the latest${batch.bytes === undefined ? "" : `, of at most ${sizeText(batch.bytes)}`}${batch.by === undefined ? "" : `, each of one ${code(valueText(batch.by))}`}.`,
        ]),
    `- Tries again for ${durationText(retry.for)}${retry.attempts === undefined ? "" : `, ${retry.attempts} times at most`}: the first time within ${durationText(retry.initial)}, later within ${durationText(retry.max)} at most. Then, and where trying again is of no use, it is a dead letter${Object.keys(onError).length === 0 ? "." : ", unless:"}`,
    ...errors(onError, fates).map((text) => `  - ${text}`),
    ...(steps.length === 0 ? [] : ["", "Its own steps:", "", ...stepList(steps, contractLink)]),
  ];
}

function needsWords(integration: Integration, { secrets, settings }: Bundle): readonly string[] {
  const used = usesOf(integration).flatMap(({ connection }) =>
    connection === undefined ? [] : [`${connection.name} (${connection.connector})`],
  );
  const connections = [...new Set(used)].sort();
  const { properties } = integration.settingsSchema;
  const typed = settings.map((name) => {
    const schema = isJsonObject(properties) ? properties[name] : undefined;
    return isJsonObject(schema) ? `${code(name)} (${words(printShort(schema))})` : code(name);
  });
  const rows = [
    ["connections", connections.map(code).join(", ")],
    ["settings", typed.join(", ")],
    ["secrets", secrets.map(code).join(", ")],
  ].filter(([, value]) => value !== "");
  return rows.length === 0 ? [] : ["", "## Needs", ...table(["", "by name"], rows)];
}

function neighbourWords({ sources, targets }: Integration, { workspace }: Survey): readonly string[] {
  const streams = [...sources, ...targets].flatMap(({ stream }) => (stream === undefined ? [] : [stream]));
  const lines = [...new Set(streams)].map((stream) => {
    const { writers, readers } = neighbours(workspace, stream);
    const names = (all: readonly string[]): string =>
      all.length === 0 ? "nobody here" : all.map(integrationLink).join(", ");
    return `- Stream ${code(`${stream.tenant}/${stream.name}`)}: written by ${names(writers)}; read by ${names(readers)}.`;
  });
  return lines.length === 0 ? [] : ["", "## Neighbours", "", ...lines];
}
