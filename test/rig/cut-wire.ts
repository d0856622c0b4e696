// A wire to a server that can be cut and mended: whoever connects through it loses the connection and gets no new one.
// What the server says can be held back: it has done what it was asked, and nobody hears of it.

import { connect, createServer, type Socket } from "node:net";

export interface CutWire extends AsyncDisposable {
  readonly url: string;
  cut(): void;
  mend(): void;
  hold(): void;
  release(): void;
}

export async function cutWire(port: number): Promise<CutWire> {
  const ends = new Set<Socket>();
  const answering = new Set<Socket>();
  let whole = true;
  const keep = (socket: Socket): Socket => {
    ends.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => ends.delete(socket));
    return socket;
  };
  const server = createServer((near) => {
    keep(near);
    if (!whole) return void near.destroy();
    const far = keep(connect(port, "127.0.0.1"));
    near.pipe(far).pipe(near);
    answering.add(far);
    far.on("close", () => answering.delete(far));
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  const cutAll = (): void => {
    for (const end of ends) end.destroy();
  };
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  return {
    url: `nats://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    cut: () => {
      whole = false;
      cutAll();
    },
    mend: () => {
      whole = true;
    },
    hold: () => {
      for (const far of answering) far.pause();
    },
    release: () => {
      for (const far of answering) far.resume();
    },
    [Symbol.asyncDispose]: async () => {
      cutAll();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
