// Judges a run by what was written down during it, message by message and never by counts alone: what was accepted has
// exactly one end at each target, nothing is left, nothing took effect twice, and what arrived is what the mapping
// gives. Whoever wants to be convinced by a fault run should read this file first.

/** What must become of one message at one target; a split message has several. */
export interface Part {
  /** Id at the target: of the message, or of one item of it. */
  readonly id: string;
  readonly end: "delivered" | "dropped" | "dead";
  /** Of what the mapping gives. */
  readonly hash: string;
}

export interface Effect {
  readonly id: string;
  readonly hash: string;
}

export interface Grave {
  readonly id: string;
  readonly possiblyDelivered: boolean;
  readonly message: string;
}

export interface Evidence {
  readonly target: string;
  /** Of every message that was ever sent, by its id. */
  readonly sent: ReadonlyMap<string, readonly Part[]>;
  /** Written down after the 2xx. What got neither 2xx nor 4xx may or may not appear. */
  readonly accepted: ReadonlySet<string>;
  /** What took effect at the target. */
  readonly effects: readonly Effect[];
  /** Deliveries that the target knew already by their key. */
  readonly repeats: number;
  /** So many deliveries may come again: what was in flight when a fault came. */
  readonly allowed: number;
  readonly dead: readonly Grave[];
  /** Ids, at the end. */
  readonly inFlight: ReadonlySet<string>;
}

export interface Verdict {
  readonly target: string;
  readonly accepted: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly dead: number;
  readonly inFlight: number;
  readonly lost: number;
  readonly repeats: number;
  readonly allowed: number;
  readonly duplicates: number;
  /** What is wrong, in words; none when the promises were kept. */
  readonly findings: readonly string[];
}

export function judge(evidence: Evidence): Verdict {
  const { target, sent, accepted, dead, inFlight, repeats, allowed } = evidence;
  const effects = grouped(evidence.effects);
  const graves = grouped(dead);
  const ends = { delivered: 0, dropped: 0, dead: 0, inFlight: 0, lost: 0, parts: 0 };
  const findings: string[] = [];
  const find = (what: string, ids: readonly string[]): void => {
    if (ids.length > 0) findings.push(`${target}: ${ids.length} ${what}: ${ids.slice(0, 5).join(" ")}`);
  };
  const lost: string[] = [];
  const both: string[] = [];
  const wrongEnd: string[] = [];
  for (const [id, parts] of sent) {
    if (!accepted.has(id)) continue;
    for (const part of parts) {
      ends.parts += 1;
      const taken = effects.get(part.id) ?? [];
      // One letter of the whole message is the end of those of its items that had none.
      const buried = graves.get(part.id) ?? (taken.length > 0 || part.end === "dropped" ? [] : (graves.get(id) ?? []));
      if (taken.length > 0) {
        ends.delivered += 1;
        if (part.end === "dropped") wrongEnd.push(part.id);
        if (buried.some(({ possiblyDelivered }) => !possiblyDelivered)) both.push(part.id);
      } else if (buried.length > 0) {
        ends.dead += 1;
        if (part.end !== "dead" && !buried.some(({ message }) => message.includes("killed its worker")))
          wrongEnd.push(part.id);
      } else if (inFlight.has(id) || inFlight.has(part.id)) ends.inFlight += 1;
      else if (part.end === "dropped") ends.dropped += 1;
      else lost.push(part.id);
    }
  }
  const known = new Map([...sent.values()].flat().map((part) => [part.id, part]));
  const twice = [...effects].filter(([, taken]) => taken.length > 1);
  find("lost", lost);
  find("delivered and dead", both);
  find("ended otherwise than they should", wrongEnd);
  find(
    "took effect more than once",
    twice.map(([id]) => id),
  );
  find(
    "buried more than once",
    [...graves].filter(([, buried]) => buried.length > 1).map(([id]) => id),
  );
  find("never sent", [
    ...[...effects.keys()].filter((id) => !known.has(id)),
    ...[...graves.keys()].filter((id) => !known.has(id) && !sent.has(id)),
  ]);
  find("with other content than the mapping gives", changed(evidence.effects, known));
  find("still in flight", [...inFlight]);
  if (repeats > allowed)
    findings.push(`${target}: ${repeats} deliveries came again, ${allowed} were in flight at faults`);
  return {
    target,
    accepted: ends.parts,
    delivered: ends.delivered,
    dropped: ends.dropped,
    dead: ends.dead,
    inFlight: ends.inFlight,
    lost: lost.length,
    repeats,
    allowed,
    duplicates: twice.reduce((sum, [, taken]) => sum + taken.length - 1, 0),
    findings,
  };
}

function changed(effects: readonly Effect[], known: ReadonlyMap<string, Part>): readonly string[] {
  return effects.filter(({ id, hash }) => known.has(id) && known.get(id)?.hash !== hash).map(({ id }) => id);
}

function grouped<T extends { readonly id: string }>(all: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const group = groups.get(each.id);
    if (group === undefined) groups.set(each.id, [each]);
    else group.push(each);
  }
  return groups;
}

/** One delivery of an ordered integration, as the target saw it. */
export interface Arrival {
  readonly key: string;
  /** Number within its key, rising. */
  readonly number: number;
  /** False: the target knew it already. */
  readonly first: boolean;
}

/** Per key the first effects come in order, and the last delivery is of the newest message. */
export function judgeOrder(target: string, arrivals: readonly Arrival[]): readonly string[] {
  const newest = new Map<string, number>();
  const last = new Map<string, number>();
  const overtaken: string[] = [];
  for (const { key, number, first } of arrivals) {
    const before = newest.get(key) ?? -1;
    if (first && number < before) overtaken.push(`${key}/${number}`);
    newest.set(key, Math.max(before, number));
    last.set(key, number);
  }
  const stale = [...last].filter(([key, number]) => newest.get(key) !== number).map(([key]) => key);
  return [
    ...(overtaken.length > 0
      ? [`${target}: ${overtaken.length} out of order: ${overtaken.slice(0, 5).join(" ")}`]
      : []),
    ...(stale.length > 0
      ? [`${target}: ${stale.length} keys end with an old message: ${stale.slice(0, 5).join(" ")}`]
      : []),
  ];
}
