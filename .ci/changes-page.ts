// docs/changes.md: `npx tsx .ci/changes-page.ts` writes it. The tables come from the rules that plan and apply go by, and
// that a test puts to a real server.

import { consumerRules, type FieldRule, streamRules } from "../control/field-rules.ts";
import type { Json } from "../schema/json.ts";
import { written } from "./written.ts";

const text = (value: Json): string =>
  value === null ? "nothing" : typeof value === "string" ? `\`${value}\`` : `\`${JSON.stringify(value)}\``;

function says({ change, except = [] }: FieldRule): string {
  switch (change) {
    case "in place":
      return "in place";
    case "copy": {
      const pairs = except.map(([from, to]) => `${text(from)} ↔ ${text(to)} in place`);
      return ["needs a copy", ...pairs].join("; ");
    }
    case "on only":
      return "on in place; off needs a copy";
    case "off only":
      return "taken away in place; else needs a copy";
    default:
      return change satisfies never;
  }
}

const table = (rules: Readonly<Record<string, FieldRule>>): string =>
  [
    "| field | change | asked of the server, both ways |",
    "| --- | --- | --- |",
    ...Object.entries(rules).map(([field, rule]) => {
      const tried = rule.tried.map(([from, to]) => `${text(from)} ↔ ${text(to)}`).join(", ");
      return `| \`${field}\` | ${says(rule)} | ${tried === "" ? "not on one server alone" : tried} |`;
    }),
  ].join("\n");

const page = `# What a change does to messages

\`vrsky plan\` says for every change what it does to messages, read from the live streams. This page says what to expect before there is a plan, and names the test behind each promise. It is written by \`.ci/changes-page.ts\`.

| change | messages | test |
| --- | --- | --- |
| a field that JetStream changes in place | untouched, unless a new limit has no room for them: then the plan says \`drops N unread messages\` and apply wants \`--allow-data-loss\` | \`test/control/apply.test.ts\` |
| a field of a stream that needs a copy (\`retention\`, \`storage\`, …) | all of them move to the new stream, with their sequences, times and headers; each consumer goes on behind what it has acknowledged without a gap: \`keeps N messages by moving them\` | \`test/control/replace.test.ts\` (10,000 unread, and killed at every call under traffic), \`test/control/migrate.test.ts\` |
| a field of a consumer that needs a copy | the new one begins where the old one was: \`redelivers N messages\` | \`test/control/migrate.test.ts\` |
| an integration renamed, with \`moved-from: old-name\` | intake, parked retries, dead letters, what sources remember and what each target has read come along: \`IN_old -> IN_new\` | \`test/control/rename.test.ts\` (killed at every call under traffic) |
| a target added | begins at the next message; with \`backfill: true\` it gets all that the intake still holds: \`redelivers N messages\` | \`test/control/apply.test.ts\`, \`test/control/backfill.test.ts\` |
| a target removed | gets all that was accepted before the apply looked, under steady traffic as well; refused when it does not get on with it, or has parked messages, without \`--allow-data-loss\` | \`test/control/target-removed.test.ts\`, \`test/control/apply.test.ts\` |
| an integration removed | takes in nothing more, delivers what it has, and stays until \`--prune\` | \`test/control/revisions.test.ts\` |
| something changed by hand | named in the plan's drift block: what is ours is set back, what is not is left as it is | \`test/control/apply.test.ts\` |

\`--allow-data-loss\` is needed for removals and for limits, never for a copy.

## How messages are moved

0. The server is asked whether it would take the new configuration at all, by an empty stream that goes again. If not, nothing is touched.
1. The stream is closed: it listens to nothing. Senders hear that nobody takes their message (an http source answers 503 with Retry-After) and try again; nothing that was acknowledged can slip in between.
2. The server copies it, as a mirror. When the last message has arrived, the count is right and the old stream's end does not move any more, the copy becomes a stream of its own, still closed.
3. It gets the old one's consumers, those of others too, each from its acknowledgement floor on.
4. The old stream is deleted, and the new one listens.

For a stream that keeps its name this is done twice, through \`<name>_MOVING\`; it needs the stream's size once more in the account meanwhile. What is needed to go on is in the metadata of the streams themselves (\`vrsky.copy-of\`, \`vrsky.took\`). After a kill at any call the next plan shows one change for what is half done, and applying it goes on from there; no copy stays behind. Where something else is wanted by then that would not bring the move to its end, such as a third name, plan refuses until it has come there (\`test/control/change-of-mind.test.ts\`). A copy that makes no progress for half a minute is given up: nothing is deleted, the old stream takes in again, and apply says so.

At least once holds throughout: what a target had acknowledged behind a gap is delivered once more, under the same id.

A work queue keeps only what is to be done: when a stream becomes one, what all its readers have read stays behind.

Parked retries move with their schedules and fire when they are due. Those that fire while they are copied fire once.

## Renames

\`\`\`yaml
integration: sales
moved-from: orders        # its name before; may stay written, it is looked at only while something of \`orders\` is there
\`\`\`

The old name has to be free: no integration has it, and no other one comes from it (VRS5003). Where both names already have streams, because the rename was applied without \`moved-from\`, plan refuses: nobody can say which of the two is the true one. The deployment record of the new name is written before the one of the old name goes. Targets and sources have no \`moved-from\`: a renamed target is a new one beside an old one that is removed.

## Drift

| owner | what | what apply does |
| --- | --- | --- |
| ours | every field that we set, and those that change what a message goes through: \`sources\`, \`mirror\`, \`sealed\`, \`subject_transform\`, \`no_ack\`, \`republish\`, \`discard_new_per_subject\` | sets them back |
| not ours | everything else that differs from the server's default: \`description\`, \`placement\`, \`compression\`, \`consumer_limits\`, metadata of others, a paused consumer, … | leaves it, and names it in each plan |

A change by hand between plan and apply makes the plan stale (\`test/control/apply.test.ts\`).

## Streams, field by field

What nats-server 2.15.1 takes in an update, asked by \`test/control/field-rules.test.ts\`.

${table(streamRules)}

## Consumers, field by field

${table(consumerRules)}
`;

written("docs/changes.md", page, "npx tsx .ci/changes-page.ts");
