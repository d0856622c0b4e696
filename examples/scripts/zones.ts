// How far a country is from the warehouse.

const near = ["NO", "DK", "FI"];

export const zoneOf = (country: string): "home" | "near" | "far" =>
  country === "SE" ? "home" : near.includes(country) ? "near" : "far";
