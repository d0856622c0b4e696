/// <reference path="../../library.d.ts" />
// Integration shop/orders as the type checker reads it.

export type ShopOrder_1 = { readonly "id": string; readonly "customerId": string; readonly "test"?: boolean | undefined; readonly "lines": readonly ({ readonly "sku": string; readonly "qty": number; readonly "price": number })[] };
export type Steps$_0 = { readonly "name": string; readonly "tier": "gold" | "basic" };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "crm_token": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: ShopOrder_1; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function messageId_http({ body, headers, meta, settings }: Scope1) {
const $value1 = ( body.id ) satisfies string | number | null | undefined;
}

export function call_customer({ settings, secrets }: Env) {
type $Setting1 = string;
const $setting1 = ( settings.crmUrl ) satisfies $Setting<$Setting1>;
type $Setting2 = { readonly [key: string]: string };
const $setting2 = { "authorization": $settingText(( secrets.crm_token ), ), } as const satisfies $Setting<$Setting2>;
}

export function walk(scope: Scope, target: "desk" | "warehouse") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
type $Setting3 = string;
const $setting3 = $settingText(( body.customerId ), ) satisfies $Setting<$Setting3>;
const $answer1 = $answer<Steps$_0>();
const $vars1 = { ...vars, "customer": $maybe($answer1) } as const;
{ const vars = $vars1;
const $map1 = { ...$fields(( body )), "total": ( round(body.lines.sumBy(line => line.qty * line.price), 2) ), "customer": ( vars.customer?.name ?? "a guest" ), "tier": ( vars.customer?.tier ?? "none" ), } as const satisfies $Json;
const $body1 = $map1;
{ const body = $body1;
if (target === "warehouse") {
$route1: {
const $if1 = ( body.test === true ); $boolean($if1);
if ($if1) { return; }
const $if2 = ( body.total >= settings.great || body.tier === "gold" ); $boolean($if2);
if ($if2) { break $route1; }
{ break $route1; }
return;
}
if (target === "warehouse") {
body satisfies $Json;
return;
}
}
const $if3 = ( body.test === true ); $boolean($if3);
if ($if3) {
return;
}
const $if4 = ( body.total >= settings.great || body.tier === "gold" ); $boolean($if4);
if ($if4) {
if (target === "desk") {
const $map2 = { "text": $text(( body.customer ), ( body.tier ), ( body.total ), ), "order": ( body.id ), } as const satisfies $Json;
const $body2 = $map2;
{ const body = $body2;
body satisfies $Json;
return;
}}
return;
}
{
return;
}
}}
}
