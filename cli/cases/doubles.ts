// Connectors of a case: what the real ones would ask of the outside, the case answers. Everything else of a connector is
// as it is, its manifest above all.

import { manifests } from "../../connectors/all.ts";
import type {
  Connector,
  Delivery,
  Manifest,
  OpenTarget,
  SourceContext,
  TargetContext,
} from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { type Answer, inTime, takes, toResult } from "./answers.ts";
import type { Case } from "./case.ts";
import type { Asked, SentDelivery } from "./happened.ts";

export interface Outside {
  readonly connectors: Readonly<Record<string, Connector>>;
  /** Sources that have started, by name: their doors. */
  readonly doors: ReadonlyMap<string, SourceContext>;
  readonly sent: readonly SentDelivery[];
  readonly asked: readonly Asked[];
  readonly flaws: ReadonlySet<string>;
  /** Pages of polls that nobody has asked for yet. */
  pagesLeft(): number;
}

type Ask = (delivery: Delivery, context: TargetContext) => Promise<DeliveryResult>;

/** `begin`: when the case begins on the clock that it is played on. */
export function outsideOf(test: Case, polls: ReadonlySet<string>, begin: number): Outside {
  const doors = new Map<string, SourceContext>();
  const sent: SentDelivery[] = [];
  const asked: Asked[] = [];
  const flaws = new Set<string>();
  const turns = new Map<string, number>();
  const pages = pagesOf(test, [...polls][0] ?? "");

  const next = (key: string, answers: readonly Answer[]): Answer | undefined => {
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    return answers[Math.min(turn, answers.length - 1)];
  };
  const pass = async ({ clock }: TargetContext, ms: number): Promise<void> => {
    if (ms > 0) await new Promise<void>((resolve) => void clock.after(ms, resolve));
  };
  const answered = async (context: TargetContext, given: Answer, settings: JsonObject): Promise<DeliveryResult> => {
    const answer = inTime(given, settings);
    await pass(context, takes(answer, settings));
    return toResult(answer, context.name, settings, context.clock.now());
  };
  const noted = (manifest: Manifest, given: Delivery, context: TargetContext, body = given.body): Asked => {
    const { id, attempt } = given;
    const { name, clock } = context;
    const settings = { ...context.settings, ...given.settings };
    return { target: name, at: clock.now() - begin, id, attempt, body: sentBy(manifest, body, settings), settings };
  };
  const take =
    (manifest: Manifest): Ask =>
    async (delivery, context) => {
      const { name } = context;
      const note = noted(manifest, delivery, context);
      if (note.settings.format === "blob" && !(await isWhole(delivery))) return noContent;
      const answer = next(`target ${name}`, test.answers[name] ?? [ok]) ?? ok;
      const result = await answered(context, answer, note.settings);
      sent.push({ ...note, taken: result.kind === "delivered" });
      return result;
    };
  const call =
    (manifest: Manifest): Ask =>
    async (delivery, context) => {
      const { name } = context;
      const note = noted(manifest, delivery, context, question(delivery).body);
      const paged = polls.has(name) ? await page(delivery, context) : undefined;
      asked.push(note);
      if (paged !== undefined) return paged;
      const answer = next(`call ${name}`, test.calls[name] ?? []);
      if (answer === undefined) {
        flaws.add(`\`${name}\` asks, and the case has no answer: give it one under \`calls\``);
        const failure = { class: "rejected", message: `the case has no answer for \`${name}\`` } as const;
        return { kind: "permanent", failure };
      }
      return answered(context, answer, note.settings);
    };
  /** Who asks for more pages than there are waits. */
  const page = async ({ signal }: Delivery, context: TargetContext): Promise<DeliveryResult> => {
    const { name, clock } = context;
    const first = pages.get(name)?.[0];
    await pass(context, first?.at === undefined ? 0 : first.at - test.at + begin - clock.now());
    // Who was not willing to wait so long has asked again meanwhile.
    const given = signal.aborted ? undefined : pages.get(name)?.shift();
    if (given !== undefined) return { kind: "delivered", answer: given.page };
    return await new Promise<never>(() => undefined);
  };
  const open =
    (ask: Ask) =>
    (context: TargetContext): Promise<OpenTarget> =>
      Promise.resolve({ deliver: (delivery) => ask(delivery, context), question, close: () => Promise.resolve() });

  const double = (manifest: Manifest): Connector => ({
    manifest: withoutLease(manifest),
    startSource: async (context) => {
      doors.set(context.name, context);
      return { stop: () => Promise.resolve() };
    },
    openTarget: open(take(manifest)),
    openCall: open(call(manifest)),
  });
  return {
    connectors: Object.fromEntries(manifests.map((manifest) => [manifest.name, double(manifest)])),
    doors,
    sent,
    asked,
    flaws,
    pagesLeft: () => [...pages.values()].reduce((sum, { length }) => sum + length, 0),
  };
}

/** Reads what the real one would send or write. */
async function isWhole({ content, signal }: Delivery): Promise<boolean> {
  let read = 0;
  for await (const part of content?.read(signal) ?? []) read += part.length;
  return read === content?.size;
}

const noContent: DeliveryResult = {
  kind: "permanent",
  failure: { class: "invalid", message: "the message has no bytes beside it: its source needs `format: blob`" },
};

const ok: Answer = { kind: "ok" };

/** A request that carries no body is the same whoever asks. */
function question({ settings, body }: Pick<Delivery, "settings" | "body">) {
  const bodiless = ["json", "text", "form", "query"].some((key) => settings[key] !== undefined);
  return { settings, body: bodiless || (settings.method ?? "GET") === "GET" ? null : body };
}

interface Page {
  readonly page: Json;
  readonly at: number | undefined;
}

/** By the source's name; `only`: where the case names none. */
function pagesOf({ given }: Case, only: string): Map<string, Page[]> {
  const pages = new Map<string, Page[]>();
  for (const { source = only, page, at } of given) {
    if (page !== undefined) pages.set(source, [...(pages.get(source) ?? []), { page, at }]);
  }
  return pages;
}

/** One worker runs it, and there is no other that could. */
function withoutLease(manifest: Manifest): Manifest {
  if (manifest.source?.singleton === undefined) return manifest;
  const { singleton: _, ...source } = manifest.source;
  return { ...manifest, source };
}

/** Settings that stand for the body, by connector. */
const payloads: Readonly<Record<string, readonly string[]>> = {
  http: ["json", "text", "form", "body"],
  smtp: ["text", "html"],
};

function sentBy({ name }: Manifest, body: Json, settings: JsonObject): Json {
  const key = payloads[name]?.find((each) => settings[each] !== undefined);
  return key === undefined ? body : (settings[key] ?? null);
}
