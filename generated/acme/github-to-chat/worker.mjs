// Integration acme/github-to-chat. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
  const check0 = (() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < 20) out.push({ path, message }); };
const f0 = (v, p, d, out) => {
if (d > 256) return say(out, p, "is nested too deep");
if (!(typeof v === "object" && v !== null && !isArray(v))) say(out, p, "must be an object");
else {
const v0 = v["ref"];
if (v0 === undefined) say(out, p + "/ref", "is required");
else {
if (!(typeof v0 === "string")) say(out, p + "/ref", "must be a string");
}
const v1 = v["deleted"];
if (v1 === undefined) say(out, p + "/deleted", "is required");
else {
if (!(typeof v1 === "boolean")) say(out, p + "/deleted", "must be true or false");
}
const v2 = v["pusher"];
if (v2 === undefined) say(out, p + "/pusher", "is required");
else {
if (!(typeof v2 === "object" && v2 !== null && !isArray(v2))) say(out, p + "/pusher", "must be an object");
else {
const v3 = v2["name"];
if (v3 === undefined) say(out, p + "/pusher/name", "is required");
else {
if (!(typeof v3 === "string")) say(out, p + "/pusher/name", "must be a string");
}
}
}
const v4 = v["repository"];
if (v4 === undefined) say(out, p + "/repository", "is required");
else {
if (!(typeof v4 === "object" && v4 !== null && !isArray(v4))) say(out, p + "/repository", "must be an object");
else {
const v5 = v4["full_name"];
if (v5 === undefined) say(out, p + "/repository/full_name", "is required");
else {
if (!(typeof v5 === "string")) say(out, p + "/repository/full_name", "must be a string");
}
}
}
const v6 = v["head_commit"];
if (v6 !== undefined) {
if (v6 === null) {

} else if (typeof v6 === "object" && v6 !== null && !isArray(v6)) {
const v7 = v6["message"];
if (v7 === undefined) say(out, p + "/head_commit/message", "is required");
else {
if (!(typeof v7 === "string")) say(out, p + "/head_commit/message", "must be a string");
}
} else say(out, p + "/head_commit", "must be null or an object");
}
const v8 = v["commits"];
if (v8 === undefined) say(out, p + "/commits", "is required");
else {
if (!(isArray(v8))) say(out, p + "/commits", "must be a list");
else {
for (let i10 = 0; i10 < v8.length && out.length < 20; i10++) {
const v9 = v8[i10];
if (!(typeof v9 === "object" && v9 !== null && !isArray(v9))) say(out, p + "/commits/" + i10, "must be an object");
else {
const v11 = v9["message"];
if (v11 === undefined) say(out, p + "/commits/" + i10 + "/message", "is required");
else {
if (!(typeof v11 === "string")) say(out, p + "/commits/" + i10 + "/message", "must be a string");
}
const v12 = v9["author"];
if (v12 === undefined) say(out, p + "/commits/" + i10 + "/author", "is required");
else {
if (!(typeof v12 === "object" && v12 !== null && !isArray(v12))) say(out, p + "/commits/" + i10 + "/author", "must be an object");
else {
const v13 = v12["name"];
if (v13 === undefined) say(out, p + "/commits/" + i10 + "/author/name", "is required");
else {
if (!(typeof v13 === "string")) say(out, p + "/commits/" + i10 + "/author/name", "must be a string");
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
const f0 = (v) => (isObject(v) ? ((o0) => { let t1; const r = { "ref": o0["ref"], "deleted": o0["deleted"], "pusher": (t1 = o0["pusher"], (isObject(t1) ? ((o2) => { let t3; const r = { "name": o2["name"] };  return r; })(t1) : t1)), "repository": (t1 = o0["repository"], (isObject(t1) ? ((o4) => { let t5; const r = { "full_name": o4["full_name"] };  return r; })(t1) : t1)) }; t1 = o0["head_commit"]; if (t1 !== undefined) r["head_commit"] = (isObject(t1) ? ((o6) => { let t7; const r = { "message": o6["message"] };  return r; })(t1) : t1); t1 = o0["commits"]; if (t1 !== undefined) r["commits"] = (isArray(t1) ? t1.map((i8, n9) => (isObject(i8) ? ((o10) => { let t11; const r = { "message": o10["message"], "author": (t11 = o10["author"], (isObject(t11) ? ((o12) => { let t13; const r = { "name": o12["name"] };  return r; })(t11) : t11)) };  return r; })(i8) : i8)) : t1); return r; })(v) : v);
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
    prefilter: { groups: [["\"refs/heads/main\""]], place: 0 },
    sources: {
    "http": {
      settings: ({ settings, secrets }) => ({ "path": "/github", "signature": ({ "scheme": "github", "secret": secrets.github_webhook }) }),
      check: check0,
      messageId: (scope) => {
        const { headers, meta, settings } = scope;
        $.begin();
        try {
          const body = project0(scope.body);
          const id = headers["x-github-delivery"];
          return id === undefined || id === null ? undefined : $.text(id);
        } catch (error) {
          return { failed: $.failed(5, error).message, place: 5 };
        }
      },
    },
    },
    targets: {
      "chat": { settings: ({ settings, secrets }) => ({ "connection": { "url": settings.chatUrl } }) },
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
        if (!(((body.ref === "refs/heads/main") && (!body.deleted)) === true)) return { kind: "drop", reason: "filter", place: 0 };
        if (target === "chat") {
          at = 1;
          const s0 = "/messages";
          at = 2;
          const s1 = ({ "channel": "deployments", "text": $.text(body.pusher.name) + " pushed " + $.text(body.commits.length) + " commit(s) to " + $.text(body.repository.full_name) + ": " + $.text((body.head_commit?.message ?? "(no message)")), "authors": $.map(body.commits, ($p0) => $p0.author.name) });
          at = 3;
          return { kind: "deliver", settings: $.json({ "path": s0, "json": s1 }), body: $.json(body) };
        }
        return { kind: "drop", reason: "route", place: 4 };
      } catch (error) {
        return saw($.failed(at, error), body, vars, params);
      }
    },
  };
};
