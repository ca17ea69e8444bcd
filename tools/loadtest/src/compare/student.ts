/**
 * The value that Student's t with `degrees` (>= 1) degrees of freedom exceeds with probability 1 - `probability`.
 * With t = sqrt(degrees) * tan(angle), the density over the angle is cos(angle)^(degrees - 1): bounded, on a bounded
 * range, and so easily added up.
 */
export function studentQuantile(probability: number, degrees: number): number {
  if (probability < 0.5) return -studentQuantile(1 - probability, degrees);
  const slices = densityOverAngle(degrees);
  const half = slices.reduce((sum, slice) => sum + slice, 0);
  let beyond = (1 - probability) * 2 * half;
  let index = slices.length;
  // From the tail inward: there the slices are thin, and the few that count are added up exactly.
  while (index > 0 && beyond > 0) beyond -= slices[(index -= 1)] as number;
  const inSlice = beyond >= 0 ? 0 : -beyond / (slices[index] as number);
  return Math.sqrt(degrees) * Math.tan((index + inSlice) * SLICE);
}

// --- internal ---

const SLICES = 4000;
const SLICE = Math.PI / 2 / SLICES;

function densityOverAngle(degrees: number): Float64Array {
  return Float64Array.from({ length: SLICES }, (_, index) => Math.cos((index + 0.5) * SLICE) ** (degrees - 1));
}
