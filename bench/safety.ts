// What each promise costs: the hop with it against the hop without it, by the same worker on the same server in turns.

import { createServer } from "node:http";
import { idHash } from "../schema/address.ts";
import { type Case, caseNamed, small } from "./hop/cases.ts";
import { openLab } from "./hop/lab.ts";
import { throughput } from "./hop/measure.ts";
import { type IsDone, worker } from "./hop/sides.ts";
import { paired, type Ratio } from "./paired.ts";

export interface SafetyFigure {
  readonly what: string;
  readonly ratio: Ratio;
}

type Measure = (prefix: string) => Promise<number>;

const shorter: Case = { ...small, count: 8_000 };

export async function* safety(pairs = 5): AsyncGenerator<SafetyFigure> {
  await using lab = await openLab({ syncAlways: false, replicas: 1 });
  await using sink = await startSink();
  const plain: Measure = (prefix) => throughput(lab, shorter, prefix, worker());
  const side = worker({ settings: { factor: 100, sink: sink.url }, isDone: isFirst });
  const failing = (share: number): Measure => {
    const each = caseNamed("notify", { ...shorter, count: 4_000, retries: true });
    return (prefix) => {
      sink.fail(share);
      return throughput(lab, each, prefix, side, { elsewhere: true });
    };
  };
  const rows: readonly (readonly [what: string, withIt: Measure, without: Measure])[] = [
    [
      "records of a backlog looked up after a restart",
      (prefix) => throughput(lab, shorter, prefix, worker(), { backlog: true }),
      plain,
    ],
    ["figures for Prometheus", plain, (prefix) => throughput(lab, shorter, prefix, worker({ figures: false }))],
    ["order by key", (prefix) => throughput(lab, caseNamed("small-ordered", shorter), prefix, worker()), plain],
    ["1 % of the deliveries fail once", failing(0.01), failing(0)],
    ["10 % of the deliveries fail once", failing(0.1), failing(0)],
  ];
  for (const [what, withIt, without] of rows) yield { what, ratio: await compare(pairs, withIt, without) };
}

async function compare(pairs: number, withIt: Measure, without: Measure): Promise<Ratio> {
  let round = 0;
  const next = (): string => `s${Date.now().toString(36)}-${round++}`;
  await withIt(next());
  await without(next());
  const { ratio } = await paired(
    pairs,
    () => withIt(next()),
    () => without(next()),
  );
  return ratio;
}

/** What comes again waits on purpose: the first attempts are counted, however they end. */
const isFirst: IsDone = ({ attempt }) => attempt === 1;

interface Sink extends AsyncDisposable {
  readonly url: string;
  fail(share: number): void;
}

/** Answers a share of the ids with 503 the first time. */
async function startSink(): Promise<Sink> {
  const seen = new Set<string>();
  let failing = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const id = String(request.headers["idempotency-key"]);
      const share = Buffer.from(idHash(id), "base64url").readUInt32BE(0) / 2 ** 32;
      const fails = share < failing && !seen.has(id);
      if (fails) seen.add(id);
      response.writeHead(fails ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    fail: (share) => {
      failing = share;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
