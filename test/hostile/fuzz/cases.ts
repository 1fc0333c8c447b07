// The thread that runs the cases; run.ts watches it.
import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { Random } from './random'
import { TARGETS } from './targets'

/** The time that a case has, in milliseconds. */
const PATIENCE = 100
/** A case that was too slow may have had a machine that was busy with something else. */
const TRIES = 4
/** The memory that a case may take, in bytes of V8's heap and outside of it. */
const MAX_MEMORY = 64 * 1024 * 1024

export interface Order {
  seed: number
  from: number
  to: number
  only: string | undefined
  /** The number of the case that is run, for whoever sees that it has been for long. */
  progress: SharedArrayBuffer
}

const { seed, from, to, only, progress } = workerData as Order
const current = new Int32Array(progress)
const names = Object.keys(TARGETS).filter((name) => only === undefined || name.includes(only))

let slowest = 0
for (let index = from; index < to; index++) {
  Atomics.store(current, 0, index)
  const name = names[index % names.length] as string
  try {
    const run = (TARGETS[name] as (typeof TARGETS)[string])(new Random(Math.imul(seed, 0x9e3779b1) ^ index))
    slowest = Math.max(slowest, timeOf(run))
  } catch (error) {
    throw new Error(`case ${index} of seed ${seed}, ${name}: ${(error as Error).message}`, { cause: error })
  }
}
parentPort?.postMessage({ slowest })

function memory(): number {
  return getHeapStatistics().used_heap_size + getHeapStatistics().external_memory
}

/** @throws Error if it takes too long, however often it is tried */
function timeOf(run: () => void): number {
  let shortest = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < TRIES && shortest > PATIENCE; tries++) {
    const before = memory()
    const began = performance.now()
    run()
    shortest = Math.min(shortest, performance.now() - began)
    const taken = memory() - before
    if (taken > MAX_MEMORY) throw new Error(`it took ${taken} bytes`)
  }
  if (shortest > PATIENCE) throw new Error(`it took ${Math.round(shortest)} ms`)
  return shortest
}
