// Topology: what integrations share and what they need of the servers.

import { entry } from "./entry.ts";

export const topologyCodes = {
  VRS5001: entry(
    "error",
    "Two owners of one address",
    "Two integrations claim the same path, subject or file pattern; each address has one owner.",
    {
      bad: [
        "source: { http: { path: /orders }, contract: order@1 }",
        "---",
        "integration: another",
        "source: { http: { path: /orders }, contract: order@1 }",
        "targets: { out: { nats: { subject: another.out } } }",
      ],
      good: [
        "source: { http: { path: /orders }, contract: order@1 }",
        "---",
        "integration: another",
        "source: { http: { path: /others }, contract: order@1 }",
        "targets: { out: { nats: { subject: another.out } } }",
      ],
    },
  ),
  VRS5002: entry(
    "error",
    "Quota that does not suffice",
    "The tenant's integrations may use more than its quota grants: storage, streams, consumers, connections or the size of a message. The finding gives both figures; a context's own quotas are looked at as well.",
    {
      bad: ["# tenants/acme/tenant.yaml", "tenant: acme", "quotas: { storage: 1MiB }"],
      good: ["# tenants/acme/tenant.yaml", "tenant: acme", "quotas: { storage: 1GiB }"],
    },
  ),
  VRS5003: entry(
    "error",
    "Rename that cannot be",
    "`moved-from` says what an integration was called before, so that its messages follow it. The old name must be free: no integration has it any more, and no other one comes from it.",
    {
      bad: [
        "moved-from: old-orders",
        "source: { http: { path: /orders }, contract: order@1 }",
        "---",
        "integration: old-orders",
        "source: { http: { path: /others }, contract: order@1 }",
        "targets: { out: { nats: { subject: another.out } } }",
      ],
      good: ["moved-from: old-orders", "source: { http: { path: /orders }, contract: order@1 }"],
    },
  ),
  VRS5004: entry(
    "error",
    "Subject that is not the author's",
    "`nats` publishes and reads where no part of VRSky or of NATS itself does, and the first part of the subject is written out: the worker is given the right to it. The same goes for streams and buckets.",
    {
      bad: ["targets: { out: { nats: { subject: in.orders.m.x } } }"],
      good: ["targets: { out: { nats: { subject: orders.out } } }"],
    },
  ),
  VRS5005: entry(
    "warning",
    "Dedupe that the intake cannot keep",
    "At the rate that the tenant's quota lets in, the intake cannot hold the ids of all of `dedupe`: it would fill up although the targets keep up, and senders be told to come again. Messages are taken to need 1 KiB each, and room is reckoned twice.",
    {
      bad: [
        "source: { http: { path: /orders }, contract: order@1, dedupe: 7d }",
        "---",
        "# tenants/acme/tenant.yaml",
        "tenant: acme",
        "quotas: { messages: 100/s }",
      ],
      good: [
        "source: { http: { path: /orders }, contract: order@1, dedupe: 15m }",
        "---",
        "# tenants/acme/tenant.yaml",
        "tenant: acme",
        "quotas: { messages: 100/s }",
      ],
    },
  ),
  VRS5006: entry(
    "warning",
    "Integration that reads what it publishes",
    "A target publishes to a subject, or into a bucket, that a source of the same integration reads, and no filter, condition or route stands between them: each message comes back as another one, without end.",
    {
      bad: [
        'source: { nats: { subject: "orders.*" }, contract: order@1 }',
        "targets: { out: { nats: { subject: orders.enriched } } }",
      ],
      good: [
        "source: { nats: { subject: orders.new }, contract: order@1 }",
        "targets: { out: { nats: { subject: orders.enriched } } }",
      ],
    },
  ),
  VRS5007: entry(
    "error",
    "Content that does not fit",
    "What a source takes at most must fit where it is kept, twice, so that one can come in while another is worked on: up to 64 MiB in the intake, as chunks beside the message, and what is larger in an object bucket. Both are shares of the tenant's storage; a context's own quota is looked at as well.",
    {
      bad: [
        "source: { http: { path: /videos, format: blob, max-size: 500MiB } }",
        'targets: { out: { file: { path: "videos/${ body.name }", format: blob } } }',
        "---",
        "# tenants/acme/tenant.yaml",
        "tenant: acme",
        "quotas: { storage: 1GiB }",
      ],
      good: [
        "source: { http: { path: /videos, format: blob, max-size: 500MiB } }",
        'targets: { out: { file: { path: "videos/${ body.name }", format: blob } } }',
        "---",
        "# tenants/acme/tenant.yaml",
        "tenant: acme",
        "quotas: { storage: 4GiB }",
      ],
    },
  ),
  VRS5008: entry(
    "error",
    "Content that does not come to its target",
    "A target with `format: blob` sends the content that came with its message. One must come: from a source with `format: blob`, message by message and stored.",
    {
      bad: ['targets: { out: { file: { path: "out/${ body.id }", format: blob } } }'],
      good: [
        "source: { http: { path: /videos, format: blob } }",
        'targets: { out: { file: { path: "out/${ body.name }", format: blob } } }',
      ],
    },
  ),
} as const;
