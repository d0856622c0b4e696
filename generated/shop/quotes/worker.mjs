// Integration shop/quotes. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
  const check0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["sku"];
if (v0 === undefined) say(out, p + "/sku", "is required");
else {
if (!(typeof v0 === "string")) say(out, p + "/sku", "must be a string");
}
const v1 = v["qty"];
if (v1 === undefined) say(out, p + "/qty", "is required");
else {
if (!(Number.isSafeInteger(v1))) say(out, p + "/qty", "must be an integer");
}
const v2 = v["listPrice"];
if (v2 === undefined) say(out, p + "/listPrice", "is required");
else {
if (!(Number.isFinite(v2))) say(out, p + "/listPrice", "must be a number");
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const project0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "sku": o0["sku"], "qty": o0["qty"], "listPrice": o0["listPrice"] };  return r; })(v) : v);
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
      settings: ({ settings, secrets }) => ({ "path": "/quotes", "timeout": 5000 }),
      check: check0,
      messageId: () => undefined,
    },
    },
    targets: {

    },
    walk: (scope, target, answers) => {
      const { headers, meta, settings, secrets } = scope;
      let at = 0;
      let body = scope.body;
      let vars = {};
      let params;
      $.begin();
      try {
        body = project0(scope.body);
        at = 0;
        if (!($.greater(body.qty, 0) === true)) return { kind: "drop", reason: "filter", place: 0 };
        {
          at = 1;
          const f0 = ($.greaterOrEqual(body.qty, 100) ? 0.1 : 0);
          const next = { "rate": f0 };
          vars = { ...vars, "discount": next };
        }
        if (target === "$reply") {
          at = 2;
          const r0 = ({ "x-sku": body.sku });
          at = 3;
          const r1 = ({ "sku": body.sku, "total": $.round($.multiply($.multiply(body.qty, body.listPrice), $.subtract(1, vars.discount.rate)), 2) });
          return { kind: "deliver", settings: $.json({ "headers": r0, "json": r1 }), body: $.json(null) };
        }
        return { kind: "drop", reason: "route", place: 4 };
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
