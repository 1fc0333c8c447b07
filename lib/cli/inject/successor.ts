import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { INJECTOR } from '../files'
import type { ListeningSocket } from '../processes/listening'
import type { InjectionOrder } from './injection-order'

/** A shell that becomes an injector when the other end of descriptor 3, which only we hold, is closed without a word. */
const PROGRAM = 'read -r word <&3 && exit; exec "$@" 3<&-'

/** Waits beside an injector: if that is killed, it closes the inspector that was opened. */
export class Successor {
  readonly #leash: Writable

  /** @param before - the sockets that listened before anything was done */
  constructor(order: InjectionOrder, before: readonly ListeningSocket[]) {
    const closing: InjectionOrder = { ...order, close: before.map(({ inode }) => inode) }
    const command = [process.execPath, INJECTOR, JSON.stringify(closing)]
    const shell = spawn('/bin/sh', ['-c', PROGRAM, 'restify-probes', ...command], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe']
    })
    shell.on('error', () => {})
    shell.unref()
    this.#leash = shell.stdio[3] as Writable
    this.#leash.on('error', () => {})
  }

  /** Must be called when nothing is left to be closed. */
  dismiss(): void {
    this.#leash.end('done\n')
  }
}
