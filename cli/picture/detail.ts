// One integration as a graph: its sources, each step, the route with its arms, its targets, and what failures do.

import { failingNames } from "../../compiler/3-resolve/integration.ts";
import type { Known } from "../../compiler/explain.ts";
import type { Contract, Integration, Source, Step, Target } from "../../compiler/integration.ts";
import type { Site } from "../../compiler/value.ts";
import { withoutUrlSecrets } from "../../control/watch/redact.ts";
import type { OnError } from "../../schema/bundle.ts";
import { durationText } from "../../schema/units.ts";
import type { Graph, GraphEdge, GraphGroup, GraphNode, Line, MessageType } from "./graph.ts";
import { shortType } from "./short-type.ts";
import {
  addressText,
  arriving,
  connectorText,
  errorLines,
  guardText,
  placeOf,
  plainText,
  retryText,
  settingOf,
  valueText,
} from "./spoken.ts";
import { stepNode } from "./step-node.ts";
import { fullName, neighbours, type Survey } from "./survey.ts";

interface Drawing {
  readonly integration: Integration;
  readonly survey: Survey;
  readonly types: ReadonlyMap<Site, Known>;
  /** The contract that a type is, by what the type checker calls it. */
  readonly names: ReadonlyMap<string, string>;
  readonly nodes: GraphNode[];
  readonly edges: GraphEdge[];
  /** Where a failure leaves: node and what it does. */
  readonly failures: { readonly from: string; readonly onError: OnError }[];
}

/** Where messages come from, and what they are there. */
interface End {
  readonly id: string;
  readonly type?: MessageType;
  readonly label?: string;
}

export function integrationsGraph(integrations: readonly Integration[], survey: Survey): Graph {
  const drawn = integrations.map((integration) => drawIntegration(integration, survey));
  const [only, ...others] = integrations;
  const alone = only !== undefined && others.length === 0;
  return {
    kind: "integrations",
    title: alone ? fullName(only) : `${integrations.length} integrations of ${survey.workspace.name}`,
    description: alone
      ? (only.description ?? `What happens to a message of integration ${fullName(only)}.`)
      : `What happens to messages of ${integrations.map(fullName).join(", ")}.`,
    groups: integrations.map(groupOf),
    nodes: drawn.flatMap(({ nodes }) => nodes),
    edges: drawn.flatMap(({ edges }) => edges),
  };
}

function groupOf(integration: Integration): GraphGroup {
  const { description, paused } = integration;
  const title = paused ? `${fullName(integration)} (paused)` : fullName(integration);
  return {
    id: fullName(integration),
    kind: "integration",
    title,
    ...(description === undefined ? {} : { description }),
  };
}

function drawIntegration(integration: Integration, survey: Survey): Drawing {
  const types = survey.types(integration);
  const names = contractNames(integration, types);
  const drawing: Drawing = { integration, survey, types, names, nodes: [], edges: [], failures: [] };
  const entered = integration.sources.map((source) => drawSource(source, drawing));
  const ends = drawSteps(integration.steps, `${fullName(integration)}#steps`, entered, drawing);
  drawReply(ends, drawing);
  drawTargets(ends, drawing);
  return drawing;
}

/** Whatever still has the type of a named contract is called by that name. */
function contractNames(
  { sources, steps, targets }: Integration,
  types: ReadonlyMap<Site, Known>,
): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  const add = (contract: Contract | undefined, site: Site): void => {
    const known = types.get(site);
    if (contract === undefined || contract.inline === true || known === undefined) return;
    if (!named.has(known.body)) named.set(known.body, contract.name);
  };
  for (const { contract, site, use, poll } of sources)
    if (use.manifest.source?.wraps === undefined && poll === undefined) add(contract, site);
  for (const step of [...steps, ...targets.flatMap((target) => target.steps)]) {
    if ("contract" in step && !("as" in step && step.as !== undefined)) add(step.contract, step.site);
  }
  return named;
}

function typeAt(site: Site, { types, names }: Drawing): MessageType | undefined {
  const known = types.get(site);
  if (known === undefined) return undefined;
  const { body, vars } = known;
  // A text that is always the same is its own type.
  const full = withoutUrlSecrets(body);
  return {
    short: names.get(body) ?? shortType(full),
    full,
    ...(vars === "{}" ? {} : { vars: withoutUrlSecrets(vars) }),
  };
}

const typed = (id: string, type: MessageType | undefined): End => (type === undefined ? { id } : { id, type });

function drawSource(source: Source, drawing: Drawing): End {
  const { integration } = drawing;
  const id = `${fullName(integration)}#sources.${source.name}`;
  const own = integration.sources.length > 1 ? `source ${source.name}` : "source";
  drawing.nodes.push({
    id,
    kind: "source",
    group: fullName(integration),
    label: `${own} · ${connectorText(source.use)}`,
    title: arriving(source).address,
    lines: sourceLines(source, drawing),
    place: placeOf(source.site),
  });
  drawing.failures.push({ from: id, onError: source.onError });
  const [end] = drawSteps(source.steps, `${id}.steps`, [typed(id, typeAt(source.site, drawing))], drawing);
  return end ?? { id };
}

function sourceLines(source: Source, { integration, survey }: Drawing): readonly Line[] {
  const { use, poll, contract, messageId, stream } = source;
  const lines: Line[] = [];
  if (poll !== undefined) {
    lines.push({ name: "asks", text: connectorText(poll.use) });
    const every = settingOf(use, "every");
    if (every !== undefined) lines.push({ name: "every", text: plainText(every.value) });
  }
  for (const guard of use.manifest.source?.guards ?? []) {
    const setting = settingOf(use, guard);
    if (setting !== undefined) lines.push({ name: guard, text: guardText(setting.value) });
  }
  if (stream !== undefined) {
    const { writers } = neighbours(survey.workspace, stream);
    lines.push({ name: "written by", text: writers.length === 0 ? "others" : writers.join(", ") });
  }
  const shape = contract ?? stream?.contract;
  if (shape !== undefined && shape.inline !== true) lines.push({ name: "contract", text: shape.name });
  if (messageId !== undefined) lines.push({ name: "id", text: valueText(messageId), code: true });
  const { orderBy } = integration;
  if (orderBy !== undefined) lines.push({ name: "in order by", text: valueText(orderBy), code: true });
  return [...lines, ...errorLines(source.onError)];
}

function drawSteps(steps: readonly Step[], prefix: string, from: readonly End[], drawing: Drawing): readonly End[] {
  let ends = from;
  for (const [index, step] of steps.entries()) {
    const id = `${prefix}.${index}`;
    drawing.nodes.push(stepNode(step, id, fullName(drawing.integration)));
    connect(ends, id, drawing);
    if ("onError" in step) drawing.failures.push({ from: id, onError: step.onError });
    ends = [typed(id, typeAt(step.site, drawing))];
    if (step.kind === "use") {
      // Its first step sees what arrives at it.
      const [end] = drawSteps(step.steps, `${id}.steps`, [typed(id, arrivingAt(id, drawing))], drawing);
      if (end !== undefined) ends = [typed(end.id, typeAt(step.site, drawing))];
    }
  }
  return ends;
}

/** Undefined where several things do. */
function arrivingAt(id: string, { edges }: Drawing): MessageType | undefined {
  const [first, ...others] = edges.filter(({ to }) => to === id).map(({ type }) => type);
  return others.every((type) => type?.full === first?.full) ? first : undefined;
}

function connect(ends: readonly End[], to: string, { edges }: Drawing): void {
  for (const { id, type, label } of ends) {
    edges.push({
      from: id,
      to,
      kind: "flow",
      ...(label === undefined ? {} : { label }),
      ...(type === undefined ? {} : { type }),
    });
  }
}

function drawReply(ends: readonly End[], drawing: Drawing): void {
  const { reply } = drawing.integration;
  if (reply === undefined) return;
  const id = `${fullName(drawing.integration)}#reply`;
  const status = reply.settings.find(({ key }) => key === "status");
  drawing.nodes.push({
    id,
    kind: "reply",
    group: fullName(drawing.integration),
    label: "reply to the caller",
    title: status === undefined ? "200" : plainText(status.value),
    lines: reply.settings.flatMap(({ key, value }): readonly Line[] => {
      if (key === "status") return [];
      if (value.kind !== "map") return [{ name: key, text: valueText(value), code: true }];
      return value.entries.map((entry) => ({ name: entry.key, text: valueText(entry.value), code: true }));
    }),
    place: placeOf(reply.site),
  });
  connect(ends, id, drawing);
}

function drawTargets(ends: readonly End[], drawing: Drawing): void {
  const { integration } = drawing;
  const { route, targets } = integration;
  const failing = failingNames(integration);
  const entries = new Map(targets.map((target) => [target.name, firstOf(target, integration)]));
  if (route === undefined) {
    for (const { name } of targets) if (!failing.has(name)) connect(ends, entries.get(name) ?? name, drawing);
  } else drawRoute(ends, entries, drawing);
  for (const target of targets) drawTarget(target, drawing);
  for (const { from, onError } of drawing.failures) drawFailure(from, onError, entries, drawing);
}

function drawRoute(ends: readonly End[], entries: ReadonlyMap<string, string>, drawing: Drawing): void {
  const { integration } = drawing;
  const { route = [], targets } = integration;
  const id = `${fullName(integration)}#route`;
  const arms = route.map(({ when, to }, index) => ({
    name: `${index + 1}`,
    text: `${when === undefined ? (index === 0 ? "always" : "otherwise") : valueText(when)} → ${to.length === 0 ? "dropped" : to.join(", ")}`,
    code: true as const,
  }));
  const [first] = route;
  drawing.nodes.push({
    id,
    kind: "route",
    group: fullName(integration),
    label: "route · the first that matches",
    lines: arms,
    ...(first === undefined ? {} : { place: placeOf(first.site) }),
  });
  connect(ends, id, drawing);
  for (const { name } of targets) {
    const numbers = route.flatMap(({ to }, index) => (to.includes(name) ? [index] : []));
    const [at] = numbers;
    if (at === undefined) continue;
    const arm = route[at];
    const label = numbers.map((index) => index + 1).join(", ");
    const type = arm === undefined ? undefined : typeAt(arm.site, drawing);
    connect([{ ...typed(id, type), label }], entries.get(name) ?? name, drawing);
  }
}

const targetId = (target: Target, integration: Integration): string =>
  `${fullName(integration)}#targets.${target.name}`;

/** Where a message for the target arrives first. */
function firstOf(target: Target, integration: Integration): string {
  const id = targetId(target, integration);
  if (target.when !== undefined) return `${id}.when`;
  return target.steps.length === 0 ? id : `${id}.steps.0`;
}

function drawTarget(target: Target, drawing: Drawing): void {
  const { integration } = drawing;
  const id = targetId(target, integration);
  const group = fullName(integration);
  let ends: readonly End[] = [];
  if (target.when !== undefined) {
    const text = valueText(target.when);
    drawing.nodes.push({ id: `${id}.when`, kind: "filter", group, label: "only when", lines: [{ text, code: true }] });
    ends = [{ id: `${id}.when` }];
  }
  ends = drawSteps(target.steps, `${id}.steps`, ends, drawing);
  const [end] = ends;
  const known = typeAt(target.site, drawing);
  connect(end === undefined ? [] : [typed(end.id, known)], id, drawing);
  drawing.nodes.push({
    id,
    kind: "target",
    group,
    label: `target ${target.name} · ${connectorText(target.use)}`,
    title: addressText(target.use, "target"),
    lines: targetLines(target, drawing),
    place: placeOf(target.site),
  });
  drawing.failures.push({ from: id, onError: target.onError });
}

function targetLines(target: Target, { survey }: Drawing): readonly Line[] {
  const { use, contract, stream, retry, limit, batch, onError } = target;
  const lines: Line[] = [];
  if (stream !== undefined) {
    const { readers } = neighbours(survey.workspace, stream);
    lines.push({ name: "read by", text: readers.length === 0 ? "nobody yet" : readers.join(", ") });
  }
  const shape = contract ?? stream?.contract;
  if (shape !== undefined && shape.inline !== true) lines.push({ name: "contract", text: shape.name });
  lines.push(...payloadLines(use));
  if (batch !== undefined) lines.push({ name: "batch", text: `${batch.count} within ${durationText(batch.within)}` });
  if (limit !== undefined) lines.push({ name: "limit", text: limitText(limit) });
  lines.push({ name: "retry", text: `${retryText(retry)}, then a dead letter` });
  return [...lines, ...errorLines(onError)];
}

/** The fields of what is sent, where that is not the body. */
function payloadLines({ settings }: Target["use"]): readonly Line[] {
  return settings.flatMap(({ key, value, bound }): readonly Line[] => {
    if (bound !== "payload" && key !== "text") return [];
    if (value.kind !== "map") return [{ name: key, text: valueText(value), code: true }];
    return value.entries.map((entry) => ({ name: entry.key, text: valueText(entry.value), code: true }));
  });
}

export function limitText({ rate, concurrency }: NonNullable<Target["limit"]>): string {
  const units: Readonly<Record<number, string>> = { 1000: "s", 60000: "m", 3600000: "h" };
  const fast = rate === undefined ? [] : [`${rate.count}/${units[rate.perMs] ?? durationText(rate.perMs)}`];
  return [...fast, ...(concurrency === undefined ? [] : [`${concurrency} at a time`])].join(", ");
}

function drawFailure(from: string, onError: OnError, entries: ReadonlyMap<string, string>, { edges }: Drawing): void {
  const byTarget = new Map<string, string[]>();
  for (const [name, reaction] of Object.entries(onError)) {
    if (typeof reaction !== "object") continue;
    for (const target of reaction.to) byTarget.set(target, [...(byTarget.get(target) ?? []), name]);
  }
  for (const [target, classes] of byTarget) {
    const to = entries.get(target);
    const label = classes.length === 4 ? "any error" : classes.join(", ");
    if (to !== undefined) edges.push({ from, to, kind: "error", label });
  }
}
