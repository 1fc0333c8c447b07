import { closeSync, openSync, readSync } from 'node:fs'
import { readProc } from './proc'
import { symbolAddress } from './symbols'

/** Whether a process has a handler for a signal, in any of its threads; undefined where that can't be seen. */
export function handlesSignal(pid: number, signal: number): boolean | undefined {
  const [, mask] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readProc(pid, 'status') ?? '') ?? []
  return mask === undefined ? undefined : ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n
}

// The tree in which libuv keeps the signals that a program listens to, and where a uv_signal_t, its node, has what is
// looked at: so on every 64-bit system that is no Windows, in every libuv from 1.0 on.
const TREE = 'uv__signal_tree'
const SIGNUM = 104
const LEFT = 112
const RIGHT = 120
const NODE_SIZE = 152

/** A program listens to each signal once for each event loop; more nodes than this are none. */
const MAX_NODES = 1000

const LAST_SIGNAL = 64

/**
 * Whether JavaScript in a Node process listens to a signal, by process.on(), which Node's own handlers are not told
 * from by the kernel. Undefined where that can't be seen: another user's process, or a Node without symbols.
 */
export function listensToSignal(pid: number, signal: number): boolean | undefined {
  const address = symbolAddress(pid, TREE)
  if (address === undefined) return undefined
  try {
    const memory = openSync(`/proc/${pid}/mem`, 'r')
    try {
      return [...listenedTo(memory, address)].includes(signal)
    } finally {
      closeSync(memory)
    }
  } catch {
    return undefined
  }
}

/** @throws Error where this is not the tree that it should be */
function* listenedTo(memory: number, root: bigint): Iterable<number> {
  const waiting = [read(memory, root, 8).readBigUInt64LE()]
  for (let nodes = 0; waiting.length > 0; ) {
    const address = waiting.pop() as bigint
    if (address === 0n) continue
    const node = read(memory, address, NODE_SIZE)
    const signal = node.readInt32LE(SIGNUM)
    if (signal < 1 || signal > LAST_SIGNAL || ++nodes > MAX_NODES) throw new Error('no tree of signals')
    yield signal
    waiting.push(node.readBigUInt64LE(LEFT), node.readBigUInt64LE(RIGHT))
  }
}

function read(memory: number, address: bigint, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  if (readSync(memory, bytes, 0, size, address) !== size) throw new Error('not all could be read')
  return bytes
}
