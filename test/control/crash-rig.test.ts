// The rig that kills: what it lets out, and what it hears.

import { afterAll, beforeAll, expect, test } from "vitest";
import { call, isApiError, type StreamInfo } from "../../control/jetstream-api.ts";
import { crashPoints, crashPointsOfWrites, crashRig } from "../rig/crashing-connection.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";

let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

test("a call dies before it is sent or after it is done, and nothing follows on any connection", async () => {
  const sound = await nats.connect();
  const there = async (name: string): Promise<boolean> =>
    call<StreamInfo>(sound, `STREAM.INFO.${name}`).then(
      () => true,
      (error: unknown) => {
        if (!isApiError(error)) throw error;
        return false;
      },
    );
  for (const when of ["before", "after"] as const) {
    const rig = crashRig({ call: 2, when });
    const [one, two] = [rig.wrap(sound), rig.wrap(sound)];
    await call(one, "INFO");
    expect(rig.crashed()).toBe(false);
    await expect(call(two, `STREAM.CREATE.${when}`, { name: when, subjects: [`${when}.>`] })).rejects.toThrow();
    expect(rig.crashed()).toBe(true);
    await expect(call(one, "INFO")).rejects.toThrow();
    expect(() => one.publish(`${when}.x`, "late")).toThrow();
    expect(await there(when)).toBe(when === "after");
    expect(rig.calls).toEqual([
      { subject: "$JS.API.INFO", writes: false },
      { subject: `$JS.API.STREAM.CREATE.${when}`, writes: true },
    ]);
    expect(crashPoints(rig.calls)).toEqual([
      { call: 2, when: "before" },
      { call: 2, when: "after" },
    ]);
    expect(crashPointsOfWrites(rig.calls)[1]).toEqual({ call: 1, when: "after", ofWrites: true });
  }
});
