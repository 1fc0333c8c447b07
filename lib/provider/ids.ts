const ID_BLOCK = 256
const ID_LIMIT = 2 ** 31
const BLOCKS = ID_LIMIT / ID_BLOCK

/**
 * Request ids: positive 32-bit ints that wrap to 1 (contract rule 2).
 *
 * @param reserve - gives the first of 256 ids that no other thread has
 */
export function createIds(reserve: () => number): () => number {
  let next = 0
  let end = 0
  return () => {
    if (next === end) {
      next = reserve()
      end = next + ID_BLOCK
      if (next === 0) next = 1
    }
    return next++
  }
}

/** The key under which the main thread's counter is found by the threads that it starts. */
const COUNTER = 'restify-probes.id-blocks'

/** Blocks of ids for a process without the addon, counted in memory that its threads share. */
export function localBlocks(): () => number {
  const counter = new Int32Array(sharedCounter())
  return () => ((Atomics.add(counter, 0, 1) >>> 0) % BLOCKS) * ID_BLOCK
}

function sharedCounter(): SharedArrayBuffer {
  // The module is loaded here, only when it is needed, as it takes longer to load than everything else.
  const { getEnvironmentData, isMainThread, setEnvironmentData, threadId } =
    require('node:worker_threads') as typeof import('node:worker_threads')
  const shared = getEnvironmentData(COUNTER)
  if (shared instanceof SharedArrayBuffer) return shared
  const counter = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  // A thread whose main thread has none counts by itself, far from where its siblings do.
  if (!isMainThread) new Int32Array(counter)[0] = ((threadId * 0x9e3779b1) >>> 0) % BLOCKS
  setEnvironmentData(COUNTER, counter)
  return counter
}
