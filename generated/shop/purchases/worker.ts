/// <reference path="../../library.d.ts" />
// Integration shop/purchases as the type checker reads it.

export type Source = { readonly "Purchase": { readonly "Number": string; readonly "Currency": "SEK" | "EUR"; readonly "Line": readonly ({ readonly "Sku": string; readonly "Qty": number; readonly "Price": number })[] } };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "crm_token": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: Source; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function messageId_http({ body, headers, meta, settings }: Scope1) {
const $value1 = ( body.Purchase.Number ) satisfies string | number | null | undefined;
}

export function walk(scope: Scope, target: "lines") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
const $map1 = { "number": ( body.Purchase.Number ), "currency": ( body.Purchase.Currency ), } as const satisfies $Json;
const $vars1 = { ...vars, "purchase": $map1 } as const;
{ const vars = $vars1;
const $list1 = $items(( body.Purchase.Line ));
const $body1 = $list1;
{ const body = $body1;
const $if1 = ( body.Qty > 0 ); $boolean($if1);
if (!$if1) return;
const $map2 = { "purchase": ( vars.purchase.number ), "sku": ( body.Sku.toUpperCase() ), "cents": ( orFail(toMinor(body.Qty * body.Price, vars.purchase.currency), "no amount") ), } as const satisfies $Json;
const $body2 = $map2;
{ const body = $body2;
if (target === "lines") {
body satisfies $Json;
return;
}
}}}
}
