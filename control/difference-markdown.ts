// The differences of a replay for a pull request: counts, places and kinds. A page is read by many, so no value of a
// message is on it: messages are named by the hash that `vrsky trace` takes, and a key that is no name is not shown.

import * as address from "../schema/address.ts";
import type { Compared, DifferenceGroup, IntegrationDifference, ReplayDifference } from "../schema/difference.ts";
import {
  comparedCount,
  detailText,
  figure,
  headText,
  isChanged,
  limitTexts,
  nameOf,
  placeText,
  verdictTexts,
} from "./difference-text.ts";
import { code, type Section } from "./markdown.ts";

/** More places than these are folded. */
const openGroups = 15;

export function differenceSections({ messages, integrations }: ReplayDifference): readonly Section[] {
  const [first] = integrations;
  if (first === undefined) return [];
  const title = `#### What the last ${figure(messages)} messages would become`;
  return integrations.map((each, index) => ofIntegration(each, index === 0 ? title : ""));
}

function ofIntegration(each: IntegrationDifference, title: string): Section {
  const name = code(nameOf(each));
  const titled = (text: string): string => [title, text].filter((part) => part !== "").join("\n\n");
  const columns = ["where", "", "messages", "what", "look at"];
  if (each.kind !== "compared") {
    const reason = each.kind === "impossible" ? `⚠️ not compared: ${code(each.reason, 300)}` : code(each.reason, 300);
    return { title: titled(`${name}: ${reason}`), columns: [], rows: [], noun: "place" };
  }
  const rows = each.groups.map(row);
  const summary = summaryOf(name, each);
  const about = [summary, ...limitTexts(each).map((text) => `- ${code(text, 300)}`)].join("\n");
  return rows.length > openGroups
    ? { title: titled(about), fold: `${figure(rows.length)} places`, columns, rows, noun: "place" }
    : { title: titled(about), columns: rows.length === 0 ? [] : columns, rows, noun: "place" };
}

function summaryOf(name: string, compared: Compared): string {
  const ends = verdictTexts(compared).map(([verdict, text]) =>
    verdict === "dies" || verdict === "refused" ? `🛑 **${text}**` : verdict === "differs" ? `**${text}**` : text,
  );
  const mark = isChanged(compared) ? "" : "✅ ";
  return `${mark}${name}: ${[`${figure(comparedCount(compared))} replayed`, ...ends].join(" · ")}`;
}

function row(group: DifferenceGroup): readonly string[] {
  const [mark, head] = headText(group);
  const words = group.path === undefined ? head : code(withoutData(head));
  const detail = detailText(group, true);
  return [
    code(placeText(group.difference)),
    `${marks[mark]} ${words}`,
    figure(group.count),
    detail === "" ? "" : code(withoutData(detail), 300),
    group.examples.map(({ id }) => code(address.idHash(id))).join("<br>"),
  ];
}

const marks = { "+": "➕", "-": "➖", "~": "✏️", "!": "🛑" } as const;

/** Keys that are no names may come from a message. */
const withoutData = (path: string): string => path.replaceAll(/\["(?:[^"\\]|\\.)*"\]/g, "[…]");
