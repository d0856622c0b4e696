// Integration shop/purchases. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
  const check0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["Purchase"];
if (v0 === undefined) say(out, p + "/Purchase", "is required");
else {
if (!(typeof v0 === "object" && v0 !== null && !isArray(v0))) say(out, p + "/Purchase", "must be an object");
else {
const v1 = v0["Number"];
if (v1 === undefined) say(out, p + "/Purchase/Number", "is required");
else {
if (!(typeof v1 === "string")) say(out, p + "/Purchase/Number", "must be a string");
}
const v2 = v0["Currency"];
if (v2 === undefined) say(out, p + "/Purchase/Currency", "is required");
else {
if (!(v2 === "SEK" || v2 === "EUR")) say(out, p + "/Purchase/Currency", "must be one of SEK, EUR");
}
const v3 = v0["Line"];
if (v3 === undefined) say(out, p + "/Purchase/Line", "is required");
else {
if (!(isArray(v3))) say(out, p + "/Purchase/Line", "must be a list");
else {
for (let i5 = 0; i5 < v3.length && out.length < 20; i5++) {
const v4 = v3[i5];
if (!(typeof v4 === "object" && v4 !== null && !isArray(v4))) say(out, p + "/Purchase/Line/" + i5, "must be an object");
else {
const v6 = v4["Sku"];
if (v6 === undefined) say(out, p + "/Purchase/Line/" + i5 + "/Sku", "is required");
else {
if (!(typeof v6 === "string")) say(out, p + "/Purchase/Line/" + i5 + "/Sku", "must be a string");
}
const v7 = v4["Qty"];
if (v7 === undefined) say(out, p + "/Purchase/Line/" + i5 + "/Qty", "is required");
else {
if (!(Number.isSafeInteger(v7))) say(out, p + "/Purchase/Line/" + i5 + "/Qty", "must be an integer");
}
const v8 = v4["Price"];
if (v8 === undefined) say(out, p + "/Purchase/Line/" + i5 + "/Price", "is required");
else {
if (!(Number.isFinite(v8))) say(out, p + "/Purchase/Line/" + i5 + "/Price", "must be a number");
}
}
}
}
}
}
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const project0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "Purchase": (t1 = o0["Purchase"], (isObject(t1) ? ((o2) => { let t3; const r = { "Number": o2["Number"], "Currency": o2["Currency"], "Line": (t3 = o2["Line"], (isArray(t3) ? t3.map((i4, n5) => (isObject(i4) ? ((o6) => { let t7; const r = { "Sku": o6["Sku"], "Qty": o6["Qty"], "Price": o6["Price"] };  return r; })(i4) : i4)) : t3)) };  return r; })(t1) : t1)) };  return r; })(v) : v);
return f0;
})();
  const broken = (place, contract, issues, value) => ({
    kind: "failed",
    place,
    message: "does not fit " + contract + ": " + issues.map((issue) => (issue.path || "the body") + " " + issue.message).join("; "),
    broke: { issues, value },
  });
  const saw = (failure, body, vars, params, item) => ({ ...failure, seen: { body, vars, params }, item });
  const many = (items) => ({ kind: "many", items: items.flatMap((one) => (one.kind === "many" ? one.items : [one])) });
  return {
    sources: {
    "http": {
      settings: ({ settings, secrets }) => ({ "path": "/purchases", "format": "xml" }),
      check: check0,
      messageId: (scope) => {
        const { headers, meta, settings } = scope;
        $.begin();
        try {
          const body = project0(scope.body);
          const id = body.Purchase.Number;
          return id === undefined || id === null ? undefined : $.text(id);
        } catch (error) {
          return { failed: $.failed(10, error).message, place: 10 };
        }
      },
    },
    },
    targets: {
      "lines": { settings: ({ settings, secrets }) => ({ "format": "jsonl" }) },
    },
    walk: (scope, target, answers) => {
      const { headers, meta, settings, secrets } = scope;
      let at = 0;
      let body = scope.body;
      let vars = {};
      let params;
      const item = "";
      $.begin();
      try {
        body = project0(scope.body);
        {
          at = 0;
          const f0 = body.Purchase.Number;
          at = 1;
          const f1 = body.Purchase.Currency;
          const next = { "number": f0, "currency": f1 };
          vars = { ...vars, "purchase": next };
        }
        at = 2;
        const one1List = $.items(body.Purchase.Line);
        const one1 = (body, vars, params, item) => {
          try {
            at = 3;
            if (!($.greater(body.Qty, 0) === true)) return { kind: "drop", reason: "filter", place: 3, item };
            {
              at = 4;
              const f0 = vars.purchase.number;
              at = 5;
              const f1 = $.toUpperCase(body.Sku);
              at = 6;
              const f2 = $.orFail($.toMinor($.multiply(body.Qty, body.Price), vars.purchase.currency), "no amount");
              const next = { "purchase": f0, "sku": f1, "cents": f2 };
              body = next;
            }
            if (target === "lines") {
              at = 7;
              const s0 = "shop/purchase-lines.jsonl";
              at = 8;
              return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body), item };
            }
            return { kind: "drop", reason: "route", place: 9, item };
          } catch (error) {
            return saw($.failed(at, error), body, vars, params, item);
          }
        };
        return many(one1List.map((body, index) => one1(body, vars, params, item + "." + index)));
      } catch (error) {
        return saw($.failed(at, error), body, vars, params, item);
      }
    },
  };
};
