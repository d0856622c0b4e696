// Integrations, resolved anew only when something that they are made of is another: their own document, the workspace's
// and the tenants', the connections and fragments of their tenant, a contract that they name (or that one names), a
// template. What had a finding is always resolved anew: findings tell of names elsewhere that were nearly meant.

import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";
import type { Spec } from "../2-parse/spec.ts";
import type { Integration } from "../integration.ts";
import type { Contracts } from "./contracts.ts";
import { resolveIntegration, type Surroundings } from "./integration.ts";
import type { ReadText } from "./template.ts";

export type ResolveIntegration = typeof resolveIntegration;

export interface Resolver {
  /** For one compile. `read` gives a file's text without a trace; `text` is what the passes are given. */
  start(specs: readonly Spec[], contracts: Contracts, read: ReadText, text: ReadText): Resolving;
}

export interface Resolving {
  readonly resolve: ResolveIntegration;
  /** To be used by all passes instead of the one that was given. */
  readonly text: ReadText;
}

interface Known {
  readonly integration: Integration | undefined;
  readonly background: Background;
  readonly named: Named;
  readonly texts: Texts;
}

/** What all integrations of a tenant see; the very same record as long as nothing in it is another. */
interface Background {
  readonly specs: readonly Spec[];
  readonly named: Named;
}

/** Contracts by name, with those that they refer to; undefined: there is none of that name. */
type Named = ReadonlyMap<string, JsonSchema | undefined>;
type Texts = ReadonlyMap<string, string | undefined>;

export function createResolver(): Resolver {
  let known = new WeakMap<Spec, Known>();
  /** What was read for connections, which all integrations of a tenant see. */
  let shared: Texts = new Map();
  const backgrounds = new Map<string, Background>();
  const names = new WeakMap<object, readonly string[]>();
  const namesOf = (from: object, value: unknown): readonly string[] => {
    const before = names.get(from);
    if (before !== undefined) return before;
    const found = contractNames(value);
    names.set(from, found);
    return found;
  };

  return {
    start: (specs, contracts, read, text) => {
      const stillRead = (texts: Texts): boolean => {
        for (const [path, before] of texts) if (read(path) !== before) return false;
        return true;
      };
      if (!stillRead(shared)) known = new WeakMap();
      const asked = new Map<string, string | undefined>();
      shared = asked;
      const namedBy = (some: readonly Spec[]): Named => {
        const found = new Map<string, JsonSchema | undefined>();
        const waiting = some.flatMap((spec) => namesOf(spec, spec.value));
        for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
          if (found.has(name)) continue;
          const schema = contracts.get(name);
          found.set(name, schema);
          if (schema !== undefined) waiting.push(...namesOf(schema, schema));
        }
        return found;
      };
      /** What these names lead to is what they led to: then they lead to no other names, either. */
      const stillNamed = (named: Named): boolean => {
        for (const [name, schema] of named) if (contracts.get(name) !== schema) return false;
        return true;
      };
      const now = new Map<string, Background>();
      const backgroundOf = (tenant: string): Background => {
        const made = now.get(tenant);
        if (made !== undefined) return made;
        const seen = background(specs, tenant);
        const before = backgrounds.get(tenant);
        const same = before !== undefined && areSame(before.specs, seen) && stillNamed(before.named);
        const kept = same ? before : { specs: seen, named: namedBy(seen) };
        now.set(tenant, kept);
        backgrounds.set(tenant, kept);
        return kept;
      };
      return {
        text: recording(text, asked),
        resolve: (spec, around, report) => {
          const seen = backgroundOf(spec.tenant);
          const before = known.get(spec);
          if (before?.background === seen && stillNamed(before.named) && stillRead(before.texts)) {
            for (const path of before.texts.keys()) text(path);
            return before.integration;
          }
          const texts = new Map<string, string | undefined>();
          let findings = 0;
          const own: Surroundings = { ...around, text: recording(text, texts) };
          const integration = resolveIntegration(spec, own, (diagnostic) => {
            findings += 1;
            report(diagnostic);
          });
          if (findings === 0) known.set(spec, { integration, background: seen, named: namedBy([spec]), texts });
          else known.delete(spec);
          return integration;
        },
      };
    },
  };
}

/** Every document that integrations of a tenant may see; kinds to come are seen by all until somebody thinks otherwise. */
function background(specs: readonly Spec[], tenant: string): readonly Spec[] {
  return specs.filter(({ kind, tenant: owner }) => {
    if (kind === "integration" || kind === "tests") return false;
    return owner === tenant || (kind !== "connections" && kind !== "fragment");
  });
}

const areSame = (before: readonly Spec[], now: readonly Spec[]): boolean =>
  before.length === now.length && before.every((spec, index) => spec === now[index]);

function recording(text: ReadText, into: Map<string, string | undefined>): ReadText {
  return (path) => {
    const found = text(path);
    into.set(path, found);
    return found;
  };
}

/** Whatever may be the name of a contract in a value's texts and keys: `order@1`, `[contact@1]`, `contract:order@1`. */
function contractNames(value: unknown): readonly string[] {
  const found = new Set<string>();
  const visit = (part: unknown): void => {
    if (typeof part === "string") {
      if (!part.includes("@")) return;
      for (const [name] of part.matchAll(/[A-Za-z][A-Za-z0-9-]*@\d+/g)) found.add(name);
    } else if (Array.isArray(part)) part.forEach(visit);
    else if (isJsonObject(part as Json)) {
      for (const [key, member] of Object.entries(part as object)) {
        visit(key);
        visit(member);
      }
    }
  };
  visit(value);
  return [...found];
}
