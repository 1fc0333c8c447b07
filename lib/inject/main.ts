// This is evaluated in a process that knows nothing of this package. It is bundled into one file, and gives
// what is below to whoever evaluates it.
import { none } from '../provider/platform'
import { Provider } from '../provider/provider'
import { borrowRuntime, Runtime, sharedRuntime } from '../runtime'
import { InspectorClosing } from './closing'
import { Injection } from './injection'
import type { InjectionReport, ServerReport } from './report'
import { Stay } from './stay'
import { Threads } from './threads'

/**
 * Puts the middleware into every root app of this thread that has none, for as long as the thread runs: where the
 * command has started the process.
 *
 * @param known - is told of each server when it is found, and again when its apps are known; must not throw
 */
export function injectForGood(known: (server: ServerReport) => void): void {
  new Injection(sharedRuntime, known).begin()
}

/** An injection of this thread, for a second command to join, whichever copy of the package it comes with. */
const PRESENT = Symbol.for('restify-probes.injection.1')

/** The time, in milliseconds, in which the command that injected it attaches. */
const UNHEARD = 10_000

/** The choices for an injection. */
interface Injecting {
  /** The text of the function whose body is this file, for worker threads; without it they are left alone. */
  file?: string
  /** The file's path. */
  path?: string
  /** Whether the inspector was opened for this. */
  opened?: boolean
  /** The time that the middleware stays unless a command listens, in milliseconds. */
  unheardMs?: number
}

interface Present {
  join(unheardMs: number, opened: boolean): Promise<InjectionReport>
}

/**
 * Puts the middleware into every root app of this thread that has none, until no command has listened for a while.
 * Where it is there already, it stays for longer.
 */
export function inject({
  file,
  path = '',
  opened = false,
  unheardMs = UNHEARD
}: Injecting = {}): Promise<InjectionReport> {
  const present = globalThis as { [PRESENT]?: Present }
  // A turn of the event loop of its own: the inspector may have stopped the app in the middle of a function.
  return new Promise((resolve) => {
    setImmediate(() => resolve((present[PRESENT] ?? enter(file, path)).join(unheardMs, opened)))
  })
}

function enter(file: string | undefined, path: string): Present {
  const borrowed = borrowRuntime(
    () => new Runtime(new Provider(none('the middleware was injected, without probes'))),
    leave
  )
  const { offer } = borrowed.runtime
  const injection = new Injection(() => borrowed.runtime)
  const stay = new Stay(offer, leave)
  const closing = new InspectorClosing(offer)
  const threads = file === undefined ? null : new Threads(file, path)
  const present: Present = {
    async join(unheardMs, opened) {
      stay.prolong(unheardMs)
      await offer.settled
      if (opened || closing.pending) closing.begin()
      const servers = [...injection.report(), ...((await threads?.servers()) ?? [])]
      return { servers, attach: offer.status(), closesInspector: closing.pending }
    }
  }

  function leave(): void {
    stay.end()
    threads?.end()
    injection.leave()
    borrowed.giveBack()
    delete (globalThis as { [PRESENT]?: Present })[PRESENT]
  }

  Object.defineProperty(globalThis, PRESENT, { value: present, configurable: true })
  injection.begin()
  threads?.begin()
  offer.make(true)
  return present
}
