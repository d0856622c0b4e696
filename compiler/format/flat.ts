// A flow collection on one line, where it can be: without comments and without a scalar over several lines.

import type { CST } from "yaml";
import { type FlowScalar, scalarLines } from "./scalar.ts";

/** Undefined when it cannot. */
export function flat(token: CST.FlowCollection): string | undefined {
  const items = token.items.map(flatItem);
  if (items.includes(undefined)) return undefined;
  const texts = items.filter((item) => item !== "");
  if (token.start.source === "[") return `[${texts.join(", ")}]`;
  return texts.length === 0 ? "{}" : `{ ${texts.join(", ")} }`;
}

/** "" for what is behind the last comma. */
function flatItem({ start, key, sep, value }: CST.CollectionItem): string | undefined {
  const props = flatProps(start);
  const between = flatProps(sep ?? []);
  if (props === undefined || between === undefined) return undefined;
  const left = key == null ? "" : flatToken(key, "key");
  const right = value === undefined ? "" : flatToken(value, "flow");
  if (left === undefined || right === undefined) return undefined;
  if (key == null) return spacedOut([...props, right]);
  const colon = sep?.some(({ type }) => type === "map-value-ind") === true ? colonBehind(key) : "";
  return spacedOut([...props, left + colon, ...between, right]);
}

const spacedOut = (texts: readonly string[]): string => texts.filter((text) => text !== "").join(" ");

/** An alias would take the colon into its name. */
export const colonBehind = (key: CST.Token): string => (key.type === "alias" ? " :" : ":");

/** Anchors and tags; undefined when something stands between that needs lines. */
function flatProps(tokens: readonly CST.SourceToken[]): readonly string[] | undefined {
  const texts: string[] = [];
  for (const { type, source } of tokens) {
    if (type === "anchor" || type === "tag") texts.push(source);
    else if (type === "comment" || type === "explicit-key-ind") return undefined;
  }
  return texts;
}

function flatToken(token: CST.Token, where: "key" | "flow"): string | undefined {
  if (token.type !== "flow-collection" && !isFlowScalar(token)) return undefined;
  if ((token.end ?? []).some(({ type }) => type === "comment")) return undefined;
  if (token.type === "flow-collection") return isComplete(token) ? flat(token) : undefined;
  const [line, ...more] = scalarLines(token, where);
  return more.length === 0 ? line : undefined;
}

export function isFlowScalar(token: CST.Token): token is FlowScalar {
  const { type } = token;
  return type === "scalar" || type === "alias" || type === "single-quoted-scalar" || type === "double-quoted-scalar";
}

/** It is closed, and nothing but a comment comes behind. */
export const isComplete = ({ end }: CST.FlowCollection): boolean =>
  end[0]?.type === "flow-map-end" || end[0]?.type === "flow-seq-end";
