export default ({ body }: { readonly body: { readonly id: string; readonly kind: string } }) => {
  while (body.kind === "script loops");
  const all: unknown[] = [];
  while (body.kind === "script takes memory") all.push(new Array(10000).fill(body.id));
  return { size: all.length };
};
