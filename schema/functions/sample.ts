// The message that all examples of the allow-list are about: the docs show what they give for it, and a test checks
// their types against it.

export const sample = {
  id: "o-1001",
  no: "1001",
  sku: "AB-12",
  code: "B7",
  email: "Mia@example.com",
  name: " Mia  Berg ",
  phone: "070 123 45 67",
  country: "se",
  title: "urgent: parcel is late",
  note: "please leave at the door",
  file: "prices.csv",
  ref: "refs/heads/main",
  sha: "9fceb02d0ae598e95dc970b74767f19372d61af8",
  csv: "a,b,c",
  createdAt: "2024-05-01T12:30:00Z",
  amount: 199.995,
  qty: 12,
  tags: ["vip", "new", "vip"],
  to: ["mia@example.com"],
  cc: ["ops@example.com"],
  lines: [
    { sku: "b", qty: 2, price: 10 },
    { sku: "a", qty: 5, price: 2.5 },
    { sku: "b", qty: 1, price: 9 },
  ],
  orders: [{ lines: ["x", "y"] }, { lines: ["z"] }],
  commits: ["fix", "docs", "test"],
  address: { street: "Storgatan 1", city: "Malmö", country: "SE" },
  stock: { a: 3, b: 0 },
} as const;

/** The sample's contract as TypeScript. */
export const sampleType = `{
  readonly id: string; readonly no: string; readonly sku: string; readonly code: string;
  readonly email?: string | null | undefined; readonly name: string; readonly phone: string; readonly country: string;
  readonly title: string; readonly note: string; readonly file: string; readonly ref: string; readonly sha: string;
  readonly csv: string; readonly createdAt: string; readonly amount: number; readonly qty: number;
  readonly tags: readonly string[]; readonly to: readonly string[]; readonly cc: readonly string[];
  readonly lines: readonly { readonly sku: string; readonly qty: number; readonly price: number }[];
  readonly orders: readonly { readonly lines: readonly string[] }[]; readonly commits: readonly string[];
  readonly address: { readonly street: string; readonly city: string; readonly country: string };
  readonly stock: { readonly [sku: string]: number };
}`;
