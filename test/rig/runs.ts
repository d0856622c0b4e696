// How many cases a property is tried with: a few in every run of the suite, and VRSKY_TEST_RUNS times as many where there
// is time.

const times = Number(process.env.VRSKY_TEST_RUNS ?? 1);

export const runs = (count: number): number => Math.ceil(count * times);
