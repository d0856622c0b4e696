// Integration shop/shipping. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
  const check0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["id"];
if (v0 === undefined) say(out, p + "/id", "is required");
else {
if (!(typeof v0 === "string")) say(out, p + "/id", "must be a string");
}
const v1 = v["country"];
if (v1 === undefined) say(out, p + "/country", "is required");
else {
if (!(typeof v1 === "string")) say(out, p + "/country", "must be a string");
}
const v2 = v["parcels"];
if (v2 === undefined) say(out, p + "/parcels", "is required");
else {
if (!(isArray(v2))) say(out, p + "/parcels", "must be a list");
else {
for (let i4 = 0; i4 < v2.length && out.length < 20; i4++) {
const v3 = v2[i4];
if (!(typeof v3 === "object" && v3 !== null && !isArray(v3))) say(out, p + "/parcels/" + i4, "must be an object");
else {
const v5 = v3["grams"];
if (v5 === undefined) say(out, p + "/parcels/" + i4 + "/grams", "is required");
else {
if (!(Number.isSafeInteger(v5))) say(out, p + "/parcels/" + i4 + "/grams", "must be an integer");
}
const v6 = v3["fragile"];
if (v6 === undefined) say(out, p + "/parcels/" + i4 + "/fragile", "is required");
else {
if (!(typeof v6 === "boolean")) say(out, p + "/parcels/" + i4 + "/fragile", "must be true or false");
}
}
}
}
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const check1 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["carrier"];
if (v0 === undefined) say(out, p + "/carrier", "is required");
else {
if (!(typeof v0 === "string")) say(out, p + "/carrier", "must be a string");
}
const v1 = v["cents"];
if (v1 === undefined) say(out, p + "/cents", "is required");
else {
if (!(Number.isSafeInteger(v1))) say(out, p + "/cents", "must be an integer");
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const project0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "id": o0["id"], "country": o0["country"], "parcels": (t1 = o0["parcels"], (isArray(t1) ? t1.map((i2, n3) => (isObject(i2) ? ((o4) => { let t5; const r = { "grams": o4["grams"], "fragile": o4["fragile"] };  return r; })(i2) : i2)) : t1)) };  return r; })(v) : v);
return f0;
})();
  const project1 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "carrier": o0["carrier"], "cents": o0["cents"] };  return r; })(v) : v);
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
      settings: ({ settings, secrets }) => ({ "path": "/shipping" }),
      check: check0,
      messageId: (scope) => {
        const { headers, meta, settings } = scope;
        $.begin();
        try {
          const body = project0(scope.body);
          const id = body.id;
          return id === undefined || id === null ? undefined : $.text(id);
        } catch (error) {
          return { failed: $.failed(7, error).message, place: 7 };
        }
      },
    },
    },
    targets: {
      "labels": { settings: ({ settings, secrets }) => ({ "format": "jsonl" }) },
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
        {
          const answer = answers?.["shipping"];
          if (answer === undefined) {
            at = 0;
            return { kind: "ask", key: "shipping", ask: "shipping", settings: $.json({ body, headers, meta, vars, settings }), place: 0 };
          }
          if (answer.kind === "failed") return saw({ kind: "failed", place: 0, class: answer.class, message: answer.message }, body, vars, params);
          const given = answer.value;
          { const issues = check1(given); if (issues.length > 0) return saw(broken(1, "the contract of step 1", issues, given), body, vars, params); }
          const next = project1(given);
          vars = { ...vars, "shipping": next };
        }
        {
          at = 2;
          const rest = vars.shipping;
          at = 3;
          const f0 = body.id;
          const next = { ...rest, "id": f0 };
          body = next;
        }
        if (target === "labels") {
          at = 4;
          const s0 = "shop/labels.jsonl";
          at = 5;
          return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body) };
        }
        return { kind: "drop", reason: "route", place: 6 };
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
