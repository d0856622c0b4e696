// vrsky connectors: what manifests say of the outside systems that specs can name. Nothing is connected to.

import { nearest } from "../../compiler/nearest.ts";
import { manifests } from "../../connectors/all.ts";
import { type Capability, capabilities, capabilitiesOf } from "../../schema/capabilities.ts";
import type { Manifest, SourceError, Stability, TargetError } from "../../schema/connector.ts";
import type { Json } from "../../schema/json.ts";
import { type SettingRow, settingRows } from "../../schema/settings-table.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { type Paint, paint } from "../paint.ts";
import { table } from "../table.ts";

export interface ConnectorsOptions {
  readonly json: boolean;
}

export function connectorsList({ json }: ConnectorsOptions, io: Io): ExitCode {
  const sorted = [...manifests].sort((a, b) => (a.name < b.name ? -1 : 1));
  if (json) {
    const connectors = sorted.map((manifest) => {
      const { name, title, description, stability } = manifest;
      return { name, title, description, stability, capabilities: capabilitiesOf(manifest) };
    });
    io.out(`${JSON.stringify({ connectors }, undefined, 2)}\n`);
    return exit.ok;
  }
  const color = paint(io.colorOut);
  const heads = ["connector", "stability", "can", "description"].map((text) => ({ text }));
  const rows = sorted.map((manifest) => [
    { text: manifest.name, paint: color.cyan },
    { text: manifest.stability, paint: tintOf(manifest.stability, color) },
    { text: capabilitiesOf(manifest).join(" ") },
    { text: manifest.description },
  ]);
  io.out(`${table(heads, rows, color).join("\n")}\n`);
  return exit.ok;
}

export function connectorsShow(name: string, { json }: ConnectorsOptions, io: Io): ExitCode {
  const manifest = manifests.find((each) => each.name === name);
  if (manifest === undefined) {
    const guess = nearest(
      name,
      manifests.map((each) => each.name),
    );
    const help = guess === undefined ? "`vrsky connectors list` lists them." : `Did you mean ${guess}?`;
    return say(io, refuse(exit.usage, `There is no connector ${name}.`, help).refusal);
  }
  const width = io.screen?.()?.columns ?? 100;
  const shown = json
    ? JSON.stringify({ ...manifest, capabilities: capabilitiesOf(manifest) }, undefined, 2)
    : pageOf(manifest, paint(io.colorOut), Math.max(40, width)).join("\n");
  io.out(`${shown}\n`);
  return exit.ok;
}

const tintOf = (stability: Stability, { green, yellow, red }: Paint) =>
  ({ stable: green, beta: yellow, experimental: red })[stability];

function pageOf(manifest: Manifest, color: Paint, width: number): readonly string[] {
  const { name, title, description, stability, source, target, call, examples } = manifest;
  const can = capabilitiesOf(manifest).map((each: Capability) => [each, capabilities[each]] as const);
  const part = (heading: string, side: Parameters<typeof settingRows>[1], about: readonly string[]) => [
    "",
    color.bold(heading),
    ...about,
    ...settings(settingRows(manifest, side), color, width),
  ];
  return [
    `${color.bold(name)}  ${title}  ${tintOf(stability, color)(stability)}`,
    ...wrapped(description, width, ""),
    "",
    ...can.map(([word, meaning]) => `  ${color.cyan(word.padEnd(10))} ${meaning}`),
    ...(source === undefined ? [] : part("as a source", "source", about(source, color, width))),
    ...(target === undefined ? [] : part("as a target", "target", about(target, color, width))),
    ...(call === undefined ? [] : part("as a call", "call", about(call, color, width))),
    ...(manifest.connection === undefined ? [] : part("connection", "connection", [])),
    ...examples.flatMap(({ title: shows, spec }) => [
      "",
      `${color.bold("example")}  ${shows}`,
      ...spec.map((line) => `    ${line}`),
    ]),
  ];
}

interface Told {
  readonly delivery: string;
  readonly errors: readonly (SourceError | TargetError)[];
}

function about({ delivery, errors }: Told, color: Paint, width: number): readonly string[] {
  const told = errors.map((error) => {
    const kind = error.result.padEnd(12);
    const tint = error.result === "permanent" || error.result === "halted" ? color.red : color.yellow;
    const codes = "codes" in error && error.codes !== undefined ? ` (${error.codes.join(" ")})` : "";
    const [first = "", ...rest] = wrapped(`${error.when}${codes}`, width, " ".repeat(15));
    return [`  ${tint(kind)} ${first.trimStart()}`, ...rest];
  });
  return [...wrapped(delivery, width, "  "), ...(told.length === 0 ? [] : ["", ...told.flat()])];
}

function settings(rows: readonly SettingRow[], color: Paint, width: number): readonly string[] {
  return rows.flatMap(({ name, type, required, default: unless, when, description, examples }) => {
    const notes = [
      type,
      ...(required ? ["required"] : []),
      ...(unless === undefined ? [] : [`default ${inSpec(unless)}`]),
      ...(when === "message" ? ["per message"] : when === "constant" ? ["constant"] : []),
    ];
    const [example] = examples;
    return [
      "",
      `  ${color.cyan(name === "" ? "(the value)" : name)}  ${color.dim(notes.join(", "))}`,
      ...wrapped(description, width, "    "),
      ...(example === undefined ? [] : [`    ${color.dim(`such as ${inSpec(example)}`)}`]),
    ];
  });
}

const inSpec = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

function wrapped(text: string, width: number, indent: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines;
}
