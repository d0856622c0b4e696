// Integration shop/orders. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
  const check0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const matches = ({ from, column, columns, next, match }, text) => {
let state = 0;
for (let i = 0; i < text.length && state >= 0 && match[state] < 2; i++) {
const point = text.codePointAt(i);
if (point > 65535) i++;
let low = 0, high = from.length - 1;
while (low < high) { const middle = (low + high + 1) >> 1; if (from[middle] <= point) low = middle; else high = middle - 1; }
state = next[state * columns + column[low]];
}
return state >= 0 && match[state] > 0;
};
const points = (text) => { let count = 0; for (const _ of text) count++; return count; };
const atLeast = (text, count) => text.length >= count && (text.length >= 2 * count || points(text) >= count);
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["id"];
if (v0 === undefined) say(out, p + "/id", "is required");
else {
if (!(typeof v0 === "string")) say(out, p + "/id", "must be a string");
else {
if (!atLeast(v0, 1)) say(out, p + "/id", "must not be empty");
}
}
const v1 = v["customerId"];
if (v1 === undefined) say(out, p + "/customerId", "is required");
else {
if (!(typeof v1 === "string")) say(out, p + "/customerId", "must be a string");
else {
if (!matches(pattern2, v1)) say(out, p + "/customerId", "must match the contract's pattern");
}
}
const v3 = v["test"];
if (v3 !== undefined) {
if (!(typeof v3 === "boolean")) say(out, p + "/test", "must be true or false");
}
const v4 = v["lines"];
if (v4 === undefined) say(out, p + "/lines", "is required");
else {
if (!(isArray(v4))) say(out, p + "/lines", "must be a list");
else {
if (v4.length < 1) say(out, p + "/lines", "must not be empty");
for (let i6 = 0; i6 < v4.length && out.length < 20; i6++) {
const v5 = v4[i6];
if (!(typeof v5 === "object" && v5 !== null && !isArray(v5))) say(out, p + "/lines/" + i6, "must be an object");
else {
const v7 = v5["sku"];
if (v7 === undefined) say(out, p + "/lines/" + i6 + "/sku", "is required");
else {
if (!(typeof v7 === "string")) say(out, p + "/lines/" + i6 + "/sku", "must be a string");
}
const v8 = v5["qty"];
if (v8 === undefined) say(out, p + "/lines/" + i6 + "/qty", "is required");
else {
if (!(Number.isSafeInteger(v8))) say(out, p + "/lines/" + i6 + "/qty", "must be an integer");
else {
if (!(v8 >= 1)) say(out, p + "/lines/" + i6 + "/qty", "must be at least 1");
}
}
const v9 = v5["price"];
if (v9 === undefined) say(out, p + "/lines/" + i6 + "/price", "is required");
else {
if (!(Number.isFinite(v9))) say(out, p + "/lines/" + i6 + "/price", "must be a number");
else {
if (!(v9 >= 0)) say(out, p + "/lines/" + i6 + "/price", "must be at least 0");
}
}
}
}
}
}
}
};
const pattern2 = {"from":[0,45,46,48,58,99,100],"column":[0,1,0,2,0,3,0],"columns":4,"next":[-1,-1,-1,1,-1,2,-1,-1,-1,-1,3,-1,-1,-1,3,-1],"match":[0,0,0,1]};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const check1 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["name"];
if (v0 === undefined) say(out, p + "/name", "is required");
else {
if (!(typeof v0 === "string")) say(out, p + "/name", "must be a string");
}
const v1 = v["tier"];
if (v1 === undefined) say(out, p + "/tier", "is required");
else {
if (!(v1 === "gold" || v1 === "basic")) say(out, p + "/tier", "must be one of gold, basic");
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const project0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "id": o0["id"], "customerId": o0["customerId"] }; t1 = o0["test"]; if (t1 !== undefined) r["test"] = t1; t1 = o0["lines"]; if (t1 !== undefined) r["lines"] = (isArray(t1) ? t1.map((i2, n3) => (isObject(i2) ? ((o4) => { let t5; const r = { "sku": o4["sku"], "qty": o4["qty"], "price": o4["price"] };  return r; })(i2) : i2)) : t1); return r; })(v) : v);
return f0;
})();
  const project1 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "name": o0["name"], "tier": o0["tier"] };  return r; })(v) : v);
return f0;
})();
  const broken = (place, contract, issues, value) => ({
    kind: "failed",
    place,
    message: "does not fit " + contract + ": " + issues.map((issue) => (issue.path || "the body") + " " + issue.message).join("; "),
    broke: { issues, value },
  });
  const saw = (failure, body, vars, params) => ({ ...failure, seen: { body, vars, params } });
  return {
    sources: {
    "http": {
      settings: ({ settings, secrets }) => ({ "path": "/orders" }),
      check: check0,
      messageId: (scope) => {
        const { headers, meta, settings } = scope;
        $.begin();
        try {
          const body = project0(scope.body);
          const id = body.id;
          return id === undefined || id === null ? undefined : $.text(id);
        } catch (error) {
          return { failed: $.failed(16, error).message, place: 16 };
        }
      },
    },
    },
    targets: {
      "desk": { settings: ({ settings, secrets }) => ({ "format": "jsonl" }) },
      "warehouse": { settings: ({ settings, secrets }) => ({ "format": "jsonl" }) },
    },
    asks: {
      "customer": { settings: ({ settings, secrets }) => ({ "timeout": 2000, "connection": { "url": settings.crmUrl, "headers": ({ "authorization": "Bearer " + $.text(secrets.crm_token) }) } }) },
    },
    walk: (scope, target, answers) => {
      const { headers, meta, settings, secrets } = scope;
      let at = 0;
      let body = scope.body;
      let vars = {};
      let params;
      const react = (onError, failure, sender) => {
        const reaction = onError[failure.class ?? "invalid"] ?? "dead";
        if (reaction === "dead") return failure;
        if (reaction === "continue") return undefined;
        return { kind: "drop", reason: "on-error", place: failure.place };
      };
      $.begin();
      try {
        body = project0(scope.body);
        {
          let next;
          let failure;
          try {
            const answer = answers?.["customer"];
            if (answer === undefined) {
              at = 1;
              const s0 = "/customers/" + $.segment(body.customerId);
              at = 0;
              return { kind: "ask", key: "customer", ask: "customer", settings: $.json({ "path": s0 }), body: $.json(body), place: 0 };
            }
            if (answer.kind === "failed") failure = saw({ kind: "failed", place: 0, class: answer.class, message: answer.message }, body, vars, params);
            const given = answer.value;
            if (failure === undefined) { const issues = check1(given); if (issues.length > 0) failure = saw(broken(2, "the contract of step 1", issues, given), body, vars, params); }
            if (failure === undefined) next = project1(given);
          } catch (error) {
            failure = saw($.failed(at, error), body, vars, params);
          }
          if (failure !== undefined) {
            const end = react({"not-found":"continue"}, failure, { step: "customer" });
            if (end !== undefined) return end;
            next = undefined;
          }
          vars = { ...vars, "customer": next };
        }
        {
          at = 3;
          const rest = body;
          at = 4;
          const f0 = $.round($.sumBy(body.lines, ($p0) => $.multiply($p0.qty, $p0.price)), 2);
          at = 5;
          const f1 = (vars.customer?.name ?? "a guest");
          at = 6;
          const f2 = (vars.customer?.tier ?? "none");
          const next = { ...rest, "total": f0, "customer": f1, "tier": f2 };
          body = next;
        }
        at = 7;
        if ((body.test === true) === true) {
          return { kind: "drop", reason: "route", place: 7 };
        }
        at = 8;
        if (($.greaterOrEqual(body.total, settings.great) || (body.tier === "gold")) === true) {
          if (target === "desk") {
            {
              at = 9;
              const f0 = $.text(body.customer) + " (" + $.text(body.tier) + ") ordered for " + $.text(body.total);
              at = 10;
              const f1 = body.id;
              const next = { "text": f0, "order": f1 };
              body = next;
            }
            at = 11;
            const s0 = "shop/desk.jsonl";
            at = 12;
            return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body) };
          }
          if (target === "warehouse") {
            at = 13;
            const s0 = "shop/orders.jsonl";
            at = 14;
            return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body) };
          }
          return { kind: "drop", reason: "route", place: 8 };
        }
        at = 15;
        {
          if (target === "warehouse") {
            at = 13;
            const s0 = "shop/orders.jsonl";
            at = 14;
            return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body) };
          }
          return { kind: "drop", reason: "route", place: 15 };
        }
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
