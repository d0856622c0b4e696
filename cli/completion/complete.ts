// What may stand where the cursor is, read from the tree of verbs itself: a verb that is added is completed.

import type { Argument, Command, Option } from "commander";

export interface Candidate {
  readonly value: string;
  readonly about?: string;
}

/** The shell lists files or folders itself, beside the candidates. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly places?: "files" | "dirs";
}

/** Names that are known only where the command is run. */
export type Kind = "context" | "tenant" | "integration" | "code" | "connector";
export type Names = (kind: Kind, workspace: string) => Promise<readonly Candidate[]> | readonly Candidate[];

/** `words`: after the command's name up to the cursor; the last one is being written. */
export async function complete(program: Command, words: readonly string[], names: Names): Promise<Completion> {
  const at = placeOf(program, joined(words));
  const { current } = at;
  const found = await candidatesAt(at, names);
  const candidates = found.candidates.filter(({ value }) => value.startsWith(current));
  return { ...found, candidates };
}

interface At {
  readonly command: Command;
  /** Words that are neither verbs nor options. */
  readonly given: readonly string[];
  readonly used: ReadonlySet<Option>;
  /** Whose value is being written. */
  readonly option: Option | undefined;
  readonly current: string;
  /** Behind `--`. */
  readonly plain: boolean;
}

/** bash hands over `--format=json` in three words, the others in one. */
function joined(words: readonly string[]): readonly string[] {
  const last = words.length - 1;
  return words.flatMap((word, at) => {
    if (word !== "=" || at === 0) return [word];
    return at === last ? [""] : [];
  });
}

function placeOf(program: Command, words: readonly string[]): At {
  let command = program;
  let option: Option | undefined;
  let plain = false;
  const given: string[] = [];
  const used = new Set<Option>();
  for (const word of words.slice(0, -1)) {
    if (!plain && word === "--") plain = true;
    else if (!plain && word.startsWith("-")) {
      const [flag, value] = word.split("=", 2);
      const known = optionsOf(command).find(({ long, short }) => flag === long || flag === short);
      if (known !== undefined) used.add(known);
      option = known !== undefined && takesValue(known) && value === undefined ? known : undefined;
    } else if (option !== undefined) option = option.variadic ? option : undefined;
    else {
      const next = given.length === 0 ? command.commands.find((each) => isCalled(each, word)) : undefined;
      if (next === undefined) given.push(word);
      else command = next;
    }
  }
  return { command, given, used, option, current: words.at(-1) ?? "", plain };
}

const isCalled = (command: Command, word: string): boolean =>
  command.name() === word || command.aliases().includes(word);
const takesValue = ({ required, optional }: Option): boolean => required || optional;
const optionsOf = (command: Command): readonly Option[] => command.createHelp().visibleOptions(command);

async function candidatesAt(at: At, names: Names): Promise<Completion> {
  const { command, given, option, current, plain } = at;
  const workspace = given[0] ?? ".";
  const assigned = !plain && option === undefined ? /^(--[a-z-]+=)(.*)$/.exec(current) : null;
  if (assigned !== null) {
    const [, flag = ""] = assigned;
    const known = optionsOf(command).find(({ long }) => `${long}=` === flag);
    const { candidates } = known === undefined ? none : await valuesOf(known, command, workspace, names);
    return { candidates: candidates.map((each) => ({ ...each, value: flag + each.value })) };
  }
  if (option !== undefined && (!current.startsWith("-") || !option.variadic)) {
    return valuesOf(option, command, workspace, names);
  }
  if (!plain && current.startsWith("-")) return { candidates: optionNames(at) };
  if (given.length === 0 && command.commands.length > 0) return { candidates: verbsOf(command) };
  const { registeredArguments: all } = command;
  const argument = all[given.length] ?? (all.at(-1)?.variadic === true ? all.at(-1) : undefined);
  const values = argument === undefined ? none : await valuesOf(argument, command, workspace, names);
  // `[workspace] <id>`: what is asked for may stand first.
  const next = given.length === 0 && argument?.required === false ? all[1] : undefined;
  if (next === undefined) return values;
  const others = await valuesOf(next, command, ".", names);
  return { ...values, ...others, candidates: [...values.candidates, ...others.candidates] };
}

const none: Completion = { candidates: [] };

const verbsOf = (command: Command): readonly Candidate[] =>
  (command.parent === null ? command.createHelp().visibleCommands(command) : command.commands).map((each) => ({
    value: each.name(),
    about: each.description(),
  }));

function optionNames({ command, used }: At): readonly Candidate[] {
  return optionsOf(command)
    .filter((option) => option.variadic || !used.has(option))
    .flatMap(({ long, description }) => (long == null ? [] : [{ value: long, about: description }]));
}

async function valuesOf(of: Option | Argument, command: Command, workspace: string, names: Names): Promise<Completion> {
  const { argChoices } = of;
  if (argChoices !== undefined) return { candidates: argChoices.map((value) => ({ value })) };
  const name = "flags" in of ? of.attributeName() : of.name();
  const kind = command.parent?.name() === "connectors" && name === "name" ? "connector" : kinds[name];
  const candidates = kind === undefined ? [] : await names(kind, workspace);
  // `--out <dir>`: what is wanted stands in the brackets.
  const wanted = "flags" in of ? (/[<[]([a-z]+)/.exec(of.flags)?.[1] ?? "") : name;
  const places = placesFor[wanted];
  return places === undefined ? { candidates } : { candidates, places };
}

const kinds: Readonly<Record<string, Kind>> = {
  context: "context",
  tenant: "tenant",
  integration: "integration",
  subject: "code",
};

const placesFor: Readonly<Record<string, Completion["places"]>> = {
  workspace: "dirs",
  folder: "dirs",
  dir: "dirs",
  file: "files",
  files: "files",
  path: "files",
  paths: "files",
  subject: "files",
};
