// Integration shop/customers-se. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
  const check0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["country"];
if (v0 === undefined) say(out, p + "/country", "is required");
else {
if (!(typeof v0 === "string")) say(out, p + "/country", "must be a string");
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const check1 = (() => {
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
const v1 = v["street"];
if (v1 === undefined) say(out, p + "/street", "is required");
else {
if (!(typeof v1 === "string")) say(out, p + "/street", "must be a string");
}
const v2 = v["zip"];
if (v2 !== undefined) {
if (!(typeof v2 === "string")) say(out, p + "/zip", "must be a string");
}
const v3 = v["country"];
if (v3 !== undefined) {
if (!(typeof v3 === "string")) say(out, p + "/country", "must be a string");
else {
if (!matches(pattern4, v3)) say(out, p + "/country", "must match the contract's pattern");
}
}
}
};
const pattern4 = {"from":[0,65,91,97,123],"column":[0,1,0,1,0],"columns":2,"next":[-1,1,-1,2,-1,-1],"match":[0,0,1]};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const project1 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "id": o0["id"], "street": o0["street"] }; t1 = o0["zip"]; if (t1 !== undefined) r["zip"] = t1; t1 = o0["country"]; if (t1 !== undefined) r["country"] = t1; return r; })(v) : v);
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
      settings: ({ settings, secrets }) => ({ "path": "/customers/se" }),
      check: check1,
      messageId: () => undefined,
    },
    },
    targets: {
      "customers": { settings: ({ settings, secrets }) => ({ "format": "jsonl" }) },
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
        const outer1 = params;
        {
          params = { "country": "SE" };
        }
        {
          at = 0;
          const rest = body;
          at = 1;
          const f0 = $.trim(body.street);
          at = 2;
          const f1 = $.toUpperCase((body.country ?? params.country));
          const next = { ...rest, "street": f0, "country": f1 };
          body = next;
        }
        params = outer1;
        at = 3;
        if ((body.country === "SE") === true) {
          at = 4;
          const rest = body;
          at = 5;
          const f0 = (($t0) => ($t0 === undefined || $t0 === null ? undefined : $.replaceAll($t0, " ", "")))(body.zip);
          const next = { ...rest, "zip": f0 };
          body = next;
        }
        if (target === "customers") {
          at = 6;
          const s0 = "shop/customers-se.jsonl";
          at = 7;
          return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body) };
        }
        return { kind: "drop", reason: "route", place: 8 };
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
