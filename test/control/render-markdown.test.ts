// A plan in a pull request: what stands first, what is folded, what is cut, and that no name can be more than a name.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { commentLimit, renderMarkdown } from "../../control/render-markdown.ts";
import type { Change, Plan } from "../../schema/plan.ts";

const change = (part: Partial<Change>): Change => ({
  action: "create",
  kind: "stream",
  tenant: "acme",
  name: "IN_orders",
  consequence: { kind: "safe" },
  fields: [],
  ...part,
});

const planOf = (part: Partial<Plan>): Plan => ({
  workspace: "shop",
  revision: 3,
  changes: [],
  drift: [],
  leftovers: [],
  quotas: [],
  intakes: [],
  contracts: [],
  rollouts: [],
  hash: "abc123",
  ...part,
});

const inProd = { context: "prod" };

test("a plan reads from the line that decides over losses, contracts and drift to the changes of each tenant", () => {
  const plan = planOf({
    changes: [
      change({
        fields: [
          { field: "subjects", from: null, to: ["in.orders.>"] },
          { field: "discard", from: null, to: "new" },
        ],
      }),
      change({
        action: "replace",
        name: "IN_billing",
        movedFrom: "IN_bills",
        consequence: { kind: "migrates", messages: 10_000 },
        fields: [{ field: "retention", from: "limits", to: "workqueue" }],
      }),
      change({ action: "delete", tenant: "globex", consequence: { kind: "drops-unread", messages: 12 } }),
      change({
        action: "delete",
        tenant: "globex",
        kind: "consumer",
        name: "IN_orders/shop",
        consequence: { kind: "drops-unread", messages: 12 },
      }),
    ],
    contracts: [
      { tenant: "acme", stream: "contacts", differences: ["total: number is now string"], breaks: ["globex/crm"] },
    ],
    drift: [
      {
        kind: "stream",
        tenant: "acme",
        name: "DLQ",
        fields: [
          { field: "max_msgs", from: -1, to: 5, owner: "vrsky" },
          { field: "subjects", from: [], to: ["a|b"], owner: "other" },
        ],
      },
    ],
    quotas: [{ tenant: "acme", what: "storage", before: 1024 ** 3, after: 2 * 1024 ** 3, granted: -1 }],
    leftovers: [{ kind: "stream", tenant: "acme", name: "IN_gone", messages: 3 }],
  });
  expect(renderMarkdown(plan, inProd)).toBe(`### VRSky plan: \`shop\` in \`prod\`

**Plan: 1 to add, 1 to change, 2 to destroy.**

> [!CAUTION]
> **Unread messages would be lost.** Apply refuses this until each is allowed by name, or until the targets have read them.

| tenant | name | unread messages | would be allowed by |
| --- | --- | --- | --- |
| \`globex\` | \`IN_orders\` | **12** | \`--allow-data-loss=globex/IN_orders\` |

> [!WARNING]
> **Contracts change under their readers.**

| stream | what is different | may break |
| --- | --- | --- |
| \`acme/contacts\` | \`total: number is now string\` | \`globex/crm\` |

#### Changed by somebody else since the last apply

| tenant | kind | name | field | owner |
| --- | --- | --- | --- | --- |
| \`acme\` | stream | \`DLQ\` | \`max_msgs\` \`unlimited\` → \`5\` | ours: apply sets it back |
| \`acme\` | stream | \`DLQ\` | \`subjects\` \`(none)\` → <code>a&#124;b</code> | not ours: left as it is |

#### Tenant \`acme\`

|  | kind | name | messages | fields |
| --- | --- | --- | --- | --- |
| ➕ create | stream | \`IN_orders\` | safe | \`subjects\` \`in.orders.>\` |
| ♻️ replace | stream | \`IN_bills\` → \`IN_billing\` | keeps 10000 messages by moving them | \`retention\` \`limits\` → \`workqueue\` (forces replacement) |

#### Tenant \`globex\`

|  | kind | name | messages | fields |
| --- | --- | --- | --- | --- |
| ➖ delete | stream | \`IN_orders\` | 🛑 **drops 12 unread messages** |  |
| ➖ delete | consumer | \`IN_orders/shop\` | 🛑 **drops 12 unread messages** |  |

<details><summary>What tenants may use, of what they are granted</summary>

| tenant | what | before | with this plan | granted |
| --- | --- | --- | --- | --- |
| \`acme\` | \`storage\` | 1 GiB | **2 GiB** | unlimited |

</details>

<details><summary>1 object no longer in the workspace, and kept (<code>--prune</code> removes them)</summary>

| tenant | kind | name | unread messages |
| --- | --- | --- | --- |
| \`acme\` | stream | \`IN_gone\` | 3 |

</details>

<sub>Revision 3, hash \`abc123\`</sub>
`);
});

test("nothing to do is a heading and a line", () => {
  expect(renderMarkdown(planOf({}), inProd)).toBe(
    "### VRSky plan: `shop` in `prod`\n\n**No changes. The cluster holds what the workspace wants.**\n",
  );
});

const many = (count: number): Plan =>
  planOf({
    changes: Array.from({ length: count }, (_, index) =>
      change({
        tenant: `tenant-${index % 7}`,
        name: `IN_${index}`,
        ...(index === 0 ? { action: "delete", consequence: { kind: "drops-unread", messages: 1 } } : {}),
      }),
    ),
  });

test("many changes are folded by tenant, and a loss shows on the fold", () => {
  const text = renderMarkdown(many(70), inProd);
  expect(text.match(/<summary>.*<\/summary>/g)).toEqual([
    "<summary>Tenant <code>tenant&#45;0</code>: 10 changes, <b>1 with unread messages</b></summary>",
    ...[1, 2, 3, 4, 5, 6].map((index) => `<summary>Tenant <code>tenant&#45;${index}</code>: 10 changes</summary>`),
  ]);
});

test.each([1000, 5000, 50_000])("%i changes fit into a comment, and what is cut is counted", (count) => {
  const text = renderMarkdown(many(count), inProd);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(commentLimit);
  const rows = text.split("\n").filter((line) => /^\| (➕|➖)/.test(line)).length;
  const cut = [...text.matchAll(/(\d+) more/g)].reduce((sum, [, figure]) => sum + Number(figure), 0);
  expect(rows + cut).toBe(count);
  expect(text).toContain(`Plan: ${count - 1} to add`);
  expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
  expect(text.trimEnd().endsWith("</sub>")).toBe(true);
});

/** The text with each piece of code as one word: what is left is ours. */
const frame = (text: string): string => text.replaceAll(/`[^`\n]*`|<code>[^<\n]*<\/code>/g, "CODE");

test("whatever names and values hold, they stay inside their code", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary", minLength: 1 }),
    fc.string({ unit: fc.constantFrom(..."`|\\<>&*_[]()@#!\n\r\t\u202e ~-"), minLength: 1 }),
    fc.constantFrom("</code><script>", "`|`", "\\|", "--", " x ", "@org/team", "https://evil.example", "</details>"),
  );
  const plan = (text: string): Plan =>
    planOf({
      workspace: text,
      hash: text,
      changes: [
        change({
          action: "update",
          tenant: text,
          name: text,
          movedFrom: text,
          consequence: { kind: "drops-unread", messages: 1 },
          fields: [{ field: text, from: text, to: [text] }],
        }),
      ],
      drift: [
        { kind: "stream", tenant: text, name: text, fields: [{ field: text, from: text, to: text, owner: "other" }] },
      ],
      leftovers: [{ kind: "stream", tenant: text, name: text, messages: 0 }],
      quotas: [{ tenant: text, what: text, before: 1, after: 2, granted: 3 }],
      contracts: [{ tenant: text, stream: text, differences: [text], breaks: [text] }],
    });
  const harmless = frame(renderMarkdown(plan("x"), { context: "x" }));
  fc.assert(
    fc.property(nasty, (text) => {
      const rendered = renderMarkdown(plan(text), { context: text });
      expect(frame(rendered)).toBe(harmless);
      for (const [, inside = ""] of rendered.matchAll(/<code>([^<]*)<\/code>/g)) {
        if (inside !== "--prune") expect(inside.replaceAll(/&#\d+;|[\p{L}\p{N} ]/gu, "")).toBe("");
      }
      for (const [, inside = ""] of rendered.matchAll(/`([^`]*)`/g)) expect(inside).toMatch(/^[\w.:/,$*>@=+() -]*$/);
    }),
  );
});
