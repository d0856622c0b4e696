// Senders in a process of their own, each with one connection and one request at a time: `clients.ts PORT COUNT CLIENTS
// PREFIX`. They write bytes made beforehand and look for the end of the answer, so that they cost little beside what
// is measured. Prints the rate and the latencies as JSON.

import { connect, type Socket } from "node:net";
import { smallOrder } from "../orders.ts";

const [port = "0", count = "0", clients = "0", prefix = ""] = process.argv.slice(2);
const requests = Array.from({ length: Number(count) }, (_, index) => {
  const body = JSON.stringify(smallOrder(`${prefix}-${index}`));
  return Buffer.from(
    `POST /acme/small HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
});
const latencies: number[] = [];
let next = 0;

/** The answers are of one line each, and end with it. */
const answered = (text: string): boolean => text.includes("\r\n\r\n") && text.endsWith("\n") && text.includes("}");

function send(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let at = 0;
    let text = "";
    const go = (): void => {
      const request = requests[next++];
      if (request === undefined) {
        socket.destroy();
        resolve();
        return;
      }
      at = performance.now();
      text = "";
      socket.write(request);
    };
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!answered(text)) return;
      if (!text.startsWith("HTTP/1.1 202")) reject(new Error(text));
      latencies.push(performance.now() - at);
      go();
    });
    socket.on("error", reject);
    go();
  });
}

const opened = await Promise.all(
  Array.from(
    { length: Number(clients) },
    () =>
      new Promise<Socket>((resolve, reject) => {
        const socket = connect({ port: Number(port), host: "127.0.0.1", noDelay: true }, () => resolve(socket));
        socket.once("error", reject);
      }),
  ),
);
const begin = performance.now();
await Promise.all(opened.map(send));
const seconds = (performance.now() - begin) / 1000;
latencies.sort((a, b) => a - b);
const at = (part: number): number => latencies[Math.floor((latencies.length - 1) * part)] ?? 0;
process.stdout.write(JSON.stringify({ rate: latencies.length / seconds, p50: at(0.5), p99: at(0.99) }));
