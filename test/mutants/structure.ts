// What a hand may get wrong in the shape of an integration: a step that is missing, arms in another order, a target
// that is another, an `on-error` or a `when` that is not there.

import { type Document, isMap, isScalar, isSeq, type Node, type YAMLMap, YAMLSeq } from "yaml";

export interface Rebuilt {
  readonly what: string;
  /** Where it stands. */
  readonly node: Node;
  /** Makes it in another copy of the same document. */
  readonly change: (document: Document) => void;
}

type Path = readonly (string | number)[];

export function rebuilt(document: Document): readonly Rebuilt[] {
  const targets = namesIn(document.getIn(["targets"]));
  const found: Rebuilt[] = [];
  const see = (node: unknown, path: Path): void => {
    if (isSeq(node)) for (const [index, item] of node.items.entries()) see(item, [...path, index]);
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const at = [...path, name];
      if (name === "steps" && isSeq(value)) found.push(...stepsRemoved(value, at));
      if (name === "route" && isSeq(value)) found.push(...armsSwapped(value, at), ...armsTurned(value, at, targets));
      if (name === "on-error" || (name === "when" && path.length > 0)) {
        found.push({ what: `without \`${name}\``, node: key as Node, change: (copy) => void copy.deleteIn(at) });
      }
      see(value, at);
    }
  };
  see(document.contents, []);
  return found;
}

function stepsRemoved(steps: YAMLSeq, path: Path): readonly Rebuilt[] {
  return steps.items.map((step, index) => ({
    what: `without step ${index + 1}${kindOf(step)}`,
    node: step as Node,
    change: (copy) => {
      if (steps.items.length === 1) copy.deleteIn(path);
      else copy.deleteIn([...path, index]);
    },
  }));
}

const kinds = ["filter", "map", "call", "split", "validate", "script", "use"];

const kindOf = (step: unknown): string => {
  const kind = isMap(step) ? kinds.find((name) => step.has(name)) : undefined;
  return kind === undefined ? "" : ` (${kind})`;
};

function armsSwapped(arms: YAMLSeq, path: Path): readonly Rebuilt[] {
  return arms.items.slice(1).map((arm, index) => ({
    what: `arms ${index + 1} and ${index + 2} swapped`,
    node: arm as Node,
    change: (copy) => {
      const own = copy.getIn(path);
      if (!isSeq(own)) return;
      // Which arm is the last is no matter of order: conditions trade places, and so do the targets of those without.
      const [first, second] = [own.items[index], own.items[index + 1]];
      if (!isMap(first) || !isMap(second)) return;
      swap(first, second, second.has("when") ? undefined : "to");
      if (second.has("when")) own.items.splice(index, 2, second, first);
    },
  }));
}

function swap(first: YAMLMap, second: YAMLMap, key: string | undefined): void {
  if (key === undefined) return;
  const [mine, yours] = [first.get(key, true), second.get(key, true)];
  first.set(key, yours);
  second.set(key, mine);
}

/** Another target, one fewer, one more. */
function armsTurned(arms: YAMLSeq, path: Path, targets: readonly string[]): readonly Rebuilt[] {
  return arms.items.flatMap((arm, index) => {
    const to = isMap(arm) ? arm.get("to", true) : undefined;
    if (!isMap(arm) || to === undefined) return [];
    const own = namesIn(to);
    const other = targets.filter((name) => !own.includes(name));
    const lists = [
      ...own.map((name) => own.filter((each) => each !== name)),
      ...other.slice(0, 2).map((name) => [...own, name]),
      ...(own.length === 1 ? other.slice(0, 2).map((name) => [name]) : []),
    ];
    return lists.map((list) => ({
      what: `to [${own.join(", ")}] → [${list.join(", ")}]`,
      node: to as Node,
      change: (copy: Document) => copy.setIn([...path, index, "to"], flow(list)),
    }));
  });
}

function flow(names: readonly string[]): YAMLSeq {
  const list = new YAMLSeq();
  list.flow = true;
  list.items = [...names];
  return list;
}

function namesIn(node: unknown): readonly string[] {
  if (isSeq(node)) return node.items.flatMap((item) => (isScalar(item) ? [String(item.value)] : [String(item)]));
  if (isMap(node)) return node.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []));
  return isScalar(node) ? [String(node.value)] : [];
}
