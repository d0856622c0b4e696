/// <reference path="../../library.d.ts" />
// Integration shop/quotes as the type checker reads it.

export type Source = { readonly "sku": string; readonly "qty": number; readonly "listPrice": number };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "crm_token": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: Source; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function walk(scope: Scope, target: never) {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
const $if1 = ( body.qty > 0 ); $boolean($if1);
if (!$if1) return;
const $map1 = { "rate": ( body.qty >= 100 ? 0.1 : 0 ), } as const satisfies $Json;
const $vars1 = { ...vars, "discount": $map1 } as const;
{ const vars = $vars1;
{
type $Setting1 = { readonly [key: string]: string };
const $setting1 = { "x-sku": ( body.sku ), } as const satisfies $Setting<$Setting1>;
const $setting2 = { "sku": ( body.sku ), "total": ( round(body.qty * body.listPrice * (1 - vars.discount.rate), 2) ), } as const satisfies $Json;
}
}
}
