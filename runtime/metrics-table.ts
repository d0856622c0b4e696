// The metrics of a worker: their names are lasting, their labels are names of tenants, integrations and parts alone.
// docs/metrics.md is held against this table by a test.

import type { Family } from "./exposition.ts";

const integration = ["tenant", "integration"] as const;
const target = [...integration, "target"] as const;
const source = [...integration, "source"] as const;

export const families = {
  accepted: {
    name: "vrsky_accepted_total",
    type: "counter",
    labels: [...source, "duplicate"],
    help: "Messages stored for a source; duplicate: known already.",
  },
  refused: {
    name: "vrsky_refused_total",
    type: "counter",
    labels: [...source, "class"],
    help: "Messages turned away at a source.",
  },
  replies: {
    name: "vrsky_replies_total",
    type: "counter",
    labels: [...source, "result"],
    help: "Senders that waited for a reply, by what they got: replied, dropped, failed, late.",
  },
  messages: {
    name: "vrsky_messages_total",
    type: "counter",
    labels: [...target, "outcome"],
    help: "Attempts at a target by their outcome: delivered, continued (failed, and counts as done by `on-error`), dropped, retry, dead, lost (`transport: ephemeral` only).",
  },
  batches: {
    name: "vrsky_batches_total",
    type: "counter",
    labels: [...target, "result"],
    help: "Lists of messages sent to a target, by what it said: delivered, permanent, transient, unknown.",
  },
  delivery: {
    name: "vrsky_delivery_seconds",
    type: "histogram",
    labels: target,
    help: "Time of an attempt, from its start until its outcome is recorded.",
  },
  steps: {
    name: "vrsky_steps_seconds",
    type: "histogram",
    labels: target,
    help: "Time to parse a message and run its steps towards a target; answers that steps wait for are not in it.",
  },
  inFlight: {
    name: "vrsky_in_flight",
    type: "gauge",
    labels: target,
    help: "Messages in hand at a target in this worker.",
  },
  lag: {
    name: "vrsky_lag",
    type: "gauge",
    labels: target,
    help: "Messages of the intake that a target has not finished, those in flight included; of all workers together.",
  },
  oldest: {
    name: "vrsky_oldest_pending_seconds",
    type: "gauge",
    labels: target,
    help: "Age of the oldest message of the intake that a target has not finished; 0 when there is none.",
  },
  parked: {
    name: "vrsky_parked",
    type: "gauge",
    labels: target,
    help: "Messages that failed at a target and are scheduled for another attempt; of all workers together.",
  },
  intakeBytes: {
    name: "vrsky_intake_bytes",
    type: "gauge",
    labels: integration,
    help: "Size of the intake: what waits, and the history.",
  },
  intakeMaxBytes: {
    name: "vrsky_intake_max_bytes",
    type: "gauge",
    labels: integration,
    help: "Size that the intake may have; -1: no limit.",
  },
  breakerOpen: {
    name: "vrsky_breaker_open",
    type: "gauge",
    labels: target,
    help: "1: the target does not answer, so that nothing is pulled for it but a probe now and then.",
  },
  sourceRunning: {
    name: "vrsky_source_running",
    type: "gauge",
    labels: source,
    help: "1: the source runs in this worker; 0: it is not connected, halted, or another worker runs it.",
  },
  refusedDeployments: {
    name: "vrsky_deployment_refused",
    type: "gauge",
    labels: integration,
    help: "1: what is deployed cannot be verified or started here, and what ran before goes on.",
  },
} as const satisfies Readonly<Record<string, Family>>;

/** Seconds. */
export const deliveryBounds = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120] as const;
export const stepsBounds = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1] as const;
