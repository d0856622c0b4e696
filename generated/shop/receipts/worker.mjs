// Integration shop/receipts. Written by the VRSky compiler; worker.ts beside it is the same with types.

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
const v1 = v["email"];
if (v1 === undefined) say(out, p + "/email", "is required");
else {
if (!(typeof v1 === "string")) say(out, p + "/email", "must be a string");
}
const v2 = v["name"];
if (v2 !== undefined) {
if (typeof v2 === "string") {

} else if (v2 === null) {

} else say(out, p + "/name", "must be a string or null");
}
const v3 = v["lines"];
if (v3 === undefined) say(out, p + "/lines", "is required");
else {
if (!(isArray(v3))) say(out, p + "/lines", "must be a list");
else {
for (let i5 = 0; i5 < v3.length && out.length < 20; i5++) {
const v4 = v3[i5];
if (!(typeof v4 === "object" && v4 !== null && !isArray(v4))) say(out, p + "/lines/" + i5, "must be an object");
else {
const v6 = v4["title"];
if (v6 === undefined) say(out, p + "/lines/" + i5 + "/title", "is required");
else {
if (!(typeof v6 === "string")) say(out, p + "/lines/" + i5 + "/title", "must be a string");
}
const v7 = v4["cents"];
if (v7 === undefined) say(out, p + "/lines/" + i5 + "/cents", "is required");
else {
if (!(Number.isSafeInteger(v7))) say(out, p + "/lines/" + i5 + "/cents", "must be an integer");
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
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "id": o0["id"], "email": o0["email"] }; t1 = o0["name"]; if (t1 !== undefined) r["name"] = t1; t1 = o0["lines"]; if (t1 !== undefined) r["lines"] = (isArray(t1) ? t1.map((i2, n3) => (isObject(i2) ? ((o4) => { let t5; const r = { "title": o4["title"], "cents": o4["cents"] };  return r; })(i2) : i2)) : t1); return r; })(v) : v);
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
      settings: ({ settings, secrets }) => ({ "path": "/receipts" }),
      check: check0,
      messageId: (scope) => {
        const { headers, meta, settings } = scope;
        $.begin();
        try {
          const body = project0(scope.body);
          const id = body.id;
          return id === undefined || id === null ? undefined : $.text(id);
        } catch (error) {
          return { failed: $.failed(4, error).message, place: 4 };
        }
      },
    },
    },
    targets: {
      "mail": { settings: ({ settings, secrets }) => ({ "connection": { "url": settings.crmUrl, "headers": ({ "authorization": "Bearer " + $.text(secrets.crm_token) }) } }) },
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
        if (target === "mail") {
          at = 0;
          const s0 = "/mails/" + $.segment(body.id);
          at = 1;
          const s1 = $.bounded(("Hello " + ($.truthy(body.name) ? ($.text(body.name)) : ("there")) + ",\n\nthank you for your order " + $.text(body.id) + ":\n" + $.each(body.lines, (item1, index1) => ("- " + $.text(item1.title) + ": " + $.text(item1.cents) + "\n"), () => "") + ""));
          at = 2;
          return { kind: "deliver", settings: $.json({ "path": s0, "text": s1 }), body: $.json(body) };
        }
        return { kind: "drop", reason: "route", place: 3 };
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
