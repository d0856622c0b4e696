// Files on an SFTP server that serves the folder in which the rig of the local disk has them.

import { join } from "node:path";
import { sftpServer } from "../../../rig/sftp-server.ts";
import type { ConnectorRig } from "../rig.ts";
import { fileRig } from "./file.ts";

export const sftpRig: ConnectorRig = {
  ...fileRig,
  name: "file on sftp",
  open: async (folder) => {
    const disk = await fileRig.open(join(folder, "server"));
    const server = await sftpServer({ root: disk.dataDir ?? folder, extensions: true });
    const { source, target } = disk;
    const { host, port, user } = server.connection;
    const { fingerprint } = server;
    return {
      dataDir: join(folder, "data"),
      connections: { supplier: { sftp: { host, port, user, key: "${ secrets.supplier_key }", fingerprint } } },
      secrets: { supplier_key: server.key },
      ...(source === undefined ? {} : { source: { ...source, spec: (place) => onServer(source.spec(place)) } }),
      ...(target === undefined ? {} : { target: { ...target, spec: (place) => onServer(target.spec(place)) } }),
      break: () => server.stop(),
      heal: () => server.start(),
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await disk[Symbol.asyncDispose]();
      },
    };
  },
};

const onServer = <S extends { readonly file?: unknown }>(spec: S): S => ({
  ...spec,
  file: { connection: "supplier", ...Object(spec.file) },
});
