// What 100,000 messages that are parked for up to a day cost the healthy ones: the hop of the same target, beside them
// and without them, on two servers in turns; then once more after both were killed and started again.

import { systemClock } from "../runtime/clock.ts";
import { envelopeHeaders } from "../runtime/envelope.ts";
import { publishBatch } from "../runtime/publish.ts";
import { createRequests } from "../runtime/request.ts";
import * as address from "../schema/address.ts";
import type { Bundle } from "../schema/bundle.ts";
import { header } from "../schema/envelope.ts";
import type { RetryState } from "../schema/outcome.ts";
import { api } from "../test/rig/topology.ts";
import { small } from "./hop/cases.ts";
import { type Lab, openLab } from "./hop/lab.ts";
import { throughput } from "./hop/measure.ts";
import { worker } from "./hop/sides.ts";
import { paired, type Ratio } from "./paired.ts";
import { bundleOf } from "./workspace.ts";

export interface ParkedFigure {
  readonly what: string;
  readonly ratio: Ratio;
}

const target = "out";
const day = 24 * 3_600_000;
/** Two records each, in atomic batches. */
const together = 400;

export async function* parked(count = 100_000, pairs = 5): AsyncGenerator<ParkedFigure> {
  await using without = await openLab({ syncAlways: false, replicas: 1 });
  await using beside = await openLab({ syncAlways: false, replicas: 1 });
  await park(beside, count);
  let round = 0;
  const rate = (lab: Lab) => () => throughput(lab, small, `p${round++}`, worker());
  const compare = async (what: string): Promise<ParkedFigure> => {
    await rate(beside)();
    await rate(without)();
    const { ratio } = await paired(pairs, rate(beside), rate(without));
    await stillParked(beside, count);
    return { what: `hop beside ${count.toLocaleString("en")} parked messages${what} : without`, ratio };
  };
  yield await compare("");
  await Promise.all([beside.restart(), without.restart()]);
  yield await compare(", after kill -9 and a restart");
}

/** As the worker parks what fails: a record and a schedule each, due within the next day. */
async function park({ admin, ready }: Lab, count: number): Promise<void> {
  const { bundle } = bundleOf(ready, small.integration);
  const requests = createRequests(admin, "_INBOX", systemClock);
  const now = Date.now();
  for (let first = 0; first < count; first += together) {
    const numbers = Array.from({ length: Math.min(together, count - first) }, (_, index) => first + index);
    const dueAt = (n: number): string => new Date(now + 3_600_000 + ((day - 3_600_000) * n) / count).toISOString();
    const written = await publishBatch(
      requests,
      numbers.flatMap((n) => parkedMessages(bundle, `parked-${n}`, dueAt(n))),
    );
    if (written.kind !== "stored") throw new Error(`messages could not be parked: ${JSON.stringify(written)}`);
  }
  requests.close();
}

function parkedMessages(bundle: Bundle, id: string, dueAt: string) {
  const hash = address.idHash(id);
  const { integration } = bundle;
  const failure = { class: "unavailable", message: "the bench wants it so" } as const;
  const state: RetryState = {
    state: "parked",
    id,
    attempt: 2,
    dueAt,
    firstFailureAt: dueAt,
    failure,
    possiblyDelivered: false,
    bundle: bundle.hash,
    sequence: 1,
  };
  const [source = ""] = Object.keys(bundle.sources);
  const envelope = { id, source, receivedAt: dueAt, contract: "", bundle: bundle.hash, meta: {}, headers: {} };
  return [
    {
      subject: address.stateSubject(integration, target, hash),
      data: JSON.stringify(state),
      headers: { "Nats-Rollup": "sub" },
    },
    {
      subject: address.scheduleSubject(integration, target, hash),
      data: JSON.stringify(small.make(id)),
      headers: {
        ...envelopeHeaders(envelope),
        [header.attempt]: "2",
        [header.sequence]: "1",
        "Nats-Schedule": `@at ${dueAt}`,
        "Nats-Schedule-Target": address.dueSubject(integration, target, hash),
        "Nats-Rollup": "sub",
      },
    },
  ];
}

async function stillParked({ admin }: Lab, count: number): Promise<void> {
  const { state } = await api(admin, `STREAM.INFO.${address.retryStream(small.integration)}`);
  const { messages } = Object(state);
  if (messages !== 2 * count) throw new Error(`${messages} of ${2 * count} records are there`);
}
