/// <reference path="../../library.d.ts" />
// Integration shop/customers-se as the type checker reads it.

export type Fragment$_tidyAddress$_params = { readonly "country": string };
export type ShopCustomer_1 = { readonly "id": string; readonly "street": string; readonly "zip"?: string | undefined; readonly "country"?: string | undefined };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "crm_token": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: ShopCustomer_1; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function walk(scope: Scope, target: "customers") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
const $params1 = { "country": "SE", } as const satisfies Fragment$_tidyAddress$_params;
$closed<$Excess<typeof $params1, Fragment$_tidyAddress$_params>>();
const $declared1 = $answer<Fragment$_tidyAddress$_params>();
{ const params = $declared1;
const $map1 = { ...$fields(( body )), "street": ( body.street.trim() ), "country": ( (body.country ?? params.country).toUpperCase() ), } as const satisfies $Json;
const $body1 = $map1;
{ const body = $body1;
const $if1 = ( body.country === "SE" ); $boolean($if1);
const $map2 = { ...$fields(( body )), "zip": ( body.zip?.replaceAll(' ', '') ), } as const satisfies $Json;
const $body2 = $if1 ? $map2 : body;
{ const body = $body2;
if (target === "customers") {
body satisfies $Json;
return;
}
}}}
}
