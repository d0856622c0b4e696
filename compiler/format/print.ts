// The tokens of a text, each once and in their order, with the space between them as it should be. What has no form
// here is `Unknown`, and the file is left as it is.

import type { CST } from "yaml";
import { blockBody, blockHeader } from "./block-scalar.ts";
import { colonBehind, flat, isComplete, isFlowScalar } from "./flat.ts";
import { type FlowScalar, scalarLines, valueForBlock } from "./scalar.ts";
import { createWriter, type Writer } from "./writer.ts";

/** Beyond it a collection in braces is written as a block. */
const lineWidth = 120;

/** What the formatter cannot write. */
export class Unknown extends Error {
  readonly offset: number;
  constructor(what: string, offset: number) {
    super(what);
    this.offset = offset;
  }
}

/** A collection around the current place: the column of its items, as they were and as they will be. */
interface Level {
  readonly was: number;
  readonly is: number;
}

interface Place {
  /** Column of what is below the parent. */
  readonly indent: number;
  /** The first line of a collection goes on in the current line, behind a dash. */
  readonly inline: boolean;
  readonly levels: readonly Level[];
  /** How many levels further in than the outermost the one is of which more items come. */
  readonly goesOn: number;
  /** Inside braces that are written as a block: in which column a comment stood says nothing. */
  readonly braces: boolean;
}

interface Printer {
  readonly writer: Writer;
  /** Column of an offset in the text. */
  readonly column: (offset: number) => number;
}

export function print(tokens: readonly CST.Token[], text: string): string {
  const writer = createWriter();
  const printer = { writer, column: (offset: number) => offset - (text.lastIndexOf("\n", offset - 1) + 1) };
  for (const token of tokens) printTop(token, printer);
  return writer.finish();
}

function printTop(token: CST.Token, printer: Printer): void {
  const { writer } = printer;
  switch (token.type) {
    case "document":
      between(token.start, 0, printer);
      if (token.value !== undefined) {
        printValue(token.value, { indent: 0, inline: false, levels: [], goesOn: 0, braces: false }, printer);
      }
      trivia(token.end ?? [], () => 0, printer);
      break;
    case "directive":
    case "doc-end":
      writer.breakLine();
      writer.text(token.type === "doc-end" ? "..." : token.source.trimEnd(), 0);
      if (token.type === "doc-end") trivia(token.end ?? [], () => 0, printer);
      break;
    case "comment":
    case "newline":
    case "space":
    case "byte-order-mark":
      trivia([token], () => 0, printer);
      return;
    default:
      throw new Unknown(token.type === "error" ? token.message : `a ${token.type} here`, token.offset);
  }
  writer.breakLine();
}

/** What stands in front of a key or a value: signs, anchors, tags, comments. */
function between(tokens: readonly CST.SourceToken[], indent: number, printer: Printer): void {
  const { writer } = printer;
  for (const token of tokens) {
    switch (token.type) {
      case "anchor":
      case "tag":
        writer.text(token.source, indent);
        writer.tight();
        break;
      case "doc-start":
        writer.breakLine();
        writer.text("---", 0);
        writer.tight();
        break;
      case "seq-item-ind":
        writer.text("-", indent);
        break;
      case "map-value-ind":
        break;
      default:
        trivia([token], () => indent, printer);
    }
  }
}

/** Comments and line ends; `level` says where a comment on a line of its own goes. */
function trivia(
  tokens: readonly CST.SourceToken[],
  level: (column: number) => number,
  { writer, column }: Printer,
): void {
  for (const token of tokens) {
    if (token.type === "newline") writer.lineEnd();
    else if (token.type === "comment") {
      const at = column(token.offset);
      writer.comment(token.source, at, level(at));
    } else if (token.type !== "space" && token.type !== "comma" && token.type !== "byte-order-mark") {
      throw new Unknown(`a ${token.type} here`, token.offset);
    }
  }
}

/**
 * A comment behind an item belongs to the innermost collection that is not further in than the comment, but to none
 * outside of one that goes on. Of a list that stands right below its key, the comment is the key's.
 */
const byColumn =
  ({ levels, braces, goesOn }: Place) =>
  (column: number): number => {
    if (braces) return levels.at(-1)?.is ?? 0;
    const candidates = levels.slice(goesOn);
    const within = candidates.findLast(({ was }) => was <= column) ?? candidates[0];
    return candidates.find(({ was }) => was === within?.was)?.is ?? 0;
  };

function printValue(token: CST.Token, place: Place, printer: Printer): void {
  switch (token.type) {
    case "block-map":
    case "block-seq": {
      const levels = [...place.levels, { was: token.indent, is: place.indent }];
      printItems(token.items, { ...place, levels }, printer);
      break;
    }
    case "flow-collection":
      printFlow(token, place, printer);
      break;
    case "block-scalar":
      printBlockScalar(token, place, printer);
      break;
    default:
      if (!isFlowScalar(token)) throw new Unknown(`a ${token.type} here`, token.offset);
      printFlowScalar(token, place, printer);
      trivia(token.end ?? [], byColumn(place), printer);
  }
}

function printBlockScalar(token: CST.BlockScalar, place: Place, printer: Printer): void {
  const { writer } = printer;
  const [header, ...behind] = token.props;
  if (header?.type !== "block-scalar-header") throw new Unknown("a block that is not a plain one", token.offset);
  const indent = Math.max(place.indent, 2);
  writer.text(blockHeader(header.source), place.indent);
  trivia(behind.filter(isSourceToken), () => indent, printer);
  const { lines, blank } = blockBody(token, header.source, indent);
  writer.raw(lines);
  writer.breakLine();
  writer.lineEnd(blank ? 2 : 1);
}

const isSourceToken = (token: CST.Token): token is CST.SourceToken =>
  token.type === "comment" || token.type === "newline" || token.type === "space";

/** The items of a collection that is a block, or becomes one. */
function printItems(items: readonly CST.CollectionItem[], place: Place, printer: Printer, list = false): void {
  const { writer } = printer;
  const inline = place.inline && writer.open();
  if (!inline) writer.breakLine();
  let first = true;
  const last = items.findLastIndex((item) => !isTrivia(item));
  for (const [index, item] of items.entries()) {
    if (isTrivia(item)) {
      trivia(item.start, byColumn(place), printer);
      continue;
    }
    if (!first) writer.breakLine();
    first = false;
    const here = index < last ? { ...place, goesOn: place.levels.length - 1 } : place;
    if (list || item.start.some(({ type }) => type === "seq-item-ind")) printListItem(item, here, printer);
    else printPair(item, here, printer);
  }
}

/** Nothing but comments and line ends, or the comma behind the last item. */
const isTrivia = ({ start, key, sep, value }: CST.CollectionItem): boolean =>
  key == null &&
  sep === undefined &&
  value === undefined &&
  start.every(({ type }) => type === "comment" || type === "newline" || type === "space" || type === "comma");

function printListItem(item: CST.CollectionItem, place: Place, printer: Printer): void {
  const { start, key, value } = item;
  const dash = start.findIndex(({ type }) => type === "seq-item-ind");
  // An item in brackets has no dash yet: comments stay in front of it, what names or types it goes behind.
  const sign = dash === -1 ? start.findLastIndex(({ type }) => type === "comment") : dash;
  const front = start.slice(0, sign + 1);
  const behind = start.slice(sign + 1);
  between(
    front.filter(({ type }) => type !== "seq-item-ind"),
    place.indent,
    printer,
  );
  printer.writer.text("-", place.indent);
  printer.writer.tight();
  const named = behind.some(({ type }) => type === "anchor" || type === "tag");
  const inner = { ...place, indent: place.indent + 2 };
  if (key != null) {
    printPair({ ...item, start: behind }, { ...inner, inline: true }, printer);
    return;
  }
  between(behind, inner.indent, printer);
  if (value !== undefined) printValue(value, { ...inner, inline: !named }, printer);
}

function printPair({ start, key, sep = [], value }: CST.CollectionItem, place: Place, printer: Printer): void {
  const { writer } = printer;
  if (key == null || !isFlowScalar(key)) throw new Unknown("a key that is no text", offsetOf(start, key));
  const [text, ...more] = scalarLines(key, "key");
  if (text === undefined || more.length > 0) throw new Unknown("a key over several lines", key.offset);
  between(start, place.indent, printer);
  trivia(key.end ?? [], () => place.indent, printer);
  writer.text(text + colonBehind(key), place.indent);
  writer.tight();
  const below = { ...place, indent: place.indent + 2, inline: false };
  if (value !== undefined) {
    between(sep, below.indent, printer);
    printValue(value, below, printer);
    return;
  }
  // A comment further in belongs below the key, whose value is nothing.
  const was = place.levels.at(-1)?.was ?? 0;
  const levels = place.braces ? place.levels : [...place.levels, { was: was + 1, is: below.indent }];
  for (const token of sep) {
    if (token.type === "comment" || token.type === "newline") trivia([token], byColumn({ ...place, levels }), printer);
    else between([token], below.indent, printer);
  }
}

const offsetOf = (start: readonly CST.SourceToken[], key: CST.Token | null | undefined): number =>
  key?.offset ?? start[0]?.offset ?? 0;

/** On one line where it fits; else each item below the other, without braces. */
function printFlow(token: CST.FlowCollection, place: Place, printer: Printer): void {
  const { writer } = printer;
  const [close, ...behind] = token.end;
  if (!isComplete(token) || close === undefined) throw new Unknown("a bracket that is not closed", token.offset);
  const line = flat(token);
  const empty = token.items.every(isTrivia);
  const before = writer.open() ? writer.width() + 1 : place.indent;
  if (empty || (line !== undefined && before + line.length <= lineWidth)) {
    writer.text(line ?? (token.start.source === "[" ? "[]" : "{}"), place.indent);
    // What stood between the braces comes behind them.
    const inside = line === undefined ? token.items.flatMap(({ start }) => start) : [];
    const outer = place.levels.at(-1)?.is ?? 0;
    trivia(
      inside.filter(({ type }) => type === "comment"),
      () => outer,
      printer,
    );
  } else {
    const levels = [...place.levels, { was: 0, is: place.indent }];
    const inside: Place = { ...place, levels, braces: true };
    printItems(token.items, inside, printer, token.start.source === "[");
    writer.forget();
  }
  trivia(behind, byColumn(place), printer);
}

function printFlowScalar(token: FlowScalar, place: Place, printer: Printer): void {
  const { writer } = printer;
  const [first = "", ...more] = scalarLines(token, "block");
  const before = writer.open() ? writer.width() + 1 : place.indent;
  const block = more.length === 0 && before + first.length > lineWidth ? valueForBlock(token) : undefined;
  if (block !== undefined && place.levels.length > 0 && !hasComment(token)) {
    writer.text("|-", place.indent);
    writer.raw([" ".repeat(place.indent) + block]);
    writer.breakLine();
    return;
  }
  writer.text(first, place.indent);
  if (more.length === 0) return;
  // The last line may be followed by a comment.
  writer.raw(more.slice(0, -1).map((line) => (line === "" ? "" : " ".repeat(place.indent) + line)));
  writer.breakLine();
  writer.text(more.at(-1) ?? "", place.indent);
}

/** On its last line. */
const hasComment = ({ end = [] }: FlowScalar): boolean => end.find(({ type }) => type !== "space")?.type === "comment";
