// Types that break importers, in a plan: which stream, what is different, and who reads it.

import { expect, test } from "vitest";
import { contractChanges } from "../../control/contract-changes.ts";
import { renderContracts } from "../../control/render-figures.ts";
import type { JsonSchema } from "../../schema/json.ts";
import type { DeclaredStream, Topology } from "../../schema/topology.ts";
import { workspaceOf } from "../rig/workspace.ts";

const object = (properties: Readonly<Record<string, JsonSchema>>, required = Object.keys(properties)): JsonSchema => ({
  type: "object",
  properties,
  required,
});

function declaring(...declared: readonly DeclaredStream[]): Topology {
  const topology = workspaceOf({ integrations: {} });
  return { ...topology, tenants: topology.tenants.map((tenant) => ({ ...tenant, declared })) };
}

const stream = (
  schema: JsonSchema | undefined,
  readers: readonly string[],
  refs?: Record<string, JsonSchema>,
): DeclaredStream => ({
  name: "orders",
  readers,
  ...(schema === undefined
    ? {}
    : { contract: { name: "order@1", hash: "", schema, ...(refs === undefined ? {} : { refs }) } }),
});

const number: JsonSchema = { type: "number" };
const text: JsonSchema = { type: "string" };

test("a field of another type breaks whoever reads it, now and afterwards", () => {
  const before = declaring(stream(object({ id: text, total: number }), ["globex/billing", "old/one"]));
  const now = declaring(stream(object({ id: text, total: text }), ["globex/billing", "acme/lake"]));
  const changes = contractChanges(before, now);
  expect(changes).toEqual([
    {
      tenant: "acme",
      stream: "orders",
      differences: [
        "total: number is now string (readers that run now may refuse new messages; stored messages may not fit)",
      ],
      breaks: ["acme/lake", "globex/billing", "old/one"],
    },
  ]);
  expect(renderContracts(changes, (_, each) => each).join("\n")).toBe(
    [
      "Contracts of streams that change:",
      "    ! acme/orders  may break acme/lake, globex/billing, old/one",
      "          total: number is now string (readers that run now may refuse new messages; stored messages may not fit)",
    ].join("\n"),
  );
});

test("a new required field breaks those who will read what is stored; a new optional one nobody", () => {
  const before = declaring(stream(object({ id: text }), ["old/one"]));
  const required = declaring(stream(object({ id: text, vat: text }), ["new/one"]));
  expect(contractChanges(before, required)[0]?.breaks).toEqual(["new/one"]);
  const optional = declaring(stream(object({ id: text, vat: text }, ["id"]), ["new/one"]));
  expect(contractChanges(before, optional)).toMatchObject([{ differences: ["vat: is new"], breaks: [] }]);
});

test("no change: the same contract, other words in it, a stream that is new or gone, a first apply", () => {
  const before = declaring(stream(object({ id: text }), ["a/b"]));
  expect(contractChanges(before, before)).toEqual([]);
  const described = declaring(
    stream({ ...object({ id: { ...text, description: "of the shop" } }), title: "Order" }, ["a/b"]),
  );
  expect(contractChanges(before, described)).toEqual([]);
  expect(contractChanges(before, declaring())).toEqual([]);
  expect(contractChanges(declaring(), before)).toEqual([]);
  expect(contractChanges(undefined, before)).toEqual([]);
});

test("a contract that another one refers to counts; a stream of anything breaks whoever wants something", () => {
  const line = (type: "integer" | "string") => ({ "line@1": object({ qty: { type } }) });
  const schema = object({ line: { $ref: "contract:line@1" } });
  const before = declaring(stream(schema, ["a/b"], line("integer")));
  expect(contractChanges(before, declaring(stream(schema, ["a/b"], line("string"))))).toMatchObject([
    { differences: [expect.stringContaining("line.qty: integer is now string")], breaks: ["a/b"] },
  ]);
  const anything = declaring(stream(undefined, ["a/b"]));
  expect(contractChanges(anything, declaring(stream(object({ id: text }), ["a/b"])))).toMatchObject([
    { breaks: ["a/b"] },
  ]);
});
