// Integration shop/stock. Written by the VRSky compiler; worker.ts beside it is the same with types.

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
const v1 = v["version"];
if (v1 === undefined) say(out, p + "/version", "is required");
else {
if (!(Number.isSafeInteger(v1))) say(out, p + "/version", "must be an integer");
}
const v2 = v["left"];
if (v2 === undefined) say(out, p + "/left", "is required");
else {
if (!(Number.isSafeInteger(v2))) say(out, p + "/left", "must be an integer");
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const project0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "sku": o0["sku"], "version": o0["version"], "left": o0["left"] };  return r; })(v) : v);
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
      settings: ({ settings, secrets }) => ({ "path": "/stock" }),
      check: check0,
      messageId: (scope) => {
        const { headers, meta, settings } = scope;
        $.begin();
        try {
          const body = project0(scope.body);
          const id = $.text(body.sku) + "-" + $.text(body.version);
          return id === undefined || id === null ? undefined : $.text(id);
        } catch (error) {
          return { failed: $.failed(9, error).message, place: 9 };
        }
      },
    },
    },
    targets: {
      "site": { settings: ({ settings, secrets }) => ({ "connection": { "url": settings.crmUrl, "headers": ({ "authorization": "Bearer " + $.text(secrets.crm_token) }) } }) },
      "history": {
        settings: ({ settings, secrets }) => ({ "format": "jsonl" }),
        batch: ({ batch, settings, secrets }) => {
          let at = 0;
          $.begin();
          try {
            at = 10;
            const s0 = "shop/stock.jsonl";
            at = 5;
            return { kind: "settings", settings: $.json({ "path": s0 }) };
          } catch (error) {
            return $.failed(at, error);
          }
        },
      },
      "desk": { settings: ({ settings, secrets }) => ({  }) },
    },
    walk: (scope, target, answers) => {
      const { headers, meta, settings, secrets } = scope;
      let at = 0;
      let body = scope.body;
      let vars = {};
      let params;
      const failed = (body, error) => {
        let vars = {};
        let params;
        try {
          if (target === "desk") {
            at = 6;
            const s0 = $.text(settings.chatUrl) + "/desk";
            at = 7;
            const s1 = ({ "change": meta.id, "why": error.class, "sent": body });
            at = 8;
            return { kind: "deliver", settings: $.json({ "url": s0, "json": s1 }), body: $.json(body) };
          }
          return { kind: "drop", reason: "on-error", place: 0 };
        } catch (error) {
          return saw($.failed(at, error), body, vars, params);
        }
      };
      $.begin();
      try {
        if (scope.error !== undefined) {
          if (scope.error.to.includes(target)) return failed(scope.body, scope.error);
          return { kind: "drop", reason: "on-error", place: 0 };
        }
        body = project0(scope.body);
        if (target === "$order") {
          at = 1;
          return { kind: "deliver", settings: $.json({ key: body.sku }), body: $.json(null) };
        }
        if (target === "site") {
          at = 2;
          const s0 = "/stock/" + $.segment(body.sku);
          at = 3;
          const s1 = ({ "left": body.left });
          at = 4;
          return { kind: "deliver", settings: $.json({ "path": s0, "json": s1 }), body: $.json(body) };
        }
        if (target === "history") {
          at = 5;
          return { kind: "deliver", settings: $.json({  }), body: $.json(body) };
        }
        return { kind: "drop", reason: "route", place: 0 };
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
