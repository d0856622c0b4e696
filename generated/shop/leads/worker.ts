/// <reference path="../../library.d.ts" />
// Integration shop/leads as the type checker reads it.

export type Sources$_fair = { readonly "Id": string; readonly "E-Mail": string; readonly "Stand"?: number | null | undefined };
export type Sources$_web = { readonly "leadId": string; readonly "email": string };
export type Steps$_1 = { readonly "id": string; readonly "email": string; readonly "via": string };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "crm_token": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: Sources$_web; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Meta2 = { readonly "file": { readonly "name": string; readonly "path": string; readonly "line": number } };
export type Scope2 = Env & { readonly body: Sources$_fair; readonly headers: $Headers; readonly meta: $Meta & Meta2 };
export type Scope = Scope1 | Scope2;

export function messageId_web({ body, headers, meta, settings }: Scope1) {
const $value1 = ( body.leadId ) satisfies string | number | null | undefined;
}

export function messageId_fair({ body, headers, meta, settings }: Scope2) {
const $value2 = ( body.Id ) satisfies string | number | null | undefined;
}

function $from1({ body, headers, meta, settings, secrets }: Scope1) {
  const vars = {};
const $map1 = { "id": ( body.leadId ), "email": ( body.email ), "via": "web", } as const satisfies $Json;
const $body1 = $map1;
{ const body = $body1;
return { body, headers, meta, vars };
}}
function $from2({ body, headers, meta, settings, secrets }: Scope2) {
  const vars = {};
const $map2 = { "id": ( body.Id ), "email": ( body['E-Mail'] ), "via": $text(( body.Stand ?? 0 ), ), } as const satisfies $Json;
const $body2 = $map2;
{ const body = $body2;
return { body, headers, meta, vars };
}}
export function walk(scope: Scope, $in: $Left<typeof $from1> | $Left<typeof $from2>, target: "leads") {
  const { settings, secrets } = scope;
  const { body, headers, meta, vars } = $in;
const $if1 = ( body.email.includes("@") ); $boolean($if1);
if (!$if1) return;
const $map3 = { ...$fields(( body )), "email": ( body.email.toLowerCase() ), } as const satisfies Steps$_1;
$closed<$Excess<typeof $map3, Steps$_1>>();
const $body3 = $map3;
{ const body = $body3;
if (target === "leads") {
body satisfies $Json;
return;
}
}
}
