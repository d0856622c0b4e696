// A copy of a bundle's code that tells which of its branches are taken. The bundle that ships is not touched: this one
// has a hash of its own and is run by cases only.

import { type AnyNode, type Expression, parse } from "acorn";
import type { Bundle, CodedBundle, OnError, Place, Reaction } from "../../../schema/bundle.ts";
import { sha256 } from "../../../schema/canonical.ts";

/** Something that a case may reach. */
export interface Branch {
  readonly id: number;
  readonly place: Place;
  /** `filter: true`, `?? "a guest"`. */
  readonly what: string;
}

export interface Instrumented {
  readonly coded: CodedBundle;
  readonly branches: readonly Branch[];
  /** By the number of an `on-error`: which branch a class belongs to. */
  readonly reactions: ReadonlyMap<number, Readonly<Record<string, number>>>;
}

interface Edit {
  readonly at: number;
  /** Of what stands at one offset, what opens further outside comes first, and closes last. */
  readonly depth: number;
  readonly text: string;
}

export function instrument({ bundle, code }: CodedBundle): Instrumented {
  const edits: Edit[] = [];
  const branches = new Map<string, Branch>();
  const reactions = new Map<number, Record<string, number>>();
  let at = 0;

  const branch = (what: string): number => {
    const place = bundle.places[at] ?? { file: "", line: 1, column: 1, path: "" };
    const key = `${at} ${what}`;
    const known = branches.get(key) ?? { id: branches.size, place, what };
    branches.set(key, known);
    return known.id;
  };
  const around = ({ start, end }: AnyNode, depth: number, before: string, after: string): void => {
    edits.push({ at: start, depth, text: before }, { at: end, depth: -depth, text: after });
  };
  const hit = (node: AnyNode, depth: number, what: string): void =>
    around(node, depth, `($.covered.hit(${branch(what)}), `, ")");
  const textOf = ({ start, end }: AnyNode): string => readable(code.slice(start, end));

  const visit = (node: AnyNode, depth: number): void => {
    switch (node.type) {
      case "ExpressionStatement": {
        const place = placeSet(node.expression);
        if (place !== undefined) {
          at = place;
          edits.push({ at: node.end, depth, text: ` $.covered.hit(${branch("reached")});` });
          return;
        }
        break;
      }
      case "VariableDeclarator":
        // What an `on-error` does is counted where it is asked.
        if (node.id.type === "Identifier" && node.id.name === "react") return;
        break;
      case "IfStatement": {
        const asked = conditionOf(node.test);
        if (asked !== undefined) {
          const what = branchName(code.slice(node.consequent.start, node.consequent.end), bundle.places[at]);
          const [yes, no] = [branch(`${what}: true`), branch(`${what}: false`)];
          around(asked, depth, `$.covered.asked(${yes}, ${no}, `, ")");
        } else if (sendsErrors(bundle) && textOf(node.test) === "scope.error !== undefined") {
          around(node.test, depth, `$.covered.ifTrue(${branch("on-error of a source or target")}, `, ")");
        }
        break;
      }
      case "ConditionalExpression":
        // Its test is none of the author's.
        if (isChain(node.test)) {
          visit(node.consequent, depth + 1);
          visit(node.alternate, depth + 1);
          return;
        }
        hit(node.consequent, depth, `? ${textOf(node.consequent)}`);
        hit(node.alternate, depth, `: ${textOf(node.alternate)}`);
        break;
      case "LogicalExpression": {
        const left = branch(`${textOf(node.left)} decides before ${node.operator}`);
        around(node.left, depth, `$.covered.left(${left}, ${JSON.stringify(node.operator)}, `, ")");
        hit(node.right, depth, `${node.operator} ${textOf(node.right)}`);
        break;
      }
      case "CallExpression": {
        const [onError, failure] = node.arguments;
        if (node.callee.type !== "Identifier" || node.callee.name !== "react") break;
        if (onError === undefined || failure === undefined) break;
        const classes: OnError = JSON.parse(code.slice(onError.start, onError.end));
        const own = Object.entries(classes).map(
          ([name, reaction]) => [name, branch(`on-error: ${reactionText(reaction)}`)] as const,
        );
        const number = reactions.size;
        reactions.set(number, Object.fromEntries(own));
        around(failure, depth, `$.covered.failed(${number}, `, ")");
        return;
      }
    }
    for (const child of childrenOf(node)) visit(child, depth + 1);
  };

  const program = parse(code, { ecmaVersion: "latest", sourceType: "module" });
  for (const part of partsOf(program)) {
    at = 0;
    visit(part, 1);
  }
  // What a look at the bytes would drop is dropped by the filter itself, so that it is seen.
  const prefilter = /^ {4}prefilter: .*\n/m.exec(code);
  if (prefilter !== null) {
    const text = prefilter[0];
    edits.push({ at: prefilter.index, depth: 0, text: "/*" });
    edits.push({ at: prefilter.index + text.length - 1, depth: 0, text: "*/" });
  }
  const covered = edited(code, edits);
  return {
    coded: { bundle: { ...bundle, worker: sha256(covered) }, code: covered },
    branches: [...branches.values()],
    reactions,
  };
}

/** A source or a target does, not only steps, which have branches of their own. */
const sendsErrors = ({ sources, targets }: Bundle): boolean =>
  [...Object.values(sources), ...Object.values(targets)].some(({ onError }) =>
    Object.values(onError ?? {}).some((reaction) => typeof reaction === "object"),
  );

/** Functions that the author's expressions are in. */
const lively: ReadonlySet<string> = new Set([
  "walk",
  "messageId",
  "batch",
  "request",
  "more",
  "items",
  "start",
  "next",
]);

function* partsOf(node: AnyNode): Generator<AnyNode> {
  for (const child of childrenOf(node)) {
    if (child.type === "Property" && child.key.type === "Identifier" && lively.has(child.key.name)) {
      if (child.value.type === "ArrowFunctionExpression") {
        yield* expressionsIn(child.key.name, child.value.body);
        continue;
      }
    }
    yield* partsOf(child);
  }
}

/** Of a message id what the author wrote, not what is made of it. */
function* expressionsIn(name: string, body: AnyNode): Generator<AnyNode> {
  if (name !== "messageId") return yield body;
  for (const child of everyNode(body)) {
    if (child.type === "VariableDeclarator" && child.id.type === "Identifier" && child.id.name === "id") yield child;
  }
}

function* everyNode(node: AnyNode): Generator<AnyNode> {
  yield node;
  for (const child of childrenOf(node)) yield* everyNode(child);
}

function childrenOf(node: AnyNode): readonly AnyNode[] {
  return Object.values(node).flatMap((value: unknown) => (Array.isArray(value) ? value : [value]).filter(isNode));
}

const isNode = (value: unknown): value is AnyNode =>
  typeof value === "object" && value !== null && "type" in value && "start" in value && "end" in value;

/** `at = 7;` */
function placeSet(node: Expression): number | undefined {
  if (node.type !== "AssignmentExpression" || node.left.type !== "Identifier" || node.left.name !== "at") return;
  return node.right.type === "Literal" && typeof node.right.value === "number" ? node.right.value : undefined;
}

/** `c` of `c === true` and of `!(c === true)`. */
function conditionOf(test: Expression): AnyNode | undefined {
  const inner = test.type === "UnaryExpression" ? test.argument : test;
  if (inner.type !== "BinaryExpression" || inner.operator !== "===") return undefined;
  const { left, right } = inner;
  return right.type === "Literal" && right.value === true ? left : undefined;
}

/** `(t) => t === undefined || t === null ? undefined : …`, which is how `?.` is written. */
function isChain(test: Expression): boolean {
  if (test.type !== "LogicalExpression" || test.left.type !== "BinaryExpression") return false;
  const { left } = test.left;
  return left.type === "Identifier" && left.name.startsWith("$t");
}

function branchName(consequent: string, place: Place | undefined): string {
  if (consequent.includes('reason: "filter"') && consequent.startsWith("return")) return "filter";
  return place?.path.startsWith("route.") === true ? "route" : "when";
}

export const reactionText = (reaction: Reaction): string =>
  typeof reaction === "string" ? reaction : `to ${reaction.to.join(", ")}`;

/** As near to what the author wrote as the code tells. */
function readable(code: string): string {
  const text = code
    .replaceAll(/\$\.(?:text|bounded)\(((?:[^()]|\([^()]*\))*)\)/g, "$1")
    .replaceAll(/\$\./g, "")
    .replaceAll(/\$p(\d+)/g, "item");
  const bare = text.startsWith("(") && text.endsWith(")") ? text.slice(1, -1) : text;
  return bare.length > 40 ? `${bare.slice(0, 39)}…` : bare;
}

function edited(code: string, edits: readonly Edit[]): string {
  const inOrder = [...edits].sort((a, b) => a.at - b.at || rank(a) - rank(b));
  let text = "";
  let at = 0;
  for (const edit of inOrder) {
    text += code.slice(at, edit.at) + edit.text;
    at = edit.at;
  }
  return text + code.slice(at);
}

/** At one offset: first what closes, from the inside out, then what opens, from the outside in. */
const rank = ({ depth }: Edit): number => depth;
