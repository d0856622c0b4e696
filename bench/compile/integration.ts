// An integration of the benchmark: sixteen expressions, among them a filter, maps with a spread, callbacks over lists,
// a route with two arms and two targets with settings.

import { pick, type Random } from "../../test/rig/random.ts";

export const expressionsEach = 16;

export function integrationText(index: number, contract: string, next: Random): string {
  const status = pick(next, ["paid", "open", "refunded"]);
  const team = pick(next, ["logistics", "finance", "support", "growth"]);
  const least = 1 + Math.floor(next() * 9);
  const many = 5 + Math.floor(next() * 20);
  const path = pick(next, ["orders", "returns", "purchases", "parcels"]);
  return `# ${pick(next, ["Orders", "Purchases", "Returns"])} with the status "${status}" go to the warehouse, great ones to the chat of ${team}.
integration: flow-${index}
description: What is ${status} goes to the warehouse; ${team} hears of the great ones.
labels: { team: ${team}, origin: shop }
source:
  http: { path: /${path}/${index}, signature: { scheme: standard-webhooks, secret: "\${ secrets.shop_webhook }" } }
  contract: ${contract}
  message-id: \${ body.id }
steps:
  - filter: \${ body.status === "${status}" && body.lines.length >= ${least} }
  - map:
      ...: \${ body }
      cents: \${ round(body.amount * 100) }
      customer: \${ body.customer.name.trim() }
      email: \${ (body.email ?? "nobody@example.com").trim().toLowerCase() }
      country: \${ body.address?.country ?? settings.fallbackCountry }
      skus: \${ body.lines.map(line => line.sku) }
      great: \${ body.lines.some(line => line.qty > ${many}) || body.amount > settings.bigOrder }
      lines: |-
        \${ body.lines.filter(line => line.qty > 0).map(line => ({
             sku: line.sku.toUpperCase(),
             title: line.title ?? "an article without a title",
             quantity: line.qty,
             cents: round(line.price * line.qty * 100),   // per line, not per piece
           })) }
route:
  - when: \${ body.great }
    to: [warehouse, chat]
  - to: [warehouse]
targets:
  warehouse:
    steps:
      - map:
          id: \${ body.id }
          kind: ${pick(next, ["delivery", "pick-up", "express"])}
          lines: \${ body.lines }
        contract: { id: string, kind: string, lines: [{ sku: string, title: string, quantity: integer, cents: number }] }
    http: { connection: crm, path: /${path}, method: PUT, timeout: ${1 + Math.floor(next() * 30)}s }
    retry: { for: 12h, initial: 2s }
  chat:
    http:
      url: \${ secrets.chat_url }
      json:
        channel: "${team}"
        text: "A great one from \${ body.customer }"
    on-error: drop
`;
}
