import { measure } from 'mitata'

/** Nanoseconds of a call: the lower quartile, which others' use of the machine disturbs least. */
export async function fastest(call) {
  const { p25 } = await measure(call, { min_cpu_time: 30e6, min_samples: 12, gc: false })
  return p25
}
