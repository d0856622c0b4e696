// Options that mean the same at every verb, and what the files of verbs are handed.

import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../schema/units.ts";
import type { ExitCode } from "./exit.ts";
import type { Io } from "./io.ts";

export interface Shared {
  readonly io: Io;
  /** A verb's last word. */
  done(code: ExitCode): void;
}

/** Where the text alone is looked at. */
export const specs = (): Argument => new Argument("[workspace]", "folder with vrsky.yaml").default(".");
/** Where what was compiled is enough. */
export const workspace = (): Argument => new Argument("[workspace]", "workspace or compiled folder").default(".");

export const context = (): Option => new Option("--context <name>", "context of the workspace");
export const nats = (): Option =>
  new Option("--nats <url>", "NATS servers, instead of the context's; dev: that of a running vrsky dev");
export const creds = (): Option =>
  new Option("--creds <path>", "credentials: JSON by tenant, a NATS .creds file, or a folder of TENANT.creds");
export const allowNetwork = (unless: string): Option =>
  new Option(
    "--allow-network <network...>",
    "what may be connected to beside public addresses: loopback, private, an address, a CIDR block; tenant=… for one",
  ).default([], unless);
export const noCache = (): Option => new Option("--no-cache", "take nothing from earlier runs, and keep nothing");
export const prune = (): Option =>
  new Option("--prune", "remove integrations and tenants that the workspace no longer has").default(false);
export const force = (): Option =>
  new Option("--force", "take the lease of an apply that is dead, forget a journal that is damaged").default(false);
export const format = (): Option =>
  new Option("--format <format>", "form of the findings").choices(["text", "json", "github", "sarif"]).default("text");

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("a number from 1 is wanted.");
  return value;
}

/** Milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError("a duration such as 30s or 5m is wanted.");
  return ms;
}

/** `[workspace] <what>`: commander knows no argument that is left out before one that is not. */
export const withWorkspace = (command: Command, what: string, about: string): Command =>
  command
    .usage(`[options] [workspace] <${what}>`)
    .argument("[workspace]", "workspace or compiled folder; left out: the current folder")
    .argument(`[${what}]`, about);

/** The workspace, and what is asked for in it. */
export function inWorkspace(command: Command, given: string | undefined, what: string | undefined): [string, string] {
  if (given !== undefined) return what === undefined ? [".", given] : [given, what];
  const name = command.registeredArguments[1]?.name() ?? "";
  return command.error(`error: missing required argument '${name}'`, { code: "commander.missingArgument" });
}

/** Lines to paste, below a verb's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}\n`;

/** Milliseconds since 1970; a duration is so long ago. */
export function time(text: string): number {
  const ago = parseDuration(text);
  const value = ago === undefined ? Date.parse(text) : Date.now() - ago;
  if (Number.isNaN(value)) throw new InvalidArgumentError("it is a duration such as 1h, or an ISO date.");
  return value;
}

/** Per second. */
export function rate(text: string): number {
  const [, figure, unit = "s"] = /^(\d+(?:\.\d+)?)(?:\/(s|m|h))?$/.exec(text.trim()) ?? [];
  const seconds = { s: 1, m: 60, h: 3_600 }[unit] ?? 1;
  const value = Number(figure) / seconds;
  if (!(value > 0)) throw new InvalidArgumentError("a rate is 10/s, 600/m or 1000/h.");
  return value;
}
