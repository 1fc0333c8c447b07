import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { AppProcess } from '../../support/app-process'

const FILE = path.join(__dirname, '..', 'fixtures', 'measured-app.js')

/** Durations in seconds, by what took them: `GET /api/items/:id 200`, or `GET /api/items/:id wait`. */
export type Truth = Record<string, number[]>

/** The app whose handlers themselves tell how long they took. */
export class MeasuredApp extends AppProcess {
  static async start(port: number): Promise<MeasuredApp> {
    const child = fork(FILE, [String(port)], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc']
    })
    await once(child, 'message')
    return new MeasuredApp(child, port)
  }

  truth(): Promise<Truth> {
    return this.askFor('truth')
  }

  /** Bytes of the heap after a collection. */
  memory(): Promise<number> {
    return this.askFor('memory')
  }
}
