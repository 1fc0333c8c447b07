import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Status } from 'restify-probes'
import { AppProcess } from '../../support/app-process'
import { cleanEnvironment } from './install'

/** The firings of `GET /hello/mark` in each of the apps. */
export const FIRED = [
  'route-start getfoo',
  'handler-start getfoo first',
  'handler-done getfoo first',
  'handler-start getfoo respond',
  'handler-done getfoo respond',
  'route-done getfoo 200'
]

/** Runs one of the apps of these tests in a process of its own. */
export class App extends AppProcess {
  /** @param node - the program, and arguments that come before the file */
  static async start(
    file: string,
    node: string[] = [process.execPath],
    env: NodeJS.ProcessEnv = {}
  ): Promise<App> {
    const [execPath, ...execArgv] = node as [string, ...string[]]
    const child = fork(file, { execPath, execArgv, env: { ...cleanEnvironment(), ...env } })
    const exited = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`${file} ended with ${code ?? signal}`)
    })
    const [port] = await Promise.race([once(child, 'message'), exited])
    exited.catch(() => {})
    return new App(child, port)
  }

  ask<T>(question: 'status' | 'listen' | 'heard'): Promise<T> {
    return this.askFor(question)
  }

  status(): Promise<Status> {
    return this.ask('status')
  }

  override async stop(): Promise<void> {
    const exited = once(this.process, 'exit')
    // The app ends by itself: qemu would hand a signal to the debugger.
    this.process.disconnect()
    await exited
  }
}
