// Differences in words, for a terminal and for a page alike: what a group is about, where it is, and why.

import type {
  Compared,
  Difference,
  DifferenceGroup,
  IntegrationDifference,
  Shown,
  Verdict,
} from "../schema/difference.ts";
import { replyTarget } from "../schema/worker.ts";
import { counted, visible } from "./units.ts";

/** `1,000` */
export const figure = (count: number): string => count.toLocaleString("en-US");

export const nameOf = ({ tenant, integration, movedFrom }: IntegrationDifference): string =>
  `${tenant}/${movedFrom === undefined ? "" : `${movedFrom} -> `}${integration}`;

const verdictText: Readonly<Record<Verdict, (count: string) => string>> = {
  refused: (count) => `${count} would now be refused`,
  dies: (count) => `${count} would now be dead`,
  differs: (count) => `${count} differ`,
  open: (count) => `${count} the same up to a call`,
  same: (count) => `${count} same`,
};

/** What there is of each, the worst first; `same` in any case. */
export function verdictTexts({ verdicts }: Compared): readonly (readonly [Verdict, string])[] {
  const order: readonly Verdict[] = ["differs", "dies", "refused", "open", "same"];
  return order
    .filter((verdict) => verdicts[verdict] > 0 || verdict === "same")
    .map((verdict) => [verdict, verdictText[verdict](figure(verdicts[verdict]))]);
}

export const comparedCount = ({ verdicts }: Compared): number =>
  Object.values(verdicts).reduce((sum, count) => sum + count, 0);

export const isChanged = ({ verdicts }: Compared): boolean => verdicts.differs + verdicts.dies + verdicts.refused > 0;

/** `warehouse`, `alarm after warehouse`, `reply`; empty: before any target. */
export function placeText(difference: Difference): string {
  if (!("target" in difference)) return "source";
  const { target, via, ask } = difference;
  const name = target === replyTarget ? "reply" : target;
  return `${name}${via === undefined ? "" : ` after ${via}`}${ask === undefined ? "" : ` asks ${ask}`}`;
}

export type Mark = "+" | "-" | "~" | "!";

/** `~ body.total`: what kind, and what. */
export function headText({ difference, path }: DifferenceGroup): readonly [Mark, string] {
  switch (difference.kind) {
    case "changed":
      return ["~", visible(path ?? difference.path)];
    case "added":
      return ["+", visible(path ?? difference.path)];
    case "removed":
      return ["-", visible(path ?? difference.path)];
    case "gets":
      return ["+", "gets it now"];
    case "gets-no-more":
      return ["-", "gets it no more"];
    case "dies":
      return ["!", "would now be dead"];
    case "dies-no-more":
      return ["+", "would be dead no more"];
    case "items":
      return ["~", "items of the split"];
    case "asks":
      return ["~", "asks otherwise"];
    case "refused":
      return ["!", "would be refused"];
    case "refused-no-more":
      return ["+", "would be refused no more"];
    case "id":
      return ["~", "message id"];
    case "order":
      return ["~", "order key"];
    default:
      return difference satisfies never;
  }
}

/** More than the head says; `private`: nothing that a message may have a part in. */
export function detailText({ difference }: DifferenceGroup, asPrivate = false): string {
  switch (difference.kind) {
    case "changed":
      return difference.from.type === difference.to.type
        ? difference.from.type
        : `${difference.from.type} → ${difference.to.type}`;
    case "added":
      return difference.to.type;
    case "removed":
      return difference.from.type;
    case "gets-no-more":
      return `${words[difference.reason] ?? difference.reason}${atPlace(difference)}`;
    case "dies":
      return `${visible(asPrivate ? withoutData(difference.message) : difference.message)}${atPlace(difference)}`;
    case "items":
      return `as many as ${difference.from} → ${difference.to}`;
    case "asks":
      return `${difference.from ?? "nothing"} → ${difference.to ?? "nothing"}`;
    case "refused":
      return `${pointerText(difference.path, asPrivate)} ${visible(difference.message)}`;
    case "id":
      return idText(difference.from, difference.to);
    case "order":
      if (difference.to === undefined) return "in no order any more";
      return difference.from === undefined ? "in order now" : "in line with others";
    case "gets":
      return difference.fresh === true ? "the target is new" : "";
    case "dies-no-more":
    case "refused-no-more":
      return "";
    default:
      return difference satisfies never;
  }
}

/** Segments that are no names may come from a message. */
function pointerText(pointer: string, asPrivate: boolean): string {
  if (pointer === "") return "the body";
  if (!asPrivate) return visible(pointer);
  return pointer
    .split("/")
    .map((part) => (/^(?:\d+)$/.test(part) ? "*" : /^[A-Za-z_$][\w$-]{0,60}$|^$/.test(part) ? part : "…"))
    .join("/");
}

const words: Readonly<Record<string, string>> = { absent: "nothing comes of it", gone: "the target is gone" };

function idText(from: Shown, to: Shown): string {
  if (to.type === "null") return "the sender's own, or a hash: what is known twice changes";
  return from.type === "null"
    ? "`message-id` gives one now: what is known twice changes"
    : "what is known twice changes";
}

/** What a script throws is its author's text, and may hold a value. */
export const withoutScriptsWords = (message: string): string => message.replace(/^(script `[^`]*`): .*$/s, "$1 failed");

/** Nor names what breaks a contract by a key that is no name. */
function withoutData(message: string): string {
  const [, contract, issues] = /^(does not fit .*?): (.*)$/s.exec(message) ?? [];
  if (contract === undefined || issues === undefined) return withoutScriptsWords(message);
  const told = issues.split("; ").map((issue) => (plainIssue.test(issue) ? issue.replaceAll(index, "/*") : "…"));
  return `${contract}: ${told.join("; ")}`;
}

const plainIssue = /^(?:the body|(?:\/(?:\d+|[A-Za-z_$][\w$-]{0,60}))+) must /;
const index = /\/\d+(?=[/ ])/g;

const atPlace = ({ place }: { readonly place?: { file: string; line: number; column: number } }): string =>
  place === undefined ? "" : ` (${place.file}:${place.line}:${place.column})`;

/** What was not compared, one line each. */
export function limitTexts({ open, answered, unread, batches, ungrouped }: Compared): readonly string[] {
  return [
    ...open.map(
      ({ target, ask, messages }) =>
        `${target === replyTarget ? "reply" : target}: not compared beyond call \`${ask}\`: ${messagesText(messages)}`,
    ),
    ...answered.map((ask) => `call \`${ask}\`: not asked, answered alike for every message`),
    ...unread.map(({ reason, messages }) => `not compared: ${messagesText(messages)}, ${reason}`),
    ...(batches.length === 0
      ? []
      : [`${batches.join(", ")}: each message is compared by itself; which share a batch is not played`]),
    ...(ungrouped === 0 ? [] : [`${figure(ungrouped)} more differences, at too many places to be told apart`]),
  ];
}

const messagesText = (count: number): string =>
  count < 1000 ? counted(count, "message") : `${figure(count)} messages`;
