// What is being done and for how long already, on the last line of a terminal, for whatever takes more than a second.
// Nothing of it reaches a pipe, a file or the log of a CI.

import { Worker } from "node:worker_threads";
import type { Io } from "./io.ts";
import { emptied } from "./live-line.ts";
import { paint } from "./paint.ts";

export interface Progress extends Disposable {
  /** So many are done, of how many when that was not known before; `now`: what is at hand. */
  at(done: number, total?: number, now?: string): void;
  now(what: string): void;
  /** Something else begins, and is timed with the rest. */
  phase(what: string): void;
  /** Takes the line away; nothing else can bring it back. */
  end(): void;
}

/** `what`: "applying changes". `total`: how many there will be, when that is known. */
export function progress(io: Io, what: string, total?: number): Progress {
  const { line } = io;
  if (!io.interactive || line === undefined) return unseen;
  const started = performance.now();
  const state: Drawn = { ...nothing, what, total, frame: 0 };
  const draw = (): void => {
    state.frame += 1;
    const seconds = String(Math.floor((performance.now() - started) / 1000));
    line.show(drawn(state, seconds, line.columns(), io.colorErr));
  };
  let timer = setTimeout(() => {
    draw();
    timer = setInterval(draw, everyMs).unref();
  }, quietMs).unref();
  const end = (): void => {
    clearTimeout(timer);
    line.hide();
  };
  return {
    at: (done, of, now) => {
      state.done = done;
      state.total = of ?? state.total;
      state.now = now;
    },
    now: (at) => void Object.assign(state, { now: at }),
    phase: (next) => void Object.assign(state, { ...nothing, what: next }),
    end,
    [Symbol.dispose]: end,
  };
}

/** For work that lets nothing else run meanwhile, as the compiler's: the line is drawn by a thread of its own. */
export function progressWhile<Value>(io: Io, what: string, work: () => Value): Value {
  const { line } = io;
  if (!io.interactive || line === undefined) return work();
  const columns = line.columns();
  const lines = frames.map(
    (_, frame) => emptied + drawn({ ...nothing, what, frame }, secondsHere, columns, io.colorErr),
  );
  const turn = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(painter, { eval: true, workerData: { turn, lines, secondsHere, quietMs, everyMs } });
  worker.unref();
  // A thread that cannot be had is no reason to do without the work.
  worker.on("error", () => undefined);
  try {
    return work();
  } finally {
    // Not in the middle of a line: the painter hands the turn back within a moment.
    while (Atomics.compareExchange(turn, 0, idle, over) === painting) Atomics.wait(turn, 0, painting, 10);
    if (Atomics.load(turn, 1) === 1) io.err(emptied);
    void worker.terminate();
  }
}

/** A line is drawn by whoever has the turn: `[whose, whether anything was drawn]`. */
const [idle, painting, over] = [0, 1, 2];
const secondsHere = "\u0000";
const painter = `
const { workerData: { turn, lines, secondsHere, quietMs, everyMs } } = require("node:worker_threads");
const { writeSync } = require("node:fs");
const started = performance.now();
let frame = 0;
function draw() {
  if (Atomics.compareExchange(turn, 0, ${idle}, ${painting}) !== ${idle}) return;
  try {
    const seconds = String(Math.floor((performance.now() - started) / 1000));
    writeSync(2, lines[frame++ % lines.length].replace(secondsHere, seconds));
    Atomics.store(turn, 1, 1);
  } catch {}
  Atomics.store(turn, 0, ${idle});
  Atomics.notify(turn, 0);
}
setTimeout(() => { draw(); setInterval(draw, everyMs); }, quietMs);
`;

interface Drawn {
  what: string;
  done: number | undefined;
  total: number | undefined;
  now: string | undefined;
  frame: number;
}

const nothing = { done: undefined, total: undefined, now: undefined };
const quietMs = 1_000;
const everyMs = 100;
const frames = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];

/** Never longer than the terminal is wide: a line that is broken cannot be taken away. */
function drawn({ what, done, total, now, frame }: Drawn, seconds: string, columns: number, colored: boolean): string {
  const { cyan, dim } = paint(colored);
  const figures = done === undefined ? "" : total === undefined ? ` ${done}` : ` ${done}/${total}`;
  const time = `  ${seconds} s`;
  // The spinner, its space, and the last column, where a terminal may break the line. Seconds have up to five digits.
  const room = columns - 3 - figures.length - Math.max(time.length, 8);
  const head = cut(what, room);
  const tail = now === undefined ? "" : cut(`  ${now}`, room - head.length);
  return `${cyan(frames[frame % frames.length] ?? "")} ${head}${figures}${dim(`${tail}${time}`)}`;
}

function cut(text: string, room: number): string {
  if (text.length <= room) return text;
  return room < 2 ? "" : `${text.slice(0, room - 1)}…`;
}

const unseen: Progress = {
  at: () => undefined,
  now: () => undefined,
  phase: () => undefined,
  end: () => undefined,
  [Symbol.dispose]: () => undefined,
};
