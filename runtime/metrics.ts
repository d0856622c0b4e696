// Figures for Prometheus: counters and histograms that the worker's events feed, and gauges that are read when somebody
// asks for them.

import { collectDefaultMetrics, Registry } from "prom-client";
import type { Outcome, RunEvent } from "../schema/outcome.ts";
import {
  createDistribution,
  type Distribution,
  type Family,
  familyText,
  histogramText,
  observe,
  type Sample,
} from "./exposition.ts";
import type { IntegrationFigures } from "./figures.ts";
import type { Health } from "./health.ts";
import { deliveryBounds, families, stepsBounds } from "./metrics-table.ts";

export interface Metrics {
  observe(event: RunEvent): void;
  /** How long the steps of one message took towards a target. */
  steps(tenant: string, integration: string, target: string, ms: number): void;
  readonly contentType: string;
  /** The exposition text. What is in flight and what is refused is said by `health`, what waits by `figures`. */
  text(health: Health, figures?: readonly IntegrationFigures[]): Promise<string>;
}

interface TargetSeries {
  readonly outcomes: {
    delivered: number;
    continued: number;
    dropped: number;
    retry: number;
    dead: number;
    lost: number;
  };
  readonly delivery: Distribution;
  readonly steps: Distribution;
  /** By their result. */
  readonly batches: Map<string, number>;
}

interface SourceSeries {
  readonly stored: { first: number; duplicate: number };
  readonly refused: Map<string, number>;
  /** By their result. */
  readonly replies: Map<string, number>;
}

/** By tenant, integration and part: three look-ups cost less than one text made of three. */
type ByPart<S> = Map<string, Map<string, Map<string, S>>>;

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const targets: ByPart<TargetSeries> = new Map();
  const sources: ByPart<SourceSeries> = new Map();
  return {
    observe: (event) => {
      const { tenant, integration } = event;
      switch (event.kind) {
        case "accepted": {
          const { stored } = part(sources, tenant, integration, event.source, newSource);
          if (event.duplicate) stored.duplicate += 1;
          else stored.first += 1;
          return;
        }
        case "refused": {
          const { refused } = part(sources, tenant, integration, event.source, newSource);
          refused.set(event.class, (refused.get(event.class) ?? 0) + 1);
          return;
        }
        case "outcome": {
          const series = part(targets, tenant, integration, event.target, newTarget);
          series.outcomes[counterOf(event.outcome)] += 1;
          return observe(series.delivery, deliveryBounds, event.durationMs / 1000);
        }
        case "reply": {
          const { replies } = part(sources, tenant, integration, event.source, newSource);
          replies.set(event.result, (replies.get(event.result) ?? 0) + 1);
          return;
        }
        case "batch": {
          const { batches } = part(targets, tenant, integration, event.target, newTarget);
          batches.set(event.result, (batches.get(event.result) ?? 0) + 1);
          return;
        }
        case "breaker":
        case "source":
        case "rollout":
          // Its state is that of `health`.
          return;
        default:
          return event satisfies never;
      }
    },
    steps: (tenant, integration, target, ms) =>
      observe(part(targets, tenant, integration, target, newTarget).steps, stepsBounds, ms / 1000),
    contentType: registry.contentType,
    text: async (health, figures = []) =>
      [...sourceTexts(sources), ...targetTexts(targets), ...healthTexts(health), ...figureTexts(figures)].join("") +
      (await registry.metrics()),
  };
}

const newTarget = (): TargetSeries => ({
  outcomes: { delivered: 0, continued: 0, dropped: 0, retry: 0, dead: 0, lost: 0 },
  delivery: createDistribution(deliveryBounds),
  steps: createDistribution(stepsBounds),
  batches: new Map(),
});

const newSource = (): SourceSeries => ({
  stored: { first: 0, duplicate: 0 },
  refused: new Map(),
  replies: new Map(),
});

function part<S>(all: ByPart<S>, tenant: string, integration: string, name: string, make: () => S): S {
  const known = all.get(tenant)?.get(integration)?.get(name);
  if (known !== undefined) return known;
  const made = make();
  const integrations = all.get(tenant) ?? new Map<string, Map<string, S>>();
  const parts = integrations.get(integration) ?? new Map<string, S>();
  all.set(tenant, integrations.set(integration, parts.set(name, made)));
  return made;
}

const listed = <S>(all: ByPart<S>): readonly { readonly labels: readonly string[]; readonly series: S }[] =>
  [...all].flatMap(([tenant, integrations]) =>
    [...integrations].flatMap(([integration, parts]) =>
      [...parts].map(([name, series]) => ({ labels: [tenant, integration, name], series })),
    ),
  );

function sourceTexts(sources: ByPart<SourceSeries>): readonly string[] {
  const all = listed(sources);
  const accepted = all.flatMap(({ labels, series: { stored } }): readonly Sample[] => [
    { labels: [...labels, "false"], value: stored.first },
    { labels: [...labels, "true"], value: stored.duplicate },
  ]);
  const refused = all.flatMap(({ labels, series }) =>
    [...series.refused].map(([kind, value]): Sample => ({ labels: [...labels, kind], value })),
  );
  const replies = all.flatMap(({ labels, series }) =>
    [...series.replies].map(([result, value]): Sample => ({ labels: [...labels, result], value })),
  );
  return [
    familyText(families.accepted, accepted),
    familyText(families.refused, refused),
    familyText(families.replies, replies),
  ];
}

function targetTexts(targets: ByPart<TargetSeries>): readonly string[] {
  const all = listed(targets);
  const messages = all.flatMap(({ labels, series: { outcomes } }) =>
    Object.entries(outcomes).map(([outcome, value]): Sample => ({ labels: [...labels, outcome], value })),
  );
  const batches = all.flatMap(({ labels, series }) =>
    [...series.batches].map(([result, value]): Sample => ({ labels: [...labels, result], value })),
  );
  const of = (which: "delivery" | "steps") =>
    all.map(({ labels, series }) => ({ labels, distribution: series[which] }));
  return [
    familyText(families.messages, messages),
    familyText(families.batches, batches),
    histogramText(families.delivery, deliveryBounds, of("delivery")),
    histogramText(families.steps, stepsBounds, of("steps")),
  ];
}

function healthTexts({ integrations, refused }: Health): readonly string[] {
  const byTarget = <V>(
    of: (running: Health["integrations"][number]) => Readonly<Record<string, V>>,
    value: (v: V) => number,
  ) =>
    integrations.flatMap((running) =>
      Object.entries(of(running)).map(
        ([target, each]): Sample => ({ labels: [running.tenant, running.integration, target], value: value(each) }),
      ),
    );
  const sourcesRunning = integrations.flatMap(({ tenant, integration, sources }) =>
    Object.entries(sources).map(
      ([source, { condition }]): Sample => ({
        labels: [tenant, integration, source],
        value: condition === "running" ? 1 : 0,
      }),
    ),
  );
  return [
    familyText(
      families.inFlight,
      byTarget(
        (running) => running.inFlight,
        (count) => count,
      ),
    ),
    familyText(
      families.breakerOpen,
      byTarget(
        (running) => running.breakers,
        (state) => (state === "closed" ? 0 : 1),
      ),
    ),
    familyText(families.sourceRunning, sourcesRunning),
    familyText(
      families.refusedDeployments,
      refused.map(({ tenant, integration }) => ({ labels: [tenant, integration], value: 1 })),
    ),
  ];
}

function figureTexts(figures: readonly IntegrationFigures[]): readonly string[] {
  const intake = (family: Family, value: "bytes" | "maxBytes"): string =>
    familyText(
      family,
      figures.flatMap(({ tenant, integration, intake }) =>
        intake === undefined ? [] : [{ labels: [tenant, integration], value: intake[value] }],
      ),
    );
  const target = (family: Family, value: "lag" | "oldestSeconds" | "parked"): string =>
    familyText(
      family,
      figures.flatMap(({ tenant, integration, targets }) =>
        targets.flatMap((each): readonly Sample[] => {
          const figure = each[value];
          return figure === undefined ? [] : [{ labels: [tenant, integration, each.target], value: figure }];
        }),
      ),
    );
  return [
    target(families.lag, "lag"),
    target(families.oldest, "oldestSeconds"),
    target(families.parked, "parked"),
    intake(families.intakeBytes, "bytes"),
    intake(families.intakeMaxBytes, "maxBytes"),
  ];
}

/** What failed and counts as done, as its `on-error` says, is not what was done. */
const counterOf = (outcome: Outcome): Outcome["kind"] | "continued" =>
  outcome.kind === "delivered" && outcome.continued === true ? "continued" : outcome.kind;
