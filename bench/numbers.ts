/** The value that a share `p` (0 to 1) of the values does not pass; NaN of none. Nearest rank. */
export const percentile = (values: readonly number[], p: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Milliseconds of the machine's monotonic clock: the same in every process of it. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;
