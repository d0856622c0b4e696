// Integration shop/events. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
  const check0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const isDay = (y, m, d) => m >= 1 && m <= 12 && d >= 1 && d <= (m === 2 ? (y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0) ? 29 : 28) : m === 4 || m === 6 || m === 9 || m === 11 ? 30 : 31);
const isDate = (text) => { const m = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text); return m !== null && isDay(+m[1], +m[2], +m[3]); };
const isDateTime = (text) => {
const m = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/i.exec(text);
if (m === null || !isDate(m[1])) return false;
const h = +m[2], s = +m[4], oh = +(m[6] ?? 0), om = +(m[7] ?? 0);
if (h > 23 || +m[3] > 59 || s > 60 || oh > 23 || om > 59) return false;
const utc = h * 60 + +m[3] - (m[5] === "-" ? -1 : 1) * (oh * 60 + om);
return s < 60 || (utc + 2880) % 1440 === 1439;
};
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["kind"];
if (v0 === undefined) say(out, p + "/kind", "is required");
else {
if (!(v0 === "signup" || v0 === "login")) say(out, p + "/kind", "must be one of signup, login");
}
const v1 = v["at"];
if (v1 === undefined) say(out, p + "/at", "is required");
else {
if (!(typeof v1 === "string")) say(out, p + "/at", "must be a string");
else {
if (!isDateTime(v1)) say(out, p + "/at", "must be a date and time with zone such as 2025-01-31T12:00:00Z");
}
}
const v2 = v["user"];
if (v2 === undefined) say(out, p + "/user", "is required");
else {
if (!(typeof v2 === "object" && v2 !== null && !isArray(v2))) say(out, p + "/user", "must be an object");
else {
const v3 = v2["id"];
if (v3 === undefined) say(out, p + "/user/id", "is required");
else {
if (!(typeof v3 === "string")) say(out, p + "/user/id", "must be a string");
}
const v4 = v2["email"];
if (v4 !== undefined) {
if (typeof v4 === "string") {

} else if (v4 === null) {

} else say(out, p + "/user/email", "must be a string or null");
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
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "kind": o0["kind"], "at": o0["at"], "user": (t1 = o0["user"], (isObject(t1) ? ((o2) => { let t3; const r = { "id": o2["id"] }; t3 = o2["email"]; if (t3 !== undefined) r["email"] = t3; return r; })(t1) : t1)) };  return r; })(v) : v);
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
      settings: ({ settings, secrets }) => ({ "path": "/events" }),
      check: () => [],
      messageId: () => undefined,
    },
    },
    targets: {
      "events": { settings: ({ settings, secrets }) => ({ "format": "jsonl" }) },
      "strange": { settings: ({ settings, secrets }) => ({ "format": "jsonl" }) },
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
        if (reaction !== "drop" && sender !== undefined) return { ...failure, ...sender, to: reaction.to };
        if (reaction !== "drop" && reaction.to.includes(target)) return failed(failure.seen.body, { class: failure.class ?? "invalid", message: failure.message });
        return { kind: "drop", reason: "on-error", place: failure.place };
      };
      const failed = (body, error) => {
        let vars = {};
        let params;
        try {
          if (target === "strange") {
            {
              at = 8;
              const f0 = error.message;
              at = 9;
              const f1 = body;
              const next = { "reason": f0, "event": f1 };
              body = next;
            }
            at = 10;
            const s0 = "shop/strange.jsonl";
            at = 11;
            return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body) };
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
        body = scope.body;
        {
          let failure;
          try {
            at = 1;
            { const issues = check0(body); if (issues.length > 0) failure = saw(broken(1, "the contract of step 1", issues, body), body, vars, params); }
            if (failure === undefined) body = project0(body);
          } catch (error) {
            failure = saw($.failed(at, error), body, vars, params);
          }
          if (failure !== undefined) {
            const end = react({"invalid":{"to":["strange"]}}, failure, undefined);
            if (end !== undefined) return end;
          }
        }
        {
          at = 2;
          const f0 = body.kind;
          at = 3;
          const f1 = $.orFail($.formatDate($.own(body, "at"), "yyyy-MM-dd", "Europe/Stockholm"), "no day");
          at = 4;
          const f2 = (body.user.email ?? body.user.id);
          const next = { "kind": f0, "day": f1, "user": f2 };
          body = next;
        }
        at = 5;
        {
          if (target === "events") {
            at = 6;
            const s0 = "shop/events.jsonl";
            at = 7;
            return { kind: "deliver", settings: $.json({ "path": s0 }), body: $.json(body) };
          }
          return { kind: "drop", reason: "route", place: 5 };
        }
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
