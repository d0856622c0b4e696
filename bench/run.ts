// npm run bench: every figure of docs/performance.md, measured on this machine. `npm run bench -- hop` runs one;
// `npm run bench -- compile --large` takes 10,000 integrations, too, `hop --large` every server and number of targets.

import { applied } from "./apply.ts";
import { archive } from "./archive.ts";
import { cdc } from "./cdc.ts";
import { edited, passes, processes, start } from "./compile.ts";
import { devSeen } from "./dev.ts";
import { editor } from "./editor.ts";
import { ephemeral } from "./ephemeral.ts";
import { failOver } from "./fail-over.ts";
import { fileReading } from "./file.ts";
import { firstMessage, seconds, summarized } from "./first-message.ts";
import { hop } from "./hop.ts";
import { intake } from "./intake.ts";
import { large as largeMessages } from "./large.ts";
import { mapping } from "./mapping.ts";
import { objects } from "./objects.ts";
import type { Ratio } from "./paired.ts";
import { parked } from "./parked.ts";
import { poison } from "./poison.ts";
import { postgres } from "./postgres.ts";
import { prefilter } from "./prefilter.ts";
import { replayed } from "./replay.ts";
import { safety } from "./safety.ts";

const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const large = process.argv.includes("--large");
const runs = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const shown = ({ median, lowest, highest }: Ratio): string =>
  `${median.toFixed(2)}   (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
const row = (what: string, ratio: Ratio, target: string): void =>
  say(`${what.padEnd(58)} ${shown(ratio).padEnd(24)} ${target === "" ? "" : `target ${target}`}`.trimEnd());

say("Ratios: median of pairs that ran in turns (lowest to highest)\n");
if (runs("fail-over")) {
  for (const { source, ms } of await failOver()) {
    const seconds_ = (at: number): string => `${((ms[at] ?? 0) / 1000).toFixed(1)} s`;
    const [middle, last] = [Math.floor(ms.length / 2), ms.length - 1];
    say(`holder killed, ${source}: ${seconds_(middle)} (${seconds_(0)} to ${seconds_(last)})`);
  }
}
if (runs("mapping")) {
  const { bytes, ratio } = await mapping();
  row(`mapping an order of ${bytes} B : parse + stringify`, ratio, "<= 1.25");
}
if (runs("prefilter")) row("dropping an order by its bytes : parse + filter", await prefilter(), "< 1");
if (runs("hop")) {
  for await (const { what, ratio, ours, theirs, latency } of hop(large, large ? 3 : 5)) {
    row(what, ratio, ">= 0.85");
    say(`  ${Math.round(ours)} messages/s : ${Math.round(theirs)} messages/s`);
    const ms = ({ p50, p99 }: { readonly p50: number; readonly p99: number }): string =>
      `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
    if (latency !== undefined) say(`  at half of ours: ${ms(latency.ours)} : ${ms(latency.theirs)}`);
  }
}
if (runs("intake")) {
  for await (const { what, target, ratio, ours, theirs, p50, p99 } of intake()) {
    row(`intake, ${what}`, ratio, target);
    const latency = `${p50.toFixed(2)} ms, 99 of 100 within ${p99.toFixed(2)} ms`;
    say(`  ${Math.round(ours)} messages/s : ${Math.round(theirs)} messages/s; latency ${latency}`);
  }
}
if (runs("ephemeral")) {
  const { ratio, ours, theirs, p99 } = await ephemeral();
  row("end to end, ephemeral : durable, every write synced", ratio, "");
  const within = ({ answer, delivery }: typeof p99.ours): string =>
    `202 within ${answer.toFixed(1)} ms, at the target within ${Math.round(delivery)} ms`;
  say(`  ${Math.round(ours)} messages/s : ${Math.round(theirs)} messages/s`);
  say(`  99 of 100: ${within(p99.ours)} : ${within(p99.theirs)}`);
}
if (runs("postgres")) {
  for await (const { what, ratio, ours, theirs } of postgres()) {
    row(what, ratio, "");
    say(`  ${Math.round(ours)} rows/s : ${Math.round(theirs)} rows/s`);
  }
}
if (runs("cdc")) {
  const { ratio, ours, theirs, snapshot, grown, most } = await cdc();
  row("changes out of PostgreSQL : a loop over pg-logical-replication", ratio, "");
  say(`  ${Math.round(ours)} changes/s : ${Math.round(theirs)} changes/s; snapshot ${Math.round(snapshot)} rows/s`);
  say(
    `  one transaction of 200,000 changes: the process grew by ${Math.round(grown / 2 ** 20)} MiB to ${Math.round(most / 2 ** 20)} MiB`,
  );
}
if (runs("poison")) {
  for (const { what, p50, p99 } of await poison()) {
    const text = `${p50.toFixed(1)} ms, 99 of 100 within ${p99.toFixed(1)} ms`;
    say(`${`a neighbour's delivery beside poison: ${what}`.padEnd(58)} ${text}`);
  }
}
if (runs("file")) {
  const { ratio, ours, theirs, resident, megabytes, heapMegabytes } = await fileReading();
  row(`reading ${megabytes} MB of CSV, heap of ${heapMegabytes} MB : a plain parse loop`, ratio, "");
  say(`  ${ours.toFixed(1)} MB/s : ${theirs.toFixed(1)} MB/s; the whole process at most ${Math.round(resident)} MB`);
}
if (runs("large")) {
  const { waits, chunks, inline } = await largeMessages();
  for (const { what, p50, p99, most } of waits) {
    const told = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${most.toFixed(0)} ms`;
    say(`${`a small message, ${what}`.padEnd(58)} ${told}`);
  }
  say(`  64 MiB stored in chunks at ${chunks.toFixed(0)} MB/s, as messages of 256 KiB at ${inline.toFixed(0)} MB/s`);
}
if (runs("objects")) {
  for await (const { what, megabytes, whole, kills, resident, in: coming, out } of objects()) {
    const killed = `killed ${kills.coming}× while it came, ${kills.going}× while it went`;
    say(`${megabytes} MB by reference, in ${what}: ${whole ? "once and whole" : "NOT WHOLE"}, ${killed}`);
    say(
      `  in ${coming.toFixed(0)} MB/s, out ${out.toFixed(0)} MB/s with a second start; a worker was at most ${Math.round(resident)} MB`,
    );
  }
}
if (runs("archive")) {
  const { ratio, behindMs, bytesPerMessage } = await archive();
  row("intake with an archive : without, synced", ratio, "");
  say(
    `  archived within ${Math.round(behindMs)} ms; ${Math.round(bytesPerMessage)} B of the server's memory a message`,
  );
}
if (runs("replay")) {
  for (const count of large ? [1000, 100_000] : [1000, 10_000]) {
    const { alone, text, json } = await replayed(count);
    const each = (((text.cpu - alone.cpu) * 1000) / count).toFixed(0);
    const resident = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
    say(
      `plan --replay ${count.toLocaleString("en")}, two targets: ${seconds(text.ms)}, plan alone ${seconds(alone.ms)}; ${each} µs of CPU a message`,
    );
    say(`  at most ${resident(text.most)}, with --json ${resident(json.most)}; plan alone ${resident(alone.most)}`);
  }
}
if (runs("parked")) for await (const { what, ratio } of parked()) row(what, ratio, ">= 0.9");
if (runs("safety")) for await (const { what, ratio } of safety()) row(`hop, ${what} : without`, ratio, "");
if (runs("compile")) {
  row("start: `vrsky --version` : bare node", await start(), "<= 2");
  const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
  const line = (what: string, text: string, target = ""): void =>
    say(`${what.padEnd(58)} ${text.padEnd(24)} ${target === "" ? "" : `target ${target}`}`.trimEnd());
  const cold = new Map<string, number>();
  for (const {
    what,
    ms: [median, least, most],
    target,
  } of processes(large ? [100, 1000, 10_000] : [100, 1000])) {
    cold.set(what, median);
    line(what, `${ms(median)} (${ms(least)} to ${ms(most)})`, target);
  }
  const growth = (cold.get("validate 10000, cold") ?? 0) / (cold.get("validate 1000, cold") ?? 1);
  if (large) line("10,000 : 1,000, cold", growth.toFixed(1), "<= 12");
  const each = passes(1000).map(({ name, ms: taken }) => `${name} ${Math.round(taken)}`);
  say(`  passes of 1,000 in one process, ms: ${each.join(", ")}`);
  const { spec, specEmitted, contract } = edited(1000);
  line("one edited spec of 1,000 → findings (median, p95)", `${ms(spec.median)}, ${ms(spec.p95)}`, "<= 15 ms");
  line("  the same with all files of the output", `${ms(specEmitted.median)}, ${ms(specEmitted.p95)}`);
  line("one edited contract → findings", `${ms(contract.median)}, ${ms(contract.p95)}`);
}
if (runs("editor")) {
  const { opened, felt } = await editor(1000);
  say(`editor, 1,000 integrations: the first findings after ${Math.round(opened)} ms`);
  for (const { what, p50, p95, most, cpu } of felt) {
    const text = [p50, p95, most].map((each) => each.toFixed(1)).join(", ");
    say(
      `${`  ${what} (p50, p95, most)`.padEnd(58)} ${`${text} ms`.padEnd(24)} target <= 50 ms; CPU ${cpu.toFixed(1)} ms`,
    );
  }
}
if (runs("dev")) {
  const { up, seen } = await devSeen(1000);
  const at = (part: number): string => `${Math.round(seen[Math.floor((seen.length - 1) * part)] ?? 0)}`;
  const what = "one edited spec of 1,000 → seen in `vrsky dev`";
  say(`${what.padEnd(58)} ${`${at(0.5)} ms (${at(0)} to ${at(1)} ms)`.padEnd(24)} target <= 100 ms`);
  say(`  up after ${(up / 1000).toFixed(1)} s, 1,000 integrations applied to an embedded nats-server`);
}
if (runs("first-message")) {
  const steps = await firstMessage();
  const total = steps.reduce((sum, { ms }) => sum + ms, 0);
  say("From nothing to the first message traced: an empty home, an empty cache, Node and npm");
  for (const { what, ms } of steps) say(`  ${what.padEnd(56)} ${seconds(ms).padStart(7)}`);
  say(`  ${"together".padEnd(56)} ${seconds(total).padStart(7)}                  target <= 120 s`);
  summarized(steps, total);
}
if (runs("apply")) {
  for (const size of large ? [100, 1000, 5000] : [100, 1000]) {
    const { empty, none, one, oneApplied, changes } = await applied(size);
    const at = `${size} integrations, ${size / 10} tenants:`;
    const targets = size === 1000 ? ["target <= 30 s", "target <= 3 s"] : ["", ""];
    say(`${`${at} apply to an empty server`.padEnd(58)} ${seconds(empty).padEnd(24)} ${targets[0]}`.trimEnd());
    say(`${`${at} plan, no change`.padEnd(58)} ${seconds(none).padEnd(24)} ${targets[1]}`.trimEnd());
    say(`${`${at} plan, one change`.padEnd(58)} ${seconds(one)}`);
    say(`${`${at} apply, one change`.padEnd(58)} ${seconds(oneApplied)}`);
    say(`  ${changes} changes in the first`);
  }
}
