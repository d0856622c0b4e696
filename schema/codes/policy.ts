// Policy: what a tenant is granted, and what must not stand in a spec.

import { entry } from "./entry.ts";

export const policyCodes = {
  VRS6001: entry(
    "error",
    "Connector that the tenant is not granted",
    "`connectors:` of the tenant's document lists the kinds that its integrations and connections may use. Streams need no grant; a source that polls needs the connector by which it asks.",
    {
      bad: [
        "# tenants/acme/tenant.yaml",
        "tenant: acme",
        "connectors: [http]",
        "# tenants/acme/example.yaml",
        "targets: { out: { nats: { subject: orders.out } } }",
      ],
      good: [
        "# tenants/acme/tenant.yaml",
        "tenant: acme",
        "connectors: [http, nats]",
        "# tenants/acme/example.yaml",
        "targets: { out: { nats: { subject: orders.out } } }",
      ],
    },
  ),
  VRS6002: entry(
    "error",
    "Secret where a reference belongs",
    "A spec is committed, and its compiled form posted: it says where a secret is found, `{ file: path }` or `{ env: VARIABLE }`, and never holds one. What was committed once is no secret any more; make it anew.",
    {
      bad: [
        "# vrsky.yaml",
        "workspace: shop",
        "language: 1",
        "contexts: { prod: { nats: tls://admin:passw0rd@nats.example.com:4222 } }",
      ],
      good: [
        "# vrsky.yaml",
        "workspace: shop",
        "language: 1",
        "contexts:",
        "  prod: { nats: tls://nats.example.com:4222, credentials: { file: ~/.config/vrsky/prod.creds } }",
      ],
    },
  ),
  VRS6003: entry(
    "error",
    "Not a public key",
    "`trust:` lists the public keys (nkeys) whose signatures workers believe. One letter that is wrong is noticed: a key ends in a check sum.",
    {
      bad: [
        "# vrsky.yaml",
        "workspace: shop",
        "language: 1",
        "contexts: { prod: { trust: [OAINITYKRLUPKCHEW5Q7VPLIWGETEGVIBQ364TRK2S3SJJEJTWH4NA2X] } }",
      ],
      good: [
        "# vrsky.yaml",
        "workspace: shop",
        "language: 1",
        "contexts: { prod: { trust: [OAINITYKRLUPKCHEW5Q7VPLIWGETEGVIBQ364TRK2S3SJJEJTWH4NA2W] } }",
      ],
    },
  ),
  VRS6004: entry(
    "error",
    "Unknown tenant of a context",
    "`tenants:` of a context says what holds there for a tenant of the workspace instead of what its own document says.",
    {
      bad: [
        "# vrsky.yaml",
        "workspace: shop",
        "language: 1",
        "contexts: { prod: { tenants: { acne: { quotas: { storage: 50GiB } } } } }",
      ],
      good: [
        "# vrsky.yaml",
        "workspace: shop",
        "language: 1",
        "contexts: { prod: { tenants: { acme: { quotas: { storage: 50GiB } } } } }",
      ],
    },
  ),
} as const;
