// Many messages' differences, gathered by what is different and where. However many messages there are, what is kept of
// them is bounded: counts, a few examples, and the messages one by one only for whoever wants them so.

import { withoutScriptsWords } from "../../control/difference-text.ts";
import type { Compared, Difference, DifferenceGroup, MessageDifference, Verdict } from "../../schema/difference.ts";
import type { ComparedOutputs } from "./compare.ts";
import { generalPath } from "./fields.ts";

export interface Collector {
  unread(reason: string, messages?: number): void;
  /** The verdict on it. */
  add(message: { readonly id: string; readonly sequence: number; readonly at: string }, of: ComparedOutputs): Verdict;
  end(more: Pick<Compared, "batches" | "answered">): Compared;
}

/** Places that are told apart, and messages that each names. */
const mostGroups = 1_000;
const mostExamples = 3;

interface Group {
  readonly difference: Difference;
  readonly path?: string;
  count: number;
  readonly examples: { readonly id: string; readonly difference: Difference }[];
  /** The last message that was counted. */
  last: number;
}

/** `each` hears of every message that is not the same. */
export function createCollector(each: (message: MessageDifference) => void): Collector {
  const verdicts: Record<Verdict, number> = { same: 0, open: 0, differs: 0, dies: 0, refused: 0 };
  const groups = new Map<string, Group>();
  const open = new Map<string, { readonly target: string; readonly ask: string; messages: number }>();
  const unread = new Map<string, number>();
  let ungrouped = 0;
  let [from, to] = ["", ""];

  const group = (id: string, sequence: number, difference: Difference): void => {
    const path = "path" in difference && difference.kind !== "refused" ? generalPath(difference.path) : undefined;
    const key = keyOf(difference, path);
    let known = groups.get(key);
    if (known === undefined) {
      // Fields are as many as there are keys: they leave room for what is worse.
      if (groups.size >= (path === undefined ? 2 : 1) * mostGroups) {
        ungrouped += 1;
        return;
      }
      known = { difference, count: 0, examples: [], last: -1, ...(path === undefined ? {} : { path }) };
      groups.set(key, known);
    }
    // Several items of a list are one message.
    if (known.last === sequence) return;
    known.last = sequence;
    known.count += 1;
    if (known.examples.length < mostExamples) known.examples.push({ id, difference });
  };

  return {
    unread: (reason, messages = 1) => void unread.set(reason, (unread.get(reason) ?? 0) + messages),
    add: ({ id, sequence, at }, { differences, open: ended }) => {
      from ||= at;
      to = at;
      const verdict = verdictOn(differences, ended.length > 0);
      verdicts[verdict] += 1;
      for (const difference of differences) group(id, sequence, difference);
      for (const { target, ask } of new Map(ended.map((one) => [`${one.target} ${one.ask}`, one])).values()) {
        const known = open.get(`${target} ${ask}`) ?? { target, ask, messages: 0 };
        known.messages += 1;
        open.set(`${target} ${ask}`, known);
      }
      if (differences.length > 0) each({ id, sequence, verdict, differences });
      return verdict;
    },
    end: (more) => ({
      kind: "compared",
      verdicts,
      from,
      to,
      groups: [...groups.values()].map(({ last: _, ...told }): DifferenceGroup => told).sort(byPlace),
      ungrouped,
      open: [...open.values()],
      unread: [...unread].map(([reason, messages]) => ({ reason, messages })),
      ...more,
    }),
  };
}

function verdictOn(differences: readonly Difference[], open: boolean): Verdict {
  if (differences.some(({ kind }) => kind === "refused")) return "refused";
  if (differences.some(({ kind }) => kind === "dies")) return "dies";
  return differences.length > 0 ? "differs" : open ? "open" : "same";
}

/** What is the same difference in another message. */
function keyOf(difference: Difference, path: string | undefined): string {
  const at = "target" in difference ? [difference.target, difference.via, difference.ask] : [];
  return JSON.stringify([difference.kind, ...at, path, ...ofKind(difference)]);
}

function ofKind(difference: Difference): readonly (string | number | undefined)[] {
  switch (difference.kind) {
    case "refused":
      return [generalPointer(difference.path), difference.message];
    case "dies":
      return [
        generalMessage(difference.message),
        difference.place?.file,
        difference.place?.line,
        difference.place?.column,
      ];
    case "gets-no-more":
      return [difference.reason, difference.place?.file, difference.place?.line, difference.place?.column];
    case "asks":
      return [difference.from, difference.to];
    default:
      return [];
  }
}

/** Whatever a script says, and at whatever item. */
const generalMessage = (message: string): string => withoutScriptsWords(message).replaceAll(/\/\d+(?=[/ ])/g, "/*");

const generalPointer = (pointer: string): string => pointer.replaceAll(/\/\d+(?=\/|$)/g, "/*");

const order: readonly Difference["kind"][] = ["refused", "refused-no-more", "id", "order"];

/** The door first, then target by target, what is worst there first. */
function byPlace(a: DifferenceGroup, b: DifferenceGroup): number {
  const [left, right] = [rank(a), rank(b)];
  return left[0] - right[0] || (left[1] < right[1] ? -1 : left[1] > right[1] ? 1 : 0) || left[2] - right[2];
}

const worst: readonly Difference["kind"][] = ["dies", "dies-no-more", "gets-no-more", "gets", "items", "asks"];

function rank({ difference }: DifferenceGroup): readonly [number, string, number] {
  const atDoor = order.indexOf(difference.kind);
  if (!("target" in difference)) return [atDoor, "", 0];
  const at = worst.indexOf(difference.kind);
  return [order.length, `${difference.target} ${difference.via ?? ""}`, at === -1 ? worst.length : at];
}
