import { closeSync, openSync, readSync } from 'node:fs'
import type { ProbeNote } from './elf'

const SEMAPHORE_SIZE = 2

/**
 * The number of tracers that listen to each of an addon's probes at this moment. It is undefined where the
 * process's memory may not be read: ptrace rules apply.
 *
 * @param base - where the addon begins in the process's memory
 */
export function readSemaphores(
  pid: number,
  base: bigint,
  probes: readonly ProbeNote[]
): number[] | undefined {
  try {
    const memory = openSync(`/proc/${pid}/mem`, 'r')
    try {
      return probes.map(({ semaphore }) => readSemaphore(memory, base + semaphore))
    } finally {
      closeSync(memory)
    }
  } catch {
    return undefined
  }
}

function readSemaphore(memory: number, address: bigint): number {
  const bytes = Buffer.alloc(SEMAPHORE_SIZE)
  readSync(memory, bytes, 0, SEMAPHORE_SIZE, address)
  return bytes.readUInt16LE(0)
}
