import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aptConfig, proxyFor } from "../../../control/nats-server/apt-proxy.ts";
import { hasProgram } from "../../rig/debian.ts";

const dump = [
  'Acquire::http "";',
  'Acquire::http::Proxy "http://proxy.test:3128/";',
  'Acquire::http::Proxy::near.test "DIRECT";',
  'Acquire::HTTPS::proxy::far.test "http://other.test:8080";',
].join("\n");

const table: readonly (readonly [string, string, string | undefined])[] = [
  [dump, "http://any.test/debian", "http://proxy.test:3128/"],
  [dump, "https://any.test/debian", "http://proxy.test:3128/"],
  [dump, "http://near.test/debian", "DIRECT"],
  [dump, "https://far.test/debian", "http://other.test:8080"],
  ['Acquire::http::Proxy "socks5h://proxy.test";', "http://any.test/debian", undefined],
  ['Acquire::http::Proxy "";', "http://any.test/debian", undefined],
  ["", "http://any.test/debian", undefined],
];

test.each(table)("%#: %s %s", (config, mirror, proxy) => {
  expect(proxyFor(config, mirror)).toBe(proxy);
});

test.skipIf(!hasProgram("apt-config"))("nested blocks are read as apt reads them", async () => {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-apt-"));
  const path = join(dir, "apt.conf");
  await writeFile(path, '// a note\nAcquire { http { Proxy "http://nested.test:3128"; }; };\n');
  const config = await aptConfig({ APT_CONFIG: path }, 5_000);
  await rm(dir, { recursive: true, force: true });
  expect(proxyFor(config, "http://any.test/debian")).toBe("http://nested.test:3128");
});
