// Long text in a file: Handlebars' own parser, our own meaning. A template is read into expressions of the language, so
// its paths are checked like any other and it runs through the same guards; what Handlebars does beyond values, `#if`,
// `#unless`, `#each`, `#with` and comments is refused.

import Handlebars from "handlebars";
import type { Position } from "../../schema/diagnostic.ts";
import { isFunctionName } from "../../schema/functions.ts";
import { type Expression, type Problem, parseTemplate } from "../expression/template.ts";

/** A stretch of the file, lines and columns from 1. */
export interface Stretch {
  readonly start: Position;
  readonly end: Position;
}

/** An expression with the place of its text; `shift`: what its text is longer than that which was written. */
export interface Placed {
  readonly expression: Expression;
  readonly at: Stretch;
  readonly shift: number;
}

export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly value: Placed; readonly escaped: boolean }
  | {
      readonly kind: "if";
      readonly condition: Placed;
      readonly negated: boolean;
      readonly inside: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | {
      readonly kind: "each";
      readonly list: Placed;
      readonly item: string;
      readonly index: string;
      readonly inside: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | {
      readonly kind: "with";
      readonly value: Placed;
      readonly item: string;
      readonly inside: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    };

export interface TemplateProblem {
  readonly at: Stretch;
  readonly message: string;
  readonly help?: string;
}

export interface ReadTemplate {
  readonly nodes: readonly TemplateNode[];
  readonly problems: readonly TemplateProblem[];
}

const largest = 256 * 1024;
const deepest = 16;
/** Beyond it Handlebars' parser takes a multiple of the time for each block that is still open. */
const mostOpen = 1_000;
const start: Position = { line: 1, column: 1 };

/** The line of the block that is one too many. */
function openBeyond(text: string): number | undefined {
  let open = 0;
  for (const { 1: sign, index } of text.matchAll(/\{\{~?([#/])/g)) {
    open += sign === "#" ? 1 : -1;
    if (open > mostOpen) return text.slice(0, index).split("\n").length;
  }
  return undefined;
}

/** `roots`: names that exist where the text is wanted. `escapes`: values are written for HTML. */
export function readTemplate(text: string, roots: readonly string[], escapes: boolean): ReadTemplate {
  const problems: TemplateProblem[] = [];
  const whole: Stretch = { start, end: start };
  if (text.length > largest) {
    return { nodes: [], problems: [{ at: whole, message: `The template is longer than ${largest} characters.` }] };
  }
  const tooMany = openBeyond(text);
  if (tooMany !== undefined) {
    const at = { start: { line: tooMany, column: 1 }, end: { line: tooMany, column: 1 } };
    return { nodes: [], problems: [{ at, message: `More than ${mostOpen} blocks are open here, one in the other.` }] };
  }
  try {
    const program = Handlebars.parse(text);
    const reader = createReader(roots, escapes, problems);
    return { nodes: reader.block(program.body, []), problems };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = Number(/line (\d+)/.exec(message)?.[1] ?? 1);
    const at = { start: { line, column: 1 }, end: { line, column: 1 } };
    const why = /Expecting .*, got '(.+)'/.exec(message)?.[1];
    const told = why === undefined ? (message.split("\n")[0] ?? "") : `something else is wanted in place of \`${why}\``;
    return { nodes: [], problems: [{ at, message: `The template does not parse: ${told}.` }] };
  }
}

/** What `this` and bare names are: the item of the innermost `each` or `with`. */
interface Level {
  readonly item: string;
  readonly index?: string;
  /** `as |line i|` */
  readonly names: ReadonlyMap<string, string>;
}

type Levels = readonly Level[];

function createReader(roots: readonly string[], escapes: boolean, problems: TemplateProblem[]) {
  let count = 0;
  const refuse = (node: hbs.AST.Node, message: string, help?: string): undefined => {
    problems.push({ at: stretch(node), message, ...(help === undefined ? {} : { help }) });
    return undefined;
  };

  const block = (nodes: readonly hbs.AST.Statement[], levels: Levels): readonly TemplateNode[] => {
    if (levels.length > deepest) return [];
    return nodes.flatMap((node) => statement(node, levels) ?? []);
  };

  const statement = (node: hbs.AST.Statement, levels: Levels): TemplateNode | undefined => {
    switch (node.type) {
      case "ContentStatement":
        return { kind: "text", text: (node as hbs.AST.ContentStatement).value };
      case "CommentStatement":
        return undefined;
      case "MustacheStatement": {
        const mustache = node as hbs.AST.MustacheStatement;
        const value = call(mustache, levels);
        return value && { kind: "value", value, escaped: escapes && mustache.escaped };
      }
      case "BlockStatement":
        return blockStatement(node as hbs.AST.BlockStatement, levels);
      default:
        return refuse(node, "Partials and decorators do not exist here.", "Write the text into this file.");
    }
  };

  const blockStatement = (node: hbs.AST.BlockStatement, levels: Levels): TemplateNode | undefined => {
    const name = "original" in node.path ? String(node.path.original) : "";
    const [subject, more] = node.params;
    if (subject === undefined || more !== undefined || !["if", "unless", "each", "with"].includes(name)) {
      return refuse(
        node.path,
        `There is no block \`#${name}\` with these parameters.`,
        "There are `#if x`, `#unless x`, `#each x` and `#with x`.",
      );
    }
    const value = expression(subject, levels);
    if (value === undefined) return undefined;
    const otherwise = block(node.inverse?.body ?? [], levels);
    if (name === "if" || name === "unless") {
      const inside = block(node.program.body, levels);
      return { kind: "if", condition: value, negated: name === "unless", inside, otherwise };
    }
    count += 1;
    const [item, index] = [`item${count}`, `index${count}`];
    const [itemName, indexName] = node.program.blockParams ?? [];
    const names = new Map([
      ...(itemName === undefined ? [] : [[itemName, item] as const]),
      ...(indexName === undefined ? [] : [[indexName, index] as const]),
    ]);
    if (name === "with") {
      return { kind: "with", value, item, inside: block(node.program.body, [...levels, { item, names }]), otherwise };
    }
    const inside = block(node.program.body, [...levels, { item, index, names }]);
    return { kind: "each", list: value, item, index, inside, otherwise };
  };

  const call = (node: hbs.AST.MustacheStatement | hbs.AST.SubExpression, levels: Levels): Placed | undefined => {
    if (node.hash !== undefined && node.hash.pairs.length > 0)
      return refuse(node, "Named parameters do not exist here.");
    if (node.params.length === 0) return expression(node.path, levels);
    const source = callText(node, levels);
    return source === undefined ? undefined : placed(source, node, undefined);
  };

  const callText = (node: hbs.AST.MustacheStatement | hbs.AST.SubExpression, levels: Levels): string | undefined => {
    const name = "original" in node.path ? String(node.path.original) : "";
    if (!isFunctionName(name)) {
      return refuse(
        node.path,
        `There is no function \`${name}\`.`,
        "Functions are those of expressions: `{{ round body.total 2 }}`.",
      );
    }
    const given = node.params.map((param) => textOf(param, levels));
    return given.some((part) => part === undefined) ? undefined : `${name}(${given.join(", ")})`;
  };

  const textOf = (node: hbs.AST.Expression, levels: Levels): string | undefined => {
    switch (node.type) {
      case "PathExpression":
        return pathText(node as hbs.AST.PathExpression, levels);
      case "SubExpression":
        return callText(node as hbs.AST.SubExpression, levels);
      case "StringLiteral":
      case "NumberLiteral":
      case "BooleanLiteral":
        return JSON.stringify((node as hbs.AST.StringLiteral).value);
      case "UndefinedLiteral":
        return "undefined";
      case "NullLiteral":
        return "null";
      default:
        return refuse(node, "This cannot stand in a template.");
    }
  };

  const pathText = (node: hbs.AST.PathExpression, levels: Levels): string | undefined => {
    const parts = node.parts.map(String);
    const [first = "", ...rest] = parts;
    const level = levels[levels.length - 1 - node.depth];
    if (node.data) {
      if (first === "index" && level?.index !== undefined) return level.index;
      if (first === "root") return members("", rest);
      return refuse(node, `There is no \`@${first}\` here.`, "Inside `#each` there is `@index`.");
    }
    const named = [...levels]
      .reverse()
      .find(({ names }) => names.has(first))
      ?.names.get(first);
    if (named !== undefined) return members(named, rest);
    // A root's name means the root, wherever it stands, unless `this.` says otherwise.
    const own = /^(?:this\b|\.)/.test(node.original);
    if (!own && (level === undefined || roots.includes(first))) return members("", parts);
    if (level === undefined) return refuse(node, "`this` exists inside `#each` and `#with`.");
    return members(level.item, parts);
  };

  const expression = (node: hbs.AST.Expression, levels: Levels): Placed | undefined => {
    const source = textOf(node, levels);
    if (source === undefined) return undefined;
    return placed(source, node, node.type === "PathExpression" ? (node as hbs.AST.PathExpression).original : undefined);
  };

  const placed = (source: string, node: hbs.AST.Node, written: string | undefined): Placed | undefined => {
    const { template, problems: found } = parseTemplate(`\${${source}}`);
    const [problem]: readonly Problem[] = found;
    if (problem !== undefined || template.kind !== "expression") {
      return refuse(node, problem?.message ?? "This is no expression.");
    }
    return { expression: template.expression, at: stretch(node), shift: source.length - (written ?? source).length };
  };

  return { block };
}

/** `item1`, `["E-Mail"]` → `item1["E-Mail"]`. */
function members(first: string, names: readonly string[]): string {
  return names.reduce((text, name) => {
    if (text === "") return name;
    if (/^\d+$/.test(name)) return `${text}[${name}]`;
    return /^[A-Za-z_$][\w$]*$/.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`;
  }, first);
}

const stretch = ({ loc }: hbs.AST.Node): Stretch => ({
  start: { line: loc.start.line, column: loc.start.column + 1 },
  end: { line: loc.end.line, column: loc.end.column + 1 },
});
