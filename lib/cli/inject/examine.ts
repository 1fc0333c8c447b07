import path from 'node:path'
import { commandOf, environmentOf, listensToSignal } from '../processes/guarded'
import { holderOf, type ListeningSocket, listeningSockets, networkOf, ownedBy } from '../processes/listening'
import {
  allPids,
  isAlive,
  isRoot,
  isStopped,
  programOf,
  readProc,
  startTicks,
  userIdsOf
} from '../processes/proc'
import { handlesSignal } from '../processes/signals'

const SIGUSR1 = 10

/** The place of the effective user id among a process's user ids. */
const EFFECTIVE = 1

/** The port at which Node opens its inspector unless it is told otherwise. */
const USUAL_PORT = 9229

/** A process that can be injected, as far as can be seen from outside. */
export interface Candidate {
  pid: number
  start: number
  innerPid: number
  command: string[]
  /** The port at which its inspector is open, or would open; 0 for any port. */
  port: number
  /** Whether something of its own listens there already, which is most likely its inspector. */
  inspected: boolean
  /** Whether SIGUSR1 opens its inspector, and does nothing else as far as can be seen. */
  maySignal: boolean
  /** Whether the app itself listens to SIGUSR1; undefined where that can't be seen. */
  listensItself: boolean | undefined
  /** Whether it has a network of its own, as in a container. */
  elsewhere: boolean
}

/** Why a process can't be injected, and what to do about it. */
export interface Refusal {
  pid: number
  why: string
  advice: string[]
}

export function isRefusal(examined: Candidate | Refusal): examined is Refusal {
  return 'why' in examined
}

/** Looks at a process without touching it. */
export function examine(pid: number): Candidate | Refusal {
  const refuse = (why: string, ...advice: string[]): Refusal => ({ pid, why, advice })
  if (!isAlive(pid)) return refuse('there is no such process')
  const status = readProc(pid, 'status') ?? ''
  if (!isRoot() && userIdsOf(pid)?.[EFFECTIVE] !== process.geteuid?.())
    return refuse("it is another user's", 'Only its own user and root may inject into a process.')
  const program = path.basename(programOf(pid) ?? '(unknown)').replace(/ \(deleted\)$/, '')
  if (!/^node(js)?(-?\d[\d.]*)?$/.test(program))
    return refuse(`it is no Node process: its program is ${program}`)
  if (isStopped(pid)) return refuse('it is stopped', `First let it go on: kill -CONT ${pid}`)
  const flags = flagsOf(pid)
  if (
    flags.some((flag) => /^--(experimental-)?permission$/.test(flag)) &&
    !flags.includes('--allow-inspector')
  )
    return refuse('it was started with --permission, under which Node lets nobody inspect it')
  const port = portIn(flags)
  const sockets = listeningSockets(pid)
  const inspected = ownedBy(pid, sockets).some((socket) => socket.port === port)
  const noSignal = whyNoSignal(pid, flags)
  const reason = noSignal ?? whyNoPort(pid, port, sockets)
  if (!inspected && reason !== undefined) return refuse(...reason)
  return {
    pid,
    start: startTicks(pid),
    innerPid: innerPidIn(status) ?? pid,
    command: commandOf(pid),
    port,
    inspected,
    maySignal: noSignal === undefined,
    listensItself: listensToSignal(pid, SIGUSR1),
    elsewhere: networkOf(pid) !== networkOf('self')
  }
}

type Reason = [why: string, ...advice: string[]]

/** SIGUSR1 ends a process that has no handler for it. */
function whyNoSignal(pid: number, flags: readonly string[]): Reason | undefined {
  if (flags.includes('--disable-sigusr1'))
    return ['it was started with --disable-sigusr1, so that nobody can open its inspector']
  const handles = handlesSignal(pid, SIGUSR1)
  if (handles === undefined)
    return ['it can not be seen whether it handles SIGUSR1: if not, that signal would end it']
  if (!handles)
    return ['it has no handler for SIGUSR1, by which its inspector would open: the signal would end it']
  if (listensToSignal(pid, SIGUSR1) === true)
    return [
      'the app itself listens to SIGUSR1, so that Node does not open its inspector',
      'If it is started with --inspect, or calls inspector.open(), it can be injected without the signal.'
    ]
  return undefined
}

function whyNoPort(pid: number, port: number, sockets: readonly ListeningSocket[]): Reason | undefined {
  const taken = sockets.find((socket) => socket.port === port)
  if (port === 0 || taken === undefined) return undefined
  const holder = holderOf(taken, allPids())
  // A socket that no process has is being closed.
  if (holder === undefined || holder === pid) return undefined
  return [
    `its inspector would open on port ${port}, which is process ${holder}'s`,
    'Close the inspector there first: two can not have the same port.'
  ]
}

/** The options that Node was started with, those from its environment first. */
function flagsOf(pid: number): string[] {
  const options = environmentOf(pid).NODE_OPTIONS ?? ''
  return [...joined(options.split(/\s+/)), ...joined(commandOf(pid).slice(1))]
}

/** Options whose value may be a word of its own. */
const WITH_VALUE = /^(-r|-C|--(require|import|loader|conditions|env-file|inspect-port|debug-port|title))$/

/** The words up to the script, each option with its value. */
function joined(words: readonly string[]): string[] {
  const flags: string[] = []
  for (let at = 0; at < words.length && words[at]?.startsWith('-'); at++) {
    const flag = words[at] as string
    flags.push(WITH_VALUE.test(flag) ? `${flag}=${words[++at] ?? ''}` : flag)
  }
  return flags
}

function portIn(flags: readonly string[]): number {
  for (const flag of [...flags].reverse()) {
    const [, value] =
      /^--(?:inspect|inspect-brk|inspect-wait|inspect-port|debug-port)=(?:.*:)?(\d{1,5})$/.exec(flag) ?? []
    if (value !== undefined) return Number(value)
  }
  return USUAL_PORT
}

/** The pid that the process itself sees, which in a container is another one. */
function innerPidIn(status: string): number | undefined {
  const inner = /^NSpid:\s*([\d\s]+?)$/m.exec(status)?.[1]?.split(/\s+/).at(-1)
  return inner === undefined ? undefined : Number(inner)
}
