// docs/connectors/<name>.md from the manifests: `npx tsx .ci/connectors-page.ts` writes them, `--check` compares.

import { readdirSync } from "node:fs";
import { manifests } from "../connectors/all.ts";
import { capabilities, capabilitiesOf } from "../schema/capabilities.ts";
import type { Manifest, SourceError, TargetError } from "../schema/connector.ts";
import { isJsonObject, type Json } from "../schema/json.ts";
import { type SettingRow, settingRows } from "../schema/settings-table.ts";
import { written } from "./written.ts";

const command = "npx tsx .ci/connectors-page.ts";

const stability = {
  stable: "**Stable**: what you write changes with the language's version only",
  beta: "**Beta**: what you write may change; the changelog says how",
  experimental: "**Experimental**: it may change or go",
};

/** Nothing in a cell ends it. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const code = (value: Json): string => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text === "" ? "empty" : `\`${cell(text)}\``;
};

function settings(rows: readonly SettingRow[]): readonly string[] {
  const uses = { message: "each message", start: "settings, secrets", constant: "nothing" };
  return [
    "| setting | type | default | may use | |",
    "|---|---|---|---|---|",
    ...rows.map(({ name, type, required, default: unless, when, description, examples }) => {
      const fallback = required ? "**required**" : unless === undefined ? "" : code(unless);
      const shown = examples.length === 0 ? "" : ` Such as ${examples.map(code).join(", ")}.`;
      const key = name === "" ? "(the value)" : `\`${name}\``;
      return `| ${key} | ${cell(type)} | ${fallback} | ${uses[when]} | ${cell(description)}${shown} |`;
    }),
    "",
  ];
}

const sourceWords = {
  refused: "not taken; others are",
  disconnected: "tried again, from 1 s to 30 s apart, until it works",
  halted: "the source halts until somebody has decided",
};
const targetWords = {
  permanent: "dead at once",
  transient: "tried again",
  unknown: "tried again under the same id: it may have been done",
};

function sourceErrors(errors: readonly SourceError[]): readonly string[] {
  if (errors.length === 0) return [];
  return [
    "| when | then |",
    "|---|---|",
    ...errors.map(({ when, result }) => `| ${cell(when)} | ${sourceWords[result]} |`),
    "",
  ];
}

const targetErrors = (errors: readonly TargetError[]): readonly string[] => [
  "| when | the message is | class for `on-error` | codes |",
  "|---|---|---|---|",
  ...errors.map(
    (error) =>
      `| ${cell(error.when)} | ${targetWords[error.result]} | \`${error.class}\` | ${(error.codes ?? []).map(code).join(" ")} |`,
  ),
  "",
];

function metaRows({ source }: Manifest): readonly string[] {
  const entries = [source?.meta, source?.metaWhen?.meta].flatMap((meta) =>
    Object.entries(isJsonObject(meta?.properties) ? meta.properties : {}),
  );
  if (entries.length === 0) return [];
  const lines = entries.map(([name, schema]) => {
    const about = isJsonObject(schema) && typeof schema.description === "string" ? schema.description : "";
    return `- \`meta.${name}\`: ${about}`;
  });
  return ["It adds to `meta`:\n", ...lines, ""];
}

function page(manifest: Manifest): string {
  const { name, title, description, source, target, call, connection, examples } = manifest;
  return [
    `# ${title}: \`${name}\`\n`,
    `${description} This page is written by \`.ci/connectors-page.ts\` from \`connectors/${name}/manifest.ts\`; \`vrsky connectors show ${name}\` says the same.\n`,
    `${stability[manifest.stability]}.\n`,
    ...capabilitiesOf(manifest).map((each) => `- **${each}**: ${capabilities[each]}`),
    "",
    ...examples.flatMap(({ title: shows, spec }) => [`## ${shows}\n`, `\`\`\`yaml\n${spec.join("\n")}\n\`\`\`\n`]),
    ...(source === undefined
      ? []
      : [
          "## As a source\n",
          `${source.delivery}\n`,
          ...sourceErrors(source.errors),
          ...settings(settingRows(manifest, "source")),
          ...metaRows(manifest),
        ]),
    ...(target === undefined
      ? []
      : [
          "## As a target\n",
          `${target.delivery}\n`,
          ...targetErrors(target.errors),
          ...settings(settingRows(manifest, "target")),
        ]),
    ...(call === undefined
      ? []
      : [
          "## As a call\n",
          `${call.delivery}\n`,
          ...targetErrors(call.errors),
          ...settings(settingRows(manifest, "call")),
        ]),
    ...(connection === undefined ? [] : ["## Connection\n", ...settings(settingRows(manifest, "connection"))]),
  ].join("\n");
}

for (const manifest of manifests) written(`docs/connectors/${manifest.name}.md`, page(manifest), command);

const known = new Set(manifests.map(({ name }) => `${name}.md`));
const left = readdirSync(new URL("../docs/connectors/", import.meta.url)).filter((file) => !known.has(file));
if (left.length > 0) {
  process.stderr.write(`docs/connectors/ has pages of no connector: ${left.join(", ")}\n`);
  process.exit(1);
}
