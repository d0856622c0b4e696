// Integration shop/leads. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
  const check0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["Id"];
if (v0 === undefined) say(out, p + "/Id", "is required");
else {
if (!(typeof v0 === "string")) say(out, p + "/Id", "must be a string");
}
const v1 = v["E-Mail"];
if (v1 === undefined) say(out, p + "/E-Mail", "is required");
else {
if (!(typeof v1 === "string")) say(out, p + "/E-Mail", "must be a string");
}
const v2 = v["Stand"];
if (v2 !== undefined) {
if (Number.isSafeInteger(v2)) {

} else if (v2 === null) {

} else say(out, p + "/Stand", "must be an integer or null");
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
const v0 = v["leadId"];
if (v0 === undefined) say(out, p + "/leadId", "is required");
else {
if (!(typeof v0 === "string")) say(out, p + "/leadId", "must be a string");
}
const v1 = v["email"];
if (v1 === undefined) say(out, p + "/email", "is required");
else {
if (!(typeof v1 === "string")) say(out, p + "/email", "must be a string");
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const check2 = (() => {
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
const v2 = v["via"];
if (v2 === undefined) say(out, p + "/via", "is required");
else {
if (!(typeof v2 === "string")) say(out, p + "/via", "must be a string");
}
}
};
return (value) => { const out = []; f0(value, "", 0, out); return out; };
})();
  const project1 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "leadId": o0["leadId"], "email": o0["email"] };  return r; })(v) : v);
return f0;
})();
  const project0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "Id": o0["Id"], "E-Mail": o0["E-Mail"] }; t1 = o0["Stand"]; if (t1 !== undefined) r["Stand"] = t1; return r; })(v) : v);
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
    "web": {
      settings: ({ settings, secrets }) => ({ "path": "/leads" }),
      check: check1,
      messageId: (scope) => {
        const { headers, meta, settings } = scope;
        $.begin();
        try {
          const body = project1(scope.body);
          const id = body.leadId;
          return id === undefined || id === null ? undefined : $.text(id);
        } catch (error) {
          return { failed: $.failed(11, error).message, place: 11 };
        }
      },
    },
    "fair": {
      settings: ({ settings, secrets }) => ({ "path": "leads/*.csv", "format": "csv", "after": "delete" }),
      check: check0,
      messageId: (scope) => {
        const { headers, meta, settings } = scope;
        $.begin();
        try {
          const body = project0(scope.body);
          const id = body.Id;
          return id === undefined || id === null ? undefined : $.text(id);
        } catch (error) {
          return { failed: $.failed(12, error).message, place: 12 };
        }
      },
    },
    },
    targets: {
      "leads": { settings: ({ settings, secrets }) => ({ "format": "jsonl" }) },
    },
    walk: (scope, target, answers) => {
      const { headers, meta, settings, secrets } = scope;
      let at = 0;
      let body = scope.body;
      let vars = {};
      let params;
      $.begin();
      try {
        const rest = (body, vars) => {
          let params;
          try {
            at = 0;
            if (!($.includes(body.email, "@") === true)) return { kind: "drop", reason: "filter", place: 0 };
            {
              at = 1;
              const rest = body;
              at = 2;
              const f0 = $.toLowerCase(body.email);
              const next = { ...rest, "email": f0 };
              body = next;
            }
            if (target === "leads") {
              at = 3;
              const s0 = "shop/leads.jsonl";
              at = 4;
              return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body) };
            }
            return { kind: "drop", reason: "route", place: 5 };
          } catch (error) {
            return saw($.failed(at, error), body, vars, params);
          }
        };
        switch (meta.source) {
          case "web": {
            body = project1(scope.body);
            {
              at = 6;
              const f0 = body.leadId;
              at = 7;
              const f1 = body.email;
              const next = { "id": f0, "email": f1, "via": "web" };
              body = next;
            }
            return rest(body, vars);
          }
          case "fair": {
            body = project0(scope.body);
            {
              at = 8;
              const f0 = body.Id;
              at = 9;
              const f1 = body["E-Mail"];
              at = 10;
              const f2 = "stand " + $.text((body.Stand ?? 0));
              const next = { "id": f0, "email": f1, "via": f2 };
              body = next;
            }
            return rest(body, vars);
          }
        }
        return { kind: "failed", place: 5, message: "it came from a source that is gone" };
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
