// What manifests promise to those who read them: their examples compile, their settings are described, and what can go
// wrong is told for each side.

import { expect, test } from "vitest";
import { manifests } from "../../connectors/all.ts";
import type { Manifest, SettingsSchema } from "../../schema/connector.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { compileTexts } from "../rig/compile.ts";

const contact =
  "type: object\nrequired: [id, updatedAt]\nproperties: { id: { type: string }, updatedAt: { type: string } }\n";

/** Each example is a tenant of its own, with the secrets that it names. */
function workspaceOf({ name, examples }: Manifest): readonly (readonly [path: string, text: string])[] {
  return examples.flatMap(({ spec }, index) => {
    const text = spec.join("\n");
    const secrets = [...new Set([...text.matchAll(/secrets\.(\w+)/g)].map(([, secret = ""]) => secret))];
    const tenant = `${name}-${index}`;
    const own = `tenant: ${tenant}\nsecrets: [${secrets.join(", ")}]\nstreams: { contacts: { contract: contact@1 } }\n`;
    return [
      [`tenants/${tenant}/tenant.yaml`, own],
      [`tenants/${tenant}/example.yaml`, `${text}\n`],
    ];
  });
}

test("the examples of every connector compile", () => {
  const { diagnostics, emitted } = compileTexts({
    "contracts/contact@1.yaml": contact,
    ...Object.fromEntries(manifests.flatMap(workspaceOf)),
  });
  const shown = diagnostics.map(({ code, file, range, message }) => `${file}:${range.start.line} ${code} ${message}`);
  expect(shown).toEqual([]);
  const specs = manifests.flatMap(({ examples }) => examples.flatMap(({ spec }) => spec));
  expect(emitted?.bundles).toHaveLength(specs.filter((line) => line.startsWith("integration: ")).length);
  expect(manifests.filter(({ examples }) => examples.length === 0)).toEqual([]);
});

test("every setting is described", () => {
  const bare = manifests.flatMap(({ name, source, target, call, connection }) =>
    Object.entries({ source: source?.settings, target: target?.settings, call: call?.settings, connection }).flatMap(
      ([side, schema]) => (schema === undefined ? [] : undescribed(schema, `${name}.${side}`)),
    ),
  );
  expect(bare).toEqual([]);
});

function undescribed(schema: SettingsSchema, path: string): readonly string[] {
  const properties: Json = schema.properties ?? {};
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, property]) => {
    if (!isJsonObject(property)) return [];
    const own = typeof property.description === "string" ? [] : [`${path}.${name}`];
    return [...own, ...undescribed(property, `${path}.${name}`)];
  });
}

test("a target says what it never tries again, what it tries again, and of what it cannot know", () => {
  for (const { name, target, call } of manifests) {
    for (const side of [target, call]) {
      if (side === undefined) continue;
      expect({ name, kinds: [...new Set(side.errors.map(({ result }) => result))] }).toEqual({
        name,
        kinds: expect.arrayContaining(["transient"]),
      });
      const classes = side.errors.filter(({ result }) => result !== "permanent").map((error) => error.class);
      expect({ name, classes: [...new Set(classes)] }).toEqual({ name, classes: ["unavailable"] });
    }
  }
});
