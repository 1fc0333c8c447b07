import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { probesIn } from './elf'
import type { Mapping } from './maps'

const SEMAPHORE_SIZE = 2

/**
 * How many tracers listen to each of the addon's probes at this moment. Undefined
 * where the process's memory may not be read: ptrace rules apply.
 */
export function readSemaphores(pid: number, mapping: Mapping, file: string): number[] | undefined {
  try {
    const probes = probesIn(readFileSync(file)).filter(({ provider }) => provider === 'restify')
    const memory = openSync(`/proc/${pid}/mem`, 'r')
    try {
      return probes.map(({ semaphore }) => readSemaphore(memory, mapping.base + semaphore))
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
