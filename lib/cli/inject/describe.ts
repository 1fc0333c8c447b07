import type { AppReport, InjectionReport, ServerReport } from '../../inject/report'
import { describeCommand } from '../render/text'
import type { Candidate } from './examine'

/** Says what is about to be done to a process, before anything is done. */
export function describePlan({ pid, command, port, inspected, listensItself }: Candidate): string[] {
  return [
    `process ${pid}: ${describeCommand(command)}`,
    inspected
      ? `  its inspector, open already at port ${port}, is told to put the middleware in; it stays open`
      : `  SIGUSR1 makes Node open its inspector at port ${port === 0 ? '(any)' : port} for about a tenth of a second`,
    ...(!inspected && listensItself === undefined
      ? ['  it can not be seen whether the app itself listens to SIGUSR1: if it does, it gets that signal']
      : [])
  ]
}

export const WHAT_IT_MEANS = [
  'The middleware is put first in each Express and Connect app, and taken out when this command ends.',
  'While its inspector is open, whoever can connect to that port can run code in the process; Node tells',
  "of it by a few lines on the process's standard error."
]

/** Says what was done in a process, in a sentence for each of its servers. */
export function describeReport(pid: number, { servers }: InjectionReport): string[] {
  if (servers.length === 0)
    return [
      `process ${pid} has no HTTP server that listens. One that starts later is found by its connections`
    ]
  return servers.map((server) => `process ${pid}: ${describeServer(server)}`)
}

export function describeServer(server: ServerReport): string {
  const where = server.address === '' ? 'a server' : `the server on port ${server.address}`
  const [app, ...others] = server.apps
  if (app === undefined) {
    const what = `${where}, whose listener is no Express or Connect app: ${server.listener}`
    return server.waiting ? `${what}. Its requests will tell whether there is one behind it` : what
  }
  const more = others.length === 0 ? '' : `, and ${others.length} more`
  return `${where}: ${describeApp(app)}${more}`
}

const NAMES = { express: 'an Express app', connect: 'a Connect app', router: 'a router' }

function describeApp({ framework, middleware }: AppReport): string {
  const name = NAMES[framework]
  if (middleware === 'injected') return `the middleware is in ${name}`
  return middleware === 'its own' ? `${name} has the middleware already` : `${name} has no handlers yet`
}
