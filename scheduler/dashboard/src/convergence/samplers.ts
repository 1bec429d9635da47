// The samplers, as the page offers and draws them.  A test compares their names with those that the
// scheduler has.
export interface SamplerLaw {
  slope: number;                // The error falls with the samples to this power.
  slopeText: string;
  quantile: number;             // Two-sided 95 % for its standard error.
  isKnownWithGaps: boolean;     // Or only where the samples from the first one on are counted.
}

export const samplers = {
  random: { slope: -0.5, slopeText: "⁻¹ᐟ²", quantile: 1.96, isKnownWithGaps: true },
  // Quasi-random: 16 replicates, so Student's distribution with 15 degrees of freedom.
  sobol: { slope: -0.75, slopeText: "⁻³ᐟ⁴", quantile: 2.131, isKnownWithGaps: false },
} as const satisfies Record<string, SamplerLaw>;

export type SamplerName = keyof typeof samplers;
export const samplerNames = Object.keys(samplers) as SamplerName[];
