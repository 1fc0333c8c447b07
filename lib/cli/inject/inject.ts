import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { InjectionReport } from '../../inject/report'
import type { Arguments } from '../arguments'
import type { Context } from '../commands/context'
import { INJECTED, INJECTOR } from '../files'
import { EXIT, Problem } from '../problem'
import { sudoAdvice } from '../sudo'
import { ask } from '../terminal/ask'
import { say, sayLines } from '../terminal/output'
import { describePlan, describeReport, WHAT_IT_MEANS } from './describe'
import { type Candidate, examine, isRefusal, type Refusal } from './examine'
import type { InjectionOrder, Outcome } from './injection-order'
import { processesAt, processesMeant } from './processes-meant'
import { readInjectionReport } from './read-report'

/** The longest line that an injector may tell, in bytes. */
const MAX_OUTCOME = 2 * 1024 * 1024

/**
 * Puts the middleware into processes that have none, for the command that then attaches to them. Says what it is about
 * to do, and does it once somebody has said yes.
 *
 * @returns the processes that can be attached to
 * @throws Problem where there is none
 */
export async function injectAll(options: Arguments, context: Context): Promise<number[]> {
  if (process.platform !== 'linux')
    throw new Problem(
      '--inject works on Linux only: elsewhere it can not be seen whether SIGUSR1 would end a process',
      ['This works on every system: restify-probes top -- node app.js']
    )
  const candidates = processesMeant(pidsOf(options)).map(examine)
  const refusals = candidates.filter(isRefusal)
  const possible = candidates.filter((each): each is Candidate => !isRefusal(each))
  for (const { pid, why } of refusals) if (possible.length > 0) say(`process ${pid} is left out: ${why}`)
  if (possible.length === 0) throw refused(refusals[0] as Refusal, context.commandLine)
  await consent(possible, options.yes, context)
  const injected: number[] = []
  // This goes one after another, since workers of a cluster open their inspectors at the same port.
  for (const candidate of possible) if (await told(candidate)) injected.push(candidate.pid)
  if (injected.length === 0) throw new Problem('nothing could be injected')
  return injected
}

function pidsOf({ pids, port }: Arguments): number[] {
  if (pids.length > 0) return pids
  const found = port === undefined ? [] : processesAt(port)
  if (found.length === 0) throw new Problem(`no process that can be looked into listens on port ${port}`)
  return found
}

function refused({ pid, why, advice }: Refusal, commandLine: readonly string[]): Problem {
  const asRoot = why.includes("another user's") ? sudoAdvice(commandLine) : []
  return new Problem(`process ${pid} can't be injected: ${why}`, [...advice, ...asRoot])
}

async function consent(
  candidates: readonly Candidate[],
  yes: boolean,
  { interruption }: Context
): Promise<void> {
  const plan = [...candidates.flatMap(describePlan), ...WHAT_IT_MEANS]
  sayLines(['about to inject into', ...plan.map((text) => `  ${text}`)])
  if (yes) return
  if (!process.stdin.isTTY)
    throw new Problem('--inject asks before it does anything, and nobody can answer here', [
      'With --yes it does so without asking.'
    ])
  const answer = await Promise.race([ask('Do it? [y/N] '), interruption.happened.then(() => 'no')])
  if (!/^y(es)?$/i.test(answer.trim())) throw new Problem('nothing was done', [], EXIT.failure)
}

/** @returns whether the process can be attached to now */
async function told(candidate: Candidate): Promise<boolean> {
  const { pid } = candidate
  const outcome = await injectInto(candidate)
  if ('problem' in outcome) {
    say(`process ${pid}: ${outcome.problem}`)
    return false
  }
  const report = readInjectionReport(outcome.report)
  for (const line of describeReport(pid, report)) say(line)
  say(`process ${pid}: ${describeInspector(candidate, outcome)}`)
  return canAttach(pid, report)
}

function describeInspector(
  { inspected }: Candidate,
  { closed, port, milliseconds }: Exclude<Outcome, { problem: string }>
): string {
  const time = `${Math.round(milliseconds)} ms`
  if (closed) return `its inspector is closed again, and port ${port} is free; ${time}`
  return inspected
    ? `its inspector at port ${port} was open and stays so; ${time}`
    : `its inspector at port ${port} is still open; it is being closed`
}

function canAttach(pid: number, { attach }: InjectionReport): boolean {
  if (attach.socket !== undefined) return true
  say(`process ${pid}: ${attach.message}`)
  return false
}

/** Injects by a process of its own, which ends what it has begun even if this one is killed. */
async function injectInto({ pid, start, innerPid, port, maySignal, elsewhere }: Candidate): Promise<Outcome> {
  const order: InjectionOrder = {
    pid,
    start,
    innerPid,
    inspectorPorts: port === 0 ? [] : [port],
    maySignal,
    file: INJECTED
  }
  const command = [process.execPath, INJECTOR, JSON.stringify(order)]
  // The inspector listens at the loopback address of the process's own network.
  const [program, ...args] = elsewhere ? ['nsenter', `--net=/proc/${pid}/ns/net`, '--', ...command] : command
  const injector = spawn(program as string, args, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  injector.stdout.setEncoding('utf8').on('data', (data: string) => {
    text += data
    if (text.length > MAX_OUTCOME) injector.stdout.destroy()
  })
  try {
    await Promise.race([
      once(injector.stdout, 'close'),
      once(injector, 'error').then(([error]) => Promise.reject(error))
    ])
    return JSON.parse(text) as Outcome
  } catch (error) {
    return {
      problem: elsewhere ? enteringFailed(pid, error) : `it could not be injected: ${messageOf(error)}`
    }
  }
}

function enteringFailed(pid: number, error: unknown): string {
  return `its network could not be entered (${messageOf(error)}). It takes root and nsenter: nsenter --net=/proc/${pid}/ns/net restify-probes …`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
