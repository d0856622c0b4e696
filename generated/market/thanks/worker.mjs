// Integration market/thanks. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
  const check0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
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
const v1 = v["cents"];
if (v1 === undefined) say(out, p + "/cents", "is required");
else {
if (!(Number.isSafeInteger(v1))) say(out, p + "/cents", "must be an integer");
else {
if (!(v1 >= 0)) say(out, p + "/cents", "must be at least 0");
}
}
const v2 = v["currency"];
if (v2 === undefined) say(out, p + "/currency", "is required");
else {
if (!(v2 === "NOK" || v2 === "SEK" || v2 === "EUR")) say(out, p + "/currency", "must be one of NOK, SEK, EUR");
}
const v3 = v["customer"];
if (v3 !== undefined) {
if (!(typeof v3 === "string")) say(out, p + "/customer", "must be a string");
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const project0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "id": o0["id"], "cents": o0["cents"], "currency": o0["currency"] }; t1 = o0["customer"]; if (t1 !== undefined) r["customer"] = t1; return r; })(v) : v);
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
    "stream": {
      settings: ({ settings, secrets }) => ({ "name": "sales" }),
      check: check0,
      messageId: () => undefined,
    },
    },
    targets: {
      "thanks": { settings: ({ settings, secrets }) => ({ "format": "jsonl" }) },
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
        if (target === "thanks") {
          {
            at = 0;
            const f0 = (body.customer ?? "a guest");
            at = 1;
            const f1 = meta.id;
            const next = { "to": f0, "sale": f1 };
            body = next;
          }
          at = 2;
          const s0 = "market/thanks.jsonl";
          at = 3;
          return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body) };
        }
        return { kind: "drop", reason: "route", place: 4 };
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
