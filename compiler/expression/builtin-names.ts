// Names that a value has from its prototype. Direct access to any other name can only find the value's own data; these
// go through the library, which looks at own properties alone. A fixed list, so that a bundle does not depend on the
// Node.js that compiled it; a test compares it with the running one.

const object =
  "constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf " +
  "__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ __proto__";

const array =
  "at concat copyWithin entries every fill filter find findIndex findLast findLastIndex flat flatMap forEach group " +
  "groupToMap includes indexOf join keys lastIndexOf map pop push reduce reduceRight reverse shift slice some sort " +
  "splice toReversed toSorted toSpliced unshift values with";

const string =
  "anchor at big blink bold charAt charCodeAt codePointAt concat endsWith fixed fontcolor fontsize includes indexOf " +
  "isWellFormed italics lastIndexOf link localeCompare match matchAll normalize padEnd padStart repeat replace " +
  "replaceAll search slice small split startsWith strike sub substr substring sup toLocaleLowerCase " +
  "toLocaleUpperCase toLowerCase toUpperCase toWellFormed trim trimEnd trimLeft trimRight trimStart";

const number = "toExponential toFixed toPrecision";

export const builtinNames: ReadonlySet<string> = new Set([object, array, string, number].join(" ").split(" "));

/** Ways to a prototype: refused outright, though own-property access would find nothing. */
export const prototypeNames: ReadonlySet<string> = new Set([
  "constructor",
  "prototype",
  "__proto__",
  "__defineGetter__",
  "__defineSetter__",
  "__lookupGetter__",
  "__lookupSetter__",
]);
