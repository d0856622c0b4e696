// Counters for Prometheus, fed by the worker's events. Names of tenants, integrations and parts are the only labels.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { RunEvent } from "../schema/outcome.ts";
import type { Health } from "./health.ts";

export interface Metrics {
  observe(event: RunEvent): void;
  readonly contentType: string;
  /** The exposition text; figures of what is in flight and of what is refused are those of `health`. */
  text(health: Health): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const part = ["tenant", "integration"];
  collectDefaultMetrics({ register: registry });
  const accepted = new Counter({
    name: "vrsky_accepted_total",
    help: "Messages stored for a source; duplicate: known already.",
    labelNames: [...part, "source", "duplicate"],
    registers,
  });
  const refused = new Counter({
    name: "vrsky_refused_total",
    help: "Messages turned away at a source.",
    labelNames: [...part, "source", "class"],
    registers,
  });
  const messages = new Counter({
    name: "vrsky_messages_total",
    help: "Attempts at a target by their outcome.",
    labelNames: [...part, "target", "outcome"],
    registers,
  });
  const seconds = new Histogram({
    name: "vrsky_delivery_seconds",
    help: "Time of an attempt, from its start until its outcome is recorded.",
    labelNames: [...part, "target"],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120],
    registers,
  });
  const replies = new Counter({
    name: "vrsky_replies_total",
    help: "Senders that waited for a reply, by what they got.",
    labelNames: [...part, "source", "result"],
    registers,
  });
  const batches = new Counter({
    name: "vrsky_batches_total",
    help: "Lists of messages sent to a target.",
    labelNames: [...part, "target", "result"],
    registers,
  });
  const inFlight = new Gauge({
    name: "vrsky_in_flight",
    help: "Messages in hand at a target.",
    labelNames: [...part, "target"],
    registers,
  });
  const breakerOpen = new Gauge({
    name: "vrsky_breaker_open",
    help: "1: the target does not answer, so that nothing is pulled for it but a probe now and then.",
    labelNames: [...part, "target"],
    registers,
  });
  const refusedDeployments = new Gauge({
    name: "vrsky_deployment_refused",
    help: "1: what is deployed cannot be verified or started here, and what ran before goes on.",
    labelNames: part,
    registers,
  });
  return {
    observe: (event) => {
      const { tenant, integration } = event;
      switch (event.kind) {
        case "accepted":
          return accepted.inc({ tenant, integration, source: event.source, duplicate: String(event.duplicate) });
        case "refused":
          return refused.inc({ tenant, integration, source: event.source, class: event.class });
        case "outcome":
          messages.inc({ tenant, integration, target: event.target, outcome: event.outcome.kind });
          return seconds.observe({ tenant, integration, target: event.target }, event.durationMs / 1000);
        case "reply":
          return replies.inc({ tenant, integration, source: event.source, result: event.result });
        case "batch":
          return batches.inc({ tenant, integration, target: event.target, result: event.result });
        case "breaker":
          // Its state is that of `health`.
          return;
        default:
          return event satisfies never;
      }
    },
    contentType: registry.contentType,
    text: (health) => {
      inFlight.reset();
      breakerOpen.reset();
      refusedDeployments.reset();
      for (const { tenant, integration } of health.refused) refusedDeployments.set({ tenant, integration }, 1);
      for (const running of health.integrations) {
        const { tenant, integration } = running;
        for (const [target, count] of Object.entries(running.inFlight)) {
          inFlight.set({ tenant, integration, target }, count);
        }
        for (const [target, state] of Object.entries(running.breakers)) {
          breakerOpen.set({ tenant, integration, target }, state === "closed" ? 0 : 1);
        }
      }
      return registry.metrics();
    },
  };
}
