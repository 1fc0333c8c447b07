import type { Session } from 'node:inspector'
import type { InjectionReport, ServerReport } from './report'

/** The time that a thread has to tell what was found in it, in milliseconds. */
const PATIENCE = 1000

/** The thread's answer is known by it. */
const INJECT = 1

interface FromWorker {
  params: { sessionId: string; message: string }
}

/**
 * Injects into the worker threads of this process, those that start later included, through the inspector that the
 * main thread has of each. No port is opened for that.
 */
export class Threads {
  readonly #expression: string
  readonly #answers = new Map<string, Answer>()
  #session: Session | undefined

  /**
   * @param file - the text of the function whose body is the one file to evaluate
   * @param path - where that file lies
   */
  constructor(file: string, path: string) {
    this.#expression = `((require) => {
      const module = { exports: {} }
      const file = ${file}
      file(module.exports, require, module, ${JSON.stringify(path)}, '')
      return module.exports.inject()
    })(require)`
  }

  begin(): void {
    try {
      const inspector = require('node:inspector') as typeof import('node:inspector')
      const session = new inspector.Session()
      session.connect()
      this.#session = session
      session.on('NodeWorker.attachedToWorker', ({ params }) => this.#inject(params.sessionId))
      session.on('NodeWorker.receivedMessageFromWorker', (message) => this.#hear(message as FromWorker))
      session.on('NodeWorker.detachedFromWorker', ({ params }) =>
        this.#answers.get(params.sessionId)?.give([])
      )
      session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
    } catch {
      // This build has no inspector, or it is not permitted.
      this.end()
    }
  }

  /** The servers of all threads that are there, as far as they tell it in time. */
  async servers(): Promise<ServerReport[]> {
    const all = [...this.#answers.values()].map(({ servers }) => servers)
    const late = new Promise<ServerReport[][]>((resolve) => setTimeout(resolve, PATIENCE, []).unref())
    return (await Promise.race([Promise.all(all), late])).flat()
  }

  end(): void {
    try {
      this.#session?.post('NodeWorker.disable')
      this.#session?.disconnect()
    } catch {}
    this.#session = undefined
  }

  #inject(sessionId: string): void {
    this.#answers.set(sessionId, new Answer())
    const params = {
      expression: this.#expression,
      awaitPromise: true,
      returnByValue: true,
      includeCommandLineAPI: true
    }
    const message = inAscii(JSON.stringify({ id: INJECT, method: 'Runtime.evaluate', params }))
    this.#session?.post('NodeWorker.sendMessageToWorker', { sessionId, message })
  }

  #hear({ params }: FromWorker): void {
    const { id, result } = JSON.parse(params.message) as {
      id?: number
      result?: { result?: { value?: InjectionReport } }
    }
    if (id === INJECT) this.#answers.get(params.sessionId)?.give(result?.result?.value?.servers ?? [])
  }
}

/** The same JSON in ASCII: Node 20 takes every message with another character for none. */
function inAscii(json: string): string {
  return json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The answer of a thread, once it comes. */
class Answer {
  give: (servers: ServerReport[]) => void = () => {}
  readonly servers = new Promise<ServerReport[]>((resolve) => {
    this.give = resolve
  })
}
