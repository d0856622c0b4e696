// The formats that are checked, as JavaScript for the validator. Every expression runs in linear time: no repeated
// group can match one text in two ways.

import type { Format } from "./shape.ts";

interface FormatHelper {
  readonly helper: string;
  readonly message: string;
  readonly text: string;
}

const day = `const isDay = (y, m, d) => m >= 1 && m <= 12 && d >= 1 && d <= (m === 2 ? (y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0) ? 29 : 28) : m === 4 || m === 6 || m === 9 || m === 11 ? 30 : 31);`;

export const formatHelpers: Readonly<Record<Format, FormatHelper>> = {
  date: {
    helper: "isDate",
    message: "must be a date such as 2025-01-31",
    text: `${day}
const isDate = (text) => { const m = /^(\\d{4})-(\\d\\d)-(\\d\\d)$/.exec(text); return m !== null && isDay(+m[1], +m[2], +m[3]); };`,
  },
  "date-time": {
    helper: "isDateTime",
    message: "must be a date and time with zone such as 2025-01-31T12:00:00Z",
    // A leap second exists at 23:59:60 UTC alone.
    text: `const isDateTime = (text) => {
const m = /^(\\d{4}-\\d\\d-\\d\\d)T(\\d\\d):(\\d\\d):(\\d\\d)(?:\\.\\d+)?(?:Z|([+-])(\\d\\d):(\\d\\d))$/i.exec(text);
if (m === null || !isDate(m[1])) return false;
const h = +m[2], s = +m[4], oh = +(m[6] ?? 0), om = +(m[7] ?? 0);
if (h > 23 || +m[3] > 59 || s > 60 || oh > 23 || om > 59) return false;
const utc = h * 60 + +m[3] - (m[5] === "-" ? -1 : 1) * (oh * 60 + om);
return s < 60 || (utc + 2880) % 1440 === 1439;
};`,
  },
  email: {
    helper: "isEmail",
    message: "must be an e-mail address",
    text: `const isEmail = (text) => text.length <= 320 && /^[a-z0-9!#$%&'*+/=?^_\`{|}~-]+(?:\\.[a-z0-9!#$%&'*+/=?^_\`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(text);`,
  },
  uuid: {
    helper: "isUuid",
    message: "must be a UUID",
    text: `const isUuid = (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);`,
  },
  uri: {
    helper: "isUri",
    message: "must be a URI with its scheme",
    text: `const isUri = (text) => /^[a-z][a-z0-9+.-]*:[\\w.~:/?#[\\]@!$&'()*+,;=%-]*$/i.test(text) && !/%(?![0-9a-f]{2})/i.test(text);`,
  },
};
