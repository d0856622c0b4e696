/// <reference path="../../library.d.ts" />
// Integration acme/orders-to-lines as the type checker reads it.

export type OrderLine_1 = { readonly "id": string; readonly "customer": string; readonly "cents": number; readonly "currency": "NOK" | "SEK" | "EUR"; readonly "source": string };
export type Source = { readonly "order_id": string; readonly "customer": string; readonly "amount": number; readonly "currency": "NOK" | "SEK" | "EUR"; readonly "paid": boolean };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "github_webhook": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "file": { readonly "name": string; readonly "path": string; readonly "line": number } };
export type Scope1 = Env & { readonly body: Source; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function messageId_file({ body, headers, meta, settings }: Scope1) {
const $value1 = ( body.order_id ) satisfies string | number | null | undefined;
}

export function walk(scope: Scope, target: "lines") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
const $if1 = ( body.paid ); $boolean($if1);
if (!$if1) return;
const $map1 = { "id": ( body.order_id ), "customer": ( body.customer.trim() ), "cents": ( round(body.amount * 100) ), "currency": ( body.currency ), "source": ( meta.file.name ), } as const satisfies OrderLine_1;
$closed<$Excess<typeof $map1, OrderLine_1>>();
const $body1 = $map1;
{ const body = $body1;
if (target === "lines") {
body satisfies $Json;
return;
}
}
}
