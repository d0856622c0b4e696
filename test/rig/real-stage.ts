// A stage for cases on a real server and the machine's clock: what the simulated one is compared with.

import type { NatsConnection } from "@nats-io/nats-core";
import type { Playable, Stage } from "../../cli/cases/play.ts";
import { systemClock } from "../../runtime/clock.ts";
import { deadStream, retryStream } from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import type { DeadLetter } from "../../schema/outcome.ts";
import { api } from "./topology.ts";
import { until } from "./wait.ts";

/** The account of the connection holds the streams of one case at a time. */
export async function realStage(connection: NatsConnection, { coded, topology }: Playable): Promise<Stage> {
  const { integration } = coded.bundle;
  const streams = topology.streams.filter((each) => [undefined, integration].includes(each.integration));
  const consumers = topology.consumers.filter((each) => each.integration === integration);
  for (const { config } of streams) await api(connection, `STREAM.CREATE.${config.name}`, config);
  for (const { stream, config } of consumers) {
    if (config.ack_policy !== "explicit") continue;
    const body = { stream_name: stream, action: "", config: { ...config, name: config.durable_name } };
    await api(connection, `CONSUMER.CREATE.${stream}.${config.durable_name}.${config.filter_subject}`, body);
  }
  const retry = retryStream(integration);
  const parked = async (): Promise<boolean> => {
    if (coded.bundle.transport === "ephemeral") return false;
    const info = await api(connection, `STREAM.INFO.${retry}`, { subjects_filter: `rs.${integration}.>` });
    return (info.state as { subjects?: object }).subjects !== undefined;
  };
  const idle = async (): Promise<boolean> => {
    if (await parked()) return false;
    const infos = await Promise.all(
      consumers.map(({ stream, config }) => api(connection, `CONSUMER.INFO.${stream}.${config.durable_name}`)),
    );
    if (infos.some((info) => Number(info.num_pending) + Number(info.num_ack_pending) > 0)) return false;
    return !(await parked());
  };
  /** A message that moves on between two of the questions would not be seen: so they are asked again and again. */
  const isOver = async (): Promise<boolean> => {
    for (let looks = 0; looks < 3; looks += 1) if (!(await idle())) return false;
    return true;
  };
  return {
    clock: systemClock,
    at: Date.now(),
    wire: connection,
    rest: async (done) => {
      await until("the case is over", async () => done() && (await isOver()), 20_000);
      return undefined;
    },
    dead: async () => {
      const letters: DeadLetter[] = [];
      const info = await api(connection, `STREAM.INFO.${deadStream}`);
      const { last_seq: last } = info.state as { last_seq: number };
      for (let seq = 1; seq <= last; seq += 1) {
        const found = await connection.request(`$JS.API.DIRECT.GET.${deadStream}`, JSON.stringify({ seq }));
        letters.push(JSON.parse(found.headers?.get(header.dead) ?? "{}"));
      }
      return letters.map((letter) => ({ target: letter.target, letter }));
    },
    close: async (worker) => {
      await worker.stop();
      for (const { config } of streams) await api(connection, `STREAM.DELETE.${config.name}`);
    },
  };
}
