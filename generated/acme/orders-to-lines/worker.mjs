// Integration acme/orders-to-lines. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
  const check0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const shown = (key) => /^[\w.@:-]{1,64}$/.test(key) ? "/" + key : "/*";
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
const v1 = v["customer"];
if (v1 === undefined) say(out, p + "/customer", "is required");
else {
if (!(typeof v1 === "string")) say(out, p + "/customer", "must be a string");
}
const v2 = v["cents"];
if (v2 === undefined) say(out, p + "/cents", "is required");
else {
if (!(Number.isSafeInteger(v2))) say(out, p + "/cents", "must be an integer");
else {
if (!(v2 >= 0)) say(out, p + "/cents", "must be at least 0");
}
}
const v3 = v["currency"];
if (v3 === undefined) say(out, p + "/currency", "is required");
else {
if (!(v3 === "NOK" || v3 === "SEK" || v3 === "EUR")) say(out, p + "/currency", "must be one of NOK, SEK, EUR");
}
const v4 = v["source"];
if (v4 === undefined) say(out, p + "/source", "is required");
else {
if (!(typeof v4 === "string")) say(out, p + "/source", "must be a string");
}
for (const k5 of Object.keys(v)) {
if (out.length >= 20) break;
if (!set6.has(k5) && v[k5] !== undefined) say(out, p + shown(k5), "is not declared");
}
}
};
const set6 = new Set(["id", "customer", "cents", "currency", "source"]);
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const check1 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["order_id"];
if (v0 === undefined) say(out, p + "/order_id", "is required");
else {
if (!(typeof v0 === "string")) say(out, p + "/order_id", "must be a string");
}
const v1 = v["customer"];
if (v1 === undefined) say(out, p + "/customer", "is required");
else {
if (!(typeof v1 === "string")) say(out, p + "/customer", "must be a string");
}
const v2 = v["amount"];
if (v2 === undefined) say(out, p + "/amount", "is required");
else {
if (!(Number.isFinite(v2))) say(out, p + "/amount", "must be a number");
}
const v3 = v["currency"];
if (v3 === undefined) say(out, p + "/currency", "is required");
else {
if (!(v3 === "NOK" || v3 === "SEK" || v3 === "EUR")) say(out, p + "/currency", "must be one of NOK, SEK, EUR");
}
const v4 = v["paid"];
if (v4 === undefined) say(out, p + "/paid", "is required");
else {
if (!(typeof v4 === "boolean")) say(out, p + "/paid", "must be true or false");
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const project1 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "order_id": o0["order_id"], "customer": o0["customer"], "amount": o0["amount"], "currency": o0["currency"], "paid": o0["paid"] };  return r; })(v) : v);
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
    "file": {
      settings: ({ settings, secrets }) => ({ "path": "orders/inbox/*.csv", "format": "csv", "after": ({ "move": "orders/done" }) }),
      check: check1,
      messageId: (scope) => {
        const { headers, meta, settings } = scope;
        $.begin();
        try {
          const body = project1(scope.body);
          const id = body.order_id;
          return id === undefined || id === null ? undefined : $.text(id);
        } catch (error) {
          return { failed: $.failed(10, error).message, place: 10 };
        }
      },
    },
    },
    targets: {
      "lines": { settings: ({ settings, secrets }) => ({ "format": "jsonl", "mode": "append" }) },
    },
    walk: (scope, target, answers) => {
      const { headers, meta, settings, secrets } = scope;
      let at = 0;
      let body = scope.body;
      let vars = {};
      let params;
      $.begin();
      try {
        body = project1(scope.body);
        at = 0;
        if (!(body.paid === true)) return { kind: "drop", reason: "filter", place: 0 };
        {
          at = 1;
          const f0 = body.order_id;
          at = 2;
          const f1 = $.trim(body.customer);
          at = 3;
          const f2 = $.round($.multiply(body.amount, 100));
          at = 4;
          const f3 = body.currency;
          at = 5;
          const f4 = meta.file.name;
          const next = { "id": f0, "customer": f1, "cents": f2, "currency": f3, "source": f4 };
          { const issues = check0(next); if (issues.length > 0) return saw(broken(6, "order-line@1", issues, next), body, vars, params); }
          body = next;
        }
        if (target === "lines") {
          at = 7;
          const s0 = "orders/lines.jsonl";
          at = 8;
          return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body) };
        }
        return { kind: "drop", reason: "route", place: 9 };
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
