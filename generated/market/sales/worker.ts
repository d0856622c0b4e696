/// <reference path="../../library.d.ts" />
// Integration market/sales as the type checker reads it.

export type Sale_1 = { readonly "id": string; readonly "cents": number; readonly "currency": "NOK" | "SEK" | "EUR"; readonly "customer"?: string | undefined };
export type Source = { readonly "id": string; readonly "amount": number; readonly "currency": "NOK" | "SEK" | "EUR"; readonly "customer": string; readonly "paid": boolean };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = {  };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: Source; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function messageId_http({ body, headers, meta, settings }: Scope1) {
const $value1 = ( body.id ) satisfies string | number | null | undefined;
}

export function walk(scope: Scope, target: "shared") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
const $if1 = ( body.paid ); $boolean($if1);
if (!$if1) return;
const $map1 = { "id": ( body.id ), "cents": ( round(body.amount * 100) ), "currency": ( body.currency ), "customer": ( body.customer ), } as const satisfies $Json;
const $body1 = $map1;
{ const body = $body1;
if (target === "shared") {
body satisfies Sale_1;
$closed<$Excess<typeof body, Sale_1>>();
return;
}
}
}
