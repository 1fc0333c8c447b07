import { threadId } from 'node:worker_threads'

const ID_BLOCK = 256
const ID_LIMIT = 2 ** 31

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

/**
 * Blocks for a process without the addon, whose threads share no counter: each
 * thread starts in its own part of the range, and wraps round the whole of it.
 */
export function localBlocks(thread = threadId): () => number {
  const parts = 128
  let next = (thread % parts) * (ID_LIMIT / parts)
  return () => {
    const first = next
    next = (next + ID_BLOCK) % ID_LIMIT
    return first
  }
}
