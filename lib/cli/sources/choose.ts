import path from 'node:path'
import { printable } from '../printable'
import { Problem } from '../problem'
import { isBelow } from '../processes/ancestry'
import type { Carrier } from '../processes/carriers'
import { carrierOf, commandOf, findCarriers, hasFile, isWorkerOf, unanswered } from '../processes/guarded'
import { PortFinder } from '../processes/ports'
import {
  allPids,
  countUnreadable,
  cwdOf,
  isAlive,
  isRoot,
  parentOf,
  programOf,
  refusalOf
} from '../processes/proc'
import { age } from '../render/duration'
import { describeUnanswering } from '../render/processes'
import { describeCommand } from '../render/text'
import { sudoAdvice } from '../sudo'
import { say } from '../terminal/output'
import { introduced } from './socket/describe'

/** The choice of processes on a command line. */
export interface Choice {
  pids: readonly number[]
  /** Whether every process that carries the provider is meant. */
  all: boolean
  /** A text that the command line of each contains. */
  name: string | undefined
  /** A port on which each listens, or the primary of each. */
  port: number | undefined
}

/**
 * The processes to trace: those with the pids given, all, or the only one there is.
 *
 * @throws Problem that says why there is none, or from which to choose
 */
export async function chooseCarriers(
  { pids, all, name, port }: Choice,
  commandName: string,
  commandLine: readonly string[]
): Promise<Carrier[]> {
  if (pids.length > 0) {
    const chosen = pids.flatMap((pid) => carriersFor(pid, commandName, commandLine))
    return introduced(chosen.filter(isFirstOfPid))
  }
  const everyone = await introduced(findCarriers())
  for (const each of unanswered()) say(describeUnanswering(each))
  if (everyone.length === 0) throw none(commandName, commandLine)
  const carriers = everyone.filter((carrier) => {
    return isNamed(carrier, name) && (port === undefined || carrier.ports.includes(port))
  })
  if (carriers.length === 0) throw noneSuch(name, port, everyone.length)
  if (carriers.length > 1 && !all && !areWorkers(carriers)) throw several(carriers, commandName)
  return carriers
}

function isFirstOfPid({ pid }: Carrier, index: number, all: readonly Carrier[]): boolean {
  return all.findIndex((carrier) => carrier.pid === pid) === index
}

export function isNamed({ command }: Carrier, name: string | undefined): boolean {
  return name === undefined || command.join(' ').includes(name)
}

/** Tells whether all are workers of one primary, which are spoken of as one app. */
function areWorkers(carriers: readonly Carrier[]): boolean {
  const [parent, ...others] = new Set(carriers.map(({ pid }) => parentOf(pid)))
  return others.length === 0 && carriers.every(({ pid }) => isWorkerOf(pid, parent as number))
}

/** One process, or those that it has started: the workers of a cluster or of pm2, what a shell runs. */
function carriersFor(pid: number, commandName: string, commandLine: readonly string[]): Carrier[] {
  if (!isAlive(pid)) throw new Problem(`there is no process ${pid}`, [seeList()])
  const carrier = carrierOf(pid)
  const below = findCarriers().filter((other) => isBelow(other.pid, pid))
  const meant = carrier === undefined ? below : below.filter((other) => isWorkerOf(other.pid, pid))
  if (meant.length > 0) return meant
  if (carrier !== undefined) return [carrier]
  const silent = unanswered().find((each) => each.pid === pid)
  if (silent !== undefined) throw new Problem(describeUnanswering(silent), WHY_UNANSWERING)
  const refusal = refusalOf(pid)
  if (refusal !== undefined) throw notLookedInto(pid, refusal, commandLine)
  throw new Problem(`process ${pid} does not carry the provider`, whyNot(pid, commandName))
}

const WHY_UNANSWERING = [
  'It lies on a file system that does not answer, since its server is gone, or its FUSE program is stuck.',
  'Programs that show processes, such as ps, may wait for it for ever.'
]

function notLookedInto(pid: number, refusal: string, commandLine: readonly string[]): Problem {
  if (!isRoot())
    return new Problem(`process ${pid} is another user's: it can't be looked into`, [
      'As root it can:',
      ...sudoAdvice(commandLine)
    ])
  return new Problem(`process ${pid} can't be looked into, not even by this root (${refusal})`, [
    'Either it lacks CAP_SYS_PTRACE, as in a container, or a security module such as SELinux forbids it.',
    'If this is a container, run restify-probes on the host.'
  ])
}

/** From outside, a process whose addon could not be loaded looks like one that never tried. */
function whyNot(pid: number, commandName: string): string[] {
  const command = describeCommand(commandOf(pid))
  if (!isNode(pid)) return [`Its program is not Node: ${command}`, seeList()]
  return [
    hasPackage(pid)
      ? 'The package is installed where it runs, but its native part is not loaded. Either the app has not'
      : 'The package restify-probes is not in its node_modules. If it is elsewhere, either the app has not',
    'called restifyProbes() yet, or the native part could not be loaded there: then its status() says',
    "provider: 'none' and why. In the app: console.log(require('restify-probes').status())",
    'Without a change to the app or a restart, this puts the middleware in for as long as the command runs:',
    `  restify-probes ${commandName} -p ${pid} --inject`
  ]
}

function isNode(pid: number): boolean {
  const program = programOf(pid)
  return program === undefined || /^(node|nodejs|electron)\b/.test(path.basename(program))
}

function hasPackage(pid: number): boolean {
  return hasFile(pid, 'node_modules/restify-probes/package.json')
}

/** The most processes that are named of those that might be meant. */
const MAX_NAMED = 5

function none(commandName: string, commandLine: readonly string[]): Problem {
  const unreadable = countUnreadable()
  const finder = new PortFinder()
  const servers = allPids()
    .filter(isNode)
    .flatMap((pid) => finder.own(pid).map((port) => ({ pid, port })))
    .slice(0, MAX_NAMED)
  return new Problem('no process that carries the provider was found', [
    ...(unreadable > 0
      ? [
          `${unreadable} of the processes here are other users'. To look into those:`,
          ...sudoAdvice(commandLine)
        ]
      : []),
    ...(servers.length > 0
      ? ['This puts the middleware into an app that runs without it, for as long as the command runs:']
      : ['Is the app running, and does it call app.use(restifyProbes())? To start one and see:']),
    ...servers.map(
      ({ pid, port }) =>
        `  restify-probes ${commandName} --inject --port ${port}    # process ${pid}: ${describeCommand(commandOf(pid))}`
    ),
    ...(servers.length > 0 ? [] : ['  restify-probes latency -- node app.js'])
  ])
}

function noneSuch(name: string | undefined, port: number | undefined, count: number): Problem {
  const wanted = [
    ...(name === undefined ? [] : [`has ${printable(name)} in its command line`]),
    ...(port === undefined ? [] : [`listens on port ${port}`])
  ]
  const all = count === 1 ? 'there is one' : `there are ${count}`
  return new Problem(`no process that can be traced ${wanted.join(' and ')} (${all})`, [seeList()])
}

function several(carriers: Carrier[], commandName: string): Problem {
  const choices = carriers.map(({ pid, user, uptimeSeconds, command }) => ({
    text: `  restify-probes ${commandName} -p ${pid}    # ${user.name}, up ${age(uptimeSeconds)}: ${describeCommand(command)}`,
    cwd: cwdOf(pid)
  }))
  const elsewhere = new Set(choices.map(({ cwd }) => cwd)).size > 1
  return new Problem(
    `${carriers.length} processes carry the provider; choose one or more with -p, or all with --all:`,
    [
      ...choices.map(({ text, cwd }) => (elsewhere ? `${text}, in ${printable(cwd ?? '(unknown)')}` : text)),
      `  restify-probes ${commandName} --all`
    ]
  )
}

function seeList(): string {
  return 'restify-probes list shows the processes that can be traced.'
}
