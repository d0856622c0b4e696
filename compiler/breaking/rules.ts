// What counts as breaking, declared once: the categories that can be allowed, what each means, and what to do instead.

export interface Rule {
  /** Who notices, and how. */
  readonly means: string;
  readonly instead: string;
  /** It is told and fails nothing: whether it breaks anybody, the texts do not say. */
  readonly note?: true;
}

const rule = (means: string, instead: string): Rule => ({ means, instead });

/** In the order of a message's way. Names last: scripts allow by them. */
export const rules = {
  "integration-removed": rule(
    "An integration is gone or has another name, and nobody took over what it took in.",
    "Say `moved-from: <old name>` on the new one.",
  ),
  "source-removed": rule(
    "What was sent there is taken by nobody any more.",
    "Keep the source until its senders have moved.",
  ),
  "source-moved": rule(
    "The path, subject or file pattern has another name.",
    "Serve both: a second source with the same steps.",
  ),
  "source-narrowed": rule(
    "A method that was accepted is refused, or another format is expected.",
    "Add to `methods`; take a new format on a new path.",
  ),
  "source-guarded": rule(
    "A sender must prove itself who did not have to, or in another way.",
    "Give the senders their secret first; a list of secrets accepts the old one beside the new.",
  ),
  "dedupe-shortened": rule(
    "A message that is sent again later than this is taken for a new one.",
    "Keep it as long as senders try again.",
  ),
  "field-required": rule(
    "A message without this field was accepted and is refused.",
    "Make it optional (`name?`) and give it a default in a `map`.",
  ),
  "field-removed": rule(
    "Readers of what is sent rely on a field that is not sent any more.",
    "Send it until they do not.",
  ),
  "field-optional": rule("Readers rely on a field that may be missing now.", "Fill it: `name: ${ body.name ?? … }`."),
  "field-refused": rule(
    "A field that was let through is refused, since nothing undeclared is taken.",
    "Declare it, or leave `additionalProperties` open.",
  ),
  "type-changed": rule("A value that fitted is of a wrong type now.", "Add a field beside the old one."),
  "value-removed": rule("A value of a choice is refused.", "Take it on and map it."),
  "value-added": rule("Readers meet a value of a choice that they do not know.", "Tell the readers first."),
  "limit-changed": rule("A bound, a length or a multiple leaves out what fitted.", "Widen before you narrow."),
  "text-changed": rule("A format or a pattern leaves out what fitted, or may.", "Check it in a `filter` first."),
  "reply-changed": rule(
    "A caller who waits gets another status, or a field less, or no reply.",
    "Add to the reply, and take away later.",
  ),
  "target-removed": rule("What was delivered there is delivered no more.", "Keep it until its readers have moved."),
  "target-untyped": rule(
    "What is sent has no contract any more, so it may be anything.",
    "Keep the contract until its readers need none.",
  ),
  "target-moved": rule("What is delivered goes to another place.", "Deliver to both for a while."),
  "route-changed": {
    ...rule(
      "Another filter, `when` or route decides which messages go there. A note: it fails nothing.",
      "See that those who rely on the messages that are left out know.",
    ),
    note: true,
  },
  "stream-removed": rule(
    "A declared stream is gone, and with it what its readers read.",
    "Declare the new one beside it, and write both until the readers have moved.",
  ),
  "stream-unshared": rule("A tenant that imports the stream may not any more.", "Agree with that tenant first."),
  "retention-shortened": rule(
    "Readers that are away for longer miss messages.",
    "Tell the readers, and shorten when they have caught up.",
  ),
  "contract-removed": rule("A version that others may speak of has no file any more.", "Keep the file."),
} satisfies Readonly<Record<string, Rule>>;

export type Category = keyof typeof rules;

export const isNote = (category: Category): boolean => "note" in rules[category];

export const categories = Object.keys(rules).filter((name): name is Category => Object.hasOwn(rules, name));
