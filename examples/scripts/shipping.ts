// The price of sending parcels: by zone and weight, fragile ones apart. `message` has the types of the step before.

import { zoneOf } from "./zones.ts";

const perKilo = { home: 300, near: 700, far: 1900 } as const;

export default (message) => {
  const { country, parcels } = message.body;
  const zone = zoneOf(country);
  const cents = parcels.reduce((sum, { grams, fragile }) => {
    const price = Math.ceil(grams / 1000) * perKilo[zone];
    return sum + (fragile ? price * 2 : price);
  }, 0);
  return { carrier: zone === "far" ? "air" : "road", cents };
};
